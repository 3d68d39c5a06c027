"""Whose word counts: the table of policies, claim by claim."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.programme.claims import Claim
from connector.programme.resolve import winner

START = datetime(2026, 1, 1, tzinfo=UTC)


def said(  # one claim a line in the tables below
    value: Any, day: int, source: str = "form", *, rank: int = 0, tie: str = "",
    struck: bool = False,
) -> Claim:  # fmt: skip
    return Claim(
        value=value, source=source, asserted_at=START + timedelta(days=day), tie=tie,
        rank=rank, superseded_at=START if struck else None,
    )  # fmt: skip


CASES: list[tuple[str, str, list[Claim], Any]] = [
    ("nobody spoke", "newest", [], None),
    ("the newest", "newest", [said("a", 1), said("b", 2)], "b"),
    ("in any order", "newest", [said("b", 2), said("a", 1)], "b"),
    ("staff later", "newest", [said("a", 1), said("s", 2, "staff")], "s"),
    ("staff earlier", "newest", [said("s", 1, "staff"), said("a", 2)], "a"),
    ("cleared last", "newest", [said("a", 1), said(None, 2, "staff")], None),
    ("one struck", "newest", [said("a", 1), said("b", 2, struck=True)], "a"),
    ("a tie", "newest", [said("b", 1, tie="y"), said("a", 1, tie="x")], "b"),
    ("staff stand", "staff", [said("s", 1, "staff"), said("a", 2)], "s"),
    ("staff twice", "staff", [said("s", 1, "staff"), said("t", 2, "staff")], "t"),
    ("no staff", "staff", [said("a", 1), said("b", 2)], "b"),
    ("staff cleared", "staff",
     [said("s", 1, "staff"), said("a", 2), said(None, 3, "staff")], "a"),
    ("staff cleared by nothing written", "staff",
     [said("a", 2), said("", 3, "staff")], "a"),
    ("staff struck", "staff", [said("s", 2, "staff", struck=True), said("a", 1)], "a"),
    ("better evidence", "evidence",
     [said("yes", 1, "staff", rank=2), said("no", 2, rank=1)], "yes"),
    ("newest of equals", "evidence", [said("yes", 1, rank=1), said("no", 2, rank=1)],
     "no"),
    ("better form, older", "evidence", [said("yes", 1, rank=2), said("no", 2, rank=1)],
     "yes"),
    ("staff took it back", "evidence",
     [said("yes", 1, "staff", rank=2), said("no", 2, rank=1),
      said(None, 3, "staff", rank=2)], "no"),
    ("service only", "service", [said("a", 3), said("c", 1, "service")], "c"),
    ("service newest", "service", [said("c", 1, "service"), said("d", 2, "service")],
     "d"),
    ("no service", "service", [said("a", 3, "staff")], None),
]  # fmt: skip


@pytest.mark.parametrize(("policy", "claims", "value"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_the_winner(policy: str, claims: list[Claim], value: Any) -> None:
    for order in (claims, claims[::-1]):
        best = winner(order, policy)
        assert (best.value if best else None) == value
