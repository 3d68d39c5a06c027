"""The API's paths; with them come the respondents' and the control routes."""

from math import ceil
from typing import Any

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState

from sandbox.box import Box
from sandbox.typeform import forms, gate, hooks, listing, people, regions, submit
from sandbox.typeform.drift import control_blueprint
from sandbox.typeform.errors import bad_field

Doc = dict[str, Any]
Created = tuple[Doc, int, dict[str, str]]
Nothing = tuple[str, int]
_FORM = "/forms/<form_id>"
_HOOK = _FORM + "/webhooks/<tag>"
MOST_FORMS = 200


def blueprint(box: Box) -> Blueprint:
    """All of Typeform, API and respondents; the control routes come along."""
    routes = Blueprint("typeform", __name__)
    api = Blueprint("api", __name__)
    gate.guard(api, box)
    _forms(api, box)
    _responses(api, box)
    _webhooks(api, box)
    routes.register_blueprint(api)
    routes.register_blueprint(people.blueprint(box))

    @routes.record_once
    def with_control(state: BlueprintSetupState) -> None:
        state.app.register_blueprint(control_blueprint(box))

    return routes


def _forms(api: Blueprint, box: Box) -> None:
    @api.get("/me")
    def me() -> Doc:
        return {
            "user_id": "sandbox-user",
            "alias": "Sandbox",
            "email": "staff@programme.example",
            "language": "en",
        }

    @api.get("/forms")
    def list_forms() -> Doc:
        size = listing.page_size(MOST_FORMS, 10)
        page = request.args.get("page", "1")
        if not page.isdecimal() or int(page) < 1:
            raise bad_field("page", "page starts at 1")
        rows = list(box.store.all(forms.KIND).values())
        cut = rows[(int(page) - 1) * size : int(page) * size]
        return {
            "total_items": len(rows),
            "page_count": ceil(len(rows) / size),
            "items": [forms.shown_short(one, regions.links(box)) for one in cut],
        }

    @api.post("/forms")
    def create_form() -> Created:
        links = regions.links(box)
        shown = forms.shown(forms.create(box, gate.body()), links)
        return shown, 201, {"Location": f"{links.api}/forms/{shown['id']}"}

    @api.get(_FORM)
    def read_form(form_id: str) -> Doc:
        return forms.shown(forms.require(box, form_id), regions.links(box))


def _responses(api: Blueprint, box: Box) -> None:
    @api.get(_FORM + "/responses")
    def list_responses(form_id: str) -> Doc:
        forms.require(box, form_id)
        return listing.responses(box, form_id)

    @api.delete(_FORM + "/responses")
    def delete_responses(form_id: str) -> Doc:
        forms.require(box, form_id)
        ids = request.args.get("included_response_ids", "").split(",")
        if not any(ids) or len(ids) > listing.MOST:
            raise bad_field("included_response_ids", f"1 to {listing.MOST} ids")
        # Where the responses are not, no id is known, and unknown ones are no error.
        for token in [] if regions.is_wrong(box) else ids:
            box.store.delete(submit.kind_of(form_id), token)
        return {}


def _webhooks(api: Blueprint, box: Box) -> None:
    @api.get(_FORM + "/webhooks")
    def list_hooks(form_id: str) -> Doc:
        forms.require(box, form_id)
        found = hooks.of_form(box, form_id).values()
        return {"items": [hooks.shown(one) for one in found]}

    @api.get(_HOOK)
    def read_hook(form_id: str, tag: str) -> Doc:
        return hooks.shown(hooks.require(box, form_id, tag))

    @api.put(_HOOK)
    def put_hook(form_id: str, tag: str) -> Doc:
        forms.require(box, form_id)
        made = hooks.put(box, form_id, tag, gate.body())
        return hooks.shown(made, with_secret=True)

    @api.delete(_HOOK)
    def remove_hook(form_id: str, tag: str) -> Nothing:
        hooks.remove(box, form_id, tag)
        return "", 204
