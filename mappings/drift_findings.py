"""One finding of the drift guard: how bad it is, what it hits, how it is said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mappings import drift_words as words
from mappings.live_form import LiveForm
from mappings.plan import FormMap, ProgrammeMap, Text

Severity = Literal["breaks", "warns", "notes"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What has changed at a form.

    ``severity``: ``breaks`` a KPI, a record or a consent that is needed; ``warns`` of a
    field that goes without; ``notes`` what costs nothing. ``question`` is our key, ""
    where the form as a whole or a question unknown to us is meant. ``text`` is for
    staff; ``suggestion`` is the TOML to paste, or "".
    """

    kind: str
    severity: Severity
    question: str
    text: Text
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """What is held against what."""

    programme: ProgrammeMap
    form_map: FormMap
    live: LiveForm


def finding(
    look: Look,
    kind: str,
    key: str = "",
    *,
    suggestion: str = "",
    severity: Severity | None = None,
    **said: object,
) -> Finding:
    """Return a finding; without a ``severity`` it is as bad as what it hits.

    ``said`` fills the words of its kind; what differs by language comes as a mapping.
    """
    hits = [*_hits(look, key)] if key else []
    worst = severity or _worst(look, key, hits)
    text = {
        language: _sentence(look, kind, key, language, hits, said)
        for language in look.programme.languages
    }
    return Finding(kind, worst, key, text, suggestion)


_Hit = tuple[Mapping[str, str], Mapping[str, str]]


def _hits(look: Look, key: str) -> Iterator[_Hit]:
    """Yield what comes of a question's answers: the words for it, and its label."""
    form_map, programme = look.form_map, look.programme
    plan = form_map.evaluation
    for indicator in plan.indicators if plan else ():
        if indicator.question == key:
            yield words.KPI, programme.indicators[indicator.key].label
    labels = [
        programme.fields[f"{record.entity}.{f.name}"].label
        for record in form_map.records
        for f in record.fields
        if f.question == key
    ]
    yield from ((words.FIELD, label) for label in labels)
    for consent in form_map.consents:
        if consent.question == key:
            yield words.CONSENT, form_map.wordings[consent.purpose].label
    if plan and key in plan.answers:
        yield words.EVALUATION, {}


def _worst(look: Look, key: str, hits: list[_Hit]) -> Severity:
    if any(phrase is words.KPI for phrase, _ in hits) or _needed(look.form_map, key):
        return "breaks"
    return "warns" if hits else "notes"


def _needed(form_map: FormMap, key: str) -> bool:
    """Tell whether a record that always exists, or a consent, cannot do without."""
    always = (r for r in form_map.records if not r.when)
    needed = {f.question for r in always for f in r.fields if f.required}
    return key in needed | {c.question for c in form_map.consents if c.required}


def _sentence(
    look: Look,
    kind: str,
    key: str,
    language: str,
    hits: list[_Hit],
    said: Mapping[str, object],
) -> str:
    title = look.form_map.questions[key].title[language] if key else ""
    form = look.live.title or look.live.form
    told = {k: v[language] if isinstance(v, Mapping) else v for k, v in said.items()}
    filled = {"form": form, "title": title, **told}
    parts = [part[language].format_map(filled) for part in words.SAID[kind]]
    if key:
        parts.insert(1, _hit(hits, language))
    return " ".join(parts)


def _hit(hits: list[_Hit], language: str) -> str:
    told = [p[language].format(label.get(language, "")) for p, label in hits]
    joined = ", ".join(dict.fromkeys(told))
    return words.HITS[language].format(joined) if told else words.NO_HITS[language]
