"""One figure as a small drawing, written by the server: no script, no inline style.

From 0 to 100 per cent of the population: a band for what the unanswered leave
possible, a bar for the Wilson interval, a dot for those who answered, a line for the
target. It repeats the numbers beside it, so it is hidden from screen readers.
"""

from __future__ import annotations

from markupsafe import Markup

from connector.programme.figure import Figure
from connector.programme.kpi_text import FEWEST_FOR_PERCENT

WIDTH, HEIGHT, EDGE = 240, 30, 6
MIDDLE = HEIGHT // 2


def drawing(figure: Figure) -> Markup:
    """Return the figure's SVG; empty for what is no number of something."""
    if figure.kind == "milestone" or not figure.population:
        return Markup()
    if isinstance(figure.target, tuple):
        parts = _share(figure, figure.target)
    elif figure.target:
        parts = _number(figure, figure.target)
    else:
        return Markup()
    # Every value in it is a number computed here; nothing of a person's words.
    return Markup(  # noqa: S704
        f'<svg class="drawing" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true" '
        f'focusable="false">{"".join(parts)}</svg>'
    )


def _share(figure: Figure, target: tuple[int, int]) -> list[str]:
    low = figure.lowest / figure.population
    high = figure.highest / figure.population
    parts = [_axis()]
    if figure.unanswered:
        parts.append(_rect("band", low, high, 16))
    # Drawn only where the numbers beside it say it too.
    if figure.interval is not None and figure.answered >= FEWEST_FOR_PERCENT:
        parts.append(_rect("interval", *figure.interval, 4))
    parts.append(_target(target[0] / target[1]))
    if figure.answered:
        asked = figure.answered if figure.interval is not None else figure.population
        parts.append(_dot(figure.yes / asked))
    return parts


def _number(figure: Figure, target: int) -> list[str]:
    whole = max(figure.yes, figure.population, target)
    return [
        _axis(),
        _rect("counted", 0, figure.yes / whole, 10),
        _target(target / whole),
    ]


def _x(share: float) -> float:
    return round(EDGE + share * (WIDTH - 2 * EDGE), 1)


def _axis() -> str:
    return f'<line class="axis" x1="{_x(0)}" y1="{MIDDLE}" x2="{_x(1)}" y2="{MIDDLE}"/>'


def _rect(name: str, low: float, high: float, thick: int) -> str:
    # Rounded twice, a width could say another end than the numbers.
    left, right = _x(low), _x(high)
    return (
        f'<rect class="{name}" x="{left}" y="{MIDDLE - thick // 2}" '
        f'width="{round(right - left, 1)}" height="{thick}"/>'
    )


def _target(share: float) -> str:
    return (
        f'<line class="target" x1="{_x(share)}" y1="2" '
        f'x2="{_x(share)}" y2="{HEIGHT - 2}"/>'
    )


def _dot(share: float) -> str:
    return f'<circle class="dot" cx="{_x(share)}" cy="{MIDDLE}" r="5"/>'
