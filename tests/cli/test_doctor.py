"""doctor finds each of many planted misconfigurations, and cries for nothing else."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.doctor.checks import Check, Job, together
from connector.findings import Finding
from connector.sync.state import Connection
from tests.cli import doctor_world as made
from tests.cli.doctor_world import CLOSED, Clinic, Planted, front, option, setting
from tests.world import KEY


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    with made.clinic(tmp_path_factory.mktemp("clinic")) as healthy:
        yield healthy


@pytest.fixture(autouse=True)
def at_work(here: Clinic) -> None:
    here.beat()


PLANTED = {
    # settings and files
    "a short secret": Planted(
        "settings", "fault", "TYPEFORM_SECRETS", "openssl rand -hex 32",
        setting(TYPEFORM_SECRETS="guessable")),
    "an audience that is not said": Planted(
        "settings", "fault", "MAILCHIMP_AUDIENCE_ID", "docs/settings.md",
        setting(MAILCHIMP_AUDIENCE_ID="")),
    "no secret for Typeform's webhooks": Planted(
        "typeform.secret", "warning", "Nothing is lost", "Set TYPEFORM_SECRETS",
        setting(TYPEFORM_SECRETS=""), quick=False),
    "no client id for SurveyMonkey's webhooks": Planted(
        "surveymonkey.secret", "warning", "refused", "Set SURVEYMONKEY_CLIENT_ID",
        setting(SURVEYMONKEY_CLIENT_ID="")),
    "no client secret for SurveyMonkey's webhooks": Planted(
        "surveymonkey.secret", "warning", "Nothing is lost",
        "Set SURVEYMONKEY_CLIENT_ID", setting(SURVEYMONKEY_CLIENT_SECRETS=""),
        quick=False),
    "no token for Typeform": Planted(
        "typeform.token", "warning", "never fetched", "set TYPEFORM_TOKEN",
        setting(TYPEFORM_TOKEN=""), quick=False),
    "no key to open what was kept with one": Planted(
        "mailchimp.signing", "fault", "SECRET_KEY is not set", "openssl rand -hex 32",
        setting(SECRET_KEY=""), quick=False),
    "no key to keep signing secrets with": Planted(
        "mailchimp.signing", "warning", "SECRET_KEY is not set", "openssl rand -hex 32",
        made.never_kept),
    "another key than before": Planted(
        "mailchimp.signing", "fault", "another one than before", "former SECRET_KEY",
        setting(SECRET_KEY="another-secret-for-tests"), quick=False),
    "a quotation mark left in .env": Planted(
        "settings.written", "warning", "MAILCHIMP_AUDIENCE_ID", "unless it belongs",
        made.written('MAILCHIMP_AUDIENCE_ID=demo-audience”')),
    "a space at the end of an id": Planted(
        "settings.written", "warning", "DATABASE_URL", "Take it out of DATABASE_URL",
        made.spaced),
    "a quotation mark that does not close": Planted(
        "settings.written", "fault", "as they are meant: 2.", "close on the same line",
        made.written('# mine', 'HUBSPOT_APP_ID="4711', "HOST=127.0.0.1")),
    "a quotation mark that closes too late": Planted(
        "settings.written", "fault", "as they are meant: 1.", "close on the same line",
        made.written('HUBSPOT_APP_ID="4711', 'HOST=127.0.0.1"')),
    "a name with a slip": Planted(
        "settings.written", "warning", "DATABSE_URL", "Is DATABASE_URL meant?",
        made.written("DATABSE_URL=x", "DOMAIN=bridge.example", "MY_TOKEN=y")),
    "a space in a token": Planted(
        "hubspot.token", "fault", "holds a space", "set HUBSPOT_TOKEN",
        setting(HUBSPOT_TOKEN="token "), quick=False),
    "an object that there is not": Planted(
        "hubspot.settings", "fault", "can carry rounds", "0-410 (courses) or 0-3",
        setting(HUBSPOT_ROUND_OBJECT="courses"), quick=False),
    "a version that there is not": Planted(
        "hubspot.settings", "fault", "HUBSPOT_API_VERSION", "2026-09",
        setting(HUBSPOT_API_VERSION="2025-01"), quick=False),
    "an address of a tool that is none": Planted(
        "hubspot.settings", "fault", "no web address", "Set HUBSPOT_BASE_URL",
        setting(HUBSPOT_BASE_URL="api.hubapi.com", PUBLIC_URL=""), quick=False),
    "settings that all may read": Planted(
        "settings.files", "warning", "Everybody", "chmod 600 .env", made.readable_env),
    "a mail server, and nobody to write to": Planted(
        "settings.post", "warning", "nobody gets", "Set DIGEST_TO",
        setting(SMTP_HOST="mail.example", SMTP_FROM="a@mail.example")),
    # disk and database
    "no database": Planted(
        "database", "fault", "no database", "vidensbro db upgrade", made.no_database),
    "an old database": Planted(
        "database", "fault", "not of this version", "vidensbro db upgrade",
        made.old_database),
    "a database that cannot be written": Planted(
        "database", "fault", "readonly", "chown", made.read_only_database),
    "a database of a kind that is not spoken": Planted(
        "database", "fault", "DATABASE_URL cannot be read", "postgresql://USER",
        setting(DATABASE_URL="mysql://u:p@h/x")),
    "a database's address that is none": Planted(
        "database", "fault", "DATABASE_URL cannot be read", "SQLite in DATA_DIR",
        setting(DATABASE_URL="postgresql://u:p@h:port/x")),
    "a database's server that is not there": Planted(
        "database", "fault", "nothing listens there", "Correct DATABASE_URL",
        setting(DATABASE_URL="postgresql://u:p@127.0.0.1:9/x"), quick=False),
    "a database's server that nobody knows": Planted(
        "database", "fault", "has no address", "Correct DATABASE_URL",
        setting(DATABASE_URL="postgresql://u:p@nowhere.invalid/x")),
    "a queue of a kind that is not spoken": Planted(
        "queue", "warning", "for this machine alone", "Set QUEUE_URL=postgresql://",
        setting(QUEUE_URL="redis://127.0.0.1")),
    "a queue's server that is not there": Planted(
        "queue", "fault", "nothing listens there", "QUEUE_URL",
        setting(QUEUE_URL="postgresql://u:p@127.0.0.1:9/x")),
    "data where no directory can be": Planted(
        "data", "fault", "no directory that this user can write", "chown",
        setting(DATA_DIR="/dev/null"), quick=False),
    "backups where no directory can be": Planted(
        "backup", "fault", "no directory that this user can write", "set BACKUP_DIR",
        setting(BACKUP_DIR="/dev/null")),
    "a broken queue": Planted(
        "queue", "fault", "The queue cannot be used", "queue.db", made.broken_queue),
    "a full disk": Planted(
        "disk", "fault", "20 MiB", "Make room", made.full_disk),
    "a fault in the mapping": Planted(
        "mapping", "fault", "mentee_aplication", "vidensbro mapping check",
        made.broken_mapping),
    "a forgotten maintenance file": Planted(
        "maintenance", "fault", "answered 503", "rm ", made.maintenance),
    # the worker
    "no worker": Planted(
        "worker", "fault", "does not run", "vidensbro worker", made.no_worker),
    "no worker since the clock was ahead": Planted(
        "worker", "fault", "does not run", "vidensbro worker", made.beat_of_next_year),
    "no worker for long": Planted(
        "worker", "fault", "does not run", "vidensbro worker", made.no_worker_for_long),
    "forms looked at late": Planted(
        "forms.late", "fault", "not looked at in time", "vidensbro reconcile",
        made.late_look),
    "a sync that is late": Planted(
        "hubspot.sync", "fault", "last brought in step", "vidensbro sync run",
        made.late_sync),
    "answers that nobody processes": Planted(
        "deliveries.waiting", "fault", "are not processed", "Restart the worker",
        made.unprocessed),
    "hints that nobody looks into": Planted(
        "hubspot.hints", "warning", "1 changes", "vidensbro sync run", made.old_hint),
    "a chore that failed": Planted(
        "chore.hubspot.compare", "warning", "Two are missing", "sync compare",
        made.failed_chore),
    "an old backup": Planted(
        "backup", "warning", "is old", "vidensbro backup", made.old_backup),
    "no place for backups": Planted(
        "backup", "warning", "BACKUP_DIR is not set", "Set BACKUP_DIR",
        setting(BACKUP_DIR="")),
    # what waits for a person
    "a parked answer": Planted(
        "deliveries.parked", "warning", "in full", "vidensbro deliveries show",
        made.parked),
    "a doubt about somebody": Planted(
        "people.review", "warning", "1", "vidensbro people review", made.review),
    "a form that nothing reads": Planted(
        "typeform.unmapped", "warning", "1 are kept", "vidensbro forms bind typeform",
        made.unmapped),
    "a paused connection": Planted(
        "hubspot.connection", "fault", "paused", "vidensbro connection resume hubspot",
        made.paused),
    "another account than before": Planted(
        "hubspot.connection", "fault", "stopped", "vidensbro connection rebind hubspot",
        made.stopped),
    "an app of HubSpot's that never calls": Planted(
        "hubspot.webhook", "warning", "has never called", "hs project upload",
        made.silent_app),
    "a first sync that waits": Planted(
        "mailchimp.connection", "warning", "nothing has been synced",
        "vidensbro sync run", made.new),
    # the public address
    "an address without TLS": Planted(
        "public", "fault", "https:// only", "Set PUBLIC_URL=https://",
        setting(PUBLIC_URL="http://vidensbro.example"), quick=False),
    "an address without a scheme": Planted(
        "public", "fault", "no web address", "Set PUBLIC_URL=https://",
        setting(PUBLIC_URL="vidensbro.example"), quick=False),
    "an address that cannot be read": Planted(
        "public", "fault", "no web address", "Set PUBLIC_URL=https://",
        setting(PUBLIC_URL="https://vidensbro.example:port"), quick=False),
    "an address with a quotation mark": Planted(
        "public", "fault", "no web address", "Set PUBLIC_URL=https://",
        setting(PUBLIC_URL='https://vidensbro.example"')),
    "an address whose name is not known": Planted(
        "public", "fault", "has no address", "DNS",
        setting(PUBLIC_URL="https://vidensbro.example"), quick=False),
    "a secret's file that is not there": Planted(
        "settings", "fault", "FileNotFoundError", "correct TYPEFORM_SECRETS_FILE",
        setting(TYPEFORM_SECRETS_FILE="/nowhere/secret")),
    "an address where nobody answers": Planted(
        "public", "fault", "cannot be reached", "proxy or firewall",
        setting(PUBLIC_URL=CLOSED), quick=False),
    "an address of something else": Planted(
        "public", "fault", "Something else", "proxy", front({"healthz": 404}),
        quick=False),
    "an address that sends on": Planted(
        "public", "fault", "no tool follows", "redirect ends",
        front({}, onwards=f"{CLOSED}/"), quick=False),
    "a proxy that answers 404 to webhooks": Planted(
        "public.webhooks", "fault", "Typeform switch its webhook off",
        "Let the proxy pass /webhooks/", front({"webhooks": 404}), quick=False),
    # the tools
    "a clock that is off": Planted(
        "clock", "fault", "900 seconds", "timedatectl set-ntp true",
        option("clock.offset_s", 900.5), quick=False),
    "a tool that cannot be reached": Planted(
        "hubspot.reach", "fault", "gave no answer", "HUBSPOT_BASE_URL",
        setting(HUBSPOT_BASE_URL=CLOSED), quick=False),
    "the wrong region": Planted(
        "surveymonkey.region", "fault", "another region", "SURVEYMONKEY_BASE_URL",
        option("surveymonkey.wrong_region", True), quick=False),
    "a scope that is missing": Planted(
        "hubspot.scopes", "fault", "crm.objects.contacts.write", "Add new scope",
        option("hubspot.scopes", ["crm.objects.contacts.read"]), quick=False),
    "an object that is not activated": Planted(
        "hubspot.objects", "fault", "Services (0-162)", "Object library",
        option("hubspot.activated", ["0-410"]), quick=False),
    "a webhook that is missing": Planted(
        "typeform.webhook", "fault", "later instead. Forms: “mentee_application (",
        "vidensbro setup", made.no_hook,
        quick=False),
    "a webhook that is off": Planted(
        "typeform.webhook", "fault", "switched off", "vidensbro setup",
        made.spoilt_hook(enabled=False), quick=False),
    "a webhook that leads elsewhere": Planted(
        "typeform.webhook", "fault", "leads elsewhere", "vidensbro setup",
        made.spoilt_hook(url="https://elsewhere.example/webhooks"), quick=False),
    "no webhook of the audience": Planted(
        "mailchimp.webhook", "fault", "is missing", "vidensbro setup",
        made.no_audience_hook, quick=False),
    "a webhook of the audience that leads elsewhere": Planted(
        "mailchimp.webhook", "fault", "leads elsewhere", "vidensbro setup",
        made.moved_audience_hook, quick=False),
    "a webhook that sends our own writes back": Planted(
        "mailchimp.webhook", "fault", "all that it should", "vidensbro setup",
        made.echoing_audience_hook, quick=False),
    "no webhook of the surveys": Planted(
        "surveymonkey.webhook", "fault", "is missing", "vidensbro setup",
        made.no_survey_hook, quick=False),
    "a property that is missing": Planted(
        "hubspot.setup", "fault", "would make: 1 property (“LinkedIn", "shows all",
        made.no_property,
        quick=False),
    "an option that is missing": Planted(
        "hubspot.setup", "fault", "1 answer option (“vidensbro_heard_from: ",
        "vidensbro setup", made.no_option, quick=False),
    "a merge field that is missing": Planted(
        "mailchimp.setup", "fault", "1 merge field (“VIDENSBRO”).", "vidensbro setup",
        made.no_merge_field, quick=False),
    "a field that the audience demands": Planted(
        "mailchimp.fields", "warning", "demands a value", "Required",
        made.required_field, quick=False),
    "another integration on the contacts": Planted(
        "hubspot.others", "warning", "Typeform", "Connected apps", made.other_writer,
        quick=False),
    "another integration in the audience": Planted(
        "mailchimp.others", "warning", "Typeform", "switch that one off",
        made.other_adder, quick=False),
    "a stage that is missing": Planted(
        "hubspot.setup", "fault", "1 stage (“", "vidensbro setup", made.no_stage,
        quick=False),
    "a property of another type": Planted(
        "hubspot.setup", "fault", "vidensbro_linkedin", "vidensbro setup",
        made.other_type, quick=False),
    "a form that the account does not have": Planted(
        "typeform.setup", "fault", "not-there", "vidensbro setup", made.no_form,
        quick=False),
    "tasks for somebody who is no user": Planted(
        "hubspot.owner", "warning", "no user", "Users & Teams",
        made.no_user, quick=False),
    "tasks for somebody who is no user, as the worker met it": Planted(
        "chore.hubspot.tasks", "warning", "HUBSPOT_TASK_OWNER", "sync status",
        made.no_user),
    "few calls left at SurveyMonkey": Planted(
        "surveymonkey.budget", "warning", "10 of the day's 500", "midnight GMT",
        made.few_calls),
    "few calls left at HubSpot": Planted(
        "hubspot.budget", "warning", "99 of the day's", "Monitoring",
        option("hubspot.daily_remaining", 99), quick=False),
}  # fmt: skip


NOTHING = "Nothing waits for you here. Is all well?  vidensbro doctor"


def test_up_names_the_step_that_comes_next(here):
    prepared, synced = here.steps
    assert prepared.startswith("Next:  vidensbro sync run  ")
    assert synced == NOTHING == here.next_step()
    with here.row(Connection, facts={}):  # no webhook was made yet
        assert here.next_step().startswith("Next:  vidensbro setup  ")


def test_up_asks_no_tool_what_comes_next(here):
    here.world.forget_calls()
    here.next_step()
    assert here.world.calls()["counts"] == {}


def test_up_knows_what_came_up_since(here, monkeypatch):
    with made.paused(here, monkeypatch):
        assert here.next_step().startswith("Next:  vidensbro sync status  ")
    with made.new(here, monkeypatch):
        assert here.next_step().startswith("Next:  vidensbro sync run  ")
    with made.binding(here, "one-more", "mentee_application", language="en"):
        assert here.next_step().startswith("Next:  vidensbro setup  ")
        with here.setting(PUBLIC_URL=""):
            assert here.next_step() == NOTHING
    with made.no_bindings(here):
        assert here.next_step().startswith("Next:  vidensbro forms create ")


def test_up_names_the_programme_that_a_step_is_for(here):
    more = {"PROGRAMMES": f"{KEY},lyngby", "LYNGBY_HUBSPOT_TOKEN": "token"}
    with here.setting(**more):
        told = here.next_step()
    assert told.startswith("Next:  vidensbro setup --programme lyngby, unless ")


def test_a_healthy_installation_has_nothing_to_mend(here):
    told = here("doctor").output
    assert told.startswith("All is well")
    assert "->" not in told
    every = here("doctor", "--all").output
    assert "ok    worker:" in every
    assert "ok    typeform.setup:" in every


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_planted_is_found_with_its_remedy(here, monkeypatch, name):
    planted = PLANTED[name]
    with planted.plant(here, monkeypatch):
        args = ["--quick"] if planted.quick else []
        found = here.examine(*args, code=planted.code)
    told = [
        one for one in found.get(planted.check, ()) if one["level"] == planted.level
    ]
    assert told, found
    assert any(planted.says in one["what"] for one in told), told
    assert any(planted.remedy in one["remedy"] for one in told), told
    assert all("\n" not in one["remedy"] for many in found.values() for one in many)
    assert {kind(name) for name in wrong(found)} == {kind(planted.check)}
    assert len(wrong(found)) == len(set(wrong(found))), "it is told once"


def wrong(found: dict[str, list[dict[str, str]]]) -> list[str]:
    """Return the checks of what is not well, one for each finding."""
    return [name for name, many in found.items() for one in many
            if one["level"] != "well"]  # fmt: skip


def kind(check: str) -> str:
    """Return a check's name without its tool: two tools may each be late."""
    return check.rpartition(".")[2]


