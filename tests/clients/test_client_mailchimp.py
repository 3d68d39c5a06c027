"""Mailchimp: nobody is subscribed by accident, and every answer is read per person."""

from datetime import UTC, datetime
from typing import Any

import pytest
from conftest import Provider, Reply, Seen

from connector.clients import Mailchimp, RemoteBusy, RemoteRefused, connect_mailchimp
from connector.clients.mailchimp import base_url
from connector.clients.mailchimp_shapes import Member, reading, subscriber_hash

ADA = "Ada@People.example"
LIST = "/3.0/lists/a1b2"


def _raw(email: str, status: str = "subscribed", **more: Any) -> dict[str, Any]:
    return {
        "email_address": email,
        "id": subscriber_hash(email),
        "contact_id": f"c-{email}",
        "status": status,
        "merge_fields": {"ROLES": ";r1.mentor.applied;"},
        "language": "da",
        "last_changed": "2026-11-24T12:00:00+00:00",
        **more,
    }


def _added(*emails: str, errors: list[Any] | None = None) -> Reply:
    return 200, {
        "new_members": [_raw(one) for one in emails],
        "updated_members": [],
        "errors": errors or [],
        "error_count": len(errors or []),
    }


def test_new_people_carry_their_status_and_change_nobody(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [_added("ada@people.example")]
    new = Member(ADA, "pending", {"ROLES": ";x;"}, "da")

    answer = mailchimp.add_new([new])
    seen = provider.seen[0]
    assert (seen.method, seen.path) == ("POST", LIST)
    assert seen.query == {"skip_merge_validation": "true"}
    assert seen.body == {
        "members": [
            {
                "email_address": ADA,
                "merge_fields": {"ROLES": ";x;"},
                "language": "da",
                "status": "pending",
            }
        ],
        "update_existing": False,
    }
    assert answer.added["ada@people.example"].contact_id == "c-ada@people.example"


def test_errors_under_a_200_are_read(mailchimp: Mailchimp, provider: Provider) -> None:
    errors = [
        {
            "email_address": "old@people.example",
            "error": "old@people.example is already a list member",
            "error_code": "ERROR_CONTACT_EXISTS",
        },
        {
            "email_address": "x@fake.example",
            "error": "x@fake.example looks fake or invalid, please enter a real one.",
            "error_code": "ERROR_GENERIC",
        },
        {
            "email_address": "gone@people.example",
            "error": "gone@people.example was permanently deleted",
            "error_code": "ERROR_GENERIC",
        },
    ]
    provider.replies = [_added(ADA, errors=errors)]
    people = [
        Member(one, "subscribed")
        for one in (ADA, "old@people.example", "x@fake.example", "gone@people.example")
    ]

    answer = mailchimp.add_new(people)
    assert set(answer.added) == {ADA.lower()}
    assert {address: one.code for address, one in answer.problems.items()} == {
        "old@people.example": "exists",
        "x@fake.example": "fake_address",
        "gone@people.example": "forgotten",
    }
    assert all("example" not in one.message for one in answer.problems.values())
    assert len(provider.seen) == 1


def test_one_bad_member_never_holds_up_the_batch(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    def answer(seen: Seen) -> Reply:
        emails = [one["email_address"] for one in seen.body["members"]]
        if "p7@people.example" in emails:
            return 400, {"title": "Invalid Resource", "detail": "merge fields"}
        return _added(*emails)

    provider.answer = answer
    people = [Member(f"p{n}@people.example", "subscribed") for n in range(20)]

    result = mailchimp.add_new(people)
    assert set(result.problems) == {"p7@people.example"}
    assert len(result.added) == 19


def test_five_hundred_a_call(mailchimp: Mailchimp, provider: Provider) -> None:
    provider.answer = lambda seen: _added(
        *(one["email_address"] for one in seen.body["members"])
    )

    people = [Member(f"p{n}@people.example", "subscribed") for n in range(1100)]
    assert len(mailchimp.add_new(people).added) == 1100
    assert [len(one.body["members"]) for one in provider.seen] == [500, 500, 100]


def test_the_batch_for_known_people_has_no_status(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    data = {"new_members": [], "updated_members": [_raw(ADA)], "errors": []}
    provider.replies = [(200, data)]

    answer = mailchimp.update_many([Member(ADA, "subscribed", {"ROLES": ""})])
    assert provider.seen[0].body == {
        "members": [{"email_address": ADA, "merge_fields": {"ROLES": ""}}],
        "update_existing": True,
    }
    assert set(answer.added) == {ADA.lower()}


def test_one_address_twice_is_our_mistake(mailchimp: Mailchimp) -> None:
    with pytest.raises(ValueError, match="twice"):
        mailchimp.add_new([Member(ADA, "pending"), Member(ADA.lower(), "pending")])


def test_fields_are_put_without_a_status(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [(200, _raw(ADA, "unsubscribed"))]

    member = mailchimp.put_fields("abc123", {"ROLES": ";x;"}, "en", email=ADA)
    seen = provider.seen[0]
    assert (seen.method, seen.path) == ("PUT", f"{LIST}/members/abc123")
    assert seen.body == {
        "merge_fields": {"ROLES": ";x;"},
        "language": "en",
        "email_address": ADA,
    }
    assert seen.query == {"skip_merge_validation": "true"}
    assert member.status == "unsubscribed"


def test_a_withdrawal_is_one_word(mailchimp: Mailchimp, provider: Provider) -> None:
    provider.replies = [(200, _raw(ADA, "unsubscribed"))]

    mailchimp.unsubscribe("abc123")
    assert provider.seen[0].method == "PATCH"
    assert provider.seen[0].body == {"status": "unsubscribed"}


def test_asking_again_is_pending_under_the_hash(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [(200, _raw(ADA, "pending"))]

    mailchimp.ask_again(ADA, {"ROLES": ";x;"})
    seen = provider.seen[0]
    assert seen.path == f"{LIST}/members/{subscriber_hash('ada@people.example')}"
    assert seen.body["status"] == seen.body["status_if_new"] == "pending"


def test_asking_again_is_not_repeated_after_a_lost_answer(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [(504, "<html>")]

    with pytest.raises(RemoteBusy):
        mailchimp.ask_again(ADA)
    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    ("status", "archived"), [(204, True), (405, False), (404, False)]
)
def test_archiving_one_that_is_not_there_is_no_error(
    mailchimp: Mailchimp, provider: Provider, status: int, archived: bool
) -> None:
    provider.replies = [(status, None if status == 204 else {"title": "x"})]

    assert mailchimp.archive("abc") is archived
    assert provider.seen[0].method == "DELETE"


def test_a_compliance_state_is_refused_once(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    detail = f"{ADA} is in a compliance state due to unsubscribe"
    provider.replies = [
        (400, {"title": "Member In Compliance State", "detail": detail})
    ]

    with pytest.raises(RemoteRefused) as caught:
        mailchimp.put_fields("abc", {})
    assert caught.value.code == "compliance"
    assert "example" not in caught.value.message
    assert len(provider.seen) == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Forgotten Email Not Subscribed x was permanently deleted", "forgotten"),
        ("Please provide a valid email address.", "fake_address"),
        ("Member Exists x is already a list member. Use PUT", "exists"),
        ("Your merge fields were invalid.", "merge_fields"),
        ("has signed up to a lot of lists very recently", "too_many_signups"),
        ("x was previously removed from this audience. To rejoin", "removed"),
        ("Something else", "otherwise"),
    ],
)
def test_mailchimps_words_have_a_meaning(words: str, code: str) -> None:
    assert reading(words, "otherwise") == code


def test_members_are_walked_by_the_thousand(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    everyone = [_raw(f"p{n}@people.example") for n in range(2300)]

    def answer(seen: Seen) -> Reply:
        offset, count = int(seen.query["offset"]), int(seen.query["count"])
        page = everyone[offset : offset + count]
        return 200, {"members": page, "total_items": len(everyone)}

    provider.answer = answer
    since = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)
    found = list(mailchimp.members(since=since, status="archived"))
    assert len(found) == 2300
    assert len(provider.seen) == 3
    assert provider.seen[0].query["since_last_changed"] == "2026-11-01T08:30:00+00:00"
    assert provider.seen[0].query["status"] == "archived"
    assert found[0].last_changed == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert found[0].merge_fields == {"ROLES": ";r1.mentor.applied;"}


def test_a_member_of_never_is_none(mailchimp: Mailchimp, provider: Provider) -> None:
    provider.replies = [(404, {"title": "Resource Not Found"}), (200, _raw(ADA))]

    assert mailchimp.get("abc") is None
    found = mailchimp.get(ADA)
    assert found is not None
    assert found.email == ADA
    assert provider.seen[1].path.endswith(f"/members/{subscriber_hash(ADA)}")


def test_the_audience_and_its_fields(mailchimp: Mailchimp, provider: Provider) -> None:
    provider.replies = [
        (200, {"id": "a1b2", "name": "News", "double_optin": True, "stats": {}}),
        (200, {"merge_fields": [{"tag": "FNAME"}]}),
        (200, {"tag": "ROLES"}),
    ]

    assert mailchimp.audience_info()["double_optin"] is True
    assert mailchimp.merge_fields() == [{"tag": "FNAME"}]
    mailchimp.create_merge_field("ROLES", "Vidensbro")
    assert provider.seen[2].path == f"{LIST}/merge-fields"
    assert provider.seen[2].body == {
        "tag": "ROLES",
        "name": "Vidensbro",
        "type": "text",
        "public": False,
        "required": False,
    }


def test_segments(mailchimp: Mailchimp, provider: Provider) -> None:
    options = {"match": "all", "conditions": []}
    provider.replies = [
        (200, {"segments": [{"id": 5}]}),
        (200, {"id": 6}),
        (200, {"id": 5}),
    ]

    assert mailchimp.segments() == [{"id": 5}]
    mailchimp.create_segment("Mentors", options)
    mailchimp.update_segment(5, "Mentors", options)
    assert [(one.method, one.path) for one in provider.seen] == [
        ("GET", f"{LIST}/segments"),
        ("POST", f"{LIST}/segments"),
        ("PATCH", f"{LIST}/segments/5"),
    ]
    assert provider.seen[2].body == {"name": "Mentors", "options": options}


@pytest.mark.parametrize(
    ("key", "url"),
    [
        ("0123456789abcdef-us21", "https://us21.api.mailchimp.com/3.0"),
        ("0123456789abcdef", "https://api.mailchimp.com/3.0"),
        ("x-evil.example/", "https://api.mailchimp.com/3.0"),
    ],
)
def test_the_address_follows_from_the_key(key: str, url: str) -> None:
    assert base_url(key) == url
    client = connect_mailchimp(key, "a")
    assert client.door.base_url == url
    client.door.close()


def test_the_key_is_sent_as_a_password(
    mailchimp: Mailchimp, provider: Provider
) -> None:
    provider.replies = [(200, {})]

    mailchimp.account()
    assert provider.seen[0].headers["Authorization"].startswith("Basic ")
