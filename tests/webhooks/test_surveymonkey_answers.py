"""Every question family of SurveyMonkey, as it is asked and as it is answered."""

# The tables read by their columns.
# ruff: noqa: E501

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tests.webhooks.surveymonkey_world import Json, asked, offered, rated, read, stored
from webhooks.submission import Answer, Choice, Scale
from webhooks.surveymonkey import parse

YES, NO = Choice("c1", label="Yes"), Choice("c2", label="No")
CHOICES = offered(c1="Yes", c2="No")
ROWS = offered(r1="Calm", r2="Clear")
OTHER = {"id": "o1", "text": "Other (please specify)", "is_answer_choice": True}
COMMENT = {**OTHER, "is_answer_choice": False}
PER_ROW = {**COMMENT, "apply_all_rows": True}
FIVE = rated({f"c{n}": (str(n), n) for n in range(1, 6)} | {"na": ("N/A", None)})
WORDS = rated({"c1": ("Agree", 1), "c2": ("Disagree", 2), "na": ("N/A", None)})
STARS = rated({f"c{n}": ("", n) for n in range(1, 6)})
NAMED_STARS = rated(
    {f"c{n}": (word, n) for n, word in enumerate(["Bad", "Fair", "Good"], 1)}
)
NPS = rated({f"c{n}": (str(n), (-100, 0, 100)[(n > 6) + (n > 8)]) for n in range(11)})
NPS_WORDS = [
    {
        **c,
        "text": {"0": "0 - Not at all likely", "10": "10 - Extremely likely"}.get(
            c["text"], c["text"]
        ),
    }
    for c in NPS
]
RANKS = [*offered(k2="2", k1="1", k3="3"), {"id": "na", "text": "N/A", "is_na": True}]
CONTACT = [
    {"id": f"r{place}", "text": text, "type": kind}
    for place, (kind, text) in enumerate(
        [
            ("name", "Navn"),
            ("company", "Virksomhed"),
            ("address", "Adresse"),
            ("address2", "Adresse 2"),
            ("city", "By"),
            ("state", "Region"),
            ("zip", "Postnr."),
            ("country", "Land"),
            ("email", "E-mail"),
            ("phone", "Telefon"),
        ]
    )
]
COLS = [
    {"id": "k1", "text": "How", "choices": offered(c1="Well", c2="Badly")},
    {"id": "k2", "text": "Often", "choices": offered(c3="Daily", c4="Never")},
]
SINGLE = {"choices": CHOICES}
TOLD = asked("single_choice", answers={**SINGLE, "other": OTHER})
COMMENTED = asked("single_choice", answers={**SINGLE, "other": COMMENT})
SEVERAL = asked("multiple_choice", "vertical", answers={**SINGLE, "other": OTHER})


def said(
    kind: Any, value: Any = None, row: str = "", title: str = "", **more: Any
) -> Answer:
    title = f"A question / {title}" if title else "A question"
    return Answer("q1", kind, value, row=row, title=title, **more)


def matrix(
    subtype: str, choices: list[Json], rows: list[Json] = ROWS, **more: Any
) -> Json:
    return asked("matrix", subtype, answers={"rows": rows, "choices": choices, **more})


def timed(subtype: str, **more: Any) -> Json:
    return asked(
        "datetime", subtype, answers={"rows": offered(r1="Date / Time")}, **more
    )


def lone(text: str = "") -> list[Json]:
    return offered(r1=text)