@pytest.mark.parametrize("tool", ["HUBSPOT", "MAILCHIMP", "TYPEFORM", "SURVEYMONKEY"])
def test_a_tool_that_cannot_be_reached_is_told_once(here, tool):
    with here.setting(**{f"{tool}_BASE_URL": CLOSED}):
        found = here.examine(code=2)
    assert wrong(found) == [f"{tool.lower()}.reach"]


def test_before_there_is_a_database_the_credentials_are_looked_at(here, monkeypatch):
    with made.no_database(here, monkeypatch):
        found = here.examine(code=2)
    assert found["hubspot.token"][0]["level"] == "well"
    assert found["hubspot.scopes"][0]["level"] == "well"
    assert {"hubspot.setup", "worker", "forms"}.isdisjoint(found)


def test_an_address_that_cannot_be_reached_is_told_once(here):
    with here.setting(PUBLIC_URL=CLOSED):
        found = here.examine(code=2)
    assert [one["level"] for one in found["public"]] == ["fault"]
    assert "public.webhooks" not in found


def test_all_that_was_planted_is_gone_again(here):
    assert here("doctor").output.startswith("All is well")


def test_an_owner_with_spaces_around_is_the_same_user(here):
    with here.setting(HUBSPOT_TASK_OWNER=" Liv.Prove@programme.example "):
        assert here.examine(code=0)["hubspot.owner"][0]["level"] == "well"


