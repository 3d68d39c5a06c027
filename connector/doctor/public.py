"""The public address: reachable, with a good certificate, and this service behind it.

What a form tool would meet is asked for, unsigned: the receiver answers 401 to that. A
404 or a 410 makes Typeform switch a webhook off at once; no tool follows a redirect.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError

from connector.doctor.certificates import certificate_fault, days_left
from connector.findings import Finding
from connector.service import Service
from connector.settings import is_loopback
from connector.sources.hooks import webhook_url
from webhooks.registry import PROVIDERS

NAME, HOOKS = "public", "public.webhooks"
TIMEOUT_S = (5, 10)
SOON_DAYS = 10
PROXY = (
    "Look at the proxy or firewall in front (docs/deploy.md), the name's DNS, and "
    "whether the web side runs; from another network: curl -i $PUBLIC_URL/healthz"
)


def check_address(service: Service, _key: str) -> Iterator[Finding]:
    """Ask the public address whether it is this service, over a good certificate."""
    settings = service.settings
    if settings.demo:
        return
    if not settings.public_url:
        what = "No public address is set: answers are fetched, and no webhook comes."
        yield Finding(NAME, "well", what)
        return
    wrong = _misspelt(service)
    if wrong is not None:
        yield wrong
        return
    yield _healthy(settings.public_url)
    yield from _lasting(settings.public_url)


def check_webhooks_arrive(service: Service, key: str) -> Iterator[Finding]:
    """Send what a stranger could to each webhook's address: it must be refused."""
    settings = service.settings
    if settings.demo or not settings.public_url or _misspelt(service) is not None:
        return
    accounts = settings.accounts[key]
    for provider in PROVIDERS:
        if getattr(accounts, provider, None) is not None:
            url = webhook_url(service, key, provider)
            yield from _arrives(PROVIDERS[provider].label, url)


def _misspelt(service: Service) -> Finding | None:
    """Find what no tool could call, whatever stands behind it."""
    url = urlsplit(service.settings.public_url)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query:
        what = "PUBLIC_URL is no web address."
        return _spelt(what)
    if is_loopback(service.settings.public_url):
        if _all_local(service):
            return None
        what = "PUBLIC_URL leads to this machine itself, where no tool can reach it."
        return _spelt(what)
    if url.scheme == "http":
        what = "PUBLIC_URL begins with http://: the tools call https:// only."
        return _spelt(what)
    return None


def _spelt(what: str) -> Finding:
    remedy = (
        "Set PUBLIC_URL=https://… to the address by which the tools reach this "
        "service; or leave it empty, so that answers are fetched"
    )
    return Finding(NAME, "fault", what, remedy)


def _all_local(service: Service) -> bool:
    """Tell whether the tools stand on this machine too, as the sandbox does."""
    return all(
        is_loopback(account.base_url)
        for accounts in service.settings.accounts.values()
        for account in (
            accounts.hubspot,
            accounts.mailchimp,
            accounts.typeform,
            accounts.surveymonkey,
        )
        if account is not None
    )


def _healthy(public_url: str) -> Finding:
    try:
        answer = requests.get(
            f"{public_url}/healthz", timeout=TIMEOUT_S, allow_redirects=False
        )
    except requests.exceptions.SSLError as error:
        what, remedy = certificate_fault(error)
        return Finding("public.certificate", "fault", what, remedy)
    except requests.RequestException as error:
        what = f"PUBLIC_URL cannot be reached from here: {_why(error)}."
        return Finding(NAME, "fault", what, PROXY)
    if answer.is_redirect:
        what = "PUBLIC_URL sends on to another address, and no tool follows."
        remedy = "Set PUBLIC_URL to the address where the redirect ends"
        return Finding(NAME, "fault", what, remedy)
    if answer.status_code == 503:
        what = "PUBLIC_URL answers 503: the service behind it is not there now."
        return Finding(NAME, "fault", what, PROXY)
    if not _is_us(answer):
        what = (
            "Something else than this service answers at PUBLIC_URL "
            f"({answer.status_code})."
        )
        return Finding(NAME, "fault", what, PROXY)
    return Finding(NAME, "well", "The public address leads here.")


def _why(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NameResolutionError):
        return "its name has no address (DNS)"
    return "nobody answers there"


def _is_us(answer: requests.Response) -> bool:
    try:
        told = answer.json()
    except ValueError:
        return False
    return answer.ok and isinstance(told, dict) and told.get("status") == "ok"


def _lasting(public_url: str) -> Iterator[Finding]:
    """Look whether the certificate ends soon; a faulty one has been told of."""
    left = days_left(public_url)
    if left is None:
        return
    told = f"The certificate is good for {left} more days."
    if left < SOON_DAYS:
        remedy = "Renew it; with Caddy: does its port 80 or 443 reach the internet?"
        yield Finding("public.certificate", "warning", told, remedy)
    else:
        yield Finding("public.certificate", "well", told)


def _arrives(label: str, url: str) -> Iterator[Finding]:
    """Look at the way to one webhook's address.

    Where nobody answers at all, the address's own check has told of it.
    """
    try:
        answer = requests.post(
            url, data=b"{}", timeout=TIMEOUT_S, allow_redirects=False,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
    except requests.RequestException:
        return
    status = answer.status_code
    if status == 401:
        yield Finding(HOOKS, "well", f"{label}'s webhooks reach this service.")
        return
    meant = {
        404: "one such answer makes Typeform switch its webhook off",
        410: "one such answer makes Typeform and Mailchimp switch their webhooks off",
        503: "the tools send again, for some hours",
        200: "something takes what nobody signed",
    }
    if answer.is_redirect:
        meant[status] = "no tool follows a redirect"
    told = meant.get(status, "it should be 401 to what nobody signed")
    what = f"{label}'s webhooks do not reach this service: {status}; {told}."
    remedy = f"Let the proxy pass {urlsplit(url).path} on unchanged (docs/deploy.md)"
    yield Finding(HOOKS, "fault", what, remedy)
