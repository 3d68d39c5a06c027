"""What the app was granted, and what the account's plan makes available.

Names as in SurveyMonkey's documentation on scopes and `GET /users/me`. Options:
`surveymonkey.scopes` (None: all) are the granted ones, `surveymonkey.available` (None:
all) what the plan offers, `surveymonkey.plan` (team_advantage) the account's type, and
`surveymonkey.detail_scope` (True) False takes responses_read_detail from the granted.
"""

from collections.abc import Sequence
from typing import Any

from flask import request

from sandbox.box import Box
from sandbox.surveymonkey.errors import forbidden

DETAIL = "responses_read_detail"
ALL = (
    "users_read",
    "surveys_read",
    "surveys_write",
    "collectors_read",
    "collectors_write",
    "responses_read",
    DETAIL,
    "responses_write",
    "webhooks_read",
    "webhooks_write",
)
_AREAS = ("responses", "collectors", "webhooks", "surveys", "users")


def granted(box: Box) -> list[str]:
    """Return the scopes that the app has."""
    told = box.option("surveymonkey.scopes", None)
    held: Sequence[str] = ALL if told is None else told
    detail = box.option("surveymonkey.detail_scope", True) is True
    return [one for one in held if detail or one != DETAIL]


def shown(box: Box) -> dict[str, Any]:
    """Return the scopes as an account's own page of the API shows them."""
    available = box.option("surveymonkey.available", None)
    return {
        "available": list(ALL if available is None else available),
        "granted": granted(box),
    }


def check_scopes(box: Box) -> None:
    """403 1014 where the app lacks the scope that this call wants."""
    if box.option("surveymonkey.scopes", None) is None:
        return
    parts = request.path.split("/")
    area = next((one for one in _AREAS if one in parts), "")
    act = "read" if request.method in ("GET", "HEAD", "OPTIONS") else "write"
    if area and f"{area}_{act}" not in granted(box):
        raise forbidden("1014", f"The app has not been granted {area}_{act}.")
