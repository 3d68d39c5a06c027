"""Each answer type, as the webhook and as the Responses API send it, side by side."""

# The tables read by their columns.
# ruff: noqa: E501

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from webhooks.submission import Answer, Choice, Scale
from webhooks.typeform import parse, wrap_response

OFFERED = [
    {"id": "c1", "ref": "ref-yes", "label": "Yes"},
    {"id": "c2", "ref": "ref-no", "label": "No"},
    {"id": "c3", "ref": "ref-maybe", "label": "Maybe"},
]
YES = Choice("c1", "ref-yes", "Yes")
NO = Choice("c2", "ref-no", "No")
MAYBE = Choice("c3", "ref-maybe", "Maybe")
SUBMITTED = "2026-08-20T10:03:44Z"


def field(kind: str, **properties: object) -> dict[str, object]:
    return {
        "id": "q1",
        "ref": "our-q1",
        "type": kind,
        "title": "A question",
        "properties": properties,
    }


def answered(kind: str, value: object, of: str) -> dict[str, object]:
    named = {"id": "q1", "ref": "our-q1", "type": of}
    return {"type": kind, kind: value, "field": named}


def hook(answers: object, *fields: dict[str, object]) -> bytes:
    response = {
        "form_id": "form1",
        "token": "t" * 32,
        "submitted_at": SUBMITTED,
        "answers": answers,
    }
    if fields:
        response["definition"] = {"id": "form1", "fields": list(fields)}
    body = {"event_id": "e1", "event_type": "form_response", "form_response": response}
    return json.dumps(body).encode()


def item(answers: object, *fields: dict[str, object]) -> bytes:
    response = {"token": "t" * 32, "submitted_at": SUBMITTED, "answers": answers}
    form = {"id": "form1", "fields": list(fields)} if fields else None
    return wrap_response("form1", response, form)


def offering(kind: str) -> tuple[dict[str, object], dict[str, object]]:
    """A question with choices, as the webhook and as GET /forms define it."""
    return {**field(kind), "choices": OFFERED}, field(kind, choices=OFFERED)


def only(body: bytes) -> tuple[Answer, tuple[str, ...]]:
    read = parse(body)
    assert len(read.answers) == 1
    return read.answers[0], read.notes


# what the question is · webhook's answer · Responses API's answer · the same content
PLAIN = [
    ("short_text", "text", "Søs 🌉", "Søs 🌉", "text", "Søs 🌉"),
    ("long_text", "text", "", "", "text", ""),
    ("email", "email", "s@mail.example", "s@mail.example", "email", "s@mail.example"),
    ("phone_number", "phone_number", "+4500000001", "+4500000001", "phone", "+4500000001"),
    ("website", "url", "https://a.example", "https://a.example", "url", "https://a.example"),
    ("calendly", "url", "https://c.example", "https://c.example", "url", "https://c.example"),
    ("file_upload", "file_url", "https://f.example", "https://f.example", "file", "https://f.example"),
    ("number", "number", 42, 42, "number", 42),
    ("number", "number", 2.5, 2.5, "number", 2.5),
    ("number", "number", -7, -7, "number", -7),
    ("yes_no", "boolean", True, True, "boolean", True),
    ("legal", "boolean", False, False, "boolean", False),
    ("date", "date", "2026-03-20", "2026-03-20T00:00:00Z", "date", "2026-03-20"),
    ("date", "date", "2024-02-29", "2024-02-29T00:00:00.000Z", "date", "2024-02-29"),
]  # fmt: skip


@pytest.mark.parametrize(("of", "type_", "sent", "listed", "kind", "value"), PLAIN)
def test_plain_answers_are_equal_in_both_shapes(of, type_, sent, listed, kind, value):
    from_hook, notes = only(hook([answered(type_, sent, of)], field(of)))
    from_list, more = only(item([answered(type_, listed, of)], field(of)))
    assert from_hook == from_list
    assert from_hook == Answer("q1", kind, value, ref="our-q1", title="A question")
    assert type(from_hook.value) is type(value)
    assert notes == more == ()


