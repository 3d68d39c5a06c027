"""SurveyMonkey's answers by its bulk list: a hundred a call, the day's calls planned.

Its webhooks carry ids alone and nothing says that they are tried again, so they only
wake this up. An answer that was changed later comes with a later ``date_modified`` and
is a new revision. The survey's design is read when something new came and the survey
was modified since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connector import reach
from connector.clients import RemoteRefused, SurveyMonkey
from connector.clients.surveymonkey_shapes import NO_SCOPE
from connector.service import Service
from connector.sources.budget import EVENTS, SETUP
from connector.sources.tools import Fetched, Look, Source, time_of
from webhooks.surveymonkey import identify, wrap_response

NO_ANSWERS = (
    "Responses come without their answers: give the app the scope "
    "responses_read_detail, then renew the token."
)
SHORTEST = timedelta(minutes=5)
DAY = timedelta(days=1)


def fetch(client: SurveyMonkey, look: Look) -> Iterator[Fetched]:
    """Yield completed answers and newer revisions that are not stored."""
    wanted = set(look.wanted)
    checked = False
    items = client.with_purpose(look.purpose).responses(look.form, look.since)
    for item in _with_named(client, look, items, wanted):
        at = time_of(item.get("date_modified"))
        if at is None:
            continue
        look.saw(at)
        key = identify(wrap_response({}, item))  # it hangs on the item alone
        if (key.response, key.revision) in look.known:
            continue
        _demand_answers(item)
        if not checked:
            _refresh(client, look)
            checked = True
        yield Fetched(at, wrap_response(look.design, item))


def _demand_answers(item: Mapping[str, Any]) -> None:
    """Refuse a response without its answers: stored so, it would be known and final.

    It is unverified whether a token that may not see them is always refused (1014).
    """
    if not isinstance(item.get("pages"), list):
        raise RemoteRefused(SOURCE.label, 200, NO_SCOPE, NO_ANSWERS)


def _with_named(
    client: SurveyMonkey,
    look: Look,
    items: Iterator[dict[str, Any]],
    wanted: set[str],
) -> Iterator[dict[str, Any]]:
    """Yield the list's items, then those that a webhook named and the list lacks."""
    for item in items:
        wanted.discard(str(item.get("id")))
        yield item
    known = {response for response, _ in look.known}
    for response in sorted(wanted - known):
        one = client.response(look.form, response)
        if one is None:
            continue  # deleted there: nothing more will come
        if one.get("response_status") != "completed":
            look.missing.add(response)
        else:
            yield one


def _refresh(client: SurveyMonkey, look: Look) -> None:
    """Read the survey's design anew where it was modified since it was last read."""
    version = str(client.survey(look.form).get("date_modified") or "")
    if not look.design or version != look.design_version:
        look.design, look.design_version = client.design(look.form), version


def _no_count(_client: SurveyMonkey, _form: str) -> int | None:
    """Do not count: the list by time of change misses nothing, and calls are dear."""
    return None


def _polite(service: Service, key: str, forms: int) -> timedelta:
    """Spread what polling may use over the day: a look costs a call, new answers two.

    So half of polling's part is for looks.
    """
    account = reach.accounts_of(service, key).surveymonkey
    calls = account.calls_per_day if account is not None else 1
    looks = calls * (1 - EVENTS - SETUP) / 2
    return max(SHORTEST, DAY * forms / max(looks, 1))


def _live(client: SurveyMonkey, form: str) -> dict[str, Any]:
    return client.design(form)


def _others(client: SurveyMonkey) -> list[tuple[str, str]]:
    found = sorted(
        client.surveys(), key=lambda s: str(s.get("date_modified")), reverse=True
    )
    return [(str(one.get("id")), str(one.get("title"))) for one in found]


SOURCE = Source(
    "SurveyMonkey",
    reach.surveymonkey,
    fetch,
    _no_count,
    _polite,
    _live,
    _others,
    by_the_day=True,
)
