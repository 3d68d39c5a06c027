"""How the difference is computed and told: `deliveries replay`, with and without."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from connector.cli import rehearsed
from connector.inbox import Delivery
from connector.programme.entities import Person
from connector.rehearsal import Change, Difference, FieldChange, Section
from connector.rehearsal.difference import Comparison, Picture, Seen
from tests.cli.cli_world import Cli
from tests.rehearsal.test_rehearsal_comes_true import MENTEE, swapped, write
from tests.world import KEY, World, environment, world

# --- pictures ----------------------------------------------------------------------
values = st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["", "a", "b"])
seen = st.builds(Seen, st.just("x"), st.dictionaries(st.sampled_from("fgh"), values))
keys = st.tuples(st.sampled_from(["person", "match"]), st.sampled_from("123"))
pictures = st.dictionaries(keys, seen)


def said(picture: Picture) -> dict[Any, dict[str, Any]]:
    """Return what a picture says, without what says nothing."""
    return {
        key: {n: v for n, v in one.fields.items() if v not in (None, "")}
        for key, one in picture.items()
    }


@settings(max_examples=200, deadline=None)
@given(pictures, pictures)
def test_the_changes_lead_from_one_picture_to_the_other(
    before: Picture, after: Picture
) -> None:
    told = said(before)
    changes = Comparison().changes(before, after)
    for change in changes:
        key = (change.kind, str(change.id))
        if change.word == "vanished":
            del told[key]
            continue
        fields = told.setdefault(key, {})
        for one in change.fields:
            assert fields.pop(one.field, None) == (
                None if one.before in (None, "") else one.before
            )
            if one.after not in (None, ""):
                fields[one.field] = one.after
    assert told == said(after)
    assert changes == Comparison().changes(
        dict(reversed(before.items())), dict(reversed(after.items()))
    )


@settings(max_examples=100, deadline=None)
@given(pictures, pictures, pictures)
def test_what_comes_anyway_is_what_comes_without_the_act(
    before: Picture, pending: Picture, after: Picture
) -> None:
    changes = Comparison(pending).changes(before, after)
    assert all(one.anyway for one in Comparison(after).changes(before, after))
    for change in changes:
        come = said(pending).get((change.kind, str(change.id)), {})
        for one in change.fields:
            becomes = None if one.after == "" else one.after
            assert one.anyway == (come.get(one.field) == becomes)


# --- in words ----------------------------------------------------------------------
def test_a_difference_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    fields = (FieldChange("phone", "", "+4520123456"),)
    people = [Change("person", str(n), f"P{n}", "changed", fields) for n in range(3)]
    late = Change("person", "9", "P9", "changed", fields, anyway=True)
    held = Change("person", "8", "P8", "held", (), "in doubt")
    told = Difference(
        (
            Section("programme", "Programme", tuple(people), "", {"staff": 2}),
            Section("hubspot", "HubSpot", (*people, held, late), "paused"),
            Section("mailchimp", "Mailchimp", (), "off"),
        ),
        waiting=4,
    )
    rehearsed.tell(told, 2)
    lines = capsys.readouterr().out.splitlines()
    assert lines[:4] == [
        "Programme: 3 people changed; 2 fields stay: set by staff",
        "HubSpot: 3 contacts changed, 1 contact held back; at the next sync anyway: "
        "1 contact changed; paused: it waits until the connection is resumed",
        "Mailchimp: off, nothing is written there",
        "Answers that wait to be processed and are part of this: 4.",
    ]
    assert lines.count("and 1 more (--limit 3, or --json)") == 1
    assert lines.count("and 3 more (--limit 5, or --json)") == 1
    assert sum("+4520123456" in line for line in lines) == 4


# --- the command -------------------------------------------------------------------
@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        write(made, MENTEE, swapped("phone", "linkedin"))
        made.apply_as_mentee("Anna Prøve")
        made.apply_as_mentee("Bo Prøve")
        made.settle(1)
        write(made, MENTEE, "")
        yield made


def test_a_replay_is_shown_then_asked_for_then_done(here: World) -> None:
    cli = Cli(environment(here.directory, here.sandbox_url))
    words = ("deliveries", "replay", "--form", "mentee_application")
    dry = cli(*words, "--dry-run", "--limit", 1).stdout
    summary = "Programme: 2 people changed"
    assert summary in dry
    assert "HubSpot: 2 contacts changed" in dry
    assert "+4520123456" in dry
    assert "and 1 more (--limit 2, or --json)" in dry
    whole = cli.json(*words, "--dry-run")
    assert [one["name"] for one in whole["sections"]] == [
        "programme", "figures", "hubspot", "mailchimp",
    ]  # fmt: skip
    assert len(whole["sections"][0]["changes"]) == 2
    assert cli.json(*words, "--dry-run") == whole
    asked = cli(*words, code=1)
    assert summary in asked.stdout
    assert "+4520123456" not in asked.stdout
    assert "Nothing was done" in asked.stderr
    assert "--dry-run" in cli(*words, "--json", code=2).stderr
    assert cli.json(*words, "--dry-run") == whole
    done = cli(*words, "--yes").stdout
    assert summary in done
    assert "Replayed 2." in done
    here.settle(1)
    assert cli(*words, "--dry-run").stdout.splitlines()[-1] == "Nothing would change."


def test_a_day_is_the_programmes_own_and_counts_itself(here: World) -> None:
    cli = Cli(environment(here.directory, here.sandbox_url))
    zone = ZoneInfo(here.service.programme(KEY).zone)
    midnight = datetime(2026, 3, 2, tzinfo=zone)
    with here.service.database.writing() as session:
        for number, at in ((1, midnight - timedelta(seconds=1)), (2, midnight)):
            session.execute(
                update(Delivery).where(Delivery.id == number).values(received_at=at)
            )
    told = cli.json("deliveries", "replay", "--since", "2026-03-02", "--dry-run")
    titles = [one["title"] for one in told["sections"][0]["changes"]]
    assert titles == ["Bo Prøve <bo@people.example>"]
    cli("deliveries", "replay", "--since", "2026-03-03", "--dry-run", code=1)
    both = cli.json("deliveries", "replay", "--since", "2026-03-01", "--dry-run")
    assert len(both["sections"][0]["changes"]) == 2
    cli("deliveries", "replay", "--since", "2026-03-02", "--yes")
    phones = {one.first_name: one.phone for one in people(here)}
    assert phones == {"Anna": None, "Bo": "+4520123456"}


def people(here: World) -> list[Person]:
    with here.service.database.reading() as session:
        return list(session.scalars(select(Person)))
