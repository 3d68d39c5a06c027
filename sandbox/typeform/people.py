"""Where people fill a form in: by JSON for tests and the demo, or on a page."""

from typing import Any

from flask import Blueprint, request

from sandbox import filling
from sandbox.box import Box
from sandbox.strangers import keep_out
from sandbox.typeform import forms, gate, sheet, submit
from sandbox.typeform.answers import answers_of
from sandbox.typeform.courier import Courier
from sandbox.typeform.errors import TypeformError
from sandbox.typeform.ids import new_ulid

Doc = dict[str, Any]
Page = tuple[str, int]
_PATH = "/to/<form_id>"


def blueprint(box: Box) -> Blueprint:
    """GET and POST /to/{form_id}, where a form's link leads. It needs no token."""
    routes = Blueprint("people", __name__)
    gate.refusals(routes, box)
    keep_out(routes)
    courier = Courier(box)

    @routes.get(_PATH)
    def empty(form_id: str) -> Page:
        return filling.page(sheet.sheet_of(forms.require(box, form_id)))

    @routes.post(_PATH)
    def fill_in(form_id: str) -> Doc | Page:
        """Fill in a form, or with `test` send a test request."""
        form = forms.require(box, form_id)
        if filling.is_by_hand():
            return _filled_page(box, courier, form)
        told = gate.body()
        if told.get("test"):
            response, event_id = submit.test_request(box, form)
        else:
            response = submit.respond(box, form, told)
            event_id = new_ulid(box.now())
        return {
            "token": response["token"],
            "event_id": event_id,
            "deliveries": courier.deliver(form_id, response, event_id),
        }

    return routes


def _filled_page(box: Box, courier: Courier, form: Doc) -> Page:
    """Keep what was written on the page; hidden fields stand in its address."""
    values, shown = sheet.values_of(form, request.form), sheet.sheet_of(form)

    def refused(control: filling.Control) -> bool:
        ref = control.name.partition("|")[0]
        return not _takes(form, {ref: values.get(ref)})

    found = filling.faults(shown, refused)
    if found:
        return filling.page(shown, found)
    told = {"answers": values, "hidden": request.args.to_dict()}
    response = submit.respond(box, form, told)
    courier.deliver(form["id"], response, new_ulid(box.now()))
    return filling.thanks(shown, response["token"])


def _takes(form: Doc, values: Doc) -> bool:
    try:
        answers_of(form, values)
    except TypeformError:
        return False
    return True
