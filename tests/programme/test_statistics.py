from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.programme.statistics import (
    count_state,
    least_yes,
    needed,
    state,
    wilson,
)

GOLDEN = [
    (0, 20, 0.0, 0.1611),
    (7, 20, 0.1812, 0.5671),
    (13, 20, 0.4329, 0.8188),
    (14, 20, 0.4810, 0.8545),
    (16, 20, 0.5840, 0.9193),
    (17, 20, 0.6396, 0.9476),
    (19, 20, 0.7639, 0.9911),
    (20, 20, 0.8389, 1.0),
    (10, 12, 0.5520, 0.9530),
    (8, 10, 0.4902, 0.9433),
    (4, 10, 0.1682, 0.6873),
    (0, 5, 0.0, 0.4345),
    (5, 5, 0.5655, 1.0),
]
TARGETS = [(2, 3), (4, 5), (1, 3), (4, 10)]
WORTH = {"missed": 0, "undetermined": 1, "open": 1, "met": 2}


@pytest.mark.parametrize(("yes", "answered", "low", "high"), GOLDEN)
def test_wilson_gives_the_known_intervals(yes, answered, low, high):
    assert wilson(yes, answered) == pytest.approx((low, high), abs=5e-5)


def test_wilson_keeps_its_ends_and_refuses_what_is_no_share():
    assert wilson(0, 7)[0] == 0.0
    assert wilson(7, 7)[1] == 1.0
    for wrong in ((1, 0), (3, 2), (-1, 4)):
        with pytest.raises(ValueError, match="no share"):
            wilson(*wrong)


@pytest.mark.parametrize("target", TARGETS)
def test_the_state_is_exact_for_every_split_of_up_to_thirty(target):
    share = Fraction(*target)
    for population in range(1, 31):
        for yes in range(population + 1):
            for unanswered in range(population - yes + 1):
                if Fraction(yes, population) >= share:
                    wanted = ("met", "met")
                elif Fraction(yes + unanswered, population) < share:
                    wanted = ("missed", "missed")
                else:
                    wanted = ("open", "undetermined")
                got = tuple(
                    state(yes, unanswered, population, target, closed)
                    for closed in (False, True)
                )
                assert got == wanted, (yes, unanswered, population)


def test_two_thirds_of_eighteen_are_twelve():
    assert state(12, 0, 18, (2, 3), True) == "met"
    assert state(11, 0, 18, (2, 3), False) == "missed"
    assert least_yes(18, (2, 3)) == 12
    assert least_yes(20, (2, 3)) == 14


def test_nobody_asked_decides_nothing():
    assert state(0, 0, 0, (2, 3), False) == "open"
    assert state(0, 0, 0, (2, 3), True) == "undetermined"


def test_what_is_needed_is_enough_and_no_less():
    assert needed(5, 8, 20, (1, 3)) == (2, 8)
    assert needed(9, 3, 20, (1, 3)) == (0, 3)
    for population in range(1, 31):
        for yes in range(population):
            more, outstanding = needed(yes, population - yes, population, (2, 3))
            assert outstanding == population - yes
            assert state(yes + more, 0, population, (2, 3), True) == "met"
            if more:
                assert state(yes + more - 1, 0, population, (2, 3), True) != "met"


def test_a_count_is_missed_only_when_its_deadline_has_passed():
    assert count_state(10, 10, False) == "met"
    assert count_state(9, 10, False) == "open"
    assert count_state(9, 10, True) == "missed"


@given(
    st.integers(0, 60), st.integers(0, 60), st.integers(0, 60),
    st.sampled_from(TARGETS), st.booleans(),
)  # fmt: skip
def test_one_more_yes_never_lowers_a_state(yes, others, unanswered, target, closed):
    population = yes + others + unanswered
    before = state(yes, unanswered, population, target, closed)
    if unanswered:
        after = state(yes + 1, unanswered - 1, population, target, closed)
        assert WORTH[after] >= WORTH[before]
    if others:
        after = state(yes + 1, unanswered, population, target, closed)
        assert WORTH[after] >= WORTH[before]


@given(st.integers(0, 60), st.integers(1, 60))
def test_one_more_yes_never_lowers_the_interval(yes, others):
    answered = yes + others
    low, high = wilson(yes, answered)
    low_after, high_after = wilson(yes + 1, answered)
    assert 0 <= low <= yes / answered <= high <= 1
    assert low_after > low
    assert high_after >= high
