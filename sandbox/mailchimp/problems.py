"""Mailchimp's errors: `application/problem+json`, told apart by title and detail."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import orjson
from flask import Response

_GLOSSARY = "https://mailchimp.com/developer/marketing/docs/errors/"
INVALID = "Invalid Resource"
_SEE_ERRORS = (
    "The resource submitted could not be validated. "
    "For field-specific details, see the 'errors' array."
)


@dataclass(eq=False)
class ProblemError(Exception):
    """A refusal. `code` and `where` are for batches, which report item by item."""

    status: int
    title: str
    detail: str
    errors: list[dict[str, str]] = field(default_factory=list)
    code: str = "ERROR_GENERIC"

    @property
    def where(self) -> tuple[str, str]:
        """The first field at fault and what is wrong with it."""
        first = self.errors[0] if self.errors else {}
        return first.get("field", ""), first.get("message", "")


def invalid(field_name: str, message: str) -> ProblemError:
    """The request itself does not fit the schema."""
    return ProblemError(
        400, INVALID, _SEE_ERRORS, [{"field": field_name, "message": message}]
    )


def not_found() -> ProblemError:
    """No such audience, member, segment or merge field."""
    return ProblemError(
        404, "Resource Not Found", "The requested resource could not be found."
    )


def answer(problem: ProblemError) -> Response:
    """The problem as HTTP. Recorded "Member Exists" answers carry no `type`."""
    instance = str(uuid4())
    body: dict[str, Any] = {"type": _GLOSSARY} if problem.code != EXISTS else {}
    body |= {
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.errors:
        body["errors"] = problem.errors
    response = Response(orjson.dumps(body), problem.status)
    response.mimetype = "application/problem+json"
    response.headers["X-Request-Id"] = instance
    return response


EXISTS = "ERROR_CONTACT_EXISTS"


def member_exists(email: str) -> ProblemError:
    """The address is taken in this audience."""
    return ProblemError(
        400,
        "Member Exists",
        f"{email} is already a list member. Use PUT to insert or update list members.",
        code=EXISTS,
    )


def compliance(email: str) -> ProblemError:
    """The person left by themselves, or their address bounced."""
    return ProblemError(
        400,
        "Member In Compliance State",
        f"{email} is already a list member in compliance state due to unsubscribe, "
        "bounce, or compliance review and cannot be subscribed.",
    )


def forgotten(email: str) -> ProblemError:
    """The member was erased; only a hosted form brings the person back."""
    return ProblemError(
        400,
        "Forgotten Email Not Subscribed",
        f"{email} was permanently deleted and cannot be re-imported. "
        "The contact must re-subscribe to get back on the list.",
    )
