"""The public address: reachable, with a good certificate, and this service behind it.

What a form tool would meet is asked for, unsigned: the receiver answers 401 to that. A
404 or a 410 makes Typeform switch a webhook off at once; no tool follows a redirect.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import NameResolutionError

from connector.credentials.asking import listed
from connector.doctor.certificates import certificate_fault, days_left
from connector.doctor.values import is_address
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


def check_spelling(service: Service, _key: str) -> Iterator[Finding]:
    """Look whether PUBLIC_URL can be an address that a tool calls."""
    settings = service.settings
    if not settings.demo and settings.public_url:
        wrong = _misspelt(service)
        if wrong:
            remedy = (
                "Set PUBLIC_URL=https://… to the address by which the tools reach this "
                "service; or leave it empty, so that answers are fetched"
            )
            yield Finding(NAME, "fault", wrong, remedy)


def check_address(service: Service, _key: str) -> Iterator[Finding]:
    """Ask the public address whether it is this service, over a good certificate."""
    settings = service.settings
    if settings.demo:
        return
    if not settings.public_url:
        what = "No public address is set: answers are fetched, and no webhook comes."
        yield Finding(NAME, "well", what)
        return
    yield _healthy(settings.public_url)
    yield from _lasting(settings.public_url)


def check_webhooks_arrive(service: Service, key: str) -> Iterator[Finding]:
    """Send what a stranger could to each webhook's address: it must be refused."""
    settings = service.settings
    if settings.demo or not settings.public_url:
        return
    accounts = settings.accounts[key]
    answers: dict[int, list[str]] = {}
    for provider in PROVIDERS:
        if getattr(accounts, provider, None) is not None:
            status = _answer(webhook_url(service, key, provider))
            answers.setdefault(status, []).append(PROVIDERS[provider].label)
    for status, labels in answers.items():
        if status:
            yield _arrival(status, listed(labels))


def _misspelt(service: Service) -> str:
    """Say why no tool could call it, whatever stands behind it; "" where one can."""
    if not is_url(service):
        return "PUBLIC_URL is no web address."
    if is_loopback(service.settings.public_url):
        if _all_local(service):
            return ""
        return "PUBLIC_URL leads to this machine itself, where no tool can reach it."
    if urlsplit(service.settings.public_url).scheme == "http":
        return "PUBLIC_URL begins with http://: the tools call https:// only."
    return ""


def is_url(service: Service) -> bool:
    """Tell whether PUBLIC_URL is empty or can be read as an address."""
    given = service.settings.public_url
    return not given or (is_address(given) and not urlsplit(given).query)


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


def _answer(url: str) -> int:
    """Return what one webhook's address answers to what nobody signed.

    0 where nobody answers at all: the address's own check has told of it.
    """
    try:
        answer = requests.post(
            url, data=b"{}", timeout=TIMEOUT_S, allow_redirects=False,
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
    except requests.RequestException:
        return 0
    return answer.status_code


def _arrival(status: int, labels: str) -> Finding:
    if status == 401:
        return Finding(HOOKS, "well", f"Webhooks of {labels} reach this service.")
    told = MEANT.get(status, "it should be 401 to what nobody signed")
    if 300 <= status < 400:
        told = "no tool follows a redirect"
    what = f"Webhooks of {labels} do not reach this service: {status}; {told}."
    remedy = "Let the proxy pass /webhooks/ on unchanged (docs/deploy.md)"
    return Finding(HOOKS, "fault", what, remedy)


MEANT = {
    404: "one such answer makes Typeform switch its webhook off",
    410: "one such answer makes Typeform and Mailchimp switch their webhooks off",
    503: "the tools send again, for some hours",
    200: "something takes what nobody signed",
}
