"""People, staff and a service that may stop: acts, and what must hold after them.

An act is plain data, so that a failing list of them prints as something to play again.
``Play`` does each act in a real world through the doors that people, staff and the
worker use, and writes down in ``said`` who said what and when. What must stand
everywhere is worked out from ``said`` alone, never from the service's own tables.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import requests
from sqlalchemy import select, update

from connector.boundaries import listen
from connector.deliveries import Selection, replay
from connector.inbox import MAX_ATTEMPTS, Delivery
from connector.programme.entities import (
    Address,
    Alias,
    Participation,
    Person,
    ReviewItem,
)
from connector.programme.resolve import roots
from connector.sources.reconcile import Asked, reconcile
from connector.sync.hubspot.chores import compare_nightly as compare_crm
from connector.sync.mailchimp.chores import compare_nightly as compare_newsletter
from tests.world import KEY, World

FIRST_NAMES = {"anna": "Anna", "bo": "Bo", "carla": "Carla", "dan": "Dan"}
FACES = ("anna", "anna2", "bo", "bo2", "carla", "dan")
"""Each is somebody with one address; "anna2" is Anna again, who did not say so."""
TWICE = ("anna", "bo")
PHONES = tuple(f"+452011223{n}" for n in range(5))
NICKNAMES = ("Annie", "Kim", "Lou")
ROLES = ("mentee", "mentor")
STATUSES = ("applied", "selected", "declined", "active", "withdrawn")
REASONS = ("got_job", "moved", "time")
STOPS = (
    "process.before_commit", "hubspot.pull.before_commit", "hubspot.adopt.accepted",
    "hubspot.push.sent", "hubspot.push.accepted", "hubspot.links.accepted",
    "mailchimp.mirror.after_commit", "mailchimp.add.sent", "mailchimp.add.accepted",
    "mailchimp.fields.accepted", "mailchimp.word.sent", "mailchimp.word.accepted",
)  # fmt: skip
SECOND = timedelta(seconds=1)
PATIENCE = 10
"""So many cycles may it take at most until nothing moves any more."""


# --- acts ----------------------------------------------------------------------------
@dataclass(frozen=True)
class Applies:
    """A form answer. ``late`` is how many acts ago it was given; -1 is long ago."""

    face: str
    role: str = "mentee"
    newsletter: bool | None = True
    phone: str | None = PHONES[0]
    late: int = 0


@dataclass(frozen=True)
class StaffEdit:
    """Staff change the contact; ``name`` is the property, "" clears it."""

    face: str
    name: Literal["phone", "firstname"]
    value: str


@dataclass(frozen=True)
class StaffDrag:
    """Staff move the card to another column."""

    face: str
    role: str
    status: str


@dataclass(frozen=True)
class StaffReason:
    """Staff say why somebody left."""

    face: str
    role: str
    reason: str


@dataclass(frozen=True)
class InNewsletter:
    """What the person, or their mail server, does at the newsletter tool."""

    face: str
    act: Literal["unsubscribe", "resubscribe", "clean"]


@dataclass(frozen=True)
class StaffMerge:
    """Staff make the two contacts of one person one."""

    stays: str
    goes: str


@dataclass(frozen=True)
class Service:
    """What the service does, or what becomes of its webhooks."""

    what: Literal[
        "drain", "sync", "cycle", "reconcile", "reconcile whole", "replay",
        "nightly", "webhooks off", "webhooks on",
    ]  # fmt: skip


@dataclass(frozen=True)
class Stops:
    """The worker stops at a step of drain and sync, and starts again later."""

    at: str


Act = (
    Applies | StaffEdit | StaffDrag | StaffReason | InNewsletter | StaffMerge
    | Service | Stops
)  # fmt: skip


# --- what was said -------------------------------------------------------------------
@dataclass
class Said:
    """One word: about a field, a consent ("newsletter") or "<role> status"/"reason".

    ``known``: True once the service has read it, None when nobody can tell. ``apart``:
    it was said before anybody knew that another face is the same person.
    """

    face: str
    field: str
    value: Any
    source: Literal["form", "staff", "newsletter"]
    at: datetime
    known: bool | None = False
    apart: bool = False


@dataclass
class Model:
    """All that was said, and who turned out to be one."""

    said: list[Said] = field(default_factory=list)
    one: dict[str, str] = field(default_factory=lambda: {f: f for f in FACES})

    def group(self, face: str) -> set[str]:
        """Return all faces of the person with this one."""
        return {f for f in FACES if self.one[f] == self.one[face]}

    def people(self) -> list[set[str]]:
        """Return the faces of everybody who ever applied."""
        applied = {s.face for s in self.said if s.source == "form"}
        groups = {self.one[f]: self.group(f) for f in FACES}
        return [group for _, group in sorted(groups.items()) if group & applied]

    def words(self, group: Iterable[str], name: str) -> list[Said]:
        """Return what was said of a field, in the order of the times it was said."""
        faces = set(group)
        found = [s for s in self.said if s.face in faces and s.field == name]
        return sorted(found, key=lambda s: s.at)

    def newest(self, group: Iterable[str], name: str) -> Any:
        """Return what counts of a field where the last word does."""
        words = self.words(group, name)
        return words[-1].value if words else None

    def staffs(self, group: Iterable[str], name: str) -> Any:
        """Return what counts of a field where staff's last word stands."""
        words = self.words(group, name)
        by_staff = [w for w in words if w.source == "staff"]
        return (by_staff or words)[-1].value if words else None

    def may_be_subscribed(self, face: str) -> bool:
        """Tell whether the newsletter may go to an address.

        Not where the last word is a no, and not on a yes by form since they left at
        the tool: only what they do there themselves lifts that. The yes of somebody
        who was not known yet to have left from another address counts for its own.
        """
        words = self.words(self.group(face), "newsletter")
        if not words or not words[-1].value:
            return not words
        there = [w for w in words if w.source == "newsletter"]
        if not there or there[-1].value:
            return True
        return any(
            w.value and w.apart and w.face == face != there[-1].face
            for w in words[words.index(there[-1]) :]
        )

    def may_be_asked(self, face: str) -> bool:
        """Tell whether somebody may be asked to confirm: only after a yes."""
        words = self.words(self.group(face), "newsletter")
        return bool(words) and bool(words[-1].value)

    def must_be_subscribed(self, group: Iterable[str]) -> bool:
        """Tell whether somebody said yes and neither they nor anybody ever no."""
        words = self.words(group, "newsletter")
        return bool(words) and all(w.value for w in words)