# name · how it is asked · the entries of the response · the answers
FAMILIES: list[tuple[str, Json, list[Json], list[Answer]]] = [
    *((f"single {look}", asked("single_choice", look, answers=SINGLE), [{"choice_id": "c1"}], [said("choice", choices=(YES,))])
      for look in ("vertical", "vertical_two_col", "vertical_three_col", "horiz", "menu")),
    ("single, other instead", TOLD, [{"other_id": "o1", "text": "Maybe"}], [said("choice", other="Maybe")]),
    ("single, other without text", TOLD, [{"other_id": "o1", "text": ""}], [said("choice", choices=(Choice("o1", label="Other (please specify)"),))]),
    ("single, comment beside", COMMENTED, [{"other_id": "o1", "text": "mostly"}, {"choice_id": "c2"}], [said("choice", choices=(NO,), other="mostly")]),
    ("single, comment alone", COMMENTED, [{"other_id": "o1", "text": "pass"}], [said("text", "pass", row="other")]),
    ("single, blank comment", COMMENTED, [{"other_id": "o1", "text": ""}], []),
    ("single, N/A", asked("single_choice", answers={"choices": [*CHOICES, {"id": "na", "text": "N/A", "is_na": True}]}), [{"choice_id": "na"}], []),
    ("multiple", SEVERAL, [{"choice_id": "c1"}, {"choice_id": "c2"}], [said("choices", choices=(YES, NO))]),
    ("multiple, out of order", SEVERAL, [{"other_id": "o1", "text": "So"}, {"choice_id": "c2"}, {"choice_id": "c1"}], [said("choices", choices=(YES, NO), other="So")]),
    ("multiple, only other", SEVERAL, [{"other_id": "o1", "text": "So"}], [said("choices", other="So")]),
    ("open single", asked("open_ended", "single"), [{"text": "Søs 🌉", "tag_data": []}], [said("text", "Søs 🌉")]),
    ("open essay", asked("open_ended", "essay"), [{"text": "One\nTwo"}], [said("text", "One\nTwo")]),
    ("open, blank", asked("open_ended", "essay"), [{"text": "  "}], []),
    ("open, digits unchecked", asked("open_ended", "single"), [{"text": "42"}], [said("text", "42")]),
    ("open, whole number", asked("open_ended", "single", validation={"type": "integer"}), [{"text": "42"}], [said("number", 42)]),
    ("open, decimal", asked("open_ended", "single", validation={"type": "decimal"}), [{"text": "-2.5"}], [said("number", -2.5)]),
    ("open, no number at all", asked("open_ended", "single", validation={"type": "integer"}), [{"text": "a few"}], [said("text", "a few")]),
    ("open, e-mail", asked("open_ended", "single", validation={"type": "email"}), [{"text": "s@mail.example"}], [said("email", "s@mail.example")]),
    ("open, slider", asked("open_ended", "single", display_options={"display_type": "slider"}), [{"text": "80"}], [said("number", 80)]),
    ("open, file", asked("open_ended", "single", display_options={"display_type": "file_upload"}), [{"download_url": "https://f.example/1", "content_type": "image/png", "text": "a.png"}], [said("file", "https://f.example/1")]),
    ("open, file without text", asked("open_ended", "single"), [{"download_url": "https://f.example/1"}], [said("file", "https://f.example/1")]),
    ("open multi", asked("open_ended", "multi", answers={"rows": ROWS}), [{"row_id": "r2", "text": "b"}, {"row_id": "r1", "text": "a"}], [said("text", "a", "r1", "Calm"), said("text", "b", "r2", "Clear")]),
    ("open multi, first row blank", asked("open_ended", "multi", answers={"rows": ROWS}), [{"row_id": "r2", "text": "b"}], [said("text", "b", "r2", "Clear")]),
    ("open numerical", asked("open_ended", "numerical", answers={"rows": ROWS}), [{"row_id": "r2", "text": "3"}, {"row_id": "r1", "text": "1.5"}], [said("number", 1.5, "r1", "Calm"), said("number", 3, "r2", "Clear")]),
    *((f"contact {look}", asked("demographic", look, answers={"rows": CONTACT}),
       [{"row_id": "r9", "text": "+45 00 00 00 01"}, {"row_id": "r8", "text": "s@mail.example"}, *({"row_id": f"r{n}", "text": f"t{n}"} for n in (7, 6, 5, 4, 3, 2, 1, 0))],
       [said("text", "t0", "name", "Navn"), said("text", "t1", "company", "Virksomhed"), said("text", "t2", "address", "Adresse"), said("text", "t3", "address2", "Adresse 2"), said("text", "t4", "city", "By"), said("text", "t5", "state", "Region"), said("text", "t6", "zip", "Postnr."), said("text", "t7", "country", "Land"), said("email", "s@mail.example", "email", "E-mail"), said("phone", "+45 00 00 00 01", "phone", "Telefon")])
      for look in ("us", "international")),
    ("contact, one row", asked("demographic", "us", answers={"rows": [CONTACT[8]]}), [{"row_id": "r8", "text": "s@mail.example"}], [said("email", "s@mail.example", "email", "E-mail")]),
    ("contact, blank", asked("demographic", "us", answers={"rows": CONTACT}), [{"row_id": "r8", "text": ""}], []),
    ("day", timed("date_only"), [{"row_id": "r1", "text": "01/30/1988"}], [said("date", "1988-01-30")]),
    ("day, asked day first", timed("date_only", validation={"type": "date_intl"}), [{"row_id": "r1", "text": "03/04/2026"}], [said("date", "2026-03-04")]),
    ("time", timed("time_only"), [{"row_id": "r1", "text": "01:15 PM"}], [said("text", "01:15 PM")]),
    ("day and time", timed("both"), [{"row_id": "r1", "text": "01/30/2000 01:01 PM"}], [said("date", "2000-01-30", other="01:01 PM")]),
    ("day and time, only the time", timed("both"), [{"row_id": "r1", "text": "01:01 PM"}], [said("text", "01:01 PM")]),
    ("two days", asked("datetime", "date_only", answers={"rows": ROWS}), [{"row_id": "r2", "text": "02/29/2024"}], [said("date", "2024-02-29", "r2", "Clear")]),
    ("matrix single", matrix("single", CHOICES), [{"row_id": "r2", "choice_id": "c1"}, {"row_id": "r1", "choice_id": "c2"}], [said("choice", row="r1", title="Calm", choices=(NO,)), said("choice", row="r2", title="Clear", choices=(YES,))]),
    ("matrix single, the same in both", matrix("single", CHOICES), [{"row_id": "r2", "choice_id": "c2"}, {"row_id": "r1", "choice_id": "c2"}], [said("choice", row="r1", title="Calm", choices=(NO,)), said("choice", row="r2", title="Clear", choices=(NO,))]),
    ("matrix rating", matrix("rating", FIVE), [{"row_id": "r2", "choice_id": "c5"}, {"row_id": "r1", "choice_id": "c2", "choice_metadata": {"weight": "2"}}], [said("scale", 2, "r1", "Calm", scale=Scale(1, 5)), said("scale", 5, "r2", "Clear", scale=Scale(1, 5))]),
    ("matrix rating, N/A", matrix("rating", FIVE), [{"row_id": "r1", "choice_id": "na"}, {"row_id": "r2", "choice_id": "c1"}], [said("scale", 1, "r2", "Clear", scale=Scale(1, 5))]),
    ("matrix rating by words", matrix("rating", WORDS), [{"row_id": "r1", "choice_id": "c2"}, {"row_id": "r2", "choice_id": "na"}], [said("choice", row="r1", title="Calm", choices=(Choice("c2", label="Disagree"),))]),
    ("matrix, comment of the whole", matrix("rating", FIVE, other=COMMENT), [{"other_id": "o1", "text": "fine"}, {"row_id": "r1", "choice_id": "c4"}], [said("scale", 4, "r1", "Calm", scale=Scale(1, 5)), said("text", "fine", row="other")]),
    ("matrix, own text for the whole", matrix("single", CHOICES, other=OTHER), [{"other_id": "o1", "text": "fine"}], [said("text", "fine", row="other")]),
    ("matrix, comments in rows", matrix("rating", FIVE, other=PER_ROW), [{"row_id": "r2", "other_id": "o1", "text": "only this"}, {"row_id": "r1", "other_id": "o1", "text": "so"}, {"row_id": "r1", "choice_id": "c4"}], [said("scale", 4, "r1", "Calm", scale=Scale(1, 5), other="so"), said("text", "only this", "r2/other", "Clear")]),
    ("matrix, own text in a row", matrix("single", CHOICES, other={**PER_ROW, "is_answer_choice": True}), [{"row_id": "r2", "other_id": "o1", "text": "neither"}], [said("choice", row="r2", title="Clear", other="neither")]),
    ("matrix, N/A with a comment", matrix("rating", FIVE, other=PER_ROW), [{"row_id": "r2", "other_id": "o1", "text": "not yet"}, {"row_id": "r2", "choice_id": "na"}], [said("text", "not yet", "r2/other", "Clear")]),
    ("matrix multi", matrix("multi", CHOICES), [{"row_id": "r2", "choice_id": "c2"}, {"row_id": "r1", "choice_id": "c2"}, {"row_id": "r2", "choice_id": "c1"}], [said("choices", row="r1", title="Calm", choices=(NO,)), said("choices", row="r2", title="Clear", choices=(YES, NO))]),
    ("matrix menu", asked("matrix", "menu", answers={"rows": ROWS, "cols": COLS}), [{"row_id": "r2", "col_id": "k1", "choice_id": "c1"}, {"row_id": "r1", "col_id": "k2", "choice_id": "c4"}, {"row_id": "r1", "col_id": "k1", "choice_id": "c2"}], [said("choice", row="r1/k1", title="Calm, How", choices=(Choice("c2", label="Badly"),)), said("choice", row="r1/k2", title="Calm, Often", choices=(Choice("c4", label="Never"),)), said("choice", row="r2/k1", title="Clear, How", choices=(Choice("c1", label="Well"),))]),
    ("matrix menu, one row, comment", asked("matrix", "menu", answers={"rows": lone("Calm"), "cols": COLS, "other": COMMENT}), [{"other_id": "o1", "text": "so"}, {"row_id": "r1", "col_id": "k2", "choice_id": "c3"}], [said("choice", row="r1/k2", title="Calm, Often", choices=(Choice("c3", label="Daily"),)), said("text", "so", row="other")]),
    ("ranking", matrix("ranking", RANKS, offered(r1="A", r2="B", r3="C")), [{"row_id": "r1", "choice_id": "k2"}, {"row_id": "r2", "choice_id": "k3"}, {"row_id": "r3", "choice_id": "k1"}], [said("ranking", choices=(Choice("r3", label="C"), Choice("r1", label="A"), Choice("r2", label="B")))]),
    ("ranking, N/A", matrix("ranking", RANKS, offered(r1="A", r2="B", r3="C")), [{"row_id": "r1", "choice_id": "na"}, {"row_id": "r2", "choice_id": "k2"}, {"row_id": "r3", "choice_id": "k1"}], [said("ranking", choices=(Choice("r3", label="C"), Choice("r2", label="B")))]),
    ("ranking, only N/A", matrix("ranking", RANKS), [{"row_id": "r1", "choice_id": "na"}], []),
    ("ranking, comment", matrix("ranking", RANKS, other=COMMENT), [{"other_id": "o1", "text": "hard"}, {"row_id": "r1", "choice_id": "k1"}], [said("ranking", choices=(Choice("r1", label="Calm"),), other="hard")]),
    ("recommendation", matrix("rating", NPS, lone()), [{"row_id": "r1", "choice_id": "c9"}], [said("scale", 9, scale=Scale(0, 10))]),
    ("recommendation, words at the ends", matrix("rating", NPS_WORDS, lone()), [{"row_id": "r1", "choice_id": "c0"}], [said("scale", 0, scale=Scale(0, 10))]),
    ("recommendation, comment", matrix("rating", NPS, lone(), other=COMMENT), [{"other_id": "o1", "text": "so"}, {"row_id": "r1", "choice_id": "c10"}], [said("scale", 10, scale=Scale(0, 10), other="so")]),
    ("stars", matrix("rating", STARS, lone(), other=COMMENT), [{"row_id": "r1", "choice_id": "c4"}], [said("scale", 4, scale=Scale(1, 5))]),
    ("smileys with words", {**matrix("rating", NAMED_STARS, lone()), "display_options": {"display_type": "emoji", "display_subtype": "smiley"}}, [{"row_id": "r1", "choice_id": "c3"}], [said("scale", 3, scale=Scale(1, 3))]),
    ("presentation", asked("presentation", "descriptive_text"), [], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "entries", "answers"),
    [f[1:] for f in FAMILIES],
    ids=[f[0] for f in FAMILIES],
)
def test_each_family_is_read(question, entries, answers):
    assert read(question, entries) == tuple(answers)
    for answer, wanted in zip(read(question, entries), answers, strict=True):
        assert type(answer.value) is type(wanted.value)


