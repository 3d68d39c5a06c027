"""How long a provider asks us to wait."""

import email.utils
import math
from collections.abc import Mapping
from datetime import UTC, datetime

LONGEST_S = 24 * 3600.0


def retry_after_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """Read `Retry-After`: seconds or an HTTP date (RFC 9110, 10.2.3), else None.

    What is absurd is held within 0 and a day; what cannot be read counts as absent.
    """
    text = headers.get("Retry-After", "").strip()
    if not text:
        return None
    seconds = _seconds(text)
    if seconds is None:
        seconds = _until(text, now)
    if seconds is None or math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_S)


def _seconds(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _until(text: str, now: datetime) -> float | None:
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - now).total_seconds()
