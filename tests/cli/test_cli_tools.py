"""setup, sync and connection against the sandbox, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import select, update

from connector.singleflight import only_one
from connector.sync.cycle import change, find
from connector.sync.state import RemoteRecord
from tests.cli.cli_world import DEFINITIONS, Cli
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


def test_a_first_sync_shows_counts_and_waits_for_a_yes(town):
    town("setup", "--yes")
    town.world.apply_as_mentee("Anna Prøve")
    town.world.drain()
    assert town.json("sync", "status", code=1)[0]["state"] == "new"
    waiting = town("sync", "run", code=1)
    assert "First sync with HubSpot" in waiting.stdout
    assert "First sync with Mailchimp" in waiting.stdout
    assert "vidensbro sync run --yes" in waiting.stderr
    assert "create" in waiting.stdout
    assert town.world.records("contacts") == []
    assert town.state("hubspot") == ""
    town("sync", "run", "--yes")
    assert len(town.world.records("contacts")) == 1
    assert set(town.world.members()) == {"anna@people.example"}
    told = town("sync", "status").output
    assert "active" in told
    assert "anna" not in told
    again = town("sync", "run").output
    assert "First sync" not in again


def test_a_second_sync_at_once_is_refused(town):
    with only_one(town.world.service, "sync"):
        assert "Another sync is under way" in town("sync", "run", code=1).stderr


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
    told = town("sync", "status").output
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
    assert (town.state("hubspot"), town.state("mailchimp")) == ("", "active")


def test_tools_that_are_off_or_unknown(town):
    town.env["MAILCHIMP_API_KEY"] = ""
    off = town("connection", "pause", "mailchimp", code=2)
    assert "Mailchimp is off" in off.stderr
    odd = town("connection", "pause", "typeform", code=2)
    assert "is not one of: hubspot, mailchimp" in odd.stderr
    states = {one["tool"]: one["state"] for one in town.json("sync", "status", code=1)}
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
    town("deliveries", "discard", number, "--yes")
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
    town("deliveries", "discard", number, "--yes")
    town("sync", "run")
    (contact,) = town.world.records("contacts")
    assert not contact["properties"].get("firstname")
