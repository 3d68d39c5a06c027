"""Webhooks: what a form's hooks are, and what became of their deliveries."""

from typing import Any

from sandbox.box import Box
from sandbox.typeform.errors import bad_field, not_found
from sandbox.typeform.ids import new_ulid, whole_seconds

Doc = dict[str, Any]
KIND = "typeform.webhook"
STATE = "typeform.webhook_state"
_EVENTS = ("form_response", "form_response_partial")


def key_of(form_id: str, tag: str) -> str:
    """Where a form's webhook of this tag is kept."""
    return f"{form_id}/{tag}"


def of_form(box: Box, form_id: str) -> dict[str, Doc]:
    """The form's webhooks by key."""
    every = box.store.all(KIND).items()
    return {key: hook for key, hook in every if hook["form_id"] == form_id}


def require(box: Box, form_id: str, tag: str) -> Doc:
    """The webhook, or 404."""
    hook = box.store.get(KIND, key_of(form_id, tag))
    if hook is None:
        raise not_found("webhook")
    return hook


def put(box: Box, form_id: str, tag: str, body: Doc) -> Doc:
    """Make or replace a webhook. What is not said is off: so a PUT without
    `enabled` switches it off, as the vendor's own client does."""
    key = key_of(form_id, tag)
    now = whole_seconds(box.now())
    with box.store.lock:
        known = box.store.get(KIND, key) or {}
        hook = {
            "id": known.get("id") or new_ulid(box.now()),
            "form_id": form_id,
            "tag": tag,
            "url": _checked_url(box, body.get("url")),
            "enabled": bool(body.get("enabled", False)),
            "verify_ssl": bool(body.get("verify_ssl", True)),
            "secret": body.get("secret") or "",
            "event_types": _event_types(box, known, body),
            "created_at": known.get("created_at", now),
            "updated_at": now,
        }
        box.store.put(KIND, key, hook)
    return hook


def _checked_url(box: Box, url: Any) -> str:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise bad_field("url", "url must be an http address")
    secure = url.startswith("https://")
    if box.option("typeform.https_required", False) and not secure:
        error = bad_field("url", "url must be https")
        error.code = "webhook_url_https_required"
        raise error
    return url


def _event_types(box: Box, known: Doc, body: Doc) -> Doc:
    asked = body.get("event_types", {"form_response": True})
    if not isinstance(asked, dict) or not set(asked) <= set(_EVENTS):
        raise bad_field("event_types", f"event types are {', '.join(_EVENTS)}")
    if box.option("typeform.event_types", "replaces") == "merges":
        return dict(known.get("event_types", {})) | asked
    return dict(asked)


def remove(box: Box, form_id: str, tag: str) -> None:
    """Delete the webhook, or 404."""
    require(box, form_id, tag)
    with box.store.lock:
        box.store.delete(KIND, key_of(form_id, tag))
        box.store.delete(STATE, key_of(form_id, tag))


def disable(box: Box, key: str) -> None:
    """What one 404 or 410 does."""
    with box.store.lock:
        hook = box.store.get(KIND, key)
        if hook is not None:
            box.store.put(KIND, key, hook | {"enabled": False})


def note_attempt(box: Box, key: str, status: int | None) -> None:
    """Keep the outcome of a delivery for the page."""
    good = status is not None and 200 <= status < 300
    with box.store.lock:
        state = box.store.get(STATE, key) or {"delivered": 0, "failed": 0}
        state = state | {"last_status": status, "last_at": whole_seconds(box.now())}
        state["delivered" if good else "failed"] += 1
        box.store.put(STATE, key, state)


def shown(hook: Doc, *, with_secret: bool = False) -> Doc:
    """The webhook as answered; recorded: the answer to PUT echoes the secret."""
    return {k: hook[k] for k in hook if with_secret or k != "secret"}
