"""HubSpot's owners, its recycle bin, and the meetings and notes that staff log."""

from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Provider, Reply, Seen

from connector.clients import HubSpot
from connector.clients.hubspot import Owner, Past

WHEN = "2026-11-24T12:00:00.000Z"


def _raw(record_id: str, **more: Any) -> dict[str, Any]:
    base = {"id": record_id, "createdAt": WHEN, "updatedAt": WHEN, "archived": False}
    return {**base, "properties": {}, **more}


def _batch(*results: Any) -> Reply:
    frame = {"status": "COMPLETE", "startedAt": WHEN, "completedAt": WHEN}
    return 200, {**frame, "results": list(results)}


def test_owners_page_by_page(hubspot: HubSpot, provider: Provider) -> None:
    person = {
        **_raw("11"),
        "type": "PERSON",
        "email": "bo@city.example",
        "firstName": "Bo",
        "lastName": "",
        "userId": 501,
        "userIdIncludingInactive": 501,
    }
    queue = {**_raw("12"), "type": "QUEUE", "firstName": "Help", "lastName": "Desk"}
    provider.replies = [
        (200, {"results": [person], "paging": {"next": {"after": "p2"}}}),
        (200, {"results": [queue]}),
    ]

    assert hubspot.owners() == [
        Owner("11", "bo@city.example", "Bo", "501", archived=False),
        Owner("12", "", "Help Desk", "", archived=False),
    ]
    assert [(one.path, one.query) for one in provider.seen] == [
        ("/crm/owners/2026-09", {"limit": "100", "archived": "false"}),
        ("/crm/owners/2026-09", {"limit": "100", "archived": "false", "after": "p2"}),
    ]


def test_owners_who_left(hubspot: HubSpot, provider: Provider) -> None:
    gone = {**_raw("13"), "archived": True, "userIdIncludingInactive": 502}
    provider.replies = [(200, {"results": [gone]})]

    assert hubspot.owners(archived=True) == [Owner("13", "", "", "502", archived=True)]
    assert provider.seen[0].query["archived"] == "true"


def test_the_recycle_bin_is_looked_in_only_when_asked(
    hubspot: HubSpot, provider: Provider
) -> None:
    provider.replies = [
        _batch(_raw("1")),
        _batch(_raw("2", archived=True, archivedAt=WHEN)),
        (200, _raw("2", archived=True)),
        (404, {"category": "OBJECT_NOT_FOUND", "message": "gone"}),
    ]

    alive = hubspot.batch_read("contacts", ["1", "2", "3"], ["email"])
    assert alive.missing == ["2", "3"]
    binned = hubspot.batch_read("contacts", alive.missing, ["email"], archived=True)
    assert [one.id for one in binned.found] == ["2"]
    assert binned.found[0].archived
    assert binned.missing == ["3"]
    found = hubspot.read("contacts", "2", ["email"], archived=True)
    assert found is not None
    assert found.archived
    assert hubspot.read("contacts", "3", [], archived=True) is None
    assert [one.query for one in provider.seen] == [
        {},
        {"archived": "true"},
        {"archived": "true", "properties": "email"},
        {"archived": "true"},
    ]


@pytest.mark.parametrize("object_type", ["0-47", "0-46"])
def test_meetings_and_notes_are_searched_read_and_associated(
    hubspot: HubSpot, provider: Provider, object_type: str
) -> None:
    changed = {"hs_lastmodifieddate": WHEN, "hs_timestamp": WHEN}
    link = {"from": {"id": "5"}, "to": [{"toObjectId": "8", "associationTypes": []}]}
    provider.replies = [
        (200, {"total": 1, "results": [_raw("5", properties=changed)]}),
        _batch(_raw("5", properties=changed)),
        (200, {"status": "COMPLETE", "results": [link]}),
        (200, _raw("5", properties=changed)),
    ]
    since = datetime(2026, 11, 24, tzinfo=UTC)

    found = list(hubspot.search_modified(object_type, since, ["hs_timestamp"]))
    assert [one.id for one in found] == ["5"]
    assert provider.seen[0].body["sorts"] == ["hs_lastmodifieddate"]
    read = hubspot.batch_read(object_type, ["5"], ["hs_timestamp"])
    assert read.by_key["5"].properties["hs_timestamp"] == WHEN
    assert hubspot.associations(object_type, "0-162", ["5"]) == {"5": ["8"]}
    assert hubspot.read(object_type, "5", ["hs_timestamp"]) is not None
    objects = f"/crm/objects/2026-09/{object_type}"
    assert [one.path for one in provider.seen] == [
        f"{objects}/search",
        f"{objects}/batch/read",
        f"/crm/associations/2026-09/{object_type}/0-162/batch/read",
        f"{objects}/5",
    ]


def test_history_tells_who_set_a_value_fifty_records_a_call(
    hubspot: HubSpot, provider: Provider
) -> None:
    def answer(seen: Seen) -> Reply:
        past = {
            "value": "matched",
            "timestamp": WHEN,
            "sourceType": "CRM_UI",
            "sourceId": "userId:501",
            "updatedByUserId": 501,
        }
        older = {"value": "applied", "timestamp": WHEN, "sourceType": "INTEGRATION"}
        held = {"hs_pipeline_stage": [past, older]}
        ids = [one["id"] for one in seen.body["inputs"]]
        return _batch(*(_raw(one, propertiesWithHistory=held) for one in ids))

    provider.answer = answer
    ids = [str(n) for n in range(120)]
    read = hubspot.batch_read("0-162", ids, [], history=["hs_pipeline_stage"])
    assert len(read.found) == 120
    assert [len(one.body["inputs"]) for one in provider.seen] == [50, 50, 20]
    assert read.by_key["7"].history["hs_pipeline_stage"] == [
        Past("matched", datetime(2026, 11, 24, 12, tzinfo=UTC), "CRM_UI", "userId:501"),
        Past("applied", datetime(2026, 11, 24, 12, tzinfo=UTC), "INTEGRATION", None),
    ]
