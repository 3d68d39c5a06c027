"""What is told of a form that moved away from its mapping, tool by tool."""

from __future__ import annotations

import copy
import tomllib

import pytest

from mappings import forms, surveymonkey_forms
from mappings.drift import compare, copied_from
from mappings.engine import load_programme
from mappings.live import surveymonkey_survey, typeform_form
from mappings.suggest import suggest_files
from tests.mappings.surveys import survey_of

CLOSING = "closing_evaluation_mentee"


@pytest.fixture
def form(lyngby):
    """Return a function: a shipped form as Typeform shows it, with ids of its own."""

    def make(kind, language="da"):
        made = copy.deepcopy(forms.definition(lyngby.forms[kind], language))
        made["id"] = f"lyngby-{kind.replace('_', '-')}-{language}"
        for field in made["fields"]:
            field["id"] = f"id-{field['ref']}"
            for choice in field["properties"].get("choices", ()):
                choice["id"] = f"id-{choice['ref']}"
        return made

    return make


def told(programme, form):
    live = typeform_form(form)
    return compare(programme.form_for("typeform", live.form), live, programme)


def field(form, ref):
    return next(f for f in form["fields"] if f.get("ref") == ref)


def only(findings):
    (found,) = findings
    return found


@pytest.mark.parametrize("language", ["da", "en"])
def test_a_form_as_shipped_has_not_moved(lyngby, form, language):
    for kind in lyngby.forms:
        assert told(lyngby, form(kind, language)) == ()


def test_a_question_behind_a_kpi_that_is_gone_breaks_it(lyngby, form):
    made = form(CLOSING)
    made["fields"].remove(field(made, "mentee_job_search"))
    found = only(told(lyngby, made))
    assert (found.kind, found.severity) == ("question_removed", "breaks")
    assert found.question == "mentee_job_search"
    assert "effektmålet »Aktiv jobsøgning, mentees«" in found.text["da"]
    assert "the KPI “Active job search, mentees”" in found.text["en"]


def test_a_question_behind_a_field_warns_and_a_needed_one_breaks(lyngby, form):
    made = form("mentee_application", "en")
    for ref in ("phone", "email"):
        made["fields"].remove(field(made, ref))
    found = {f.question: f for f in told(lyngby, made)}
    assert found["phone"].severity == "warns"
    assert "the field “Phone”" in found["phone"].text["en"]
    assert found["email"].severity == "breaks"


def test_a_question_asked_anew_comes_with_its_line(lyngby, form):
    made = form("mentee_application", "en")
    field(made, "phone").update(ref="zz", id="New1")
    found = only(told(lyngby, made))
    assert found.kind == "question_removed"
    assert tomllib.loads(found.suggestion) == {
        "questions": {"phone": {"ids": ["New1"]}}
    }


def test_a_new_question_costs_nothing(lyngby, form):
    made = form(CLOSING)
    made["fields"].append({"id": "n", "ref": "n", "type": "number", "title": "Alder?"})
    found = only(told(lyngby, made))
    assert (found.kind, found.severity) == ("question_new", "notes")
    assert "»Alder?«" in found.text["da"]


def test_a_new_choice_is_told_with_the_line_of_the_nearest(lyngby, form):
    made = form(CLOSING)
    choices = field(made, "recommend")["properties"]["choices"]
    choices.append({"id": "c9", "ref": "c9", "label": "Ved ikke endnu"})
    found = only(told(lyngby, made))
    assert (found.kind, found.severity) == ("option_new", "breaks")
    assert "»Ved ikke endnu«" in found.text["da"]
    line = tomllib.loads(found.suggestion)["questions"]["recommend"]["choices"]
    assert line == {"dont_know": ["c9"]}


def test_a_choice_that_is_gone_matters_where_a_kpi_counts_it(lyngby, form):
    made = form(CLOSING)
    for ref in ("recommend", "meetings_held"):
        field(made, ref)["properties"]["choices"].pop(0)
    found = {f.question: f.severity for f in told(lyngby, made)}
    assert found == {"recommend": "warns", "meetings_held": "notes"}


def test_a_renamed_choice_is_a_note(lyngby, form):
    made = form(CLOSING)
    field(made, "recommend")["properties"]["choices"][0]["label"] = "Klart!"
    found = only(told(lyngby, made))
    assert (found.kind, found.severity) == ("option_renamed", "notes")
    assert "»Klart!«; det læses som »Ja«" in found.text["da"]


def test_another_scale_is_told_and_another_start_is_not(lyngby, form):
    made = form(CLOSING)
    field(made, "match_quality")["properties"] = {"steps": 5, "start_at_one": False}
    assert told(lyngby, made) == ()
    field(made, "match_quality")["properties"] = {"steps": 11, "start_at_one": False}
    found = only(told(lyngby, made))
    assert found.kind == "scale_changed"
    assert "from 0 to 10; it was 1 to 5" in found.text["en"]


KPI_ON_A_SCALE = """
[evaluation.indicators.mentee_network]
question = "match_quality"
yes = ["4..5"]
no = ["1..3"]
evidence = "closing_form"
"""