PARALLEL = {"ids": ["c3", "c1"], "refs": ["ref-maybe", "ref-yes"], "labels": ["Maybe", "Yes"]}  # fmt: skip
CHOSEN = [
    ("multiple_choice", ("choice", OFFERED[0]), ("choice", {"label": "Yes"}), "choice", (YES,), ""),
    ("multiple_choice", ("choice", {"id": "c2"}), ("choice", {"ref": "ref-no"}), "choice", (NO,), ""),
    ("multiple_choice", ("choice", {"other": "My own"}), ("choice", {"other": "My own"}), "choice", (), "My own"),
    ("multiple_choice", ("choice", {"id": "other", "other": "Own"}), ("choice", {"other": "Own"}), "choice", (), "Own"),
    ("multiple_choice", ("choice", {**OFFERED[0], "other": "so"}), ("choice", {"label": "Yes", "other": "so"}), "choice", (YES,), "so"),
    ("picture_choice", ("choice", OFFERED[1]), ("choice", {"label": "No"}), "choice", (NO,), ""),
    ("dropdown", ("choice", OFFERED[2]), ("text", "Maybe"), "choice", (MAYBE,), ""),
    ("dropdown", ("choice", {"label": "Barcelona"}), ("text", "Barcelona"), "choice", (Choice(label="Barcelona"),), ""),
    ("multiple_choice", ("choices", PARALLEL), ("choices", {"labels": ["Maybe", "Yes"]}), "choices", (MAYBE, YES), ""),
    ("multiple_choice", ("choices", {"ids": ["c1"], "other": "And"}), ("choices", {"labels": ["Yes"], "other": "And"}), "choices", (YES,), "And"),
    ("multiple_choice", ("choices", {"other": "Only"}), ("choices", {"labels": [], "other": "Only"}), "choices", (), "Only"),
    ("multiple_choice", ("choices", {"ids": [], "labels": []}), ("choices", {"labels": []}), "choices", (), ""),
    ("picture_choice", ("choices", {"refs": ["ref-no"]}), ("choices", {"labels": ["No"]}), "choices", (NO,), ""),
    ("ranking", ("choices", PARALLEL), ("choices", {"labels": ["Maybe", "Yes"]}), "ranking", (MAYBE, YES), ""),
    ("checkbox", ("choices", [OFFERED[1], OFFERED[0]]), ("choices", {"labels": ["No", "Yes"]}), "choices", (NO, YES), ""),
    ("checkbox", ("choices", [{"label": "Yes"}, {"other": "Own"}]), ("choices", {"labels": ["Yes"], "other": "Own"}), "choices", (YES,), "Own"),
    ("checkbox", ("choices", []), ("choices", {"labels": []}), "choices", (), ""),
]  # fmt: skip


@pytest.mark.parametrize(("of", "sent", "listed", "kind", "choices", "other"), CHOSEN)
def test_choices_are_equal_in_both_shapes(of, sent, listed, kind, choices, other):
    for_hook, for_list = offering(of)
    from_hook, notes = only(hook([answered(*sent, of)], for_hook))
    from_list, more = only(item([answered(*listed, of)], for_list))
    assert from_hook == from_list
    assert from_hook == Answer(
        "q1", kind, ref="our-q1", choices=choices, other=other, title="A question"
    )
    assert notes == more == ()


SCALES = [
    ("opinion_scale", {"steps": 10, "start_at_one": True}, 10, Scale(1, 10)),
    ("opinion_scale", {"steps": 11, "start_at_one": False}, 0, Scale(0, 10)),
    ("opinion_scale", {"steps": 5}, 4, Scale(0, 4)),
    ("opinion_scale", {}, 4, None),
    ("opinion_scale", {"steps": "10"}, 4, None),
    ("rating", {"steps": 5}, 5, Scale(1, 5)),
    ("rating", {}, 3, None),
    ("nps", {}, 0, Scale(0, 10)),
    ("nps", {"steps": 3}, 10, Scale(0, 10)),
]


@pytest.mark.parametrize(("of", "properties", "value", "scale"), SCALES)
def test_a_scale_has_the_ends_that_the_form_states(of, properties, value, scale):
    given = [answered("number", value, of)]
    for body in (
        hook(given, field(of, **properties)),
        item(given, field(of, **properties)),
    ):
        answer, notes = only(body)
        assert (answer.kind, answer.value, answer.scale) == ("scale", value, scale)
        assert notes == ()


def test_an_answer_outside_the_forms_scale_is_kept_without_one():
    asked = field("opinion_scale", steps=5, start_at_one=True)
    answer, notes = only(hook([answered("number", 0, "opinion_scale")], asked))
    assert (answer.kind, answer.value, answer.scale) == ("scale", 0, None)
    assert notes == ("Question 'our-q1': its answer lies outside the scale that the form states.",)  # fmt: skip


