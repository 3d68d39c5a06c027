"""One question asked with both tools: the answers are equal, the webhook's as well as
the list's, so nothing behind the parsers can tell which tool it was."""

# The tables read by their columns.
# ruff: noqa: E501

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from mappings.conversion import Context, Question
from mappings.converters import scale, yes_no
from tests.webhooks.surveymonkey_world import Json, asked, offered, rated, read
from webhooks import typeform
from webhooks.submission import Answer

PICKS = {"c1": "Yes", "c2": "No", "c3": "Maybe"}
LISTED = [{"id": key, "label": label} for key, label in PICKS.items()]
OTHER = {"id": "o1", "text": "Other", "is_answer_choice": True}
OFFER = {"choices": offered(**PICKS), "other": OTHER}
ALONE = offered(r1="")
NPS = rated({f"c{n}": (str(n), 0) for n in range(11)})
FIVE = rated({f"c{n}": ("", n) for n in range(1, 6)})
ITEMS = {"rows": offered(r1="Calm", r2="Clear"), "choices": offered(**PICKS)}


def field(kind: str, **more: Any) -> Json:
    return {"id": "q1", "type": kind, "title": "A question", **more}


def by_hook(fields: Json, answers: list[Json]) -> tuple[Answer, ...]:
    body = {
        "event_id": "e1",
        "event_type": "form_response",
        "form_response": {
            "form_id": "f1",
            "token": "t1",
            "submitted_at": "2026-08-20T10:03:44Z",
            "definition": {"id": "f1", "fields": [fields]},
            "answers": answers,
        },
    }
    return typeform.parse(json.dumps(body).encode()).answers


def by_list(fields: Json, answers: list[Json]) -> tuple[Answer, ...]:
    item = {"token": "t1", "submitted_at": "2026-08-20T10:03:44Z", "answers": answers}
    form = {"id": "f1", "fields": [fields]}
    return typeform.parse(typeform.wrap_response("f1", item, form)).answers


def said(kind: str, value: object, of: str) -> Json:
    return {"type": kind, kind: value, "field": {"id": "q1", "type": of}}


def monkey(family: str, subtype: str = "", **more: Any) -> Json:
    return asked(family, subtype, **more)


# name · Typeform's field, its webhook's answer, its list's · SurveyMonkey's question, its entries
SAME = [
    ("single", field("multiple_choice", choices=LISTED), ("choice", {"id": "c1", "label": "Yes"}), ("choice", {"label": "Yes"}),
     monkey("single_choice", "vertical", answers=OFFER), [{"choice_id": "c1"}]),
    ("dropdown", field("dropdown", choices=LISTED), ("choice", {"id": "c3", "label": "Maybe"}), ("text", "Maybe"),
     monkey("single_choice", "menu", answers=OFFER), [{"choice_id": "c3"}]),
    ("single, own text", field("multiple_choice", choices=LISTED), ("choice", {"other": "Sometimes"}), ("choice", {"other": "Sometimes"}),
     monkey("single_choice", "horiz", answers=OFFER), [{"other_id": "o1", "text": "Sometimes"}]),
    ("multiple", field("multiple_choice", choices=LISTED), ("choices", {"ids": ["c1", "c3"], "labels": ["Yes", "Maybe"]}), ("choices", {"labels": ["Yes", "Maybe"]}),
     monkey("multiple_choice", "vertical", answers=OFFER), [{"choice_id": "c3"}, {"choice_id": "c1"}]),
    ("multiple, own text", field("multiple_choice", choices=LISTED), ("choices", {"ids": ["c2"], "labels": ["No"], "other": "So"}), ("choices", {"labels": ["No"], "other": "So"}),
     monkey("multiple_choice", "vertical", answers=OFFER), [{"other_id": "o1", "text": "So"}, {"choice_id": "c2"}]),
    ("ranking", field("ranking", choices=LISTED), ("choices", {"ids": ["c2", "c1", "c3"], "labels": ["No", "Yes", "Maybe"]}), ("choices", {"labels": ["No", "Yes", "Maybe"]}),
     monkey("matrix", "ranking", answers={"rows": offered(**PICKS), "choices": offered(k1="1", k2="2", k3="3")}),
     [{"row_id": "c1", "choice_id": "k2"}, {"row_id": "c2", "choice_id": "k1"}, {"row_id": "c3", "choice_id": "k3"}]),
    ("short text", field("short_text"), ("text", "Søs 🌉"), ("text", "Søs 🌉"), monkey("open_ended", "single"), [{"text": "Søs 🌉"}]),
    ("long text", field("long_text"), ("text", "a\nb"), ("text", "a\nb"), monkey("open_ended", "essay"), [{"text": "a\nb"}]),
    ("e-mail", field("email"), ("email", "s@mail.example"), ("email", "s@mail.example"), monkey("open_ended", "single", validation={"type": "email"}), [{"text": "s@mail.example"}]),
    ("whole number", field("number"), ("number", 42), ("number", 42), monkey("open_ended", "single", validation={"type": "integer"}), [{"text": "42"}]),
    ("slider", field("number"), ("number", 80), ("number", 80), monkey("open_ended", "single", display_options={"display_type": "slider"}), [{"text": "80"}]),
    ("decimal", field("number"), ("number", 2.5), ("number", 2.5), monkey("open_ended", "single", validation={"type": "decimal"}), [{"text": "2.5"}]),
    ("date", field("date"), ("date", "2026-03-20"), ("date", "2026-03-20T00:00:00Z"), monkey("datetime", "date_only", answers={"rows": offered(r1="Date")}), [{"row_id": "r1", "text": "03/20/2026"}]),
    ("recommendation", field("nps"), ("number", 9), ("number", 9), monkey("matrix", "rating", answers={"rows": ALONE, "choices": NPS}), [{"row_id": "r1", "choice_id": "c9"}]),
    ("stars", field("rating", properties={"steps": 5}), ("number", 4), ("number", 4), monkey("matrix", "rating", answers={"rows": ALONE, "choices": FIVE}), [{"row_id": "r1", "choice_id": "c4"}]),
    ("scale from 1", field("opinion_scale", properties={"steps": 5, "start_at_one": True}), ("number", 2), ("number", 2), monkey("matrix", "rating", answers={"rows": ALONE, "choices": FIVE}), [{"row_id": "r1", "choice_id": "c2"}]),
    ("file", field("file_upload"), ("file_url", "https://f.example/1"), ("file_url", "https://f.example/1"), monkey("open_ended", "single", display_options={"display_type": "file_upload"}), [{"download_url": "https://f.example/1"}]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "sent", "listed", "question", "entries"),
    [case[1:] for case in SAME],
    ids=[case[0] for case in SAME],
)
def test_the_same_question_gives_equal_answers(fields, sent, listed, question, entries):
    of = fields["type"]
    ours = read(question, entries)
    assert len(ours) == 1
    # GET /forms names the choices in another place than the webhook.
    choices = fields.get("choices")
    form = {**fields, "properties": {"choices": choices}} if choices else fields
    assert ours == by_hook(fields, [said(*sent, of)])
    assert ours == by_list(form, [said(*listed, of)])


