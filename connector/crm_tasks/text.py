"""What a task in the CRM says, and what staff wrote into it.

A task's text is HTML, and an editor may write it anew in other tags: so it is read line
by line, without them. Below the last line of ours stands staff's reason, if there is
one. What staff write elsewhere is theirs and is left as it is.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from html import escape, unescape
from zoneinfo import ZoneInfo

from connector.matters import Matter

_BLOCK = re.compile(
    r"</?(?:p|div|li|ul|ol|br|tr|blockquote|h\d)\b[^>]*>", re.IGNORECASE
)
_TAG = re.compile(r"<[^>]*>")
_MARK = re.compile(r"\bvidensbro-[0-9a-f]{16}\b")
_LABEL = re.compile(r"\s*(?:begrundelse|reason)\s*:\s*(.*)", re.IGNORECASE)
OURS = "Vidensbro:"
"""Begins every line that is added to a task later."""

Texts = Mapping[str, str]
HEADINGS: Mapping[str, tuple[str, str, str]] = {
    "da": ("Hvad er der sket?", "Hvad er i sikkerhed?", "Hvad skal I gøre?"),
    "en": ("What happened?", "What is safe?", "What is there to do?"),
}
CLOSES: Texts = {
    "da": "Opgaven lukker sig selv, når sagen er løst. Skal sagen ligge, så skriv "
    "hvorfor nederst, og afslut opgaven; så spørger vi ikke igen, før der er noget "
    "nyt. {aside}",
    "en": "The task closes itself when the matter is settled. If it is to be left, "
    "write why at the bottom and complete the task; then we do not ask again until "
    "something is new. {aside}",
}
NUMBER: Texts = {"da": "Sagens mærke: {mark}", "en": "The matter's mark: {mark}"}
LABEL: Texts = {"da": "Begrundelse:", "en": "Reason:"}
SETTLED: Texts = {
    "da": f"{OURS} Sagen løste sig den {{day}}. Opgaven er afsluttet af sig selv.",
    "en": f"{OURS} The matter settled itself on {{day}}. The task closed itself.",
}
CHANGED: Texts = {
    "da": f"{OURS} Noget er nyt den {{day}}. {{happened}} {{do}}",
    "en": f"{OURS} Something is new on {{day}}. {{happened}} {{do}}",
}
ASKED: Texts = {
    "da": f"{OURS} Opgaven blev lukket uden begrundelse, og sagen står stadig. Skal "
    "den ligge, så skriv hvorfor nederst, og afslut opgaven igen.",
    "en": f"{OURS} The task was closed without a reason, and the matter still stands. "
    "If it is to be left, write why at the bottom and complete the task again.",
}


def mark_of(programme: str, matter: Matter, number: int) -> str:
    """Return what tells this task from all others: the nth of a matter.

    It is the same on every machine, so a task is found again after a crash or a
    restore. It is a digest: nothing can be read from it.
    """
    name = "\n".join((programme, matter.kind, matter.ref or matter.key, str(number)))
    return f"vidensbro-{hashlib.sha256(name.encode()).hexdigest()[:16]}"


def marks_in(body: str) -> set[str]:
    """Return the marks that stand in a task's text."""
    return set(_MARK.findall(_plain(body)))


def body_of(matter: Matter, locale: str, mark: str, *, asked: bool = False) -> str:
    """Return the text of a new task; ``asked`` where a former one had no reason."""
    told = zip(HEADINGS[locale], (matter.happened, matter.safe, matter.do), strict=True)
    parts = [
        f"<p><strong>{escape(title)}</strong><br>{escape(_flat(text))}</p>"
        for title, text in told
    ]
    parts.append(_line(CLOSES[locale].format(aside=matter.aside).strip()))
    parts.append(_line(NUMBER[locale].format(mark=mark)))
    if asked:
        parts.append(_line(ASKED[locale]))
    return "".join([*parts, _label(locale)])


def settled(body: str, locale: str, at: datetime, zone: str) -> str:
    """Return a task's text with the line that its matter settled itself."""
    return body + _line(SETTLED[locale].format(day=_day(at, zone)))


def changed(body: str, matter: Matter, locale: str, at: datetime, zone: str) -> str:
    """Return a task's text with what is new in its matter, told once."""
    if _flat(matter.happened) in _flat(_plain(body)):
        return body
    told = CHANGED[locale].format(
        day=_day(at, zone), happened=matter.happened, do=matter.do
    )
    return body + _line(told) + _label(locale)


def asking(body: str, locale: str) -> str:
    """Return a task's text with the sentence that asks why it was closed."""
    return body + _line(ASKED[locale]) + _label(locale)


def was_asked(body: str) -> bool:
    """Tell whether a task's text asks already why it was closed."""
    text = _plain(body)
    return any(sentence in text for sentence in ASKED.values())


def reason_in(body: str) -> str:
    """Return the reason that staff wrote below a line that asks for it, else "".

    It ends where a line of ours follows. Something without a letter or a number is
    no reason.
    """
    found: list[str] = []
    reading = False
    for line in _plain(body).splitlines():
        label = _LABEL.fullmatch(line)
        if label is not None:
            reading = True
        elif line.lstrip().startswith(OURS) or _MARK.search(line):
            reading = False
        said = label.group(1) if label is not None else line
        if reading and said.strip():
            found.append(said.strip())
    reason = " ".join(found)
    return reason if any(char.isalnum() for char in reason) else ""


def _plain(body: str) -> str:
    return unescape(_TAG.sub("", _BLOCK.sub("\n", body))).replace("\xa0", " ")


def _line(text: str) -> str:
    return f"<p>{escape(_flat(text))}</p>"


def _flat(text: str) -> str:
    """Return a text on one line: a form's title may hold lines that look like ours."""
    return " ".join(text.split())


def _label(locale: str) -> str:
    return f"<p><strong>{LABEL[locale]}</strong> </p>"


def _day(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%d.%m.%Y")
