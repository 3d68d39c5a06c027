"""The programme as it stands: entities, consents, deliveries, doubts and figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.consents import Word, last_word
from connector.programme.entities import Consent, ReviewItem
from connector.programme.figure import Book, Figure, in_language, local_day
from connector.programme.kpis import figures_of_programme, figures_of_round
from connector.programme.policies import policy_of
from connector.programme.resolve import SAID, members, roots, winner
from connector.rehearsal.difference import Key, Picture, Seen
from connector.rehearsal.names import BETWEEN, Names, plain
from mappings.plan import ProgrammeMap

# Not said by anybody: keys, times of ours, and what the details hold field by field.
UNSAID = {
    "id", "programme", "created_at", "name_key", "details", "provider", "form",
    "response", "delivery_id", "answers", "indicators", "provisional",
}  # fmt: skip
# Without any of these nothing is said of an entity: its only answer was taken back.
SPOKEN: Mapping[str, tuple[str, ...]] = {
    "person": ("email", "first_name", "last_name", "phone"),
    "organisation": ("name", "domain"),
    "participation": ("status",),
}
NESTED = ("details", "answers", "indicators")
Words = Mapping[tuple[str, str, str], tuple[Any, Any, str]]
"""(kind, entity, field) -> a form's last word, the value that counts, its source."""


def programme_picture(session: Session, plan: ProgrammeMap, names: Names) -> Picture:
    """Return every entity with its fields, consents, deliveries and open doubts."""
    return (
        _entities(names)
        | _consents(session, plan, names)
        | _deliveries(session, plan)
        | _doubts(session, plan, names)
    )


def _entities(names: Names) -> Picture:
    found: Picture = {}
    for (kind, entity_id), row in names.rows.items():
        if entity_id in names.gone:
            into = names.title(entity_id)
            title = names.own_title(entity_id)
            found[kind, entity_id] = Seen(title, {}, "merged", f"into {into}")
        elif _spoken_of(kind, row):
            found[kind, entity_id] = Seen(names.title(entity_id), _fields(row, names))
    return found


def _spoken_of(kind: str, row: Any) -> bool:
    asked = SPOKEN.get(kind, ())
    return not asked or any(getattr(row, name) for name in asked)


def _fields(row: Any, names: Names) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for column in row.__table__.columns:
        value = getattr(row, column.name)
        if column.name in UNSAID:
            continue
        if column.name.endswith("_id"):
            fields[column.name.removesuffix("_id")] = names.title(value)
        else:
            fields[column.name] = plain(value)
    if getattr(row, "provisional", False):
        fields["in_doubt"] = True
    for name in NESTED:
        held = getattr(row, name, None) or {}
        before = "" if name == "details" else f"{name}."
        fields |= {f"{before}{key}": plain(value) for key, value in held.items()}
    return fields


def _consents(session: Session, plan: ProgrammeMap, names: Names) -> Picture:
    said: dict[Key, list[Word]] = defaultdict(list)
    for row in session.scalars(select(Consent).where(Consent.programme == plan.key)):
        person = names.gone.get(row.person_id, row.person_id)
        word = Word(row.given, row.at, row.source, True, row.reference)
        said[person, row.purpose].append(word)
    found: Picture = {}
    for (person, purpose), words in said.items():
        last = last_word(words)
        answer = "asked" if last.asks else "yes" if last.given else "no"
        fields = {"said": answer, "at": plain(last.at), "by": last.source}
        title = BETWEEN.join((names.title(person), purpose))
        found["consent", f"{person}:{purpose}"] = Seen(title, fields)
    return found


def _deliveries(session: Session, plan: ProgrammeMap) -> Picture:
    found: Picture = {}
    for row in session.execute(
        select(
            Delivery.id, Delivery.provider, Delivery.form, Delivery.state,
            Delivery.reasons,
        ).where(Delivery.programme == plan.key, Delivery.kind != "event")
    ):  # fmt: skip
        form_map = plan.form_for(row.provider, row.form)
        name = form_map.name if form_map else f"{row.provider} {row.form}"
        reasons = [_reason(one) for one in row.reasons]
        fields = {"state": row.state, "reasons": reasons}
        found["delivery", str(row.id)] = Seen(f"{row.id}{BETWEEN}{name}", fields)
    return found


def _reason(reason: Mapping[str, Any]) -> str:
    place = ".".join(filter(None, (reason["record"], reason["field"])))
    return f"{place}: {reason['code']}" if place else str(reason["code"])


def _doubts(session: Session, plan: ProgrammeMap, names: Names) -> Picture:
    return {
        ("doubt", f"{row.kind}:{row.entity_id}:{row.other}"): Seen(
            f"{row.kind}{BETWEEN}{names.title(row.entity_id)}",
            {"perhaps": names.title(row.other)},
        )
        for row in session.scalars(
            select(ReviewItem).where(
                ReviewItem.programme == plan.key, ReviewItem.settled_at.is_(None)
            )
        )
    }


def waiting(session: Session, plan: ProgrammeMap) -> int:
    """Return how many answers wait to be processed, whatever anybody does."""
    ids = select(Delivery.id).where(
        Delivery.programme == plan.key,
        Delivery.state == "received",
        Delivery.kind != "event",
    )
    return len(session.scalars(ids).all())


def figures_picture(session: Session, plan: ProgrammeMap) -> Picture:
    """Return the figures of each round and of the programme, in counts."""
    book = Book.open(session, plan, local_day(plan))
    figures = [f for row in book.facts.rounds for f in figures_of_round(book, row)]
    figures += figures_of_programme(book)
    return {
        ("figure", f"{one.key}:{one.round or one.year or ''}"): Seen(
            BETWEEN.join(filter(None, (_label(one, plan), one.round or one.year))),
            _counts(one),
        )
        for one in figures
    }


def _label(figure: Figure, plan: ProgrammeMap) -> str:
    return in_language(figure.labels, plan.locale) or figure.key


def _counts(figure: Figure) -> dict[str, Any]:
    told = {
        name: getattr(figure, name)
        for name in (
            "population", "answered", "yes", "no", "dont_know", "unanswered",
            "target_count", "state",
        )
    }  # fmt: skip
    if figure.narrower is not None:
        told |= {f"completed.{n}": v for n, v in _counts(figure.narrower).items()}
    return told


def last_words(session: Session, plan: ProgrammeMap) -> Words:
    """Return what forms said last of each field, and whose word counts."""
    policy = policy_of(plan)
    ids = session.execute(
        select(Claim.entity_id).where(Claim.programme == plan.key).distinct()
    ).scalars()
    reach = members(session, roots(session, list(ids)).values())
    said: dict[tuple[str, str, str], list[Any]] = defaultdict(list)
    for row in session.execute(
        select(*SAID, Claim.entity_kind).where(
            Claim.programme == plan.key, Claim.superseded_at.is_(None)
        )
    ):
        said[row.entity_kind, reach[row.entity_id], row.field].append(row)
    found = {}
    for (kind, entity_id, name), claims in said.items():
        forms = [one for one in claims if one.source == "form"]
        best = winner(claims, policy(kind, name))
        form = winner(forms, "newest")
        if best is not None and form is not None:
            found[kind, entity_id, name] = (form.value, best.value, best.source)
    return found


def staying(before: Words, after: Words) -> Counter[str]:
    """Count what forms say anew and somebody else's word overrules, by whose it is."""
    return Counter(
        source
        for key, (said, stands, source) in after.items()
        if source != "form"
        and said != stands
        and (key not in before or before[key][0] != said)
    )
