"""Every HubSpot path that we call, by API version.

The prefixes are not uniform, and a new version comes each March and September with
18 months of support; so a version is one entry here and a setting. Read from
HubSpot's own specifications of 2026-09.
"""

from collections.abc import Mapping
from urllib.parse import quote

PATHS: Mapping[str, Mapping[str, str]] = {
    "2026-09": {
        "account": "/account-info/2026-09/details",
        # No dated path is known for it; for private apps, and no scope is needed.
        "token_info": "/oauth/v2/private-apps/get/access-token-info",
        "enablement": "/crm/object-library/2026-09/enablement",
        "owners": "/crm/owners/2026-09",
        "records": "/crm/objects/2026-09/{object_type}",
        "record": "/crm/objects/2026-09/{object_type}/{id}",
        "batch_read": "/crm/objects/2026-09/{object_type}/batch/read",
        "batch_create": "/crm/objects/2026-09/{object_type}/batch/create",
        "batch_upsert": "/crm/objects/2026-09/{object_type}/batch/upsert",
        "batch_update": "/crm/objects/2026-09/{object_type}/batch/update",
        "batch_archive": "/crm/objects/2026-09/{object_type}/batch/archive",
        "search": "/crm/objects/2026-09/{object_type}/search",
        "properties": "/crm/properties/2026-09/{object_type}",
        "properties_create": "/crm/properties/2026-09/{object_type}/batch/create",
        "property": "/crm/properties/2026-09/{object_type}/{property}",
        "groups": "/crm/properties/2026-09/{object_type}/groups",
        "pipelines": "/crm/pipelines/2026-09/{object_type}",
        "pipeline": "/crm/pipelines/2026-09/{object_type}/{pipeline}",
        "stages": "/crm/pipelines/2026-09/{object_type}/{pipeline}/stages",
        "stage": "/crm/pipelines/2026-09/{object_type}/{pipeline}/stages/{stage}",
        "links_read": "/crm/associations/2026-09/{object_type}/{to}/batch/read",
        "links_make": (
            "/crm/associations/2026-09/{object_type}/{to}/batch/associate/default"
        ),
        "links_end": "/crm/associations/2026-09/{object_type}/{to}/batch/archive",
    },
}
LATEST = "2026-09"


def path(version: str, name: str, **parts: str) -> str:
    """Fill in one path; its parts are quoted."""
    return PATHS[version][name].format(
        **{part: quote(value, safe="") for part, value in parts.items()}
    )
