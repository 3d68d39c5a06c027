"""The newsletter's doors: what its readers do, and staff who send one."""

from __future__ import annotations

from sandbox.demo.acts import Newsletter
from sandbox.demo.doors import call

# demo:demo, for a sandbox that has no key set
ANY_KEY = {"Authorization": "Basic ZGVtbzpkZW1v"}


def unsubscribe(sandbox_url: str, email: str, campaign: str = "") -> None:
    """Click the newsletter's own unsubscribe link."""
    told = {"email": email} | ({"campaign": campaign} if campaign else {})
    _act(sandbox_url, "unsubscribe", **told)


def send(sandbox_url: str, letter: Newsletter) -> None:
    """Send a newsletter, once; its readers click, and one of them leaves by it."""
    campaign = _sent(sandbox_url, letter.title)
    if campaign is None:
        campaign = _act(
            sandbox_url,
            "send_campaign",
            title=letter.title,
            subject=letter.title,
            segment=letter.segment,
        )
    for email in letter.clicks:
        _act(sandbox_url, "click", campaign=campaign, email=email)
    unsubscribe(sandbox_url, letter.leaves, campaign)


def _sent(sandbox_url: str, title: str) -> str | None:
    url = f"{sandbox_url}/mailchimp/3.0/campaigns?status=sent&count=100"
    for one in call("GET", url, **ANY_KEY)["campaigns"]:
        if one["settings"]["title"] == title:
            return str(one["id"])
    return None


def _act(sandbox_url: str, act: str, **told: str) -> str:
    """Do one act; return the id of what it answers with."""
    url = f"{sandbox_url}/sandbox/control/mailchimp/{act}"
    return str(call("POST", url, told)["id"])