@pytest.mark.parametrize(
    ("question", "entries"), [f[1:3] for f in FAMILIES], ids=[f[0] for f in FAMILIES]
)
def test_the_order_of_the_entries_tells_nothing(question, entries):
    orders = itertools.islice(itertools.permutations(entries), 24)
    assert len({read(question, order) for order in orders}) == 1


def test_the_order_of_rows_and_choices_in_the_design_joins_nothing():
    entries = [{"row_id": "r2", "choice_id": "c1"}, {"row_id": "r1", "choice_id": "c5"}]
    turned = matrix("rating", FIVE[::-1], ROWS[::-1])
    assert {*read(turned, entries)} == {*read(matrix("rating", FIVE), entries)}


DELETED = [
    ("choice", TOLD, {"choice_id": "c8"}, said("choice", choices=(Choice("c8"),)), "the choice picked"),
    ("row", matrix("single", CHOICES), {"row_id": "r8", "choice_id": "c1"}, said("choice", row="r8", choices=(YES,)), "this row"),
    ("contact row", asked("demographic", answers={"rows": CONTACT}), {"row_id": "r88", "text": "t"}, said("text", "t", "r88"), "this row"),
    ("column", asked("matrix", "menu", answers={"rows": ROWS, "cols": COLS}), {"row_id": "r1", "col_id": "k8", "choice_id": "c8"}, said("choice", row="r1/k8", title="Calm", choices=(Choice("c8"),)), "this column"),
    ("rating", matrix("rating", FIVE), {"row_id": "r1", "choice_id": "c8"}, said("choice", row="r1", title="Calm", choices=(Choice("c8"),)), "the choice picked"),
    ("rank", matrix("ranking", RANKS), {"row_id": "r1", "choice_id": "c8"}, said("ranking", choices=(Choice("r1", label="Calm"),)), "the choice picked"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "entry", "answer", "lost"),
    [d[1:] for d in DELETED],
    ids=[d[0] for d in DELETED],
)
def test_what_the_survey_no_longer_has_keeps_its_id_and_is_noted(
    question, entry, answer, lost
):
    submission = parse(stored(question, [entry]))
    assert submission.answers == (answer,)
    assert f"the survey no longer has {lost}" in " ".join(submission.notes)
    assert all(note.startswith("Question 'q1") for note in submission.notes)


