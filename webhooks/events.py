"""What a provider says has happened: a hint to look, never a fact.

SurveyMonkey's webhooks carry ids alone, HubSpot's one changed property, Mailchimp's a
copy that may be late. So the service keeps them as hints and reads the current state
from the provider before it believes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is said to have happened.

    ``key`` recognises a repeat, within one programme and provider. ``topic`` is the
    provider's own word for it (``contact.merge``, ``response_completed``,
    ``unsubscribe``). ``kind`` and ``subject`` say of what: HubSpot's object type id
    and record id, SurveyMonkey's ``survey`` and survey id, Mailchimp's ``member`` and
    lower-case address or ``campaign`` and campaign id. ``facts`` are further ids
    (merged records, the response, the old address, who changed it), never answers.
    ``at`` is aware UTC.
    """

    key: str
    topic: str
    kind: str
    subject: str
    at: datetime | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
