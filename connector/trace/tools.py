"""What the tools hold of an entity: wanted, sent, accepted and pushed, side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.entities import Address
from connector.programme.resolve import members
from connector.service import Service
from connector.sync.cycle import find
from connector.sync.hubspot.computed import computed
from connector.sync.hubspot.desired import Sources, wanted
from connector.sync.hubspot.objects import objects
from connector.sync.hubspot.pipelines import Stages
from connector.sync.mailchimp.desired import desired
from connector.sync.state import NewsletterMember, RemoteRecord

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RemoteField:
    """One property there. None: not known, or nothing of ours."""

    name: str
    desired: Any
    sent: Any
    accepted: Any
    pushed: Any


@dataclass(frozen=True, slots=True)
class Remote:
    """One record in a tool."""

    tool: str
    object_type: str
    remote_id: str
    state: str
    problem: str
    pushed_at: datetime | None
    fields: tuple[RemoteField, ...]


def remotes_of(
    session: Session, service: Service, key: str, keys: Iterable[Key]
) -> dict[Key, list[Remote]]:
    """Return what each tool holds of each entity; no tool is called."""
    wanted_keys = list(keys)
    found: dict[Key, list[Remote]] = defaultdict(list)
    for look in LOOKS:
        for one, remote in look(session, service, key, wanted_keys):
            found[one].append(remote)
    return found


Look = Callable[[Session, Service, str, list[Key]], Iterable[tuple[Key, Remote]]]


def _hubspot(
    session: Session, service: Service, key: str, keys: list[Key]
) -> Iterable[tuple[Key, Remote]]:
    ours = _hubspot_desired(service, session, key)
    rows = session.scalars(
        select(RemoteRecord).where(
            RemoteRecord.programme == key,
            RemoteRecord.entity_id.in_([one for _, one in keys]),
        )
    )
    known = {(row.entity_kind, row.entity_id): row for row in rows}
    for one in keys:
        row = known.get(one)
        if row is not None:
            fields = _fields(ours.get(one, {}), row.sent, row.accepted, row.pushed)
            yield (
                one,
                Remote(
                    row.tool, row.object_type, row.remote_id or "", row.state,
                    row.problem, row.pushed_at, fields,
                ),
            )  # fmt: skip
        elif one in ours:
            fields = _fields(ours[one], {}, {}, {})
            yield one, Remote("hubspot", "", "", "not there yet", "", None, fields)


def _hubspot_desired(
    service: Service, session: Session, key: str
) -> Mapping[Key, Mapping[str, str]]:
    account = service.settings.accounts[key].hubspot
    if account is None:
        return {}
    plan, row = service.programme(key), find(session, key, "hubspot")
    stages = (row.facts if row else {}).get("hubspot.stages") or {}
    target = wanted(
        session,
        Sources(
            plan,
            objects(account),
            Stages(stages.get("pipeline", ""), stages.get("by_status", {})),
            computed(session, plan, service.settings),
        ),
    )
    return {one: record.properties for one, record in target.records.items()}


def _mailchimp(
    session: Session, service: Service, key: str, keys: list[Key]
) -> Iterable[tuple[Key, Remote]]:
    reach = members(session, [one for kind, one in keys if kind == "person"])
    addresses = session.execute(
        select(Address.email, Address.person_id).where(
            Address.programme == key, Address.person_id.in_(reach)
        )
    ).all()
    if not addresses or service.settings.accounts[key].mailchimp is None:
        return
    ours = desired(session, service.programme(key))
    rows = session.scalars(
        select(NewsletterMember).where(
            NewsletterMember.programme == key,
            NewsletterMember.email.in_([row[0] for row in addresses]),
        )
    )
    known = {row.email: row for row in rows}
    for email, person_id in addresses:
        row, target = known.get(email), ours.get(email)
        if row is None and target is None:
            continue
        fields = _fields(
            target.fields if target else {},
            row.sent if row else {},
            {},
            row.pushed if row else {},
        )
        state = (row.status if row else "") or "not there yet"
        remote = Remote(
            "mailchimp", "member", row.contact_id if row else "", state,
            row.problem if row else "", row.last_changed if row else None, fields,
        )  # fmt: skip
        yield ("person", reach[person_id]), remote


LOOKS: tuple[Look, ...] = (_hubspot, _mailchimp)


def _fields(
    target: Mapping[str, Any],
    sent: Mapping[str, Any],
    accepted: Mapping[str, Any],
    pushed: Mapping[str, Any],
) -> tuple[RemoteField, ...]:
    names = sorted({*target, *sent, *accepted, *pushed})
    return tuple(
        RemoteField(
            name,
            target.get(name),
            sent.get(name),
            accepted.get(name),
            pushed.get(name),
        )
        for name in names
    )
