"""Merge fields by API: at most 30, with tags of at most ten characters."""

import re
from typing import Any

from sandbox.mailchimp.audience import Audience, new_field
from sandbox.mailchimp.problems import INVALID, ProblemError, invalid, not_found

Doc = dict[str, Any]
MOST_FIELDS = 30
TYPES = (
    "text",
    "number",
    "address",
    "phone",
    "date",
    "url",
    "imageurl",
    "radio",
    "dropdown",
    "birthday",
    "zip",
)
_TAG = re.compile(r"[A-Z0-9_]{1,10}")
_CHANGEABLE = ("name", "required", "default_value", "public", "options", "help_text")


def require(audience: Audience, key: str) -> Doc:
    """The merge field, or 404."""
    field = audience.box.store.get(audience.fields, key)
    if field is None:
        raise not_found()
    return field


def create(audience: Audience, body: Doc) -> Doc:
    """A new merge field; members have its default until something is written."""
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name", "This value should not be blank.")
    if body.get("type") not in TYPES:
        raise invalid("type", f"Value must be one of: {', '.join(TYPES)}")
    existing = audience.merge_fields()
    if len(existing) >= MOST_FIELDS:
        detail = f"This audience already has {MOST_FIELDS} merge fields."
        raise ProblemError(400, INVALID, detail)
    tag = body.get("tag") or f"MMERGE{len(existing) + 1}"
    return new_field(audience, body | {"tag": _checked_tag(audience, tag)})


def _checked_tag(audience: Audience, asked: Any) -> str:
    tag = str(asked).upper()
    if not _TAG.fullmatch(tag):
        raise invalid("tag", "A tag is at most 10 letters, digits or underscores.")
    if tag == "EMAIL" or any(one["tag"] == tag for one in audience.merge_fields()):
        detail = f'A Merge Field with the tag "{tag}" already exists for this list.'
        raise ProblemError(400, INVALID, detail)
    return tag


def change(audience: Audience, key: str, body: Doc) -> Doc:
    """PATCH. A new tag takes the members' values along."""
    before = require(audience, key)
    field = before | {name: body[name] for name in _CHANGEABLE if name in body}
    if "tag" in body and str(body["tag"]).upper() != before["tag"]:
        field["tag"] = _checked_tag(audience, body["tag"])
        _move_values(audience, before["tag"], field["tag"])
    audience.box.store.put(audience.fields, key, field)
    return field


def remove(audience: Audience, key: str) -> None:
    """DELETE: the field and what members held in it."""
    field = require(audience, key)
    audience.box.store.delete(audience.fields, key)
    _move_values(audience, field["tag"], None)


def _move_values(audience: Audience, old: str, new: str | None) -> None:
    for member in audience.all_members():
        values = dict(member["merge_fields"])
        value = values.pop(old, "")
        if new is not None:
            values[new] = value
        kept = member | {"merge_fields": values}
        audience.box.store.put(audience.members, member["id"], kept)
