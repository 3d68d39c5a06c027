"""What is to be made, and what stands already: looked up, and nothing changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.clients import RemoteRefused
from connector.making.makers import Maker
from connector.service import Service
from connector.sources.state import FormMade
from mappings.plan import Binding, FormMap, ProgrammeMap

State = Literal["new", "begun", "gone", "stands", "read", "twin"]
"""``begun``: asked for, and what came of it was never heard. ``gone``: it was made, and
the account has it no more. ``read``: one of that title is bound already. ``twin``: one
of that title is not, and it was not made here."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One form: a mapping, in a language, for a round, at a tool."""

    provider: str
    mapping: str
    language: str
    round: str


@dataclass(frozen=True, slots=True)
class Job:
    """A wish with how it stands. ``form`` is the id of what is there, ``link`` its.

    ``bound`` tells whether the programme reads that form already. ``asked_at`` is when
    the tool was asked for it, by the title ``asked_as``; None where it never was.
    """

    wish: Wish
    title: str
    form_map: FormMap
    state: State
    form: str = ""
    link: str = ""
    bound: bool = False
    asked_at: datetime | None = None
    asked_as: str = ""

    @property
    def rules(self) -> tuple[str, ...]:
        """Return how an answer's round is told: what the link says, else this round."""
        if not self.form_map.round:
            return ()
        said = (r for r in self.form_map.round if r == "token" or ":" in r)
        return (*said, self.wish.round)

    @property
    def is_open(self) -> bool:
        """Tell whether anything is left to do at the tool or in the city's files."""
        if self.state in ("new", "begun", "gone"):
            return True
        return self.state == "stands" and not (self.bound and self.link)

    def binding(self, link: str = "") -> Binding:
        """Return the binding of the form; ``link`` is the address with {token}."""
        personal = link if self.form_map.evaluation is not None else ""
        wish = self.wish
        return Binding(
            wish.provider, self.form, wish.mapping, wish.language, self.rules, personal
        )

    def made(self, form: str) -> Job:
        """Return the job as it is once its form has an id."""
        return replace(self, state="stands", form=form, link="", bound=False)


def wishes(
    plan: ProgrammeMap,
    form: str,
    round_key: str,
    provider: str,
    languages: Iterable[str],
) -> list[Wish]:
    """Return what is asked for; "all" is every form of the programme."""
    names = sorted(plan.forms) if form == "all" else [form]
    return [
        Wish(provider, name, language, round_key)
        for name in names
        for language in languages
    ]


def title_of(plan: ProgrammeMap, wish: Wish) -> str:
    """Return the title by which staff tell a form: what, which programme and round."""
    rounds = {r.key: r for r in plan.rounds}
    parts = (plan.forms[wish.mapping].title, plan.name, rounds[wish.round].name)
    return " · ".join(part[wish.language] for part in parts)


def plan_forms(
    service: Service, plan: ProgrammeMap, wished: Iterable[Wish], maker: Maker
) -> list[Job]:
    """Return each wish with how it stands in the account. Only reads.

    Raise RemoteError where the account cannot be read, for then nothing may be made.
    """
    client = maker.source.connect(service, plan.key)
    try:
        there = maker.source.others(client)
        with service.database.reading() as session:
            jobs = [_job(session, plan, wish, there) for wish in wished]
        return [_seen(job, client, maker) for job in jobs]
    finally:
        client.door.close()


def _seen(job: Job, client: Any, maker: Maker) -> Job:
    """Ask for a form itself that the list lacks: a list may lag behind."""
    if job.state != "gone":
        return job
    try:
        maker.source.live(client, job.form)
    except RemoteRefused as error:
        if error.status in (404, 410):
            return job
        raise
    return replace(job, state="stands")


def row_of(session: Session, key: str, wish: Wish) -> FormMade | None:
    """Return what is remembered of a wish."""
    return session.scalar(
        select(FormMade).where(
            FormMade.programme == key,
            FormMade.provider == wish.provider,
            FormMade.mapping == wish.mapping,
            FormMade.language == wish.language,
            FormMade.round == wish.round,
        )
    )


def _job(
    session: Session, plan: ProgrammeMap, wish: Wish, there: list[tuple[str, str]]
) -> Job:
    title, form_map = title_of(plan, wish), plan.forms[wish.mapping]
    row = row_of(session, plan.key, wish)
    if row is None:
        return Job(wish, title, form_map, **_unknown(plan, wish, title, there))
    asked: dict[str, Any] = {"asked_at": row.asked_at, "asked_as": row.title}
    if not row.form:
        return Job(wish, title, form_map, "begun", **asked)
    bound = (wish.provider, row.form) in plan.bound
    state: State = "stands" if row.form in dict(there) else "gone"
    return Job(wish, title, form_map, state, row.form, row.link, bound, **asked)


def _unknown(
    plan: ProgrammeMap, wish: Wish, title: str, there: list[tuple[str, str]]
) -> Mapping[str, Any]:
    """Return how a wish stands that nothing is remembered of."""
    twins = [form for form, named in there if named.strip() == title]
    read = [form for form in twins if (wish.provider, form) in plan.bound]
    if read:
        return {"state": "read", "form": read[0], "bound": True}
    return {"state": "twin", "form": twins[0]} if twins else {"state": "new"}
