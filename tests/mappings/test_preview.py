"""Previewing a mapping, and holding it against a form's definition."""

from __future__ import annotations

import copy

import pytest

from mappings.engine import load_programme
from mappings.forms import definition
from mappings.preview import against, check, preview


def rows(programme, submission):
    form_map = programme.form_for("typeform", submission.form)
    return preview(form_map, submission)


def test_a_preview_shows_question_field_and_value(lyngby, sent):
    shown = rows(lyngby, sent("mentee_application", "en"))
    found = {(r.question, r.field): r for r in shown}
    assert found["email", "person.email"].value in {
        "ana.ejemplo@mail.example",
        "luis@fabrik.example",
    }
    phone = found["phone", "person.phone"]
    assert (phone.title, phone.value, phone.note) == ("Phone", "+4510000002", "mentee")
    assert found["", "participation.role"].note == "constant"
    assert found["", "participation.source"].note == "hidden field source"
    assert found["consent_newsletter", "consent.newsletter"].value is True


def test_a_preview_shows_what_an_answer_means_for_an_indicator(lyngby, sent):
    shown = rows(lyngby, sent("closing_evaluation_mentee", "da"))
    notes = {r.question: r.note for r in shown if r.field.startswith("evaluation.")}
    assert notes["mentee_job_search"] == "mentee_job_search: no"
    assert notes["comment"] == ""


def test_a_preview_tells_problems_and_what_is_unmapped(lyngby, sent):
    submission = sent("mentee_application", "en", answers={"email": "nobody"})
    form_map = lyngby.form_for("typeform", "lyngby-six-month-follow-up-en")
    notes = {r.field: r.note for r in rows(lyngby, submission)}
    assert notes["mentee.email"].endswith("mentee is left out.")
    strange = [r for r in preview(form_map, submission) if r.note == "not mapped"]
    assert "first_name" in {r.question for r in strange}
    assert all(r.value is None for r in strange)


def test_a_preview_keeps_what_could_be_read_of_a_record_left_out(lyngby, sent):
    shown = rows(lyngby, sent("mentee_application", "en", answers={"email": "nobody"}))
    found = {(r.field, str(r.value)): r.note for r in shown}
    assert found["person.first_name", "Ana"] == "mentee is left out."
    assert found["participation.education", "master"] == "participation is left out."


@pytest.fixture
def form(lyngby):
    return copy.deepcopy(definition(lyngby.forms["mentor_application"], "da"))


def told(lyngby, form):
    return [*against(lyngby.forms["mentor_application"], "da", form)]


def test_a_form_that_fits_is_not_complained_of(lyngby, form):
    assert told(lyngby, form) == []


def test_a_question_that_the_form_does_not_ask_is_told(lyngby, form):
    form["fields"] = [f for f in form["fields"] if f["ref"] != "phone"]
    assert told(lyngby, form) == [
        "[phone]: no field of the form has this ref; add it or the mapping's ids"
    ]


def test_a_field_that_no_mapping_reads_is_told(lyngby, form):
    form["fields"].append({"ref": "shoe_size", "type": "number"})
    assert told(lyngby, form) == [
        "[shoe_size]: no question of mentor_application; add it to asks"
    ]


def test_a_choice_without_a_code_is_told(lyngby, form):
    (field,) = (f for f in form["fields"] if f["ref"] == "heard_from")
    field["properties"]["choices"][0] = {"id": "x1", "ref": "x1", "label": "En messe"}
    assert told(lyngby, form) == [
        "[heard_from] choice 'En messe': has no code; name it in choices.toml",
        "[heard_from] choice 'employer': the form does not offer it; add it there",
    ]


def test_a_missing_hidden_field_is_told(lyngby, form):
    form["hidden"].remove("round")
    assert told(lyngby, form) == [
        "[hidden] round: the form has no such hidden field; add it there"
    ]


def test_a_group_stands_for_its_parts(lyngby, form):
    group = {"ref": "g", "type": "group", "properties": {"fields": form["fields"]}}
    form["fields"] = [group]
    assert told(lyngby, form) == []


def test_check_tells_of_other_consent_words_and_of_overlapping_rounds(tmp_path):
    city = tmp_path / "testby"
    city.mkdir()
    (city / "programme.toml").write_text(
        'inherits = "lyngby"\n[rounds.r2.recruiting]\nopens = 2016-02-01\n', "utf-8"
    )
    (city / "consents.toml").write_text(
        '[newsletter.versions.2]\nsince = 2016-05-01\nda = "Ja tak."\nen = "Yes."\n',
        "utf-8",
    )
    found = check(load_programme("testby", tmp_path))
    assert any("r1 is still recruiting then" in f for f in found)
    assert any("[consent_newsletter] title.da" in f for f in found)
