"""The demo's programme: the real one's shape, dated from the day of the first start."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

KEY = "demo"
ROUND_NAMES = {"r1": "Round 1", "r2": "Round 2"}
# Asked with SurveyMonkey; all other forms are Typeform's, evaluations among them, as
# only their personal links are made for it.
SURVEYS = (("company_registration", "da"), ("mentor_application", "en"))


@dataclass(frozen=True, slots=True)
class Dates:
    """Every day of the demo, counted from the day it was first started."""

    today: date

    @property
    def r1_ends(self) -> date:
        """Seven months ago: six months have passed, the follow-up is still open."""
        return _end_of_month(_months(self.today, -7))

    @property
    def r1_starts(self) -> date:
        """A course is four months."""
        return _months(self.r1_ends, -3).replace(day=1)

    @property
    def r2_starts(self) -> date:
        """The month after next: the second round is recruiting now."""
        return _months(self.today, 2).replace(day=1)

    @property
    def r2_ends(self) -> date:
        """A course is four months."""
        return _end_of_month(_months(self.r2_starts, 3))

    @property
    def follow_up_opens(self) -> date:
        """Six months after the round ended."""
        return _months(self.r1_ends, 6)


def _months(day: date, number: int) -> date:
    """Return the same day some months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def write_programme(
    folder: Path, dates: Dates, forms: Mapping[tuple[str, str], str]
) -> None:
    """Write the demo city's own directory; ``forms`` leads to the forms' ids."""
    folder.mkdir(parents=True, exist_ok=True)
    text = _PROGRAMME.format(**_days(dates))
    for (mapping, language), form in sorted(forms.items()):
        text += _FORM.format(mapping=mapping, language=language, form=form)
    (folder / "programme.toml").write_text(text, "utf-8")
    (folder / "indicators.toml").write_text(_INDICATORS.format(**_days(dates)), "utf-8")


def _days(dates: Dates) -> dict[str, date]:
    r1, r2 = dates.r1_ends, dates.r2_ends
    return {
        "period_opens": _months(dates.r1_starts, -4),
        "period_closes": _months(r2, 12),
        "r1_opens": _months(dates.r1_starts, -3),
        "r1_starts": dates.r1_starts,
        "r1_before": dates.r1_starts - timedelta(days=1),
        "r1_ends": r1,
        "r1_closing": r1.replace(day=1),
        "r1_closed": _months(r1, 2),
        "r1_company": _months(r1, 3),
        "r1_six": dates.follow_up_opens,
        "r1_six_closes": _end_of_month(_months(r1, 9)),
        "r2_opens": dates.today - timedelta(days=45),
        "r2_starts": dates.r2_starts,
        "r2_before": dates.r2_starts - timedelta(days=1),
        "r2_ends": r2,
        "r2_closing": r2.replace(day=1),
        "r2_closed": _months(r2, 2),
        "r2_company": _months(r2, 3),
        "r2_six": _months(r2, 6),
        "r2_six_closes": _end_of_month(_months(r2, 9)),
        "material": _end_of_month(_months(dates.today, 4)),
        "informed": _end_of_month(_months(dates.today, 6)),
        "interested": _end_of_month(_months(dates.today, 9)),
    }


_PROGRAMME = """\
# Written by the demo at its first start. Invented: no such programme exists.
inherits = "template"

name = {{ da = "Demoprogrammet", en = "The demo programme" }}
locale = "en"
zone = "Europe/Copenhagen"
country = "DK"
funder = "An invented foundation"
period = {{ opens = {period_opens}, closes = {period_closes} }}

[rounds.r1]
name = {{ da = "Runde 1", en = "Round 1" }}
starts = {r1_starts}
ends = {r1_ends}
recruiting = {{ opens = {r1_opens}, closes = {r1_before} }}

[rounds.r1.evaluations]
closing = {{ opens = {r1_closing}, closes = {r1_closed} }}
company = {{ opens = {r1_closing}, closes = {r1_company} }}
six_month_follow_up = {{ opens = {r1_six}, closes = {r1_six_closes} }}

[rounds.r2]
name = {{ da = "Runde 2", en = "Round 2" }}
starts = {r2_starts}
ends = {r2_ends}
recruiting = {{ opens = {r2_opens}, closes = {r2_before} }}

[rounds.r2.evaluations]
closing = {{ opens = {r2_closing}, closes = {r2_closed} }}
company = {{ opens = {r2_closing}, closes = {r2_company} }}
six_month_follow_up = {{ opens = {r2_six}, closes = {r2_six_closes} }}

[milestones.material_published]
due = {material}
"""
_FORM = """
[[forms]]
provider = "typeform"
form = "{form}"
mapping = "{mapping}"
language = "{language}"
"""
_INDICATORS = """\
[material_published]
deadline = {material}

[cities_informed]
deadline = {informed}

[cities_interested]
deadline = {interested}
"""
