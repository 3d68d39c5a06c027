"""setup, sync and connection against the sandbox, over real HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select, update

from connector import chores, singleflight
from connector.singleflight import only_one
from connector.sync.cycle import change, find
from connector.sync.state import RemoteRecord
from tests.cli.cli_world import DEFINITIONS, Cli
from tests.sync.hubspot_hooks import event, hear
from tests.world import KEY, World, environment, world


class Town(Cli):
    """A town whose tools are the sandbox, and where nobody has said yes yet."""

    def __init__(self, made: World) -> None:
        env = environment(made.directory, made.sandbox_url)
        super().__init__({**env, "PUBLIC_URL": made.web_url})
        self.world = made

    def state(self, tool: str) -> str:
        with self.world.service.database.reading() as session:
            row = find(session, KEY, tool)
            return row.state if row else ""

    def tool(self, name: str, code: int = 0) -> dict[str, Any]:
        """Return how ``sync status`` says that a tool stands."""
        found = self.json("sync", "status", code=code)["tools"]
        return next(one for one in found if one["tool"] == name)

    def compared(self, *args: str, code: int = 0) -> dict[str, dict[str, Any]]:
        """Return what ``sync compare`` counted, by tool."""
        found = self.json("sync", "compare", *args, code=code)
        return {one["tool"]: one["counts"] for one in found}

    def archive(self) -> None:
        """Have staff archive the one contact in HubSpot."""
        (contact,) = self.world.records("contacts")
        self.world.crm("DELETE", f"/crm/objects/2026-09/contacts/{contact['id']}")

    def break_key(self) -> None:
        """Have HubSpot refuse the key from now on."""
        requests.post(
            f"{self.world.sandbox_url}/sandbox/control/faults",
            json={"tool": "hubspot", "kind": "status", "status": 401, "times": 50},
            timeout=20,
        ).raise_for_status()

    def ready(self) -> Town:
        self("setup", "--yes")
        self.world.apply_as_mentee("Anna Prøve")
        self.world.drain()
        self("sync", "run", "--yes")
        return self


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr("tests.world.FORMS", DEFINITIONS)  # we are elsewhere
    with world(tmp_path, active=False) as made:
        yield Town(made)


def test_setup_shows_its_plan_and_a_second_run_plans_nothing(town):
    waiting = town("setup", code=1)
    assert "HubSpot" in waiting.stdout
    assert "vidensbro setup --yes" in waiting.stderr
    town.world.forget_calls()
    assert "Done: " in town("setup", "--yes").output
    assert town("setup").output == "Everything is prepared.\n"


def test_doctor_counts_what_setup_would_make_and_names_few(town):
    found = town.json("doctor", code=2)
    told = {one["check"]: one for one in found if one["check"].endswith(".setup")}
    hubspot, mailchimp = told["hubspot.setup"], told["mailchimp.setup"]
    counted = r"make: 4 property groups, \d+ properties, 1 pipeline \(“.*” among them\)"
    assert re.search(counted, hubspot["what"])
    assert re.search(r"make: 1 merge field, \d+ segments \(“", mailchimp["what"])
    for one in (hubspot, mailchimp):
        assert one["what"].count("“") == 3
        assert len(one["what"]) < 200
        assert one["remedy"] == "Run: vidensbro setup (it shows all, and asks)"


def test_setup_without_a_tool_names_what_connects_one(empty):
    empty.env |= {"TYPEFORM_TOKEN": "", "TYPEFORM_SECRETS": ""}
    told = "Error: No tool is connected, so there is nothing to prepare. Connect one: "
    assert empty("setup", code=2).stderr == f"{told}vidensbro init\n"
    empty("db", "upgrade")
    assert empty("setup", code=2).stderr == f"{told}vidensbro init\n"
    empty.env |= {"PROGRAMMES": "lyngby,vejle"}
    other = empty("setup", "--programme", "vejle", code=2).stderr
    assert other == f"{told}vidensbro init --programme vejle\n"
    empty.env |= {"TYPEFORM_TOKEN": "invented"}  # no demo: a database of its own
    assert "vidensbro db upgrade" in empty("setup", code=2).stderr


def test_without_a_public_address_all_is_prepared_without_webhooks(town):
    town("setup", "--yes")
    town.env["PUBLIC_URL"] = ""
    said, *more = town("setup").output.splitlines()
    assert said == "Everything is prepared."
    assert all("PUBLIC_URL" in each and "needs you" not in each for each in more)
    assert more


def test_a_first_sync_shows_counts_and_waits_for_a_yes(town):
    town("setup", "--yes")
    town.world.apply_as_mentee("Anna Prøve")
    town.world.drain()
    assert town.tool("hubspot", code=1)["state"] == "new"
    waiting = town("sync", "run", code=1)
    assert "First sync with HubSpot" in waiting.stdout
    assert "First sync with Mailchimp" in waiting.stdout
    assert "vidensbro sync run --yes" in waiting.stderr
    assert "create" in waiting.stdout
    assert town.world.records("contacts") == []
    assert town.state("hubspot") == "new"
    town("sync", "run", "--yes")
    assert len(town.world.records("contacts")) == 1
    assert set(town.world.members()) == {"anna@people.example"}
    told = town("sync", "status").output
    assert "active" in told
    assert "anna" not in told
    again = town("sync", "run").output
    assert "First sync" not in again


def test_a_first_sync_names_what_it_would_write_and_tells_no_more(town):
    town("setup", "--yes")
    nobody = town("sync", "run", code=1).stdout
    assert nobody.endswith("demo-audience:\nThere is nothing to write yet.\n")
    town.world.apply_as_mentee("Anna Prøve")
    town.world.drain()
    town.env["LOG_LEVEL"] = "DEBUG"
    waiting = town("sync", "run", code=1)
    lines = [re.split(" {2,}", line) for line in waiting.stdout.splitlines()]
    assert sorted(line for line in lines if len(line) > 1 and line[0] != "what") == [
        ["member", "create", "1", "a***@p***.example"],
        ["organisation", "create", "1", "Nordlys Teknik A/S"],
        ["participation", "create", "1", "Anna Prøve · Mentee · Runde 1"],
        ["person", "create", "1", "Anna Prøve"],
        ["round", "create", "1", "Runde 1"],
    ]
    assert not re.search("anna|nordlys", waiting.stderr.lower())


def test_a_second_sync_at_once_is_refused(town, monkeypatch):
    monkeypatch.setattr(singleflight, "PATIENCE_S", 0.2)
    with only_one(town.world.service, "sync"):
        assert "Another sync is under way" in town("sync", "run", code=1).stderr


def test_a_compare_of_what_is_in_step_finds_nothing(town):
    town.ready()
    town("sync", "run")
    told = town("sync", "compare").output
    assert "Everything is as it should be." in told
    assert "anna" not in told
    counts = town.compared()
    assert counts["hubspot"]["person"]["same"] == 1
    assert counts["mailchimp"]["member"] == {
        "same": 1, "changed": 0, "repaired": 0, "missing": 0, "not ours": 0,
    }  # fmt: skip
    kept = town.tool("hubspot")
    assert kept["compared_at"]
    assert kept["drift"] == {}


def test_a_compare_finds_what_staff_archived_and_asks_for_a_person(town):
    town.ready()
    town.archive()
    dry = town("sync", "compare", "--dry-run", code=1).output
    assert "1 archived" in dry
    assert "Nothing was changed." in dry
    assert town.tool("hubspot")["compared_at"] is None
    assert town.compared(code=1)["hubspot"]["person"]["archived"] == 1
    told = town("sync", "status", code=1).output
    assert "HubSpot, last compare: person: 1 archived" in told
    assert "On the review list: 1" in told
    item = town.json("people", "review")[0]["item"]
    town("people", "review", "--apart", item)
    assert town.tool("hubspot")["problems"] == []
    assert town.compared()["hubspot"]["person"]["archived"] == 0


def test_a_compare_repairs_what_is_ours(town):
    town.ready()
    member = town.world.members()["anna@people.example"]
    ours = member["merge_fields"]["VIDENSBRO"]
    requests.patch(
        f"{town.world.sandbox_url}/mailchimp/3.0/lists/demo-audience/members/"
        f"{member['id']}",
        json={"merge_fields": {"VIDENSBRO": ";spoilt;"}},
        auth=("x", "key-us1"), timeout=20,
    ).raise_for_status()  # fmt: skip
    assert town.compared("--dry-run")["mailchimp"]["member"]["repaired"] == 1
    fields = town.world.members()["anna@people.example"]["merge_fields"]
    assert fields["VIDENSBRO"] == ";spoilt;"
    assert "1 repaired" in town("sync", "compare").output
    fields = town.world.members()["anna@people.example"]["merge_fields"]
    assert fields["VIDENSBRO"] == ours
    assert town.tool("mailchimp")["drift"] == {"member": {"repaired": 1}}


def test_who_was_erased_from_the_newsletter_needs_a_person(town):
    town.ready()
    requests.post(
        f"{town.world.sandbox_url}/sandbox/control/mailchimp/erase",
        json={"email": "anna@people.example"}, timeout=20,
    ).raise_for_status()  # fmt: skip
    assert town.compared(code=1)["mailchimp"]["member"]["missing"] == 1


def test_a_tool_that_cannot_be_compared_holds_up_no_other(town):
    town.ready()
    town.break_key()
    told = town("sync", "compare", code=1)
    assert "HubSpot cannot be read now (HubSpot 401" in told.stderr
    assert "Traceback" not in told.output
    assert town.tool("hubspot")["compared_at"] is None
    assert town.tool("mailchimp")["compared_at"]


def test_a_tool_that_waits_for_a_yes_or_is_paused_is_not_compared(town):
    told = town("sync", "compare", code=1)
    assert "HubSpot is new; it was not compared." in told.stderr
    town.ready()
    town("connection", "pause", "mailchimp")
    told = town("sync", "compare", code=1)
    assert "Mailchimp is paused; it was not compared. Paused by staff" in told.stderr
    assert town.tool("hubspot", code=1)["compared_at"]


def test_a_changed_account_is_not_compared(town):
    town.ready()
    town.world.options(hubspot__portal_id=4711)
    told = town("sync", "compare", code=1)
    assert "HubSpot's account is another one than before" in told.stderr
    assert town.state("hubspot") == "stopped"


def test_a_compare_beside_a_sync_is_refused(town, monkeypatch):
    monkeypatch.setattr(singleflight, "PATIENCE_S", 0.2)
    with only_one(town.world.service, "sync"):
        assert "A sync is under way" in town("sync", "compare", code=1).stderr


def test_the_status_tells_of_hints_that_wait(town):
    town.ready()
    (contact,) = town.world.records("contacts")
    hear(town.world, event("object.propertyChange", "contacts", contact["id"]))
    assert town.tool("hubspot")["hints"] == 1
    town("sync", "run")
    assert town.tool("hubspot")["hints"] == 0


def test_the_status_tells_of_a_chore_that_did_not_go_well(town):
    town.ready()
    said = ["The list could not be counted.", ""]
    chore = chores.Chore(chores.nightly(3), lambda *_: said.pop(0))
    chores.run(town.world.service, KEY, "recount", chore)
    told = town("sync", "status", code=1).output
    assert "recount: The list could not be counted." in told
    chores.run(town.world.service, KEY, "recount", chore)
    assert town.json("sync", "status")["chores"] == []


def test_a_paused_tool_is_not_written_to_until_it_is_resumed(town):
    town.ready()
    assert "hubspot is paused" in town("connection", "pause", "hubspot").output
    town.world.apply_as_mentee("Carl Prøve")
    town.world.drain()
    halted = town("sync", "run", code=1)
    assert "HubSpot: paused. Paused by staff" in halted.stderr
    assert len(town.world.records("contacts")) == 1
    told = town("sync", "status", code=1).output
    assert "Nothing is lost" in told
    assert "hubspot is active" in town("connection", "resume").output
    town("sync", "run")
    assert len(town.world.records("contacts")) == 2
    assert "Nothing stands still" in town("connection", "resume").output


def test_resuming_tries_again_what_was_refused(town):
    town.ready()
    with town.world.service.database.writing() as session:
        session.execute(
            update(RemoteRecord).values(problem="Too long", problem_hash="abc")
        )
    told = town("sync", "status", code=1).output
    assert "Too long" in told
    town("connection", "resume", "hubspot")
    with town.world.service.database.reading() as session:
        assert set(session.scalars(select(RemoteRecord.problem_hash))) == {""}


def test_a_pause_before_the_first_sync_is_no_yes_to_it(town):
    town("connection", "pause", "hubspot")
    told = town("connection", "resume", "hubspot").output
    assert "hubspot is new: its first sync waits" in told


def test_another_account_is_rebound_only_on_a_yes(town):
    town.ready()
    change(town.world.service, KEY, "hubspot", "stopped", "another account")
    assert "Nothing was done" in town("connection", "rebind", "hubspot", code=1).stderr
    assert "hubspot is new" in town("connection", "rebind", "--yes").output
    assert town("connection", "rebind").output == "Nothing has stopped.\n"
    with town.world.service.database.reading() as session:
        assert session.scalars(select(RemoteRecord)).all() == []
    told = town("sync", "run", code=1).output
    assert "adopt" in told
    town("sync", "run", "--yes")
    assert len(town.world.records("contacts")) == 1


def test_a_probe_is_remembered(town):
    town.ready()
    refused = town("connection", "probe", "mailchimp", "anna@people.example", code=1)
    assert "belongs to a person of the programme" in refused.stderr
    told = town("connection", "probe", "mailchimp", "test@sandbox.example").output
    assert told in {
        "mailchimp.batch_keeps_status: yes\n", "mailchimp.batch_keeps_status: no\n",
    }  # fmt: skip
    with town.world.service.database.reading() as session:
        row = find(session, KEY, "mailchimp")
        assert row is not None
        assert "mailchimp.batch_keeps_status" in row.facts
    nothing = town("connection", "probe", "hubspot", "test@sandbox.example", code=2)
    assert "nothing to probe at hubspot" in nothing.stderr


def test_a_tool_that_refuses_the_key_pauses_and_says_so(town):
    town.ready()
    town.break_key()
    told = town("sync", "run", code=1)
    assert "no longer accepts the key" in told.stderr
    assert town.state("hubspot") == "paused"


def test_one_tool_that_refuses_the_key_holds_up_no_other(town):
    town("setup", "--yes")
    town.break_key()
    told = town("sync", "run", "--yes", code=1)
    assert "HubSpot 401" in told.stderr
    assert "Traceback" not in told.output
    assert (town.state("hubspot"), town.state("mailchimp")) == ("new", "active")


def test_tools_that_are_off_or_unknown(town):
    town.env["MAILCHIMP_API_KEY"] = ""
    off = town("connection", "pause", "mailchimp", code=2)
    assert "Mailchimp is off" in off.stderr
    odd = town("connection", "pause", "typeform", code=2)
    assert "is not one of: hubspot, mailchimp" in odd.stderr
    told = town.json("sync", "status", code=1)["tools"]
    states = {one["tool"]: one["state"] for one in told}
    assert states == {"hubspot": "new", "mailchimp": "off"}


def test_a_trace_reaches_the_tools(town):
    town.ready()
    (contact,) = town.world.records("contacts")
    told = town.json("trace", contact["id"])
    person = next(e for e in told["entities"] if e["kind"] == "person")
    tools = {remote["tool"]: remote for remote in person["remotes"]}
    assert tools["hubspot"]["remote_id"] == contact["id"]
    fields = {f["name"]: f for f in tools["hubspot"]["fields"]}
    assert fields["firstname"]["desired"] == fields["firstname"]["pushed"] == "Anna"
    assert tools["mailchimp"]["state"] == "subscribed"
    assert "hubspot contacts" in town("trace", contact["id"]).output


def test_who_was_discarded_before_a_sync_is_sent_nowhere(town):
    town.ready()
    town.world.apply_as_mentee("Spam Bot", answers={"sending_company": "Spam A/S"})
    town.world.drain()
    number = town.json("deliveries", "list", "--limit", 1)[0]["id"]
    town("deliveries", "discard", number, "--reason", "A try", "--yes")
    town("sync", "run")
    assert len(town.world.records("contacts")) == 1
    assert len(town.world.records("companies")) == 1
    assert len(town.world.records("0-162")) == 1
    assert set(town.world.members()) == {"anna@people.example"}
    town("deliveries", "replay", number, "--yes")
    town("sync", "run")
    assert len(town.world.records("contacts")) == 2
    assert "spam@people.example" in town.world.members()


def test_what_was_sent_of_a_discarded_answer_is_cleared_there(town):
    town.ready()
    number = town.json("deliveries", "list")[0]["id"]
    town("deliveries", "discard", number, "--reason", "A try", "--yes")
    town("sync", "run")
    (contact,) = town.world.records("contacts")
    assert not contact["properties"].get("firstname")


def test_a_form_that_cannot_be_read_is_told_of_once(town):
    broken = town.world.forms["mentor_application", "da"]
    requests.post(
        f"{town.world.sandbox_url}/sandbox/control/faults",
        json={"tool": "typeform", "kind": "status", "status": 403, "times": 1,
              "path": f"/forms/{broken}/responses"},
        timeout=20,
    ).raise_for_status()  # fmt: skip
    told = town("reconcile", "--form", broken, code=1)
    assert told.output.count("403") == 1
    assert told.output.count(broken) == 1
