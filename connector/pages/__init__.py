"""The first page: every figure in one row, for people who look once a week."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, abort, render_template, request
from sqlalchemy.orm import Session

from connector.pages.rows import Row, day_text, make_row
from connector.pages.words import WORDS
from connector.programme.figure import Book, local_day
from connector.programme.kpi_text import delivery_counts, round_title
from connector.programme.kpis import figures_of_programme, figures_of_round
from connector.service import Service
from mappings.plan import ProgrammeMap


@dataclass(frozen=True, slots=True)
class Section:
    """One table of the page: a round's rows, or the whole programme's."""

    anchor: str
    title: str
    rows: tuple[Row, ...]


def blueprint(service: Service) -> Blueprint:
    """Return the page of figures; it needs no script and writes nothing."""
    pages = Blueprint(
        "pages",
        __name__,
        template_folder="templates",
        static_folder="static",
        static_url_path="/assets",
    )

    @pages.get("/")
    def figures() -> str:
        programmes = service.settings.programmes
        key = request.args.get("programme", programmes[0])
        if key not in programmes:
            abort(404)
        plan = service.programme(key)
        language = _language(plan, request.args.get("lang", ""))
        with service.database.reading() as session:
            return _page(service, session, plan, language)

    return pages


def _language(plan: ProgrammeMap, wanted: str) -> str:
    """Return the language asked for, else the programme's, else English."""
    return next((each for each in (wanted, plan.locale) if each in WORDS), "en")


def _page(service: Service, session: Session, plan: ProgrammeMap, language: str) -> str:
    today = local_day(plan)
    book = Book.open(session, plan, today)
    return render_template(
        "figures.html",
        words=WORDS[language],
        language=language,
        other="en" if language == "da" else "da",
        key=plan.key,
        name=plan.name.get(language) or plan.name.get(plan.locale, plan.key),
        programmes=_programmes(service, language),
        demo=service.settings.demo,
        today=day_text(today, language),
        deliveries=delivery_counts(session, plan.key),
        sections=_sections(book, language),
    )


def _programmes(service: Service, language: str) -> list[tuple[str, str]]:
    named = ((key, service.programme(key).name) for key in service.settings.programmes)
    return [
        (key, name.get(language) or next(iter(name.values()))) for key, name in named
    ]


def _sections(book: Book, language: str) -> list[Section]:
    """Return the rounds, the newest first, then the programme as a whole."""
    sections = [
        Section(
            f"round-{row.key}",
            round_title(book.plan, row, language, years=True),
            tuple(make_row(figure, language) for figure in figures_of_round(book, row)),
        )
        for row in reversed(book.facts.rounds)
    ]
    whole = tuple(make_row(each, language) for each in figures_of_programme(book))
    return [*sections, Section("programme", WORDS[language]["whole"], whole)]
