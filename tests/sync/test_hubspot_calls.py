"""What a sync costs in calls, counted by the sandbox; and deals instead of courses."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from connector.sync.cycle import sync_programme
from tests.sync.hubspot_world import (
    START,
    held,
    hubspot_calls,
    make,
    writes,
)
from tests.world import KEY, World, set_up, world

PEOPLE = 201


def apply_all(here: World, phone: str) -> None:
    for number in range(PEOPLE):
        here.apply_as_mentee(
            f"P{number} Prøve",
            answers={"phone": f"{phone}{number:04}", "consent_newsletter": False},
        )
    here.drain()


def test_calls_grow_by_the_hundred_not_by_the_head(tmp_path: Path) -> None:
    with world(tmp_path) as here:
        for number in range(3):
            make(here, "contacts", START, email=f"p{number}@people.example")
        apply_all(here, "+452012")
        here.forget_calls()
        here.sync()
        first = hubspot_calls(here)
        assert calls(first, "objects/{version}/contacts/batch/upsert") == 3
        assert calls(first, "objects/{version}/0-162/batch/upsert") == 3
        assert calls(first, "objects/{version}/contacts/batch/update") == 1
        assert (
            calls(first, "objects/{version}/contacts/batch/read") == 3 + 1
        )  # by e-mail, history
        assert calls(first, "associations/{version}/0-162/contacts/batch/read") == 1
        assert calls(first, "0-162/0-410/batch/associate/default") == 1
        assert calls(first, "0-162/contacts/batch/associate/default") == 1
        apply_all(here, "+452034")
        here.forget_calls()
        here.sync()
        second = hubspot_calls(here)
        assert calls(second, "objects/{version}/contacts/batch/read") == 3
        assert calls(second, "objects/{version}/contacts/batch/upsert") == 3
        assert calls(second, "objects/{version}/0-162/batch/upsert") == 0
        here.forget_calls()
        here.sync()
        assert writes(here) == 0


def calls(counts: dict[str, int], path: str) -> int:
    return sum(number for call, number in counts.items() if call.endswith(path))


def test_deals_serve_where_courses_and_services_cannot(tmp_path: Path) -> None:
    with world(tmp_path, active=False) as here:
        account = here.settings.accounts[KEY]
        assert account.hubspot is not None
        deals = dataclasses.replace(
            account.hubspot, participation_object="0-3", round_object="0-3"
        )
        accounts = {KEY: dataclasses.replace(account, hubspot=deals)}
        settings = dataclasses.replace(here.settings, accounts=accounts)
        here.service = dataclasses.replace(here.service, settings=settings)
        set_up(here)
        here.apply_as_mentee("Anna Prøve", at=START)
        here.drain()
        for _ in range(3):
            sync_programme(here.service, KEY)
        record = here.record("0-3", dealname="Anna Prøve · Mentee · Runde 1")
        assert held(record, "dealstage") == here.stage("applied")
        here.edit("0-3", record["id"], dealstage=here.stage("selected"))
        here.settle(2)
        contact = here.record("contacts")
        assert held(contact, "vidensbro_roles") == ";r1.mentee.selected;"
        assert here.record("0-3", dealname="Runde 1")