class PowerGoneError(BaseException):
    """The process ends here; nothing may catch it."""


# --- a play --------------------------------------------------------------------------
class Play:
    """One world, and the acts in it."""

    def __init__(self, here: World) -> None:
        self.here = here
        self.model = Model()
        self.waiting: list[Said] = []
        self.lost: list[Said] = []
        self.deaf = False
        self.times: list[datetime] = []
        self.taken: set[datetime] = set()
        self.answers = 0
        self.crashes = 0
        self.did: Counter[str] = Counter()

    def play(self, acts: Iterable[Act]) -> None:
        """Do each act; one that nobody could do now is passed over."""
        doors: dict[type, Callable[[Any], None]] = {
            Applies: self._applies, StaffEdit: self._edits, StaffDrag: self._drags,
            StaffReason: self._reasons, InNewsletter: self._in_newsletter,
            StaffMerge: self._merges, Service: self._service, Stops: self._stops,
        }  # fmt: skip
        for act in acts:
            ticks = len(self.times)
            doors[type(act)](act)
            self.did[type(act).__name__] += len(self.times) > ticks

    # time: one act a tick, on the clock that all the hosted tools share
    def _tick(self) -> datetime:
        box = self.here.box.box
        last = self.times[-1] if self.times else datetime.fromtimestamp(0, UTC)
        now = datetime.fromtimestamp(math.ceil(box.now().timestamp()), UTC)
        at = max(last + 2 * SECOND, now)
        box.options["clock.offset_s"] = (at - datetime.now(UTC)).total_seconds()
        self.times.append(at)
        return at

    def _when(self, late: int) -> datetime:
        now = self._tick()
        if late == 0:
            return now
        if late < 0:
            return self.times[0] - timedelta(days=20) + timedelta(hours=self.answers)
        at = self.times[max(0, len(self.times) - 1 - late)] - SECOND
        return now if at in self.taken else at

    def _say(self, *said: Said) -> None:
        self.model.said += said

    # people
    def _applies(self, act: Applies) -> None:
        # A tool gives an answer its time itself: what is not heard is never older.
        at = self._when(0 if self.deaf else act.late)
        self.taken.add(at)
        self.answers += 1
        person = act.face.rstrip("2")
        told: dict[str, Any] = {
            "email": address(act.face),
            "phone": act.phone,
            "consent_newsletter": act.newsletter,
        }
        apply = (
            self.here.apply_as_mentee if act.role == "mentee"
            else self.here.apply_as_mentor
        )  # fmt: skip
        token = f"answer{self.answers:03}".ljust(32, "0")
        apply(f"{FIRST_NAMES[person]} Prøve", answers=told, at=at, token=token)
        values = {
            "firstname": FIRST_NAMES[person],
            "phone": act.phone,
            "newsletter": act.newsletter,
            f"{act.role} status": "applied",
        }
        said = [
            Said(act.face, name, value, "form", at)
            for name, value in values.items()
            if value is not None
        ]
        self._say(*said)
        (self.lost if self.deaf else self.waiting).extend(said)

    def _in_newsletter(self, act: InNewsletter) -> None:
        member = self.here.members().get(address(act.face))
        subscribed = member is not None and member["status"] == "subscribed"
        if subscribed == (act.act == "resubscribe"):
            return  # no link to click on, or nothing to change
        at = self._tick()
        requests.post(
            f"{self.here.sandbox_url}/sandbox/control/mailchimp/{act.act}",
            json={"email": address(act.face)},
            headers={"X-Sandbox-At": at.isoformat()},
            timeout=20,
        ).raise_for_status()
        yes = act.act == "resubscribe"
        self._say(Said(act.face, "newsletter", yes, "newsletter", at, known=True))

    # staff
    def _edits(self, act: StaffEdit) -> None:
        contact = self.contact(act.face)
        held = (contact or {"properties": {}})["properties"].get(act.name) or ""
        if contact is None or held == act.value:
            return
        at = self._tick()
        self.here.edit("contacts", contact["id"], at=at, **{act.name: act.value})
        self._say(Said(act.face, act.name, act.value, "staff", at))

    def _drags(self, act: StaffDrag) -> None:
        self._on_card(act, "status", "hs_pipeline_stage", self.here.stage(act.status))

    def _reasons(self, act: StaffReason) -> None:
        self._on_card(act, "reason", "vidensbro_withdrawal_reason", act.reason)

    def _on_card(
        self, act: StaffDrag | StaffReason, name: str, prop: str, value: str
    ) -> None:
        card = self.card(act.face, act.role)
        if card is None or card["properties"].get(prop) == value:
            return
        at = self._tick()
        self.here.edit("0-162", card["id"], at=at, **{prop: value})
        meant = act.status if isinstance(act, StaffDrag) else act.reason
        self._say(Said(act.face, f"{act.role} {name}", meant, "staff", at))

    def _merges(self, act: StaffMerge) -> None:
        stays, goes = self.contact(act.stays), self.contact(act.goes)
        if stays is None or goes is None or stays["id"] == goes["id"]:
            return
        lost = [
            s for s in self.model.said
            if s.source == "staff" and s.face in self.model.group(act.goes)
            and s.field in ("phone", "firstname") and s.known is not True
        ]  # fmt: skip
        doubtful = any(s.known is None for s in lost)
        if doubtful or not all(c["properties"].get("phone") for c in (stays, goes)):
            return  # what HubSpot keeps would be a word of staff, or not: let it be
        self._tick()
        self.here.crm(
            "POST", "/crm/objects/2026-09/contacts/merge",
            {"primaryObjectId": stays["id"], "objectIdToMerge": goes["id"]},
        )  # fmt: skip
        # HubSpot keeps the values of the one that stays; nobody read the others.
        self.model.said = [s for s in self.model.said if s not in lost]
        for said in self.model.said:
            said.apart |= said.face in (act.stays, act.goes)
        for face in self.model.group(act.goes):
            self.model.one[face] = self.model.one[act.stays]

    # the service
    def _service(self, act: Service) -> None:
        here = self.here
        if act.what in ("webhooks off", "webhooks on"):
            self.deaf = act.what == "webhooks off"
            here.options(typeform__webhooks_off=self.deaf)
        elif act.what.startswith("reconcile"):
            self._reconciles(whole=act.what.endswith("whole"))
        elif act.what == "replay":
            replay(here.service, KEY, Selection())
            self._drained()
        elif act.what == "nightly":
            assert compare_crm(here.service, KEY) == ""
            assert compare_newsletter(here.service, KEY) == ""
        else:
            self._works(act.what)

    def _reconciles(self, *, whole: bool) -> None:
        """Look at the two forms that are answered here: more cost time."""
        for mapping in ("mentee_application", "mentor_application"):
            asked = Asked(whole=whole, form=self.here.forms[mapping, "da"])
            looks = reconcile(self.here.service, KEY, asked)
            assert [one.problem for one in looks] == [""]
        self.waiting += self.lost
        self.lost = []

    def _works(self, what: str) -> None:
        if what in ("drain", "cycle"):
            self.here.drain()
            self._drained()
        if what in ("sync", "cycle"):
            self._sync()

    def _drained(self) -> None:
        for said in self.waiting:
            said.known = True
        self.waiting = []

    def _sync(self) -> None:
        for name, outcome in self.here.sync().items():
            assert not outcome.problems, (name, outcome.problems)
        for said in self.model.said:
            if said.source == "staff":
                said.known = True
        if not self.waiting and not self.lost:
            self.check_newsletter()

    def _stops(self, act: Stops) -> None:
        if act.at.startswith("process"):
            self.crashes += 1
            if self.crashes >= MAX_ATTEMPTS:
                return  # an answer that stops the worker so often is put aside

        def stop(name: str) -> None:
            if name == act.at:
                raise PowerGoneError

        with listening(stop):
            try:
                self.here.drain()
                self.here.sync()
            except PowerGoneError:
                pass
        for said in self.model.said:
            if said.source == "staff" and not said.known:
                said.known = None
        self._let_leases_end()

    def _let_leases_end(self) -> None:
        """What the stopped worker had in hand is free again after a while."""
        with self.here.service.database.writing() as session:
            session.execute(update(Delivery).values(leased_until=None))

    # looks
    def contact(self, face: str) -> dict[str, Any] | None:
        """Return the contact that has this address, the first or another."""
        found = [
            one for one in self.here.records("contacts")
            if address(face) in addresses(one)
        ]  # fmt: skip
        assert len(found) <= 1, f"{address(face)} twice in the CRM"
        return found[0] if found else None

    def parts(self, group: Iterable[str], role: str) -> list[Participation]:
        """Return the parts that stand for themselves, of all these faces."""
        emails = [address(face) for face in group]
        with self.here.service.database.reading() as session:
            people = select(Address.person_id).where(Address.email.in_(emails))
            found = session.scalars(
                select(Participation).where(
                    Participation.person_id.in_(people), Participation.role == role
                )
            ).all()
            root = roots(session, [part.id for part in found])
            ends = [session.get(Participation, one) for one in set(root.values())]
            return [part for part in ends if part is not None]

    def card(self, face: str, role: str) -> dict[str, Any] | None:
        """Return the card of somebody on the board."""
        parts = self.parts([face], role)
        ids = {part.id for part in parts}
        cards = [
            one for one in self.here.records("0-162")
            if one["properties"].get("vidensbro_id") in ids
        ]  # fmt: skip
        return cards[0] if len(cards) == 1 else None

    # --- the end ---------------------------------------------------------------------
    def settle(self) -> None:
        """Let all that was missed be found, and work until nothing moves any more."""
        self.play([Service("webhooks on"), Service("reconcile"), Service("cycle")])
        self.play([Service("nightly")])
        self.until_quiet()

    def until_quiet(self) -> None:
        """Drain and sync until two cycles in a row write nothing."""
        quiet = 0
        for _ in range(PATIENCE):
            self.here.forget_calls()
            self._works("cycle")
            writes = self.writes()
            quiet = 0 if writes else quiet + 1
            if quiet == 2:
                return
        raise AssertionError(f"it never comes to rest: {writes}")

    def writes(self) -> list[str]:
        """Return the calls that could have changed something at a tool."""
        return [
            entry["call"]
            for entry in self.here.calls()["recent"]
            if entry["method"] not in ("GET", "HEAD")
            and not entry["path"].endswith(("batch/read", "/search"))
            and "/sandbox/" not in entry["path"]
        ]

    def check(self) -> None:
        """Hold the world that settled against what was said."""
        self.check_newsletter()
        self.check_yes_arrived()
        self.check_words()
        self.check_cards()
        self.check_nobody_twice()
        self.check_answers()

    def check_answers(self) -> None:
        """Every answer that was given counts, once, and nothing waits for a person."""
        with self.here.service.database.reading() as session:
            found = session.scalars(select(Delivery)).all()
            states = {one.state for one in found}
            assert states == {"processed"}, f"answers that are not processed: {states}"
            assert len(found) == self.answers, f"{len(found)} of {self.answers} answers"
            doubts = [item.text for item in session.scalars(select(ReviewItem))]
            assert doubts == [], f"somebody has to look: {doubts}"

    def check_newsletter(self) -> None:
        """Nobody whose last word is a no gets the newsletter, or a question."""
        members = self.here.members()
        for face in FACES:
            status = members.get(address(face), {}).get("status")
            if status == "subscribed":
                assert self.model.may_be_subscribed(face), f"{face} left and gets it"
            if status == "pending":
                assert self.model.may_be_asked(face), f"{face} left and is asked"

    def check_yes_arrived(self) -> None:
        """Who said yes and never no gets it, at one address or another."""
        members = self.here.members()
        for group in self.model.people():
            if self.model.must_be_subscribed(group):
                stand = [members.get(address(f), {}).get("status") for f in group]
                assert "subscribed" in stand, f"{group} said yes: {stand}"

    def check_words(self) -> None:
        """Phone and first name are the newest words, here and in the CRM."""
        for group in self.model.people():
            person, contact = self.person(group), self.contact(min(group))
            assert contact is not None or len(group) == 1, group
            wanted = {
                n: self.model.newest(group, n) or None for n in ("phone", "firstname")
            }
            here = {"phone": person.phone, "firstname": person.first_name}
            assert here == wanted, f"{group}: here"
            assert contact is not None, f"{group} is not in the CRM"
            there = {n: contact["properties"].get(n) or None for n in wanted}
            assert there == wanted, f"{group}: in the CRM"

    def check_cards(self) -> None:
        """Status and reason are staff's last words, here and in the CRM."""
        for group in self.model.people():
            for role in ROLES:
                if not self.model.words(group, f"{role} status"):
                    continue
                parts = self.parts(group, role)
                assert len(parts) == 1, f"{group}: {len(parts)} parts as {role}"
                wanted = (
                    self.model.staffs(group, f"{role} status"),
                    self.model.staffs(group, f"{role} reason"),
                )
                [part] = parts
                assert (part.status, part.withdrawal_reason) == wanted, (group, role)
                held = self.here.record("0-162", vidensbro_id=part.id)["properties"]
                assert held["hs_pipeline_stage"] == self.here.stage(str(wanted[0])), (
                    group,
                    role,
                )
                reason = held.get("vidensbro_withdrawal_reason") or None
                assert reason == wanted[1], (group, role)

    def check_nobody_twice(self) -> None:
        """One contact, one person, one member of an address for everybody."""
        people = self.model.people()
        contacts = self.here.records("contacts")
        assert len(contacts) == len(people), [addresses(one) for one in contacts]
        with self.here.service.database.reading() as session:
            away = select(Alias.entity_id)
            standing = session.scalars(select(Person).where(Person.id.not_in(away)))
            number = len(standing.all())
        assert number == len(people), f"{number} people, {len(people)} expected"
        emails = [email.lower() for email in self.here.members()]
        assert len(emails) == len(set(emails)), emails

    def person(self, group: Iterable[str]) -> Person:
        """Return the one person that all these faces are."""
        emails = [address(face) for face in group]
        with self.here.service.database.reading() as session:
            known = session.scalars(
                select(Address.person_id).where(Address.email.in_(emails))
            ).all()
            root = set(roots(session, known).values())
            assert len(root) == 1, f"{emails}: {len(root)} people"
            found = session.get(Person, root.pop())
            assert found is not None
            assert not found.provisional, f"{emails} are in doubt"
            return found


@contextmanager
def listening(listener: Callable[[str], None]) -> Iterator[None]:
    """Listen to the named steps for a while."""
    listen(listener)
    try:
        yield
    finally:
        listen(None)


def address(face: str) -> str:
    """Return the address that a face answers from."""
    return f"{face}@people.example"


def addresses(contact: dict[str, Any]) -> list[str]:
    """Return every address of a contact, the first one first."""
    held = contact["properties"]
    more = (held.get("hs_additional_emails") or "").split(";")
    return [one for one in [held.get("email") or "", *more] if one]