def test_a_file_of_settings_that_cannot_be_read_is_told(here):
    Path(".env").write_bytes(b"PORT=8000 # gr\xf8n")
    (only,) = here.json("doctor", code=2)
    assert (only["check"], only["level"]) == ("settings.written", "fault")
    assert ".env: it cannot be read" in only["what"]
    assert "UTF-8" in only["remedy"]


def test_a_quick_look_asks_no_tool_and_nothing_on_the_network(here):
    here.world.forget_calls()
    with here.setting(PUBLIC_URL=CLOSED):
        found = here.examine("--quick", code=0)
    assert here.world.calls()["counts"] == {}
    assert {"worker", "database", "forms"} <= set(found)
    assert not {"public", "clock", "hubspot.token"} & set(found)


def test_a_look_writes_nothing_at_a_tool(here):
    here.world.forget_calls()
    here("doctor")
    calls = {
        call
        for tool in here.world.calls()["counts"].values()
        for call in tool
        if not call.startswith(("GET ", "HEAD "))
    }
    # HubSpot reads batches, and tells a token's scopes, by POST.
    assert all(call.endswith(("/batch/read", "/search", "/access-token"))
               or "token" in call for call in calls), calls  # fmt: skip


def test_the_findings_are_json_for_scripts(here):
    found = json.loads(here("doctor", "--quick", "--json").stdout)
    assert {tuple(one) for one in found} == {("check", "level", "what", "remedy")}
    assert {one["level"] for one in found} == {"well"}


