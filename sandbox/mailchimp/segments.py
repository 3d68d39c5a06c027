"""Segments: saved ones are worked out at each look, static ones hold addresses."""

from collections.abc import Callable
from typing import Any

from flask import request

from sandbox.mailchimp.addresses import subscriber_hash
from sandbox.mailchimp.audience import Audience, stamp
from sandbox.mailchimp.problems import INVALID, ProblemError, invalid, not_found

Doc = dict[str, Any]
MOST_CONDITIONS = 10
Test = Callable[[str, str], bool]

# Letters' case makes no difference to Mailchimp's text conditions.
_TEXT: dict[str, Test] = {
    "is": lambda have, want: have == want,
    "not": lambda have, want: have != want,
    "contains": lambda have, want: want in have,
    "notcontain": lambda have, want: want not in have,
    "starts": lambda have, want: have.startswith(want),
    "ends": lambda have, want: have.endswith(want),
    "blank": lambda have, _want: have == "",
    "blank_not": lambda have, _want: have != "",
}
_OPS: dict[str, tuple[str, ...]] = {
    "TextMerge": tuple(_TEXT),
    "EmailAddress": ("is", "not", "contains", "notcontain", "starts", "ends"),
    "Language": ("is", "not"),
    "StaticSegment": ("static_is", "static_not"),
}


def _refuse(detail: str) -> ProblemError:
    return ProblemError(400, INVALID, detail)


def _checked_condition(audience: Audience, condition: Any) -> Doc:
    if not isinstance(condition, dict):
        raise invalid("options.conditions", "This value should be of type object.")
    kind, op = condition.get("condition_type"), condition.get("op")
    if kind not in _OPS:
        raise _refuse(f"Condition type {kind!r} is not one this sandbox knows.")
    if op not in _OPS[kind]:
        raise _refuse(f"Operator {op!r} does not fit a {kind} condition.")
    tags = {field["tag"] for field in audience.merge_fields()} | {"EMAIL"}
    if kind == "TextMerge" and condition.get("field") not in tags:
        raise _refuse(f"Merge field {condition.get('field')!r} does not exist.")
    if "blank" not in str(op) and condition.get("value") in (None, ""):
        raise _refuse("A condition needs a value.")
    return dict(condition)


def _checked_options(audience: Audience, options: Any) -> Doc:
    if not isinstance(options, dict) or options.get("match") not in ("any", "all"):
        raise invalid("options.match", "Value must be one of: any, all")
    conditions = options.get("conditions")
    if not isinstance(conditions, list) or not conditions:
        raise invalid("options.conditions", "This value should not be blank.")
    if len(conditions) > MOST_CONDITIONS:
        raise _refuse(f"A segment holds at most {MOST_CONDITIONS} conditions.")
    checked = [_checked_condition(audience, one) for one in conditions]
    return {"match": options["match"], "conditions": checked}


def _text_of(member: Doc, condition: Doc) -> str:
    if condition["condition_type"] == "Language":
        return str(member["language"])
    field = condition.get("field", "EMAIL")
    if condition["condition_type"] == "EmailAddress" or field == "EMAIL":
        return str(member["email_address"])
    return str(member["merge_fields"].get(field, ""))


def _holds(audience: Audience, member: Doc, condition: Doc) -> bool:
    if condition["condition_type"] == "StaticSegment":
        key = str(condition["value"])
        static = audience.box.store.get(audience.segments, key) or {}
        inside: bool = member["contact_id"] in static.get("contacts", [])
        return inside is (condition["op"] == "static_is")
    have = _text_of(member, condition).casefold()
    want = str(condition.get("value", "")).casefold()
    return _TEXT[condition["op"]](have, want)


def matching(audience: Audience, segment: Doc) -> list[Doc]:
    """The members a segment holds now, whatever their status."""
    members = audience.all_members()
    if segment["type"] == "static":
        return [one for one in members if one["contact_id"] in segment["contacts"]]
    options = segment["options"]
    joined = all if options["match"] == "all" else any
    return [
        one
        for one in members
        if joined(_holds(audience, one, each) for each in options["conditions"])
    ]


def addressed(audience: Audience, segment: Doc, statuses: set[str]) -> list[Doc]:
    """The segment's members in one of these statuses."""
    return [one for one in matching(audience, segment) if one["status"] in statuses]


def asked(audience: Audience) -> list[Doc]:
    """The segments a list call asks for, of one `type` or of all."""
    kind = request.args.get("type")
    every = audience.box.store.all(audience.segments).values()
    return [one for one in every if kind in (None, one["type"])]


def require(audience: Audience, key: str) -> Doc:
    """The segment, or 404."""
    segment = audience.box.store.get(audience.segments, key)
    if segment is None:
        raise not_found()
    return segment


def create(audience: Audience, body: Doc) -> Doc:
    """A saved segment from `options`, or a static one from `static_segment`."""
    name = body.get("name")
    if not isinstance(name, str) or not name.strip():
        raise invalid("name", "This value should not be blank.")
    number = audience.box.store.next_number(audience.segments)
    segment: Doc = {"id": number, "name": name, "created_at": stamp(audience.box)}
    if "options" in body:
        options = _checked_options(audience, body["options"])
        segment |= {"type": "saved", "options": options}
    else:
        _refuse_twin(audience, name)
        contacts = _contacts(audience, body.get("static_segment"))
        segment |= {"type": "static", "contacts": contacts}
    return _keep(audience, segment)


def _refuse_twin(audience: Audience, name: str) -> None:
    others = audience.box.store.all(audience.segments).values()
    if any(one["type"] == "static" and one["name"] == name for one in others):
        raise _refuse("Sorry, that tag already exists.")


def _contacts(audience: Audience, emails: Any) -> list[str]:
    """Contact ids of the addresses given; unknown addresses are passed over."""
    if not isinstance(emails, list):
        raise invalid("static_segment", "This value should be of type array.")
    store = audience.box.store
    known = (store.get(audience.members, subscriber_hash(str(e))) for e in emails)
    return [member["contact_id"] for member in known if member is not None]


def change(audience: Audience, key: str, body: Doc) -> Doc:
    """PATCH: another name, other conditions, or other addresses."""
    segment = dict(require(audience, key))
    if "name" in body:
        segment["name"] = body["name"]
    if "options" in body and segment["type"] == "saved":
        segment["options"] = _checked_options(audience, body["options"])
    if "static_segment" in body and segment["type"] == "static":
        segment["contacts"] = _contacts(audience, body["static_segment"])
    return _keep(audience, segment)


def _keep(audience: Audience, segment: Doc) -> Doc:
    segment["updated_at"] = stamp(audience.box)
    audience.box.store.put(audience.segments, str(segment["id"]), segment)
    return segment


def show(audience: Audience, segment: Doc) -> Doc:
    """The segment as answered; `member_count` counts subscribed members only."""
    shown = {key: segment[key] for key in segment if key != "contacts"}
    shown["member_count"] = len(addressed(audience, segment, {"subscribed"}))
    shown["list_id"] = audience.id
    return shown
