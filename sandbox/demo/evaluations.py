"""What the first round's people answered afterwards: the figures of the demo.

The numbers are chosen so that each state is seen once at least: a target met, one
missed, one that nobody can decide any more, and one that is still open.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from random import Random
from typing import Any

from sandbox.demo.acts import Answer, Card
from sandbox.demo.cast import Cast, company_of, spread, token
from sandbox.demo.people import COMPANIES, Someone
from sandbox.demo.programme import ROUND_NAMES, Dates

AGREES = {"yes": "agree", "no": "disagree", "dont_know": "dont_know"}
# Question -> (yes, no, don't know); mentees 18 of 20 answer, mentors 17 of 20.
MENTEES = {
    "mentee_network": (15, 2, 1),
    "mentee_job_search": (13, 5, 0),
    "mentee_clarification": (16, 1, 1),
    "recommend": (17, 1, 0),
}
MENTORS = {
    "mentor_network": (14, 3, 0),
    "mentor_intercultural": (12, 3, 2),
    "recommend": (16, 0, 1),
}
# Nine answer the follow-up; of four more (one of the nine among them) staff know.
EMPLOYED = (2, 6, 1)
SILENT_COMPANY, UNHAPPY_MENTEE = COMPANIES[7], 5


def evaluations(seed: int, dates: Dates, who: Cast) -> list[Answer]:
    """Return all evaluations of the first round."""
    random = Random(f"{seed} evaluations")  # noqa: S311 - a story, not a secret
    return [
        *_closing(random, dates, who.mentees, "mentee", MENTEES),
        *_closing(random, dates, who.mentors, "mentor", MENTORS),
        *_companies(random, dates, who),
        *_follow_up(random, dates, who),
    ]


def _deal(random: Random, counts: tuple[int, int, int]) -> list[str]:
    """Return that many of each verdict, shuffled."""
    hand = [
        verdict
        for verdict, number in zip(AGREES, counts, strict=True)
        for _ in range(number)
    ]
    return random.sample(hand, len(hand))


def _choice(question: str, verdict: str) -> str:
    plain = question in {"recommend", "employed"}
    return f"{question}-{verdict if plain else AGREES[verdict]}"


def _closing(
    random: Random,
    dates: Dates,
    group: tuple[Someone, ...],
    role: str,
    asked: Mapping[str, tuple[int, int, int]],
) -> list[Answer]:
    form = f"closing_evaluation_{role}"
    hands = {question: _deal(random, counts) for question, counts in asked.items()}
    number = len(next(iter(hands.values())))
    last = dates.r1_ends + timedelta(days=10)
    times = spread(random, number, dates.r1_ends - timedelta(days=3), last)
    found = []
    for place, (one, at) in enumerate(zip(group, times, strict=False)):
        answers: dict[str, Any] = {
            question: _choice(question, hand[place]) for question, hand in hands.items()
        }
        answers["meetings_held"] = f"meetings_held-{random.choice(('4_6', '7_plus'))}"
        answers["match_quality"] = random.randint(3, 5)
        answers["joint_meetings"] = random.randint(2, 5)
        link = (Card(one.name, role, ROUND_NAMES["r1"]), "closing")
        found.append(
            Answer(form, one.language, answers, at, token(form, one.name, "r1"), link)
        )
    return found


def _companies(random: Random, dates: Dates, who: Cast) -> list[Answer]:
    """One answer for each specialist, but for those of one company."""
    form, found = "company_evaluation", []
    last = dates.r1_ends + timedelta(days=60)
    times = spread(random, 14, dates.r1_ends + timedelta(days=5), last)
    for place, at in enumerate(times):
        if company_of(place) == SILENT_COMPANY:
            continue
        mentee = who.mentees[place]
        verdict = "no" if place == UNHAPPY_MENTEE else "yes"
        answers = {
            "company_retention": f"company_retention-{verdict}",
            "specialist_still_employed": "specialist_still_employed-yes",
            "company_satisfaction": random.randint(3, 5),
        }
        link = (Card(mentee.name, "mentee", ROUND_NAMES["r1"]), "company")
        name = token(form, mentee.name, "r1")
        found.append(Answer(form, mentee.language, answers, at, name, link))
    return found


def _follow_up(random: Random, dates: Dates, who: Cast) -> list[Answer]:
    form, found = "six_month_follow_up", []
    # The first one says no; staff learn later that she was employed after all.
    hand = ["no", *_deal(random, (EMPLOYED[0], EMPLOYED[1] - 1, EMPLOYED[2]))]
    last = max(dates.today - timedelta(days=1), dates.follow_up_opens)
    times = spread(random, len(hand), dates.follow_up_opens, last)
    for mentee, verdict, at in zip(who.mentees, hand, times, strict=False):
        answers: dict[str, Any] = {
            "employed": _choice("employed", verdict),
            "still_in_touch": random.random() < 0.7,
        }
        if verdict == "yes":
            answers["workplace_kind"] = "workplace_kind-private"
        link = (Card(mentee.name, "mentee", ROUND_NAMES["r1"]), form)
        name = token(form, mentee.name, "r1")
        found.append(Answer(form, mentee.language, answers, at, name, link))
    return found
