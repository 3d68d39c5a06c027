"""Forms: made from a definition, read nested, seen flat by webhooks."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sandbox.box import Box
from sandbox.typeform.errors import bad_field, not_found
from sandbox.typeform.ids import derived, whole_seconds

Doc = dict[str, Any]
KIND = "typeform.form"
# Asked piece by piece: their parts are answered, not they themselves.
NESTED = ("group", "matrix", "contact_info", "inline_group")
_SILENT = ("statement",)
_CONTACT = (
    ("first_name", "First name", "short_text"),
    ("last_name", "Last name", "short_text"),
    ("phone_number", "Phone number", "phone_number"),
    ("email", "Email", "email"),
    ("company", "Company", "short_text"),
)


def create(box: Box, definition: Doc) -> Doc:
    """Keep a form. It gets ids of its own; the refs of the definition stay."""
    title, fields = definition.get("title"), definition.get("fields", [])
    if not isinstance(title, str) or not title:
        raise bad_field("title", "title is required")
    if not isinstance(fields, list) or not all(isinstance(f, dict) for f in fields):
        raise bad_field("fields", "fields must be a list of objects")
    with box.store.lock:
        number = box.store.next_number(KIND)
        form = deepcopy(definition)
        form["id"] = _form_id(box, definition, number)
        form["fields"] = [
            _with_ids(one, (number, place)) for place, one in enumerate(fields)
        ]
        _refuse_twin_refs(form)
        made = whole_seconds(box.now())
        form["created_at"] = form["last_updated_at"] = made
        box.store.put(KIND, form["id"], form)
    return form


def _form_id(box: Box, definition: Doc, number: int) -> str:
    if box.option("typeform.keep_form_ids", False) and definition.get("id"):
        return str(definition["id"])
    return derived(8, "form", number)


def _with_ids(field: Doc, seed: tuple[object, ...], row_type: str = "") -> Doc:
    made = {"type": row_type, **field} if row_type else dict(field)
    if not isinstance(made.get("type"), str):
        raise bad_field("fields.type", "type is required")
    made["id"] = derived(12, "field", seed)
    made.setdefault("ref", str(uuid4()))
    made.setdefault("title", "")
    properties = made["properties"] = dict(made.get("properties") or {})
    if made["type"] == "contact_info" and not properties.get("fields"):
        properties["fields"] = _contact_fields(made["ref"])
    # A matrix is one multiple choice a row, each with choice ids of its own.
    row_type = "multiple_choice" if made["type"] == "matrix" else ""
    for name in ("choices", "fields"):
        if name in properties:
            properties[name] = [
                with_choice_ids(one, (*seed, place))
                if name == "choices"
                else _with_ids(one, (*seed, place), row_type)
                for place, one in enumerate(properties[name])
            ]
    return made


def with_choice_ids(choice: Doc, seed: tuple[object, ...]) -> Doc:
    """The choice with an id of its own, and a ref if it has none."""
    made = {"id": derived(12, "choice", seed), **choice}
    made["id"] = derived(12, "choice", seed)
    made.setdefault("ref", str(uuid4()))
    return made


def _contact_fields(ref: str) -> list[Doc]:
    return [
        {"ref": f"{ref}_{key}", "title": title, "type": kind, "subfield_key": key}
        for key, title, kind in _CONTACT
    ]


def _refuse_twin_refs(form: Doc) -> None:
    refs = [one["ref"] for one in every_field(form["fields"])]
    if len(refs) != len(set(refs)):
        raise bad_field("fields.ref", "ref must be unique within the form")


def require(box: Box, form_id: str) -> Doc:
    """The form, or 404."""
    form = box.store.get(KIND, form_id)
    if form is None:
        raise not_found("form")
    return form


def every_field(fields: list[Doc]) -> Iterator[Doc]:
    """All fields, those that hold others too, each before what it holds."""
    for one in fields:
        yield one
        yield from every_field(one.get("properties", {}).get("fields", []))


def askable(form: Doc) -> list[Doc]:
    """The flat list a webhook's definition has: the parts without their parents."""
    return [
        one
        for one in every_field(form["fields"])
        if one["type"] not in NESTED and one["type"] not in _SILENT
    ]


@dataclass(frozen=True)
class Links:
    """Where links lead: respondents to one base URL, clients to another."""

    public: str
    api: str


def shown(form: Doc, links: Links) -> Doc:
    """The form as `GET /forms/{id}` answers it. Links name the region's host."""
    body = dict(form)
    body.setdefault("hidden", [])
    body.setdefault("logic", [])
    body.setdefault("settings", {"language": "en", "is_public": True})
    body.setdefault("thankyou_screens", [])
    body["_links"] = {
        "display": f"{links.public}/to/{form['id']}",
        "responses": f"{links.api}/forms/{form['id']}/responses",
    }
    return body


def shown_short(form: Doc, links: Links) -> Doc:
    """The form as a row of `GET /forms`."""
    here = f"{links.api}/forms/{form['id']}"
    return {
        "id": form["id"],
        "type": form.get("type", "quiz"),
        "title": form["title"],
        "created_at": form["created_at"],
        "last_updated_at": form["last_updated_at"],
        "settings": {"is_public": True, "is_trial": False},
        "self": {"href": here},
        "theme": {"href": f"{links.api}/themes/default"},
        "_links": {
            "display": f"{links.public}/to/{form['id']}",
            "responses": f"{here}/responses",
        },
    }
