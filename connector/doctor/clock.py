"""This machine's clock against a tool's: signatures bear a time, and age.

HubSpot and Mailchimp refuse, and we refuse of theirs, what is more than 300 seconds off
(https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from connector import reach
from connector.db import utcnow
from connector.findings import Finding
from connector.service import Service

TIMEOUT_S = (5, 10)
TOO_FAR, NOTABLE = timedelta(seconds=300), timedelta(seconds=60)
SET_IT = "Let the machine set its clock: timedatectl set-ntp true"


def check_clock(service: Service, key: str) -> Iterator[Finding]:
    """Compare with the ``Date`` of an answer; it is asked without any credential."""
    accounts = reach.accounts_of(service, key)
    every = (accounts.hubspot, accounts.mailchimp, accounts.typeform)
    for account in (*every, accounts.surveymonkey):
        theirs = _time_at(account.base_url) if account is not None else None
        if theirs is not None:
            yield _judged(abs(utcnow() - theirs), utcnow() > theirs)
            return


def _judged(off: timedelta, ahead: bool) -> Finding:
    told = f"This machine's clock is {off.total_seconds():.0f} seconds"
    told += " fast." if ahead else " slow."
    if off >= TOO_FAR:
        what = f"{told} From 300 on, signed webhooks are refused."
        return Finding("clock", "fault", what, SET_IT)
    if off >= NOTABLE:
        return Finding("clock", "warning", told, SET_IT)
    return Finding("clock", "well", "The clock is right.")


def _time_at(base_url: str) -> datetime | None:
    """Return what time it is there; None where nobody answers (others tell of it)."""
    try:
        answer = requests.head(base_url, timeout=TIMEOUT_S, allow_redirects=False)
        said = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, KeyError, ValueError, TypeError):
        return None
    return said if said.tzinfo else None
