"""The requests that the providers document, noted by hand: every one sent is held here.

For each path: the query names that it knows, those among them that must be there, and
the fields of its body. HubSpot's bodies have a table of their own, `client_shapes`.
"""

import re
from collections.abc import Set
from dataclasses import dataclass, field
from typing import Any

import client_shapes


@dataclass(frozen=True)
class Shape:
    """One documented call; `body` names the fields it must and may have."""

    call: str
    query: Set[str] = frozenset()
    must: Set[str] = frozenset()
    body: tuple[Set[str], Set[str]] | None = None


@dataclass(frozen=True)
class Tool:
    """A provider: how its calls prove themselves, below which path, and which."""

    scheme: str
    prefix: str
    shapes: list[Shape] = field(default_factory=list)


_BATCH = {"archived"}
_PAGES = {"page", "per_page"}
_MAIL_PAGES = {"count", "offset", "fields", "exclude_fields"}
_SKIP = {"skip_merge_validation", "skip_duplicate_check"}
_MEMBER = {"email_address", "status", "status_if_new", "merge_fields", "language"}
_HOOK = {"url", "events", "sources"}
_FORM = "/forms/[^/]+"
_LIST = "/lists/[^/]+"
_HUB_OBJECTS = "/crm/objects/2026-09/[^/]+"

TOOLS = {
    "hubspot": Tool(
        "Bearer",
        "",
        [
            Shape("GET /account-info/2026-09/details"),
            Shape("GET /crm/object-library/2026-09/enablement"),
            Shape(
                "GET /crm/owners/2026-09",
                {"after", "archived", "email", "limit"},
                {"archived", "limit"},
            ),
            Shape(
                rf"GET {_HUB_OBJECTS}",
                {"after", "archived", "associations", "limit", "properties"},
                {"limit", "properties"},
            ),
            Shape(
                rf"GET {_HUB_OBJECTS}/[^/]+",
                {
                    "archived",
                    "associations",
                    "idProperty",
                    "properties",
                    "propertiesWithHistory",
                },
                {"archived"},
            ),
            Shape(rf"POST {_HUB_OBJECTS}/batch/read", _BATCH),
            Shape(r"GET /crm/properties/2026-09/[^/]+(/[^/]+)?"),
            Shape(r"GET /crm/pipelines/2026-09/[^/]+"),
            Shape(r"DELETE /crm/pipelines/2026-09/[^/]+/[^/]+/stages/[^/]+"),
        ],
    ),
    "mailchimp": Tool(
        "Basic",
        "/3.0",
        [
            Shape("GET /", {"fields", "exclude_fields"}),
            Shape("GET /lists", _MAIL_PAGES, {"count", "offset", "fields"}),
            Shape(f"GET {_LIST}", {"fields", "exclude_fields"}),
            Shape(f"POST {_LIST}", _SKIP, body=({"members", "update_existing"}, set())),
            Shape(
                f"GET {_LIST}/members",
                {*_MAIL_PAGES, "status", "since_last_changed"},
                {"count", "offset", "fields"},
            ),
            Shape(f"GET {_LIST}/members/[^/]+", {"fields"}),
            Shape(f"PUT {_LIST}/members/[^/]+", _SKIP, body=(set(), _MEMBER)),
            Shape(f"PATCH {_LIST}/members/[^/]+", _SKIP, body=(set(), _MEMBER)),
            Shape(f"DELETE {_LIST}/members/[^/]+"),
            Shape(f"GET {_LIST}/merge-fields", _MAIL_PAGES, {"count"}),
            Shape(
                f"POST {_LIST}/merge-fields",
                body=({"tag", "name", "type", "public", "required"}, set()),
            ),
            Shape(f"GET {_LIST}/segments", {*_MAIL_PAGES, "type"}, {"count"}),
            Shape(f"POST {_LIST}/segments", body=({"name", "options"}, set())),
            Shape(f"PATCH {_LIST}/segments/[^/]+", body=({"name", "options"}, set())),
            Shape(f"GET {_LIST}/webhooks", _MAIL_PAGES, {"count", "offset"}),
            Shape(f"POST {_LIST}/webhooks", body=(_HOOK, set())),
            Shape(f"PATCH {_LIST}/webhooks/[^/]+", body=(_HOOK, set())),
            Shape(f"DELETE {_LIST}/webhooks/[^/]+"),
            Shape(
                "GET /campaigns",
                {*_MAIL_PAGES, "list_id", "status", "since_send_time"},
                {"count", "offset", "fields", "list_id"},
            ),
            Shape(
                "GET /reports",
                {*_MAIL_PAGES, "type", "before_send_time", "since_send_time"},
                {"count", "offset", "fields", "since_send_time"},
            ),
        ],
    ),
    "surveymonkey": Tool(
        "Bearer",
        "/v3",
        [
            Shape("GET /users/me"),
            Shape("GET /surveys", {*_PAGES, "include"}, _PAGES),
            Shape(
                "POST /surveys",
                body=({"title", "pages"}, {"language", "custom_variables"}),
            ),
            Shape(
                r"GET /surveys/\d+/collectors",
                {*_PAGES, "include"},
                {*_PAGES, "include"},
            ),
            Shape(
                r"POST /surveys/\d+/collectors",
                body=({"type"}, {"name", "allow_multiple_responses"}),
            ),
            Shape(r"GET /surveys/\d+"),
            Shape(r"GET /surveys/\d+/details"),
            Shape(
                r"GET /surveys/\d+/responses/bulk",
                {*_PAGES, "sort_by", "sort_order", "status", "start_modified_at"},
                {*_PAGES, "sort_by", "sort_order"},
            ),
            Shape(r"GET /surveys/\d+/responses/\d+/details", {"simple"}),
            Shape("GET /webhooks", _PAGES, _PAGES),
            Shape(r"GET /webhooks/\d+"),
            Shape(
                "POST /webhooks",
                body=(
                    {
                        "name",
                        "event_type",
                        "object_type",
                        "object_ids",
                        "subscription_url",
                    },
                    {"authorization"},
                ),
            ),
            Shape(r"PATCH /webhooks/\d+", body=({"object_ids"}, {"subscription_url"})),
            Shape(r"DELETE /webhooks/\d+"),
        ],
    ),
    "typeform": Tool(
        "Bearer",
        "",
        [
            Shape("GET /me"),
            Shape("GET /forms", {"page", "page_size"}, {"page", "page_size"}),
            Shape(
                "POST /forms",
                body=({"title", "fields"}, {"type", "hidden", "settings"}),
            ),
            Shape(f"GET {_FORM}"),
            Shape(f"GET {_FORM}/webhooks"),
            Shape(f"GET {_FORM}/webhooks/[^/]+"),
            Shape(
                f"PUT {_FORM}/webhooks/[^/]+",
                body=(
                    {"url", "enabled", "secret", "verify_ssl", "event_types"},
                    set(),
                ),
            ),
            Shape(
                f"GET {_FORM}/responses",
                {"page_size", "response_type", "since", "until", "before", "after"},
                {"page_size", "response_type"},
            ),
        ],
    ),
}


