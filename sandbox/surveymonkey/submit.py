"""A person fills a survey in, or changes what they said: kept as SurveyMonkey would."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sandbox.box import Box
from sandbox.surveymonkey import surveys
from sandbox.surveymonkey.design import heading, questions
from sandbox.surveymonkey.errors import bad_request, not_found
from sandbox.surveymonkey.fillers import entries_of
from sandbox.surveymonkey.ids import moment, new_id, response_time

Doc = dict[str, Any]
STATUSES = ("completed", "partial", "overquota", "disqualified")
MODES = ("default", "preview", "data_entry", "survey_preview", "edit")
_FILL_IN_TIME = timedelta(minutes=4)
_PEOPLE = ("first_name", "last_name", "email_address")


@dataclass(frozen=True)
class Filled:
    """What a person has done: the response as it is now, and the events it makes."""

    response: Doc
    events: list[str]


def respond(box: Box, survey: Doc, told: Doc) -> Filled:
    """Keep what a person filled in.

    With `response` an earlier one is changed: what is answered anew replaces the old
    answer, null takes it away, all else stays; its date of creation too.
    """
    given = told.get("answers", {})
    if not isinstance(given, dict):
        raise bad_request("answers is an object of values by question.")
    answered = _answered(survey, given)
    with box.store.lock:
        before = _earlier(box, survey, told)
        response = _written(box, survey, told, before)
        answers = (before or {}).get("answers", {}) | answered
        response["answers"] = {key: one for key, one in answers.items() if one}
        kind = surveys.responses_kind(survey["id"])
        box.store.put(kind, response["id"], response)
    again = bool(box.option("surveymonkey.completed_again", False))
    was = None if before is None or again else before["response_status"]
    events = [] if before else ["response_created"]
    return Filled(response, events + _events(survey, response, set(answered), was))


def _answered(survey: Doc, given: Doc) -> dict[str, list[Doc]]:
    """The entries by question id; no entries where a question is left blank."""
    found: dict[str, list[Doc]] = {}
    for name, value in given.items():
        question = _question(survey, name)
        blank = value in (None, "", [], {})
        found[question["id"]] = [] if blank else entries_of(question, value)
    return found


def _question(survey: Doc, name: str) -> Doc:
    for one in questions(survey):
        if one["visible"] and name in (one["id"], one.get("ref"), heading(one)):
            return one
    raise bad_request(f"The survey has no question {name!r}.")


def _earlier(box: Box, survey: Doc, told: Doc) -> Doc | None:
    if not told.get("response"):
        return None
    kind = surveys.responses_kind(survey["id"])
    found = box.store.get(kind, str(told["response"]))
    if found is None:
        raise not_found("response")
    return found


def _written(box: Box, survey: Doc, told: Doc, before: Doc | None) -> Doc:
    known = before or {}
    now, at = box.now(), told.get("at")
    modified = moment(at, bad_request("at is a time in ISO 8601.")) if at else now
    mode = _one_of(told, "mode", MODES, known.get("collection_mode", "default"))
    status = _one_of(told, "status", STATUSES, "completed")
    made: Doc = {
        "id": known.get("id") or new_id(box),
        "survey_id": survey["id"],
        "collector_id": survey["collector_id"],
        "collection_mode": mode,
        "response_status": status,
        "date_created": known.get("date_created")
        or response_time(modified - _FILL_IN_TIME),
        "date_modified": response_time(modified),
        "custom_value": str(told.get("custom_value", known.get("custom_value", ""))),
        "custom_variables": _variables(survey, told, known),
        # When the lists may show it: see `surveymonkey.responses_delay_s`.
        "received_at": now.isoformat(),
        "before": before if box.option("surveymonkey.responses_delay_s", 0) else None,
    }
    recipient = told.get("recipient") or {}
    for name in _PEOPLE:
        made[name] = str(recipient.get(name, known.get(name, "")))
    made["recipient_id"] = known.get("recipient_id", "")
    if recipient and not made["recipient_id"]:
        made["recipient_id"] = new_id(box)
    return made


def _one_of(told: Doc, name: str, known: tuple[str, ...], usual: str) -> str:
    value = told.get(name) or usual
    if value not in known:
        raise bad_request(f"{name} is one of {', '.join(known)}.")
    return str(value)


def _variables(survey: Doc, told: Doc, known: Doc) -> dict[str, str]:
    """All text, and only what the survey declares: the rest of a URL is dropped."""
    kept: Doc = dict(known.get("custom_variables", {}))
    given = told.get("custom_variables") or {}
    if not isinstance(given, dict):
        raise bad_request("custom_variables is an object.")
    kept |= {name: str(one) for name, one in given.items() if one is not None}
    return {
        name: one for name, one in kept.items() if name in survey["custom_variables"]
    }


def _events(
    survey: Doc, response: Doc, answered: set[str], was: str | None
) -> list[str]:
    """Updated once for each page that was answered (documented), and how it ended.

    One that `was` of the same status before has not ended anew.
    """
    pages = [
        page
        for page in survey["pages"]
        if answered & {one["id"] for one in page["questions"]}
    ]
    events = ["response_updated"] * len(pages)
    status = response["response_status"]
    if status not in ("partial", was):
        events.append(f"response_{status}")
    return events
