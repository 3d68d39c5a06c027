"""The sandbox's HubSpot: as much of the account's API as the service uses.

Paths and shapes are those of HubSpot's public 2026-09 specs; limits, refusals and
oddities those of its guides and of what integrations report. What could not be known
without a live account is an option, so that both ways are tested.
"""

import re

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from sandbox.box import Box
from sandbox.hubspot import association_routes, object_routes, setup_routes
from sandbox.hubspot.account import Account
from sandbox.hubspot.board import boards, page_tables
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.limits import add_headers, check_rate, check_token, is_staff

__all__ = ["VERSION", "blueprint", "boards", "page_tables"]

VERSION = "2026-09"
_VERSIONS = re.compile(r"\d{4}-(03|09)(-beta)?|v[34]")
_DOORS = (
    association_routes.add_batches,
    association_routes.add_singles,
    object_routes.add_batches,
    object_routes.add_singles,
    setup_routes.add_account,
    setup_routes.add_properties,
    setup_routes.add_groups,
    setup_routes.add_pipelines,
    setup_routes.add_stages,
)


def blueprint(box: Box) -> Blueprint:
    """HubSpot's API, to be registered under /hubspot."""
    routes = Blueprint("hubspot", __name__)
    account = Account(box)

    @routes.before_request
    def admit() -> None:
        if not is_staff():
            check_rate(box, check_token())
        version = (request.view_args or {}).get("version", VERSION)
        if not _VERSIONS.fullmatch(version):
            raise HubError(404, f"Unknown API version {version}", "OBJECT_NOT_FOUND")

    @routes.after_request
    def finish(response: Response) -> Response:
        return add_headers(response)

    @routes.errorhandler(HubError)
    def refuse(error: HubError) -> tuple[dict[str, object], int]:
        return error.body(), error.status

    @routes.errorhandler(HTTPException)
    def refuse_http(error: HTTPException) -> tuple[dict[str, object], int]:
        status = error.code or 500
        return HubError(status, error.description or error.name).body(), status

    for number, add in enumerate(_DOORS):
        part = Blueprint(f"part{number}", __name__)
        add(part, account)
        routes.register_blueprint(part)
    return routes
