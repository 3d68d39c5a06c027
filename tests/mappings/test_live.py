"""Forms as their tools hand them out: every family, named as answers name it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mappings.live import READERS, LiveChoice, surveymonkey_survey, typeform_form
from webhooks import surveymonkey

RECORDED = Path(__file__).parent.parent / "fixtures" / "surveymonkey"


def recorded(name):
    return json.loads((RECORDED / name).read_text("utf-8"))


def field(kind, ref, **more):
    return {"id": f"i-{ref}", "ref": ref, "type": kind, "title": ref.title(), **more}


def read(*fields, **form):
    (form := {"id": "f1", "title": "Form", **form})["fields"] = list(fields)
    return typeform_form(form)


def test_a_typeform_forms_own_facts():
    live = read(
        settings={"language": "da"},
        hidden=["token"],
        last_updated_at="2026-01-01T00:00:00Z",
    )
    assert (live.provider, live.form, live.language) == ("typeform", "f1", "da")
    assert (live.hidden, live.modified) == (("token",), "2026-01-01T00:00:00Z")


@pytest.mark.parametrize(
    ("kind", "properties", "family", "ends"),
    [
        ("short_text", {}, "text", (None, None)),
        ("website", {}, "text", (None, None)),
        ("email", {}, "email", (None, None)),
        ("phone_number", {}, "phone", (None, None)),
        ("number", {}, "number", (None, None)),
        ("nps", {}, "scale", (0, 10)),
        ("rating", {"steps": 5}, "scale", (1, 5)),
        ("opinion_scale", {"steps": 11}, "scale", (0, 10)),
        ("opinion_scale", {"steps": 5, "start_at_one": True}, "scale", (1, 5)),
        ("opinion_scale", {}, "scale", (None, None)),
        ("legal", {}, "yes_no", (None, None)),
        ("dropdown", {}, "choice", (None, None)),
        ("multiple_choice", {}, "choice", (None, None)),
        (
            "multiple_choice",
            {"allow_multiple_selection": True},
            "choices",
            (None, None),
        ),
        ("ranking", {}, "ranking", (None, None)),
        ("file_upload", {}, "file", (None, None)),
        ("payment", {}, "other", (None, None)),
    ],
)
def test_each_typeform_type_has_its_family(kind, properties, family, ends):
    (question,) = read(field(kind, "q", properties=properties)).questions
    assert question.kind == family
    assert (question.low, question.high) == ends


def test_groups_and_contact_blocks_stand_for_their_parts():
    inner = [field("short_text", "first"), field("email", "mail")]
    live = read(
        field("statement", "hello"),
        field("group", "g", properties={"fields": [inner[0]]}),
        field("contact_info", "c", properties={"fields": [inner[1]]}),
    )
    assert [(q.key, q.ref, q.row) for q in live.questions] == [
        ("i-first", "first", ""),
        ("i-mail", "mail", ""),
    ]


def test_a_matrix_row_is_named_by_its_matrix_with_choices_of_its_own():
    choices = [{"id": "c1", "ref": "r1", "label": "Yes"}]
    row = field("multiple_choice", "row", properties={"choices": choices})
    (question,) = read(field("matrix", "m", properties={"fields": [row]})).questions
    assert question.names == ("m/row", "i-m/row")
    assert question.title == "M / Row"
    assert question.choices == (LiveChoice("c1", "r1", "Yes"),)


def test_a_survey_names_its_questions_as_its_answers_do():
    details = recorded("details.json")
    live = surveymonkey_survey(details)
    named = {q.id: q for q in live.questions}
    kinds = {"choice", "choices", "date", "email", "file", "number", "phone"}
    for item in recorded("bulk.json")["data"]:
        body = surveymonkey.wrap_response(details, item)
        for answer in surveymonkey.parse(body).answers:
            name = f"{answer.question}/{answer.row}" if answer.row else answer.question
            if name.endswith("/other"):  # a comment beside a row is no question
                continue
            assert named[name].title == answer.title
            if answer.kind in kinds:
                assert named[name].kind == answer.kind
            if answer.scale:
                ends = (answer.scale.low, answer.scale.high)
                assert (named[name].low, named[name].high) == ends


def test_a_surveys_own_facts_and_its_odd_questions():
    live = surveymonkey_survey(recorded("details.json"))
    named = {q.id: q for q in live.questions}
    assert (live.language, live.modified) == ("da", "2026-08-01T09:00:00")
    assert live.hidden == ("round", "participation", "lang")
    assert named["1002/name"].required
    assert not named["1002/phone"].required
    assert "1002/address2" not in named  # not visible
    assert named["1103"].kind == "scale"
    assert (named["1103"].low, named["1103"].high) == (0, 10)
    assert named["1003"].choices[-1].label == "Other (please specify)"
    assert [c.label for c in named["1004"].choices][1] == "Care & health"


def test_what_was_deleted_in_the_editor_is_left_out():
    details = recorded("details.json")
    for page in details["pages"]:
        for question in page["questions"]:
            question["visible"] = False
    assert surveymonkey_survey(details).questions == ()


@pytest.mark.parametrize("reader", READERS.values())
@pytest.mark.parametrize("odd", [{}, {"fields": [None]}, {"pages": [{"questions": 1}]}])
def test_an_odd_form_has_no_questions(reader, odd):
    assert [q for q in reader(odd).questions if q.key] == []
