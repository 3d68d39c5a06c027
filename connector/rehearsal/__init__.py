"""A rehearsal: what an act would change everywhere, told before anything is written.

The act runs on a copy of the service's state (``copying``). Pictures of the programme,
its figures, HubSpot and Mailchimp are taken before and after it and held against each
other (``difference``). No tool is called: what a sync would write follows from the
desired state and from what is known here of the other side.
"""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from connector.connections import is_on
from connector.rehearsal import hubspot, mailchimp
from connector.rehearsal.copying import CannotRehearse, copied, sweep
from connector.rehearsal.difference import Change, Comparison, FieldChange, Picture
from connector.rehearsal.names import Names
from connector.rehearsal.programme import (
    Words,
    figures_picture,
    last_words,
    programme_picture,
    staying,
    waiting,
)
from connector.service import Service
from connector.sync.cycle import TOOLS, find
from mappings.plan import ProgrammeMap

__all__ = [
    "CannotRehearse", "Change", "Difference", "FieldChange", "Section", "rehearse",
    "sweep",
]  # fmt: skip

OFF = "off"


@dataclass(frozen=True, slots=True)
class Place:
    """A tool that is written to: its two pictures, and when two values are one there.

    ``pictures`` gives what stands there as far as is known, and what the next sync
    would make it.
    """

    pictures: Callable[[Service, Session, ProgrammeMap, Names], tuple[Picture, Picture]]
    same: Callable[[object, object], bool] = operator.eq


PLACES: Mapping[str, Place] = {
    "hubspot": Place(hubspot.pictures, hubspot.alike),
    "mailchimp": Place(mailchimp.pictures),
}


@dataclass(frozen=True, slots=True)
class Section:
    """What would become otherwise in one place.

    ``name``: programme, figures, or a tool. ``state`` is the tool's connection (off:
    no key is set, nothing is compared; paused, stopped, new: what is shown waits until
    it is active), "" for the programme. ``stays`` counts fields of which forms say
    something new and another's word stands, by whose it is (staff, newsletter).
    """

    name: str
    label: str
    changes: tuple[Change, ...]
    state: str = ""
    stays: Mapping[str, int] = field(default_factory=dict)

    @property
    def caused(self) -> tuple[Change, ...]:
        """Return what would not come without the act."""
        return tuple(one for one in self.changes if not one.anyway)


@dataclass(frozen=True, slots=True)
class Difference:
    """What an act would change. ``waiting`` answers are processed along with it."""

    sections: tuple[Section, ...]
    waiting: int = 0

    @property
    def nothing(self) -> bool:
        """Tell whether the act would change nothing anywhere."""
        return not any(section.caused for section in self.sections)

    def section(self, name: str) -> Section:
        """Return the section of that name."""
        return next(one for one in self.sections if one.name == name)


@dataclass(frozen=True, slots=True)
class _Moment:
    """Everything there is to compare, at one moment."""

    ids: set[str]
    programme: Picture
    figures: Picture
    words: Words
    waiting: int
    standing: Mapping[str, Picture]
    coming: Mapping[str, Picture]
    states: Mapping[str, str]


def rehearse(
    service: Service, key: str, act: Callable[[Service], object]
) -> Difference:
    """Return what ``act`` would change, with no effect on anything real.

    ``act`` gets a service like ``service``, of one programme, on a copy of its
    database, in a directory of its own and without any tool. What it raises comes
    through. Raise ``CannotRehearse`` where no copy can be made now.
    """
    with copied(service, key) as copy:
        plan = copy.programme(key)
        # Personal links follow from the settings of the form tool; nobody is called.
        looking = Service(service.settings, copy.database)
        before = _look(looking, plan)
        act(copy)
        after = _look(looking, plan)
    return _difference(before, after)


def _look(service: Service, plan: ProgrammeMap) -> _Moment:
    with service.database.reading() as session:
        names = Names(session, plan)
        stands, comes = _tools(service, session, plan, names)
        return _Moment(
            names.ids,
            programme_picture(session, plan, names),
            figures_picture(session, plan),
            last_words(session, plan),
            waiting(session, plan),
            stands,
            comes,
            {name: _state(service, session, plan.key, name) for name in PLACES},
        )


def _tools(
    service: Service, session: Session, plan: ProgrammeMap, names: Names
) -> tuple[dict[str, Picture], dict[str, Picture]]:
    """Return what stands in each connected tool, and what comes there."""
    stands, comes = {}, {}
    for name, place in PLACES.items():
        if is_on(service, plan.key, name):
            stands[name], comes[name] = place.pictures(service, session, plan, names)
    return stands, comes


def _state(service: Service, session: Session, key: str, tool: str) -> str:
    if not is_on(service, key, tool):
        return OFF
    row = find(session, key, tool)
    return row.state if row is not None else "new"


def _difference(before: _Moment, after: _Moment) -> Difference:
    fresh = after.ids - before.ids
    here = Comparison(fresh=fresh)
    stays: Counter[str] = staying(before.words, after.words)
    sections = [
        Section(
            "programme", "Programme",
            here.changes(before.programme, after.programme), "", dict(stays),
        ),
        Section("figures", "Figures", here.changes(before.figures, after.figures)),
    ]  # fmt: skip
    for name in PLACES:
        there = Comparison(before.coming.get(name, {}), PLACES[name].same, fresh)
        stands, comes = before.standing.get(name, {}), after.coming.get(name, {})
        changes = there.changes(stands, comes)
        sections.append(Section(name, TOOLS[name].label, changes, after.states[name]))
    return Difference(tuple(sections), before.waiting)
