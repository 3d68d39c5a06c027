"""Where a record is from, and where it stands in the CRM; how records are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.faces.words import words_of
from connector.inbox import Delivery
from connector.programme.claims import Claim
from connector.programme.entities import DeliveryEntity
from connector.programme.figure import in_language
from connector.service import Service
from connector.sync.cycle import find
from connector.sync.state import RemoteRecord
from mappings.plan import ProgrammeMap

OBJECTS = {"contacts": "0-1", "companies": "0-2"}
HUBSPOT_API = "https://api.hubapi.com"
RECORDS = "https://app.hubspot.com/contacts"


@dataclass(frozen=True, slots=True)
class Reader:
    """What cards are read with: a session, the programme and its settings."""

    session: Session
    service: Service
    plan: ProgrammeMap

    def day(self, at: datetime) -> str:
        """Return a time as a day in the programme's zone."""
        return at.astimezone(ZoneInfo(self.plan.zone)).date().isoformat()

    def choice(self, field: str, code: str | None) -> str:
        """Return a choice's word in the programme's language, else its code."""
        rule = self.plan.fields.get(field)
        for one in rule.choices if rule is not None else ():
            if one.code == code:
                return in_language(one.label, self.plan.locale)
        return code or ""


def first_heard(reader: Reader, reach: Iterable[str]) -> tuple[str, ...]:
    """Return the form and the delivery that it was first in, else who said it first."""
    ids, said = set(reach), words_of(reader.plan.locale)
    first = reader.session.scalars(
        select(Delivery)
        .join(DeliveryEntity, DeliveryEntity.delivery_id == Delivery.id)
        .where(DeliveryEntity.entity_id.in_(ids))
        .order_by(Delivery.received_at, Delivery.id)
        .limit(1)
    ).first()
    if first is not None:
        form = reader.plan.form_for(first.provider, first.form)
        title = in_language(form.title, reader.plan.locale) if form else first.form
        return (title, said["delivery"].format(number=first.id))
    origin = reader.session.scalars(
        select(Claim.origin)
        .where(Claim.entity_id.in_(ids))
        .order_by(Claim.seen_at, Claim.id)
        .limit(1)
    ).first()
    return (origin,) if origin else ()


def in_hubspot(reader: Reader, kind: str, reach: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of its records there, and what is the matter with them."""
    said, told = words_of(reader.plan.locale), []
    for row in _records(reader, kind, reach):
        told += [row.remote_id] if row.remote_id else []
        told += [said.get(row.state, row.state)] if row.state != "linked" else []
    return tuple(told)


def _records(reader: Reader, kind: str, reach: Iterable[str]) -> Sequence[RemoteRecord]:
    return reader.session.scalars(
        select(RemoteRecord)
        .where(
            RemoteRecord.programme == reader.plan.key,
            RemoteRecord.tool == "hubspot",
            RemoteRecord.entity_kind == kind,
            RemoteRecord.entity_id.in_(set(reach)),
        )
        .order_by(RemoteRecord.id)
    ).all()


def links(reader: Reader, kind: str, reach: Iterable[str]) -> tuple[str, ...]:
    """Return where staff find its records; nothing where the CRM is a stand-in.

    HubSpot leads from this host to the region of the account.
    """
    account = reader.service.settings.accounts[reader.plan.key].hubspot
    connection = find(reader.session, reader.plan.key, "hubspot")
    if account is None or connection is None or not connection.account:
        return ()
    if not account.base_url.startswith(HUBSPOT_API):
        return ()
    return tuple(
        f"{RECORDS}/{connection.account}/record/"
        f"{OBJECTS.get(row.object_type, row.object_type)}/{row.remote_id}"
        for row in _records(reader, kind, reach)
        if row.remote_id
    )