def test_without_a_definition_only_what_the_answer_holds_is_known():
    given = [answered("choice", {"label": "Yes"}, "dropdown")]
    assert only(hook(given))[0] == only(item(given))[0]
    answer, _ = only(item([answered("text", "Yes", "dropdown")]))
    assert answer == Answer(
        "q1", "choice", ref="our-q1", choices=(Choice(label="Yes"),)
    )
    answer, _ = only(item([answered("number", 3, "rating")]))
    assert (answer.kind, answer.scale, answer.title) == ("scale", None, "")


def test_a_label_that_two_choices_share_names_neither():
    twins = [{"id": "c1", "label": "Same"}, {"id": "c2", "label": "Same"}]
    asked = {**field("dropdown"), "choices": twins}
    answer, _ = only(hook([answered("text", "Same", "dropdown")], asked))
    assert answer.choices == (Choice(label="Same"),)


def test_an_id_counts_more_than_a_label_that_was_edited_later():
    picked = {"id": "c1", "label": "Yes, gladly"}
    asked, _ = offering("multiple_choice")
    answer, _ = only(hook([answered("choice", picked, "multiple_choice")], asked))
    assert answer.choices == (Choice("c1", "ref-yes", "Yes, gladly"),)


def test_an_id_counts_more_than_a_label_that_another_choice_has_now():
    asked, _ = offering("multiple_choice")
    for picked in ({"id": "c1", "label": "No"}, {"ref": "ref-yes", "label": "No"}):
        given = [answered("choice", picked, "multiple_choice")]
        answer, _ = only(hook(given, asked))
        assert answer.choices == (Choice("c1", "ref-yes", "No"),)


def test_lists_of_unequal_length_are_not_joined_by_position():
    asked, _ = offering("multiple_choice")
    given = {"ids": ["c2", "c3"], "labels": ["Yes"]}
    answer, notes = only(hook([answered("choices", given, "multiple_choice")], asked))
    assert answer.choices == (NO, MAYBE)
    assert "differ in length" in notes[0]


def matrix() -> dict[str, object]:
    def row(name: str) -> dict[str, object]:
        own = [{"id": f"{name}-y", "ref": f"{name}-yes", "label": "Yes"}]
        return {
            "id": name,
            "ref": f"our-{name}",
            "type": "multiple_choice",
            "title": name.title(),
            "properties": {"choices": own},
        }

    return field("matrix", fields=[row("calm"), row("clear")])


def test_matrix_rows_name_their_question_and_their_row():
    given = [
        {"type": "choice", "choice": {"label": "Yes"}, "field": {"id": "clear"}},
        {"type": "choice", "choice": {"id": "calm-y"}, "field": {"ref": "our-calm"}},
    ]
    expected = tuple(
        Answer(
            "q1",
            "choice",
            ref="our-q1",
            row=f"our-{name}",
            choices=(Choice(f"{name}-y", f"{name}-yes", "Yes"),),
            title=f"A question / {name.title()}",
        )
        for name in ("clear", "calm")
    )
    assert parse(hook(given, matrix())).answers == expected
    assert parse(item(given, matrix())).answers == expected


def test_a_matrix_row_whose_matrix_is_not_told_is_a_question_of_its_own():
    row = matrix()["properties"]["fields"][1]
    named = {"id": "clear", "ref": "our-clear"}
    given = [{"type": "choice", "choice": {"id": "clear-y"}, "field": named}]
    for body in (hook(given, row), hook(given)):
        answer, _ = only(body)
        assert (answer.question, answer.ref, answer.row) == ("clear", "our-clear", "")


def test_a_matrix_row_without_a_ref_is_named_by_its_id():
    asked = matrix()
    del asked["properties"]["fields"][0]["ref"]
    given = [{"type": "choice", "choice": {"label": "Yes"}, "field": {"id": "calm"}}]
    assert only(hook(given, asked))[0].row == "calm"


def test_a_contact_block_and_a_group_are_flat_in_both_shapes():
    inner = {**field("email"), "id": "mail", "ref": "our-mail"}
    block = {**field("contact_info", fields=[inner]), "id": "block", "ref": "block"}
    group = {**field("group", fields=[block]), "id": "group", "ref": "group"}
    given = [{"type": "email", "email": "a@b.example", "field": {"id": "mail"}}]
    flat, _ = only(hook(given, inner))
    assert flat == only(item(given, group))[0]
    assert (flat.question, flat.ref, flat.row) == ("mail", "our-mail", "")


