"""``forms pull``: forms that staff made by hand are read, whatever they call things."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.programme.entities import Participation, Person
from tests.cli.making_world import Making, making, said
from tests.cli.test_making_forms import rows
from tests.world import KEY

SHIPPED = Path(__file__).parents[2] / "mappings" / "programmes" / "template"
PATHS = {"typeform": "/typeform/forms", "surveymonkey": "/surveymonkey/v3/surveys"}
TOOLS = tuple(PATHS)
STRANGE = "Hvad hedder din hund?"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Making]:
    with making(tmp_path) as made:
        yield made


def shipped(tool: str, name: str) -> dict[str, Any]:
    path = SHIPPED / tool / f"{name}.json"
    return dict(json.loads(path.read_text("utf-8")))


def by_hand(tool: str, name: str) -> dict[str, Any]:
    """Return a definition as an editor would have made it: without our refs."""
    definition = shipped(tool, name)
    for field in definition.get("fields", []):
        del field["ref"]
        for choice in field["properties"].get("choices", []):
            del choice["ref"]
    return definition


def parts(tool: str, definition: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the list of a definition's questions, to be changed in place."""
    if tool == "typeform":
        return definition["fields"]  # type: ignore[no-any-return]
    return definition["pages"][0]["questions"]  # type: ignore[no-any-return]


def question(tool: str, title: str) -> dict[str, Any]:
    if tool == "typeform":
        return {"type": "short_text", "title": title}
    return {
        "family": "open_ended", "subtype": "single", "headings": [{"heading": title}]
    }  # fmt: skip


def own_form(tool: str) -> dict[str, Any]:
    """Return a short application of staff's own: some known words, and some not."""
    definition = by_hand(tool, "mentor_application.da")
    asked = parts(tool, definition)
    known = {"Fornavn", "Efternavn", "E-mail", "Hvor er du ansat?"}
    known |= {one for one in map(_title, asked) if one.startswith("Jeg giver")}
    asked[:] = [one for one in asked if _title(one) in known]
    asked.append(question(tool, STRANGE))
    asked.append(question(tool, "Hvad er stillingen?"))
    definition["title"] = "Bliv mentor hos os"
    return definition


def _title(one: dict[str, Any]) -> str:
    return str(one.get("title") or one["headings"][0]["heading"])


def pull(here: Making, *words: str, code: int = 0) -> str:
    return str(here.cli("forms", "pull", *words, code=code).output)


def make(here: Making, tool: str, definition: dict[str, Any]) -> str:
    return str(here.ask("POST", PATHS[tool], definition)["id"])


def fill_in(here: Making, tool: str, form: str, answers: dict[str, str]) -> None:
    """Answer by heading; Typeform's sandbox wants refs."""
    if tool == "typeform":
        fields = here.box.store.get("typeform.form", form)["fields"]
        refs = {field["title"]: field["ref"] for field in fields}
        answers = {refs[title]: value for title, value in answers.items()}
    here.ask("POST", f"/{tool}/to/{form}", {"answers": answers})


@pytest.mark.parametrize("tool", TOOLS)
def test_a_form_that_asks_just_the_same_is_read_by_the_known_mapping(
    here: Making, tool: str
) -> None:
    form = make(here, tool, by_hand(tool, "mentor_application.da"))
    before = (here.city / "programme.toml").read_text("utf-8")
    told = pull(here, tool, form)
    assert "it is read by mentor_application" in told
    assert "Nothing was written" in told
    assert (here.city / "programme.toml").read_text("utf-8") == before

    told = pull(here, tool, form, "--write")
    assert "All of it is read" in told
    (bound,) = said(here.city / "programme.toml")["forms"]
    assert bound["mapping"] == "mentor_application"
    assert [path.name for path in (here.city / "forms").iterdir()] == [
        "mentor_application.toml"
    ]
    answers = {"Fornavn": "Bo", "Efternavn": "Prøve", "E-mail": "bo@havbro.example"}
    fill_in(here, tool, form, answers)
    assert [one.role for one in rows(here.work(), Participation)] == ["mentor"]
    assert "is read already, by mentor_application" in pull(here, tool, form)
    assert here.writes() == {_made(tool): 1}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_form_of_staffs_own_gets_a_mapping_of_its_own(
    here: Making, tool: str
) -> None:
    form = make(here, tool, own_form(tool))
    told = pull(here, tool, form, "--write")
    assert "a mapping of its own, bliv_mentor_hos_os, after mentor_application" in told
    path = here.city / "forms" / "bliv_mentor_hos_os.toml"
    text = path.read_text("utf-8")
    assert f'# Not read: "{STRANGE}"' in text
    assert "perhaps it is job_title" in text
    assert "# Not asked, though mentor_application reads it: phone" in text
    asks = ["first_name", "last_name", "email", "employer", "consent_programme"]
    assert said(path)["asks"] == asks
    assert STRANGE in told  # said to be open
    answers = {"Fornavn": "Bo", "Efternavn": "Prøve", "E-mail": "bo@havbro.example",
               "Hvor er du ansat?": "Havbro A/S", STRANGE: "Rex"}  # fmt: skip
    fill_in(here, tool, form, answers)
    service = here.work()
    assert [one.first_name for one in rows(service, Person)] == ["Bo"]
    assert [one.role for one in rows(service, Participation)] == ["mentor"]
    assert here.writes() == {_made(tool): 1}


