"""Mailchimp's API key: whose account, and which of its audiences.

A key opens the whole account and has no scopes; its ending names the data centre.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.accounts import MailchimpAccount
from connector.clients import Mailchimp, RemoteUnauthorised, connect_mailchimp
from connector.clients.errors import RemoteRefused
from connector.credentials import asking
from connector.findings import Finding

ANEW = (
    "In Mailchimp: your profile > Account & billing > Extras > API keys > Create A "
    "Key. Copy it whole, with its ending such as -us21, and set MAILCHIMP_API_KEY."
)
DOMAIN, CENTRE = ".api.mailchimp.com", re.compile(r"-[a-z]{2,4}\d+$")
WHERE = "In Mailchimp: Audience > Settings > Audience name and defaults shows the id."


@dataclass(frozen=True, slots=True)
class Audience:
    """One audience of the account. ``members`` counts those who are subscribed."""

    id: str
    name: str
    members: int

    def __str__(self) -> str:
        """Return it as a person recognises it."""
        return f"{self.name} ({self.id}, {self.members} subscribed)"


def look(account: MailchimpAccount, limits: str) -> list[Finding]:
    """Return what Mailchimp says of the key and of the audience."""
    wrong = asking.misspelt("mailchimp", account.key) or _without_centre(account)
    if wrong:
        return wrong
    with asking.closing(_connect(account, limits)) as client:
        try:
            told = client.account()
        except RemoteUnauthorised as error:
            return [_refused(account, error)]
        name = str(told.get("account_name") or "").strip()
        known = f"{told.get('account_id', '')}" + (f" ({name})" if name else "")
        key = Finding(
            "mailchimp.key", "well", f"The key opens Mailchimp account {known}."
        )
        return [key, _audience(client, account.audience)]


def _without_centre(account: MailchimpAccount) -> list[Finding]:
    """Find a key without its ending: its data centre would be no host."""
    theirs = asking.host(account.base_url).endswith(DOMAIN)
    if not theirs or CENTRE.search(account.key):
        return []
    what = "This is no key of Mailchimp: it ends in no data centre such as -us21."
    return [Finding("mailchimp.key", "fault", what, ANEW)]


def audiences(account: MailchimpAccount, limits: str) -> list[Audience]:
    """Return the account's audiences; raise ``RemoteError`` where it cannot be asked.

    ``account.audience`` is not looked at.
    """
    with asking.closing(_connect(account, limits)) as client:
        return _all(client)


def _connect(account: MailchimpAccount, limits: str) -> Mailchimp:
    return connect_mailchimp(
        account.key,
        account.audience,
        asking.how(account.base_url, limits),
        calls_in_1_s=account.calls_per_s,
    )


def _all(client: Mailchimp) -> list[Audience]:
    return [
        Audience(
            str(raw["id"]),
            str(raw.get("name") or ""),
            int((raw.get("stats") or {}).get("member_count") or 0),
        )
        for raw in client.audiences()
    ]


def _refused(account: MailchimpAccount, error: RemoteUnauthorised) -> Finding:
    if error.status == 401:
        what = (
            "Mailchimp does not accept this key: it is mistyped or revoked, or of "
            f"another data centre than {asking.host(account.base_url)}."
        )
    else:
        what = f"Mailchimp refuses this key's user: {asking.said(error)}"
    return Finding("mailchimp.key", "fault", what, ANEW)


def _audience(client: Mailchimp, audience: str) -> Finding:
    if audience:
        try:
            raw = client.audience_info()
        except RemoteRefused as error:
            if error.status != 404:
                raise
        else:
            stats = raw.get("stats") or {}
            count = int(stats.get("member_count") or 0)
            found = Audience(str(raw["id"]), str(raw.get("name") or ""), count)
            return Finding("mailchimp.audience", "well", f"The audience is {found}.")
    return _no_audience(audience, _all(client))


def _no_audience(audience: str, there: list[Audience]) -> Finding:
    what = (
        f"This account has no audience “{audience}”."
        if audience
        else "No audience is chosen."
    )
    if not there:
        remedy = (
            "The account has none at all. In Mailchimp: Audience > Create audience; "
            "then set MAILCHIMP_AUDIENCE_ID to its id."
        )
        return Finding("mailchimp.audience", "fault", what, remedy)
    names = "; ".join(map(str, there))
    remedy = f"Set MAILCHIMP_AUDIENCE_ID to one of: {names}. {WHERE}"
    return Finding("mailchimp.audience", "fault", what, remedy)
