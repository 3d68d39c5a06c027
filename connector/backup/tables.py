"""Every row as a line of JSON: the same for SQLite and PostgreSQL, both ways.

A table's first line names its columns and what they hold; each further line is a row.
JSON stays the text that it is, so that nothing is lost on the way.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Integer,
    LargeBinary,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    table,
)
from sqlalchemy.types import TypeEngine

from connector.db import UtcDateTime
from connector.schema import METADATA

LEFT_OUT = frozenset({"chore_run", "pulse"})
"""What is true of the machine that was backed up, not of the one restored."""
ROWS_AT_ONCE = 500

WORDS: Mapping[type[TypeEngine[Any]], str] = {
    UtcDateTime: "time",
    Text: "text",
    Integer: "integer",
    Boolean: "boolean",
    Date: "day",
    LargeBinary: "bytes",
    JSON: "json",
}
TYPES: Mapping[str, type[TypeEngine[Any]]] = {
    **{word: kind for kind, word in WORDS.items()},
    "json": Text,
}
_WRITE: Mapping[str, Callable[[Any], Any]] = {
    "time": lambda at: at.isoformat(),
    "day": lambda day: day.isoformat(),
    "bytes": lambda data: base64.b64encode(data).decode(),
}
_READ: Mapping[str, Callable[[Any], Any]] = {
    "time": datetime.fromisoformat,
    "day": date.fromisoformat,
    "bytes": base64.b64decode,
}


def tables() -> list[Table]:
    """Return the tables that are backed up, those that others point to first."""
    return [one for one in METADATA.sorted_tables if one.name not in LEFT_OUT]


def lines_of(connection: Connection, held: Table) -> Iterator[bytes]:
    """Give a table as lines, its columns first."""
    columns = {one.name: _word(one) for one in held.columns}
    yield orjson.dumps({"table": held.name, "columns": columns}) + b"\n"
    picked = [
        cast(one, Text).label(one.name) if columns[one.name] == "json" else one
        for one in held.columns
    ]
    query = select(*picked).order_by(*held.primary_key)
    words = list(columns.values())
    rows = connection.execution_options(yield_per=ROWS_AT_ONCE).execute(query)
    for row in rows:
        values = [_each(_WRITE, w, v) for w, v in zip(words, row, strict=True)]
        yield orjson.dumps(values) + b"\n"


def put_back(connection: Connection, lines: Iterable[bytes]) -> int:
    """Insert a table's rows; return how many. The table is there and empty."""
    rest = iter(lines)
    head = orjson.loads(next(rest))
    words: dict[str, str] = head["columns"]
    target = table(head["table"], *(column(n, TYPES[w]()) for n, w in words.items()))
    statement = insert(target).values(
        {n: _bound(connection, n, w) for n, w in words.items()}
    )
    number = 0
    while part := list(islice(rest, ROWS_AT_ONCE)):
        connection.execute(statement, [_row(line, words) for line in part])
        number += len(part)
    return number


def go_on_counting(connection: Connection) -> None:
    """Let PostgreSQL give numbers above those that were put back.

    SQLite takes the highest by itself.
    """
    if connection.dialect.name != "postgresql":
        return
    for held in tables():
        (key, *more) = held.primary_key
        if not more and isinstance(key.type, Integer):
            highest = select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
            counter = func.pg_get_serial_sequence(held.name, key.name)
            connection.execute(select(func.setval(counter, highest, False)))


def _word(one: Column[Any]) -> str:
    for known, word in WORDS.items():
        if isinstance(one.type, known):
            return word
    raise TypeError(f"{one} has a type that no backup holds")


def _each(how: Mapping[str, Callable[[Any], Any]], word: str, value: Any) -> Any:
    return value if value is None or word not in how else how[word](value)


def _row(line: bytes, words: Mapping[str, str]) -> dict[str, Any]:
    values = orjson.loads(line)
    return {
        f"v_{name}": _each(_READ, word, value)
        for (name, word), value in zip(words.items(), values, strict=True)
    }


def _bound(connection: Connection, name: str, word: str) -> Any:
    if word != "json":
        return bindparam(f"v_{name}", type_=TYPES[word]())
    given = bindparam(f"v_{name}", type_=Text())
    # SQLite keeps JSON as text; a cast there would make a number of it.
    return cast(given, JSON) if connection.dialect.name == "postgresql" else given
