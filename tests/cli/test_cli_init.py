"""``init``: few questions, each credential tried, and settings that hold."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import requests
from click.testing import CliRunner

from connector.cli.root import root
from connector.service import Service
from connector.settings import load_settings
from sandbox.app import create_sandbox, serving

SECRETS = {
    "hubspot": "pat-eu1-very-secret",
    "mailchimp": "0a1b2c-very-secret-us21",
    "typeform": "tfp_very_secret",
    "surveymonkey": "sm.very-secret",
}
NAMES = {
    "hubspot": "HUBSPOT_TOKEN",
    "mailchimp": "MAILCHIMP_API_KEY",
    "typeform": "TYPEFORM_TOKEN",
    "surveymonkey": "SURVEYMONKEY_TOKEN",
}
STARTS = (date.today() + timedelta(days=60)).isoformat()  # noqa: DTZ011 - any day
MOST = 6


class Person:
    """Somebody at a terminal, in an empty folder, with four fresh accounts."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.url = url
        self.questions: list[str] = []
        self._really = click.prompt
        self.env: dict[str, str | None] = {
            "HUBSPOT_BASE_URL": f"{url}/hubspot",
            "MAILCHIMP_BASE_URL": f"{url}/mailchimp/3.0",
            "TYPEFORM_BASE_URL": f"{url}/typeform",
            "TYPEFORM_CALLS_PER_S": "100",
            "SURVEYMONKEY_BASE_URL": f"{url}/surveymonkey/v3",
            **dict.fromkeys(("PROGRAMMES", "DATABASE_URL", "DATA_DIR", "SECRET_KEY")),
            **dict.fromkeys(NAMES.values()),
        }
        monkeypatch.setattr("connector.cli.desk.somebody_there", lambda: True)
        monkeypatch.setattr(click, "prompt", self._asked)

    def _asked(self, text: str, *more: Any, **most: Any) -> Any:
        self.questions.append(text)
        return self._really(text, *more, **most)

    def init(self, *answers: str, args: Sequence[str] = (), code: int = 0) -> str:
        """Run it once with these answers; return what was shown."""
        self.questions.clear()
        typed = "".join(f"{one}\n" for one in answers)
        result = CliRunner().invoke(root, ["init", *args], input=typed, env=self.env)
        told = f"{result.output}\n{result.exception!r}"
        assert result.exit_code == code, told
        assert len(self.questions) <= MOST
        # Exactly as many as were answered: no question is left hanging.
        assert len(self.questions) == len(answers), told
        assert not any(secret in result.output for secret in SECRETS.values())
        return result.output

    def option(self, name: str, value: Any) -> None:
        """Change how the accounts are."""
        url = f"{self.url}/sandbox/control/options"
        assert requests.put(url, json={name: value}, timeout=10).ok


@pytest.fixture(scope="module")
def outside() -> Iterator[str]:
    with serving(create_sandbox()) as url:
        yield url


@pytest.fixture
def person(outside, monkeypatch) -> Person:
    assert requests.post(f"{outside}/sandbox/control/reset", timeout=10).ok
    return Person(outside, monkeypatch)


def by_hand(text: str) -> None:
    """Write settings as somebody does who knows that they are secret."""
    Path(".env").write_text(text)
    Path(".env").chmod(0o600)


def held() -> dict[str, str]:
    """Return what .env sets; it is its owner's alone."""
    from dotenv import dotenv_values

    assert stat.S_IMODE(Path(".env").stat().st_mode) == 0o600
    return {name: value for name, value in dotenv_values(".env").items() if value}


# --- the whole dialogue --------------------------------------------------------------
def test_from_nothing_to_all_four_tools(person):
    told = person.init(
        "Mentorprogram i Søby", "da", STARTS, "hubspot", SECRETS["hubspot"]
    )
    assert "Its key is soeby" in told
    assert "portal 4200001 (Sandbox)" in told
    assert "On:   HubSpot" in told
    assert "Off:  Mailchimp, Typeform, SurveyMonkey" in told
    for tool in ("mailchimp", "typeform", "surveymonkey"):
        told = person.init(tool, SECRETS[tool])
    assert "Off:" not in told
    assert "vidensbro forms create FORM" in told
    assert "make run" in told
    now = held()
    assert now["PROGRAMMES"] == "soeby"
    assert now["VIDENSBRO_PROGRAMMES"] == "programmes"
    assert now["MAILCHIMP_AUDIENCE_ID"] == "demo-audience"
    assert now["HUBSPOT_BASE_URL"] == f"{person.url}/hubspot"
    for name in (
        "SECRET_KEY", "BACKUP_KEY", "TYPEFORM_SECRETS", "MAILCHIMP_WEBHOOK_SECRETS",
    ):  # fmt: skip
        assert len(now[name]) == 64
    assert len({now[name] for name in now}) == len(now)

    # All that the service needs stands in the file.
    settings = load_settings(now)
    assert not settings.demo
    accounts = settings.accounts["soeby"]
    assert accounts.hubspot is not None
    assert accounts.hubspot.token == SECRETS["hubspot"]
    plan = Service.open(settings).programme("soeby")
    assert plan.locale == "da"
    assert [one.starts.isoformat() for one in plan.rounds] == [STARTS]
    checked = CliRunner().invoke(root, ["mapping", "check"])
    assert checked.exit_code == 0, checked.output
    status = CliRunner().invoke(root, ["sync", "status"])
    assert status.exit_code == 1, status.output  # a first sync waits for a yes
    assert not person.init().startswith("The programme")