def test_the_rows_of_a_matrix_are_equal():
    rows = [
        field("multiple_choice", id=key, title=title, choices=LISTED)
        for key, title in (("r1", "Calm"), ("r2", "Clear"))
    ]
    matrix = field("matrix", properties={"fields": rows})
    given = [
        {"type": "choice", "choice": {"id": "c2"}, "field": {"id": "r1"}},
        {"type": "choice", "choice": {"label": "Maybe"}, "field": {"id": "r2"}},
    ]
    entries = [{"row_id": "r2", "choice_id": "c3"}, {"row_id": "r1", "choice_id": "c2"}]
    ours = read(monkey("matrix", "single", answers=ITEMS), entries)
    assert ours == by_hook(matrix, given) == by_list(matrix, given)
    assert [answer.row for answer in ours] == ["r1", "r2"]


def test_an_address_in_a_contact_block_differs_by_its_row_alone():
    rows = [{"id": "5", "type": "email", "text": ""}, {"id": "6", "type": "phone"}]
    block = monkey("demographic", "international", answers={"rows": rows})
    (ours,) = read(block, [{"row_id": "5", "text": "s@mail.example"}])
    theirs = by_hook(field("email"), [said("email", "s@mail.example", "email")])
    assert ours.row == "email"
    assert (replace(ours, row=""),) == theirs


@pytest.mark.parametrize(("key", "says"), [("c1", True), ("c2", False)])
def test_yes_and_no_say_the_same_though_one_tool_asks_by_choices(key, says):
    """SurveyMonkey has no yes/no question: two choices, which the converter reads."""
    (ours,) = read(monkey("single_choice", answers=OFFER), [{"choice_id": key}])
    (theirs,) = by_hook(field("yes_no"), [said("boolean", says, "yes_no")])
    context = Context("DK", Question("q", {}, "yes_no"), "da")
    assert yes_no.function(ours, context) is yes_no.function(theirs, context) is says


def test_a_point_is_the_same_point_of_the_questions_scale():
    (ours,) = read(monkey("matrix", "rating", answers={"rows": ALONE, "choices": FIVE}), [{"choice_id": "c3"}])  # fmt: skip
    from_zero = field("opinion_scale", properties={"steps": 5})
    (theirs,) = by_hook(from_zero, [said("number", 2, "opinion_scale")])
    context = Context("DK", Question("q", {}, "scale", low=1, high=5), "da")
    assert scale.function(ours, context) == scale.function(theirs, context) == 3