def test_a_ref_or_an_id_alone_finds_the_question():
    whole = only(hook([answered("text", "x", "short_text")], field("short_text")))[0]
    for named in ({"id": "q1"}, {"ref": "our-q1"}):
        given = [{"type": "text", "text": "x", "field": named}]
        assert only(hook(given, field("short_text")))[0] == whole


def test_answers_are_told_by_their_field_never_by_position():
    fields = [{**field("short_text"), "id": f"q{n}", "ref": f"r{n}"} for n in range(4)]
    given = [
        {"type": "text", "text": name, "field": {"id": name, "ref": ref}}
        for name, ref in (("q3", "r3"), ("q1", "r1"))
    ]
    read = parse(hook(given, *fields)).answers
    assert [(a.question, a.ref, a.value) for a in read] == [
        ("q3", "r3", "q3"),
        ("q1", "r1", "q1"),
    ]


def test_a_payment_keeps_neither_card_nor_holder():
    paid = {"amount": "100.00", "last4": "4242", "name": "Anna", "success": True}
    answer, _ = only(hook([answered("payment", paid, "payment")]))
    assert (answer.kind, answer.value) == ("payment", None)
    assert json.loads(answer.raw) == {"amount": "100.00", "success": True}


def test_a_signature_and_a_spoken_answer():
    drawn = {"url": "https://s.example/1.png", "type": "drawn"}
    answer, _ = only(hook([answered("signature", drawn, "signature")]))
    assert (answer.kind, answer.value) == ("signature", "https://s.example/1.png")
    spoken = {"video_id": "v1", "transcript": "As I said"}
    answer, notes = only(hook([answered("multi_format", spoken, "multi_format")]))
    assert (answer.kind, answer.value, json.loads(answer.raw), notes) == (
        "text",
        "As I said",
        spoken,
        (),
    )
    silent, notes = only(hook([answered("multi_format", {"video_id": "v1"}, "x")]))
    assert silent.kind == "unknown"
    assert json.loads(silent.raw)["multi_format"] == {"video_id": "v1"}
    assert len(notes) == 1


def test_an_unknown_type_is_kept_with_a_note_that_holds_no_value():
    given = answered("hologram", {"depth": "secret"}, "hologram")
    answer, notes = only(hook([given], field("hologram")))
    assert replace(answer, raw="") == Answer(
        "q1", "unknown", ref="our-q1", title="A question"
    )
    assert json.loads(answer.raw) == given
    assert notes == (
        "Question 'our-q1': answer type 'hologram' is not known, kept as it is.",
    )


MISFITS = [
    ("text", 7),
    ("text", None),
    ("email", ["a"]),
    ("number", "42"),
    ("number", True),
    ("boolean", "true"),
    ("boolean", 1),
    ("date", "20/03/2026"),
    ("date", "2026-02-30"),
    ("date", "2026-03-20T23:30:00Z"),
    ("date", "２０２６-03-20"),
    ("choice", "Yes"),
    ("choice", {}),
    ("choice", []),
    ("choices", "Yes"),
    ("choices", {}),
    ("choices", [{}]),
    ("choices", [{"label": "Yes", "other": "so"}, 7]),
    ("payment", "100"),
    ("signature", {"url": 1}),
    ("signature", "url"),
    ("multi_format", "text"),
    ("type", "type"),
    ("", "x"),
]


@pytest.mark.parametrize(("kind", "value"), MISFITS)
def test_a_value_that_is_not_of_its_type_is_kept_as_unknown(kind, value):
    given = answered(kind, value, "short_text")
    answer, notes = only(hook([given]))
    assert (answer.kind, answer.value, answer.choices) == ("unknown", None, ())
    assert json.loads(answer.raw) == given
    assert len(notes) == 1


@pytest.mark.parametrize("odd", [None, 7, "text", [], {}, {"field": 7, "type": []}])
def test_what_is_no_answer_at_all_is_kept_as_unknown(odd):
    answer, notes = only(hook([odd]))
    assert (answer.question, answer.kind) == ("", "unknown")
    assert json.loads(answer.raw) == odd
    assert notes[0].startswith("Question without id: ")


def test_a_number_that_no_database_holds_becomes_a_float():
    answer, _ = only(hook([answered("number", 2**64 - 1, "number")]))
    assert type(answer.value) is float
