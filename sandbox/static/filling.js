// Typeform's personal links carry hidden fields behind a "#", which no server is told.
// Without scripts they are taken from the query alone.
const told = new URLSearchParams(location.hash.slice(1));
const form = document.querySelector("form");
const address = new URL(location.href);
for (const [name, value] of told) {
  if (value) address.searchParams.set(name, value);
}
address.hash = "";
if (form) form.action = address.href;