@pytest.mark.parametrize("first", range(4))
def test_in_whatever_order_there_are_six_questions_at_most(person, first):
    person.option("mailchimp.other_audiences", [{"id": "x", "name": "Other"}])
    tools = [*list(NAMES)[first:], *list(NAMES)[:first]]
    opening = ["Søby", "en", STARTS]
    for tool in tools:
        audience = ["1"] if tool == "mailchimp" else []
        person.init(*opening, tool, SECRETS[tool], *audience)
        opening = []


@pytest.mark.parametrize("tool", NAMES)
def test_typing_again_is_a_question_too(person, tool):
    bad = "not-the-right-one"
    person.option(_only(tool), SECRETS[tool])
    told = person.init("Søby", "en", STARTS, tool, bad, SECRETS[tool])
    assert "does not accept this" in told
    assert held()[NAMES[tool]] == SECRETS[tool]


@pytest.mark.parametrize("tool", NAMES)
def test_after_six_questions_nobody_is_asked_a_seventh(person, tool):
    person.option(_only(tool), SECRETS[tool])
    told = person.init("Søby", "en", STARTS, tool, "wrong", "wrong again", code=1)
    assert "stays off; nothing was kept" in told
    assert NAMES[tool] not in held()
    person.init(tool, SECRETS[tool])
    assert held()[NAMES[tool]] == SECRETS[tool]


def test_a_later_run_asks_four_things_at_most(person):
    person.init("Søby", "en", STARTS, "none")
    person.option("typeform.token", SECRETS["typeform"])
    told = person.init("typeform", "wrong", "wrong", "wrong", code=1)
    assert "stays off" in told


def test_what_an_account_is_called_steers_no_terminal(person):
    person.option("hubspot.portal_name", "Nice\x1b[2Jportal")
    told = person.init("Søby", "en", STARTS, "hubspot", SECRETS["hubspot"])
    assert "\x1b" not in told
    assert "portal" in told


def _only(tool: str) -> str:
    return f"{tool}.{'api_key' if tool == 'mailchimp' else 'token'}"


def test_no_tool_at_first(person):
    told = person.init("Søby", "en", STARTS, "none")
    assert "On:   nothing yet" in told
    assert "vidensbro init        connects" in told
    assert not Path("var").exists()


def test_a_tool_that_was_chosen_and_then_left(person):
    told = person.init("Søby", "en", STARTS, "hubspot", "")
    assert "HubSpot stays off for now" in told
    assert "HUBSPOT_TOKEN" not in held()


def test_a_first_day_that_nobody_knows_yet(person):
    told = person.init("Søby", "en", "", "none")
    assert "rounds are to be filled in" in told
    assert "# [rounds.r1]" in Path("programmes/soeby/programme.toml").read_text()


def test_a_day_that_is_none_is_asked_anew(person):
    person.questions.clear()
    typed = f"Søby\nen\n1 March\n{STARTS}\nnone\n"
    result = CliRunner().invoke(root, ["init"], input=typed, env=person.env)
    assert result.exit_code == 0, result.output
    assert "1 March is no day" in result.output


def test_the_shipped_programme_may_be_chosen(person):
    told = person.init("lyngby", "none")
    assert "its files are left alone" in told
    assert held()["PROGRAMMES"] == "lyngby"
    assert "VIDENSBRO_PROGRAMMES" not in held()
    assert not Path("programmes").exists()


def test_breaking_off_loses_no_answer(person):
    typed = f"Søby\nen\n{STARTS}\nhubspot\n"
    result = CliRunner().invoke(root, ["init"], input=typed, env=person.env)
    assert result.exit_code == 1  # the input ended at the token
    assert "Stopped. What .env holds is kept. Go on with: vidensbro init" in (
        result.output
    )
    assert held()["PROGRAMMES"] == "soeby"
    person.init("hubspot", SECRETS["hubspot"])


