"""The power goes at every step of making a form; the next run ends as if it had not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.boundaries import BOUNDARIES
from tests import crashing_forms
from tests.apart import run_apart
from tests.cli.making_world import ALLOWED, Making, making, said
from tests.crashing import STOPPED

FORM = "closing_evaluation_mentee"
POINTS = [name for name in BOUNDARIES if name.startswith("forms.")]
TOOLS = ("typeform", "surveymonkey")
# At Typeform nothing is made or written between these and the one before.
SAME = {("typeform", "forms.linked"), ("typeform", "forms.half_written")}
CASES = [(t, p) for t in TOOLS for p in POINTS if (t, p) not in SAME]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Making]:
    with making(tmp_path) as made:
        yield made


def stop_at(here: Making, boundary: str, tool: str) -> int:
    """Run the command in a process that stops at ``boundary``; return its exit code."""
    words = ("forms", "create", FORM, "--round", "r1", "--tool", tool, "--yes")
    code = run_apart(crashing_forms.main, here.cli.env, boundary, *words)
    assert code in (0, STOPPED)
    return code


@pytest.mark.parametrize(("tool", "boundary"), CASES)
def test_a_run_cut_off_anywhere_is_finished_by_the_next(
    here: Making, tool: str, boundary: str
) -> None:
    assert stop_at(here, boundary, tool) == STOPPED, "the boundary was never reached"
    if boundary == "forms.asked":
        # Nobody can know that the tool was not asked any more: staff look there.
        assert "--again" in here.create(FORM, "--tool", tool, code=1)
        assert here.titles(tool) == []
        here.create(FORM, "--tool", tool, "--again")
    else:
        here.create(FORM, "--tool", tool)
    (row,) = here.rows()
    assert len(here.titles(tool)) == 1
    assert row.form
    assert row.made_at
    assert row.link
    (bound,) = said(here.city / "programme.toml")["forms"]
    assert (bound["form"], bound["mapping"]) == (row.form, FORM)
    assert ("link" in bound) == (tool == "surveymonkey")
    assert len(here.box.store.all("surveymonkey.collector")) == (tool == TOOLS[1])
    hooks = here.box.store.all(f"{tool}.webhook")
    assert _subjects(hooks) == [row.form]
    assert set(here.writes()) <= ALLOWED


def _subjects(hooks: dict[str, Any]) -> list[str]:
    """Return the forms that the webhooks tell of."""
    return [
        form
        for hook in hooks.values()
        for form in (hook.get("object_ids") or [hook.get("form_id")])
    ]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_form_that_staff_made_meanwhile_is_not_taken_for_ours(
    here: Making, tool: str
) -> None:
    """Cut off before the tool was asked; then somebody makes one of that very title."""
    assert stop_at(here, "forms.asked", tool) == STOPPED
    title = here.rows()[0].title
    path = {"typeform": "/typeform/forms", "surveymonkey": "/surveymonkey/v3/surveys"}
    theirs = here.ask("POST", path[tool], {"title": title})["id"]
    here.create(FORM, "--tool", tool, "--again")
    (row,) = here.rows()
    assert row.form not in ("", theirs)
    assert here.titles(tool) == [title, title]


def test_of_two_copies_of_what_was_asked_for_none_is_taken(here: Making) -> None:
    assert stop_at(here, "forms.made", "typeform") == STOPPED
    (form,) = here.box.store.all("typeform.form").values()
    here.ask("POST", "/typeform/forms", {**form, "id": None})
    told = here.create(FORM, "--tool", "typeform", code=1)
    assert "2 forms called" in told
    assert [row.form for row in here.rows()] == [""]
    assert "forms" not in said(here.city / "programme.toml")
