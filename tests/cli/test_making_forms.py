"""``forms create``: a form made by it fits at once, is made once, and harms nothing."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from connector.inbox import Delivery
from connector.making import make, plan_forms, wishes
from connector.making.asked import MAY_APPEAR
from connector.making.makers import makers
from connector.programme.entities import (
    EvaluationLink,
    EvaluationResponse,
    Organisation,
    Participation,
    Person,
    Round,
)
from connector.service import Service
from connector.singleflight import only_one
from connector.sources.state import FormMade
from connector.sync.hubspot.computed import link_address
from tests.cli.making_world import ALLOWED, ANSWERS, Making, making, said
from tests.world import KEY

TOOLS = ("typeform", "surveymonkey")
LANGUAGES = ("da", "en")
EVALUATIONS = {
    "closing_evaluation_mentor": ("closing", "mentor"),
    "closing_evaluation_mentee": ("closing", "mentee"),
    "company_evaluation": ("company", "mentee"),
    "six_month_follow_up": ("six_month_follow_up", "mentee"),
}
ENTRIES = ("mentee_application", "mentor_application", "company_registration")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Making]:
    with making(tmp_path) as made:
        yield made


def rows(service: Service, table: Any) -> list[Any]:
    with service.database.reading() as session:
        return list(session.scalars(select(table)))


def tokens(service: Service) -> dict[tuple[str, str], str]:
    """Return the personal tokens by kind of evaluation and role."""
    with service.database.reading() as session:
        query = select(
            EvaluationLink.kind, Participation.role, EvaluationLink.token
        ).join(Participation, Participation.id == EvaluationLink.participation_id)
        return {(kind, role): token for kind, role, token in session.execute(query)}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_form_fits_at_once_in_both_languages(here: Making, tool: str) -> None:
    """Made, filled in, and the answers are entities: there is no step between."""
    told = here.create("all", "--tool", tool, "--language", "da", "--language", "en")
    assert f"Mapping of {KEY}: all is well" in told
    for name in ENTRIES:
        for language in LANGUAGES:
            here.fill_in(tool, name, language)
    personal = tokens(here.work())
    for name, whose in EVALUATIONS.items():
        for language in LANGUAGES:
            given = {"token": personal[whose], "lang": language}
            at = "hidden" if tool == "typeform" else "custom_variables"
            here.fill_in(tool, name, language, **{at: given})
    service = here.work()
    states = [d.state for d in rows(service, Delivery) if d.kind == "complete"]
    assert states == ["processed"] * 7 * len(LANGUAGES)
    _all_is_there(service)
    assert set(here.writes()) <= ALLOWED


@pytest.mark.parametrize("tool", TOOLS)
def test_without_a_public_address_the_answers_are_fetched(
    tmp_path: Path, tool: str
) -> None:
    with making(tmp_path, public=False) as here:
        told = here.create("mentee_application", "--tool", tool, "--language", "en")
        assert "PUBLIC_URL" in told
        assert not [call for call in here.writes() if "webhooks" in call]
        here.fill_in(tool, "mentee_application", "en")
        (part,) = rows(here.work(), Participation)
        assert part.role == "mentee"


def _all_is_there(service: Service) -> None:
    names = {(row.first_name, row.last_name) for row in rows(service, Person)}
    for given in map(_answers, ENTRIES):
        assert (given["first_name"], given["last_name"]) in names
    named = {row.name for row in rows(service, Organisation)}
    assert _answers("company_registration")["organisation_name"] in named
    (first,) = rows(service, Round)
    parts = rows(service, Participation)
    assert {part.role for part in parts} == {"mentor", "mentee"}
    assert {part.round_id for part in parts} == {first.id}
    found = rows(service, EvaluationResponse)
    assert len(found) == len(EVALUATIONS) * len(LANGUAGES)
    for row in found:
        name = next(n for n, w in EVALUATIONS.items() if w[0] == row.kind and (
            row.kind != "closing" or w[1] == row.role))  # fmt: skip
        assert row.participation_id
        assert row.round_id == first.id
        assert row.answers == _on_record(name, row.language)


def _answers(name: str) -> dict[str, Any]:
    told = json.loads((ANSWERS / f"{name}.answers.json").read_text("utf-8"))
    return dict(told["answers"])


def _on_record(name: str, language: str) -> dict[str, Any]:
    path = ANSWERS / f"{name}.{language}.mapped.json"
    return dict(json.loads(path.read_text("utf-8"))["evaluation"]["answers"])


@pytest.mark.parametrize("tool", TOOLS)
def test_a_second_run_makes_nothing_and_says_where_it_is(
    here: Making, tool: str
) -> None:
    here.create("mentor_application", "--tool", tool)
    before = (here.city / "programme.toml").read_text("utf-8")
    link = here.rows()[0].link
    here.forget_calls()
    told = here.create("mentor_application", "--tool", tool)
    assert here.writes() == {}
    assert "Stands already" in told
    assert link in told
    assert link.startswith(here.url)
    assert (here.city / "programme.toml").read_text("utf-8") == before
    assert len(here.titles(tool)) == 1


def test_other_languages_and_rounds_are_forms_of_their_own(here: Making) -> None:
    path = here.city / "programme.toml"
    path.write_text(
        path.read_text("utf-8")
        + '[rounds.r2]\nname = { da = "Runde 2", en = "Round 2" }\n'
        "starts = 2027-10-01\nends = 2027-12-31\n"
        "recruiting = { opens = 2027-08-01, closes = 2027-09-30 }\n"
    )
    for words in (
        ("--round", "r1", "--language", "da", "--language", "en"),
        ("--round", "r2"),
    ):
        here.cli("forms", "create", "closing_evaluation_mentee", "--tool", "typeform",
                 *words, "--yes")  # fmt: skip
    assert here.titles("typeform") == [
        "Afsluttende evaluering, mentee · Prøveprogrammet · Runde 1",
        "Closing evaluation, mentee · Trial programme · Round 1",
        "Afsluttende evaluering, mentee · Prøveprogrammet · Runde 2",
    ]
    rules = [form["round"] for form in said(path)["forms"]]
    assert rules == [["token", "hidden:round", r] for r in ("r1", "r1", "r2")]
    first, _, second = (row.form for row in here.rows())
    for round_key, form in (("r1", first), ("r2", second)):
        told = link_address(
            here.plan, here.service.settings,
            EvaluationLink(token="tok", kind="closing"), ("mentee", round_key), "da",
        )  # fmt: skip
        assert f"/to/{form}#token=tok" in told


def test_a_surveys_link_carries_each_ones_token(here: Making) -> None:
    here.create("mentee_application", "--tool", "surveymonkey")
    here.fill_in("surveymonkey", "mentee_application", "da")
    here.create("closing_evaluation_mentee", "--tool", "surveymonkey")
    service = here.work()
    token = tokens(service)["closing", "mentee"]
    told = link_address(
        here.plan, service.settings, EvaluationLink(token=token, kind="closing"),
        ("mentee", "r1"), "da",
    )  # fmt: skip
    heading = here.plan.questions["comment"].title["da"]
    answer = requests.post(told, json={"answers": {heading: "Tak."}}, timeout=20)
    assert answer.ok, answer.text
    (found,) = rows(here.work(), EvaluationResponse)
    (part,) = rows(service, Participation)
    assert found.participation_id == part.id
    for collector in here.box.store.all("surveymonkey.collector").values():
        assert collector["allow_multiple_responses"] is True


@pytest.mark.parametrize("tool", TOOLS)
def test_what_stands_in_the_account_is_left_as_it_is(here: Making, tool: str) -> None:
    """A form of the same title is not ours to use, nor to change."""
    title = "Ansøgning som mentor · Prøveprogrammet · Runde 1"
    path = {"typeform": "/typeform/forms", "surveymonkey": "/surveymonkey/v3/surveys"}
    theirs = here.ask("POST", path[tool], {"title": title})
    kinds = ("typeform.form", "surveymonkey.survey")
    before = copy.deepcopy([here.box.store.all(kind) for kind in kinds])
    here.forget_calls()
    told = here.create("mentor_application", "--tool", tool, code=1)
    assert here.writes() == {}
    assert f"vidensbro forms pull {tool} {theirs['id']}" in told
    assert here.rows() == []
    here.create("mentee_application", "--tool", tool)
    for kind, known in zip(kinds, before, strict=True):
        now = here.box.store.all(kind)
        assert {key: now[key] for key in known} == known
    assert set(here.writes()) <= ALLOWED


def test_a_dry_run_and_an_unsaid_yes_change_nothing(here: Making) -> None:
    told = here.create("all", "--tool", "typeform", "--dry-run")
    assert told.count("is made") == 7
    assert str(here.city) in told
    words = ("forms", "create", "all", "--tool", "typeform", "--round", "r1")
    told = here.cli(*words, "--language", "en", code=1).output
    assert f"vidensbro {' '.join(words[:3])} --round r1 --tool typeform" in told
    assert "--language en --yes" in told
    assert (here.writes(), here.rows()) == ({}, [])
    assert "forms" not in said(here.city / "programme.toml")


@pytest.mark.parametrize(
    ("words", "said_in"),
    [
        (("nothing", "--round", "r1"), "There is no form nothing"),
        (("all", "--round", "r9"), "There is no round r9. Rounds: r1"),
        (("all", "--round", "r1", "--language", "de"), "Languages: da, en"),
        (("all", "--round", "r1", "--tool", "paper"), "Tools: typeform, surveymonkey"),
        (("all", "--round", "r1"), "--tool typeform or --tool surveymonkey"),
    ],
)
def test_what_is_not_known_is_said(
    here: Making, words: tuple[str, ...], said_in: str
) -> None:
    assert said_in in here.cli("forms", "create", *words, code=2).output


def test_a_programme_without_rounds_is_told_to_have_one(here: Making) -> None:
    (here.city / "programme.toml").write_text('inherits = "template"\n')
    told = here.cli("forms", "create", "all", "--round", "r1", code=2).output
    assert "[rounds.r1]" in told


def test_what_becomes_of_a_form_is_told_before_its_title(here: Making) -> None:
    told = here.create("mentor_application", "--tool", "typeform", "--dry-run")
    assert re.search(r"^form +language +what +questions +title$", told, re.MULTILINE)


def test_the_only_tool_that_is_on_need_not_be_said(here: Making) -> None:
    del here.cli.env["SURVEYMONKEY_TOKEN"]
    here.create("mentor_application")
    assert len(here.titles("typeform")) == 1
    told = here.create("mentor_application", "--tool", "surveymonkey", code=1)
    assert "off, or has no token. Connect it: vidensbro init" in told


def test_comments_stay_and_what_cannot_be_written_is_printed(here: Making) -> None:
    path = here.city / "programme.toml"
    plain = "# ours\n" + path.read_text("utf-8") + "# the end\n"
    path.write_text("forms = []\n" + plain, "utf-8")
    told = here.create("mentor_application", "--tool", "typeform", code=1)
    assert "left as it is" in told
    (row,) = here.rows()
    assert f'form = "{row.form}"' in told
    assert path.read_text("utf-8") == "forms = []\n" + plain

    path.write_text(plain, "utf-8")
    here.forget_calls()
    here.create("mentor_application", "--tool", "typeform")
    assert here.writes() == {}
    assert path.read_text("utf-8").startswith(plain.rstrip("\n"))
    assert said(path)["forms"][0]["form"] == row.form


def test_lines_that_would_spoil_the_mapping_are_not_written(here: Making) -> None:
    """The first [[forms]] of a city takes the place of all that it inherits."""
    other = here.city.parent / "other"
    here.city.rename(other)
    with (other / "programme.toml").open("a") as file:
        file.write('[[forms]]\nprovider = "typeform"\nform = "old"\n'
                   'mapping = "mentor_application"\n')  # fmt: skip
    here.city.mkdir()
    (here.city / "programme.toml").write_text('inherits = "other"\n')
    told = here.create("mentor_application", "--tool", "typeform", code=1)
    assert "would be read no more: old" in told
    assert (here.city / "programme.toml").read_text() == 'inherits = "other"\n'
    assert [row.form for row in here.rows()] != [""]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_clear_no_leaves_nothing_behind(here: Making, tool: str) -> None:
    here.ask(
        "POST", "/sandbox/control/faults",
        {"tool": tool, "kind": "status", "status": 403, "method": "POST",
         "body": {"code": "FORBIDDEN"} if tool == "typeform"
         else {"error": {"id": "1014", "message": "no"}}},
    )  # fmt: skip
    told = here.create("mentor_application", "--tool", tool, code=1)
    assert "Not made" in told
    assert "write" in told
    assert here.rows() == []
    here.create("mentor_application", "--tool", tool)
    assert len(here.titles(tool)) == 1


@pytest.mark.parametrize("tool", TOOLS)
def test_an_answer_that_was_lost_is_looked_for(here: Making, tool: str) -> None:
    """The tool made it and the line broke: the next run takes it and makes no other."""
    here.ask(
        "POST", "/sandbox/control/faults",
        {"tool": tool, "kind": "accept_then_reset", "method": "POST"},
    )  # fmt: skip
    assert "nothing is made twice" in here.create(
        "mentor_application", "--tool", tool, code=1
    )
    assert [row.form for row in here.rows()] == [""]
    here.create("mentor_application", "--tool", tool)
    assert len(here.titles(tool)) == 1
    here.fill_in(tool, "mentor_application", "da")
    assert rows(here.work(), Participation)


def lists_lag(here: Making, tool: str, looks: int) -> None:
    """Let the account's list of forms be empty for so many looks."""
    path = {"typeform": "^/forms$", "surveymonkey": "/surveys$"}[tool]
    empty = {"items": [], "page_count": 1, "data": [], "links": {}}
    here.ask(
        "POST", "/sandbox/control/faults",
        {"tool": tool, "kind": "status", "status": 200, "method": "GET",
         "path": path, "body": empty, "times": looks},
    )  # fmt: skip


