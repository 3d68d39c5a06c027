"""What staff do to a form in Typeform's editor while people answer it.

POST /sandbox/control/typeform/{act}; `form` is the form's id and `ref` a question's
ref or id. The form changes at once, for webhooks as for the API.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from uuid import UUID

from flask import Blueprint

from sandbox.box import Box
from sandbox.strangers import keep_out
from sandbox.typeform import forms, gate, regions
from sandbox.typeform.errors import bad_field
from sandbox.typeform.ids import whole_seconds
from sandbox.typeform.submit import kind_of

Doc = dict[str, Any]
_SCALES = {"rating": 5, "opinion_scale": 11}
_OWN = ("id", "created_at", "last_updated_at")


def _text(told: Doc, name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_field(name, f"{name} is required")
    return value


def _field(form: Doc, told: Doc) -> Doc:
    wanted = _text(told, "ref")
    for one in forms.every_field(form["fields"]):
        if wanted in (one["ref"], one["id"]):
            return one
    raise bad_field("ref", "the form has no field with this ref")


def remove_question(box: Box, form: Doc, told: Doc) -> Doc:
    """{form, ref}: the question goes, and so do the answers collected for it."""
    field = _field(form, told)
    gone = {one["id"] for one in forms.every_field([field])}
    form["fields"] = _without(form["fields"], field["id"])
    for token, response in box.store.all(kind_of(form["id"])).items():
        kept = [one for one in response["answers"] if one["field"]["id"] not in gone]
        box.store.put(kind_of(form["id"]), token, response | {"answers": kept})
    return form


def _without(fields: list[Doc], key: str) -> list[Doc]:
    rest = [one for one in fields if one["id"] != key]
    for one in rest:
        if "fields" in one["properties"]:
            one["properties"]["fields"] = _without(one["properties"]["fields"], key)
    return rest


def add_choice(_box: Box, form: Doc, told: Doc) -> Doc:
    """{form, ref, label, choice_ref}: one more choice, in every row of a matrix."""
    field, label = _field(form, told), _text(told, "label")
    matrix = field["type"] == "matrix"
    for one in field["properties"].get("fields", []) if matrix else [field]:
        choices = one["properties"].get("choices")
        if choices is None:
            raise bad_field("ref", f"a {one['type']} has no choices")
        seed = (one["id"], len(choices), label)
        made = forms.with_choice_ids({"label": label}, seed)
        if told.get("choice_ref") and not matrix:
            made["ref"] = str(told["choice_ref"])
        choices.append(made)
    return form


def rename(_box: Box, form: Doc, told: Doc) -> Doc:
    """{form, title}: the form; with ref the question; {ref, choice, label} a choice.

    Ids and refs stay what they are.
    """
    if "ref" not in told:
        form["title"] = _text(told, "title")
        return form
    field = _field(form, told)
    if "choice" not in told:
        field["title"] = _text(told, "title")
        return form
    for choice in field["properties"].get("choices", []):
        if told["choice"] in (choice["ref"], choice["label"], choice["id"]):
            choice["label"] = _text(told, "label")
            return form
    raise bad_field("choice", "the question has no such choice")


def change_scale(_box: Box, form: Doc, told: Doc) -> Doc:
    """{form, ref, steps, start_at_one}: another scale; old answers stay as given."""
    field = _field(form, told)
    if field["type"] not in _SCALES:
        raise bad_field("ref", f"a {field['type']} has no scale")
    usual = field["properties"].get("steps", _SCALES[field["type"]])
    steps = told.get("steps", usual)
    if not isinstance(steps, int) or not 3 <= steps <= 11:
        raise bad_field("steps", "steps is 3 to 11")
    field["properties"]["steps"] = steps
    if "start_at_one" in told:
        field["properties"]["start_at_one"] = bool(told["start_at_one"])
    return form


def copy_form(box: Box, form: Doc, told: Doc) -> Doc:
    """{form, title}: another form with ids of its own and no webhook.

    Refs that somebody chose survive; those the editor made are made anew.
    """
    definition = {name: form[name] for name in form if name not in _OWN}
    definition["title"] = str(told.get("title") or f"{form['title']} (copy)")
    definition["fields"] = [_uncopied(one) for one in form["fields"]]
    return forms.create(box, definition)


def _uncopied(part: Doc) -> Doc:
    """A field or choice without the ids and refs that a copy does not take over."""
    rest = {name: part[name] for name in part if name != "id"}
    if _is_made_up(str(rest.get("ref", ""))):
        del rest["ref"]
    if "properties" in rest:
        inner = dict(rest["properties"])
        for name in ("fields", "choices"):
            if name in inner:
                inner[name] = [_uncopied(one) for one in inner[name]]
        rest["properties"] = inner
    return rest


def _is_made_up(ref: str) -> bool:
    try:
        UUID(ref)
    except ValueError:
        return False
    return True


Act = Callable[[Box, Doc, Doc], Doc]
ACTS: dict[str, Act] = {
    "remove_question": remove_question,
    "add_choice": add_choice,
    "rename": rename,
    "change_scale": change_scale,
    "copy_form": copy_form,
}


def control_blueprint(box: Box) -> Blueprint:
    """POST /sandbox/control/typeform/{act}: answers the form as it is then."""
    routes = Blueprint(
        "typeform_editor", __name__, url_prefix="/sandbox/control/typeform"
    )
    keep_out(routes)
    gate.refusals(routes, box)
    for name, act in ACTS.items():
        routes.post(f"/{name}", endpoint=name)(_view(box, act))
    return routes


def _view(box: Box, act: Act) -> Callable[[], Doc]:
    def view() -> Doc:
        told = gate.body()
        with box.store.lock:
            form = deepcopy(forms.require(box, _text(told, "form")))
            after = act(box, form, told)
            after["last_updated_at"] = whole_seconds(box.now())
            box.store.put(forms.KIND, after["id"], after)
        return forms.shown(after, regions.links(box))

    return view