def test_a_deleted_question_is_kept_as_it_is():
    submission = parse(stored({**TOLD, "id": "elsewhere"}, [{"choice_id": "c1"}]))
    assert submission.answers == (Answer("q1", "unknown", raw='[{"choice_id":"c1"}]'),)
    assert submission.notes == (
        "Question 'q1': the survey no longer has it, kept as it is.",
    )


def test_what_was_hidden_in_the_editor_is_still_read():
    gone = {"visible": False}
    question = matrix("rating", FIVE, [*ROWS, {"id": "r3", "text": "Old", **gone}])
    assert read({**question, **gone}, [{"row_id": "r3", "choice_id": "c2"}]) == (
        said("scale", 2, "r3", "Old", scale=Scale(1, 5)),
    )


def test_of_two_rows_one_hidden_the_other_is_the_question_itself():
    rows = [ROWS[0], {**ROWS[1], "visible": False}]
    entry = {"row_id": "r1", "choice_id": "c2"}
    assert read(matrix("rating", FIVE, rows), [entry])[0].row == ""
    assert read(matrix("rating", FIVE), [entry])[0].row == "r1"


def test_a_deleted_point_does_not_stretch_the_scale():
    six = [*FIVE, {"id": "c6", "text": "6", "weight": 6, "visible": False}]
    entries = [{"row_id": "r1", "choice_id": "c5"}, {"row_id": "r2", "choice_id": "c6"}]
    first, second = read(matrix("rating", six), entries)
    assert first.scale == Scale(1, 5)
    assert (second.kind, second.choices) == ("choice", (Choice("c6", label="6"),))


