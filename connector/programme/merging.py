"""Merges that staff made: an alias, nothing else; dropping it undoes the merge."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connector.programme.entities import Alias, Consent, Participation, Person
from connector.programme.resolve import aliases_changed, members, merged
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
    """Read one entity of a programme through another; see ``read_through``."""
    return read_through(session, plan.key, kind, entity_id, into_id, source=source)


def read_through(
    session: Session,
    programme: str,
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
    touched = {(kind, into)}
    if kind == "person":
        _firm(session, into)
        touched |= _join_participations(session, programme, one, into, source)
    session.add(
        Alias(
            entity_id=one, programme=programme, kind=kind, into_id=into, source=source
        )
    )
    aliases_changed(session)
    return touched


def unmerge(session: Session, entity_id: str) -> set[Key]:
    """Undo a merge: drop the alias and those of its participations.

    A "no" that staff heard while the two were one stays with both: whose it was of the
    two, nobody knows.
    """
    alias = session.get(Alias, entity_id)
    if alias is None:
        raise CannotMerge("Nothing was merged there.")
    touched = {(alias.kind, entity_id), (alias.kind, alias.into_id)}
    theirs = members(session, [entity_id])
    parts = session.scalars(
        select(Participation).where(Participation.person_id.in_(theirs))
    )
    for part in parts:
        joined = session.get(Alias, part.id)
        if joined is not None and not _is_theirs(session, joined.into_id, theirs):
            touched |= {("participation", part.id), ("participation", joined.into_id)}
            session.execute(delete(Alias).where(Alias.entity_id == part.id))
    if alias.kind == "person":
        _keep_refusals(session, alias)
    session.delete(alias)
    aliases_changed(session)
    return touched


def _keep_refusals(session: Session, alias: Alias) -> None:
    said = session.scalars(
        select(Consent).where(
            Consent.person_id == alias.into_id,
            Consent.given.is_(False),
            Consent.source == "staff",
            Consent.at >= alias.at,
        )
    ).all()
    for one in said:
        what = {
            "person_id": alias.entity_id, "purpose": one.purpose, "given": False,
            "source": one.source, "reference": one.reference,
        }  # fmt: skip
        if session.scalar(select(Consent.id).filter_by(**what)) is None:
            session.add(
                Consent(
                    **what, programme=one.programme, at=one.at,
                    delivery_id=one.delivery_id,
                )
            )  # fmt: skip


def _is_theirs(session: Session, part_id: str, people: Collection[str]) -> bool:
    """Tell whether a part was joined inside the group, by a merge that stays."""
    part = session.get(Participation, part_id)
    return part is not None and part.person_id in people


def _firm(session: Session, person_id: str) -> None:
    """Somebody merged into is no longer in doubt."""
    person = session.get(Person, person_id)
    if person is not None:
        person.provisional = False


def _join_participations(
    session: Session, programme: str, one: str, into: str, source: str
) -> set[Key]:
    """Join parts of one round and role, whoever in the two groups they belong to."""
    theirs = {(part.round_id, part.role): part.id for part in _own_parts(session, into)}
    touched: set[Key] = set()
    for part in _own_parts(session, one):
        twin = theirs.get((part.round_id, part.role))
        if twin is not None:
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


def _own_parts(session: Session, person_id: str) -> list[Participation]:
    """Return the parts of a person, and of all merged into them, that stand alone."""
    gone = merged(session)
    people = members(session, [person_id])
    parts = session.scalars(
        select(Participation).where(Participation.person_id.in_(people))
    )
    return [part for part in parts if part.id not in gone]
