"""What the checks of credentials share: how they ask, and what no answer means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

from connector.clients import Connecting, Patience, RemoteBusy, RemoteError
from connector.clients.door import Door
from connector.clients.errors import RemoteAnswerError
from connector.findings import Finding

QUICK = Patience(connect_s=5, read_s=15, total_s=20, attempts=2, max_wait_s=12)
"""Somebody sits and waits: two tries, and no long wait between them."""
LABELS = {
    "hubspot": "HubSpot",
    "mailchimp": "Mailchimp",
    "typeform": "Typeform",
    "surveymonkey": "SurveyMonkey",
}
# What each tool calls its credential here: the check's word and the setting.
CREDENTIAL = {
    "hubspot": ("token", "HUBSPOT_TOKEN"),
    "mailchimp": ("key", "MAILCHIMP_API_KEY"),
    "typeform": ("token", "TYPEFORM_TOKEN"),
    "surveymonkey": ("token", "SURVEYMONKEY_TOKEN"),
}


class HasDoor(Protocol):
    """A provider's client."""

    door: Door


Client = TypeVar("Client", bound=HasDoor)


def how(base_url: str, limits: str) -> Connecting:
    """Return how to connect for a look."""
    return Connecting(base_url=base_url, store=limits or None, patience=QUICK)


@contextmanager
def closing(client: Client) -> Iterator[Client]:
    """Give the client, and close its door after the block."""
    try:
        yield client
    finally:
        client.door.close()


def host(base_url: str) -> str:
    """Return the host that a base URL leads to, as it is said in a sentence."""
    parts = urlsplit(base_url)
    return parts.netloc.rpartition("@")[2] or base_url


def about(tool: str) -> str:
    """Return the name of the check of a tool's credential itself."""
    return f"{tool}.{CREDENTIAL[tool][0]}"


def reach(tool: str) -> str:
    """Return the name of the check whether a tool answers at all."""
    return f"{tool}.reach"


def unreachable(tool: str, base_url: str, error: RemoteError) -> Finding:
    """Make the finding of a tool that gave no answer, or none that could be read."""
    label = LABELS[tool]
    if isinstance(error, RemoteBusy):
        return Finding(
            reach(tool),
            "fault",
            f"{label} gave no answer at {host(base_url)} ({error}). Whether the "
            "credential is good cannot be said.",
            f"Is this machine online, and is {tool.upper()}_BASE_URL right where it is "
            "set? Nothing is lost; try again in some minutes.",
        )
    return Finding(
        reach(tool),
        "fault",
        f"What answers at {host(base_url)} does not answer as {label} does: "
        f"{said(error)}",
        f"Is {tool.upper()}_BASE_URL right where it is set?",
    )


def said(error: RemoteError) -> str:
    """Return an error with the tool's own words."""
    message = error.message if isinstance(error, RemoteAnswerError) else ""
    return f"{error} {message}".strip()


def misspelt(tool: str, credential: str) -> list[Finding]:
    """Find a credential that cannot be one: it holds a space, or no plain letters."""
    if credential.isascii() and credential.isprintable() and " " not in credential:
        return []
    word, setting = CREDENTIAL[tool]
    return [
        Finding(
            about(tool),
            "fault",
            f"This is no {word} of {LABELS[tool]}: it holds a space or a letter that "
            f"no {word} has.",
            f"Copy the {word} again with {LABELS[tool]}'s own copy button, and set "
            f"{setting}.",
        )
    ]


def listed(names: list[str]) -> str:
    """Return names as they are said in a sentence: a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
