"""`GET /forms/{id}/responses`: filters, cursors and pages."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

from flask import request

from sandbox.box import Box
from sandbox.typeform import regions
from sandbox.typeform.bodies import response_item
from sandbox.typeform.errors import TypeformError, bad_field
from sandbox.typeform.submit import kind_of

Doc = dict[str, Any]
_TYPES = ("completed", "partial", "started")
MOST = 1000


def page_size(most: int, default: int) -> int:
    """The query's `page_size`."""
    text = request.args.get("page_size", str(default))
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise bad_field("page_size", f"page_size is 1 to {most}")
    return int(text)


def _time(name: str) -> datetime | None:
    """A query's time, ISO or Unix seconds, UTC unless it says otherwise."""
    text = request.args.get(name)
    if not text:
        return None
    if text.isdecimal():
        return datetime.fromtimestamp(int(text), UTC)
    try:
        at = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise bad_field(name, "a time in ISO 8601 or Unix seconds") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _when(response: Doc) -> str:
    """What since and until look at: staged for partial ones, else submitted."""
    return str(response["staged_at"] or response["submitted_at"])


def _asked_types() -> set[str]:
    types = set(request.args.get("response_type", "completed").split(","))
    if not types <= set(_TYPES):
        raise bad_field("response_type", f"one of {', '.join(_TYPES)}")
    return types


def _ids(name: str) -> set[str]:
    return {one for one in request.args.get(name, "").split(",") if one}


def _asked(box: Box, form_id: str) -> list[Doc]:
    """The responses that the filters ask for, newest first."""
    types, since, until = _asked_types(), _time("since"), _time("until")
    only, but = _ids("included_response_ids"), _ids("excluded_response_ids")
    delay = timedelta(seconds=float(box.option("typeform.responses_delay_s", 0)))
    known_until = box.now() - delay

    def fits(one: Doc) -> bool:
        at = datetime.fromisoformat(_when(one))
        return (
            one["response_type"] in types
            and datetime.fromisoformat(one["received_at"]) <= known_until
            and (since is None or at >= since)
            and (until is None or at <= until)
            and (not only or one["token"] in only)
            and one["token"] not in but
        )

    rows = [one for one in box.store.all(kind_of(form_id)).values() if fits(one)]
    return sorted(rows, key=_order(box), reverse=True)


def _order(box: Box) -> Callable[[Doc], tuple[str, str]]:
    """By time; within a second in an order that means nothing but never changes.

    Option `typeform.reorder` is the seed of that order.
    """
    seed = box.option("typeform.reorder", None)

    def key(one: Doc) -> tuple[str, str]:
        token = str(one["token"])
        if seed is None:
            return _when(one), token
        return _when(one), hashlib.sha256(f"{seed}:{token}".encode()).hexdigest()

    return key


def _cursor(rows: list[Doc], token: str) -> int:
    for place, one in enumerate(rows):
        if one["token"] == token:
            return place
    raise TypeformError(400, "INVALID_TOKEN", f"no response has the token {token}")


def _cut(rows: list[Doc], size: int) -> list[Doc]:
    """The page. Both cursors are exclusive; `after` walks towards newer ones."""
    before, after = request.args.get("before"), request.args.get("after")
    sort = request.args.get("sort", "submitted_at,desc")
    if (before or after) and "sort" in request.args:
        raise bad_field("sort", "sort does not go with before or after")
    if before:
        return rows[_cursor(rows, before) + 1 :][:size]
    if after:
        return rows[: _cursor(rows, after)][::-1][:size]
    return (rows[::-1] if sort.endswith(",asc") else rows)[:size]


def responses(box: Box, form_id: str) -> Doc:
    """A page of responses with the count of all that fit.

    In the wrong region (see `regions`) there are none, and no error: recorded
    behaviour that clients must find out by themselves.
    """
    size = page_size(MOST, 25)
    rows = [] if regions.is_wrong(box) else _asked(box, form_id)
    dropdown = str(box.option("typeform.dropdown", "text"))
    choices = str(box.option("typeform.api_choices", "full"))
    return {
        "items": [
            response_item(one, dropdown=dropdown, choices=choices)
            for one in _cut(rows, size)
        ],
        "total_items": len(rows),
        "page_count": ceil(len(rows) / size),
    }
