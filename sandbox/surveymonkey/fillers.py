"""What a person gives to one question, made into the entries that SurveyMonkey keeps.

One small function a family. A row, column or choice is named by id, ref, type or text,
a choice that stands for a number by that number too. `{"other": "..."}` is text of
one's own, with `choice` or `choices` beside it where something was picked as well.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from sandbox.surveymonkey.design import heading
from sandbox.surveymonkey.errors import SurveyMonkeyError, bad_request

Doc = dict[str, Any]
Entries = list[Doc]
_US_DATE, _US_TIME = "%m/%d/%Y", "%I:%M %p"


def entries_of(question: Doc, value: Any) -> Entries:
    """The entries of the question's `answers` for this value."""
    key = (question["family"], question["subtype"])
    make = _MAKERS.get(key) or _MAKERS.get((key[0], ""))
    if make is None:
        raise wrong(question, "no answer")
    return make(question, value)


def wrong(question: Doc, wanted: str) -> SurveyMonkeyError:
    """The person cannot give this answer."""
    told = f"{question['family']}/{question['subtype']}"
    return bad_request(f"{heading(question)!r} ({told}) takes {wanted}.")


def find(question: Doc, parts: list[Doc], value: Any, what: str) -> Doc:
    """The row, column or choice that is meant."""
    seen = [one for one in parts if one["visible"]]
    for name in ("id", "ref", "type", "text"):
        for one in seen:
            if one.get(name) is not None and one[name] == str(value):
                return one
    for one in seen:
        if isinstance(value, int) and one.get("weight") == value:
            return one
    names = ", ".join(one.get("ref") or one["text"] or one["id"] for one in seen)
    raise wrong(question, f"one of its {what} ({names}), not {value!r}")


def _parts(question: Doc, name: str) -> list[Doc]:
    parts: list[Doc] = question.get("answers", {}).get(name, [])
    return parts


def _pick(question: Doc, value: Any) -> Doc:
    return find(question, _parts(question, "choices"), value, "choices")


def _row(question: Doc, value: Any) -> Doc:
    return find(question, _parts(question, "rows"), value, "rows")


def _own_text(question: Doc, text: Any) -> Doc:
    other = question.get("answers", {}).get("other")
    if other is None:
        raise wrong(question, "no other text")
    return {"other_id": other["id"], "text": str(text)}


def _replaces(question: Doc) -> bool:
    """Whether own text stands in place of a choice, rather than beside it."""
    other = question.get("answers", {}).get("other") or {}
    return bool(other.get("is_answer_choice"))


def _single(question: Doc, value: Any) -> Entries:
    """One choice; own text replaces it, or comes beside it as a second entry."""
    told = value if isinstance(value, dict) else {"choice": value}
    entries = []
    if told.get("choice") is not None:
        entries.append({"choice_id": _pick(question, told["choice"])["id"]})
    if told.get("other") is not None:
        entries.append(_own_text(question, told["other"]))
        if _replaces(question) and len(entries) > 1:
            raise wrong(question, "a choice or other text, not both")
    return entries


def _multiple(question: Doc, value: Any) -> Entries:
    """An entry for each choice in the order they were given, own text first.

    Recorded: the order is not that of the display, and the text may lead.
    """
    told = value if isinstance(value, dict) else {"choices": value}
    given = told.get("choices", [])
    picked: list[Any] = [*given] if isinstance(given, list) else [given]
    texts = [one["other"] for one in picked if isinstance(one, dict)]
    texts += [told["other"]] if told.get("other") is not None else []
    rest = [one for one in picked if not isinstance(one, dict)]
    return [
        *(_own_text(question, one) for one in texts),
        *({"choice_id": _pick(question, one)["id"]} for one in rest),
    ]


def _text(question: Doc, value: Any) -> Entries:
    """A text; numbers and addresses too. A file is told as `{url, content_type}`."""
    if isinstance(value, dict):
        if "url" not in value:
            raise wrong(question, "a text, or a file as {url, content_type}")
        kind = str(value.get("content_type", "application/pdf"))
        return [{"download_url": str(value["url"]), "content_type": kind}]
    return [{"tag_data": [], "text": _checked(question, str(value))}]


def _checked(question: Doc, text: str) -> str:
    """What the form lets a person send."""
    kind = (question.get("validation") or {}).get("type")
    if kind == "email" and "@" not in text:
        raise wrong(question, "an e-mail address")
    if kind in ("integer", "decimal"):
        try:
            float(text)
        except ValueError:
            raise wrong(question, "a number") from None
    return text


