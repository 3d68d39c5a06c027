"""An audience's webhooks: made after a GET of the address, and what became of them."""

import secrets
import time
from collections.abc import Callable
from typing import Any

import requests

from sandbox.box import Box
from sandbox.mailchimp.audience import Audience, stamp
from sandbox.mailchimp.notices import EVENTS
from sandbox.mailchimp.problems import INVALID, ProblemError, invalid, not_found

Doc = dict[str, Any]
Wait = Callable[[int | None, int], float | None]
SOURCES = ("user", "admin", "api")
AGENT = "MailChimp"
_STATE = ("enabled", "signing_secret", "delivered", "failed", "last")
wall_clock = time.time


def patience(box: Box) -> float:
    """After how many seconds a request counts as unanswered."""
    return float(box.option("mailchimp.timeout_s", 10))


def all_of(audience: Audience) -> list[Doc]:
    """The audience's webhooks, oldest first."""
    return list(audience.box.store.all(audience.hooks).values())


def require(audience: Audience, key: str) -> Doc:
    """The webhook, or 404."""
    hook = audience.box.store.get(audience.hooks, key)
    if hook is None:
        raise not_found()
    return hook


def shown(hook: Doc) -> Doc:
    """The webhook as lists show it: never with its secret."""
    return {key: hook[key] for key in hook if key not in _STATE}


def shown_once(hook: Doc) -> Doc:
    """The answer to a creation, the only one with the secret."""
    secret = hook.get("signing_secret")
    return shown(hook) | ({"signing_secret": secret} if secret else {})


def wants(hook: Doc, event: str, actor: str) -> bool:
    """Whether this event goes there. A campaign's is not limited by source."""
    source = event == "campaign" or hook["sources"][actor]
    return bool(hook["enabled"] and hook["events"][event] and source)


def create(audience: Audience, body: Doc) -> Doc:
    """A new webhook, once its address answers a GET. Ask without the store's lock."""
    box = audience.box
    url = _checked_url(audience, body.get("url"), "")
    unsaid = bool(box.option("mailchimp.webhook_unsaid", False))
    hook: Doc = {
        "id": secrets.token_hex(5),
        "url": url,
        "events": _flags("events", EVENTS, body, dict.fromkeys(EVENTS, unsaid)),
        "sources": _flags("sources", SOURCES, body, dict.fromkeys(SOURCES, unsaid)),
        "list_id": audience.id,
        "enabled": True,
        "delivered": 0,
        "failed": 0,
        "last": "",
    }
    hook |= _signing(box)
    _validate(box, url)
    with box.store.lock:
        _refuse_twin(audience, url, "")
        box.store.put(audience.hooks, hook["id"], hook)
    return hook


def _signing(box: Box) -> Doc:
    """Older accounts cannot sign at all, and a webhook may do without."""
    kind = box.option("mailchimp.signing", "signed")
    if kind == "absent":
        return {}
    signed = kind == "signed"
    made: Doc = {"signing_enabled": signed}
    return made | ({"signing_secret": secrets.token_hex(32)} if signed else {})


def change(audience: Audience, key: str, body: Doc) -> Doc:
    """PATCH: what is said changes, the secret stays; a disabled one works again."""
    known = require(audience, key)
    url = known["url"]
    if "url" in body and body["url"] != url:
        url = _checked_url(audience, body["url"], key)
        _validate(audience.box, url)
    changed = {
        "url": url,
        "events": _flags("events", EVENTS, body, known["events"]),
        "sources": _flags("sources", SOURCES, body, known["sources"]),
        "enabled": True,
    }
    with audience.box.store.lock:
        hook = require(audience, key) | changed
        audience.box.store.put(audience.hooks, key, hook)
    return hook


def remove(audience: Audience, key: str) -> None:
    """DELETE, or 404."""
    require(audience, key)
    audience.box.store.delete(audience.hooks, key)


def disable(audience: Audience, key: str) -> None:
    """What a 410 does. Whether it is still listed is unverified, so an option."""
    store = audience.box.store
    with store.lock:
        hook = store.get(audience.hooks, key)
        if audience.box.option("mailchimp.disabled_hook", "listed") == "gone":
            store.delete(audience.hooks, key)
        elif hook is not None:
            store.put(audience.hooks, key, hook | {"enabled": False})


def note_attempt(audience: Audience, key: str, status: int | None) -> None:
    """Keep the outcome of a delivery for the page."""
    store = audience.box.store
    good = status is not None and 200 <= status < 300
    with store.lock:
        hook = store.get(audience.hooks, key)
        if hook is None:
            return
        count = "delivered" if good else "failed"
        last = f"{status or 'no answer'} at {stamp(audience.box)}"
        store.put(audience.hooks, key, hook | {count: hook[count] + 1, "last": last})


def _flags(name: str, allowed: tuple[str, ...], body: Doc, known: Doc) -> Doc:
    asked = body.get(name, {})
    if not isinstance(asked, dict) or not set(asked) <= set(allowed):
        raise invalid(name, f"Schema describes object with {', '.join(allowed)}.")
    if not all(isinstance(value, bool) for value in asked.values()):
        raise invalid(name, "Schema describes boolean, something else found.")
    return dict(known) | asked


def _checked_url(audience: Audience, url: Any, but: str) -> str:
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise invalid("url", "Please enter a valid URL.")
    _refuse_twin(audience, url, but)
    return url


def _refuse_twin(audience: Audience, url: str, but: str) -> None:
    if any(one["url"] == url and one["id"] != but for one in all_of(audience)):
        detail = "Sorry, you can't set up multiple WebHooks for one URL"
        raise ProblemError(400, INVALID, detail)


def _validate(box: Box, url: str) -> None:
    """A GET that must be answered 200; on order also an empty POST, as some report."""
    methods = ["GET"]
    if box.option("mailchimp.validate_post", False):
        methods.append("POST")
    for method in methods:
        status = _knock(box, method, url)
        if status != 200:
            why = "no answer" if status is None else f"HTTP code {status}"
            raise invalid("url", f"We couldn't validate the URL: {method}, {why}.")


def _knock(box: Box, method: str, url: str) -> int | None:
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.request(
                method,
                url,
                headers={"User-Agent": AGENT},
                timeout=patience(box),
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
        return answer.status_code
