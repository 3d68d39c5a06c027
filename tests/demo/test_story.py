"""The demo's story by itself: invented, deterministic, and of the programme's shape."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from mappings.loading import load_programme
from sandbox.demo.acts import Script
from sandbox.demo.cast import cast
from sandbox.demo.doors import token_of
from sandbox.demo.people import COMPANIES, PLACES, people, plain
from sandbox.demo.programme import KEY, SURVEYS, Dates, write_programme
from sandbox.demo.script import SEED, write_script

FIRST_DAYS = [
    date(2026, 1, 1),
    date(2026, 2, 28),
    date(2026, 3, 31),
    date(2026, 5, 31),
    date(2026, 8, 31),
    date(2026, 11, 24),
    date(2027, 12, 31),
    date(2028, 2, 29),
]


@pytest.fixture(scope="module")
def script() -> Script:
    return write_script(date(2026, 11, 24))


def test_the_same_day_gives_the_same_story(script: Script) -> None:
    assert write_script(date(2026, 11, 24)) == script


def test_another_seed_gives_other_people(script: Script) -> None:
    other = write_script(date(2026, 11, 24), seed=SEED + 1)
    assert {a.token for a in other.applications} != {
        a.token for a in script.applications
    }


def test_every_address_ends_where_nobody_lives(script: Script) -> None:
    told = [*script.applications, *script.evaluations]
    addresses = [
        value
        for answer in told
        for value in answer.answers.values()
        if isinstance(value, str) and ("@" in value or value.startswith("http"))
    ]
    assert len(addresses) > 70
    assert all(address.endswith(".example") for address in addresses)
    hosts = [c.domain for c in COMPANIES] + [f"{p[1]}.example" for p in PLACES]
    assert all(host.endswith(".example") for host in hosts)
    assert all(place.domain.endswith(".example") for place in script.places)


def test_numbers_are_of_the_series_kept_for_fiction_or_all_zeros() -> None:
    for one in cast(SEED).everyone():
        assert one.phone.startswith(("+4520000", "+447700900", "+467017406")), one


def test_nobody_is_there_twice() -> None:
    everyone = cast(SEED).everyone()
    assert len({one.name for one in everyone}) == len(everyone)
    assert len({one.email for one in everyone}) == len(everyone)


def test_people_never_run_out_of_names() -> None:
    many = [one.email for pair in people(1) for one in pair]
    assert len(many) == len(set(many)) > 500


@pytest.mark.parametrize(
    ("name", "address"), [("Ørnulf", "oernulf"), ("Åse", "aase"), ("Amélie", "amelie")]
)
def test_names_are_written_in_plain_letters(name: str, address: str) -> None:
    assert plain(name) == address


@pytest.mark.parametrize("today", FIRST_DAYS)
def test_nothing_happens_before_its_time(today: date) -> None:
    dates, script = Dates(today), write_script(today)
    end_of_day = datetime.combine(today, time(23, 59), UTC)
    told = [*script.applications, *script.evaluations]
    assert all(answer.at <= end_of_day for answer in told)
    assert list(script.applications) == sorted(script.applications, key=lambda a: a.at)
    assert list(script.evaluations) == sorted(script.evaluations, key=lambda a: a.at)
    for change in (*script.course, *script.ending):
        assert change.at <= end_of_day
    for answer in script.evaluations:
        if answer.form == "six_month_follow_up":
            assert dates.follow_up_opens <= answer.at.date() <= today
        else:
            assert answer.at.date() >= dates.r1_starts


@pytest.mark.parametrize("today", FIRST_DAYS)
def test_the_rounds_are_dated_from_the_first_start(today: date, tmp_path: Path) -> None:
    forms = {("mentor_application", "en"): "f1", ("mentee_application", "da"): "f2"}
    write_programme(tmp_path / KEY, Dates(today), forms)
    plan = load_programme(KEY, tmp_path)
    first, second = plan.rounds
    assert (first.starts.day, first.ends.month) == (
        1,
        (first.starts.month + 2) % 12 + 1,
    )
    assert 180 <= (today - first.ends).days <= 245
    assert first.evaluations["six_month_follow_up"].holds(today)
    assert second.recruiting.holds(today)
    assert second.starts > today
    assert plan.form_for("typeform", "f1") is not None
    applied = [a.at.date() for a in write_script(today).applications]
    assert all(
        first.recruiting.holds(day) or second.recruiting.holds(day) for day in applied
    )


def test_what_staff_log_is_of_people_who_take_part(script: Script) -> None:
    who = cast(SEED)
    sessions = [m for m in script.meetings if not isinstance(m.on, str)]
    assert len(sessions) == 3
    assert {m.on for m in sessions} <= {card for _, card in script.pairs}
    kick_offs = {m.on for m in script.meetings if isinstance(m.on, str)}
    assert kick_offs == {"Round 1", "Round 2"}
    titles = [m.title for m in script.meetings]
    assert len(set(titles)) == len(titles)
    everyone = {one.email for one in who.everyone()}
    assert {email for m in script.meetings for email in m.emails} <= everyone


@pytest.mark.parametrize("today", FIRST_DAYS)
def test_only_meetings_to_come_are_without_an_outcome(today: date) -> None:
    for meeting in write_script(today).meetings:
        assert (meeting.outcome == "COMPLETED") == (meeting.at.date() <= today)


def test_the_newsletter_is_read_by_those_who_wanted_it(script: Script) -> None:
    letter = script.newsletter
    wanted = {
        answer.answers["email"]
        for answer in script.applications
        if answer.answers["consent_newsletter"]
    }
    assert {*letter.clicks, letter.leaves} <= wanted
    assert letter.leaves not in letter.clicks
    assert script.unsubscribes not in {*letter.clicks, letter.leaves}


def test_what_comes_twice_is_typeform_s(script: Script) -> None:
    assert script.repeated in script.applications[:6]
    assert (script.repeated.form, script.repeated.language) not in SURVEYS


def test_a_link_ends_in_its_token() -> None:
    assert token_of("http://127.0.0.1:8001/typeform/to/abc#token=0af3") == "0af3"
