"""What an app may ask: so many calls a minute and a day, told in every answer.

A draft or private app has 120 and 500; the day begins anew at 00:00 GMT (documented).
That it may overrun three times a month is left out: nobody should plan with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.box import Box
from sandbox.surveymonkey.errors import SurveyMonkeyError

_KIND = "surveymonkey.calls"
_MINUTE_LIMIT = 120
_DAY_LIMIT = 500


@dataclass(frozen=True)
class Window:
    """One limit as it stands now."""

    name: str
    start: str
    limit: int
    used: int
    reset_s: int

    @property
    def remaining(self) -> int:
        """How many calls are left."""
        return max(self.limit - self.used, 0)

    def headers(self) -> dict[str, str]:
        """The three headers that tell it."""
        prefix = f"X-Ratelimit-App-Global-{self.name}"
        return {
            f"{prefix}-Limit": str(self.limit),
            f"{prefix}-Remaining": str(self.remaining),
            f"{prefix}-Reset": str(self.reset_s),
        }


def windows(box: Box) -> list[Window]:
    """The minute and the day, by the sandbox's clock."""
    now = box.now()
    minute = now.replace(second=0, microsecond=0)
    day = minute.replace(hour=0, minute=0)
    return [
        _window(box, "Minute", (minute, minute + timedelta(minutes=1)), _MINUTE_LIMIT),
        _window(box, "Day", (day, day + timedelta(days=1)), _DAY_LIMIT),
    ]


def _window(box: Box, name: str, span: tuple[datetime, datetime], usual: int) -> Window:
    kept = box.store.get(_KIND, name) or {}
    used = kept["used"] if kept.get("start") == span[0].isoformat() else 0
    limit = int(box.option(f"surveymonkey.{name.lower()}_limit", usual))
    reset_s = max(int((span[1] - box.now()).total_seconds()), 0) + 1
    return Window(name, span[0].isoformat(), limit, used, reset_s)


def spend(box: Box) -> None:
    """Count one call, or refuse it with 1040. A refused one costs nothing."""
    with box.store.lock:
        now = windows(box)
        if any(one.remaining == 0 for one in now):
            message = "Rate limit reached, try again later."
            raise SurveyMonkeyError(429, "1040", "Rate limit reached", message)
        for one in now:
            kept = {"start": one.start, "used": one.used + 1}
            box.store.put(_KIND, one.name, kept)


def headers(box: Box) -> dict[str, str]:
    """All six headers."""
    return {name: text for one in windows(box) for name, text in one.headers().items()}
