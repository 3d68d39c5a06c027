"""Typeform's answers by its Responses API.

A response is listed some seconds to half an hour after its webhook (documented), so a
look begins well before the watermark. The wrong region answers with an empty list and
no error; the drift guard's look at the form finds that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from connector import reach
from connector.clients import Typeform
from connector.clients.typeform import region_of, wrong_region
from connector.service import Service
from connector.settings import prefix_of
from connector.sources.tools import ELSEWHERE, Fetched, Look, Source, time_of
from mappings.drift import Finding
from webhooks.typeform import wrap_response

SHORTEST = timedelta(seconds=60)
# Two calls a second are allowed for the whole account: half a call for each form
# leaves three quarters to others, and to the answers themselves.
FOR_EACH_FORM = timedelta(seconds=2)


def fetch(client: Typeform, look: Look) -> Iterator[Fetched]:
    """Yield completed responses that are not stored; the form is read once if any."""
    form: dict[str, Any] | None = None
    for item in client.responses(look.form, look.since):
        at = time_of(item.get("submitted_at"))
        token = str(item.get("token") or item.get("response_id") or "")
        if at is None or not token:
            continue
        look.saw(at)
        if (token, "") in look.known:
            continue
        if form is None:
            form = client.form(look.form)
        yield Fetched(at, wrap_response(look.form, item, form))


def _count(client: Typeform, form: str) -> int | None:
    return client.count(form)


def _polite(_service: Service, _key: str, forms: int) -> timedelta:
    return max(SHORTEST, FOR_EACH_FORM * forms)


def _live(client: Typeform, form: str) -> dict[str, Any]:
    return client.form(form)


def _others(client: Typeform) -> list[tuple[str, str]]:
    found = sorted(
        client.forms(), key=lambda f: str(f.get("last_updated_at")), reverse=True
    )
    return [(str(one.get("id")), str(one.get("title"))) for one in found]


_ELSEWHERE = {
    "da": "Kontoen hos Typeform ligger på {host}, men indstillingen peger på en anden"
    " region. Dér er listen over svar tom, så tabte svar kan ikke findes. Svar fra"
    " webhooks kommer stadig. Ret indstillingen, genstart, og kør »vidensbro forms"
    " check«.",
    "en": "The Typeform account is at {host}, but the setting names another region."
    " Lists of answers are empty there, so lost answers cannot be found. Answers by"
    " webhook still come. Change the setting, restart, and run “vidensbro forms"
    " check”.",
}


def _elsewhere(service: Service, key: str, form: Mapping[str, Any]) -> Finding | None:
    account = reach.accounts_of(service, key).typeform
    if account is None or wrong_region(account.base_url, form) is None:
        return None
    host = region_of(form)
    text = {language: said.format(host=host) for language, said in _ELSEWHERE.items()}
    first = key == service.settings.programmes[0]
    name = f"{'' if first else prefix_of(key)}TYPEFORM_BASE_URL"
    return Finding(ELSEWHERE, "breaks", "", text, f"{name}=https://{host}")


SOURCE = Source(
    "Typeform",
    reach.typeform,
    fetch,
    _count,
    _polite,
    _live,
    _others,
    elsewhere=_elsewhere,
)