def test_another_scale_behind_a_kpi_breaks_it(tmp_path, form):
    (tmp_path / "testby" / "forms").mkdir(parents=True)
    (tmp_path / "testby" / "programme.toml").write_text('inherits = "lyngby"', "utf-8")
    path = tmp_path / "testby" / "forms" / f"{CLOSING}.toml"
    path.write_text(KPI_ON_A_SCALE, "utf-8")
    made = form(CLOSING)
    field(made, "match_quality")["properties"] = {"steps": 11}
    found = only(told(load_programme("testby", tmp_path), made))
    assert (found.kind, found.severity) == ("scale_changed", "breaks")
    assert "effektmålet »Netværk, mentees«" in found.text["da"]


def test_a_question_asked_in_another_way_is_told(lyngby, form):
    made = form("mentee_application", "en")
    field(made, "language").update(type="yes_no", properties={})
    field(made, "email")["type"] = "short_text"  # still readable
    found = only(told(lyngby, made))
    assert (found.kind, found.severity) == ("kind_changed", "warns")
    assert "(as yes or no)" in found.text["en"]


def test_a_consent_that_is_no_longer_asked_breaks(lyngby, form):
    made = form("mentee_application")
    made["fields"].remove(field(made, "consent_programme"))
    found = only(told(lyngby, made))
    assert (found.kind, found.severity) == ("consent_removed", "breaks")
    assert "samtykket »Deltagelse i programmet«" in found.text["da"]


def test_a_question_asked_twice_is_told(lyngby, form):
    made = form(CLOSING)
    made["fields"].append({**field(made, "email"), "id": "again"})
    found = only(told(lyngby, made))
    assert (found.kind, found.question) == ("asked_twice", "email")


def test_the_token_that_is_gone_breaks_an_evaluation(lyngby, form):
    made = form(CLOSING)
    made["hidden"].remove("token")
    found = only(told(lyngby, made))
    assert (found.kind, found.severity) == ("hidden_removed", "breaks")


def test_another_language_is_told(lyngby, form):
    made = form(CLOSING, "da")
    made["settings"]["language"] = "en"  # which Typeform says where nobody has chosen
    assert told(lyngby, made) == ()
    english = {**form(CLOSING, "en"), "id": made["id"]}
    changed = only(told(lyngby, english))
    assert (changed.kind, changed.suggestion) == ("language_changed", 'language = "en"')
    made["settings"]["language"] = "de"
    assert only(told(lyngby, made)).kind == "language_new"


def test_the_worst_comes_first(lyngby, form):
    made = form(CLOSING)
    made["fields"].insert(0, {"id": "n", "type": "number", "title": "Alder?"})
    made["fields"].remove(field(made, "recommend"))
    made["fields"].remove(field(made, "comment"))
    severities = [f.severity for f in told(lyngby, made)]
    assert severities == ["breaks", "warns", "notes"]


# --- a copied form -------------------------------------------------------------------
def test_a_copied_survey_comes_with_all_of_its_lines(lyngby, tmp_path):
    definition = surveymonkey_forms.definition(lyngby.forms[CLOSING], "en")
    live = surveymonkey_survey(survey_of(definition, "8001"))
    found = copied_from(live, lyngby)
    assert found.kind == "copied_form"
    assert f"looks like {CLOSING}: 10 of 10" in found.text["en"]
    assert 'form = "8001"' in found.suggestion
    assert 'language = "en"' in found.suggestion
    assert "[questions.mentee_job_search]\nids = [" in found.suggestion

    city = tmp_path / "testby"
    (city / "forms").mkdir(parents=True)
    (city / "programme.toml").write_text('inherits = "lyngby"\n', "utf-8")
    for name, text in suggest_files(lyngby, live, CLOSING, "en").items():
        with (city / name).open("a", encoding="utf-8") as file:
            file.write(text)
    bound = load_programme("testby", tmp_path)
    assert copied_from(live, bound) is None
    assert compare(bound.form_for("surveymonkey", "8001"), live, bound) == ()


def test_a_copy_at_typeform_needs_only_its_binding(lyngby, form):
    made = form("mentor_application", "en")
    made["id"] = "copy"
    found = copied_from(typeform_form(made), lyngby)
    assert 'mapping = "mentor_application"' in found.suggestion
    assert "[questions." not in found.suggestion


def test_nor_does_one_where_a_survey_has_its_ids_in_the_mapping(lyngby, form, tmp_path):
    city = tmp_path / "testby"
    (city / "forms").mkdir(parents=True)
    (city / "programme.toml").write_text('inherits = "lyngby"\n', "utf-8")
    definition = surveymonkey_forms.definition(lyngby.forms["mentor_application"], "en")
    live = surveymonkey_survey(survey_of(definition, "8001"))
    for name, text in suggest_files(lyngby, live, "mentor_application", "en").items():
        with (city / name).open("a", encoding="utf-8") as file:
            file.write(text)
    made = form("mentor_application", "en")
    made["id"] = "copy"
    found = copied_from(typeform_form(made), load_programme("testby", tmp_path))
    assert 'form = "copy"' in found.suggestion
    assert "[questions." not in found.suggestion


def test_a_form_about_something_else_is_no_copy(lyngby, form):
    made = form("mentee_application")
    made |= {"id": "party", "fields": made["fields"][:3]}
    assert copied_from(typeform_form(made), lyngby) is None
    assert copied_from(typeform_form(form("mentee_application")), lyngby) is None
