"""What waits for a person among the answers: parked, unread, of a form that changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from connector import mending
from connector.db import utcnow
from connector.inbox import Delivery
from connector.matters import Key, Matter, words
from connector.mending import Reasons
from connector.programme.claims import Claim
from connector.programme.entities import DeliveryEntity
from connector.programme.figure import in_language
from connector.sources.drift import UNREADABLE
from connector.sources.state import FormWatch
from mappings.plan import ProgrammeMap
from webhooks.registry import PROVIDERS

AT_ONCE = 500
SHOWN = 3
"""So many reasons or differences are told; the rest is counted."""
_CONCERNS = ("participation", "person", "organisation")


def parked(session: Session, plan: ProgrammeMap) -> list[Matter]:
    """Return a matter for each delivery of which something could not be read."""
    waiting = mending.parked(session, plan.key)
    about = _concerned(session, [row.id for row, _ in waiting])
    return [
        _parked(plan, row, reasons, about.get(row.id, ()))
        for row, reasons in waiting
        # What staff mended a moment ago waits no more, though it is not noted yet.
        if reasons
    ]


def _parked(
    plan: ProgrammeMap, row: Delivery, reasons: Reasons, concerned: Sequence[Key]
) -> Matter:
    form_map = plan.form_for(row.provider, row.form)
    form = in_language(form_map.title, plan.locale) if form_map else row.form
    gaps = {
        "number": row.id,
        "form": form,
        "reasons": _reasons(plan, row, reasons),
        "remedy": _remedy(plan, row, reasons, concerned),
    }
    faults = sorted(f"{r['record']}.{r['field']} {r['code']}" for r in reasons)
    said = words.PARKED[plan.locale].filled(gaps)
    return Matter(
        key=f"delivery:{row.id}",
        kind="delivery",
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=row.processed_at or row.received_at,
        about=concerned[0] if concerned else None,
        also=tuple(concerned[1:]),
        aside=said.aside,
        meaning="\n".join([str(row.id), *faults]),
        # The delivery's own name: its number may be another's after a restore.
        ref="/".join((row.provider, row.form, row.response, row.kind, row.revision)),
    )


def _reasons(plan: ProgrammeMap, row: Delivery, reasons: Reasons) -> str:
    told = [_reason(plan, row, one) for one in reasons[:SHOWN]]
    return _and_more(plan.locale, told, len(reasons))


def _and_more(locale: str, told: list[str], count: int) -> str:
    more = words.MORE_REASONS[locale].format(count=count - len(told))
    return " ".join([*told, *([more] if count > len(told) else [])])


def _reason(plan: ProgrammeMap, row: Delivery, reason: Mapping[str, Any]) -> str:
    """Return why something could not be read, without what was answered."""
    if reason["code"] == "unreadable":
        return words.UNREADABLE[plan.locale]
    message = in_language(reason["message"], plan.locale) or str(reason["code"])
    form_map = plan.form_for(row.provider, row.form)
    question = form_map.questions.get(reason["question"]) if form_map else None
    if question is None:
        return message
    return f"{in_language(question.title, plan.locale)}: {message}"


def _remedy(
    plan: ProgrammeMap, row: Delivery, reasons: Reasons, concerned: Sequence[Key]
) -> str:
    """Return what to do: where it can be done, in the CRM first."""
    locale = plan.locale
    codes = {reason["code"] for reason in reasons}
    if "no_consent" in codes:
        return words.NO_CONSENT[locale].format(number=row.id)
    asked = next((reason for reason in reasons if reason["question"]), None)
    if asked is None:
        return words.LOOK[locale].format(number=row.id)
    told = words.CORRECT[locale].format(number=row.id, question=asked["question"])
    return _on_records(plan, row, reasons, {kind for kind, _ in concerned}) + told


def _on_records(
    plan: ProgrammeMap, row: Delivery, reasons: Reasons, kinds: set[str]
) -> str:
    """Say where the right answers are written; "" where that would not be enough."""
    places = [_on_record(plan, row, one, kinds) for one in reasons]
    if not all(places):
        return ""
    told = words.AND[plan.locale].join(dict.fromkeys(places))
    return words.ON_RECORD[plan.locale].format(places=told)


def _on_record(
    plan: ProgrammeMap, row: Delivery, reason: Mapping[str, Any], kinds: set[str]
) -> str:
    """Return which property of the record takes the right answer; "" for none."""
    form_map = plan.form_for(row.provider, row.form)
    records = form_map.records if form_map is not None else ()
    entity = next((one.entity for one in records if one.name == reason["record"]), "")
    rule = plan.fields.get(f"{entity}.{reason['field']}")
    record = words.RECORDS[plan.locale].get(entity)
    staffs = rule is not None and rule.hubspot is not None and rule.hubspot.read_back
    if not staffs or rule is None or record is None or entity not in kinds:
        return ""
    label = in_language(rule.label, plan.locale)
    return words.PLACE[plan.locale].format(label=label, record=record)


def _concerned(session: Session, ids: Sequence[int]) -> dict[int, list[Key]]:
    """Return whom each delivery is about: the participation first, then the person."""
    found: dict[int, set[Key]] = defaultdict(set)
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        bound = select(
            DeliveryEntity.delivery_id,
            DeliveryEntity.entity_kind,
            DeliveryEntity.entity_id,
        ).where(DeliveryEntity.delivery_id.in_(part))
        said = select(Claim.delivery_id, Claim.entity_kind, Claim.entity_id).where(
            Claim.delivery_id.in_(part), Claim.superseded_at.is_(None)
        )
        for row in session.execute(bound.union(said)):
            found[row[0]].add((row[1], row[2]))
    return {number: _in_order(keys) for number, keys in found.items()}


def _in_order(keys: Collection[Key]) -> list[Key]:
    """Return a participation and its person; an organisation only without either."""
    for kinds in (_CONCERNS[:2], _CONCERNS[2:]):
        chosen = sorted(
            (key for key in keys if key[0] in kinds),
            key=lambda key: (_CONCERNS.index(key[0]), key),
        )
        if chosen:
            return chosen
    return []


def quarantined(session: Session, plan: ProgrammeMap) -> list[Matter]:
    """Return a matter for each form whose answers nothing reads.

    How many they are is told, and means nothing: one more answer is the same matter.
    """
    rows = session.execute(
        select(
            Delivery.provider,
            Delivery.form,
            func.count(Delivery.id),
            func.min(Delivery.received_at),
        )
        .where(Delivery.programme == plan.key, Delivery.state == "quarantined")
        .group_by(Delivery.provider, Delivery.form)
    ).all()
    return [_quarantined(plan.locale, *row) for row in rows]


def _quarantined(
    locale: str, provider: str, form: str, count: int, since: Any
) -> Matter:
    tool = PROVIDERS[provider].label
    gaps = {"form": form, "tool": tool, "count": count, "provider": provider}
    said = words.QUARANTINED[locale].filled(gaps)
    return Matter(
        key=f"quarantine:{provider}:{form}",
        kind="quarantine",
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=since,
        aside=said.aside,
        meaning=f"{provider}:{form}",
    )


def drifted(
    session: Session, plan: ProgrammeMap, unread: Collection[str]
) -> list[Matter]:
    """Return a matter for each form that changed so that something goes missing.

    What costs nothing is not worth a task. A form of which answers lie ``unread``
    already has its matter. Where a tool shows several forms no more for one reason, a
    token of old say, that is one matter.
    """
    rows = session.scalars(
        select(FormWatch).where(FormWatch.programme == plan.key).order_by(FormWatch.id)
    ).all()
    closed = _closed(rows)
    found = [_shut(plan, *one, some) for one, some in closed.items()]
    together = {row.id for some in closed.values() for row in some}
    for row in rows:
        bad = [
            one
            for one in row.findings
            if one["severity"] != "notes"
            and not (one["kind"] == UNREADABLE and row.id in together)
        ]
        if bad and f"quarantine:{row.provider}:{row.form}" not in unread:
            found.append(_drifted(plan, row, bad))
    return found


def _closed(rows: Sequence[FormWatch]) -> dict[tuple[str, str], list[FormWatch]]:
    """Return (tool, reason) -> the forms that cannot be read, of several alike."""
    found: dict[tuple[str, str], list[FormWatch]] = {}
    for row in rows:
        for one in row.findings:
            if one["kind"] == UNREADABLE:
                reason = next(iter(one["text"].values()))
                found.setdefault((row.provider, reason), []).append(row)
    return {one: some for one, some in found.items() if len(some) > 1}


def _shut(
    plan: ProgrammeMap, provider: str, reason: str, rows: Sequence[FormWatch]
) -> Matter:
    gaps = {"tool": PROVIDERS[provider].label, "count": len(rows), "reason": reason}
    said = words.SHUT[plan.locale].filled(gaps)
    return Matter(
        key=f"forms:{provider}",
        kind="form",
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=min(_seen(row) for row in rows),
        aside=said.aside,
        meaning=f"{provider}\n{reason}",
        ref=provider,
        urgent=True,
        seen_at=max(_seen(row) for row in rows),
    )


def _seen(row: FormWatch) -> datetime:
    return row.compared_at or row.looked_at or utcnow()


def _drifted(
    plan: ProgrammeMap, row: FormWatch, bad: Sequence[Mapping[str, Any]]
) -> Matter:
    form_map = plan.form_for(row.provider, row.form)
    told = [in_language(one["text"], plan.locale) for one in bad[:SHOWN]]
    gaps = {
        "form": in_language(form_map.title, plan.locale) if form_map else row.form,
        "form_id": row.form,
        "tool": PROVIDERS[row.provider].label,
        "findings": _and_more(plan.locale, told, len(bad)),
    }
    seen = _seen(row)
    meant = sorted({f"{one['kind']} {one['question']}" for one in bad})
    said = words.DRIFTED[plan.locale].filled(gaps)
    return Matter(
        key=f"form:{row.provider}:{row.form}",
        kind="form",
        title=said.title,
        happened=said.happened,
        safe=said.safe,
        do=said.do,
        since=seen,
        aside=said.aside,
        meaning="\n".join([row.provider, row.form, *meant]),
        ref=f"{row.provider}/{row.form}",
        urgent=any(one["severity"] == "breaks" for one in bad),
        # Forms are looked at once a day: until then nobody knows that it was mended.
        seen_at=seen,
    )
