"""The two shapes of one response: the webhook's and the Responses API's."""

from typing import Any

import orjson

from sandbox.typeform.forms import askable

Doc = dict[str, Any]
NEVER = "0001-01-01T00:00:00Z"
_FIELD_FLAGS = ("allow_multiple_selection", "allow_other_choice")


def webhook_body(form: Doc, response: Doc, *, event_id: str) -> bytes:
    """The bytes of a delivery: compact JSON with the form as it is now.

    `form` as the store holds it; `response` needs token, landed_at, submitted_at
    and answers, and may have hidden and event_type.
    """
    inner: Doc = {
        "form_id": form["id"],
        "token": response["token"],
        "landed_at": response["landed_at"],
    }
    for name in ("submitted_at", "hidden", "variables"):
        if response.get(name):
            inner[name] = response[name]
    inner |= {
        "definition": _definition(form),
        "answers": response["answers"],
    }
    event_type = response.get("event_type", "form_response")
    if event_type == "form_response":
        inner["ending"] = {"id": "DefaultTyScreen", "ref": "default_tys"}
    return orjson.dumps(
        {
            "event_id": event_id,
            "event_type": event_type,
            "form_response": inner,
        }
    )


def _definition(form: Doc) -> Doc:
    partial = form.get("settings", {}).get("partial_responses_to_all_integrations")
    ending = {
        "id": "DefaultTyScreen",
        "ref": "default_tys",
        "title": "Thank you!",
        "type": "thankyou_screen",
    }
    return {
        "id": form["id"],
        "title": form["title"],
        "fields": [_defined(field) for field in askable(form)],
        "endings": [ending],
        "settings": {"partial_responses_to_all_integrations": bool(partial)},
    }


def _defined(field: Doc) -> Doc:
    properties = field["properties"]
    shown = {name: field[name] for name in ("id", "ref", "type", "title")}
    shown["properties"] = {}
    shown |= {name: True for name in _FIELD_FLAGS if properties.get(name)}
    if "choices" in properties:
        shown["choices"] = [
            {name: choice[name] for name in ("id", "ref", "label")}
            for choice in properties["choices"]
        ]
    return shown


def response_item(response: Doc, *, dropdown: str, choices: str) -> Doc:
    """A row of `GET /forms/{id}/responses`.

    As documented: dates carry a midnight, a dropdown is text, there is no
    definition. `dropdown` and `choices` are the options of those names.
    """
    item: Doc = {
        "landing_id": response["token"],
        "token": response["token"],
        "response_id": response["token"],
        "response_type": response["response_type"],
        "landed_at": response["landed_at"],
        "submitted_at": response["submitted_at"] or NEVER,
        "metadata": {
            "user_agent": "Sandbox",
            "platform": "other",
            "referer": "",
            "network_id": "",
            "browser": "default",
        },
        "hidden": response["hidden"],
        "calculated": {"score": 0},
        "answers": [_listed(one, dropdown, choices) for one in response["answers"]],
        "tags": [],
    }
    if response["response_type"] == "partial":
        item |= {"submitted_at": NEVER, "staged_at": response["staged_at"]}
    return item


def _listed(answer: Doc, dropdown: str, choices: str) -> Doc:
    kind, value, field = answer["type"], answer[answer["type"]], answer["field"]
    if kind == "date":
        value = f"{value}T00:00:00Z"
    elif field["type"] == "dropdown" and dropdown == "text":
        kind, value = "text", value.get("label") or value["other"]
    elif kind in ("choice", "choices") and choices == "label":
        value = _only_labels(value)
    return {"field": field, "type": kind, kind: value}


def _only_labels(value: Any) -> Any:
    if isinstance(value, list):
        return [_only_labels(one) for one in value]
    return {key: value[key] for key in ("label", "labels", "other") if key in value}