def ask_in_vain(here: Making, tool: str, kind: str) -> None:
    """Have a form asked for, and nothing heard of it: the tool made it, or did not."""
    fault = {"tool": tool, "kind": kind, "method": "POST"}
    here.ask("POST", "/sandbox/control/faults", fault)
    here.create("mentor_application", "--tool", tool, code=1)
    assert [row.form for row in here.rows()] == [""]
    here.forget_calls()


@pytest.mark.parametrize("tool", TOOLS)
def test_one_that_may_still_appear_is_not_asked_for_again(
    here: Making, tool: str
) -> None:
    """It was made, its answer was lost, and the list lags behind."""
    ask_in_vain(here, tool, "accept_then_reset")
    lists_lag(here, tool, looks=2)
    told = here.create("mentor_application", "--tool", tool, code=1)
    assert here.writes() == {}
    assert "may lag behind" in told
    assert "Run it again after" in told
    assert "--again" in told
    here.create("mentor_application", "--tool", tool)
    assert len(here.titles(tool)) == 1
    assert here.rows()[0].form


def test_one_that_staff_have_looked_for_is_asked_for_again(here: Making) -> None:
    ask_in_vain(here, "typeform", "reset")
    words = ("mentor_application", "--tool", "typeform")
    assert "looked for first" in here.create(*words, "--dry-run")
    here.create(*words, code=1)
    assert here.titles("typeform") == []
    here.create(*words, "--again")
    assert len(here.titles("typeform")) == 1


