"""Lists: `page`, `per_page`, `total`, and links to the pages around."""

from math import ceil
from typing import Any
from urllib.parse import urlencode

from flask import request

from sandbox.box import Box
from sandbox.surveymonkey.errors import bad_query
from sandbox.surveymonkey.ids import link

Doc = dict[str, Any]
_DEFAULT = 50
MOST = 1000


def listed(box: Box, rows: list[Doc], *, most: int = MOST) -> Doc:
    """The page asked for. `links.next` is absent on the last one (documented)."""
    page = _number("page", 1, None)
    size = _number("per_page", _DEFAULT, most)
    return {
        "data": rows[(page - 1) * size : page * size],
        "per_page": size,
        "page": page,
        "total": len(rows),
        "links": _links(box, page, size, ceil(len(rows) / size)),
    }


def _number(name: str, default: int, most: int | None) -> int:
    text = request.args.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise bad_query(name, "a whole number from 1")
    if most is not None and int(text) > most:
        raise bad_query(name, f"at most {most}")
    return int(text)


def _links(box: Box, page: int, size: int, last: int) -> dict[str, str]:
    wanted = {"self": page}
    if page < last:
        wanted |= {"next": page + 1, "last": last}
    if page > 1:
        wanted |= {"prev": page - 1, "first": 1}
    path = request.path.partition("/v3")[2]
    told = request.args.to_dict() | {"per_page": str(size)}
    return {
        name: link(box, f"{path}?{urlencode(told | {'page': str(number)})}")
        for name, number in wanted.items()
    }