def _made(tool: str) -> str:
    return {"typeform": "POST /forms", "surveymonkey": "POST /v3/surveys"}[tool]


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize(
    "name",
    [f"{path.name.split('.')[0]}" for path in (SHIPPED / "forms").glob("*.toml")],
)
def test_any_known_form_cut_in_half_still_gives_a_mapping_that_loads(
    here: Making, tool: str, name: str
) -> None:
    definition = by_hand(tool, f"{name}.en")
    asked = parts(tool, definition)
    asked[:] = [*asked[::2], question(tool, "Anything else in the world?")]
    form = make(here, tool, definition)
    told = here.cli.runner.invoke(
        _root(), ["forms", "pull", tool, form, "--write", "--mapping", "own_words"],
        env=here.cli.env,
    )  # fmt: skip
    assert told.exit_code in (0, 1), told.output
    assert "own_words" in here.plan.forms, told.output
    assert here.plan.form_for(tool, form).name == "own_words"
    assert "to correct" not in told.output


def _root() -> Any:
    from connector.cli.root import root

    return root


def test_a_link_or_an_editors_address_will_do(here: Making) -> None:
    form = make(here, "typeform", by_hand("typeform", "mentor_application.da"))
    for address in (
        f"https://form.typeform.com/to/{form}#source=xxxxx",
        f"https://admin.typeform.com/form/{form}/create?block=x",
    ):
        assert f"({form})" in pull(here, "typeform", address)
    assert "/to/" in pull(here, "typeform", "https://form.typeform.com/x", code=1)

    survey = make(
        here, "surveymonkey", by_hand("surveymonkey", "mentor_application.da")
    )
    path = f"/surveymonkey/v3/surveys/{survey}/collectors"
    link = here.ask("POST", path, {"type": "weblink"})["url"]
    assert f"({survey})" in pull(here, "surveymonkey", link)
    address = f"https://www.surveymonkey.example/create/?sm={survey}"
    assert f"({survey})" in pull(here, "surveymonkey", address)
    odd = pull(here, "surveymonkey", link + "x", code=1)
    assert "Say the survey's number" in odd


def test_an_evaluation_gets_the_survey_s_only_link(here: Making) -> None:
    definition = by_hand("surveymonkey", "closing_evaluation_mentee.da")
    survey = make(here, "surveymonkey", definition)
    path = f"/surveymonkey/v3/surveys/{survey}/collectors"
    link = here.ask("POST", path, {"type": "weblink"})["url"]
    pull(here, "surveymonkey", survey, "--write")
    (bound,) = said(here.city / "programme.toml")["forms"]
    assert bound["link"] == f"{link}?token={{token}}"


def test_what_a_required_question_lacks_is_said(here: Making) -> None:
    definition = by_hand("typeform", "mentor_application.da")
    asked = parts("typeform", definition)
    asked[:] = [one for one in asked if one["title"] != "Efternavn"]
    form = make(here, "typeform", definition)
    told = pull(here, "typeform", form, "--mapping", "mentor_application", code=1)
    assert "does not ask last_name, which mentor_application needs" in told


