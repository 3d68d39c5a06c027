"""Fields that the service computes: figures, roles, personal evaluation links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.programme.consents import newsletter_word
from connector.programme.entities import (
    EvaluationLink,
    Participation,
    Person,
    Round,
)
from connector.programme.figure import Figure, local_day
from connector.programme.kpis import (
    Book,
    answers_of,
    figures_of_round,
)
from connector.programme.resolve import merged
from connector.programme.tally import by_organisation
from connector.settings import Settings, is_loopback
from connector.sync.struck import strangers
from mappings.plan import Binding, ProgrammeMap

Key = tuple[str, str]
Values = dict[Key, dict[str, Any]]
STATES = {
    "met": {"da": "nået", "en": "met"},
    "missed": {"da": "ikke nået", "en": "missed"},
    "open": {"da": "åben", "en": "open"},
    "undetermined": {"da": "kan ikke afgøres", "en": "undetermined"},
}

NOBODY_YET = {"da": "ingen deltagere endnu", "en": "nobody takes part yet"}


def computed(session: Session, plan: ProgrammeMap, settings: Settings) -> Values:
    """Return (kind, id) -> field -> value of everything that we compute ourselves."""
    book = Book.open(session, plan, local_day(plan))
    values: Values = defaultdict(dict)
    gone = merged(session)
    _rounds(session, book, values)
    _participations(session, book, settings, gone, values)
    _verdicts(book, values)
    _people(session, plan, gone, values)
    _newsletter(session, plan, values)
    _retention(book, values)
    return values


def _newsletter(session: Session, plan: ProgrammeMap, values: Values) -> None:
    """Say what each person's last word is, so that staff need not ask Mailchimp."""
    unheard = strangers(session, plan.key)
    for person_id, word in newsletter_word(session, plan.key, unheard).items():
        said = "asked" if word.asks else "yes" if word.given else "no"
        values["person", person_id]["newsletter"] = said


def _retention(book: Book, values: Values) -> None:
    indicator = book.plan.indicators.get("company_retention")
    if indicator is None:
        return
    sent = book.facts.taking_part("mentee", [row.id for row in book.facts.rounds])
    for organisation_id, verdict in by_organisation(
        book.facts, indicator, sent
    ).items():
        if verdict is not None:
            values["organisation", organisation_id]["kpi_retention"] = verdict


def _rounds(session: Session, book: Book, values: Values) -> None:
    for row in session.scalars(select(Round).where(Round.programme == book.plan.key)):
        key = ("round", row.id)
        values[key] |= {"name": row.name, "starts": row.starts, "ends": row.ends}
        for figure in figures_of_round(book, row):
            values[key][f"kpi_{figure.key}"] = figure_text(figure, book.plan.locale)


def figure_text(figure: Figure, locale: str) -> str:
    """Return a figure as one line for a CRM field: counts first, then target, state."""
    if figure.population == 0:
        return NOBODY_YET.get(locale, NOBODY_YET["en"])
    state = STATES[figure.state or "open"].get(locale, figure.state or "")
    if locale == "da":
        return (
            f"{figure.yes} ja af {figure.answered} svar, {figure.population} i alt · "
            f"mål {figure.target_count} · {state}"
        )
    return (
        f"{figure.yes} yes of {figure.answered} answered, {figure.population} in all · "
        f"target {figure.target_count} · {state}"
    )


def _participations(
    session: Session,
    book: Book,
    settings: Settings,
    gone: Mapping[str, str],
    values: Values,
) -> None:
    plan = book.plan
    parts = {
        part.id: part
        for part in session.scalars(
            select(Participation).where(Participation.programme == plan.key)
        )
    }
    people = session.execute(
        select(Person.id, Person.language).where(Person.programme == plan.key)
    )
    languages = {row[0]: row[1] for row in people}
    known = session.execute(
        select(Round.id, Round.key).where(Round.programme == plan.key)
    )
    rounds = {row[0]: row[1] for row in known}
    for link in session.scalars(
        select(EvaluationLink)
        .where(EvaluationLink.programme == plan.key)
        .order_by(EvaluationLink.created_at.desc(), EvaluationLink.token)
    ):
        root = gone.get(link.participation_id, link.participation_id)
        part = parts[root]
        language = languages.get(part.person_id) or plan.locale
        round_key = rounds.get(part.round_id, "")
        address = link_address(plan, settings, link, (part.role, round_key), language)
        fields = values["participation", root]
        fields[f"{link.kind}_link"] = address
        fields[f"{link.kind}_answered"] = (root, link.kind) in book.facts.replies


