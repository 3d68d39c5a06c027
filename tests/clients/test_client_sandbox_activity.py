"""What staff and readers do in the sandbox, seen through the clients."""

from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from connector.clients import Connecting, HubSpot, Mailchimp, connect_typeform
from connector.clients.hubspot import Write
from connector.clients.mailchimp_shapes import Member
from connector.clients.typeform import region_of, wrong_region

ADA, BO = "ada@people.test", "bo@people.test"


def _began() -> datetime:
    return datetime.now(UTC) - timedelta(minutes=1)


def _posted(url: str, body: dict[str, Any]) -> Any:
    """What a person does there, for which the clients have no call."""
    headers = {"Authorization": "Bearer pat-test"}
    answer = requests.post(url, json=body, headers=headers, timeout=10)
    answer.raise_for_status()
    return answer.json()


def test_meetings_and_notes_are_found_with_whom_they_are_about(
    crm: HubSpot, address: str
) -> None:
    began = _began()
    place = Write("s1", {"hs_name": "Mo, mentee"}, "s")
    service = crm.batch_upsert("0-162", [place], "vidensbro_id").results["s"].id
    at = "2026-11-20T09:00:00Z"
    for kind, name in (("0-47", "hs_meeting_title"), ("0-46", "hs_note_body")):
        values = {"hs_timestamp": at, name: "First talk"}
        url = f"{address}/hubspot/crm/objects/2026-09/{kind}"
        made = str(_posted(url, {"properties": values})["id"])
        assert crm.associate_default(kind, "0-162", [(made, service)]) == {}

        found = list(crm.search_modified(kind, began, [name]))
        assert [(one.id, one.properties[name]) for one in found] == [
            (made, "First talk")
        ]
        read = crm.batch_read(kind, [made], ["hs_timestamp"], history=[name])
        assert read.by_key[made].history[name][0].value == "First talk"
        assert crm.associations(kind, "0-162", [made]) == {made: [service]}


def test_the_recycle_bin_holds_what_was_archived(crm: HubSpot) -> None:
    writes = [Write(f"p{n}", {"firstname": "Mo"}, f"t{n}") for n in range(2)]
    made = crm.batch_upsert("contacts", writes, "vidensbro_id").results
    gone, there = made["t0"].id, made["t1"].id
    assert crm.batch_archive("contacts", [gone]) == {}

    found = crm.read("contacts", gone, [], archived=True)
    assert found is not None
    assert found.archived
    assert crm.read("contacts", gone, []) is None
    assert crm.read("contacts", there, [], archived=True) is None


def test_a_webhook_is_made_once_for_a_url(news: Mailchimp, address: str) -> None:
    url = f"{address}/"
    made = news.create_webhook(url, ["unsubscribe", "upemail"], ["user", "admin"])
    assert made["signing_secret"]

    held = news.webhooks()
    assert [one["url"] for one in held] == [url]
    assert "signing_secret" not in held[0]
    assert held[0]["sources"] == {"user": True, "admin": True, "api": False}
    changed = news.update_webhook(made["id"], url, ["cleaned"], ["user"])
    assert changed["events"]["cleaned"] is True
    assert changed["events"]["unsubscribe"] is False
    assert news.delete_webhook(made["id"]) is True
    assert news.delete_webhook(made["id"]) is False


def test_a_campaign_is_reported_with_what_became_of_it(
    news: Mailchimp, address: str
) -> None:
    began = _began()
    news.add_new([Member(ADA, "subscribed"), Member(BO, "subscribed")])
    acts = f"{address}/sandbox/control/mailchimp"
    told = {"title": "November", "subject": "Hej", "segment": "all"}
    sent = str(_posted(f"{acts}/send_campaign", told)["id"])
    _posted(f"{acts}/click", {"campaign": sent, "email": ADA})
    _posted(f"{acts}/unsubscribe", {"campaign": sent, "email": BO})

    campaign = next(news.campaigns(began))
    assert (campaign.id, campaign.subject, campaign.segment) == (sent, "Hej", "")
    assert campaign.archive_url.startswith("https://")
    report = next(news.reports(began))
    assert (report.campaign, report.sent, report.clicked, report.unsubscribed) == (
        sent,
        2,
        1,
        1,
    )
    assert report.sent_at == campaign.sent_at
    assert list(news.reports(datetime.now(UTC) + timedelta(hours=1))) == []


def test_a_sandboxed_form_names_a_region_that_nobody_judges(address: str) -> None:
    base = f"{address}/typeform"
    client = connect_typeform("tfp_test", Connecting(base))
    body = {"title": "Join us", "fields": [{"type": "short_text", "title": "Name"}]}
    made = _posted(f"{base}/forms", body)

    form = client.form(made["id"])
    assert region_of(form)
    assert wrong_region(base, form) is None
    assert client.count(made["id"]) == 0
    assert list(client.responses(made["id"])) == []
    client.door.close()


def test_owners_are_those_there_and_those_who_left(crm: HubSpot) -> None:
    there, left = crm.owners(), crm.owners(archived=True)

    assert there
    assert left
    assert not any(one.archived for one in there)
    assert all(one.archived for one in left)
    assert all(one.id and one.user and one.name for one in [*there, *left])
    assert not {one.id for one in there} & {one.id for one in left}
