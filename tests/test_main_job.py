"""The main job, end to end: a form answer to the CRM and the newsletter, and back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.world import World, world


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path) as made:
        yield made


def test_an_application_stands_in_the_crm_and_the_newsletter(here: World) -> None:
    here.apply_as_mentee("Anna Prøve")
    assert here.drain() == 1
    here.sync()
    contact = here.record("contacts", email="anna@people.example")
    assert contact["properties"]["firstname"] == "Anna"
    part = here.record("0-162", vidensbro_role="mentee")
    assert part["properties"]["hs_name"] == "Anna Prøve · Mentee · Runde 1"
    assert part["properties"]["hs_pipeline_stage"] == here.stage("applied")
    assert here.record("companies", name="Nordlys Teknik A/S")
    member = here.members()["anna@people.example"]
    assert member["status"] == "subscribed"
    assert member["merge_fields"]["VIDENSBRO"] == ";r1.mentee.applied;"
