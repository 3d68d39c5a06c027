"""The parts of which the schemas of the TOML files are made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from mappings.faults import not_known


def one_of(known: tuple[str, ...], what: str) -> Callable[[str], None]:
    """Return a validator that names the known words and the nearest one."""

    def check(value: str) -> None:
        if value not in known:
            raise ValidationError(not_known(value, known, what))

    return check


class Table(Schema):
    """A TOML table: a key that is not declared is a fault with a remedy."""

    class Meta:
        unknown = EXCLUDE  # reported below, beside the other faults

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def only_known_keys(self, _: Any, original: Any, **kwargs: Any) -> None:
        if not isinstance(original, dict):
            return
        known = sorted(f.data_key or n for n, f in self.fields.items())
        faults = {
            k: [not_known(k, known, "a key of this table")]
            for k in original
            if k not in known
        }
        if faults:
            raise ValidationError(faults)


class Day(fields.Field[date]):
    """A TOML date, written without quotes."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise ValidationError("must be a day, written 2016-03-01 without quotes")
        return value


class Text(fields.Field[dict[str, str]]):
    """One sentence in Danish and English: ``{ da = "…", en = "…" }``."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, str]:
        given = value if isinstance(value, dict) else {}
        said = {k: v for k, v in given.items() if isinstance(v, str) and v.strip()}
        if not {"da", "en"} <= said.keys() or len(said) != len(given):
            raise ValidationError('write it as { da = "…", en = "…" }, both filled in')
        return said


class Words(fields.Field[list[str]]):
    """A list of texts; a single text counts as a list of one."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
            raise ValidationError('must be a list of texts, written ["…", "…"]')
        return words


class Scalars(fields.Field[list[str | int | bool]]):
    """What an indicator counts: codes, true/false, points, or a range ``"4..5"``."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str | int | bool]:
        if not isinstance(value, list):
            raise ValidationError('must be a list, written ["agree"] or [true]')
        return [one for item in value for one in self._spread(item)]

    def _spread(self, item: Any) -> list[Any]:
        if not isinstance(item, str | int | bool):
            raise ValidationError("may hold texts, whole numbers, true and false")
        low, dots, high = str(item).partition("..")
        if dots and low.isdigit() and high.isdigit():
            return [*range(int(low), int(high) + 1)]
        return [item]


class Target(fields.Field[tuple[int, int] | int]):
    """A share in whole numbers (``"2/3"``) or a count (``10``): never a decimal."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[int, int] | int:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        top, _slash, bottom = str(value).partition("/")
        if top.isdigit() and bottom.isdigit() and 0 < int(top) <= int(bottom):
            return int(top), int(bottom)
        raise ValidationError('must be a share like "2/3" or a count like 10')


def text(**kwargs: Any) -> fields.String:
    return fields.String(**_with_remedy(kwargs, "must be a text in quotes"))


def flag(**kwargs: Any) -> fields.Boolean:
    remedy = _with_remedy(kwargs, "must be true or false")
    return fields.Boolean(truthy={True}, falsy={False}, **remedy)


def whole(**kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, **_with_remedy(kwargs, "must be whole"))


def tables(table: type[Table], **kwargs: Any) -> fields.Dict:
    """Return a table of tables with free keys."""
    inner = fields.Nested(table, error_messages={"type": "must be a table"})
    remedy = _with_remedy(kwargs, "must be a table")
    return fields.Dict(keys=fields.String(), values=inner, **remedy)


def _with_remedy(kwargs: dict[str, Any], remedy: str) -> dict[str, Any]:
    missing = "is missing; add it to this table"
    messages = dict.fromkeys(("invalid", "invalid_utf8", "type", "null"), remedy)
    return {"error_messages": {**messages, "required": missing}, **kwargs}


REQUIRED: dict[str, Any] = {
    "required": True,
    "error_messages": {"required": "is missing; add it to this table"},
}