UNREADABLE = [
    (asked("click_map"), {"x": 1}), (asked("single_choice", answers=SINGLE), {"text": "c1"}),
    (asked("open_ended"), {"choice_id": "c1"}), (asked("open_ended"), {"text": None}),
    (matrix("rating", FIVE), {"row_id": "r1"}), (TOLD, 7), (TOLD, None), (TOLD, {}),
    (timed("date_only"), {"row_id": "r1", "text": "30/01/1988"}),
    (timed("date_only"), {"row_id": "r1", "text": "02/30/2026"}),
    (timed("both"), {"row_id": "r1", "text": "soon"}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "entry"), UNREADABLE)
def test_what_does_not_fit_is_kept_and_noted(question, entry):
    submission = parse(stored(question, [entry]))
    (answer,) = submission.answers
    assert (answer.question, answer.kind, answer.value) == ("q1", "unknown", None)
    assert answer.raw
    assert submission.notes == (
        "Question 'q1': an answer could not be read, kept as it is.",
    )


def test_one_odd_entry_does_not_spoil_its_neighbours():
    submission = parse(stored(SEVERAL, [{"choice_id": "c1"}, 7, {"choice_id": "c2"}]))
    assert submission.answers == (
        said("choices", choices=(YES, NO)),
        said("unknown", raw="7"),
    )


