"""Where people fill a survey in: by JSON for tests and the demo, or on a page."""

from typing import Any

from flask import Blueprint, render_template, request

from sandbox.box import Box
from sandbox.strangers import keep_out
from sandbox.surveymonkey import collectors, courier, gate, sheet, submit, surveys
from sandbox.surveymonkey.design import questions
from sandbox.surveymonkey.errors import SurveyMonkeyError

Doc = dict[str, Any]
_PATH = "/to/<survey_id>"
_LINK = "/r/<code>"


def blueprint(box: Box) -> Blueprint:
    """GET and POST /to/{survey_id}, and /r/{code}, where a collector's link leads.

    Respondents need no token and cost no call.
    """
    routes = Blueprint("people", __name__, template_folder="templates")
    gate.refusals(routes)
    keep_out(routes)

    @routes.get(_PATH)
    def empty(survey_id: str) -> str:
        return _page(surveys.require(box, survey_id))

    @routes.post(_PATH)
    def fill_in(survey_id: str) -> Doc | tuple[str, int]:
        """Fill in a survey, or change an earlier response."""
        survey = surveys.require(box, survey_id)
        if request.form:
            return _filled_page(box, survey)
        return _respond(box, survey, gate.body())

    @routes.get(_LINK)
    def empty_by_link(code: str) -> str:
        return _page(_by_link(box, code))

    @routes.post(_LINK)
    def fill_in_by_link(code: str) -> Doc | tuple[str, int]:
        """Fill in a survey; custom variables stand in the address, as in a link."""
        survey = _by_link(box, code)
        if request.form:
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


def _filled_page(box: Box, survey: Doc) -> tuple[str, int]:
    """What was written on the page; custom variables stand in its address."""
    answers = sheet.answers_of(list(questions(survey)), request.form)
    told = {"answers": answers, "custom_variables": request.args.to_dict()}
    try:
        done = _respond(box, survey, told)
    except SurveyMonkeyError as error:
        return _page(survey, error.message, failed=True), error.status
    return _page(survey, f"Thank you. This is response {done['response']}."), 200


def _page(survey: Doc, message: str = "", *, failed: bool = False) -> str:
    pages = [
        {
            "title": page["title"],
            "questions": [
                (sheet.title_of(one), sheet.fields_of(one))
                for one in page["questions"]
                if one["visible"]
            ],
        }
        for page in survey["pages"]
    ]
    return render_template(
        "survey.html", survey=survey, pages=pages, message=message, failed=failed
    )
