"""One running service: its settings, its database and the programmes it serves."""

from __future__ import annotations

import hashlib
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.clients import Patience
from connector.db import Database, new_id
from connector.programme.entities import Milestone, Programme, Round
from connector.settings import ConfigError, Settings, is_loopback
from mappings.engine import load_programme
from mappings.fingerprint import mapping_hash
from mappings.plan import FormMap, ProgrammeMap

LOOK_EVERY_S = 1.0


@dataclass
class Service:
    """What every door (web, worker, command) works with.

    ``patience`` is how long its clients try: less where somebody sits and waits.
    """

    settings: Settings
    database: Database
    patience: Patience = field(default_factory=Patience)
    _maps: dict[str, tuple[float, ProgrammeMap]] = field(default_factory=dict)
    _hashes: dict[str, tuple[FormMap, str]] = field(default_factory=dict)
    _loading: threading.Lock = field(default_factory=threading.Lock)
    _not_before: dict[tuple[str, str], float] = field(default_factory=dict)
    _looked_at: float = float("-inf")
    _newest: float = 0.0

    @classmethod
    def open(cls, settings: Settings) -> Service:
        """Open the database; nothing is created or migrated."""
        return cls(settings, Database(settings.database_url))

    def programme(self, key: str) -> ProgrammeMap:
        """Return a programme's mapping, read again when one of its files changed."""
        with self._loading:
            stamp = self._stamp()
            cached = self._maps.get(key)
            if cached is None or cached[0] != stamp:
                loaded = load_programme(key, self.settings.programmes_dir)
                self._maps[key] = (stamp, loaded)
            return self._maps[key][1]

    def wait(self, key: str, tool: str, seconds: float) -> None:
        """Remember that a tool asked not to be called for so long."""
        self._not_before[key, tool] = time.monotonic() + seconds

    def must_wait(self, key: str, tool: str) -> bool:
        """Tell whether a tool's wish to be left alone still holds."""
        return self._not_before.get((key, tool), 0.0) > time.monotonic()

    def fingerprint(self, form_map: FormMap) -> str:
        """Return the mapping's hash; computed once for each loaded mapping."""
        known = self._hashes.get(form_map.name)
        if known is None or known[0] is not form_map:
            known = self._hashes[form_map.name] = (form_map, mapping_hash(form_map))
        return known[1]

    def _stamp(self) -> float:
        """Return the newest change among the mapping files, looked up once a second."""
        now = time.monotonic()
        if now - self._looked_at > LOOK_EVERY_S:
            self._looked_at, self._newest = now, self._newest_change()
        return self._newest

    def _newest_change(self) -> float:
        extra = self.settings.programmes_dir
        here = Path(__file__).parent.parent / "mappings" / "programmes"
        files = (
            path
            for folder in filter(None, (here, extra))
            for pattern in ("*.toml", "*.py")
            for path in folder.rglob(pattern)
        )
        return max((path.stat().st_mtime for path in files), default=0.0)


def lay_out(service: Service) -> None:
    """Write each programme's own rows (rounds, milestones) from its mapping files.

    Raise ``ConfigError`` where the database belongs to the demo and the settings do
    not, or the other way round: invented people and real ones never meet.
    """
    with service.database.writing() as session:
        for key in service.settings.programmes:
            _programme_row(session, service.programme(key), service.settings)


def check_apart(session: Session, key: str, settings: Settings) -> None:
    """Raise ``ConfigError`` where demo data could reach a real tool, or vice versa."""
    row = session.get(Programme, key)
    if row is not None and row.demo != settings.demo:
        held = "invented demo people" if row.demo else "a real programme"
        raise ConfigError(
            f"DATABASE_URL: this database holds {held}, the settings the other. "
            "Nothing was sent. Use a database of its own for each."
        )
    if settings.demo:
        accounts = settings.accounts[key]
        for account in (accounts.hubspot, accounts.mailchimp, accounts.typeform):
            if account is not None and not is_loopback(account.base_url):
                raise ConfigError(
                    "The demo speaks only to the sandbox on this machine; a base URL "
                    "leads elsewhere. Nothing was sent."
                )


def _programme_row(session: Session, plan: ProgrammeMap, settings: Settings) -> None:
    check_apart(session, plan.key, settings)
    row = session.get(Programme, plan.key)
    if row is None:
        row = Programme(programme=plan.key, demo=settings.demo)
        session.add(row)
    row.name = plan.name.get(plan.locale) or next(iter(plan.name.values()))
    row.locale, row.zone, row.funder = plan.locale, plan.zone, plan.funder
    row.starts = plan.period.opens if plan.period else None
    row.ends = plan.period.closes if plan.period else None
    _rounds(session, plan)
    _milestones(session, plan)


def _rounds(session: Session, plan: ProgrammeMap) -> None:
    known = {
        row.key: row
        for row in session.scalars(select(Round).where(Round.programme == plan.key))
    }
    for item in plan.rounds:
        row = known.get(item.key)
        if row is None:
            row = Round(id=_round_id(plan.key, item.key), programme=plan.key)
            row.key = item.key
            session.add(row)
        row.name = item.name.get(plan.locale) or next(iter(item.name.values()))
        row.starts, row.ends = item.starts, item.ends


def _round_id(programme: str, key: str) -> str:
    """Return a round's id, the same on every machine: one that is restored from before
    the round was planned finds its record in the CRM again.
    """
    return hashlib.sha256(f"round:{programme}:{key}".encode()).hexdigest()[:20]


def _milestones(session: Session, plan: ProgrammeMap) -> None:
    known = {
        row.key: row
        for row in session.scalars(
            select(Milestone).where(Milestone.programme == plan.key)
        )
    }
    for item in plan.milestones.values():
        if item.due is None:
            continue
        row = known.get(item.key)
        if row is None:
            row = Milestone(id=new_id(), programme=plan.key, key=item.key)
            session.add(row)
        row.title = item.name.get(plan.locale) or next(iter(item.name.values()))
        row.due = item.due