def test_two_choices_where_one_was_asked_are_both_kept():
    entries = [{"row_id": "r1", "choice_id": "c2"}, {"row_id": "r1", "choice_id": "c1"}]
    (answer,) = read(matrix("rating", FIVE), entries)
    assert (answer.kind, [c.key for c in answer.choices]) == ("choice", ["c1", "c2"])


def test_texts_are_read_without_their_html():
    choices = [{"id": "c1", "text": "<p>Care &amp; <b>health</b></p>"}]
    heading = [{"heading": "<span style='x'>Which&nbsp;one?</span>\n"}]
    question = asked("single_choice", answers={"choices": choices})
    (answer,) = read({**question, "headings": heading}, [{"choice_id": "c1"}])
    assert (answer.title, answer.choices[0].label) == ("Which one?", "Care & health")


def test_of_several_headings_the_one_that_was_shown_counts():
    shown = [
        {"heading": text, "random_assignment": {"id": key}}
        for key, text in (("v1", "A"), ("v2", "B"))
    ]
    question = {**asked("open_ended"), "headings": shown}
    body = stored(question, [{"text": "t"}])
    named = body.replace(
        b'"id":"q1","answers":[{"text"',
        b'"id":"q1","variable_id":"v2","answers":[{"text"',
    )
    assert (parse(body).answers[0].title, parse(named).answers[0].title) == ("A", "B")


WORDED = [
    ("ranges", ("0-5 years", 1), ("6-10 years", 2), ("11-20 years", 3)),
    ("two ranges", ("0 to 5 years", 1), ("6 and more years", 2)),
    ("the same weight twice", ("", 1), ("", 1), ("", 2)),
    ("no weight", ("", "x"), ("", 2), ("", 3)),
    ("a word inside", ("1", 1), ("some", 2), ("3", 3)),
    ("only one", ("1", 1)),
]


@pytest.mark.parametrize("points", [w[1:] for w in WORDED], ids=[w[0] for w in WORDED])
def test_choices_that_are_no_points_are_no_scale(points):
    choices = rated({f"c{n}": point for n, point in enumerate(points)})
    (answer,) = read(matrix("rating", choices), [{"row_id": "r1", "choice_id": "c0"}])
    assert (answer.kind, answer.choices[0].key) == ("choice", "c0")


def test_the_number_seen_counts_more_than_the_weight():
    turned = rated({f"c{n}": (str(n), 6 - n) for n in range(1, 6)})
    (answer,) = read(matrix("rating", turned), [{"row_id": "r1", "choice_id": "c1"}])
    assert (answer.value, answer.scale) == (1, Scale(1, 5))