def link_address(
    plan: ProgrammeMap,
    settings: Settings,
    link: EvaluationLink,
    part: tuple[str, str],
    language: str,
) -> str:
    """Return the personal address of an evaluation; the bare token without a form.

    ``part`` is the participation's role and its round's key. A form that was made for
    the round goes before one for all, and never one that was made for another.
    """
    role, round_key = part
    addresses = {
        binding.language: address
        for binding in _of_round(plan, round_key)
        if (evaluation := plan.forms[binding.mapping].evaluation) is not None
        and evaluation.kind == link.kind
        and (evaluation.role == role or link.kind == "company")
        and (address := _template(plan, settings, binding))
    }
    usual = next(iter(addresses.values()), "{token}")
    chosen = addresses.get(language) or addresses.get(plan.locale) or usual
    return chosen.replace("{token}", link.token)


def _of_round(plan: ProgrammeMap, round_key: str) -> list[Binding]:
    """Return the forms that serve a round, those made for it last."""
    keys = {one.key for one in plan.rounds}
    named = {id(b): keys & {*b.round} for b in plan.bindings}
    fitting = [b for b in plan.bindings if named[id(b)] in (set(), {round_key})]
    return sorted(fitting, key=lambda b: bool(named[id(b)]))


def _template(plan: ProgrammeMap, settings: Settings, binding: Binding) -> str:
    """Return the address of a form with ``{token}`` in it, "" where none is known.

    Typeform takes hidden fields from the fragment, which is not sent to any server
    before the form reads it. SurveyMonkey's addresses belong to a collector and follow
    from nothing, so the binding names one.
    """
    account = settings.accounts[plan.key].typeform
    if binding.link or binding.provider != "typeform" or account is None:
        return binding.link
    local = is_loopback(account.base_url)
    base = account.base_url if local else "https://form.typeform.com"
    return f"{base}/to/{binding.form}#token={{token}}"


def _verdicts(book: Book, values: Values) -> None:
    """Give each participation its person's own verdicts, not their company's."""
    own = {
        key
        for key, indicator in book.plan.indicators.items()
        if indicator.population != "sending_organisations"
    }
    for part_id, part in book.facts.parts.items():
        for key, verdict in answers_of(book.facts, book.plan, part).items():
            if key in own:
                values["participation", part_id][f"kpi_{key}"] = verdict


def _people(
    session: Session, plan: ProgrammeMap, gone: Mapping[str, str], values: Values
) -> None:
    """Say of each person which parts they had, and what they answered last."""
    rows = session.execute(
        select(Participation, Round)
        .join(Round, Round.id == Participation.round_id)
        .where(Participation.programme == plan.key)
        .order_by(Round.starts, Participation.role)
    ).all()
    roles: dict[str, list[str]] = defaultdict(list)
    answers: dict[str, dict[str, str]] = defaultdict(dict)
    for part, row in rows:
        if part.id in gone:
            continue
        person = gone.get(part.person_id, part.person_id)
        roles[person].append(f"{row.key}.{part.role}.{part.status or 'applied'}")
        for name, verdict in values.get(("participation", part.id), {}).items():
            if name.startswith("kpi_"):
                answers[person][name.removeprefix("kpi_")] = verdict
    for person, said in roles.items():
        values["person", person]["roles"] = f";{';'.join(said)};"
        values["person", person]["kpi_summary"] = "\n".join(
            f"{plan.indicators[key].label.get(plan.locale, key)}: {verdict}"
            for key, verdict in sorted(answers[person].items())
            if key in plan.indicators
        )