def test_one_that_can_appear_no_more_is_asked_for_again(here: Making) -> None:
    ask_in_vain(here, "typeform", "reset")
    with here.service.database.writing() as session:
        session.scalars(select(FormMade)).one().asked_at -= MAY_APPEAR
    here.create("mentor_application", "--tool", "typeform")
    assert len(here.titles("typeform")) == 1


def test_a_tool_that_did_not_begin_leaves_nothing_behind(here: Making) -> None:
    """Too many calls is a clear no for now: the next run need not wait for a form."""
    here.ask(
        "POST", "/sandbox/control/faults",
        {"tool": "surveymonkey", "kind": "status", "status": 429, "method": "POST",
         "headers": {"Retry-After": "80000"}, "body": {"error": {"id": "1040"}}},
    )  # fmt: skip
    here.create("mentor_application", "--tool", "surveymonkey", code=1)
    assert here.rows() == []


def test_one_that_was_deleted_there_is_made_anew(here: Making) -> None:
    here.create("mentor_application", "--tool", "typeform")
    (row,) = here.rows()
    here.box.store.delete("typeform.form", row.form)
    told = here.create("mentor_application", "--tool", "typeform", "--dry-run")
    assert "made anew" in told
    here.create("mentor_application", "--tool", "typeform")
    (again,) = here.rows()
    assert again.form not in ("", row.form)
    bound = [form["form"] for form in said(here.city / "programme.toml")["forms"]]
    assert bound == [row.form, again.form]


