"""The sandbox's tasks: an object like others, a list on the page, staff's tick."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import Hub

TASK = {
    "hs_task_subject": "Ring til <Anna>",
    "hs_task_body": "<p><strong>Hvad?</strong><br>Ring &amp; spørg</p>"
    "<script>x()</script>",
    "hs_task_status": "NOT_STARTED",
    "hs_timestamp": "2026-12-01T08:00:00Z",
    "hubspot_owner_id": "880001",
}


def act(hub: Hub, name: str, **told: str) -> Any:
    return hub.client.post(f"/sandbox/control/hubspot/{name}", json=told)


def read(hub: Hub, task: str) -> Any:
    path = f"tasks/{task}?properties=hs_task_status,hs_task_body"
    return hub.objects("GET", path).json["properties"]


@pytest.mark.parametrize(
    "wrong", [{"hs_task_status": "DONE"}, {"hs_timestamp": ""}, {"hs_task_kind": "x"}]
)
def test_a_task_is_made_in_a_batch_or_refused(hub: Hub, wrong: dict[str, str]) -> None:
    inputs = [{"properties": TASK, "associations": []}]
    made = hub.batch("0-27", "create", inputs)
    assert made.status_code == 201
    bad = hub.batch("0-27", "create", [{"properties": TASK | wrong}])
    assert bad.status_code == 400


def test_a_task_is_put_on_a_record_by_its_documented_type(hub: Hub) -> None:
    anna = hub.add("contacts", {"email": "anna@people.example"})
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 204}
    body = {"properties": TASK, "associations": [{"to": {"id": anna}, "types": [spec]}]}
    task = hub.objects("POST", "tasks", body).json["id"]
    path = f"tasks/{task}/associations/contacts"
    assert hub.objects("GET", path).json["results"][0]["toObjectId"] == anna


def test_the_page_tells_who_has_to_do_what_and_shows_no_markup(hub: Hub) -> None:
    hub.add("tasks", TASK)
    page = hub.client.get("/sandbox/hubspot").text
    assert "Ring til &lt;Anna&gt;" in page
    assert "Liv Prøve · due 2026-12-01" in page
    assert "<strong>Hvad?</strong>" in page
    assert "Ring &amp; spørg" in page
    assert "<script>x" not in page


@pytest.mark.parametrize("editor", ["paragraphs", "divs"])
def test_staff_complete_a_task_with_a_reason(hub: Hub, editor: str) -> None:
    hub.option(task_editor=editor)
    task = hub.add("tasks", TASK)
    assert act(hub, "complete_task", record=f"0-27:{task}").status_code == 200
    assert read(hub, task)["hs_task_body"] == TASK["hs_task_body"]
    done = act(hub, "complete_task", record=f"0-27:{task}", reason="er < aftalt")
    assert done.json["properties"]["hs_task_status"] == "COMPLETED"
    assert "er &lt; aftalt" in read(hub, task)["hs_task_body"]


def test_only_a_task_can_be_completed(hub: Hub) -> None:
    anna = hub.add("contacts", {"email": "anna@people.example"})
    assert act(hub, "complete_task", record=f"0-1:{anna}").status_code == 400


def test_the_form_on_the_page_leads_back_to_it(hub: Hub) -> None:
    task = hub.add("tasks", TASK)
    form = {"record": f"0-27:{task}", "reason": "aftalt"}
    answer = hub.client.post("/sandbox/control/hubspot/complete_task", data=form)
    assert answer.status_code == 303
    assert "The task has been completed." in hub.client.get(answer.location).text
