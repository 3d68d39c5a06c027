"""SurveyMonkey: surveys, responses and webhooks of one account.

A private app has 120 calls a minute and 500 a day, so each call here says what it is
for, and a page is asked for by its number: the links of answers name other hosts, and
a followed one would carry the token there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any, Literal
from urllib.parse import quote

from connector.clients.door import Call, Door, refusal
from connector.clients.errors import RemoteBusy, RemoteRefused
from connector.clients.surveymonkey_shapes import GONE, explain, says_no

DEFAULT_URL = "https://api.surveymonkey.com/v3"
PAGE = 100
WALKS, WALKS_IN_VAIN = 6, 2
Purpose = Literal["poll", "event", "design", "setup"]


class SurveyMonkey:
    """The calls that the service makes; answers are SurveyMonkey's own, as dicts.

    Each call has a purpose of its own, named in its docstring, unless the client was
    made for one by `with_purpose`. Needs the scopes surveys_read, responses_read,
    responses_read_detail (paid plans), webhooks_read and webhooks_write; to make
    surveys also surveys_write, collectors_read and collectors_write.
    """

    def __init__(self, door: Door, purpose: Purpose | None = None) -> None:
        self.door = door
        self.purpose = purpose

    def with_purpose(self, purpose: Purpose) -> "SurveyMonkey":
        """Return this client, through the same door, for one purpose."""
        return SurveyMonkey(self.door, purpose)

    def me(self) -> dict[str, Any]:
        """The account that the token belongs to, with its granted `scopes` (setup)."""
        return self._one("setup", Call("GET", "/users/me"))

    def surveys(self) -> list[dict[str, Any]]:
        """All surveys with `date_modified` and `language`, without questions (design).

        One call for each hundred. `date_modified` has no offset: it is UTC.
        """
        query = {"include": "date_modified,language"}
        return self._list("design", "/surveys", query)

    def survey(self, survey: str) -> dict[str, Any]:
        """One survey's metadata with `date_modified`, without questions (design)."""
        return self._one("design", Call("GET", _survey(survey)))

    def design(self, survey: str) -> dict[str, Any]:
        """One survey with all its pages, questions, rows and choices (design).

        Keep it as long as `date_modified` stays. Over 1000 questions are refused as
        `too_large` (documented).
        """
        return self._one("design", Call("GET", f"{_survey(survey)}/details"))

    def create_survey(self, definition: Mapping[str, Any]) -> dict[str, Any]:
        """Make a new survey, questions and all; the answer has its `id` (setup).

        Never tried twice: a try whose answer was lost may have made one.
        """
        call = Call("POST", "/surveys", body=dict(definition), repeatable=False)
        return self._one("setup", call)

    def collectors(self, survey: str) -> list[dict[str, Any]]:
        """A survey's collectors with `name`, `type` and `url` (setup)."""
        query = {"include": "type,url"}
        return self._list("setup", _collectors(survey), query)

    def create_weblink(self, survey: str, name: str) -> dict[str, Any]:
        """Make a collector that is a link; the answer has its `url` (setup).

        One browser may answer several times: a couple shares one, and a company answers
        once for each specialist. Never tried twice, as with surveys.
        """
        body = {"type": "weblink", "name": name, "allow_multiple_responses": True}
        call = Call("POST", _collectors(survey), body=body, repeatable=False)
        return self._one("setup", call)

    def responses(
        self,
        survey: str,
        since: datetime | None = None,
        status: str | None = "completed",
    ) -> Iterator[dict[str, Any]]:
        """Yield responses with answers, oldest change first (poll).

        `since` is inclusive to the second: whether `start_modified_at` is, is not
        documented, so a second more is asked for. `status` None asks for all of them,
        unfinished ones too. One that changes meanwhile moves to the end, and all
        others up by one, and those of one second have no order, so a page may miss
        one. When the total says so the list is walked again, until that is in vain.
        """
        path = f"{_survey(survey)}/responses/bulk"
        query = _bulk(since, status)
        seen: set[tuple[str, str]] = set()
        in_vain = 0
        for _ in range(WALKS):
            totals, before = [], len(seen)
            for data in self._walk("poll", path, query):
                totals += _total(data)
                fresh = {_version(one): one for one in data["data"]}
                yield from (one for key, one in fresh.items() if key not in seen)
                seen.update(fresh)
            missed = _missed(totals, len({one for one, _ in seen}))
            in_vain = in_vain + 1 if len(seen) == before else 0
            if not missed or in_vain == WALKS_IN_VAIN:
                return

    def response(self, survey: str, response: str) -> dict[str, Any] | None:
        """One response with its answers (event); None when it is gone.

        Gone is a 404 or SurveyMonkey's 1020; an account that is gone is an error.
        """
        path = f"{_survey(survey)}/responses/{_quoted(response)}/details"
        try:
            return self._one("event", Call("GET", path))
        except RemoteRefused as err:
            if err.status == 404 or err.code == GONE:
                return None
            raise

    def webhooks(self) -> list[dict[str, Any]]:
        """All webhooks with event, surveys and URL (setup).

        One call for each hundred and one for each webhook: the list has only names.
        One that is deleted meanwhile is left out.
        """
        listed = [str(one["id"]) for one in self._list("setup", "/webhooks", {})]
        found = (self.webhook(one) for one in listed)
        return [one for one in found if one is not None]

    def webhook(self, webhook: str) -> dict[str, Any] | None:
        """One webhook, None when there is none (setup)."""
        try:
            return _without_secret(self._one("setup", Call("GET", _webhook(webhook))))
        except RemoteRefused as err:
            if err.status == 404 or err.code == GONE:
                return None
            raise

    def create_webhook(
        self, event_type: str, surveys: Sequence[str], url: str, name: str
    ) -> dict[str, Any]:
        """Subscribe a URL to one event type of these surveys (setup).

        SurveyMonkey sends HEAD to the URL and wants 200. Every webhook of the account
        needs a URL of its own, whatever its event type (documented).
        """
        body = {
            "name": name,
            "event_type": event_type,
            "object_type": "survey",
            "object_ids": list(surveys),
            "subscription_url": url,
        }
        call = Call("POST", "/webhooks", body=body, repeatable=False)
        return _without_secret(self._one("setup", call))

    def update_webhook(
        self, webhook: str, surveys: Sequence[str], url: str | None = None
    ) -> dict[str, Any]:
        """Make these the webhook's surveys, all of them; move it to `url` if given."""
        body: dict[str, Any] = {"object_ids": list(surveys)}
        if url is not None:
            body["subscription_url"] = url
        call = Call("PATCH", _webhook(webhook), body=body)
        return _without_secret(self._ask("setup", call) or {})

    def delete_webhook(self, webhook: str) -> bool:
        """Delete a webhook; False if there was none (setup)."""
        try:
            self._ask("setup", Call("DELETE", _webhook(webhook)))
        except RemoteRefused as err:
            if err.status == 404 or err.code == GONE:
                return False
            raise
        return True

    def _ask(self, purpose: Purpose, call: Call) -> Any:
        """Make one call; a body that is an error is one under a 200 too."""
        counted = replace(call, purpose=self.purpose or purpose)
        answer = self.door.call(counted)
        if says_no(answer.data):
            explained = explain(answer.status, answer.data)
            if explained.busy:
                reason = f"{self.door.label} {explained.code}"
                raise RemoteBusy(reason, explained.retry_after_s)
            raise refusal(self.door.label, answer.status, explained)
        return answer.data

    def _one(self, purpose: Purpose, call: Call) -> dict[str, Any]:
        data = self._ask(purpose, call)
        self.door.part(data, "id")
        return dict(data)

    def _walk(
        self, purpose: Purpose, path: str, query: Mapping[str, Any]
    ) -> Iterator[dict[str, Any]]:
        """Yield page after page, until one has no `links.next`."""
        for page in count(1):
            asked = {**query, "page": page, "per_page": PAGE}
            data = self._ask(purpose, Call("GET", path, asked))
            items = self.door.part(data, "data")
            yield data
            if not items or not (data.get("links") or {}).get("next"):
                return

    def _list(
        self, purpose: Purpose, path: str, query: Mapping[str, Any]
    ) -> list[dict[str, Any]]:
        pages = self._walk(purpose, path, query)
        return [one for data in pages for one in data["data"]]


