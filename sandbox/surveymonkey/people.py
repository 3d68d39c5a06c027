"""Where people fill a survey in: by JSON for tests and the demo, or on a page."""

from typing import Any

from flask import Blueprint, request
from werkzeug.datastructures import MultiDict

from sandbox import filling
from sandbox.box import Box
from sandbox.strangers import keep_out
from sandbox.surveymonkey import collectors, courier, gate, sheet, submit, surveys
from sandbox.surveymonkey.design import questions
from sandbox.surveymonkey.errors import SurveyMonkeyError
from sandbox.surveymonkey.fillers import entries_of

Doc = dict[str, Any]
Page = tuple[str, int]
_PATH = "/to/<survey_id>"
_LINK = "/r/<code>"


def blueprint(box: Box) -> Blueprint:
    """GET and POST /to/{survey_id}, and /r/{code}, where a collector's link leads.

    Respondents need no token and cost no call.
    """
    routes = Blueprint("people", __name__)
    gate.refusals(routes)
    keep_out(routes)

    @routes.get(_PATH)
    def empty(survey_id: str) -> Page:
        return filling.page(sheet.sheet_of(surveys.require(box, survey_id)))

    @routes.post(_PATH)
    def fill_in(survey_id: str) -> Doc | Page:
        """Fill in a survey, or change an earlier response."""
        survey = surveys.require(box, survey_id)
        if filling.is_by_hand():
            return _filled_page(box, survey)
        return _respond(box, survey, gate.body())

    @routes.get(_LINK)
    def empty_by_link(code: str) -> Page:
        return filling.page(sheet.sheet_of(_by_link(box, code)))

    @routes.post(_LINK)
    def fill_in_by_link(code: str) -> Doc | Page:
        """Fill in a survey; custom variables stand in the address, as in a link."""
        survey = _by_link(box, code)
        if filling.is_by_hand():
            return _filled_page(box, survey)
        variables = {"custom_variables": request.args.to_dict()}
        return _respond(box, survey, gate.body() | variables)

    return routes


def _by_link(box: Box, code: str) -> Doc:
    """The survey that a link leads to, with that link's collector for its own."""
    collector = collectors.at(box, code)
    survey = surveys.require(box, collector["survey_id"])
    return survey | {"collector_id": collector["id"]}


def _respond(box: Box, survey: Doc, told: Doc) -> Doc:
    """Keep the response, then send its webhooks, one after the other."""
    filled = submit.respond(box, survey, told)
    deliveries = [
        sent
        for event in filled.events
        for sent in courier.tell(box, survey, event, filled.response)
    ]
    return {
        "response": filled.response["id"],
        "date_modified": filled.response["date_modified"],
        "events": filled.events,
        "deliveries": deliveries,
    }


def _filled_page(box: Box, survey: Doc) -> Page:
    """Keep what was written on the page; custom variables stand in its address."""
    shown, asked = sheet.sheet_of(survey), list(questions(survey))

    def refused(control: filling.Control) -> bool:
        return not _takes(asked, sheet.typed_in(control, request.form))

    found = filling.faults(shown, refused)
    if found:
        return filling.page(shown, found)
    answers = sheet.answers_of(asked, request.form)
    told = {"answers": answers, "custom_variables": request.args.to_dict()}
    return filling.thanks(shown, _respond(box, survey, told)["response"])


def _takes(asked: list[Doc], typed: MultiDict[str, str]) -> bool:
    given = sheet.answers_of(asked, typed)
    try:
        for one in asked:
            if one["id"] in given:
                entries_of(one, given[one["id"]])
    except SurveyMonkeyError:
        return False
    return True
