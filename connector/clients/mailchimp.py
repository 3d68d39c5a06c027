"""Mailchimp: one audience, through one door.

Nobody known is ever sent `subscribed` from here: known people's fields go without a
status, a withdrawal as `unsubscribed`, and a new wish to join as `pending`, for which
Mailchimp itself asks for confirmation.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connector.clients.door import Call
from connector.clients.errors import RemoteRefused, without_addresses
from connector.clients.mailchimp_account import PAGE, iso, only
from connector.clients.mailchimp_news import News
from connector.clients.mailchimp_shapes import (
    EXISTS,
    AddAnswer,
    Member,
    member,
    reading,
    subscriber_hash,
)
from connector.clients.settling import UNANSWERED, Problem, settle

BATCH = 500
_MEMBER = (
    "email_address",
    "status",
    "merge_fields",
    "language",
    "contact_id",
    "id",
    "last_changed",
)
_SKIP = {"skip_merge_validation": "true"}


def base_url(key: str) -> str:
    """The API's address: the data centre stands after the dash of a key.

    A key without one goes to the address that serves every account since 2026.
    """
    _, dash, centre = key.rpartition("-")
    host = f"{centre}.api" if dash and centre.isalnum() else "api"
    return f"https://{host}.mailchimp.com/3.0"


class Mailchimp(News):
    """The calls on one audience; `key` below is a hash, a contact id or an address."""

    def account(self) -> dict[str, Any]:
        query = {"fields": "account_id,account_name,login_id"}
        return dict(self.door.get("/", query))

    def audience_info(self) -> dict[str, Any]:
        """The audience's id, name, double_optin and stats."""
        return dict(self.door.get(self._list, {"fields": "id,name,double_optin,stats"}))

    def audiences(self) -> list[dict[str, Any]]:
        """Every audience of the account: id, name, stats."""
        query = {"fields": only("lists", ("id", "name", "stats"))}
        return list(self._pages("/lists", "lists", query))

    def members(
        self, *, since: datetime | None = None, status: str | None = None
    ) -> Iterator[Member]:
        """Yield the members, those changed from `since` on, or of one status.

        Without a status Mailchimp leaves the archived ones out: ask for `archived`
        too. A member may be missed while others leave the list during the walk, so
        walk again with an overlapping `since`.
        """
        query = {"fields": only("members", _MEMBER)}
        if status:
            query["status"] = status
        if since:
            query["since_last_changed"] = iso(since)
        seen: set[str] = set()
        for raw in self._pages(f"{self._list}/members", "members", query):
            one = member(raw)
            if one.hash not in seen:
                seen.add(one.hash)
                yield one

    def ways_in(self, count: int) -> list[str]:
        """By which way each of the members changed last had come in (`source`)."""
        query = {
            "fields": "members.source",
            "count": count,
            "sort_field": "last_changed",
            "sort_dir": "DESC",
        }
        data = self.door.get(f"{self._list}/members", query)
        return [str(one.get("source") or "") for one in self.door.part(data, "members")]

    def get(self, key: str) -> Member | None:
        """One member, archived ones too; None if the address was never there."""
        try:
            return member(self.door.get(self._member(key)))
        except RemoteRefused as err:
            if err.status == 404:
                return None
            raise

    def add_new(self, members: Sequence[Member]) -> AddAnswer:
        """Add people who are not in the audience yet, with the status they carry.

        An address that is there already stays as it is and comes back as a problem
        `exists`.
        """
        return self._batch(members, update=False)

    def update_many(self, members: Sequence[Member]) -> AddAnswer:
        """Update the fields of known people, 500 a call, without a status.

        Only once a live probe has shown that Mailchimp then keeps their status: its
        documentation does not say so. `put_fields` is the proven way.
        """
        return self._batch(members, update=True)

    def put_fields(
        self,
        key: str,
        fields: Mapping[str, Any],
        language: str = "",
        email: str | None = None,
    ) -> Member:
        """Set fields of a known member and leave the status alone.

        Fields that are not named stay; "" clears one. `email` changes the address,
        and is refused as `exists` if the new one is a member. An unknown member is
        refused: a create would need a status.
        """
        body = _body(fields, language)
        if email is not None:
            body["email_address"] = email
        return self._write("PUT", key, body)

    def unsubscribe(self, key: str) -> Member:
        return self._write("PATCH", key, {"status": "unsubscribed"})

    def ask_again(
        self, email: str, fields: Mapping[str, Any] | None = None, language: str = ""
    ) -> Member:
        """Have Mailchimp ask a person to confirm; only after their own new opt-in.

        Not repeated when the answer is lost: it would send a second mail.
        """
        body = _body(fields or {}, language)
        body |= {
            "email_address": email,
            "status": "pending",
            "status_if_new": "pending",
        }
        return self._write("PUT", subscriber_hash(email), body, repeatable=False)

    def archive(self, key: str) -> bool:
        """Take a member out of the audience, keeping the history; False if not in it.

        The fields and tags survive it: clear ours first. Mailchimp answers 405 for
        one that is archived, bounced or pending.
        """
        try:
            self.door.call(Call("DELETE", self._member(key)))
        except RemoteRefused as err:
            if err.status in (404, 405):
                return False
            raise
        return True

    def merge_fields(self) -> list[dict[str, Any]]:
        data = self.door.get(f"{self._list}/merge-fields", {"count": PAGE})
        return list(self.door.part(data, "merge_fields"))

    def create_merge_field(self, tag: str, name: str) -> dict[str, Any]:
        """Create a text field that the member neither sees nor must fill in."""
        body = {
            "tag": tag,
            "name": name,
            "type": "text",
            "public": False,
            "required": False,
        }
        return self._create("merge-fields", body)

    def segments(self) -> list[dict[str, Any]]:
        """The saved segments; tags, which are static ones, are left out."""
        query = {"count": PAGE, "type": "saved"}
        data = self.door.get(f"{self._list}/segments", query)
        return list(self.door.part(data, "segments"))

    def create_segment(self, name: str, options: Mapping[str, Any]) -> dict[str, Any]:
        """Create a saved segment; `options` holds `match` and `conditions` (<= 10)."""
        return self._create("segments", {"name": name, "options": dict(options)})

    def update_segment(
        self, segment: int | str, name: str, options: Mapping[str, Any]
    ) -> dict[str, Any]:
        path = f"{self._list}/segments/{quote(str(segment), safe='')}"
        body = {"name": name, "options": dict(options)}
        return dict(self.door.call(Call("PATCH", path, body=body)).data)

    def _member(self, key: str) -> str:
        """Return a member's path; an address stands in it only as its hash."""
        if "@" in key:
            key = subscriber_hash(key)
        return f"{self._list}/members/{quote(key, safe='')}"

    def _write(
        self,
        method: str,
        key: str,
        body: Mapping[str, Any],
        *,
        repeatable: bool = True,
    ) -> Member:
        call = Call(method, self._member(key), _SKIP, body, repeatable=repeatable)
        return member(self.door.call(call).data)

    def _batch(self, members: Sequence[Member], *, update: bool) -> AddAnswer:
        by_address = {one.email.lower(): one for one in members}
        if len(by_address) < len(members):
            raise ValueError("one address stands twice in a batch")
        answer = AddAnswer()

        def send(part: list[Member]) -> Sequence[Member]:
            entries = [_entry(one, with_status=not update) for one in part]
            body = {"members": entries, "update_existing": update}
            data = self.door.call(Call("POST", self._list, _SKIP, body)).data
            self.door.part(data, "errors")
            _take(answer, data)
            done = answer.added.keys() | answer.problems.keys()
            return [one for one in part if one.email.lower() not in done]

        def refused(one: Member, error: RemoteRefused | None) -> None:
            answer.problems[one.email.lower()] = _problem_of(error)

        settle(list(by_address.values()), BATCH, send, refused)
        return answer