def _bulk(since: datetime | None, status: str | None) -> dict[str, Any]:
    query: dict[str, Any] = {"sort_by": "date_modified", "sort_order": "ASC"}
    if status:
        query["status"] = status
    if since is not None:
        start = since.astimezone(UTC) - timedelta(seconds=1)
        query["start_modified_at"] = start.strftime("%Y-%m-%dT%H:%M:%S")
    return query


def _version(response: Mapping[str, Any]) -> tuple[str, str]:
    return str(response["id"]), str(response.get("date_modified"))


def _total(data: Mapping[str, Any]) -> list[int]:
    total = data.get("total")
    return [total] if isinstance(total, int) else []


def _missed(totals: Sequence[int], seen: int) -> bool:
    """Tell whether a walk of several pages may have missed one.

    It has when the list is longer than what was seen, or grew shorter on the way.
    """
    if len(totals) < 2:
        return False
    return seen < totals[-1] or any(b < a for a, b in pairwise(totals))


def _quoted(key: str) -> str:
    return quote(key, safe="")


def _survey(survey: str) -> str:
    return f"/surveys/{_quoted(survey)}"


def _collectors(survey: str) -> str:
    return f"{_survey(survey)}/collectors"


def _webhook(webhook: str) -> str:
    return f"/webhooks/{_quoted(webhook)}"


def _without_secret(hook: Mapping[str, Any]) -> dict[str, Any]:
    """The `authorization` that a webhook was made with is for no log and no page."""
    return {name: value for name, value in hook.items() if name != "authorization"}
