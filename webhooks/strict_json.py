"""JSON from strangers: read strictly, then looked at without surprises.

``loads`` refuses what two readers could understand differently (twin keys, a byte
order mark, another encoding, NaN) and what only an attacker sends (deep nesting).
It is for stored bodies; the request path needs only a provider's ``identify``.
"""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

from webhooks.submission import Unreadable

# A webhook is at most 1 MiB (the receiver's cap); a response that we fetched is kept
# together with its form's definition and may be larger.
MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
_LARGEST_INT = 2**63 - 1

# One escape at a time, so that the backslash of "\\ud800" is never taken for the
# start of "\ud800"; a whole surrogate pair is one escape.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|u[0-9a-fA-F]{4}|.)",
    re.DOTALL,
)
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


def loads(body: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """Return the document in ``body``; raise Unreadable with a sentence.

    No message quotes the body, and no cause is chained: the JSON libraries' errors
    carry the whole document, which holds personal data.
    """
    if len(body) > max_bytes:
        raise Unreadable(f"The body is larger than {max_bytes} bytes.")
    text = _decoded(body)
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as err:
        sentence = f"The body is not valid JSON (at character {err.pos})."
        raise Unreadable(sentence) from None
    _refuse_depth(document)
    _refuse_twins(text)
    return document


def mend(body: bytes) -> bytes:
    """Return ``body`` without NUL and with U+FFFD for lone surrogate escapes.

    Both are legal JSON and both break what comes after: PostgreSQL stores no NUL, and
    a lone surrogate (half an emoji, cut by a length limit) cannot be encoded at all.
    Everything else stays byte for byte.
    """
    return _ESCAPE.sub(_mended, body) if _SUSPECT.search(body) else body


def as_object(value: object) -> dict[str, Any]:
    """Return ``value`` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def as_array(value: object) -> list[Any]:
    """Return ``value`` if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str:
    """Return a string as it is and a whole number in digits; else an empty string."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return ""


def as_number(value: object) -> int | float | None:
    """Return a number (true is none); one beyond 64 bits, which no database's integer
    holds, as a float."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if abs(value) <= _LARGEST_INT else float(value)


def _mended(escape: re.Match[bytes]) -> bytes:
    found = escape.group()
    if found == rb"\u0000":
        return b""
    return rb"\ufffd" if _LONE_SURROGATE.fullmatch(found) else found


def _decoded(body: bytes) -> str:
    if body.startswith(b"\xef\xbb\xbf"):
        raise Unreadable("The body starts with a byte order mark.")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as err:
        sentence = f"The body is not UTF-8 (at byte {err.start})."
        raise Unreadable(sentence) from None


def _refuse_depth(document: object) -> None:
    level = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return
    raise Unreadable(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _containers(value: object) -> list[object]:
    inner = value.values() if isinstance(value, dict) else as_array(value)
    return [each for each in inner if isinstance(each, dict | list)]


def _refuse_twins(text: str) -> None:
    # The second reading keeps nothing: objects become None. What trips json (depth, a
    # number of 5000 digits) has been refused by now.
    try:
        json.loads(text, object_pairs_hook=_no_twins)
    except ValueError:
        raise Unreadable("The body is not valid JSON.") from None


def _no_twins(members: list[tuple[str, object]]) -> None:
    if len({name for name, _ in members}) != len(members):
        raise Unreadable("An object in the body names the same key twice.")
