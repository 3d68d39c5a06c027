"""People whom staff deleted for good in HubSpot (a privacy deletion).

Nothing of them goes there any more: their contact is not made anew, and neither are
records of their parts. The newsletter is told to let them go. Whether they are erased
here as well is for staff to decide, and so is what a later answer of theirs means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from connector.programme.claims import Claim
from connector.programme.consents import NEWSLETTER
from connector.programme.entities import Consent, Participation, ReviewItem
from connector.programme.identity import flag
from connector.programme.resolve import members, same_one
from connector.sync.hubspot.desired import Key
from connector.sync.hubspot.missing import begin_anew
from connector.sync.hubspot.review import GONE, settle_items
from connector.sync.hubspot.side import TOOL, Side
from connector.sync.state import RemoteRecord

STATE = "erased"
ERASED = "crm_erased"
ANSWERED = "crm_erased_answer"
REFERENCE = "hubspot:erased:"
TEXTS: Mapping[str, Mapping[str, str]] = {
    ERASED: {
        "da": "Kontakten er slettet permanent i HubSpot af hensyn til privatlivet. Vi "
        "opretter den ikke igen, sender intet mere om personen til HubSpot og melder "
        "fra til nyhedsbrevet. Personens deltagelser står stadig i HubSpot med navnet "
        "i titlen: slet dem dér, hvis de også skal væk. Her er intet slettet; om det "
        "skal ske, afgør I.",
        "en": "The contact was permanently deleted in HubSpot for privacy reasons. We "
        "do not make it anew, send nothing more about the person to HubSpot and take "
        "them off the newsletter. Their participations still stand in HubSpot with "
        "the name in the title: delete them there if they are to go, too. Nothing "
        "was erased here; whether it should be is for you to decide.",
    },
    ANSWERED: {
        "da": "En person, som er slettet permanent i HubSpot, har svaret på en "
        "formular igen. Svaret er gemt her, men ikke sendt til HubSpot. Afslut kun "
        "punktet, hvis personen skal oprettes i HubSpot igen.",
        "en": "A person who was permanently deleted in HubSpot has answered a form "
        "again. The answer is kept here and was not sent to HubSpot. Settle this only "
        "if they are to have a contact in HubSpot again.",
    },
}


def erase(side: Side, said: Mapping[str, datetime]) -> None:
    """Hold back the people whose contacts (id -> when) are surely gone for good.

    The ordinary deletion is reported as well, before or after this: either way it
    ends here, with one thing to look at.
    """
    with side.context.database.reading() as session:
        rows = side.records(session, "person")
        gone = {
            key: row.remote_id
            for key, row in rows.items()
            if row.state == "gone" and row.remote_id in said
        }
    if not gone:
        return
    with side.context.database.writing() as session:
        for key, remote_id in gone.items():
            assert remote_id is not None  # noqa: S101 - it was among those said
            _hold_for_good(side, session, key, remote_id, said[remote_id])
    side.context.outcome.add("erased", len(gone))


def _hold_for_good(
    side: Side, session: Session, key: Key, remote_id: str, at: datetime
) -> None:
    everybody = same_one(session, key[1])  # whoever was merged into them, too
    for row in side.rows(session, [("person", one) for one in everybody]).values():
        row.state, row.problem, row.problem_hash = STATE, _text(side, ERASED), ""
        row.sent, row.accepted, row.pushed = {}, {}, {}  # copies of what is gone there
    settle_items(side, session, GONE, everybody)
    # What staff said after an earlier deletion does not answer this one.
    session.execute(
        delete(ReviewItem).where(
            ReviewItem.programme == side.context.key,
            ReviewItem.kind.in_(TEXTS),
            ReviewItem.entity_id.in_(everybody),
        )
    )
    flag(session, side.context.key, ERASED, "person", key[1], "", _text(side, ERASED))
    reference = f"{REFERENCE}{remote_id}"
    known = session.scalar(
        select(Consent.id).where(
            Consent.person_id == key[1], Consent.reference == reference
        )
    )
    if known is None:
        session.add(
            Consent(
                programme=side.context.key, person_id=key[1], purpose=NEWSLETTER,
                given=False, at=at, source="staff", reference=reference,
            )
        )  # fmt: skip


def withheld(side: Side, session: Session) -> set[Key]:
    """Return the parts of erased people: their records would bear their names."""
    people = [row.entity_id for row in _erased(side, session)]
    if not people:
        return set()
    parts = session.scalars(
        select(Participation.id).where(
            Participation.person_id.in_(members(session, people))
        )
    )
    return {("participation", part_id) for part_id in parts}


def ask_about_answers(side: Side) -> None:
    """Ask staff about erased people who answered since; begin anew where they agreed.

    Settling the question is the yes.
    """
    with side.context.database.reading() as session:
        rows = _erased(side, session)
        asked = {
            item.entity_id: item.settled_at
            for item in _items(side, session, [row.entity_id for row in rows])
        }
        ids = [row.entity_id for row in rows]
        agreed = {one for one in ids if asked.get(one) is not None}
        new = {one for one in ids if one not in asked and _answered(session, one)}
    if not agreed | new:
        return
    with side.context.database.writing() as session:
        for row in side.rows(session, [("person", one) for one in agreed]).values():
            begin_anew(row)
        for one in sorted(new):
            text = _text(side, ANSWERED)
            flag(session, side.context.key, ANSWERED, "person", one, "", text)


def _erased(side: Side, session: Session) -> Sequence[RemoteRecord]:
    return session.scalars(
        select(RemoteRecord).where(
            RemoteRecord.programme == side.context.key,
            RemoteRecord.tool == TOOL,
            RemoteRecord.state == STATE,
        )
    ).all()


def _items(side: Side, session: Session, ids: Iterable[str]) -> Sequence[ReviewItem]:
    return session.scalars(
        select(ReviewItem).where(
            ReviewItem.programme == side.context.key,
            ReviewItem.kind == ANSWERED,
            ReviewItem.entity_id.in_(ids),
        )
    ).all()


def _answered(session: Session, person_id: str) -> bool:
    """Tell whether a form was answered after the deletion, by the providers' times."""
    ids = same_one(session, person_id)
    erased_at = session.scalar(
        select(Consent.at)
        .where(Consent.person_id.in_(ids), Consent.reference.startswith(REFERENCE))
        .order_by(Consent.at.desc())
    )
    if erased_at is None:
        return False
    later = select(Claim.id).where(
        Claim.entity_id.in_(ids),
        Claim.source == "form",
        Claim.superseded_at.is_(None),
        Claim.asserted_at > erased_at,
    )
    return session.scalar(later.limit(1)) is not None


def _text(side: Side, kind: str) -> str:
    return TEXTS[kind].get(side.plan.locale, TEXTS[kind]["en"])
