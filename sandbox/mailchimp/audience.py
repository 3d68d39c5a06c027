"""The one audience, its records in the store, and the clock of a request."""

from datetime import UTC, datetime
from typing import Any

from flask import has_request_context, request

from sandbox.box import Box
from sandbox.mailchimp.problems import invalid, not_found

Doc = dict[str, Any]
_STANDARD = (
    ("FNAME", "First Name", "text"),
    ("LNAME", "Last Name", "text"),
    ("ADDRESS", "Address", "address"),
    ("PHONE", "Phone Number", "phone"),
)


def stamp(box: Box) -> str:
    """Now, as Mailchimp writes times; header `X-Sandbox-At` moves a request's."""
    at = box.now()
    told = request.headers.get("X-Sandbox-At") if has_request_context() else None
    if told:
        at = read_time("X-Sandbox-At", told)
    return at.astimezone(UTC).isoformat(timespec="seconds")


def read_time(name: str, text: str) -> datetime:
    """A time from a request, read as UTC when it names no zone."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid(name, "This value is not a valid datetime.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Audience:
    """One audience: its id and the kinds under which its records are kept.

    `actor` is who acts through this object, as a webhook's sources name it: "user"
    (the person), "admin" (somebody in Mailchimp's own pages) or "api". `because` is
    what an event says of the act besides: the campaign, the reason.
    """

    def __init__(self, box: Box, list_id: str, actor: str = "api") -> None:
        self.box = box
        self.id = list_id
        self.actor = actor
        self.because: dict[str, str] = {}
        self.members = f"mailchimp.member.{list_id}"
        self.contacts = f"mailchimp.contact.{list_id}"
        self.erased = f"mailchimp.erased.{list_id}"
        self.fields = f"mailchimp.field.{list_id}"
        self.segments = f"mailchimp.segment.{list_id}"
        self.hooks = f"mailchimp.webhook.{list_id}"
        self.campaigns = f"mailchimp.campaign.{list_id}"

    def all_members(self) -> list[Doc]:
        """Every member not erased, archived ones too, in order of creation."""
        return list(self.box.store.all(self.members).values())

    def merge_fields(self) -> list[Doc]:
        """The audience's merge fields, without the address."""
        return list(self.box.store.all(self.fields).values())


def only_audience(box: Box, actor: str = "api") -> Audience:
    """The audience, made at first use with the fields a new one has."""
    list_id = str(box.option("mailchimp.audience_id", "demo-audience"))
    audience = Audience(box, list_id, actor)
    with box.store.lock:
        if box.store.get("mailchimp.list", list_id) is None:
            made = {"id": list_id, "date_created": stamp(box)}
            box.store.put("mailchimp.list", list_id, made)
            for tag, name, kind in _STANDARD:
                new_field(audience, {"tag": tag, "name": name, "type": kind})
    return audience


def audience_of(box: Box, list_id: str) -> Audience:
    """The audience a path names."""
    audience = only_audience(box)
    if audience.id != list_id:
        raise not_found()
    return audience


def new_field(audience: Audience, body: Doc) -> Doc:
    """Keep a merge field as asked, with Mailchimp's defaults; no checks here."""
    store = audience.box.store
    number = store.next_number(audience.fields)
    field = {
        "merge_id": number,
        "tag": body["tag"],
        "name": body["name"],
        "type": body["type"],
        "required": bool(body.get("required", False)),
        "default_value": body.get("default_value", ""),
        "public": bool(body.get("public", False)),
        "display_order": number + 1,
        "options": body.get("options", {}),
        "help_text": body.get("help_text", ""),
        "list_id": audience.id,
    }
    store.put(audience.fields, str(number), field)
    return field


def shown_list(audience: Audience) -> Doc:
    """The audience as `GET /lists/{id}` shows it, figures counted afresh."""
    made = audience.box.store.get("mailchimp.list", audience.id) or {}
    states = [member["status"] for member in audience.all_members()]
    return {
        "id": audience.id,
        "web_id": 1,
        "name": audience.box.option("mailchimp.audience_name", "Demo audience"),
        "permission_reminder": "You signed up in an application form.",
        "date_created": made.get("date_created", ""),
        "email_type_option": False,
        "double_optin": False,
        "marketing_permissions": False,
        "visibility": "prv",
        "subscribe_url_long": f"https://lists.example/subscribe?id={audience.id}",
        "stats": {
            "member_count": states.count("subscribed"),
            "total_contacts": len(states) - states.count("archived"),
            "unsubscribe_count": states.count("unsubscribed"),
            "cleaned_count": states.count("cleaned"),
            "merge_field_count": len(audience.merge_fields()),
        },
    }


def all_lists(box: Box) -> list[Doc]:
    """The account's audiences as they are listed.

    Beside the one that works stand those of option `mailchimp.other_audiences`, each
    with `id` and `name`; `mailchimp.no_audience` leaves that one out.
    """
    own = [] if box.option("mailchimp.no_audience", False) else [only_audience(box)]
    return [*map(shown_list, own), *other_lists(box)]


def other_lists(box: Box) -> list[Doc]:
    """Audiences that can be seen and nothing more."""
    told = box.option("mailchimp.other_audiences", [])
    return [{**one, "stats": {"member_count": 0}} for one in told]
