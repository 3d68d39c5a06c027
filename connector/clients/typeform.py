"""Typeform: forms, webhooks and responses of one account.

The service makes forms and never changes one: a PUT deletes the fields that it leaves
out, with all their answers.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from connector.clients.door import NO_LIMIT, Call, Door, Explained
from connector.clients.errors import RemoteRefused

FORMS_PAGE = 200
RESPONSES_PAGE = 1000
DEFAULT_URL = "https://api.typeform.com"
REGIONS = {
    "api.typeform.com": "US",
    "api.eu.typeform.com": "EU (accounts from before August 2025)",
    "api.typeform.eu": "EU (accounts since August 2025)",
}
"""Each region's host. The wrong one answers with empty lists and no error."""


class Typeform:
    """The calls that the service makes; answers are Typeform's own, as dicts."""

    def __init__(self, door: Door) -> None:
        self.door = door

    def me(self) -> dict[str, Any]:
        """The account that the token belongs to."""
        return dict(self.door.get("/me"))

    def form(self, form: str) -> dict[str, Any]:
        """One form with its fields; `_links` tells the account's region."""
        return dict(self.door.get(_form(form)))

    def forms(self) -> list[dict[str, Any]]:
        """All forms, without their fields."""
        found: list[dict[str, Any]] = []
        page = 1
        while True:
            query = {"page": page, "page_size": FORMS_PAGE}
            data = self.door.get("/forms", query)
            items = self.door.part(data, "items")
            found += items
            if page >= int(data.get("page_count") or 1) or not items:
                return found
            page += 1

    def create_form(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Make a new form (scope forms:write); the answer holds its `id` and `_links`.

        Never tried twice: a try whose answer was lost may have made one.
        https://www.typeform.com/developers/create/reference/create-form/
        """
        call = Call("POST", "/forms", body=dict(definition), repeatable=False)
        made = self.door.call(call).data
        self.door.part(made, "id")
        return dict(made)

    def webhook(self, form: str, tag: str) -> dict[str, Any] | None:
        """The webhook of that tag, without its secret; None if there is none."""
        try:
            call = Call("GET", _hook(form, tag), lane=NO_LIMIT)
            return _without_secret(self.door.call(call).data)
        except RemoteRefused as err:
            if err.status == 404:
                return None
            raise

    def webhooks(self, form: str) -> list[dict[str, Any]]:
        data = self.door.get(f"{_form(form)}/webhooks")
        return [_without_secret(one) for one in self.door.part(data, "items")]

    def put_webhook(self, form: str, tag: str, url: str, secret: str) -> dict[str, Any]:
        """Create or replace the webhook of that tag, switched on.

        All five fields are sent: an omitted `enabled` switches it off, and whether
        omitted `event_types` are kept is not documented.
        """
        body = {
            "url": url,
            "enabled": True,
            "secret": secret,
            "verify_ssl": True,
            "event_types": {"form_response": True},
        }
        answer = self.door.call(Call("PUT", _hook(form, tag), body=body, lane=NO_LIMIT))
        return _without_secret(answer.data)

    def responses(
        self, form: str, since: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """Yield completed responses, newest first, submitted at `since` or later.

        Walks back from the newest by `before`, a response's token, until a page is
        short. `since` is inclusive, so the last one known comes again. Partial and
        started ones, whose `submitted_at` means nothing, are not asked for.
        """
        query = _asked(RESPONSES_PAGE, since)
        tokens: set[str] = set()
        while True:
            data = self.door.get(f"{_form(form)}/responses", query)
            items = self.door.part(data, "items")
            fresh = [one for one in items if one["token"] not in tokens]
            yield from fresh
            if len(items) < RESPONSES_PAGE or not fresh:
                return
            tokens.update(one["token"] for one in fresh)
            query["before"] = items[-1]["token"]

    def count(self, form: str, since: datetime | None = None) -> int:
        """Return how many completed responses there are (`total_items`).

        Of those submitted at `since` or later, if it is given.
        """
        data = self.door.get(f"{_form(form)}/responses", _asked(1, since))
        return int(self.door.part(data, "total_items"))


def region_of(form_json: Mapping[str, Any]) -> str:
    """Return the host that a form's responses are at; "" where the form names none.

    By `_links.responses` of the form, which was seen to name the account's region;
    `REGIONS` says which one a host stands for.
    """
    links = form_json.get("_links")
    link = links.get("responses") if isinstance(links, Mapping) else None
    return _host(link) if isinstance(link, str) else ""


def wrong_region(base_url: str, form_json: Mapping[str, Any]) -> str | None:
    """Say which base URL to set when a form's responses are in another region.

    None when they agree, and when nothing can be said: the base URL is not one of
    Typeform's own, such as a sandbox's, or the form names none of its hosts.
    """
    ours, theirs = _host(base_url or DEFAULT_URL), region_of(form_json)
    if ours == theirs or ours not in REGIONS or theirs not in REGIONS:
        return None
    return (
        f"The account is in Typeform's region {REGIONS[theirs]}, but the base URL is "
        f"that of {REGIONS[ours]}: set it to https://{theirs}"
    )


def explain(status: int, data: Any) -> Explained:
    """Read `{code, description, details[]}`; codes come in either case."""
    if not isinstance(data, dict):
        return Explained()
    code = str(data.get("code") or "refused")
    details = tuple(one for one in data.get("details") or () if isinstance(one, dict))
    return Explained(code, str(data.get("description") or ""), details)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def _asked(size: int, since: datetime | None) -> dict[str, Any]:
    query: dict[str, Any] = {"page_size": size, "response_type": "completed"}
    if since:
        query["since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return query


def _form(form: str) -> str:
    return f"/forms/{quote(form, safe='')}"


def _hook(form: str, tag: str) -> str:
    return f"{_form(form)}/webhooks/{quote(tag, safe='')}"


def _without_secret(hook: dict[str, Any]) -> dict[str, Any]:
    """Typeform echoes the secret, which is to be in no log and on no page."""
    return {name: value for name, value in hook.items() if name != "secret"}
