"""Who takes part in the demo's two rounds, and what they say when they apply."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from random import Random
from typing import Any

from sandbox.demo.acts import Answer
from sandbox.demo.people import COMPANIES, Company, Someone, people, plain
from sandbox.demo.programme import Dates

FIELDS = ("administration", "communication", "engineering", "finance", "health", "it")
TOPICS = ("job_openings", "cv", "applications", "interview", "network", "culture")
HEARD = ("employer", "spouse", "newsletter", "linkedin", "website", "network", "press")
WHY = {
    "da": (
        "Jeg vil gerne dele mine erfaringer.",
        "Jeg vil møde nye mennesker i byen.",
        "Jeg har selv boet i udlandet og ved, hvad et netværk betyder.",
    ),
    "en": (
        "I would like to find work within my field.",
        "I want to understand how Danish workplaces do things.",
        "A network is what I miss most.",
    ),
}
UNREADABLE_PHONE = "+45123456"


@dataclass(frozen=True)
class Cast:
    """The people of both rounds; of the first round's mentees two were not taken."""

    mentors: tuple[Someone, ...]
    mentees: tuple[Someone, ...]
    turned_down: tuple[Someone, ...]
    specialists: tuple[Someone, ...]
    next_mentors: tuple[Someone, ...]
    next_mentees: tuple[Someone, ...]
    contacts: tuple[Someone, ...]

    def everyone(self) -> tuple[Someone, ...]:
        """Return every invented person, once."""
        groups = (
            self.mentors, self.mentees, self.turned_down, self.specialists,
            self.next_mentors, self.next_mentees, self.contacts,
        )  # fmt: skip
        return tuple(dict.fromkeys(one for group in groups for one in group))


def cast(seed: int) -> Cast:
    """Return the same people for the same seed."""
    pairs = list(islice(people(seed), 52))
    danish, world = [p[0] for p in pairs], [p[1] for p in pairs]
    mentors, turned_down = tuple(danish[:20]), tuple(world[20:22])
    return Cast(
        mentors=mentors,
        mentees=tuple(world[:20]),
        turned_down=turned_down,
        specialists=tuple(world[22:36]),
        # Two mentors go on, and one mentee who was turned down tries again.
        next_mentors=(*mentors[:2], *danish[20:33]),
        next_mentees=(turned_down[0], *world[36:50]),
        contacts=tuple(danish[33:37]),
    )


def company_of(mentee: int) -> Company | None:
    """Return who employs the spouse of the first round's n-th mentee, if anybody."""
    return COMPANIES[mentee % len(COMPANIES)] if mentee < 14 else None


def spread(random: Random, number: int, first: date, last: date) -> Sequence[datetime]:
    """Return times in the daytime between two days, in order."""
    days = max((last - first).days, 0)
    found = [
        datetime.combine(first, time(8), UTC)
        + timedelta(days=random.randint(0, days), minutes=random.randint(0, 700))
        for _ in range(number)
    ]
    return sorted(found)


def token(form: str, who: str, round_key: str) -> str:
    """Return a response's token: always the same, so a second sending is a repeat."""
    return f"demo-{round_key}-{form.replace('_', '-')}-{plain(who)}"


def applications(seed: int, dates: Dates, who: Cast) -> list[Answer]:
    """Return every application and registration of both rounds."""
    random = Random(f"{seed} applications")  # noqa: S311 - a story, not a secret
    first = (dates.r1_starts - timedelta(days=80), dates.r1_starts - timedelta(days=12))
    second = (dates.today - timedelta(days=44), dates.today - timedelta(days=1))
    found = []
    times = iter(spread(random, 20, *first))
    for place, one in enumerate(who.mentors):
        found.append(_mentor(random, one, place, next(times), "r1"))
    times = iter(spread(random, 22, *first))
    for place, one in enumerate((*who.mentees, *who.turned_down)):
        spouse = who.specialists[place] if place < 14 else None
        found.append(_mentee(random, one, (place, spouse), next(times), "r1"))
    times = iter(spread(random, 15, *second))
    for place, one in enumerate(who.next_mentors):
        found.append(_mentor(random, one, place + 3, next(times), "r2"))
    times = iter(spread(random, 15, *second))
    for one in who.next_mentees:
        found.append(_mentee(random, one, (99, None), next(times), "r2"))
    found[-3] = _with_unreadable_phone(found[-3])
    times = iter(spread(random, 4, *first))
    for place, one in enumerate(who.contacts):
        found.append(_registration(random, one, COMPANIES[place * 2], next(times)))
    return found