def test_what_exists_is_never_changed(here: Making) -> None:
    """A city's own words about a mapping stay; lines that do not fit are printed."""
    form = make(here, "surveymonkey", by_hand("surveymonkey", "mentor_application.da"))
    path = here.city / "forms" / "mentor_application.toml"
    path.parent.mkdir()
    own = '# ours\n[questions.email]\nids = ["our-id"]  # of the old form\n'
    path.write_text(own, "utf-8")
    pull(here, "surveymonkey", form, "--write")
    text = path.read_text("utf-8")
    assert text.startswith('# ours\n[questions.email]\nids = ["our-id", ')
    assert "# of the old form" in text

    path.write_text("questions = { email = { ids = ['x'] } }\n", "utf-8")
    other = make(here, "surveymonkey", by_hand("surveymonkey", "mentor_application.en"))
    bound = (here.city / "programme.toml").read_text("utf-8")
    told = pull(here, "surveymonkey", other, "--write", code=1)
    assert "left as it is" in told
    assert f'form = "{other}"' in told
    assert path.read_text("utf-8") == "questions = { email = { ids = ['x'] } }\n"
    assert (here.city / "programme.toml").read_text("utf-8") == bound


@pytest.mark.parametrize("tool", TOOLS)
def test_a_form_that_is_not_there_is_told_in_a_sentence(
    here: Making, tool: str
) -> None:
    told = pull(here, tool, "99999999", code=1)
    assert "shows no form 99999999 to this account. Nothing was written." in told


def test_a_form_like_none_says_what_to_say(here: Making) -> None:
    form = make(here, "typeform", {"title": "Frokost", "fields": [
        {"type": "short_text", "title": "Hvad vil du spise?"}]})  # fmt: skip
    assert "--mapping, one of" in pull(here, "typeform", form, code=1)
    assert "Known: typeform, surveymonkey" in pull(here, "paper", form, code=2)
    assert "There are: da, en" in pull(
        here, "typeform", form, "--language", "de", code=2
    )
    before = copy.deepcopy(here.box.store.all("typeform.form"))
    told = pull(
        here, "typeform", form, "--write", "--mapping", "mentor_application", code=1
    )
    assert "0 of its 1 questions" in told
    assert here.box.store.all("typeform.form") == before


def test_a_form_that_create_stopped_at_is_pulled(here: Making) -> None:
    title = "Ansøgning som mentor · Prøveprogrammet · Runde 1"
    form = make(here, "typeform", by_hand("typeform", "mentor_application.da")
                | {"title": title})  # fmt: skip
    told = here.create("mentor_application", "--tool", "typeform", code=1)
    line = next(one for one in told.splitlines() if "forms pull" in one)
    words = line.partition("vidensbro ")[2].split()
    here.cli(*words)
    assert here.plan.form_for("typeform", form).name == "mentor_application"
    told = here.create("mentor_application", "--tool", "typeform")
    assert "is read" in told
    assert here.titles("typeform") == [title]
    assert KEY in told


DANISH = ("E-mail", "Hvor bor du?", "Må vi ringe til dig om aftenen?")
ENGLISH = ("E-mail", "Where do you live?", "May we call you in the evening?")
NEITHER = ("E-mail", "LinkedIn")
SPOKEN = (
    ("da", ENGLISH, "da"),  # what somebody chose there counts
    ("en", ENGLISH, "en"),
    ("en", NEITHER, "en"),
    ("", DANISH, "da"),  # English by default, at both tools
    ("de", DANISH, "da"),
    ("de", ENGLISH, "en"),
    ("de", NEITHER, "da"),  # the programme's own
)


@pytest.mark.parametrize("tool", TOOLS)
def test_a_form_is_read_in_the_language_that_it_is_in(here: Making, tool: str) -> None:
    for set_there, asked, language in SPOKEN:
        asks = [question(tool, one) for one in asked]
        of_tool: dict[str, dict[str, Any]] = {
            "typeform": {"fields": asks, "settings": {"language": set_there}},
            "surveymonkey": {"pages": [{"questions": asks}], "language": set_there},
        }
        definition = of_tool[tool] | {"title": "Ny"}
        if not set_there:
            definition = {k: v for k, v in definition.items()
                          if k not in ("settings", "language")}  # fmt: skip
        form = make(here, tool, definition)
        out = pull(here, tool, form, "--mapping", "mentor_application", code=1)
        assert f"Ny ({form}), in {language}:" in out
        assert f'language = "{language}"' in out
        assert ("calls it en" in out) == (not set_there)
