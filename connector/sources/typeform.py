"""Typeform's answers by its Responses API.

A response is listed some seconds to half an hour after its webhook (documented), so a
look begins well before the watermark. The wrong region answers with an empty list and
no error; the drift guard's look at the form finds that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connector import reach
from connector.clients import Typeform
from connector.service import Service
from connector.sources.tools import Fetched, Look, Source
from webhooks.typeform import wrap_response

SHORTEST = timedelta(seconds=60)
# Two calls a second are allowed for the whole account: half a call for each form
# leaves three quarters to others, and to the answers themselves.
FOR_EACH_FORM = timedelta(seconds=2)


def fetch(client: Typeform, look: Look) -> Iterator[Fetched]:
    """Yield completed responses that are not stored; the form is read once if any."""
    form: dict[str, Any] | None = None
    for item in client.responses(look.form, look.since):
        at = _time(item.get("submitted_at"))
        token = str(item.get("token") or item.get("response_id") or "")
        if at is None or not token:
            continue
        look.saw(at)
        if (token, "") in look.known:
            continue
        if form is None:
            form = client.form(look.form)
        yield Fetched(at, wrap_response(look.form, item, form))


def _time(given: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _count(client: Typeform, form: str) -> int | None:
    return client.count(form)


def _polite(_service: Service, _key: str, forms: int) -> timedelta:
    return max(SHORTEST, FOR_EACH_FORM * forms)


SOURCE = Source("Typeform", reach.typeform, fetch, _count, _polite)
