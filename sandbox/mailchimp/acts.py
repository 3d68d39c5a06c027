"""What people and mail servers do, not the API: one function an act.

Each says who acts, as a webhook's sources name it. A person's own act stands above
the API's rules; what somebody does in Mailchimp's pages does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from sandbox.mailchimp import campaigns, members, show
from sandbox.mailchimp.addresses import check_address, subscriber_hash
from sandbox.mailchimp.audience import Audience, stamp
from sandbox.mailchimp.members import Write
from sandbox.mailchimp.problems import invalid

Doc = dict[str, Any]
Told = Mapping[str, Any]
_UNSUB_REASONS = ("manual", "abuse")
_BOUNCES = ("hard", "abuse")


@dataclass(frozen=True)
class Act:
    """What is done, and by whom unless the request names another actor."""

    run: Callable[[Audience, Told], Doc]
    actor: str = "user"


def _email(told: Told, name: str = "email") -> str:
    return check_address(told.get(name))


def _require(audience: Audience, told: Told) -> Doc:
    return members.require(audience, _email(told))


def _because(audience: Audience, told: Told, allowed: tuple[str, ...]) -> None:
    reason = told.get("reason")
    if reason not in (None, "", *allowed):
        raise invalid("reason", f"Value must be one of: {', '.join(allowed)}")
    if reason:
        audience.because["reason"] = str(reason)


def _by_campaign(audience: Audience, told: Told, what: str, member: Doc) -> None:
    """Count the act for the campaign it came from, if the request names one."""
    if told.get("campaign"):
        campaign = campaigns.received(audience, str(told["campaign"]), member)
        campaigns.note(audience, campaign, what, member)
        audience.because["campaign_id"] = campaign["id"]


def _unsubscribe(audience: Audience, told: Told) -> Doc:
    """The link at the foot of a newsletter."""
    member = _require(audience, told)
    _because(audience, told, _UNSUB_REASONS)
    _by_campaign(audience, told, "unsubscribed", member)
    left = members.overwrite(
        audience,
        member,
        status="unsubscribed",
        left_by="self",
        unsubscribe_reason=request.headers.get("X-Sandbox-Reason", "None given"),
        unsubscribed_at=stamp(audience.box),
    )
    return show.member(audience, left)


def _resubscribe(audience: Audience, told: Told) -> Doc:
    """The hosted form, or the link in a confirmation mail: the person's own yes."""
    email = _email(told)
    audience.box.store.delete(audience.erased, subscriber_hash(email))
    known = members.find(audience, email)
    if known is None:
        write = Write({"email_address": email}, skip_checks=True)
        return show.member(audience, members.create(audience, write, "subscribed"))
    back = members.overwrite(
        audience,
        known,
        status="subscribed",
        left_by="",
        unsubscribe_reason="",
        timestamp_opt=stamp(audience.box),
    )
    return show.member(audience, back)


def _clean(audience: Audience, told: Told) -> Doc:
    """Mail to the address bounced for good."""
    member = _require(audience, told)
    _because(audience, told, _BOUNCES)
    _by_campaign(audience, told, "bounced", member)
    gone = members.overwrite(audience, member, status="cleaned", left_by="self")
    return show.member(audience, gone)


def _change_address(audience: Audience, told: Told) -> Doc:
    """The preference page: other hash and other ten digits, same contact."""
    write = Write({"email_address": _email(told, "new_email")}, skip_checks=True)
    return _written(audience, told, write)


def _change_profile(audience: Audience, told: Told) -> Doc:
    """The preference page: merge fields and language."""
    names = ("merge_fields", "language")
    body = {name: told[name] for name in names if told.get(name)}
    return _written(audience, told, Write(body, skip_checks=True))


def _written(audience: Audience, told: Told, write: Write) -> Doc:
    after = members.change(audience, _require(audience, told), write, None)
    return show.member(audience, after)


def _admin_unsubscribe(audience: Audience, told: Told) -> Doc:
    """Somebody unsubscribes the contact in Mailchimp's pages."""
    member = _require(audience, told)
    after = members.change(audience, member, Write({}, True), "unsubscribed")
    return show.member(audience, after)


def _admin_add(audience: Audience, told: Told) -> Doc:
    """Somebody adds a contact of their own, which is none of the service's; or, with
    a `source`, another integration does."""
    body: Doc = {"email_address": _email(told)}
    if isinstance(told.get("merge_fields"), dict):
        body["merge_fields"] = told["merge_fields"]
    made = members.create(audience, Write(body, skip_checks=True), "subscribed")
    if told.get("source"):
        made = members.overwrite(audience, made, source=str(told["source"]))
    return show.member(audience, made)


def _archive(audience: Audience, told: Told) -> Doc:
    email = _email(told)
    members.archive(audience, email)
    return show.member(audience, members.require(audience, email))


def _erase(audience: Audience, told: Told) -> Doc:
    """The contact's data is gone; only a hosted form brings the person back."""
    member = _require(audience, told)
    members.erase(audience, member["id"])
    return {"erased": member["email_address"]}


def _send_campaign(audience: Audience, told: Told) -> Doc:
    return campaigns.report(audience, campaigns.send(audience, told))


def _in_campaign(what: str) -> Callable[[Audience, Told], Doc]:
    def act(audience: Audience, told: Told) -> Doc:
        member = _require(audience, told)
        key, link = str(told.get("campaign", "")), str(told.get("link") or "")
        campaign = campaigns.received(audience, key, member)
        after = campaigns.note(audience, campaign, what, member, link)
        return campaigns.report(audience, after)

    return act


ACTS: dict[str, Act] = {
    "unsubscribe": Act(_unsubscribe),
    "resubscribe": Act(_resubscribe),
    "clean": Act(_clean),
    "change_address": Act(_change_address),
    "change_profile": Act(_change_profile),
    "admin_unsubscribe": Act(_admin_unsubscribe, "admin"),
    "admin_add": Act(_admin_add, "admin"),
    "archive": Act(_archive, "admin"),
    "erase": Act(_erase, "admin"),
    "send_campaign": Act(_send_campaign, "admin"),
    "click": Act(_in_campaign("clicks")),
    "open": Act(_in_campaign("opens")),
}
