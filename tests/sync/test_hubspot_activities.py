"""What staff log in the CRM: sessions, attendance and evidence notes come back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from connector.clients.hubspot import HubSpot
from connector.programme.entities import (
    Activity,
    Attendance,
    EvidenceNote,
    Match,
    MeetingSession,
)
from connector.sync.context import Context
from connector.sync.cycle import TOOLS
from connector.sync.hubspot import make_side
from connector.sync.hubspot.activities import pull_activities, recheck_activities
from connector.sync.hubspot.side import Side
from tests.world import KEY, World, world

ZONE = ZoneInfo("Europe/Copenhagen")  # the programme's
YESTERDAY = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)
MEETING, NOTE = "0-47", "0-46"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        made.apply_as_mentee("Anna Prøve")
        made.apply_as_mentor("Bo Prøve")
        made.settle()
        for name in ("Anna", "Bo"):
            made.edit("0-162", part(made, name), hs_pipeline_stage=made.stage("active"))
        link(made, "0-162", part(made, "Anna"), "0-1", contact(made, "Bo"))
        made.settle()
        yield made


def part(here: World, name: str) -> str:
    found = [
        one["id"]
        for one in here.records("0-162")
        if one["properties"]["hs_name"].startswith(name)
    ]
    assert len(found) == 1
    return str(found[0])


def contact(here: World, name: str) -> str:
    return str(here.record("contacts", firstname=name)["id"])


def link(here: World, one: str, one_id: str, other: str, other_id: str) -> None:
    path = (
        f"/crm/objects/2026-09/{one}/{one_id}/associations/default/{other}/{other_id}"
    )
    here.crm("PUT", path)


def log(here: World, kind: str, on: list[tuple[str, str]], **properties: str) -> str:
    made = here.crm("POST", f"/crm/objects/2026-09/{kind}", {"properties": properties})
    for other, other_id in on:
        link(here, kind, made["id"], other, other_id)
    return str(made["id"])


def meeting(here: World, on: list[tuple[str, str]], **more: str) -> str:
    properties = {
        "hs_meeting_title": "Møde om CV og netværk",
        "hs_meeting_start_time": YESTERDAY.isoformat(),
        "hs_meeting_end_time": (YESTERDAY + timedelta(minutes=45)).isoformat(),
        "hs_meeting_outcome": "COMPLETED",
        **more,
    }
    return log(here, MEETING, on, **properties)


def side_of(here: World) -> Side:
    client = TOOLS["hubspot"].connect(here.service, KEY)
    assert isinstance(client, HubSpot)
    account = here.settings.accounts[KEY].hubspot
    assert account is not None
    return make_side(
        Context(here.service, here.service.programme(KEY)), client, account
    )


def look(here: World) -> None:
    side = side_of(here)
    pull_activities(side, now=True)
    assert side.context.outcome.problems == []


def rows(here: World, table: Any) -> list[Any]:
    with here.service.database.reading() as session:
        return list(session.scalars(select(table)))


def test_a_meeting_on_a_participation_is_a_session_of_its_match(here: World) -> None:
    meeting(here, [("0-162", part(here, "Anna"))])
    look(here)
    [session] = rows(here, MeetingSession)
    [match] = rows(here, Match)
    assert session.match_id == match.id
    assert session.participation_id == match.mentee_id
    assert (session.state, session.minutes) == ("held", 45)
    assert session.held_on.isoformat() == YESTERDAY.astimezone(ZONE).date().isoformat()
    assert {"cv", "network"} <= set(session.topics)


def test_reading_it_again_says_nothing_again(here: World) -> None:
    meeting(here, [("0-162", part(here, "Anna"))])
    look(here)
    before = claims(here)
    look(here)
    assert claims(here) == before


def claims(here: World) -> int:
    from connector.programme.claims import Claim

    return len(rows(here, Claim))


@pytest.mark.parametrize(
    ("outcome", "days", "state"),
    [
        ("COMPLETED", -1, "held"),
        ("", -1, "held"),
        ("SCHEDULED", -1, "planned"),
        ("SCHEDULED", 1, "planned"),
        ("", 1, "planned"),
        ("CANCELED", -1, "cancelled"),
        ("NO_SHOW", -1, "cancelled"),
    ],
)
def test_what_an_outcome_says(here: World, outcome: str, days: int, state: str) -> None:
    start = datetime.now(UTC) + timedelta(days=days)
    meeting(
        here, [("0-162", part(here, "Anna"))], hs_meeting_outcome=outcome,
        hs_meeting_start_time=start.isoformat(),
        hs_meeting_end_time=(start + timedelta(hours=1)).isoformat(),
    )  # fmt: skip
    look(here)
    assert [one.state for one in rows(here, MeetingSession)] == [state]


def test_a_correction_and_a_deletion_come_back(here: World) -> None:
    made = meeting(here, [("0-162", part(here, "Anna"))])
    look(here)
    here.edit(
        MEETING, made,
        hs_meeting_end_time=(YESTERDAY + timedelta(minutes=90)).isoformat(),
    )  # fmt: skip
    look(here)
    assert [one.minutes for one in rows(here, MeetingSession)] == [90]
    here.crm("DELETE", f"/crm/objects/2026-09/{MEETING}/{made}")
    assert recheck_activities(side_of(here))["meetings"] == 1
    assert [one.state for one in rows(here, MeetingSession)] == [None]


def test_a_meeting_on_a_round_is_a_joint_one_with_who_came(here: World) -> None:
    course = str(here.records("0-410")[0]["id"])
    stranger = here.crm(
        "POST", "/crm/objects/2026-09/contacts",
        {"properties": {"email": "x@elsewhere.example", "firstname": "X"}},
    )["id"]  # fmt: skip
    made = meeting(
        here,
        [("0-410", course), ("0-1", contact(here, "Anna")), ("0-1", stranger)],
        hs_meeting_title="Kick-off med speednetworking",
    )
    look(here)
    [activity] = rows(here, Activity)
    assert (activity.kind, activity.state) == ("kick_off", "held")
    assert [one.state for one in rows(here, Attendance)] == ["attended"]
    assert rows(here, MeetingSession) == []
    path = f"/crm/objects/2026-09/{MEETING}/{made}/associations/0-1"
    here.crm("DELETE", f"{path}/{contact(here, 'Anna')}")
    here.edit(MEETING, made, hs_meeting_title="Kick-off")
    look(here)
    assert [one.state for one in rows(here, Attendance)] == [None]


def test_a_note_on_a_participation_is_evidence_and_stays_here(here: World) -> None:
    anna = part(here, "Anna")
    body = "<p>#interview #mentee_network</p><p>Fandt &amp; mødte <b>tre</b> nye.</p>"
    log(here, NOTE, [("0-162", anna)], hs_note_body=body,
        hs_timestamp=YESTERDAY.isoformat())  # fmt: skip
    look(here)
    [note] = rows(here, EvidenceNote)
    assert (note.kind, note.indicator) == ("interview", "mentee_network")
    assert note.text == "#interview #mentee_network\nFandt & mødte tre nye."
    assert note.about.startswith("participation:")
    here.sync()
    told = str(here.records("0-162")) + str(here.records("contacts"))
    assert "tre nye" not in told


def test_on_a_contact_only_a_tagged_note_is_evidence(here: World) -> None:
    anna = contact(here, "Anna")
    log(here, NOTE, [("0-1", anna)], hs_note_body="Ringede om faktura",
        hs_timestamp=YESTERDAY.isoformat())  # fmt: skip
    look(here)
    assert rows(here, EvidenceNote) == []
    log(here, NOTE, [("0-1", anna)], hs_note_body="#evidens Har fået job",
        hs_timestamp=YESTERDAY.isoformat())  # fmt: skip
    look(here)
    assert [one.kind for one in rows(here, EvidenceNote)] == ["note"]


def test_other_peoples_meetings_are_left_alone(here: World) -> None:
    stranger = here.crm(
        "POST", "/crm/objects/2026-09/contacts",
        {"properties": {"email": "x@elsewhere.example", "firstname": "X"}},
    )["id"]  # fmt: skip
    meeting(here, [("0-1", stranger)])
    look(here)
    assert rows(here, MeetingSession) == []


def test_a_missing_scope_holds_up_nothing_else(here: World) -> None:
    import requests

    requests.post(
        f"{here.sandbox_url}/sandbox/control/faults", timeout=20,
        json={"tool": "hubspot", "kind": "status", "status": 403, "times": 2,
              "path": f"{MEETING}/search", "body": {"category": "MISSING_SCOPES"}},
    ).raise_for_status()  # fmt: skip
    side = side_of(here)
    pull_activities(side, now=True)
    [problem] = side.context.outcome.problems
    assert "meetings" in problem
    here.apply_as_mentee("Carl Prøve")
    here.settle()
    assert contact(here, "Carl")
