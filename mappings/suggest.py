"""The mapping lines for a form that was not made with our refs, ready to paste.

SurveyMonkey has no refs at all, so every survey needs them. The ids of several forms
(languages, copies for a round) add up in one list: what the mapping says already is
repeated in what is suggested, since a list replaces the list before it.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping

from mappings.conversion import Question
from mappings.live_form import LiveChoice, LiveForm, LiveQuestion
from mappings.matching import choice_ref
from mappings.pairing import Pairing, code_of, heading, offered_by, pair
from mappings.plan import FormMap, ProgrammeMap


def suggest_binding(
    programme: ProgrammeMap, live: LiveForm, mapping: str, language: str
) -> str:
    """Return the lines for all files, each part headed by the file it belongs in."""
    parts = suggest_files(programme, live, mapping, language)
    return "\n".join(f"# ----- {name} -----\n{text}" for name, text in parts.items())


def suggest_files(
    programme: ProgrammeMap, live: LiveForm, mapping: str, language: str
) -> Mapping[str, str]:
    """Return TOML by file name: ``programme.toml`` and ``forms/MAPPING.toml``.

    Each is added to the city's file of that name, or makes one. A table that the
    city's file has already takes the place of the one there.
    """
    form_map = programme.forms[mapping]
    lines = [*_form(programme, form_map, live)]
    files = {"programme.toml": "\n".join(_binding(programme, live, mapping, language))}
    if lines:
        files[f"forms/{mapping}.toml"] = "\n".join(lines)
    return {name: text + "\n" for name, text in files.items()}


def question_lines(
    programme: ProgrammeMap, form_map: FormMap, key: str, live: LiveQuestion
) -> list[str]:
    """Return ``[questions.KEY]`` as it must be for ``live`` to be read as that key."""
    question = form_map.questions[key]
    named = {key, *question.refs, *question.ids}
    ids = [*question.ids]
    lines = [f"[questions.{key}]"]
    if not named & {*live.names}:
        ids.append(live.id)
    if ids:
        lines.append(f"ids = {_list(ids)}  # {_quiet(live.title)}")
    if question.refs:
        lines.append(f"refs = {_list(question.refs)}")
    aliases = _aliases(programme.questions[key], question, live)
    if aliases:
        lines.append(f"[questions.{key}.choices]")
        lines += [f"{code} = {_list(names)}" for code, names in aliases.items()]
    return lines if len(lines) > 1 else []


def alias_lines(
    programme: ProgrammeMap, question: Question, choice: LiveChoice
) -> list[str]:
    """Return the line by which an unknown choice is read as the nearest known one.

    Where none is near and the question has an "other", that one; else nothing.
    """
    codes = [c.code for c in offered_by(question)]
    code = nearest_code(question, choice) or ("other" if "other" in codes else "")
    if not code:
        return []
    only = LiveQuestion("", choices=(choice,))
    listed = _aliases(programme.questions[question.key], question, only).get(code, [])
    names = [*dict.fromkeys((*listed, choice.key or choice.ref or choice.label))]
    return [f"[questions.{question.key}.choices]", f"{code} = {_list(names)}"]


def _binding(
    programme: ProgrammeMap, live: LiveForm, mapping: str, language: str
) -> Iterator[str]:
    bound = programme.form_for(live.provider, live.form)
    yield f"# {_quiet(live.title)}"
    if bound is not None:
        yield f"# This form is read by {bound.name} already."
        return
    yield "[[forms]]"
    yield f"provider = {_text(live.provider)}"
    yield f"form = {_text(live.form)}"
    yield f"mapping = {_text(mapping)}"
    yield f"language = {_text(language)}"


def _form(programme: ProgrammeMap, form_map: FormMap, live: LiveForm) -> Iterator[str]:
    pairing = pair(form_map, live)
    for key in (k for k in form_map.asks if k in pairing.pairs):
        found = pairing.pairs[key]
        lines = _new_lines(programme, form_map, key, found.live)
        if lines and found.by == "place":
            yield "# Told by its place and kind alone: please check."
        yield from lines
        yield from unread_lines(form_map.questions[key], found.live)
    yield from _left(pairing)


def _new_lines(
    programme: ProgrammeMap, form_map: FormMap, key: str, live: LiveQuestion
) -> list[str]:
    """Return the lines, or none where all they would say stands there already."""
    question = form_map.questions[key]
    shared = programme.questions[key]
    named = {key, *question.refs, *question.ids} & {*live.names}
    told = _aliases(shared, question, live)
    if named and told == _aliases(shared, question, LiveQuestion("")):
        return []
    return question_lines(programme, form_map, key, live)


def _aliases(
    shared: Question, question: Question, live: LiveQuestion
) -> dict[str, list[str]]:
    """Return what this form's mapping must list for each code: the old and the new."""
    aliases: dict[str, list[str]] = {}
    common = {c.code: c.aliases for c in shared.choices}
    for choice in offered_by(question):
        ours = {choice_ref(question.key, choice.code), *common.get(choice.code, ())}
        listed = [a for a in choice.aliases if a not in ours]
        new = [
            c.key
            for c in live.choices
            if code_of(question, c) == choice.code
            and not {c.key, c.ref} & {choice.code, *choice.aliases}
        ]
        if listed or new:
            aliases[choice.code] = [*dict.fromkeys((*listed, *new))]
    return aliases


def unread_lines(question: Question, live: LiveQuestion) -> Iterator[str]:
    """Yield a comment for each choice of a live question that has no code."""
    known = offered_by(question)
    for choice in live.choices if known else ():
        if not code_of(question, choice):
            near = nearest_code(question, choice)
            hint = f"; nearest: {near}" if near else ""
            yield (
                f"# The choice {_quiet(choice.label)} ({_quiet(choice.key)}) has no "
                f"code{hint}. Its answers would wait for you."
            )


def nearest_code(question: Question, choice: LiveChoice) -> str:
    """Return the code whose label is most like a live choice's, "" for none."""
    labels = {heading(t): c.code for c in question.choices for t in c.label.values()}
    near = difflib.get_close_matches(heading(choice.label), labels, n=1)
    return labels[near[0]] if near else ""


def _left(pairing: Pairing) -> Iterator[str]:
    for live in pairing.live_left:
        near = _nearest_key(pairing, live)
        hint = f"; nearest: [questions.{near}] ids = {_list([live.id])}" if near else ""
        yield f"# Not read: {_quiet(live.title)} ({live.id}, {live.kind}){hint}"
    for key in pairing.keys_left:
        title = pairing.form_map.questions[key].title
        yield f"# Not asked: {key} ({_quiet(title[pairing.form_map.language])})"


def _nearest_key(pairing: Pairing, live: LiveQuestion) -> str:
    titles = {
        heading(t): key
        for key in pairing.keys_left
        for t in pairing.form_map.questions[key].title.values()
    }
    near = difflib.get_close_matches(heading(live.headings[-1]), titles, n=1)
    return titles[near[0]] if near else ""


def _list(names: list[str] | tuple[str, ...]) -> str:
    return f"[{', '.join(map(_text, names))}]"


def _text(text: str) -> str:
    """Return a TOML text: JSON's escapes are TOML's too."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quiet(text: str) -> str:
    """Return a tool's text as a comment can hold it: one line, not too long."""
    shown = "".join(c if c.isprintable() else " " for c in text)
    return f'"{shown[:80]}"'
