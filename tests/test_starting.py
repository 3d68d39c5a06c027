"""A programme's first directory: key, days, and a file that holds."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.settings import ConfigError
from connector.starting import (
    KEY,
    LONGEST_KEY,
    TAKEN,
    Beginning,
    check_key,
    key_of,
    programme_text,
    recruits_from,
    round_ends,
    write_programme,
)
from mappings.engine import load_programme

TODAY = date(2026, 11, 24)
STARTS = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Søby", "soeby"),
        ("Mentorprogram i Århus", "aarhus"),
        ("Karrierementorprogrammet i Lyngby-Taarbæk", "lyngby-taarbaek"),
        ("The Mentoring Programme", "the-mentoring-programme"),
        ("Málaga 2027!", "malaga-2027"),
        ("", "programme"),
        ("数学", "programme"),
    ],
)
def test_a_key_is_what_tells_the_programme_from_others(name, key):
    assert key_of(name) == key


@given(st.text())
def test_every_name_has_a_key_that_can_be_one(name):
    key = key_of(name)
    assert KEY.fullmatch(key)
    assert len(key) <= LONGEST_KEY
    if key not in TAKEN:
        check_key(key)


@pytest.mark.parametrize("key", ["", "A", "a b", "a--b", "-a", "a_b", "../x", "x" * 31])
def test_what_can_be_no_key_is_refused(key):
    with pytest.raises(ConfigError, match="is no key"):
        check_key(key)


@pytest.mark.parametrize("key", TAKEN)
def test_what_has_a_meaning_already_is_refused(key):
    with pytest.raises(ConfigError, match="taken"):
        check_key(key)


def begin(name: str = "Søby", starts: date | None = STARTS) -> Beginning:
    return Beginning("soeby", name, "da", starts, TODAY)


def test_the_days_follow_from_the_first_as_in_the_first_programme():
    held = tomllib.loads(programme_text(begin()))["rounds"]["r1"]
    assert held["ends"] == date(2027, 6, 30)
    assert held["recruiting"]["closes"] == date(2027, 2, 28)
    closing = held["evaluations"]["closing"]
    assert closing == {"opens": date(2027, 6, 1), "closes": date(2027, 8, 31)}
    six = held["evaluations"]["six_month_follow_up"]
    assert six == {"opens": date(2027, 12, 30), "closes": date(2028, 2, 29)}


def test_an_application_of_today_belongs_to_the_round():
    assert recruits_from(STARTS, TODAY) == TODAY
    assert recruits_from(STARTS, date(2027, 1, 5)) == date(2026, 12, 1)


def test_nothing_is_said_that_nobody_said(tmp_path):
    held = tomllib.loads(programme_text(begin(starts=None)))
    assert set(held) == {"inherits", "name", "locale"}
    write_programme(begin(starts=None), tmp_path)
    assert not load_programme("soeby", tmp_path).rounds


@settings(max_examples=25, deadline=None)
@given(
    name=st.text(min_size=1).filter(lambda text: any(c.isalnum() for c in text)),
    starts=st.none() | st.dates(date(2020, 1, 1), date(2090, 12, 31)),
    language=st.sampled_from(["da", "en"]),
)
def test_whatever_is_said_makes_a_file_that_holds(
    tmp_path_factory, name, starts, language
):
    directory = tmp_path_factory.mktemp("programmes")
    write_programme(Beginning("soeby", name, language, starts, TODAY), directory)
    plan = load_programme("soeby", directory)
    assert plan.locale == language
    if starts is not None:
        (only,) = plan.rounds
        assert (only.starts, only.ends) == (starts, round_ends(starts))
        assert only.recruiting.closes == starts - timedelta(days=1)


def test_a_directory_that_is_there_is_left_alone(tmp_path):
    path = tmp_path / "soeby" / "programme.toml"
    path.parent.mkdir()
    path.write_text("# by hand")
    assert write_programme(begin(), tmp_path) == path
    assert path.read_text() == "# by hand"


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "soeby").write_text("a file in its place")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_programme(begin(), tmp_path)
    assert Path(tmp_path / "soeby").is_file()