def test_faults_come_first_and_what_is_well_is_counted(here, monkeypatch):
    with made.no_worker(here, monkeypatch), here.setting(BACKUP_DIR=""):
        lines = here("doctor", "--quick", code=2).output.splitlines()
    assert lines[0].startswith("FAULT worker:")
    assert lines[1].startswith("      -> ")
    assert any(line.startswith("look  backup:") for line in lines[2:])
    assert lines[-1].startswith("2 to look at; ")
    assert not any(line.startswith("ok") for line in lines)


def test_a_tool_that_is_off_is_no_finding(here):
    with here.setting(SURVEYMONKEY_TOKEN="", SURVEYMONKEY_CLIENT_SECRETS=""):
        found = here.examine(code=0)
    assert not any(check.startswith("surveymonkey") for check in found)


def test_without_a_public_address_all_is_well_too(here):
    with here.setting(PUBLIC_URL=""):
        found = here.examine(code=0)
    assert "fetched" in found["public"][0]["what"]


def test_no_secret_and_nobody_stands_in_what_is_said(here, monkeypatch):
    with made.no_hook(here, monkeypatch), made.parked(here, monkeypatch):
        told = here("doctor", "--all", code=2).output
    secrets = [here.env[name] for name in ("TYPEFORM_SECRETS", "MAILCHIMP_API_KEY")]
    for held in (*secrets, "anna", "people.example"):
        assert held not in told.lower()


