"""A person fills in a form: the response is kept, then the webhooks go out."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.box import Box
from sandbox.typeform import forms
from sandbox.typeform.answers import answers_of
from sandbox.typeform.errors import bad_field
from sandbox.typeform.ids import new_token, new_ulid, whole_seconds

Doc = dict[str, Any]
_FILL_IN_TIME = timedelta(minutes=4)
_FILLER: dict[str, Any] = {
    "email": "an_account@mail.example",
    "phone_number": "+4512345678",
    "url": "https://site.example/page",
    "file_url": "https://files.example/file.pdf",
    "boolean": True,
    "date": "2018-03-15",
    "number": 42,
    "choice": {"label": "Barcelona"},
    "choices": {"labels": ["Barcelona", "London"]},
    "payment": {"amount": "1", "last4": "1234", "name": "Test Payer"},
    "text": "Lorem ipsum dolor",
}
_KINDS = {
    "email": "email",
    "phone_number": "phone_number",
    "website": "url",
    "file_upload": "file_url",
    "yes_no": "boolean",
    "legal": "boolean",
    "date": "date",
    "number": "number",
    "rating": "number",
    "opinion_scale": "number",
    "nps": "number",
    "picture_choice": "choice",
    "multiple_choice": "choice",
    "dropdown": "choice",
    "ranking": "choices",
    "checkbox": "choices",
    "payment": "payment",
}


def kind_of(form_id: str) -> str:
    """The store's kind for a form's responses."""
    return f"typeform.response.{form_id}"


def respond(box: Box, form: Doc, body: Doc) -> Doc:
    """Keep what a person filled in; the response as it is kept.

    A token that has a complete response already is that response: nothing is
    written, and its webhooks go out once more, as a redelivery.
    """
    token = str(body.get("token") or new_token())
    if not isinstance(body.get("answers"), dict):
        raise bad_field("answers", "answers is an object of values by ref")
    partial = bool(body.get("partial", False))
    kind = kind_of(form["id"])
    with box.store.lock:
        known = box.store.get(kind, token)
        if known is not None and known["response_type"] == "completed":
            return known
        response = _response(box, form, body, token)
        if partial:
            response |= _partial(box, response)
        box.store.put(kind, token, response)
    return response


def _response(box: Box, form: Doc, body: Doc, token: str) -> Doc:
    submitted = _moment("submitted_at", body.get("submitted_at"), box.now())
    landed = _moment("landed_at", body.get("landed_at"), submitted - _FILL_IN_TIME)
    told = body.get("hidden") or {}
    declared = form.get("hidden", [])
    return {
        "token": token,
        "form_id": form["id"],
        "event_type": "form_response",
        "response_type": "completed",
        "landed_at": whole_seconds(landed),
        "submitted_at": whole_seconds(submitted),
        "staged_at": "",
        # URL parameters the form does not declare are dropped; all are text.
        "hidden": {name: str(told.get(name, "")) for name in declared},
        "answers": answers_of(form, body["answers"]),
        "received_at": box.now().isoformat(),
    }


def _partial(box: Box, response: Doc) -> Doc:
    staged = response["submitted_at"]
    carried = box.option("typeform.partial_submitted_at", True)
    return {
        "event_type": "form_response_partial",
        "response_type": "partial",
        "submitted_at": staged if carried else "",
        "staged_at": staged,
    }


def _moment(name: str, text: Any, default: datetime) -> datetime:
    if text in (None, ""):
        return default
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise bad_field(name, "a time in ISO 8601") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def test_request(box: Box, form: Doc) -> tuple[Doc, str]:
    """What "send test request" sends, and its event id; nothing is kept.

    Recorded: the token is the event id, both times are the same, the answers are
    filler, and the choice is none of the form's.
    """
    now = whole_seconds(box.now())
    event_id = new_ulid(box.now())
    response = {
        "token": event_id,
        "event_type": "form_response",
        "landed_at": now,
        "submitted_at": now,
        "hidden": dict.fromkeys(form.get("hidden", []), "hidden_value"),
        "answers": [_filler(field) for field in forms.askable(form)],
    }
    return response, event_id


def _filler(field: Doc) -> Doc:
    kind = _KINDS.get(field["type"], "text")
    if field["properties"].get("allow_multiple_selection"):
        kind = "choices"
    about = {name: field[name] for name in ("id", "type", "ref")}
    return {"type": kind, kind: _FILLER[kind], "field": about}
