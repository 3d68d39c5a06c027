"""A form as a page with fields: what to show, and what was written in them.

A field is called by its ref, other text by the ref and `|other`, a place in a ranking
by the ref and its number.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import phonenumbers
from werkzeug.datastructures import MultiDict

from sandbox.filling import WORDS, Asked, Control, Sheet, other
from sandbox.typeform.answers import steps_of
from sandbox.typeform.forms import NESTED, askable

Doc = dict[str, Any]
Typed = MultiDict[str, str]
Choices = tuple[tuple[str, str], ...]
_NUMBER = re.compile(r"-?\d{1,15}([.,]\d{1,10})?")
_KINDS = {
    "short_text": "text",
    "long_text": "area",
    "email": "email",
    "phone_number": "tel",
    "website": "url",
    "calendly": "url",
    "file_upload": "url",
    "number": "number",
    "payment": "number",
    "date": "date",
    "dropdown": "select",
}
_SCALES = ("rating", "opinion_scale", "nps")


def sheet_of(form: Doc) -> Sheet:
    """The form as a page in its own language."""
    language = str(form.get("settings", {}).get("language") or "en")
    plain = Sheet(form["title"], language, ())
    words = WORDS[plain.spoken]
    endings = form.get("thankyou_screens") or [{}]
    asked = tuple(_asked(form["fields"], words))
    return Sheet(form["title"], language, (("", asked),), endings[0].get("title", ""))


def _asked(fields: list[Doc], words: Mapping[str, str]) -> Iterator[Asked]:
    for one in fields:
        inner = one["properties"].get("fields", [])
        if one["type"] in ("group", "inline_group"):
            yield Asked(one["title"])
            yield from _asked(inner, words)
        elif one["type"] in NESTED:
            must = _must(one)
            found = [
                control
                for part in inner
                for control in _controls(part, words, part["title"], must=must)
            ]
            yield Asked(one["title"], tuple(found), _hint(one))
        else:
            found = _controls(one, words, "", must=False)
            yield Asked(one["title"], tuple(found), _hint(one))


def _must(field: Doc) -> bool:
    return field.get("validations", {}).get("required") is True


def _hint(field: Doc) -> str:
    """The question's description, and what the ends of a scale mean."""
    properties = field["properties"]
    labels = properties.get("labels") or {}
    ends = (labels.get(one) for one in ("left", "center", "right"))
    told = (properties.get("description"), " – ".join(filter(None, ends)))
    return " ".join(filter(None, told))


def _controls(
    field: Doc, words: Mapping[str, str], label: str, *, must: bool
) -> list[Control]:
    """What there is to fill in of a field that holds no others."""
    kind, ref = field["type"], field["ref"]
    must = must or _must(field)
    choices = _choices(field, words)
    if kind == "ranking":
        places = range(1, len(choices) + 1)
        return [
            Control(f"{ref}|{n}", str(n), "select", choices, required=must)
            for n in places
        ]
    if kind in _KINDS:
        shown = [Control(ref, label, _KINDS[kind], choices, required=must)]
    elif choices:
        shown = [Control(ref, label, _box(field), choices, required=must)]
    else:
        return []
    own = field["properties"].get("allow_other_choice")
    return [*shown, other(words, ref)] if own else shown


def _box(field: Doc) -> str:
    several = field["properties"].get("allow_multiple_selection")
    return "checkbox" if several or field["type"] == "checkbox" else "radio"


def _choices(field: Doc, words: Mapping[str, str]) -> Choices:
    kind = field["type"]
    if kind == "yes_no":
        return (("true", words["yes"]), ("false", words["no"]))
    if kind == "legal":
        return (("true", words["accept"]), ("false", words["decline"]))
    if kind in _SCALES:
        low, high = steps_of(field)
        return tuple((str(n), str(n)) for n in range(low or 0, high + 1))
    told = field["properties"].get("choices", [])
    return tuple((one["id"], one["label"]) for one in told)


def values_of(form: Doc, typed: Typed) -> Doc:
    """The answers by ref, as `submit.respond` takes them."""
    return {one["ref"]: _value(one, typed) for one in askable(form)}


def _value(field: Doc, typed: Typed) -> Any:
    ref, kind = field["ref"], field["type"]
    text = typed.get(ref, "").strip()
    if kind == "ranking":
        count = len(field["properties"].get("choices", []))
        places = (typed.get(f"{ref}|{n}", "") for n in range(1, count + 1))
        return [one for one in places if one]
    own = typed.get(f"{ref}|other", "").strip()
    if _box(field) == "checkbox":
        return [*filter(None, typed.getlist(ref)), *([f"other:{own}"] if own else [])]
    if own:
        return f"other:{own}"
    return _READ[kind](text, field) if kind in _READ and text else text


def _number(text: str, _field: Doc) -> Any:
    """A number, with the comma of many languages; text that is none stays."""
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def _phone(text: str, field: Doc) -> str:
    """The number with its country's, as Typeform sends it; text that is none stays."""
    country = str(field["properties"].get("default_country_code") or "dk").upper()
    try:
        found = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return text
    shape = phonenumbers.PhoneNumberFormat.E164
    return str(phonenumbers.format_number(found, shape))


def _yes(text: str, _field: Doc) -> Any:
    return {"true": True, "false": False}.get(text, text)


_READ: Mapping[str, Callable[[str, Doc], Any]] = {
    "number": _number,
    "phone_number": _phone,
    "yes_no": _yes,
    "legal": _yes,
    **dict.fromkeys(_SCALES, _number),
}