@pytest.mark.parametrize("tool", TOOLS)
def test_one_that_the_list_lacks_is_asked_for_itself(here: Making, tool: str) -> None:
    """A list may lag behind what was just made: nothing is made twice for that."""
    here.create("mentor_application", "--tool", tool)
    lists_lag(here, tool, looks=1)
    told = here.create("mentor_application", "--tool", tool)
    assert "Stands already" in told
    assert len(here.titles(tool)) == 1


def test_a_plan_without_links_leaves_the_rest_done(here: Making) -> None:
    here.option("surveymonkey.links_refused", True)
    told = here.create("mentor_application", "--tool", "surveymonkey", code=1)
    assert "Collect Responses" in told
    here.option("surveymonkey.links_refused", False)
    here.create("mentor_application", "--tool", "surveymonkey")
    assert len(here.titles("surveymonkey")) == 1
    assert here.rows()[0].link


def test_a_tool_that_will_hear_no_more_today_ends_it_and_is_gone_on_with(
    here: Making,
) -> None:
    here.ask(
        "POST", "/sandbox/control/faults",
        {"tool": "surveymonkey", "kind": "status", "status": 429, "times": 1,
         "path": "/collectors", "headers": {"Retry-After": "80000"},
         "body": {"error": {"id": "1040"}}},
    )  # fmt: skip
    two = ("--language", "da", "--language", "en", "--tool", "surveymonkey")
    told = here.create("mentor_application", *two, code=1)
    assert told.count("Made:") == 1
    assert "asked again from" in told
    assert len(here.titles("surveymonkey")) == 1
    here.create("mentor_application", *two)
    assert len(here.titles("surveymonkey")) == 2
    assert len(said(here.city / "programme.toml")["forms"]) == 2


