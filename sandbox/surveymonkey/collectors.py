"""Collectors of type weblink: each an address at which a survey is answered.

Only those that the API made are kept here. A response that comes by none bears the
collector that every survey of the sandbox has from the beginning.
"""

from typing import Any

from flask import request

from sandbox.box import Box
from sandbox.surveymonkey import surveys
from sandbox.surveymonkey.errors import bad_request, forbidden, not_found
from sandbox.surveymonkey.ids import href, new_id, response_time

Doc = dict[str, Any]
KIND = "surveymonkey.collector"
_FURTHER = ("type", "status", "date_created", "date_modified", "url")


def create(box: Box, survey_id: str, told: Doc) -> Doc:
    """Keep a new link to the survey. Other kinds take a paid plan (documented).

    Option `surveymonkey.links_refused` has the account's plan refuse it.
    """
    surveys.require(box, survey_id)
    if told.get("type") != "weblink":
        raise bad_request("The sandbox makes collectors of type weblink only.")
    if box.option("surveymonkey.links_refused", False):
        raise forbidden("1015", "The user does not have permission for this resource.")
    now = response_time(box.now())
    with box.store.lock:
        key = new_id(box)
        made: Doc = {
            "id": key,
            "survey_id": survey_id,
            "type": "weblink",
            "status": "open",
            "name": str(told.get("name") or "Web Link"),
            "allow_multiple_responses": told.get("allow_multiple_responses") is True,
            "edit_response_type": told.get("edit_response_type") or "until_complete",
            "anonymous_type": told.get("anonymous_type") or "not_anonymous",
            "date_created": now,
            "date_modified": now,
            "url": f"{request.url_root}surveymonkey/r/W{key[-7:]}",
        }
        box.store.put(KIND, key, made)
    return made


def of_survey(box: Box, survey_id: str) -> list[Doc]:
    """The survey's links as a list shows them, with what `include` asks for."""
    surveys.require(box, survey_id)
    include = set(request.args.get("include", "").split(","))
    return [
        {
            "id": one["id"],
            "name": one["name"],
            "href": href(box, f"/collectors/{one['id']}"),
            **{name: one[name] for name in _FURTHER if name in include},
        }
        for one in box.store.all(KIND).values()
        if one["survey_id"] == survey_id
    ]


def shown(box: Box, collector: Doc) -> Doc:
    """The collector as answered."""
    return collector | {"href": href(box, f"/collectors/{collector['id']}")}


def require(box: Box, key: str) -> Doc:
    """The collector, or 404."""
    found = box.store.get(KIND, key)
    if found is None:
        raise not_found("collector")
    return found


def at(box: Box, code: str) -> Doc:
    """The collector whose address ends in this, or 404."""
    for one in box.store.all(KIND).values():
        if one["url"].endswith(f"/r/{code}"):
            return one
    raise not_found("collector")
