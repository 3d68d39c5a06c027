"""Yes, no, don't know and nothing yet: counting one indicator over some parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from connector.programme.populations import Facts, Part, Reply
from mappings.plan import Indicator
from mappings.records import Verdict

VERDICTS = ("yes", "no", "dont_know")


@dataclass(frozen=True, slots=True)
class Tally:
    """How a population answered, the four kept apart."""

    population: int
    yes: int = 0
    no: int = 0
    dont_know: int = 0

    @property
    def answered(self) -> int:
        """Return how many answered at all; don't know is an answer."""
        return self.yes + self.no + self.dont_know

    @property
    def unanswered(self) -> int:
        """Return how many could still change the figure."""
        return self.population - self.answered


def count(verdicts: Iterable[Verdict | None]) -> Tally:
    """Count one verdict, or None for nothing yet, of each of a population."""
    said = list(verdicts)
    return Tally(len(said), *(said.count(cast("Verdict", v)) for v in VERDICTS))


def verdict(facts: Facts, indicator: Indicator, part: Part) -> Verdict | None:
    """Return what stands for one participation: its own field, else its answer.

    The field of an indicator that staff may set too is the resolution of all that was
    said of it, by evidence; it speaks before the response alone.
    """
    entity, _, name = indicator.field.rpartition(".")
    if name and entity in {"", "participation"}:
        value = getattr(part.row, name, None) or part.row.details.get(name)
        if value in VERDICTS:
            return cast("Verdict", value)
    return _said(facts.replies.get((part.row.id, indicator.evaluation)), indicator)


def _said(reply: Reply | None, indicator: Indicator) -> Verdict | None:
    value = reply.indicators.get(indicator.key) if reply is not None else None
    return cast("Verdict", value) if value in VERDICTS else None


def by_organisation(
    facts: Facts, indicator: Indicator, parts: Iterable[Part]
) -> dict[str, Verdict | None]:
    """Return one verdict for each organisation that sent one of ``parts``.

    One answer is awaited for each of its specialists in each round. An answer that
    names only the organisation stands for a specialist without an answer of its own.
    """
    sent: dict[str, dict[tuple[str, str], list[Part]]] = defaultdict(dict)
    for part in parts:
        if part.organisation_id is not None:
            specialist = part.specialist_id or part.row.id
            unit = (part.row.round_id, specialist)
            sent[part.organisation_id].setdefault(unit, []).append(part)
    return {
        organisation_id: _together(facts, indicator, organisation_id, units)
        for organisation_id, units in sent.items()
    }


def _together(
    facts: Facts,
    indicator: Indicator,
    organisation_id: str,
    units: Mapping[tuple[str, str], list[Part]],
) -> Verdict | None:
    said: list[Verdict] = []
    awaited: dict[str, int] = defaultdict(int)
    for (round_id, _), parts in units.items():
        replies = [
            facts.replies[place]
            for part in parts
            if (place := (part.row.id, indicator.evaluation)) in facts.replies
        ]
        own = _said(max(replies, key=_when, default=None), indicator)
        if own is None:
            awaited[round_id] += 1
        else:
            said.append(own)
    missing = 0
    for round_id in {round_id for round_id, _ in units}:
        key = (round_id, organisation_id, indicator.evaluation)
        general = (_said(reply, indicator) for reply in facts.for_company.get(key, ()))
        heard = [word for word in general if word is not None]
        said += heard
        missing += max(0, awaited[round_id] - len(heard))
    return all_of(said, missing)


def _when(reply: Reply) -> tuple[object, str]:
    return reply.submitted_at, reply.response


def all_of(said: Iterable[Verdict], missing: int) -> Verdict | None:
    """Return the verdict of several answers together: yes only when all are yes."""
    given = set(said)
    if "no" in given:
        return "no"
    if missing or not given:
        return None
    return "dont_know" if "dont_know" in given else "yes"
