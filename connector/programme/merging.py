"""Merges that staff made: an alias, nothing else; dropping it undoes the merge."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connector.programme.entities import Alias, Participation, Person
from connector.programme.resolve import aliases_changed, merged
from mappings.plan import ProgrammeMap

Key = tuple[str, str]
MERGEABLE = ("person", "organisation")


class CannotMerge(Exception):  # noqa: N818 - named by what happened
    """The two cannot become one; the text says why."""


def merge(
    session: Session,
    plan: ProgrammeMap,
    kind: str,
    entity_id: str,
    into_id: str,
    *,
    source: str,
) -> set[Key]:
    """Read one entity through another from now on; return what must be resolved.

    Participations of the same round and role join: the newest staff status counts, and
    the personal links of both stay valid.
    """
    gone = merged(session)
    one, into = gone.get(entity_id, entity_id), gone.get(into_id, into_id)
    if kind not in MERGEABLE:
        raise CannotMerge(f"A {kind} cannot be merged.")
    if one == into:
        raise CannotMerge("The two are one already.")
    session.add(
        Alias(entity_id=one, programme=plan.key, kind=kind, into_id=into, source=source)
    )
    touched = {(kind, into)}
    if kind == "person":
        _firm(session, into)
        touched |= _join_participations(session, plan.key, one, into, source)
    aliases_changed(session)
    return touched


def unmerge(session: Session, plan: ProgrammeMap, entity_id: str) -> set[Key]:
    """Undo a merge: drop the alias and those of its participations."""
    alias = session.get(Alias, entity_id)
    if alias is None:
        raise CannotMerge("Nothing was merged there.")
    touched = {(alias.kind, entity_id), (alias.kind, alias.into_id)}
    parts = session.scalars(
        select(Participation).where(Participation.person_id == entity_id)
    )
    for part in parts:
        joined = session.get(Alias, part.id)
        if joined is not None:
            touched |= {("participation", part.id), ("participation", joined.into_id)}
            session.execute(delete(Alias).where(Alias.entity_id == part.id))
    session.delete(alias)
    aliases_changed(session)
    return touched


def _firm(session: Session, person_id: str) -> None:
    """Somebody merged into is no longer in doubt."""
    person = session.get(Person, person_id)
    if person is not None:
        person.provisional = False


def _join_participations(
    session: Session, programme: str, one: str, into: str, source: str
) -> set[Key]:
    theirs = {
        (part.round_id, part.role): part.id
        for part in session.scalars(
            select(Participation).where(Participation.person_id == into)
        )
    }
    touched: set[Key] = set()
    for part in session.scalars(
        select(Participation).where(Participation.person_id == one)
    ):
        twin = theirs.get((part.round_id, part.role))
        if twin is not None and twin != part.id:
            session.add(
                Alias(
                    entity_id=part.id,
                    programme=programme,
                    kind="participation",
                    into_id=twin,
                    source=source,
                )
            )
            touched.add(("participation", twin))
    return touched
