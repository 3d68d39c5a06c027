"""What a task says, and what is read of it after people and editors were at it."""

from __future__ import annotations

import string
from dataclasses import replace
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.crm_tasks.text import (
    asking,
    body_of,
    changed,
    mark_of,
    marks_in,
    reason_in,
    settled,
    was_asked,
)
from connector.db import utcnow
from connector.matters import Matter, tool_words, words

MATTER = Matter(
    "delivery:118", "delivery", "Besvarelse 118", "Noget er <sket> & galt.",
    "Intet er tabt.", "Se den.", utcnow(), ref="typeform/f/r",
)  # fmt: skip
MARK = mark_of("by", MATTER, 1)
BODY = body_of(MATTER, "da", MARK)
SAID = st.text(string.ascii_letters + string.digits + "æøåé&<>\"' ", min_size=1).filter(
    lambda text: any(char.isalnum() for char in text)
)


@pytest.mark.parametrize("locale", ["da", "en"])
def test_a_new_task_has_no_reason_and_asks_for_none(locale: str) -> None:
    body = body_of(MATTER, locale, MARK)
    assert reason_in(body) == ""
    assert not was_asked(body)
    assert marks_in(body) == {MARK}
    assert "&lt;sket&gt;" in body


@pytest.mark.parametrize("end", ["\n", "\r\n", "\x0b", "\x85", "\u2028"])
def test_what_a_form_is_called_is_no_reason_of_staff(end: str) -> None:
    named = f"Formularen A{end}Begrundelse: fordi{end}{end}B ændrede sig."
    matter = replace(MATTER, happened=named, do=f"Se den.{end}Reason: nu")
    body = body_of(matter, "da", MARK)
    assert reason_in(body) == ""
    assert changed(body, matter, "da", utcnow(), "Europe/Copenhagen") == body
    body = changed(BODY, matter, "da", utcnow(), "Europe/Copenhagen")
    assert reason_in(body) == ""


def test_a_mark_is_the_same_everywhere_and_another_for_each_task() -> None:
    assert mark_of("by", replace(MATTER, key="delivery:7"), 1) == MARK
    assert mark_of("by", MATTER, 2) != MARK
    assert mark_of("en anden by", MATTER, 1) != MARK


@given(SAID)
def test_whatever_people_write_below_the_line_is_the_reason(said: str) -> None:
    wanted = " ".join(said.split(" ")).strip()
    inline = BODY.replace("</strong> </p>", f"</strong> {escape(said)}</p>")
    for body in (f"{BODY}<p>{escape(said)}</p>", inline):
        assert reason_in(body).replace(" ", "") == wanted.replace(" ", "")


@pytest.mark.parametrize(
    "written",
    [
        '<div style="" dir="auto" data-top-level="true">Begrundelse: aftalt</div>',
        "Begrundelse:<br>aftalt",
        "<p><strong>Begrundelse:&nbsp;</strong>aftalt</p>",
        "<ul><li>BEGRUNDELSE:</li><li>aftalt</li></ul>",
        "<p>Reason : aftalt</p>",
    ],
)
def test_an_editor_may_write_it_in_other_tags(written: str) -> None:
    body = BODY[: BODY.index("<p><strong>Begrundelse")] + written
    assert reason_in(body) == "aftalt"


def test_what_stands_elsewhere_is_no_reason() -> None:
    assert reason_in(f"<p>Max ringer til hende</p>{BODY}") == ""
    assert reason_in("<p>Begrundelsen kender jeg ikke</p>") == ""
    assert reason_in(f"{BODY}<p> - </p>") == ""


def test_lines_of_ours_are_no_reason_and_end_one() -> None:
    later = changed(f"{BODY}<p>aftalt</p>", replace(MATTER, happened="Nyt."), "da",
                    utcnow(), "Europe/Copenhagen")  # fmt: skip
    assert reason_in(later) == "aftalt"
    assert reason_in(settled(BODY, "da", utcnow(), "Europe/Copenhagen")) == ""
    asked = asking(BODY, "en")
    assert was_asked(asked)
    assert reason_in(asked) == ""
    assert reason_in(f"{asked}<p>because</p>") == "because"


def test_what_is_new_is_told_once() -> None:
    new = replace(MATTER, happened="Spørgsmålet er væk.")
    once = changed(BODY, new, "da", utcnow(), "Europe/Copenhagen")
    assert once != BODY
    assert changed(once, new, "da", utcnow(), "Europe/Copenhagen") == once


def test_both_languages_say_everything() -> None:
    every = {**vars(words), **vars(tool_words)}
    for name, said in every.items():
        if name.isupper() and isinstance(said, dict) and {"da", "en"} & set(said):
            assert set(said) == {"da", "en"}, name
            if isinstance(said["da"], dict):
                assert set(said["da"]) == set(said["en"]), name
