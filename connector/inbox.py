"""The inbox: every delivery's raw bytes, stored before anything is understood.

The table is the truth; the queue only rings a bell. A delivery is one response at one
provider (decision: key = programme, provider, form, response, kind, revision); what a
provider repeats is counted on it.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import (
    Connection,
    CursorResult,
    Index,
    LargeBinary,
    UniqueConstraint,
    bindparam,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import BUSY_MS, CLOCK_SET_BACK, Base, Database, utcnow
from webhooks.submission import DeliveryKey

State = Literal[
    "received",  # stored, not yet understood
    "processed",  # every record of it stands in the programme
    "parked",  # something in it needs a person; the rest stands in the programme
    "quarantined",  # no mapping knows its form yet
    "partial",  # an unfinished answer: kept, never mapped
    "test",  # the provider's own test request: shown, never mapped
    "discarded",  # staff said that it does not count
]
MAX_ATTEMPTS = 3
LEASE = timedelta(seconds=60)


class Delivery(Base):
    """Raw bytes received or fetched. ``reasons`` are field-level, for staff."""

    __tablename__ = "delivery"
    __table_args__ = (
        UniqueConstraint(
            "programme", "provider", "form", "response", "kind", "revision"
        ),
        Index("delivery_state", "state", "leased_until"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    provider: Mapped[str]
    form: Mapped[str]
    response: Mapped[str]
    kind: Mapped[str]
    revision: Mapped[str] = mapped_column(default="")
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    received_at: Mapped[datetime] = mapped_column(default=utcnow)
    via: Mapped[str] = mapped_column(default="webhook")
    sightings: Mapped[int] = mapped_column(default=1)
    last_seen_at: Mapped[datetime] = mapped_column(default=utcnow)
    state: Mapped[str] = mapped_column(default="received")
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    processed_at: Mapped[datetime | None]
    mapping_hash: Mapped[str] = mapped_column(default="")
    reasons: Mapped[list[Any]] = mapped_column(default=list)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a delivery at the door."""

    delivery_id: int
    new: bool


_KEY = ("programme", "provider", "form", "response", "kind", "revision")


def _storing(insert: Any) -> Any:
    statement = insert(Delivery).values(
        **{name: bindparam(name) for name in (*_KEY, "body", "via", "received_at")},
        last_seen_at=bindparam("received_at"),
        sightings=1,
        state="received",
        attempts=0,
        mapping_hash="",
        reasons=[],
    )
    return statement.on_conflict_do_update(
        index_elements=list(_KEY),
        set_={
            "sightings": Delivery.sightings + 1,
            "last_seen_at": bindparam("received_at"),
        },
    ).returning(Delivery.id, Delivery.sightings)


_STORE = {"sqlite": _storing(sqlite.insert), "postgresql": _storing(postgresql.insert)}


def accept(
    connection: Connection,
    programme: str,
    provider: str,
    key: DeliveryKey,
    body: bytes,
    via: str = "webhook",
) -> Receipt:
    """Store a delivery once, or count one more sighting of it. The caller commits."""
    values = _values(programme, provider, key, body, via)
    row = connection.execute(_STORE[connection.dialect.name], values).one()
    return Receipt(delivery_id=row[0], new=row[1] == 1)


def _values(
    programme: str, provider: str, key: DeliveryKey, body: bytes, via: str
) -> dict[str, Any]:
    return {
        "programme": programme,
        "provider": provider,
        "form": key.form,
        "response": key.response,
        "kind": key.kind,
        "revision": key.revision,
        "body": body,
        "via": via,
        "received_at": utcnow(),
    }