def test_one_that_breaks_and_one_that_hangs_stop_no_other(here):
    never = threading.Event()

    def breaks(_service, _key):
        yield Finding("first", "well", "It is there.")
        raise KeyError("nobody's business")

    def hangs(_service, _key):
        yield Finding("late", "well", "So far it works.")
        never.wait()
        yield Finding("late", "well", "It came too late.")

    def works(_service, _key):
        yield Finding("works", "well", "It works.")

    jobs = [
        Job(one.__name__, Check(one, calls=True), here.world.service, "testby")
        for one in (breaks, hangs, works)
    ]
    found = {job.name: told for job, told in together(jobs, 0.5).items()}
    never.set()
    assert [one.level for one in found["breaks"]] == ["well", "fault"]
    assert "KeyError" in found["breaks"][1].what
    assert "business" not in found["breaks"][1].what
    assert "LOG_LEVEL=DEBUG vidensbro doctor" in found["breaks"][1].remedy
    assert [one.level for one in found["hangs"]] == ["well", "fault"]
    assert "No answer" in found["hangs"][1].what
    assert [one.level for one in found["works"]] == ["well"]


def test_each_of_several_programmes_is_named(here, tmp_path: Path):
    with here.setting(PROGRAMMES="testby,lyngby", PUBLIC_URL=""):
        found = here.examine("--quick", code=0)
        named = {one["what"].split(":")[0] for one in found["mapping"]}
        assert named == {"testby", "lyngby"}
        (only,) = here.examine("--quick", "--programme", "lyngby", code=0)["mapping"]
    assert only["what"].startswith("lyngby:")


def test_the_remedy_is_for_the_programme_that_it_is_about(here):
    more = {"PROGRAMMES": f"{KEY},lyngby", "LYNGBY_HUBSPOT_TOKEN": "token"}
    with here.setting(**more, PUBLIC_URL=""), here.row(Connection, state="stopped"):
        found = here.examine("--quick", code=2)
    ours, theirs = found["hubspot.connection"]
    resume = "then: vidensbro connection resume hubspot"
    assert ours["remedy"].endswith(resume)
    assert theirs["remedy"].startswith("Run: vidensbro sync run --programme lyngby (")
