"""One response being read: what it says, touches, and what could not be taken in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from connector.db import utcnow
from mappings.plan import ProgrammeMap
from mappings.records import Mapped
from webhooks.submission import Submission


@dataclass
class Reading:
    """What one response is about to say: where it came from, and what it touched."""

    session: Session
    programme: ProgrammeMap
    submission: Submission
    delivery_id: int
    mapping_hash: str
    bound: dict[str, tuple[str, str]]
    claims: list[dict[str, Any]] = field(default_factory=list)
    entities: dict[str, tuple[str, str]] = field(default_factory=dict)
    reasons: list[dict[str, Any]] = field(default_factory=list)
    seen_at: datetime = field(default_factory=utcnow)

    def say(
        self, kind: str, entity_id: str, name: str, value: Any, rank: int = 0
    ) -> None:
        """Add one claim of this response."""
        self.claims.append(
            {
                "programme": self.programme.key,
                "entity_kind": kind,
                "entity_id": entity_id,
                "field": name,
                "value": value,
                "source": "form",
                "origin": f"{self.submission.provider}:{self.submission.form}",
                "asserted_at": self.submission.submitted_at,
                "tie": self.submission.response,
                "rank": rank,
                "delivery_id": self.delivery_id,
                "mapping_hash": self.mapping_hash,
                "seen_at": self.seen_at,
            }
        )


def problems(mapped: Mapped) -> list[dict[str, Any]]:
    return [
        {
            "record": problem.record,
            "field": problem.field,
            "question": problem.question,
            "code": problem.code,
            "message": dict(problem.message),
        }
        for problem in mapped.problems
    ]


UNKNOWN_TOKEN = {
    "da": "Det personlige link hører ikke til nogen deltagelse. Svaret er gemt.",
    "en": "The personal link belongs to no participation. The answer is kept.",
}
WRONG_LINK = {
    "da": "Det personlige link hører til en anden evaluering end den, der er besvaret. "
    "Svaret er gemt og tælles ikke med.",
    "en": "The personal link belongs to another evaluation than the one answered. The "
    "answer is kept and not counted.",
}
NO_CONSENT = {
    "da": "Der er ikke givet samtykke til programmet. Intet fra svaret er brugt eller "
    "sendt videre; det ligger her, til det kasseres.",
    "en": "Consent to the programme was not given. Nothing of the answer was used or "
    "sent on; it lies here until it is discarded.",
}
NO_ROUND = {
    "da": "Svaret passer ikke til nogen runde. Ret rundens datoer, og afspil igen.",
    "en": "The answer fits no round. Correct the round's dates and replay it.",
}
NO_RESPONDENT = {
    "da": "Ingen deltagelse passer til den, der svarer. Svaret er gemt.",
    "en": "No participation fits the person who answers. The answer is kept.",
}


def reason(
    name: str, code: str, message: dict[str, str], record: str = ""
) -> dict[str, Any]:
    return {
        "record": record, "field": name, "question": "", "code": code,
        "message": message,
    }  # fmt: skip