def test_breaking_off_before_anything_is_written_says_so(person):
    result = CliRunner().invoke(root, ["init"], input="Søby\n", env=person.env)
    assert result.exit_code == 1
    assert f"A new installation, in {Path.cwd()}" in result.output
    assert "Stopped. Nothing was written. Go on with: vidensbro init" in result.output
    assert not Path(".env").exists()


def test_a_tool_may_be_written_as_it_writes_itself(person):
    person.init("Søby", "DA", STARTS, "HubSpot", SECRETS["hubspot"])
    assert held()["HUBSPOT_TOKEN"] == SECRETS["hubspot"]


# --- what is missing at a tool -------------------------------------------------------
def test_a_token_that_lacks_scopes_is_kept(person):
    person.option("hubspot.scopes", ["crm.objects.contacts.read"])
    told = person.init("Søby", "en", STARTS, "hubspot", SECRETS["hubspot"], "", code=1)
    assert "crm.objects.services.write" in told
    assert "nothing has to be typed again" in told
    assert held()["HUBSPOT_TOKEN"] == SECRETS["hubspot"]
    person.option("hubspot.scopes", None)
    assert "FAULT" not in person.init(args=["--tool", "hubspot"])


def test_a_token_that_has_to_be_made_anew_is_said_to_go_into_the_file(person):
    person.option("typeform.scopes", ["forms:read"])
    told = person.init(
        "Søby", "en", STARTS, "typeform", SECRETS["typeform"], "", code=1
    )
    assert "lacks responses:read and webhooks:read" in told
    assert "put it into .env as TYPEFORM_TOKEN" in told


def test_objects_that_are_not_activated(person):
    person.option("hubspot.activated", [])
    told = person.init("Søby", "en", STARTS, "hubspot", SECRETS["hubspot"], "", code=1)
    assert "Courses (0-410) and Services (0-162)" in told


def test_a_tool_that_gives_no_answer_can_be_kept_untried(person, monkeypatch):
    from connector.clients import Patience

    quick = Patience(attempts=1, max_wait_s=0)
    monkeypatch.setattr("connector.credentials.asking.QUICK", quick)
    person.env["TYPEFORM_BASE_URL"] = "http://127.0.0.1:9/typeform"
    told = person.init(
        "Søby", "en", STARTS, "typeform", SECRETS["typeform"], "", code=1
    )
    assert "gave no answer" in told
    assert held()["TYPEFORM_TOKEN"] == SECRETS["typeform"]


def test_one_of_several_audiences_is_chosen(person):
    others = [{"id": "x1", "name": "Other"}]
    person.option("mailchimp.other_audiences", others)
    told = person.init("Søby", "en", STARTS, "mailchimp", SECRETS["mailchimp"], "2")
    assert "2. Other (x1" in told
    assert held()["MAILCHIMP_AUDIENCE_ID"] == "x1"


def test_a_key_without_an_audience_would_let_no_service_start(person):
    person.option("mailchimp.no_audience", True)
    told = person.init(
        "Søby", "en", STARTS, "mailchimp", SECRETS["mailchimp"], "", code=1
    )
    assert "Create audience" in told
    assert "MAILCHIMP_API_KEY" not in held()
    load_settings(held())


# --- what was there before -----------------------------------------------------------
def test_nothing_that_stands_is_overwritten(person):
    before = (
        "# by hand\nPROGRAMMES=soeby,aarhus\nSECRET_KEY=0123456789abcdef-mine\n"
        "TYPEFORM_SECRETS=another-secret-of-mine\nHUBSPOT_TOKEN=pat-before\n"
    )
    by_hand(before)
    person.init("typeform", SECRETS["typeform"])
    text = Path(".env").read_text()
    assert text.startswith(before)
    assert text.count("TYPEFORM_SECRETS") == text.count("SECRET_KEY") == 1
    assert held()["TYPEFORM_TOKEN"] == SECRETS["typeform"]


def test_a_copied_example_keeps_its_comments(person):
    example = (Path(__file__).parents[2] / ".env.example").read_text("utf-8")
    by_hand(example)
    person.init("Søby", "en", STARTS, "none")
    assert Path(".env").read_text().startswith(example)


def test_a_credential_of_before_belongs_to_the_shipped_programme(person):
    by_hand("HUBSPOT_TOKEN=pat-before\n")
    person.init("none")
    assert "PROGRAMMES" not in held()