def _body(fields: Mapping[str, Any], language: str) -> dict[str, Any]:
    body: dict[str, Any] = {"merge_fields": dict(fields)}
    if language:
        body["language"] = language
    return body


def _entry(one: Member, *, with_status: bool) -> dict[str, Any]:
    entry = {"email_address": one.email, **_body(one.merge_fields, one.language)}
    if with_status:
        entry["status"] = one.status
    return entry


def _take(answer: AddAnswer, data: Mapping[str, Any]) -> None:
    """Record a batch's answer: a 200 means nothing before `errors` is read."""
    for name in ("new_members", "updated_members"):
        for raw in data.get(name) or ():
            one = member(raw)
            answer.added[one.email.lower()] = one
    for raw in data.get("errors") or ():
        answer.problems[str(raw.get("email_address")).lower()] = _problem(raw)


def _problem(raw: Mapping[str, Any]) -> Problem:
    words = " ".join(str(raw.get(name) or "") for name in ("error", "field_message"))
    named = str(raw.get("error_code") or "refused")
    code = EXISTS if named == "ERROR_CONTACT_EXISTS" else reading(words, named)
    return Problem(code, without_addresses(words.strip()), 200)


def _problem_of(error: RemoteRefused | None) -> Problem:
    if error is None:
        return UNANSWERED
    return Problem(error.code or "refused", error.message, error.status)