def check(
    name: str,
    request: tuple[str, str],
    query: dict[str, str],
    body: Any,
    headers: dict[str, str],
) -> None:
    """Fail unless the request fits the one shape noted for its method and path."""
    tool = TOOLS[name]
    _check_headers(tool, headers, has_body=body is not None)
    method, path = request
    assert path.startswith(tool.prefix), path
    call = f"{method} {path[len(tool.prefix) :]}"
    shape = next((one for one in tool.shapes if re.fullmatch(one.call, call)), None)
    if name == "hubspot" and body is not None:
        client_shapes.check(method, path, body)
        shape = shape or Shape(call)
        body = None
    assert shape is not None, f"no shape noted for {call}"
    assert shape.must <= query.keys() <= shape.query, (call, sorted(query))
    assert all(query.values()), query
    if shape.body is None:
        assert body is None, call
    else:
        must, may = shape.body
        assert must <= body.keys() <= must | may, (call, sorted(body))


def _check_headers(tool: Tool, headers: dict[str, str], *, has_body: bool) -> None:
    assert headers["Authorization"].startswith(f"{tool.scheme} ")
    assert headers["Accept"] == "application/json"
    assert headers["User-Agent"].startswith("vidensbro/")
    assert (headers.get("Content-Type") == "application/json") is has_body
