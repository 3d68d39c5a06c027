"""HubSpot's side of a programme: the client, its objects, and what we know of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.clients import HubSpot
from connector.clients.hubspot import Past
from connector.clients.settling import chunks
from connector.programme.matches import settle_states
from connector.programme.policies import policy_of
from connector.programme.resolve import resolve
from connector.sync.context import Context
from connector.sync.hubspot.computed import computed
from connector.sync.hubspot.desired import STAGE, Key, Sources, Wanted, wanted
from connector.sync.hubspot.objects import ID, ObjectKind
from connector.sync.hubspot.pipelines import Stages
from connector.sync.lost import Lost
from connector.sync.state import RemoteRecord
from mappings.plan import FieldRule, ProgrammeMap

TOOL = "hubspot"
# Databases take some thousands of values in one question; this is far below.
IDS_AT_ONCE = 500
MORE_EMAILS = "hs_additional_emails"


@dataclass
class Side:
    """What every step of the HubSpot sync works with."""

    context: Context
    client: HubSpot
    kinds: dict[str, ObjectKind]
    stages: Stages
    # The app that we write as, and under which ids its writes stand in a property's
    # history. Both empty where the settings do not name it.
    app_id: str = ""
    sources: frozenset[str] = frozenset()
    # Participation record -> contacts, as read in this sync: it need not be read twice.
    on_board: dict[str, list[str]] = field(default_factory=dict)
    # Records that could not be read in this sync: what nobody saw is not written to.
    unread: set[Key] = field(default_factory=set)
    # Records that were made in this sync: nothing hangs on them that is not ours.
    made: set[Key] = field(default_factory=set)
    # Records that bore a key of the service when they were taken over in this sync: a
    # machine that was lost had written them.
    reborn: set[Key] = field(default_factory=set)

    @property
    def lost(self) -> Lost:
        """Return when a machine wrote here that was lost and restored since."""
        return Lost.of(self.context.facts)

    @property
    def plan(self) -> ProgrammeMap:
        """Return the programme's mapping."""
        return self.context.plan

    def read_back(self, kind: str) -> dict[str, FieldRule]:
        """Return property -> rule of what staff may edit in HubSpot."""
        found = {}
        for rule in self.context.plan.leaving("hubspot"):
            if (
                rule.entity == kind
                and rule.hubspot is not None
                and rule.hubspot.read_back
            ):
                name = rule.hubspot.property
                found[self.kinds[kind].stage if name == STAGE else name] = rule
        return found

    def names(self, kind: str) -> list[str]:
        """Return the properties to read of a record."""
        more = [MORE_EMAILS] if kind == "person" else []
        return [ID, *self.read_back(kind), *more]

    def property_of(self, kind: str, name: str) -> str:
        """Return the property that carries a field, "" where none does."""
        rule = self.context.plan.fields[f"{kind}.{name}"]
        return rule.hubspot.property if rule.hubspot is not None else ""

    def is_ours(self, past: Past) -> bool:
        """Tell whether we wrote a value ourselves.

        An integration's write bears its app's id. Where ours is not known, or the
        entry names none, any integration counts as ours.
        """
        if past.source_type != "INTEGRATION":
            return False
        unknown = not (self.sources and past.source_id)
        return unknown or str(past.source_id) in self.sources

    def is_lost_work(self, past: Past) -> bool:
        """Tell whether a machine of ours wrote a value that was lost since."""
        return self.lost.holds(past.at) and self.is_ours(past)

    def wanted(self, session: Session) -> Wanted:
        """Return the desired state of the whole programme, computed anew."""
        plan = self.context.plan
        values = computed(session, plan, self.context.service.settings)
        return wanted(session, Sources(plan, self.kinds, self.stages, values))

    def records(
        self, session: Session, kind: str | None = None
    ) -> dict[Key, RemoteRecord]:
        """Return what we know of our records there, by entity."""
        query = select(RemoteRecord).where(
            RemoteRecord.programme == self.context.key, RemoteRecord.tool == TOOL
        )
        if kind is not None:
            query = query.where(RemoteRecord.entity_kind == kind)
        return {(r.entity_kind, r.entity_id): r for r in session.scalars(query)}

    def rows(self, session: Session, keys: Iterable[Key]) -> dict[Key, RemoteRecord]:
        """Return what we know of these entities' records, without the others."""
        query = select(RemoteRecord).where(
            RemoteRecord.programme == self.context.key, RemoteRecord.tool == TOOL
        )
        ids = sorted({entity_id for _, entity_id in keys})
        return {
            (row.entity_kind, row.entity_id): row
            for part in chunks(ids, IDS_AT_ONCE)
            for row in session.scalars(query.where(RemoteRecord.entity_id.in_(part)))
        }

    def record(self, session: Session, key: Key) -> RemoteRecord:
        """Return (or begin) what we know of one entity's record."""
        found = self.rows(session, [key]).get(key)
        return found if found is not None else self.begin(session, key)

    def begin(self, session: Session, key: Key) -> RemoteRecord:
        """Begin to know of one entity's record."""
        row = RemoteRecord(
            programme=self.context.key,
            tool=TOOL,
            object_type=self.kinds[key[0]].type,
            entity_kind=key[0],
            entity_id=key[1],
            state="linked",
            problem="",
            problem_hash="",
            sent={},
            accepted={},
            pushed={},
        )
        session.add(row)
        return row

    def settle(self, session: Session, touched: Iterable[Key]) -> None:
        """Resolve entities that staff spoke of, and what follows from them."""
        keys = list(touched)
        if keys:
            resolve(session, policy_of(self.context.plan), keys)
            settle_states(session, self.context.key)