class Door:
    """The receiver's way in: one delivery, one statement, committed when it is done.

    On SQLite, which has one writer anyway, it is one open connection and a line before
    it. Waiting in line, for microseconds, is fairer than SQLite's busy handler, which
    sleeps and lets others overtake; and a statement that the driver takes as it stands
    holds the interpreter's lock half as long as one that SQLAlchemy prepares anew.
    """

    def __init__(self, database: Database) -> None:
        """Nothing is opened before the first delivery."""
        self._database = database
        self._line = threading.Lock()
        self._connection: Any = None
        compiled = _STORE["sqlite"].compile(dialect=sqlite.dialect())
        self._statement = str(compiled)
        self._order: list[str] = list(compiled.positiontup)
        self._constant: dict[str, Any] = {**compiled.params, "reasons": "[]"}

    def accept(
        self, programme: str, provider: str, key: DeliveryKey, body: bytes
    ) -> Receipt:
        """Store a delivery once, or count one more sighting; it is safe on return.

        Raise the driver's error, or ``TimeoutError``, where it cannot be stored now.
        """
        values = _values(programme, provider, key, body, "webhook")
        if self._database.engine.dialect.name != "sqlite":
            with self._database.engine.begin() as connection:
                row = connection.execute(_STORE["postgresql"], values).one()
            return Receipt(delivery_id=row[0], new=row[1] == 1)
        values["received_at"] = values["received_at"].strftime(SQLITE_TIME)
        given = self._constant | values
        parameters = [given[name] for name in self._order]
        if not self._line.acquire(timeout=BUSY_MS / 1000):
            raise TimeoutError("the line of writers does not move")
        try:
            row = self._execute(parameters)
        finally:
            self._line.release()
        return Receipt(delivery_id=row[0], new=row[1] == 1)

    def _execute(self, parameters: list[Any]) -> Any:
        if self._connection is None:
            self._connection = self._database.engine.raw_connection()
        try:
            cursor = self._connection.cursor()
            # Outside a transaction SQLite commits when the statement's last row is
            # fetched.
            rows = cursor.execute(self._statement, parameters).fetchall()
        except BaseException:
            broken, self._connection = self._connection, None
            broken.invalidate()
            raise
        return rows[0]


SQLITE_TIME = "%Y-%m-%d %H:%M:%S.%f"  # as SQLAlchemy writes a time there


def claim_next(
    session: Session, limit: int = 1, programmes: Collection[str] | None = None
) -> list[int]:
    """Lease up to ``limit`` waiting deliveries, oldest first, counting the attempt.

    The attempt is committed before the work, so a delivery that kills the worker is
    parked after ``MAX_ATTEMPTS`` instead of killing it for ever. One that was tried
    before is leased alone: its neighbours must not be counted down with it. With
    ``programmes``, deliveries of others are left waiting. A lease longer than any is of
    a clock that was ahead.
    """
    now = utcnow()
    waiting = (
        select(Delivery.id, Delivery.attempts)
        .where(
            Delivery.state == "received",
            or_(
                Delivery.leased_until.is_(None),
                Delivery.leased_until < now,
                Delivery.leased_until > now + LEASE + CLOCK_SET_BACK,
            ),
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    if programmes is not None:
        waiting = waiting.where(Delivery.programme.in_(programmes))
    if session.get_bind().dialect.name != "sqlite":
        waiting = waiting.with_for_update(skip_locked=True)
    found = session.execute(waiting).all()
    ids = [row.id for row in found if row.attempts == 0]
    if found and found[0].attempts > 0:
        ids = [found[0].id]
    if ids:
        session.execute(
            update(Delivery)
            .where(Delivery.id.in_(ids))
            .values(leased_until=now + LEASE, attempts=Delivery.attempts + 1)
        )
    return ids


def settle(
    delivery: Delivery,
    state: State,
    *,
    reasons: list[dict[str, Any]] | None = None,
    mapping_hash: str = "",
) -> None:
    """Write what became of a delivery; it is no longer leased."""
    delivery.state = state
    delivery.reasons = reasons or []
    delivery.mapping_hash = mapping_hash
    delivery.processed_at = utcnow()
    delivery.leased_until = None


def reopen(
    session: Session,
    *,
    ids: list[int] | None = None,
    programme: str | None = None,
    provider: str | None = None,
    form: str | None = None,
    states: tuple[State, ...] = ("processed", "parked", "quarantined"),
) -> int:
    """Send deliveries through today's mapping again; return how many."""
    chosen = update(Delivery).where(
        Delivery.state.in_(states),
        Delivery.kind != "event",  # a hint is looked into once, whatever the mapping
    )
    if ids is not None:
        chosen = chosen.where(Delivery.id.in_(ids))
    for column, value in (
        (Delivery.programme, programme),
        (Delivery.provider, provider),
        (Delivery.form, form),
    ):
        if value is not None:
            chosen = chosen.where(column == value)
    result = session.execute(
        chosen.values(state="received", attempts=0, leased_until=None)
    )
    assert isinstance(result, CursorResult)  # noqa: S101 - an UPDATE's result
    return result.rowcount


def forget_events(session: Session, programme: str, before: datetime) -> int:
    """Delete event deliveries that were understood before then; return how many.

    They said where to look, and somebody has looked; answers are kept.
    """
    old = session.execute(
        delete(Delivery)
        .where(
            Delivery.programme == programme,
            Delivery.kind == "event",
            Delivery.state == "processed",
            Delivery.processed_at < before,
        )
        .returning(Delivery.id)
    )
    return len(old.all())
