"""Questions: made from what an editor or `POST /surveys` tells, shown as a design.

Rows, columns, choices and the field for other text get ids and positions. A `ref` may
be told with any of them and with the question: it is the sandbox's own and never shown,
so that whoever fills a survey in need not know its ids.
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.box import Box
from sandbox.surveymonkey.errors import bad_request
from sandbox.surveymonkey.ids import new_id

Doc = dict[str, Any]
_COLUMNS = ("", "_two_col", "_three_col", "_four_col", "_five_col")
_VERTICAL = tuple(f"vertical{columns}" for columns in _COLUMNS)
_SUBTYPES = {
    "single_choice": (*_VERTICAL, "horiz", "menu"),
    "multiple_choice": (*_VERTICAL, "horiz"),
    "open_ended": ("single", "essay", "multi", "numerical"),
    "demographic": ("us", "international"),
    "datetime": ("date_only", "time_only", "both"),
    "matrix": ("single", "multi", "menu", "rating", "ranking"),
    "presentation": ("descriptive_text", "image", "video"),
}
_CONTACT = (
    *("name", "company", "address", "address2", "city"),
    *("state", "zip", "country", "email", "phone"),
)
_LISTS = ("rows", "cols", "choices")
_DIGITS = re.compile(r"-?[0-9]{1,6}")
_UNTOLD = ("layout", "sorting", "required", "validation")


def new_question(box: Box, told: Doc, position: int) -> Doc:
    """A question as the store holds it, ids and refs included."""
    family, subtype = told.get("family"), told.get("subtype")
    if family not in _SUBTYPES or subtype not in _SUBTYPES[family]:
        raise bad_request(f"There is no question of family {family} and {subtype}.")
    headings = told.get("headings")
    if not headings or not is_objects(headings):
        raise bad_request("A question needs headings, a list of objects.")
    made: Doc = {"id": new_id(box), "position": position, "visible": True}
    made |= {"family": family, "subtype": subtype}
    made |= {name: told.get(name) for name in _UNTOLD}
    made |= {"forced_ranking": bool(told.get("forced_ranking")), "headings": headings}
    made |= {name: told[name] for name in ("ref", "display_options") if name in told}
    answers = _answers(box, told)
    return made | ({"answers": answers} if answers else {})


def _answers(box: Box, told: Doc) -> Doc:
    given = told.get("answers") or {}
    if not isinstance(given, dict) or not set(given) <= {*_LISTS, "other"}:
        raise bad_request("answers has rows, cols, choices and other.")
    given = dict(given)
    _fill_in(told, given)
    made: Doc = {
        name: new_parts(box, told, name, given[name])
        for name in _LISTS
        if name in given
    }
    if isinstance(given.get("other"), dict):
        made["other"] = _other(box, given["other"])
    return made


def _fill_in(told: Doc, given: Doc) -> None:
    """Add the rows and ranks that come by themselves with a question of its kind."""
    family, subtype = told["family"], told["subtype"]
    if family == "demographic" and not given.get("rows"):
        given["rows"] = [{"type": one, "text": one.capitalize()} for one in _CONTACT]
    if family == "datetime" and not given.get("rows"):
        given["rows"] = [{"text": "Date / Time"}]
    if (family, subtype) == ("matrix", "rating") and not given.get("rows"):
        given["rows"] = [{"text": ""}]
    if (family, subtype) == ("matrix", "ranking") and not given.get("choices"):
        ranks = range(1, len(given.get("rows", [])) + 1)
        given["choices"] = [{"text": str(one)} for one in ranks]


def new_parts(box: Box, question: Doc, name: str, told: Any) -> list[Doc]:
    """The rows, columns or choices of a question, or of a column."""
    if not is_objects(told):
        raise bad_request(f"{name} is a list of objects.")
    return [new_part(box, question, name, one, i) for i, one in enumerate(told, 1)]


def new_part(box: Box, question: Doc, name: str, told: Doc, position: int) -> Doc:
    """One row, column or choice."""
    made = {"position": position, "visible": True, "text": str(told.get("text", ""))}
    made |= {"id": new_id(box)}
    made |= {one: told[one] for one in ("ref", "type", "required") if one in told}
    if name == "choices":
        made["quiz_options"] = {"score": 0}
        if question["subtype"] in ("rating", "ranking"):
            made |= _weighed(question, told, position)
    if "choices" in told:
        made["choices"] = new_parts(box, question, "choices", told["choices"])
    return made


def _weighed(question: Doc, told: Doc, position: int) -> Doc:
    """A choice that stands for a number: as told, else its text's, else its place.

    0 for "not applicable", so it must not enter an average (documented).
    """
    not_applicable = bool(told.get("is_na", False))
    if question["subtype"] == "ranking":
        return {"is_na": not_applicable}
    text = str(told.get("text", ""))
    usual = int(text) if _DIGITS.fullmatch(text) else position
    weight = 0 if not_applicable else told.get("weight", usual)
    description = str(told.get("description", ""))
    return {"weight": weight, "is_na": not_applicable, "description": description}


def _other(box: Box, told: Doc) -> Doc:
    return {
        "position": 0,
        "visible": True,
        "text": str(told.get("text", "Other (please specify)")),
        "id": new_id(box),
        "num_lines": int(told.get("num_lines", 1)),
        "num_chars": int(told.get("num_chars", 50)),
        "is_answer_choice": bool(told.get("is_answer_choice", False)),
        "apply_all_rows": bool(told.get("apply_all_rows", False)),
    }


def is_objects(told: Any) -> bool:
    """Whether this is a list of JSON objects."""
    return isinstance(told, list) and all(isinstance(one, dict) for one in told)


def questions(survey: Doc) -> Iterator[Doc]:
    """Every question of a survey in its order."""
    for page in survey["pages"]:
        yield from page["questions"]


def heading(question: Doc) -> str:
    """The question's first wording."""
    return str(question["headings"][0].get("heading", ""))


def without_refs(value: Any) -> Any:
    """The design as SurveyMonkey would show it."""
    if isinstance(value, dict):
        return {key: without_refs(v) for key, v in value.items() if key != "ref"}
    return [without_refs(one) for one in value] if isinstance(value, list) else value


def renewed(box: Box, value: Any) -> Any:
    """A copy of a part of a design in which everything that has an id has another."""
    if isinstance(value, list):
        return [renewed(box, one) for one in value]
    if not isinstance(value, dict):
        return value
    copied = {key: renewed(box, one) for key, one in value.items()}
    return copied | ({"id": new_id(box)} if "id" in value else {})


def refs(survey: Doc) -> Doc:
    """The ids behind the refs: `{ref: {id, rows, cols, choices, other}}`."""
    return {one["ref"]: _named(one) for one in questions(survey) if one.get("ref")}


def _named(question: Doc) -> Doc:
    answers = question.get("answers", {})
    found: Doc = {"id": question["id"]}
    for name in ("rows", "cols"):
        found[name] = _ids(answers.get(name, []))
    columns = answers.get("cols", [])
    inner = [one for column in columns for one in column.get("choices", [])]
    found["choices"] = _ids([*answers.get("choices", []), *inner])
    found["other"] = answers.get("other", {}).get("id")
    return found


def _ids(parts: list[Doc]) -> dict[str, str]:
    """By ref, else by a contact row's type, else by the text."""
    return {
        one.get("ref") or one.get("type") or one["text"]: one["id"] for one in parts
    }
