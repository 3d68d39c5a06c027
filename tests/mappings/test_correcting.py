"""Corrections laid over answers: what they change, and what they leave."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mappings.correct_values import value_for
from mappings.correcting import (
    WrongCorrection,
    answer_to,
    overlay,
    target_named,
    targets,
)
from mappings.engine import apply
from mappings.loading import load_programme
from webhooks.submission import Answer, Choice, Scale, Submission

PLAN = load_programme("lyngby")
FORMS = tuple(PLAN.forms.values())
WORDS = ("", "ja", "nej", "3", "2026-03-31", "Anna", "anna@people.example", "r1", "da")
SAID = Submission(
    "typeform", "f", "r", "complete", datetime(2016, 1, 15, tzinfo=UTC),
    (
        Answer("q1", "text", "Anna", ref="first_name"),
        Answer("q2", "email", "anna@people", ref="email"),
        Answer("q3", "choice", ref="language", choices=(Choice("c", "language-da"),)),
        Answer("q4", "text", "?", ref="unknown"),
    ),
)  # fmt: skip


def form(kind):
    return next(one for one in FORMS if one.name == kind)


@st.composite
def corrections(draw):
    form_map = draw(st.sampled_from(FORMS))
    keys = [one.key for one in targets(form_map)]
    wanted = draw(st.dictionaries(st.sampled_from(keys), st.sampled_from(WORDS)))
    return form_map, wanted


@settings(max_examples=150, deadline=None)
@given(corrections())
def test_what_is_taken_is_read_and_touches_nothing_else(made):
    form_map, wanted = made
    kept = {}
    for key, word in wanted.items():
        try:
            kept[key] = value_for(form_map, SAID, key, [word])
        except WrongCorrection:
            continue
    laid = overlay(form_map, SAID, kept)
    assert overlay(form_map, laid, kept) == laid
    assert apply(form_map, laid) == apply(form_map, overlay(form_map, SAID, kept))
    for one in targets(form_map):
        answer = answer_to(form_map, laid, one.key)
        if one.key not in kept:
            assert answer == answer_to(form_map, SAID, one.key)
        else:
            assert (answer is None) == (kept[one.key] == "")
    codes = {p.question for p in apply(form_map, laid).problems if p.code != "missing"}
    assert not codes & {key for key, value in kept.items() if value}
    assert overlay(form_map, SAID, {}) == SAID


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_is_either_read_or_refused(word):
    form_map = form("mentee_application")
    for one in targets(form_map):
        try:
            value = value_for(form_map, SAID, one.key, [word])
        except WrongCorrection:
            continue
        assert (answer_to(form_map, overlay(form_map, SAID, {one.key: value}), one.key)
                is None) == (value == "")  # fmt: skip


def test_a_scale_is_read_on_the_answers_own_ends():
    form_map = form("closing_evaluation_mentee")
    key = next(k for k in form_map.asks if form_map.questions[k].converter == "scale")
    given = Answer("q", "scale", 0, ref=key, scale=Scale(0, 4))
    said = Submission("typeform", "f", "r", "complete", SAID.submitted_at, (given,))
    assert value_for(form_map, said, key, ["4"]) == "4"
    with pytest.raises(WrongCorrection, match="from 0 to 4"):
        value_for(form_map, said, key, ["5"])
    with pytest.raises(WrongCorrection, match="from 1 to 5"):
        value_for(form_map, SAID, key, ["0"])


def test_own_words_stand_beside_other():
    form_map = form("mentee_application")
    key = next(
        k for k in form_map.asks
        if any(c.code == "other" for c in form_map.questions[k].choices)
    )  # fmt: skip
    value = value_for(form_map, SAID, key, ["Andet: en nabo"])
    answer = answer_to(form_map, overlay(form_map, SAID, {key: value}), key)
    assert answer is not None
    assert answer.other == "en nabo"


def test_what_the_mapping_does_not_read_cannot_be_corrected():
    form_map = form("mentee_application")
    with pytest.raises(WrongCorrection, match="does not read"):
        target_named(form_map, SAID, "unknown")
    with pytest.raises(WrongCorrection, match="It has: "):
        target_named(form_map, SAID, "zzz")
    assert target_named(form_map, SAID, "hidden:round") == "hidden:round"
    assert target_named(form_map, SAID, "round") == "hidden:round"
    assert target_named(form_map, SAID, "specialist.email") == "specialist_email"
    assert target_named(form_map, SAID, "newsletter") == "consent_newsletter"
