"""The shipped forms at SurveyMonkey: made, bound by suggestion, answered, read.

The same answers must say the same whichever tool they came through.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from mappings import forms, surveymonkey_forms
from mappings.engine import apply, load_programme
from mappings.forms import each
from mappings.live import surveymonkey_survey
from mappings.suggest import suggest_binding, suggest_files
from tests.mappings.conftest import DEFINITIONS, FIXTURES
from tests.mappings.surveys import response_to, survey_of
from tests.mappings.test_golden_forms import KINDS

SURVEYS = DEFINITIONS.parent / "surveymonkey"


def given(kind):
    return json.loads((FIXTURES / f"{kind}.answers.json").read_text("utf-8"))


@pytest.fixture
def city(tmp_path):
    """Return a function that adds suggested lines to a city and loads it."""
    directory = tmp_path / "testby"
    (directory / "forms").mkdir(parents=True)
    lyngby = Path(forms.__file__).parent / "programmes" / "lyngby" / "programme.toml"
    head = lyngby.read_text("utf-8").split("[[forms]]")[0]
    (directory / "programme.toml").write_text(head, "utf-8")

    def add(files=None):
        for name, text in (files or {}).items():
            path = directory / name
            # A later suggestion repeats what stands in the file of its mapping.
            before = path.read_text("utf-8") if name == "programme.toml" else ""
            path.write_text(before + text, "utf-8")
        return load_programme("testby", tmp_path)

    return add


def bound(city, kind, language, survey="7001"):
    """Make a shipped form at SurveyMonkey, bind it as suggested; return all of it."""
    programme = city()
    definition = surveymonkey_forms.definition(programme.forms[kind], language)
    details = survey_of(definition, survey)
    live = surveymonkey_survey(details)
    programme = city(suggest_files(programme, live, kind, language))
    return programme.form_for("surveymonkey", survey), details


@pytest.mark.parametrize("tool", [forms, surveymonkey_forms])
def test_the_shipped_files_are_what_the_questions_make(tool):
    directory = DEFINITIONS if tool is forms else SURVEYS
    names = set()
    for name, language, form_map in each(load_programme("template")):
        path = directory / f"{name}.{language}.json"
        made = json.dumps(
            tool.definition(form_map, language), ensure_ascii=False, indent=2
        )
        assert path.read_text("utf-8") == made + "\n", path.name
        names.add(path.name)
    assert {p.name for p in directory.iterdir()} == names


@pytest.mark.parametrize("language", ["da", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_tools_say_the_same(city, lyngby, sent, kind, language):
    form_map, details = bound(city, kind, language)
    survey = apply(form_map, response_to(details, form_map, given(kind)))
    typeform = sent(kind, language)
    expected = apply(lyngby.form_for("typeform", typeform.form), typeform)
    assert survey.records or survey.evaluation
    assert dataclasses.asdict(survey) == dataclasses.asdict(expected)


@pytest.mark.parametrize("kind", KINDS)
def test_several_surveys_add_up_in_one_mapping(city, kind):
    _, danish = bound(city, kind, "da", "7001")
    last, english = bound(city, kind, "en", "7002")
    both = last.asks[0]
    assert len(last.questions[both].ids) == 2
    first = city().form_for("surveymonkey", "7001")
    one, other = (
        apply(form_map, response_to(details, form_map, given(kind)))
        for form_map, details in ((first, danish), (last, english))
    )
    assert not one.problems
    assert not one.unmapped
    assert [r.name for r in one.records] == [r.name for r in other.records]
    assert one.evaluation == other.evaluation


def test_choices_are_read_by_id_once_bound(city):
    kind = "mentee_application"
    form_map, details = bound(city, kind, "da")
    for question in details["pages"][0]["questions"]:
        for number, choice in enumerate(question.get("answers", {}).get("choices", ())):
            choice["text"] = f"Renamed {number}"
    result = apply(form_map, response_to(details, form_map, given(kind)))
    assert not result.problems
    assert result.record("participation").fields["experience"] == "6_to_10"
    assert {c.purpose: c.given for c in result.consents} == {
        "programme": True,
        "newsletter": True,
        "research": False,
    }


def test_renamed_questions_are_told_by_their_place_and_marked(city):
    programme = city()
    kind = "closing_evaluation_mentee"
    definition = surveymonkey_forms.definition(programme.forms[kind], "da")
    asked = definition["pages"][0]["questions"]
    asked[1]["headings"][0]["heading"] = "<p>S&oslash;ger du mere?</p>"
    details = survey_of(definition, "7001")
    live = surveymonkey_survey(details)
    text = suggest_binding(programme, live, kind, "da")
    assert "# Told by its place and kind alone: please check.\n" in text
    assert "Søger du mere?" in text
    loaded = city(suggest_files(programme, live, kind, "da"))
    form_map = loaded.form_for("surveymonkey", "7001")
    assert asked[1].get("id") is None
    ids = form_map.questions["mentee_job_search"].ids
    assert ids == (details["pages"][0]["questions"][1]["id"],)


def test_what_fits_nothing_is_a_comment_with_the_nearest(city):
    programme = city()
    form_map = programme.forms["mentor_application"]
    definition = surveymonkey_forms.definition(form_map, "en")
    questions = definition["pages"][0]["questions"]
    asked = {q["headings"][0]["heading"]: q for q in questions}
    extra = {"headings": [{"heading": "LinkedIn profiles"}], "family": "open_ended"}
    questions.append({**extra, "subtype": "single"})
    questions.remove(asked["LinkedIn profile"])
    heard = asked["Where did you hear of the programme?"]["answers"]["choices"]
    heard[1]["text"] = "My spouse or my partner\n[x]"
    live = surveymonkey_survey(survey_of(definition, "7001"))
    text = suggest_binding(programme, live, "mentor_application", "en")
    assert '"My spouse or my partner [x]"' in text
    assert "has no code; nearest: spouse" in text
    assert '# Not read: "LinkedIn profiles"' in text
    assert "nearest: [questions.linkedin] ids = [" in text
    assert '# Not asked: linkedin ("LinkedIn-profil")' in text
    assert city(suggest_files(programme, live, "mentor_application", "en")).forms