def _with_unreadable_phone(answer: Answer) -> Answer:
    answers = {**answer.answers, "phone": UNREADABLE_PHONE}
    return Answer(answer.form, answer.language, answers, answer.at, answer.token)


def person(random: Random, one: Someone) -> dict[str, Any]:
    """Return what every application asks of a person."""
    return {
        "first_name": one.first,
        "last_name": one.last,
        "email": one.email,
        "phone": one.phone,
        "language": f"language-{one.language}",
        "heard_from": f"heard_from-{random.choice(HEARD)}",
        "consent_programme": True,
        "consent_newsletter": random.random() < 0.75,
        "experience": f"experience-{random.choice(('2_to_5', '6_to_10', 'over_10'))}",
        "motivation": random.choice(WHY[one.language]),
    }


def _mentor(
    random: Random, one: Someone, place: int, at: datetime, round_key: str
) -> Answer:
    answers = person(random, one) | {
        "employer": COMPANIES[place % len(COMPANIES)].name,
        "job_title": random.choice(("Chief engineer", "Team leader", "Specialist")),
        "field_of_work": f"field_of_work-{FIELDS[place % len(FIELDS)]}",
        "topics_offered": [f"topics_offered-{t}" for t in random.sample(TOPICS, 3)],
        "meeting_times": [f"meeting_times-{random.choice(('daytime', 'evening'))}"],
        "mentees_wanted": random.choice((1, 1, 2)),
    }
    form = "mentor_application"
    return Answer(form, one.language, answers, at, token(form, one.name, round_key))


def _mentee(
    random: Random,
    one: Someone,
    spouse: tuple[int, Someone | None],
    at: datetime,
    round_key: str,
) -> Answer:
    answers = person(random, one) | mentee_wishes(random)
    place, specialist = spouse
    company = company_of(place)
    if specialist is not None and company is not None:
        answers |= {
            "sending_company": company.name,
            "specialist_first_name": specialist.first,
            "specialist_last_name": specialist.last,
            "specialist_email": work_address(specialist, company),
        }
    form = "mentee_application"
    return Answer(form, one.language, answers, at, token(form, one.name, round_key))


def mentee_wishes(random: Random) -> dict[str, Any]:
    """Return what a mentee looks for."""
    return {
        "desired_field": f"desired_field-{random.choice(FIELDS)}",
        "education": f"education-{random.choice(('bachelor', 'master', 'phd'))}",
        "topics_wanted": [f"topics_wanted-{t}" for t in random.sample(TOPICS, 2)],
        "consent_research": random.random() < 0.6,
    }


def _registration(
    random: Random, one: Someone, company: Company, at: datetime
) -> Answer:
    answers = {
        name: value
        for name, value in person(random, one).items()
        if name not in {"language", "experience", "motivation"}
    }
    answers |= {
        "email": work_address(one, company),
        "organisation_name": company.name,
        "organisation_kind": f"organisation_kind-{company.kind}",
        "website": f"https://www.{company.domain}",
        "city": "Solvig",
        "organisation_size": f"organisation_size-{company.size}",
        "company_role": ["company_role-mentors", "company_role-spouses"],
        "job_title": "HR partner",
    }
    form = "company_registration"
    return Answer(form, one.language, answers, at, token(form, company.name, "r1"))


def work_address(one: Someone, company: Company) -> str:
    """Return somebody's invented address at an invented company."""
    return f"{plain(one.first)}.{plain(one.last)}@{company.domain}"
