"""How a form at its tool has moved away from its mapping, in words staff understand.

Nothing here changes how an answer is read: what no longer fits is parked or left out
by the engine. This tells beforehand, and says which line would put it right.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mappings.conversion import Question
from mappings.drift_findings import Finding, Look, Severity, finding
from mappings.drift_words import FAMILIES
from mappings.live_form import LiveChoice, LiveForm, LiveQuestion
from mappings.matching import Choice, same
from mappings.pairing import by_name, can_read, code_of, offered_by, pair
from mappings.plan import FormMap, ProgrammeMap
from mappings.spoken import language_of
from mappings.suggest import alias_lines, question_lines, suggest_binding

__all__ = ["Finding", "compare", "copied_from"]

_ORDER = ("breaks", "warns", "notes")
# A form with fewer questions in common is another form.
_ALIKE = (1, 2)


@dataclass(frozen=True, slots=True)
class _Found:
    """A question that the form still asks, with what reading makes of it."""

    question: Question
    live: LiveQuestion


def compare(
    form_map: FormMap, live: LiveForm, programme: ProgrammeMap
) -> tuple[Finding, ...]:
    """Return what has changed between a form and its mapping, the worst first.

    ``form_map`` is the bound one (``programme.form_for``). Nothing found means that
    every answer of the form as it is now will be read.
    """
    look = Look(programme, form_map, live)
    bound = by_name(form_map, live)
    found = [
        *_gone(look, bound),
        *_new(look, bound),
        *_twice(look, bound),
        *(
            f
            for key in form_map.asks
            if key in bound
            for f in _changed(look, key, bound)
        ),
        *_hidden(look),
        *_languages(look),
    ]
    return tuple(sorted(found, key=lambda f: _ORDER.index(f.severity)))


def copied_from(live: LiveForm, programme: ProgrammeMap) -> Finding | None:
    """Return which mapping an unbound form is a copy of; None where it is of none.

    Headings in any language count, and refs where there are some: at least half of the
    mapping's questions must be there.
    """
    if programme.form_for(live.provider, live.form) is not None:
        return None
    found = [
        (_alike(form_map, live), form_map) for form_map in programme.forms.values()
    ]
    count, best = max(found, key=lambda one: (one[0] / len(one[1].asks), one[0]))
    part, whole = _ALIKE
    if count * whole < len(best.asks) * part:
        return None
    language = language_of(programme, live)
    look = Look(programme, best, live)
    return finding(
        look,
        "copied_form",
        suggestion=suggest_binding(programme, live, best.name, language),
        severity="warns",
        mapping=best.name,
        same=count,
        all=len(best.asks),
    )


def _alike(form_map: FormMap, live: LiveForm) -> int:
    pairs = pair(form_map, live).pairs.values()
    return sum(p.by != "place" for p in pairs)


_Bound = dict[str, list[LiveQuestion]]


def _gone(look: Look, bound: _Bound) -> Iterator[Finding]:
    """Yield what is not asked; with the line, where it seems to be asked anew."""
    pairs = pair(look.form_map, look.live).pairs
    for key in (k for k in look.form_map.asks if k not in bound):
        again = pairs.get(key)
        lines = (
            question_lines(look.programme, look.form_map, key, again.live)
            if again
            else []
        )
        consent = any(c.question == key for c in look.form_map.consents)
        kind = "consent_removed" if consent else "question_removed"
        yield finding(look, kind, key, suggestion="\n".join(lines))


def _new(look: Look, bound: _Bound) -> Iterator[Finding]:
    pairs = pair(look.form_map, look.live).pairs.values()
    known = [p.live for p in pairs if p.by != "name"]
    known += [q for questions in bound.values() for q in questions]
    for live in (q for q in look.live.questions if q not in known):
        yield finding(look, "question_new", severity="notes", title=live.title)


def _twice(look: Look, bound: _Bound) -> Iterator[Finding]:
    for key, questions in bound.items():
        if len(questions) > 1:
            times = len(questions)
            yield finding(look, "asked_twice", key, severity="warns", times=times)


def _changed(look: Look, key: str, bound: _Bound) -> Iterator[Finding]:
    found = _Found(look.form_map.questions[key], bound[key][0])
    if not can_read(found.question, found.live):
        yield finding(look, "kind_changed", key, asked=FAMILIES[found.live.kind])
        return
    yield from _scale(look, found)
    if offered_by(found.question) and found.live.choices:
        yield from _options_live(look, found)
        yield from _options_gone(look, found)


def _scale(look: Look, found: _Found) -> Iterator[Finding]:
    """Yield a scale of another length; one that only starts elsewhere is shifted."""
    question, live = found.question, found.live
    if question.converter != "scale" or live.low is None or live.high is None:
        return
    if live.high - live.low != question.high - question.low:
        yield finding(
            look,
            "scale_changed",
            question.key,
            low=live.low,
            high=live.high,
            was_low=question.low,
            was_high=question.high,
        )


def _options_live(look: Look, found: _Found) -> Iterator[Finding]:
    question = found.question
    known = {c.code: c for c in offered_by(question)}
    for option in found.live.choices:
        code = code_of(question, option)
        if not code:
            lines = alias_lines(look.programme, question, option)
            text = "\n".join(lines)
            said = option.label or option.key
            yield finding(
                look, "option_new", question.key, suggestion=text, option=said
            )
        elif not _called(known[code], option):
            yield finding(
                look,
                "option_renamed",
                question.key,
                severity="notes",
                option=option.label,
                known=known[code].label,
            )


def _called(choice: Choice, option: LiveChoice) -> bool:
    names = (choice.code, *choice.label.values(), *choice.aliases)
    return not option.label or any(same(name, option.label) for name in names)


def _options_gone(look: Look, found: _Found) -> Iterator[Finding]:
    """Yield codes that nobody can pick any more; a note unless a KPI counts them."""
    question = found.question
    offered = {code_of(question, o) for o in found.live.choices}
    for choice in offered_by(question):
        if choice.code not in offered:
            yield finding(
                look,
                "option_removed",
                question.key,
                severity="warns" if _counted(look, question, choice) else "notes",
                option=choice.label,
            )


def _counted(look: Look, question: Question, choice: Choice) -> bool:
    plan = look.form_map.evaluation
    plans = plan.indicators if plan else ()
    return any(
        choice.code in (*i.yes, *i.no) for i in plans if i.question == question.key
    )


def _hidden(look: Look) -> Iterator[Finding]:
    """Yield hidden fields that are gone; without the token nobody knows who answers."""
    for name in look.form_map.hidden:
        if name not in look.live.hidden:
            needed = name == "token" and look.form_map.evaluation is not None
            severity: Severity = "breaks" if needed else "notes"
            yield finding(look, "hidden_removed", severity=severity, title=name)


def _languages(look: Look) -> Iterator[Finding]:
    own, known = look.live.language[:2].lower(), look.programme.languages
    if own in known:
        own = language_of(look.programme, look.live)
    was = look.form_map.language
    if own in known and own != was:
        line = f'language = "{own}"'
        said = {"language": own, "was": was}
        yield finding(
            look, "language_changed", severity="warns", suggestion=line, **said
        )
    others = {code[:2].lower(): code for code in (own, *look.live.languages) if code}
    for short, code in others.items():
        if short not in known:
            said = {"language": code, "was": was}
            yield finding(look, "language_new", severity="warns", **said)
