"""What a handful of answers can and cannot say, decided in integers.

Two uncertainties, never mixed: what the unanswered could still change in this round
(``yes`` to ``yes + unanswered``), and what another round might give (``wilson``).
"""

from __future__ import annotations

from math import sqrt
from typing import Literal

State = Literal["met", "missed", "open", "undetermined"]
Share = tuple[int, int]

Z_95 = 1.959963984540054
"""The 97.5 % point of the standard normal distribution."""


def wilson(yes: int, answered: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share; ``answered`` is at least 1.

    E. B. Wilson, "Probable inference, the law of succession, and statistical
    inference", J. Am. Stat. Assoc. 22 (1927), 209-212: the shares p for which
    (share - p)^2 = z^2 p (1 - p) / n, solved for p; without continuity correction.
    At n = 20 it covers 95 % on average, where the textbook's normal one covers 86 %.
    """
    if not 0 <= yes <= answered or answered < 1:
        raise ValueError(f"{yes} yes of {answered} answers is no share")
    share, z2 = yes / answered, Z_95 * Z_95
    scale = 1 + z2 / answered
    middle = share + z2 / (2 * answered)
    reach = Z_95 * sqrt(share * (1 - share) / answered + z2 / (4 * answered * answered))
    # At both ends the formula gives 0 and 1 exactly; floats miss them by a hair.
    low = 0.0 if yes == 0 else (middle - reach) / scale
    high = 1.0 if yes == answered else (middle + reach) / scale
    return low, high


def state(
    yes: int, unanswered: int, population: int, target: Share, closed: bool
) -> State:
    """Tell whether a share's target is met, missed or still open.

    Met once ``yes`` of the whole population reaches it, missed once not even a yes
    from every unanswered one could; between the two it is open until its closing
    date has passed (``closed``), then undetermined. Don't-know counts as answered and
    not as yes. Nobody asked decides nothing.
    """
    numerator, denominator = target
    wanted = numerator * population
    if population and yes * denominator >= wanted:
        return "met"
    if (yes + unanswered) * denominator < wanted:
        return "missed"
    return "undetermined" if closed else "open"


def count_state(done: int, target: int, closed: bool) -> State:
    """Tell whether a number is reached: missed only when its deadline has passed."""
    if done >= target:
        return "met"
    return "missed" if closed else "open"


def least_yes(population: int, target: Share) -> int:
    """Return how many of a population a share asks for at least: 14 of 20 for 2/3."""
    numerator, denominator = target
    return -(-numerator * population // denominator)


def needed(
    yes: int, unanswered: int, population: int, target: Share
) -> tuple[int, int]:
    """Return (how many more yes, of how many outstanding) a target still takes."""
    return max(0, least_yes(population, target) - yes), unanswered
