"""What every API request meets first: the token, the region, the app's limits."""

from typing import Any

import orjson
from flask import Blueprint, Response, request

from sandbox.box import Box
from sandbox.surveymonkey import budget, errors, scopes
from sandbox.surveymonkey.errors import SurveyMonkeyError, bad_request, forbidden

_UNAUTHORISED = "Authorization Error"


def guard(routes: Blueprint, box: Box) -> None:
    """Put token, region and limits before these routes, and the limits' headers after.

    A call without a good token belongs to no app, so it counts against none.
    """

    @routes.before_request
    def enter() -> None:
        _check_token(box)
        budget.spend(box)
        if box.option("surveymonkey.wrong_region", False):
            message = "The user's data is in another data center."
            raise forbidden("1018", message)
        scopes.check_scopes(box)

    @routes.after_request
    def tell_limits(response: Response) -> Response:
        if response.status_code != 401:
            response.headers.update(budget.headers(box))
        return response

    refusals(routes)


def refusals(routes: Blueprint) -> None:
    """Answer errors in SurveyMonkey's shape."""

    @routes.errorhandler(SurveyMonkeyError)
    def refuse(error: SurveyMonkeyError) -> Response:
        return errors.answer(error)


def _check_token(box: Box) -> None:
    sent = request.authorization
    token = sent.token if sent is not None and sent.type == "bearer" else None
    wanted = box.option("surveymonkey.token", None)
    if not token:
        message = "The authorization token was not provided."
        raise SurveyMonkeyError(401, "1010", _UNAUTHORISED, message)
    if wanted is not None and token != wanted:
        message = "The authorization token provided was invalid."
        raise SurveyMonkeyError(401, "1011", _UNAUTHORISED, message)


def body() -> dict[str, Any]:
    """The request's JSON object."""
    try:
        parsed = orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        message = "The body provided was not a proper JSON string."
        raise SurveyMonkeyError(400, "1001", "Bad Request", message) from None
    if not isinstance(parsed, dict):
        raise bad_request("The body is not a JSON object.")
    return parsed
