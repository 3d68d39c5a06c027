"""Responses as the API shows them: one, or a page of those that the filters ask for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from flask import request

from sandbox.box import Box
from sandbox.surveymonkey import scopes, surveys
from sandbox.surveymonkey.errors import bad_query, forbidden, not_found
from sandbox.surveymonkey.ids import SITE, href, moment
from sandbox.surveymonkey.submit import STATUSES

Doc = dict[str, Any]
MOST = 100
_SORT = "date_modified"
_NAMED = (
    "id",
    "recipient_id",
    "collection_mode",
    "response_status",
    "custom_value",
    "first_name",
    "last_name",
    "email_address",
)


def require(box: Box, survey_id: str, response_id: str) -> Doc:
    """The response, or 404: deleted ones are like those that never were (1020)."""
    surveys.require(box, survey_id)
    found = box.store.get(surveys.responses_kind(survey_id), response_id)
    if found is None:
        raise not_found("response")
    return found


def remove(box: Box, survey_id: str, response_id: str) -> Doc:
    """Delete the response for good; what it was."""
    with box.store.lock:
        found = require(box, survey_id, response_id)
        box.store.delete(surveys.responses_kind(survey_id), response_id)
    return found


def check_detail(box: Box) -> None:
    """Answers take a scope of their own, which only paid plans have (documented).

    Option `surveymonkey.detail_scope`: True, False (refused) or "silent" (left out).
    """
    lacks = scopes.DETAIL not in (box.option("surveymonkey.scopes", None) or scopes.ALL)
    if lacks or not box.option("surveymonkey.detail_scope", True):
        message = "Permission has not been granted by the user to make this request."
        raise forbidden("1014", message)


def short(box: Box, response: Doc) -> Doc:
    """A row of `GET /surveys/{id}/responses`."""
    return {"id": response["id"], "href": _href(box, response)}


def metadata(box: Box, response: Doc) -> Doc:
    """`GET /surveys/{id}/responses/{id}`: everything but the answers."""
    key = response["id"]
    created, modified = (
        datetime.fromisoformat(response[name])
        for name in ("date_created", "date_modified")
    )
    return {name: response[name] for name in _NAMED} | {
        "ip_address": "192.0.2.7",
        "logic_path": {},
        "metadata": {"contact": {}},
        "page_path": [],
        "collector_id": response["collector_id"],
        "survey_id": response["survey_id"],
        "custom_variables": response["custom_variables"],
        "edit_url": f"{SITE}/r/?sm={key}",
        "analyze_url": f"{SITE}/analyze/browse/?respondent_id={key}",
        "total_time": int((modified - created).total_seconds()),
        "date_modified": response["date_modified"],
        "date_created": response["date_created"],
        "href": _href(box, response),
    }


def details(box: Box, survey: Doc, response: Doc) -> Doc:
    """The response with its answers, page by page.

    Blank questions are absent, pages without an answer have no questions (recorded).
    What was answered to a question that is gone from the design stays, on the first
    page, as nothing else can say where it was.
    """
    if box.option("surveymonkey.detail_scope", True) == "silent":
        return metadata(box, response)
    left = dict(response["answers"])
    pages = []
    for page in survey["pages"]:
        here = [one["id"] for one in page["questions"] if one["id"] in left]
        pages.append({"id": page["id"], "questions": [_shown(left, q) for q in here]})
    pages[0]["questions"] += [_shown(left, key) for key in list(left)]
    return metadata(box, response) | {"pages": pages}


def _shown(left: dict[str, list[Doc]], question: str) -> Doc:
    return {"id": question, "answers": left.pop(question)}


def _href(box: Box, response: Doc) -> str:
    return href(box, f"/surveys/{response['survey_id']}/responses/{response['id']}")


def asked(box: Box, survey_id: str) -> list[Doc]:
    """The responses that the query asks for, in its order.

    Which order is usual without `sort_by` is not documented; here it is that of
    creation. With option `surveymonkey.reorder` those of one date come in another
    order at each call.
    """
    fits, backwards = _filter(box), _backwards()
    rows = [one for one in _visible(box, survey_id) if fits(one)]
    if box.option("surveymonkey.reorder", False):
        _dice(box).shuffle(rows)
    if backwards is not None:
        rows.sort(key=lambda one: str(one["date_modified"]), reverse=backwards)
    return rows


def _dice(box: Box) -> Random:
    dice: Random = box.scratch.setdefault("surveymonkey.reorder", Random(1))  # noqa: S311
    return dice


def _backwards() -> bool | None:
    """Whether the newest come first; None where no order is asked for."""
    order = request.args.get("sort_order", "ASC").upper()
    if order not in ("ASC", "DESC"):
        raise bad_query("sort_order", "ASC or DESC")
    if request.args.get("sort_by", _SORT) != _SORT:
        raise bad_query("sort_by", f"only {_SORT}")
    return order == "DESC" if "sort_by" in request.args else None


def _visible(box: Box, survey_id: str) -> list[Doc]:
    """The responses as the lists know them by now: they lag, by option."""
    delay = timedelta(seconds=float(box.option("surveymonkey.responses_delay_s", 0)))
    until = box.now() - delay
    found = []
    for one in box.store.all(surveys.responses_kind(survey_id)).values():
        seen: Doc | None = one
        while seen and datetime.fromisoformat(seen["received_at"]) > until:
            seen = seen["before"]
        if seen:
            found.append(seen)
    return found


def _filter(box: Box) -> Callable[[Doc], bool]:
    """What the query's status and times let through.

    Whether both ends of a span count is not documented: option `start_inclusive`.
    """
    status = request.args.get("status")
    if status is not None and status not in STATUSES:
        raise bad_query("status", f"one of {', '.join(STATUSES)}")
    inclusive = bool(box.option("surveymonkey.start_inclusive", True))
    spans = {
        f"date_{name}": (_time(f"start_{name}_at"), _time(f"end_{name}_at"))
        for name in ("modified", "created")
    }

    def fits(response: Doc) -> bool:
        times = {name: datetime.fromisoformat(response[name]) for name in spans}
        return status in (None, response["response_status"]) and all(
            _within(times[name], span, inclusive) for name, span in spans.items()
        )

    return fits


def _within(
    at: datetime, span: tuple[datetime | None, datetime | None], inclusive: bool
) -> bool:
    start, end = span
    late_enough = start is None or at > start or (inclusive and at == start)
    return late_enough and (end is None or at <= end)


def _time(name: str) -> datetime | None:
    text = request.args.get(name)
    return moment(text, bad_query(name, "a time in ISO 8601")) if text else None
