"""What is left of the day's calls, where a tool counts them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from connector import reach
from connector.db import utcnow
from connector.findings import Finding
from connector.service import Service
from connector.sources.budget import account_of
from connector.sources.state import CallBudget

LOW = 0.1
DAILY, LEFT = "X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining"


def check_surveymonkey_budget(service: Service, key: str) -> Iterator[Finding]:
    """Look at today's calls (GMT) as we counted them, and as SurveyMonkey told us."""
    account = reach.accounts_of(service, key).surveymonkey
    if account is None or not account.token:
        return
    with service.database.reading() as session:
        row = session.scalar(
            select(CallBudget).where(
                CallBudget.provider == "surveymonkey",
                CallBudget.account == account_of(account.token),
                CallBudget.day == utcnow().date(),
            )
        )
    if row is None:
        return
    ours = row.allowed - row.used
    left = ours if row.remaining is None else min(ours, row.remaining)
    remedy = (
        "It begins anew at midnight GMT. See whether something else uses the same app, "
        "or ask SurveyMonkey for more and set SURVEYMONKEY_CALLS_PER_DAY"
    )
    yield _judged("surveymonkey", "SurveyMonkey", left, row.allowed, remedy)


def check_hubspot_budget(service: Service, key: str) -> Iterator[Finding]:
    """Look at what HubSpot's own headers say of the account's day."""
    client = reach.hubspot(service, key)
    if client is None:
        return
    ear = _Ear()
    client.door.meter = ear
    try:
        client.portal()
    finally:
        client.door.close()
    if ear.daily and ear.left is not None:
        remedy = (
            "It begins anew at midnight in the account's zone. In HubSpot: Development "
            "> Monitoring shows which integration makes the calls"
        )
        yield _judged("hubspot", "HubSpot", ear.left, ear.daily, remedy)


def _judged(tool: str, label: str, left: int, daily: int, remedy: str) -> Finding:
    told = f"{label}: {max(left, 0)} of the day's {daily} calls are left."
    if left < daily * LOW:
        return Finding(f"{tool}.budget", "warning", told, remedy)
    return Finding(f"{tool}.budget", "well", told)


class _Ear:
    """Hears what the headers of an answer say of the day (connector.clients.Meter)."""

    daily: int = 0
    left: int | None = None

    def before(self, purpose: str) -> None:
        """Count nothing: HubSpot does."""

    def after(self, headers: Mapping[str, str]) -> None:
        """Take over the day's figures, where there are any."""
        try:
            self.daily, self.left = int(headers[DAILY]), int(headers[LEFT])
        except (KeyError, ValueError):
            return

    def wait_s(self, headers: Mapping[str, str]) -> float | None:
        """Say nothing of waiting."""
        return None