def test_another_programmes_tool_has_its_prefix(person):
    by_hand("PROGRAMMES=lyngby,aarhus\nVIDENSBRO_PROGRAMMES=cities\n")
    Path("cities/aarhus").mkdir(parents=True)
    Path("cities/aarhus/programme.toml").write_text('inherits = "template"\n')
    person.env["AARHUS_HUBSPOT_BASE_URL"] = f"{person.url}/hubspot"
    person.init("hubspot", SECRETS["hubspot"], args=["--programme", "aarhus"])
    assert held()["AARHUS_HUBSPOT_TOKEN"] == SECRETS["hubspot"]
    assert "HUBSPOT_TOKEN" not in held()


def test_a_second_name_is_refused(person):
    person.init("Søby", "en", STARTS, "none")
    before = Path(".env").read_text()
    told = person.init(args=["--name", "Kolding"], code=2)
    assert "stands already: soeby" in told
    assert Path(".env").read_text() == before


def test_a_directory_with_a_fault_stops_before_anything_is_written(person):
    Path("programmes/soeby").mkdir(parents=True)
    Path("programmes/soeby/programme.toml").write_text('inherits = "templat"\n')
    person.init("Søby", code=2)
    assert not Path(".env").exists()


def test_a_wrong_setting_beside_it_is_named(person):
    by_hand("PROGRAMMES=lyngby\nPORT=eighty\n")
    told = person.init("hubspot", SECRETS["hubspot"], code=2)
    assert "PORT" in told
    assert "HUBSPOT_TOKEN" not in held()


def test_a_database_that_cannot_be_prepared_is_said(person):
    by_hand("PROGRAMMES=lyngby\n")
    person.env["DATABASE_URL"] = "sqlite:////proc/no/such/place.db"
    told = person.init("hubspot", SECRETS["hubspot"])
    assert "vidensbro db upgrade" in told
    assert held()["HUBSPOT_TOKEN"] == SECRETS["hubspot"]


# --- for scripts ---------------------------------------------------------------------
def test_every_answer_can_be_an_option(person):
    person.env |= {"HUBSPOT_TOKEN": SECRETS["hubspot"]}
    args = ["--name", "Mentor", "--key", "kolding", "--language", "en", "--yes",
            "--round-starts", STARTS, "--tool", "hubspot"]  # fmt: skip
    told = person.init(args=args)
    assert "On:   HubSpot" in told
    assert held()["PROGRAMMES"] == "kolding"
    assert held()["HUBSPOT_TOKEN"] == SECRETS["hubspot"]
    person.env |= {"MAILCHIMP_API_KEY": SECRETS["mailchimp"]}
    person.option("mailchimp.other_audiences", [{"id": "x1", "name": "Other"}])
    person.init(args=["--tool", "mailchimp", "--yes"], code=1)
    person.init(args=["--tool", "mailchimp", "--audience", "demo-audience", "--yes"])
    assert held()["MAILCHIMP_AUDIENCE_ID"] == "demo-audience"


def test_where_nobody_is_nothing_is_asked(person, monkeypatch):
    monkeypatch.setattr("connector.cli.desk.somebody_there", lambda: False)
    assert "--name" in person.init(code=2)
    assert not Path(".env").exists()
    person.init(args=["--name", "Søby"])
    assert held()["PROGRAMMES"] == "soeby"
    told = person.init(args=["--tool", "hubspot"], code=1)
    assert "set HUBSPOT_TOKEN in the environment" in told


def test_a_credential_in_a_file_of_its_own_is_tried_and_not_copied(person):
    Path("token").write_text(f"{SECRETS['hubspot']}\n")
    person.env["HUBSPOT_TOKEN_FILE"] = "token"
    person.init(args=["--name", "Søby", "--tool", "hubspot", "--yes"])
    assert "HUBSPOT_TOKEN" not in held()


def test_another_credential_in_the_environment_replaces_none(person):
    by_hand("PROGRAMMES=lyngby\nHUBSPOT_TOKEN=pat-before\n")
    person.env["HUBSPOT_TOKEN"] = SECRETS["hubspot"]
    told = person.init(args=["--tool", "hubspot", "--yes"])
    assert "has another HUBSPOT_TOKEN already" in told
    assert held()["HUBSPOT_TOKEN"] == "pat-before"


@pytest.mark.parametrize("key", ["demo", "Not a key", "../up"])
def test_a_key_that_cannot_be_one_is_refused(person, key):
    person.init(args=["--name", "Søby", "--key", key, "--yes"], code=2)
    assert not Path(".env").exists()
    assert not Path("programmes").exists()
