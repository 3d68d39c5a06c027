"""A form that stands at its tool already, read so that it can be bound."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from connector.clients import SurveyMonkey
from connector.clients.errors import RemoteAnswerError
from connector.making.makers import Maker, makers
from connector.service import Service
from mappings.live import LiveForm

MOST_SURVEYS = 40
"""Surveys whose links are looked through for one: each costs one of the day's calls."""
_TYPEFORM = re.compile(r"/(?:to|form|forms)/([A-Za-z0-9_-]+)")
_LINK = re.compile(r"/r/[A-Za-z0-9_-]+")
_NUMBER = re.compile(r"[0-9]{5,}")


class NoSuchFormError(Exception):
    """The form was not found; the sentence says what is needed."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """A live form, and its link with {token} in it where there is one to be had."""

    live: LiveForm
    link: str = ""


def pull(service: Service, key: str, provider: str, said: str) -> Pulled | None:
    """Read the form that a person named by its id, its link or an editor's address.

    Return None where the tool is off. Raise ``NoSuchFormError`` where no form is meant,
    RemoteError where the tool does not show it. Only reads.
    """
    maker = makers()[provider]
    client = maker.source.connect(service, key)
    if client is None:
        return None
    try:
        form = _MEANT[provider](client, said.strip())
        live = _shown(maker, client, form)
        link = maker.personal(_public(client, provider, form))
        return Pulled(live, link if "token" in live.hidden else "")
    finally:
        client.door.close()


def _shown(maker: Maker, client: Any, form: str) -> LiveForm:
    none = NoSuchFormError(
        f"{maker.source.label} shows no form {form} to this account. Nothing was "
        "written. Look at the id in the form's address, and whose account the token is."
    )
    try:
        live = maker.read(client, form)
    except RemoteAnswerError as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise none from error
        raise
    if not live.form:
        raise none
    return live


def _public(client: Any, provider: str, form: str) -> str:
    """Return the only link that a survey has; none where several could be meant."""
    if provider not in _LINKS:
        return ""
    found = _LINKS[provider](client, form)
    return found[0] if len(found) == 1 else ""


def _typeform_id(_client: Any, said: str) -> str:
    """Return a form's id, also out of its link or the address of its editor."""
    if "/" not in said:
        return said
    found = _TYPEFORM.search(urlsplit(said).path)
    if found is None:
        raise NoSuchFormError(
            "The address names no form. Its id is what stands behind /to/ in its link."
        )
    return found[1]


def _survey_id(client: SurveyMonkey, said: str) -> str:
    """Return a survey's id; a link is looked for among the newest surveys' links."""
    if "/" not in said:
        return said
    if _LINK.search(urlsplit(said).path):
        return _survey_of(client, said)
    found = _NUMBER.search(said)
    if found is None:
        raise NoSuchFormError(
            "The address names no survey. Say its link (…/r/…), or its number: "
            "vidensbro forms check --deep lists those that are like one of yours."
        )
    return found[0]


def _survey_of(client: SurveyMonkey, link: str) -> str:
    wanted = urlsplit(link).path.rstrip("/")
    surveys = sorted(
        client.surveys(), key=lambda one: str(one.get("date_modified")), reverse=True
    )
    for survey in islice(surveys, MOST_SURVEYS):
        key = str(survey.get("id"))
        paths = {urlsplit(one).path.rstrip("/") for one in _weblinks(client, key)}
        if wanted in paths:
            return key
    raise NoSuchFormError(
        f"None of the account's {min(len(surveys), MOST_SURVEYS)} newest surveys has "
        "that link. Say the survey's number instead."
    )


def _weblinks(client: SurveyMonkey, survey: str) -> list[str]:
    return [
        str(one["url"])
        for one in client.collectors(survey)
        if one.get("type") == "weblink" and one.get("url")
    ]


_MEANT: Mapping[str, Callable[[Any, str], str]] = {
    "surveymonkey": _survey_id,
    "typeform": _typeform_id,
}
_LINKS: Mapping[str, Callable[[Any, str], list[str]]] = {"surveymonkey": _weblinks}
