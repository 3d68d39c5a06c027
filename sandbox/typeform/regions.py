"""Typeform's three regions: the account lives in one, and a request asks in one.

Recorded: in another region than the account's, lists of responses are empty and
nothing says why; a form's links name the right host. Tokens of the new EU host are
valid there only. Option `typeform.region` (us, eu, eu_new) is the account's; a request
asks there too, unless it names another host, or a region by header
`X-Sandbox-Region`, or option `typeform.asked_region` says which one the sandbox's
address stands for. `typeform.wrong_region` makes every request one to the wrong one.
"""

from flask import request

from sandbox.box import Box
from sandbox.typeform.errors import TypeformError
from sandbox.typeform.forms import Links

HOSTS = {
    "us": "api.typeform.com",
    "eu": "api.eu.typeform.com",
    "eu_new": "api.typeform.eu",
}
_BY_HOST = {host: region for region, host in HOSTS.items()}


def _own(box: Box) -> str:
    return str(box.option("typeform.region", ""))


def _asked(box: Box) -> str:
    told = request.headers.get("X-Sandbox-Region")
    by_host = _BY_HOST.get(request.host.partition(":")[0])
    return str(told or by_host or box.option("typeform.asked_region", _own(box)))


def is_wrong(box: Box) -> bool:
    """Whether the request asks where the account's responses are not."""
    if box.option("typeform.wrong_region", False):
        return True
    return bool(_own(box)) and _asked(box) != _own(box)


def check_token(box: Box) -> None:
    """Refuse a token between the new EU host and the others."""
    own, asked = _own(box), _asked(box)
    if own and asked != own and "eu_new" in (own, asked):
        detail = "Invalid or missing token"
        raise TypeformError(401, "AUTHENTICATION_FAILED", detail)


def links(box: Box) -> Links:
    """The base URLs in links: the region's host, or the sandbox's own address.

    `typeform.links_base` overrides both. Respondents always stay in the sandbox.
    """
    here = str(box.option("typeform.links_base", f"{request.url_root}typeform"))
    region = _own(box)
    if region and box.option("typeform.links_base", None) is None:
        return Links(public=here, api=f"https://{HOSTS[region]}")
    return Links(public=here, api=here)
