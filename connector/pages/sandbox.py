"""In the demo the sandbox's pages are found at the service's own address, too."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from connector.settings import Settings

TOOLS = ("hubspot", "mailchimp", "surveymonkey", "typeform")


def blueprint(settings: Settings) -> Blueprint:
    """Return the routes that lead to the sandbox's page of each tool."""
    links = Blueprint("sandbox_links", __name__)
    for tool in TOOLS:
        address = f"http://127.0.0.1:{settings.sandbox_port}/sandbox/{tool}"
        links.add_url_rule(f"/sandbox/{tool}", tool, _leads_to(address))
    return links


def _leads_to(address: str) -> Callable[[], Response]:
    def lead() -> Response:
        return redirect(address)

    return lead
