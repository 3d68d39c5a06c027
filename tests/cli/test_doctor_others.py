"""Who else writes our contacts: told by what HubSpot's property history says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.db import utcnow
from connector.doctor.others import check_hubspot_writers
from tests.cli.cli_world import ROOT
from tests.world import APP_ID, KEY, World, world

PHONE = {"properties": {"phone": "+4520999999"}}
APP = {"X-Sandbox-Actor": "", "X-Sandbox-App": "99"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    forms = ROOT / "mappings" / "programmes" / "template" / "typeform"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.world.FORMS", forms)
        with world(tmp_path_factory.mktemp("others")) as here:
            # One was in the CRM already, by another integration.
            here.crm("POST", "/crm/objects/2026-09/contacts",
                     {"properties": {"email": "bo@people.example", "phone": "+45 1"}},
                     **APP)  # fmt: skip
            here.apply_as_mentee("Anna Prøve")
            here.apply_as_mentee("Bo Prøve")
            here.settle(2)
            yield here


@pytest.fixture
def here(whole: World) -> Iterator[World]:
    """The same contacts for each test, as they were."""
    place, store = "hubspot.record.0-1", whole.box.box.store
    before = dict(store.all(place))
    yield whole
    for key, doc in before.items():
        store.put(place, key, doc)


def anna(here: World) -> str:
    return str(here.record("contacts", email="anna@people.example")["id"])


def write(here: World, **headers: str) -> None:
    path = f"/crm/objects/2026-09/contacts/{anna(here)}"
    here.crm("PATCH", path, PHONE, **headers)


def told(here: World) -> list[str]:
    """Return what is warned of."""
    found = check_hubspot_writers(here.service, KEY)
    return [one.what for one in found if one.level != "well"]


def test_what_another_wrote_before_the_contact_was_ours_is_no_matter(here):
    assert told(here) == []


def test_staffs_own_edits_are_no_matter(here):
    write(here)
    assert told(here) == []


def test_who_writes_without_a_name_is_told_by_its_id(here):
    write(here, **APP)
    (what,) = told(here)
    assert what.startswith("99 (another integration) writes")
    assert "phone" in what
    assert "anna" not in what.lower()


def test_an_integration_is_told_by_the_name_that_hubspot_gives_it(here):
    write(here, **APP, **{"X-Sandbox-App-Name": "Zapier"})
    assert told(here)[0].startswith("Zapier (another integration) writes")


@pytest.mark.parametrize(
    ("kind", "word"), [("FORM", "a HubSpot form"), ("IMPORT", "an import")]
)
def test_a_form_and_an_import_are_told_apart(here, kind, word):
    write(here, **APP, **{"X-Sandbox-Source": kind})
    assert word in told(here)[0]


def test_a_new_key_of_our_own_is_no_stranger(here):
    here.box.box.options["hubspot.app_id"] = 4999  # another key was made
    token = {"X-Sandbox-Actor": "", "Authorization": "Bearer token"}
    path = f"/crm/objects/2026-09/contacts/{anna(here)}"
    here.crm("PATCH", path, {"properties": {"vidensbro_roles": "Mentor"}}, **token)
    here.crm("PATCH", path, PHONE, **token)
    here.box.box.options["hubspot.app_id"] = int(APP_ID)
    assert told(here) == []


def test_what_is_long_ago_is_no_matter(here):
    old = (utcnow() - timedelta(days=20)).isoformat()
    write(here, **APP, **{"X-Sandbox-At": old})
    assert told(here) == []


def test_one_call_is_made_however_many_contacts_there_are(here):
    here.forget_calls()
    told(here)
    assert sum(here.calls()["counts"]["hubspot"].values()) == 1


def test_without_records_nothing_is_asked(tmp_path: Path, here: World) -> None:
    from connector.db import Database
    from connector.schema import upgrade
    from connector.service import Service

    fresh = Service(here.settings, Database(f"sqlite:///{tmp_path / 'fresh.db'}"))
    upgrade(fresh.database)
    here.forget_calls()
    assert list(check_hubspot_writers(fresh, KEY)) == []
    assert here.calls()["counts"].get("hubspot", {}) == {}
    fresh.database.engine.dispose()
