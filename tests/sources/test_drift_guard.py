"""Forms that editors change: told in words, parked rather than wrong, put right."""

from __future__ import annotations

import socket
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connector import chores
from connector.hints import note
from connector.inbox import Delivery
from connector.matters.waiting import open_matters
from connector.programme.entities import Person
from connector.service import Service
from connector.sources.drift import Drift, Ways, look
from connector.sources.reconcile import reconcile
from connector.sources.state import FormWatch
from connector.timetable import CHORES
from tests.cli.cli_world import Cli
from tests.survey_world import Surveys
from tests.world import KEY, World, environment, world
from webhooks.events import Event

TOKEN = {"Authorization": "Bearer token"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[World]:
    with world(tmp_path, active=False) as made:
        yield made


@pytest.fixture
def cli(here: World) -> Cli:
    return Cli(environment(here.directory, here.sandbox_url))


def change(here: World, act: str, form: str, **told: Any) -> dict[str, Any]:
    """Change a form as an editor would; return the form as it is then."""
    url = f"{here.sandbox_url}/sandbox/control/typeform/{act}"
    answer = requests.post(url, json={"form": form, **told}, timeout=20)
    answer.raise_for_status()
    return dict(answer.json())


def fault(here: World, form: str, **order: object) -> None:
    url = f"{here.sandbox_url}/sandbox/control/faults"
    told = {"tool": "typeform", "kind": "status", "path": f"/forms/{form}", **order}
    requests.post(url, json=told, timeout=20).raise_for_status()


def test_a_token_that_ran_out_is_one_matter_for_all_the_forms_of_a_tool(
    here: World,
) -> None:
    here.options(typeform__token="another-one")
    look(here.service, KEY)
    (matter,) = [one for one in open_matters(here.service, KEY) if one.kind == "form"]
    assert matter.key == "forms:typeform"
    assert f"{len(here.forms)} formularer hos Typeform" in matter.happened
    assert "vidensbro doctor" in matter.do
    here.options(typeform__token="token")
    look(here.service, KEY)
    assert not [one for one in open_matters(here.service, KEY) if one.kind == "form"]


def test_a_form_that_alone_cannot_be_read_is_a_matter_of_its_own(here: World) -> None:
    form = here.forms["mentee_application", "da"]
    fault(here, form, status=404)
    look(here.service, KEY)
    (matter,) = [one for one in open_matters(here.service, KEY) if one.kind == "form"]
    assert matter.key == f"form:typeform:{form}"


def told(found: list[Drift]) -> list[tuple[str, str, str]]:
    return [
        (one.mapping, finding.kind, finding.severity)
        for one in found
        for finding in one.findings
    ]


def pasted(output: str) -> dict[str, str]:
    """Return the lines that a command gave for each file, as a person copies them."""
    files: dict[str, list[str]] = {}
    lines: list[str] | None = None
    for line in output.splitlines():
        if line.startswith("# ----- "):
            lines = files.setdefault(line.split()[2], [])
        elif line.startswith(" ") or not line:
            lines = None
        elif lines is not None:
            lines.append(line)
    return {name: "\n".join(text) + "\n" for name, text in files.items()}


def paste(here: World, name: str, text: str) -> None:
    tomllib.loads(text)
    path = here.directory / "programmes" / KEY / name
    path.parent.mkdir(exist_ok=True)
    before = path.read_text("utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{text}", "utf-8")


def states(here: World) -> list[str]:
    with here.service.database.reading() as session:
        return list(session.scalars(select(Delivery.state).order_by(Delivery.id)))


def heard_from(here: World) -> dict[str | None, str | None]:
    with here.service.database.reading() as session:
        rows = session.scalars(select(Person)).all()
    return {row.first_name: row.heard_from for row in rows}


def watch(here: World, form: str) -> FormWatch:
    with here.service.database.reading() as session:
        return session.scalars(select(FormWatch).where(FormWatch.form == form)).one()


def test_forms_as_shipped_have_nothing_to_say(here: World, cli: Cli) -> None:
    said = cli("forms", "check").stdout
    assert said == f"All {len(here.forms)} forms are as the mapping expects.\n"
    assert len({language for _, language in here.forms}) == 2
    assert chores.run(here.service, KEY, "drift", CHORES["drift"]) == ""


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_removed_question_names_the_kpi_that_it_breaks(
    tmp_path: Path, language: str
) -> None:
    with world(tmp_path, active=False, locale=language) as here:
        form = here.forms["closing_evaluation_mentee", "en"]
        change(here, "remove_question", form, ref="mentee_network")
        cli = Cli(environment(here.directory, here.sandbox_url))
        said = cli("forms", "check", code=1).stdout
        label = here.service.programme(KEY).indicators["mentee_network"].label
        assert f"typeform {form} closing_evaluation_mentee en" in said
        assert f"breaks: {'Formularen' if language == 'da' else 'The form'}" in said
        assert label[language] in said
        assert f"13 of {len(here.forms)} forms" in said


def test_a_removed_question_names_the_field_that_goes_without(here: World) -> None:
    form = here.forms["mentee_application", "da"]
    change(here, "remove_question", form, ref="phone")
    found = look(here.service, KEY, form=form)
    assert told(found) == [("mentee_application", "question_removed", "warns")]
    label = here.service.programme(KEY).fields["person.phone"].label["da"]
    assert label in found[0].findings[0].text["da"]


def test_what_was_found_is_kept_and_counted_for_those_who_ask(
    here: World, cli: Cli
) -> None:
    form = here.forms["closing_evaluation_mentee", "da"]
    change(here, "remove_question", form, ref="mentee_network")
    look(here.service, KEY, ways=Ways(store=False))
    assert {one["findings"] for one in cli.json("forms", "status")["forms"]} == {0}
    problem = chores.run(here.service, KEY, "drift", CHORES["drift"])
    assert "no longer fit their mapping: 1." in problem
    assert watch(here, form).compared_at is not None
    assert [one["kind"] for one in watch(here, form).findings] == ["question_removed"]
    counts = {o["form"]: o["findings"] for o in cli.json("forms", "status")["forms"]}
    assert counts[form] == 1
    assert sum(counts.values()) == 1


def test_a_new_option_waits_and_is_right_once_its_line_is_pasted(
    here: World, cli: Cli
) -> None:
    form = here.forms["mentee_application", "da"]
    change(here, "add_choice", form, ref="heard_from", label="LinkedIn-opslag")
    here.apply_as_mentee("Anna Prøve", answers={"heard_from": "LinkedIn-opslag"})
    here.apply_as_mentee("Bo Prøve", answers={"heard_from": "Nyhedsbrev"})
    here.drain()
    assert states(here) == ["parked", "processed"]
    assert heard_from(here) == {"Anna": None, "Bo": "newsletter"}

    files = pasted(cli("forms", "check", "--form", form).stdout)
    assert list(files) == ["forms/mentee_application.toml"]
    for name, text in files.items():
        paste(here, name, text)

    cli("deliveries", "replay", "--state", "parked", "--yes")
    assert states(here) == ["processed", "processed"]
    assert heard_from(here) == {"Anna": "linkedin", "Bo": "newsletter"}
    # The choice is known now, by another name.
    after = cli.json("forms", "check", "--form", form)[0]["findings"]
    assert [one["kind"] for one in after] == ["option_renamed"]


def test_another_scale_is_told_and_converts_nothing(here: World) -> None:
    form = here.forms["closing_evaluation_mentee", "da"]
    change(here, "change_scale", form, ref="match_quality", steps=10)
    [one] = look(here.service, KEY, form=form)
    assert [finding.kind for finding in one.findings] == ["scale_changed"]
    assert "1 til 10" in one.findings[0].text["da"]


def test_a_renamed_form_is_no_news_and_a_renamed_choice_breaks_nothing(
    here: World, cli: Cli
) -> None:
    form = here.forms["mentee_application", "da"]
    change(here, "rename", form, title="Bliv mentee")
    assert not any(one.findings for one in look(here.service, KEY))
    change(here, "rename", form, ref="heard_from", choice="Nyhedsbrev", label="Brev")
    said = cli("forms", "check").stdout
    assert "notes: " in said
    assert "Brev" in said


def test_a_copied_form_is_suggested_and_read_once_its_lines_are_pasted(
    here: World, cli: Cli
) -> None:
    form = here.forms["mentee_application", "da"]
    copy = change(here, "copy_form", form, title="Ansøgning, runde 2")["id"]
    here.forms["copy", "da"] = copy
    here.answer("copy", {"first_name": "Anna", "last_name": "Prøve",
                         "email": "anna@people.example",
                         "consent_programme": True})  # fmt: skip
    said = cli("forms", "check").stdout
    assert f"typeform {copy}" in said
    assert "warns: " in said
    files = pasted(said)
    assert list(files) == ["programme.toml"]
    # What a person gets who names the form is the same.
    assert pasted(cli("forms", "bind", "typeform", copy).stdout) == files
    paste(here, "programme.toml", files["programme.toml"])

    cli("reconcile", "--form", copy)
    assert states(here) == ["processed"]
    assert "All 15 forms" in cli("forms", "check").stdout


def test_a_form_about_something_else_is_not_suggested(here: World, cli: Cli) -> None:
    field = {"title": "Hvad vil du spise?", "type": "short_text"}
    made = requests.post(
        f"{here.sandbox_url}/typeform/forms",
        json={"title": "Sommerfest", "fields": [field]}, headers=TOKEN, timeout=20,
    ).json()  # fmt: skip
    assert "All 14 forms" in cli("forms", "check").stdout
    cli("forms", "bind", "typeform", made["id"], code=1)
    asked = ("forms", "bind", "typeform", made["id"], "--mapping", "mentee_application")
    said = cli(*asked, "--language", "en").stdout
    [bound] = tomllib.loads(pasted(said)["programme.toml"])["forms"]
    assert bound == {"provider": "typeform", "form": made["id"],
                     "mapping": "mentee_application", "language": "en"}  # fmt: skip


def test_a_binding_is_asked_for_by_words_that_are_known(here: World, cli: Cli) -> None:
    form = here.forms["mentee_application", "da"]
    cli("forms", "bind", "letters", form, code=2)
    cli("forms", "bind", "typeform", form, "--mapping", "nothing", code=2)
    cli("forms", "bind", "typeform", form, "--language", "xx", code=2)
    off = Cli({**cli.env, "SURVEYMONKEY_TOKEN": ""})
    off("forms", "bind", "surveymonkey", form, code=1)
    cli("forms", "bind", "typeform", "nowhere", code=1)
    cli("forms", "check", "--form", "nowhere", code=2)


def test_a_form_that_cannot_be_read_is_said_and_holds_up_no_other(
    here: World, cli: Cli
) -> None:
    change(here, "remove_question", here.forms["mentor_application", "en"], ref="email")
    form = here.forms["mentee_application", "da"]
    fault(here, form, status=403, times=2, body={"code": "FORBIDDEN"})
    found = look(here.service, KEY)
    assert [one.form for one in found if one.problem] == [form]
    assert "403" in next(one.problem for one in found if one.problem)
    assert ("mentor_application", "question_removed", "breaks") in told(found)
    assert "cannot be read: " in cli("forms", "check", "--form", form, code=1).stdout
    assert "The form is as" in cli("forms", "check", "--form", form).stdout
    assert watch(here, form).findings == []


def test_what_is_no_form_is_said(here: World) -> None:
    form = here.forms["mentee_application", "da"]
    fault(here, form, status=200, times=1, body={"items": []})
    [one] = look(here.service, KEY, form=form)
    assert "no form" in one.problem


# --- regions -------------------------------------------------------------------------
@pytest.fixture
def regions(here: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The sandbox at the addresses of Typeform's regions; the account is in the EU."""
    resolve = socket.getaddrinfo

    def nearby(host: Any, *more: Any, **named: Any) -> Any:
        theirs = host in ("api.typeform.com", "api.eu.typeform.com")
        return resolve("127.0.0.1" if theirs else host, *more, **named)

    monkeypatch.setattr(socket, "getaddrinfo", nearby)
    here.options(typeform__region="eu", typeform__webhooks_off=True)
    return here


def ask_at(here: World, host: str) -> Cli:
    """Set the base URL, for the commands and for the service."""
    port = here.sandbox_url.rpartition(":")[2]
    url = f"http://{host}:{port}/typeform"
    accounts = dict(here.settings.accounts)
    account = accounts[KEY].typeform
    assert account is not None
    accounts[KEY] = replace(accounts[KEY], typeform=replace(account, base_url=url))
    here.service.settings = replace(here.settings, accounts=accounts)
    env = environment(here.directory, here.sandbox_url)
    return Cli({**env, "TYPEFORM_BASE_URL": url})


def test_the_wrong_region_is_said_and_its_empty_lists_are_not_believed(
    regions: World,
) -> None:
    here = regions
    here.apply_as_mentee("Anna Prøve")
    cli = ask_at(here, "api.typeform.com")
    form = here.forms["mentee_application", "da"]
    said = cli("forms", "check", "--form", form, code=1).stdout
    assert "breaks: " in said
    assert "TYPEFORM_BASE_URL=https://api.eu.typeform.com" in said.splitlines()
    looked = {one.form: one for one in reconcile(here.service, KEY)}
    assert "api.eu.typeform.com" in looked[form].problem
    assert looked[here.forms["mentor_application", "da"]].problem == ""
    assert "api.eu.typeform.com" in watch(here, form).problem

    cli = ask_at(here, "api.eu.typeform.com")
    cli("forms", "check", "--form", form)
    cli("reconcile", "--form", form)
    assert states(here) == ["processed"]
    assert watch(here, form).problem == ""


# --- SurveyMonkey --------------------------------------------------------------------
@pytest.fixture
def surveys(here: World) -> Surveys:
    return Surveys(here)


def survey_edit(here: World, act: str, survey: str, **told: Any) -> dict[str, Any]:
    url = f"{here.sandbox_url}/sandbox/control/surveymonkey/edit/{act}"
    answer = requests.post(url, json={"survey": survey, **told}, timeout=20)
    answer.raise_for_status()
    return dict(answer.json())


def asked_of_surveymonkey(here: World) -> int:
    return int(here.calls()["total"].get("surveymonkey", 0))


def test_surveys_as_shipped_have_nothing_to_say(here: World, surveys: Surveys) -> None:
    found = [o for o in look(here.service, KEY) if o.provider == "surveymonkey"]
    assert {one.form for one in found} == set(surveys.ids.values())
    assert not [one for one in found if one.findings or one.problem]


def test_a_copied_survey_is_found_where_it_calls_or_somebody_asks(
    here: World, surveys: Surveys
) -> None:
    survey = surveys.ids["mentee_application", "da"]
    copy = str(survey_edit(here, "copy_survey", survey, title="Runde 2")["id"])
    assert copy not in [one.form for one in look(here.service, KEY)]
    deep = {one.form: one for one in look(here.service, KEY, ways=Ways(deep=True))}
    [asked] = deep[copy].findings
    assert asked.kind == "copied_form"
    with here.service.database.writing() as session:
        event = Event("k", "response_completed", "survey", copy)
        note(session, KEY, "surveymonkey", [event])
    calling = {one.form: one for one in look(here.service, KEY)}
    assert calling[copy].findings == (asked,)

    folder = here.directory / "programmes" / KEY
    for name, text in pasted(asked.suggestion).items():
        before = (folder / name).read_text("utf-8") if name == "programme.toml" else ""
        (folder / name).write_text(f"{before}\n{text}", "utf-8")
    anew = Service.open(here.settings)  # looks for changed files once a second
    after = {one.form: one for one in look(anew, KEY)}
    anew.database.engine.dispose()
    assert after[copy].mapping == after[survey].mapping == "mentee_application"
    assert not after[copy].findings
    assert not after[survey].findings


def test_the_daily_look_spends_a_days_calls_once(here: World, surveys: Surveys) -> None:
    survey = surveys.ids["mentee_application", "da"]
    [email] = [
        one["id"]
        for page in surveys.api("GET", f"/surveys/{survey}/details")["pages"]
        for one in page["questions"]
        if one["headings"][0]["heading"] == "E-mail"
    ]
    survey_edit(here, "remove_question", survey, question=email)
    here.forget_calls()
    first = chores.run(here.service, KEY, "drift", CHORES["drift"])
    assert "mapping: 1." in first
    assert asked_of_surveymonkey(here) == len(surveys.ids)
    assert chores.run(here.service, KEY, "drift", CHORES["drift"]) == first
    assert asked_of_surveymonkey(here) == len(surveys.ids)
    look(here.service, KEY, form=survey)  # whoever asks gets an answer of now
    assert asked_of_surveymonkey(here) == len(surveys.ids) + 1


def test_surveys_wait_when_the_days_calls_are_spent(
    here: World, surveys: Surveys
) -> None:
    here.options(surveymonkey__day_limit=asked_of_surveymonkey(here) + 2)
    problems = [o.problem for o in look(here.service, KEY, ways=Ways(store=False))
                if o.provider == "surveymonkey"]  # fmt: skip
    assert problems[:2] == ["", ""]
    assert "asked again from" in problems[2]
