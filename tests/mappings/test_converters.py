"""Each converter: what it reads, what it refuses, and that it does nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import converters
from mappings.conversion import Context, ConversionProblem, Question, collect
from mappings.matching import Choice
from mappings.messages import MESSAGES
from webhooks.submission import Answer, Scale
from webhooks.submission import Choice as Picked

KNOWN = collect(converters)
CHOICES = (
    Choice("yes", {"da": "Ja", "en": "Yes"}, ("q-yes", "id-7")),
    Choice("it", {"da": "It", "en": "IT"}),
    Choice("other", {"da": "Andet", "en": "Other"}),
)
QUESTION = Question("q", {"da": "?", "en": "?"}, "choice", choices=CHOICES)
DK = Context("DK", QUESTION, "da")


def read(name, answer):
    return KNOWN[name](answer, DK)


def said(value, kind="text", **more):
    return Answer("q", kind, value, **more)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("text", "  two words ", "two words"),
        ("text", 7, "7"),
        ("email", " Anna.B+x@Mail.EXAMPLE ", "anna.b+x@mail.example"),
        ("email", "anna@bø.example", "anna@xn--b-5ga.example"),
        ("phone", "10 20 30 40", "+4510203040"),
        ("phone", "+46 70 174 06 05", "+46701740605"),
        ("phone", 10203040, "+4510203040"),
        ("date", "2016-02-29", "2016-02-29"),
        ("date", "2016-02-29T00:00:00Z", "2016-02-29"),
        ("date", "1.3.2016", "2016-03-01"),
        ("integer", 3.0, 3),
        ("integer", " 12 ", 12),
        ("number", "1,5", 1.5),
        ("number", "-2", -2),
        ("yes_no", True, True),
        ("yes_no", "NEJ", False),
        ("url", "example.example/a?b=1", "https://example.example/a?b=1"),
        ("url", "HTTP://Site.Example", "https://site.example"),
        ("url", "linkedin.com/in/anna/?trk=x", "https://linkedin.com/in/anna"),
        ("domain", "https://www.fabrik.example/om", "fabrik.example"),
        ("language", "Dansk", "da"),
        ("language", "english", "en"),
        ("choice", " ja ", "yes"),
        ("scale", 5, 5),
    ],
)
def test_what_a_person_writes_becomes_a_value(name, value, expected):
    got = read(name, said(value))
    assert (got, type(got)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("email", "anna", "bad_email"),
        ("email", "anna@localhost", "bad_email"),
        ("email", "a b@mail.example", "bad_email"),
        ("email", "a@b@mail.example", "bad_email"),
        ("email", ".a@mail.example", "bad_email"),
        ("email", "a" * 65 + "@mail.example", "bad_email"),
        ("phone", "12", "bad_phone"),
        ("phone", "call me", "bad_phone"),
        ("date", "2016-02-30", "bad_date"),
        ("date", "03/04/2016", "bad_date"),
        ("integer", 2.5, "bad_integer"),
        ("number", float("nan"), "bad_number"),
        ("number", "1.000,5", "bad_number"),
        ("number", "9" * 5000, "bad_number"),
        ("yes_no", "maybe", "bad_yes_no"),
        ("url", "not a page", "bad_url"),
        ("url", "http://[", "bad_url"),
        ("domain", "fabrik", "bad_url"),
        ("language", "Klingon", "bad_language"),
        ("choice", "Barcelona", "unknown_choice"),
        ("scale", 6, "bad_scale"),
        ("scale", 0, "bad_scale"),
    ],
)
def test_what_cannot_be_read_is_named_and_not_repeated(name, value, code):
    with pytest.raises(ConversionProblem) as caught:
        read(name, said(value))
    assert caught.value.code == code
    assert caught.value.message == MESSAGES[code]


@pytest.mark.parametrize(
    "picked",
    [
        Picked(ref="yes"),
        Picked(ref="q-yes", label="renamed"),
        Picked(key="id-7", ref="0b7f", label="renamed"),
        Picked(label="  jA "),
        Picked(label="YES"),
    ],
)
def test_a_choice_is_known_by_ref_id_or_label_of_any_language(picked):
    assert read("choice", Answer("q", "choice", choices=(picked,))) == "yes"


def test_the_ref_counts_before_the_label():
    picked = Picked(ref="it", label="Yes")
    assert read("choice", Answer("q", "choice", choices=(picked,))) == "it"


def test_what_was_written_beside_the_choices_is_the_choice_other():
    assert read("choice", Answer("q", "choice", other="my own words")) == "other"


def test_choices_keep_their_order_and_stand_once():
    picked = (Picked(ref="it"), Picked(label="Ja"), Picked(label="It"))
    assert read("choices", Answer("q", "choices", choices=picked)) == ["it", "yes"]


def test_one_unknown_choice_among_several_is_told():
    picked = (Picked(ref="it"), Picked(label="Barcelona"))
    with pytest.raises(ConversionProblem, match="unknown_choice"):
        read("choices", Answer("q", "choices", choices=picked))


def test_a_scale_that_starts_at_zero_is_shifted():
    answer = Answer("q", "scale", 4, scale=Scale(0, 4))
    assert read("scale", answer) == 5


def test_a_scale_of_another_length_is_refused():
    with pytest.raises(ConversionProblem, match="other_scale"):
        read("scale", Answer("q", "scale", 4, scale=Scale(0, 10)))


def test_every_message_is_there_in_both_languages():
    assert all(m.keys() == {"da", "en"} for m in MESSAGES.values())
    assert all(text.strip() for m in MESSAGES.values() for text in m.values())


TEXTS = st.text(max_size=60) | st.sampled_from(
    ["a@" + "x." * 200 + "dk", "http://[::1", "٣", "１２", "+" * 300, "\x00", "xn--"]
)
ANSWERS = st.builds(
    Answer,
    question=st.just("q"),
    kind=st.sampled_from(["text", "number", "choice", "choices", "boolean", "unknown"]),
    value=st.none() | TEXTS | st.integers() | st.floats() | st.booleans(),
    choices=st.lists(
        st.builds(Picked, key=TEXTS, ref=TEXTS, label=TEXTS), max_size=3
    ).map(tuple),
    other=TEXTS,
    scale=st.none() | st.builds(Scale, low=st.integers(), high=st.integers()),
    raw=TEXTS,
)


@pytest.mark.parametrize("name", sorted(KNOWN))
@given(answer=ANSWERS)
def test_a_converter_gives_a_value_or_a_problem_and_nothing_else(name, answer):
    try:
        value = read(name, answer)
    except ConversionProblem as err:
        problem = err
    else:
        values = value if isinstance(value, list) else [value]
        assert all(isinstance(v, str | int | float | bool) for v in values)
        return
    assert problem.message == MESSAGES[problem.code]


@given(local=st.from_regex(r"[a-z]{1,10}", fullmatch=True), word=TEXTS)
def test_reading_an_address_twice_changes_nothing(local, word):
    try:
        once = read("email", said(f"{local}@{word}.example"))
    except ConversionProblem:
        return
    assert read("email", said(once)) == once
    assert once.isascii()
