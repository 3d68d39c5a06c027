"""Who may call us: one entry a provider, and the core knows no provider's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from webhooks import (
    hubspot,
    hubspot_events,
    mailchimp,
    surveymonkey,
    surveymonkey_events,
    typeform,
)
from webhooks.events import Event
from webhooks.submission import DeliveryKey, Inbound, Submission, Unreadable


def _no_submission(_body: bytes) -> Submission:
    raise Unreadable("This tool sends no answers.")


def _no_title(_body: bytes) -> str:
    return ""


def _no_events(_body: bytes) -> tuple[Event, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Provider:
    """What the core needs of a provider.

    ``verify`` returns or raises WebhookRejected, and nothing else; ``secrets`` are the
    configured ones. ``verify_signed`` is demanded beside it while the provider has
    handed out signing secrets of its own. ``identify`` never raises and is all that
    runs inside a request; an ``event`` it names has no submission but ``events``.
    ``parse`` and ``events`` run later on the stored bytes and raise Unreadable;
    ``title_of`` says what the form in them is called, "" where they do not.
    ``ping_methods`` are the methods besides POST by which the provider tries the
    address; they are answered 200 unsigned and store nothing. ``deeper`` providers
    are called at addresses that go on behind their name (an event type, a secret).
    """

    key: str
    label: str
    verify: Callable[[Inbound, Sequence[str]], None]
    identify: Callable[[bytes], DeliveryKey]
    parse: Callable[[bytes], Submission] = _no_submission
    title_of: Callable[[bytes], str] = _no_title
    events: Callable[[bytes], tuple[Event, ...]] = _no_events
    verify_signed: Callable[[Inbound, Sequence[str]], None] | None = None
    ping_methods: tuple[str, ...] = ()
    deeper: bool = False

    @property
    def sends_answers(self) -> bool:
        """Tell whether its deliveries hold answers, and not only events."""
        return self.parse is not _no_submission


_ALL = (
    Provider(
        "typeform",
        "Typeform",
        typeform.verify,
        typeform.identify,
        typeform.parse,
        typeform.title_of,
    ),
    Provider(
        "hubspot",
        "HubSpot",
        hubspot.verify,
        hubspot.identify,
        events=hubspot_events.events,
    ),
    Provider(
        "surveymonkey",
        "SurveyMonkey",
        surveymonkey.verify,
        surveymonkey.identify,
        surveymonkey.parse,
        surveymonkey.title_of,
        surveymonkey_events.events,
        ping_methods=("HEAD",),
        deeper=True,
    ),
    Provider(
        "mailchimp",
        "Mailchimp",
        mailchimp.verify,
        mailchimp.identify,
        events=mailchimp.events,
        verify_signed=mailchimp.verify_signed,
        ping_methods=("GET", "HEAD"),
        deeper=True,
    ),
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType({each.key: each for each in _ALL})
