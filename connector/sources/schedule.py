"""When each form is looked at: as often as its tool allows, seldom if it calls us."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from connector import hints
from connector.db import has_passed, utcnow
from connector.service import Service
from connector.sources.state import FormWatch
from connector.sources.tools import sources

WITH_WEBHOOKS = timedelta(hours=1)
WAIT_FOR_LIST = timedelta(hours=1)
"""How long an answer that a webhook named is waited for in the tool's list."""
AGAIN = timedelta(minutes=2)
"""Between two looks for an answer that a webhook named and the list lacks."""
AFTER_FAILURE = timedelta(minutes=10)


def is_called(service: Service, key: str, provider: str) -> bool:
    """Tell whether the tool can call us: an address and a secret to prove itself."""
    settings = service.settings
    return bool(settings.public_url or settings.demo) and bool(
        settings.secrets(key, provider)
    )


def interval(service: Service, key: str, provider: str, forms: int) -> timedelta:
    """Return how long a form is left alone between two looks."""
    source = sources()[provider]
    polite = source.polite(service, key, max(forms, 1))
    chosen = timedelta(seconds=service.settings.poll_interval_s)
    if chosen:
        return max(chosen, polite) if source.by_the_day else chosen
    if is_called(service, key, provider):
        return max(WITH_WEBHOOKS, polite)
    return polite


def is_due(service: Service, key: str, provider: str, forms: Sequence[str]) -> set[str]:
    """Return the forms to look at now: the interval is over, or a webhook named one."""
    every = interval(service, key, provider, len(forms))
    now = utcnow()
    with service.database.reading() as session:
        watches = {
            row.form: row
            for row in session.scalars(
                select(FormWatch).where(
                    FormWatch.programme == key, FormWatch.provider == provider
                )
            )
        }
        named = {
            hint.subject: hint.noted_at
            for hint in hints.waiting(session, key, provider)
            if hint.facts.get("response")
        }
    return {
        form
        for form in forms
        if _over(watches.get(form), every)
        or (form in named and _named(watches.get(form), named[form], now))
    }


def _over(watch: FormWatch | None, every: timedelta) -> bool:
    if watch is None or watch.looked_at is None:
        return True
    wait = min(every, AFTER_FAILURE) if watch.problem else every
    return has_passed(wait, watch.looked_at)


def _named(watch: FormWatch | None, noted_at: datetime, now: datetime) -> bool:
    """Tell whether a form is to be looked at for a webhook's sake.

    At once for a new one; again after a pause where the list lacked the answer.
    """
    if watch is None or watch.looked_at is None or noted_at > watch.looked_at:
        return True
    return now - watch.looked_at >= AGAIN