def _by_row(question: Doc, value: Any) -> Doc:
    """Values by row; one that names no row is for the only or the first one."""
    rows = _parts(question, "rows")
    if isinstance(value, dict):
        return value
    if not rows:
        raise wrong(question, "nothing: it has no rows")
    return {rows[0]["id"]: value}


def _texts(question: Doc, value: Any) -> Entries:
    """A text a row; blank rows are missing (recorded)."""
    return [
        {"tag_data": [], "row_id": _row(question, row)["id"], "text": str(text)}
        for row, text in _by_row(question, value).items()
        if text not in (None, "")
    ]


def _moments(question: Doc, value: Any) -> Entries:
    """A day or time a row, told in ISO, kept as Americans write it (recorded)."""
    make = _MOMENTS[question["subtype"]]
    try:
        return [
            {"row_id": _row(question, row)["id"], "text": make(str(text))}
            for row, text in _by_row(question, value).items()
            if text not in (None, "")
        ]
    except ValueError:
        raise wrong(question, "a day, a time or both in ISO 8601") from None


_MOMENTS: dict[str, Callable[[str], str]] = {
    "date_only": lambda text: date.fromisoformat(text).strftime(_US_DATE),
    "time_only": lambda text: time.fromisoformat(text).strftime(_US_TIME),
    "both": lambda text: datetime.fromisoformat(text).strftime(
        f"{_US_DATE} {_US_TIME}"
    ),
}


def _matrix(question: Doc, value: Any) -> Entries:
    """A choice a row, several as a list; `other` is a comment on all or on the row."""
    if isinstance(value, dict) and set(value) <= {"choice", "other"}:
        rest = {"choice": value["choice"]} if "choice" in value else {}
        found = _of_row(question, _parts(question, "rows")[0], rest)
        return found + (
            [_own_text(question, value["other"])] if "other" in value else []
        )
    entries = []
    for row, given in _by_row(question, value).items():
        if row == "other":
            entries.append(_own_text(question, given))
        elif given not in (None, "", []):
            entries += _of_row(question, _row(question, row), given)
    return entries


def _of_row(question: Doc, row: Doc, given: Any) -> Entries:
    told = given if isinstance(given, dict) else {"choices": given}
    picked = told.get("choices", told.get("choice", []))
    picked = picked if isinstance(picked, list) else [picked]
    if len(picked) > 1 and question["subtype"] != "multi":
        raise wrong(question, "one choice a row")
    here = {"row_id": row["id"]}
    entries = [here | {"choice_id": _pick(question, one)["id"]} for one in picked]
    if told.get("other") is not None:
        entries.append(here | _own_text(question, told["other"]))
    return entries


def _menus(question: Doc, value: Any) -> Entries:
    """A choice a row and column; the choices stand inside the column."""
    if not isinstance(value, dict):
        raise wrong(question, "{row: {column: choice}}")
    entries = []
    for row, columns in value.items():
        if row == "other":
            entries.append(_own_text(question, columns))
            continue
        if not isinstance(columns, dict):
            raise wrong(question, "{row: {column: choice}}")
        here = {"row_id": _row(question, row)["id"]}
        for column, choice in columns.items():
            col = find(question, _parts(question, "cols"), column, "columns")
            picked = find(question, col.get("choices", []), choice, "choices")
            entries.append(here | {"col_id": col["id"], "choice_id": picked["id"]})
    return entries


def _ranking(question: Doc, value: Any) -> Entries:
    """A rank a row, or the rows in their order."""
    if isinstance(value, list):
        value = {row: str(rank) for rank, row in enumerate(value, 1)}
    return _matrix(question, value)


_MAKERS: dict[tuple[str, str], Callable[[Doc, Any], Entries]] = {
    ("single_choice", ""): _single,
    ("multiple_choice", ""): _multiple,
    ("open_ended", "single"): _text,
    ("open_ended", "essay"): _text,
    ("open_ended", "multi"): _texts,
    ("open_ended", "numerical"): _texts,
    ("demographic", ""): _texts,
    ("datetime", ""): _moments,
    ("matrix", "single"): _matrix,
    ("matrix", "rating"): _matrix,
    ("matrix", "multi"): _matrix,
    ("matrix", "menu"): _menus,
    ("matrix", "ranking"): _ranking,
}
