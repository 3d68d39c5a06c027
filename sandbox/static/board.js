// Moves a card to another stage by changing its record in the sandbox's HubSpot,
// as a member of staff would; by dragging, or with the select on the card.
"use strict";

const notice = document.querySelector("[data-status]");

function say(text, failed) {
  notice.textContent = text;
  notice.classList.toggle("failed", failed);
}

function place(board, card, stage) {
  const column = [...board.querySelectorAll("[data-stage]")].find(
    (one) => one.dataset.stage === stage
  );
  column.querySelector("ul").append(card);
  card.querySelector("select").value = stage;
  for (const one of board.querySelectorAll("[data-stage]")) {
    one.querySelector(".count").textContent = one.querySelectorAll(".card").length;
  }
  return column.getAttribute("aria-label");
}

async function move(board, card, stage) {
  const from = card.closest("[data-stage]").dataset.stage;
  if (from === stage) return;
  const title = card.querySelector("strong").textContent;
  const label = place(board, card, stage);
  try {
    const answer = await fetch(board.dataset.url + card.dataset.id, {
      method: "PATCH",
      headers: { "Content-Type": "application/json", "X-Sandbox-Actor": "staff" },
      body: JSON.stringify({ properties: { [board.dataset.property]: stage } }),
    });
    if (!answer.ok) throw new Error((await answer.json()).message);
    say(`${title} is now in ${label}.`, false);
  } catch (error) {
    place(board, card, from);
    say(`${title} was not moved: ${error.message}`, true);
  }
}

for (const board of document.querySelectorAll("[data-board]")) {
  let held = null;
  board.addEventListener("dragstart", (event) => {
    held = event.target.closest(".card");
    held.classList.add("held");
    event.dataTransfer.setData("text/plain", held.dataset.id);
    event.dataTransfer.effectAllowed = "move";
  });
  board.addEventListener("dragend", () => {
    if (held) held.classList.remove("held");
    held = null;
    board.querySelectorAll(".over").forEach((one) => one.classList.remove("over"));
  });
  board.addEventListener("submit", (event) => {
    event.preventDefault();
    const card = event.target.closest(".card");
    move(board, card, event.target.elements.stage.value);
  });
  for (const column of board.querySelectorAll("[data-stage]")) {
    column.addEventListener("dragover", (event) => {
      if (!held) return;
      event.preventDefault();
      column.classList.add("over");
    });
    column.addEventListener("dragleave", (event) => {
      if (!column.contains(event.relatedTarget)) column.classList.remove("over");
    });
    column.addEventListener("drop", (event) => {
      event.preventDefault();
      column.classList.remove("over");
      if (held) move(board, held, column.dataset.stage);
    });
  }
}