def test_variables_that_the_tool_left_out_are_told(here: Making) -> None:
    """Without the token nobody knows who answers an evaluation."""
    here.option("surveymonkey.variables_dropped", True)
    told = here.create("closing_evaluation_mentee", "--tool", "surveymonkey", code=1)
    assert "token" in told.partition("needs you")[2]
    told = here.create("mentor_application", "--tool", "surveymonkey")
    assert "needs you" not in told


def test_two_runs_at_once_make_one(here: Making) -> None:
    service = here.service
    with only_one(service, f"forms-{KEY}") as alone:
        assert alone
        told = here.create("mentor_application", "--tool", "typeform", code=1)
    assert "Another run" in told
    assert here.titles("typeform") == []
    service.database.engine.dispose()


def test_two_runs_that_both_found_nothing_make_one(here: Making) -> None:
    """Whatever keeps runs apart may fail: the row in the database decides."""
    service, plan, maker = here.service, here.plan, makers()["typeform"]
    wished = wishes(plan, "mentor_application", "r1", "typeform", ["da"])
    for state in ("new", "gone"):
        jobs = plan_forms(service, plan, wished, maker)
        assert [job.state for job in jobs] == [state]
        here.create("mentor_application", "--tool", "typeform")
        (late,) = make(service, KEY, jobs, maker)
        assert "Another run" in late.problems[0]
        (row,) = here.rows()
        assert [*here.box.store.all("typeform.form")] == [row.form]
        here.box.store.delete("typeform.form", row.form)
    service.database.engine.dispose()
