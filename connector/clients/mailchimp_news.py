"""What an audience tells by itself: its webhooks, its campaigns and their reports."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connector.clients.door import Call
from connector.clients.errors import RemoteRefused
from connector.clients.mailchimp_account import Account, iso, only
from connector.clients.mailchimp_campaigns import (
    CAMPAIGN_FIELDS,
    REPORT_FIELDS,
    Campaign,
    Report,
    campaign,
    report,
)

EVENTS = ("subscribe", "unsubscribe", "profile", "cleaned", "upemail", "campaign")
SOURCES = ("user", "admin", "api")


class News(Account):
    """Webhooks of the audience, and the campaigns sent to it."""

    def webhooks(self) -> list[dict[str, Any]]:
        """The audience's webhooks: id, url, events, sources, perhaps signing_enabled.

        The signing secret is in none of them.
        """
        return list(self._pages(f"{self._list}/webhooks", "webhooks", {}))

    def create_webhook(
        self, url: str, events: Collection[str], sources: Collection[str]
    ) -> dict[str, Any]:
        """Subscribe a URL, which must answer a GET; sources without `api` do not echo.

        The answer holds `signing_secret`, where Mailchimp signs, this once only: keep
        it before anything else. If the answer is lost, delete the webhook and create
        it anew. A URL that has a webhook is refused.
        """
        return self._create("webhooks", {"url": url, **_choices(events, sources)})

    def update_webhook(
        self,
        webhook: str,
        url: str,
        events: Collection[str],
        sources: Collection[str],
    ) -> dict[str, Any]:
        """Make the webhook so, all of it; whether its secret stays is not documented.

        The answer holds a new `signing_secret` if Mailchimp gave one.
        """
        body = {"url": url, **_choices(events, sources)}
        return dict(self.door.call(Call("PATCH", self._hook(webhook), body=body)).data)

    def delete_webhook(self, webhook: str) -> bool:
        """Delete a webhook; False if there was none."""
        try:
            self.door.call(Call("DELETE", self._hook(webhook)))
        except RemoteRefused as err:
            if err.status == 404:
                return False
            raise
        return True

    def campaigns(self, since: datetime) -> Iterator[Campaign]:
        """Yield the campaigns sent to the audience since then."""
        query = {
            "list_id": self.audience,
            "status": "sent",
            "since_send_time": iso(since),
            "fields": only("campaigns", CAMPAIGN_FIELDS),
        }
        return (campaign(raw) for raw in self._pages("/campaigns", "campaigns", query))

    def reports(self, since: datetime) -> Iterator[Report]:
        """Yield the figures of the campaigns sent to the audience since then.

        One call for a thousand campaigns of the whole account: reports cannot be asked
        for by audience, so those of others are left out here.
        """
        query = {
            "since_send_time": iso(since),
            "fields": only("reports", REPORT_FIELDS),
        }
        found = (report(raw) for raw in self._pages("/reports", "reports", query))
        return (one for one in found if one.audience == self.audience)

    def _hook(self, webhook: str) -> str:
        return f"{self._list}/webhooks/{quote(webhook, safe='')}"


def _choices(
    events: Collection[str], sources: Collection[str]
) -> dict[str, dict[str, bool]]:
    """All events and sources by name: what omitted ones default to is not documented.

    A name that Mailchimp does not know is a mistake of ours.
    """
    unknown = {*events} - {*EVENTS} | {*sources} - {*SOURCES}
    if unknown:
        raise ValueError(f"not an event or a source: {', '.join(sorted(unknown))}")
    return {
        "events": {name: name in events for name in EVENTS},
        "sources": {name: name in sources for name in SOURCES},
    }
