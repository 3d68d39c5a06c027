"""The shapes of HubSpot's request bodies in 2026-09, noted by hand.

Each path names the fields that a body must have, those that it may have, and the
shape of each entry of its `inputs`. HubSpot itself ignores or refuses what differs.
"""

import re
from typing import Any

STRINGS = "strings"
WRITE = ({"id", "properties"}, {"idProperty", "objectWriteTraceId"})
ID = ({"id"}, set())
OPTION = ({"label", "value", "hidden", "displayOrder"}, {"description"})
STAGE = ({"label", "displayOrder", "metadata"}, {"stageId"})

BODIES: list[tuple[str, str, tuple[set[str], set[str]]]] = [
    (
        "POST",
        r"/crm/objects/2026-09/[^/]+/batch/read",
        ({"inputs", "properties", "propertiesWithHistory"}, {"idProperty"}),
    ),
    ("POST", r"/crm/objects/2026-09/[^/]+/batch/upsert", ({"inputs"}, set())),
    ("POST", r"/crm/objects/2026-09/[^/]+/batch/update", ({"inputs"}, set())),
    ("POST", r"/crm/objects/2026-09/[^/]+/batch/archive", ({"inputs"}, set())),
    ("POST", r"/oauth/v2/private-apps/get/access-token-info", ({"tokenKey"}, set())),
    (
        "POST",
        r"/crm/objects/2026-09/[^/]+/search",
        ({"after", "filterGroups", "limit", "properties", "sorts"}, {"query"}),
    ),
    (
        "POST",
        r"/crm/associations/2026-09/[^/]+/[^/]+/batch/"
        r"(read|archive|associate/default)",
        ({"inputs"}, set()),
    ),
    (
        "POST",
        r"/crm/properties/2026-09/[^/]+",
        (
            {"name", "label", "groupName", "type", "fieldType"},
            {"hasUniqueValue", "options", "description", "hidden", "formField"},
        ),
    ),
    (
        "PATCH",
        r"/crm/properties/2026-09/[^/]+/[^/]+",
        (set(), {"options", "label", "description", "hidden", "groupName"}),
    ),
    (
        "POST",
        r"/crm/properties/2026-09/[^/]+/groups",
        ({"name", "label"}, {"displayOrder"}),
    ),
    (
        "POST",
        r"/crm/pipelines/2026-09/[^/]+",
        ({"label", "displayOrder", "stages"}, {"pipelineId"}),
    ),
    (
        "PATCH",
        r"/crm/pipelines/2026-09/[^/]+/[^/]+",
        (set(), {"label", "displayOrder", "archived"}),
    ),
    ("POST", r"/crm/pipelines/2026-09/[^/]+/[^/]+/stages", STAGE),
    (
        "PATCH",
        r"/crm/pipelines/2026-09/[^/]+/[^/]+/stages/[^/]+",
        ({"metadata"}, {"label", "displayOrder", "archived"}),
    ),
]


def check(method: str, path: str, body: Any) -> None:
    """Fail unless the body fits the one shape noted for the path."""
    for verb, pattern, shape in BODIES:
        if verb == method and re.fullmatch(pattern, path):
            _fits(body, shape)
            break
    else:
        raise AssertionError(f"no shape noted for {method} {path}")
    for entry in body.get("inputs", ()):
        _fits(entry, _input_shape(path))
        _all_strings(entry.get("properties", {}))
    for option in body.get("options", ()):
        _fits(option, OPTION)
    for stage in body.get("stages", ()):
        _fits(stage, STAGE)
    for name in ("properties", "propertiesWithHistory", "sorts"):
        assert all(isinstance(one, str) for one in body.get(name, ()))


def _input_shape(path: str) -> tuple[set[str], set[str]]:
    if path.endswith(("/upsert", "/update")):
        return WRITE
    if "/associations/" in path:
        return (
            ({"id"}, {"after"}) if path.endswith("/read") else ({"from", "to"}, set())
        )
    return ID


def _fits(body: dict[str, Any], shape: tuple[set[str], set[str]]) -> None:
    must, may = shape
    assert must <= body.keys() <= must | may, sorted(body)


def _all_strings(values: dict[str, Any]) -> None:
    assert all(isinstance(value, str) for value in values.values()), values
