"""SurveyMonkey's errors: a number of its own, a name, a message, the HTTP status."""

from dataclasses import dataclass

import orjson
from flask import Response

_DOCS = "https://developer.surveymonkey.example/api/v3/#error-codes"


@dataclass(eq=False)
class SurveyMonkeyError(Exception):
    """A refusal as the API words it. Numbers as documented."""

    status: int
    number: str
    name: str
    message: str


def bad_request(message: str) -> SurveyMonkeyError:
    """The body or the query does not fit; which number comes is not documented."""
    return SurveyMonkeyError(400, "1000", "Bad Request", message)


def bad_query(name: str, message: str) -> SurveyMonkeyError:
    """A query's parameter does not fit."""
    return SurveyMonkeyError(400, "1003", "Bad Request", f"{name}: {message}")


def forbidden(number: str, message: str) -> SurveyMonkeyError:
    """The token is good, and may not do this."""
    return SurveyMonkeyError(403, number, "Permission Error", message)


def not_found(what: str) -> SurveyMonkeyError:
    """There is none, or there is none any more: SurveyMonkey does not tell."""
    message = f"There was an error retrieving the requested {what}."
    return SurveyMonkeyError(404, "1020", "Resource Not Found", message)


def conflict(message: str) -> SurveyMonkeyError:
    """Something that is there already stands against it."""
    return SurveyMonkeyError(409, "1025", "Resource Conflict", message)


def answer(error: SurveyMonkeyError) -> Response:
    """The refusal as HTTP."""
    body = {
        "id": error.number,
        "name": error.name,
        "docs": _DOCS,
        "message": error.message,
        "http_status_code": error.status,
    }
    response = Response(orjson.dumps({"error": body}), error.status)
    response.mimetype = "application/json"
    return response
