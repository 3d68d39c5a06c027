"""Typeform's errors: a code, a description and, for bad input, details."""

from dataclasses import dataclass, field

import orjson
from flask import Response


@dataclass(eq=False)
class TypeformError(Exception):
    """A refusal as the API words it."""

    status: int
    code: str
    description: str
    details: list[dict[str, str]] = field(default_factory=list)


def not_found(what: str) -> TypeformError:
    """No such form, webhook or response."""
    return TypeformError(404, f"{what.upper()}_NOT_FOUND", f"{what} not found")


def bad_field(name: str, description: str) -> TypeformError:
    """One part of the request does not fit."""
    detail = {"code": "INVALID", "description": description, "field": name}
    return TypeformError(400, "VALIDATION_ERROR", "Validation error", [detail])


def answer(error: TypeformError) -> Response:
    """The refusal as HTTP."""
    body: dict[str, object] = {"code": error.code, "description": error.description}
    if error.details:
        body["details"] = error.details
    response = Response(orjson.dumps(body), error.status)
    response.mimetype = "application/json"
    return response
