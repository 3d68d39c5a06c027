"""Members as Mailchimp answers them, and the paging and pruning of lists."""

from collections.abc import Callable
from typing import Any

from flask import request

from sandbox.mailchimp.audience import Audience, read_time
from sandbox.mailchimp.problems import invalid

Doc = dict[str, Any]
MOST = 1000
_INTERNAL = ("left_by", "unsubscribed_at", "unsubscribe_reason")


def member(audience: Audience, doc: Doc) -> Doc:
    """The member as answered; the reason stands only on who is unsubscribed."""
    shown = {key: doc[key] for key in doc if key not in _INTERNAL}
    names = (doc["merge_fields"].get(tag, "") for tag in ("FNAME", "LNAME"))
    shown |= {
        "full_name": " ".join(str(name) for name in names if name),
        "member_rating": 2,
        "source": doc.get("source") or "API - Generic",
        "tags_count": len(doc["tags"]),
        "list_id": audience.id,
    }
    if doc["status"] == "unsubscribed":
        shown["unsubscribe_reason"] = doc["unsubscribe_reason"]
    return shown


def _after(name: str) -> Callable[[str], bool]:
    text = request.args.get(name)
    if not text:
        return lambda _value: True
    moment = read_time(name, text)
    return lambda value: bool(value) and read_time(name, value) >= moment


def _before(name: str) -> Callable[[str], bool]:
    text = request.args.get(name)
    if not text:
        return lambda _value: True
    moment = read_time(name, text)
    return lambda value: bool(value) and read_time(name, value) < moment


def asked_members(audience: Audience) -> list[Doc]:
    """The members that the query of a list call asks for."""
    status = request.args.get("status")
    hide = audience.box.option("mailchimp.list_omits_archived", True)
    changed, earlier = _after("since_last_changed"), _before("before_last_changed")
    opted, left = _after("since_timestamp_opt"), _after("unsubscribed_since")
    return [
        doc
        for doc in audience.all_members()
        if (doc["status"] == status if status else _visible(doc, hide))
        and changed(doc["last_changed"])
        and earlier(doc["last_changed"])
        and opted(doc["timestamp_opt"])
        and left(doc["unsubscribed_at"])
    ]


def _visible(doc: Doc, hide: bool) -> bool:
    return not hide or bool(doc["status"] != "archived")


def _number(name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal():
        raise invalid(name, "This value should be a number.")
    return int(text)


def page(rows: list[Doc]) -> list[Doc]:
    """The rows that `count` (10 unless said, at most 1000) and `offset` ask for."""
    count, offset = _number("count", 10), _number("offset", 0)
    if count > MOST:
        raise invalid("count", f"This value should be {MOST} or less.")
    return rows[offset : offset + count]


def pruned(body: Doc) -> Doc:
    """The body with only `fields`, or without `exclude_fields`."""
    fields, without = request.args.get("fields"), request.args.get("exclude_fields")
    if fields and without:
        raise invalid("fields", "Use fields or exclude_fields, not both.")
    if fields:
        kept: Doc = _only_in(body, _paths(fields))
        return kept
    if without:
        rest: Doc = _but_in(body, _paths(without))
        return rest
    return body


def _paths(text: str) -> list[list[str]]:
    return [path.split(".") for path in text.split(",")]


def _rests(paths: list[list[str]], key: str) -> list[list[str]]:
    return [path[1:] for path in paths if path[0] == key]


def _only_in(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_only_in(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        rests = _rests(paths, key)
        if rests:
            kept[key] = inner if [] in rests else _only_in(inner, rests)
    return kept


def _but_in(value: Any, paths: list[list[str]]) -> Any:
    if isinstance(value, list):
        return [_but_in(item, paths) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, inner in value.items():
        rests = _rests(paths, key)
        if [] not in rests:
            kept[key] = _but_in(inner, rests) if rests else inner
    return kept
