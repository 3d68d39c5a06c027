"""A starting mapping for a form that staff made by hand, whatever it calls its parts.

Where the form is one of ours in all it asks, it is read by that mapping. Else it gets a
mapping of its own: what it has in common with the most similar known form is read as
there, and everything else stands in it as a comment, for a person to decide.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mappings.bindings_file import binding_lines, one_line
from mappings.conversion import Question
from mappings.form_writing import form_lines
from mappings.forms import required_questions
from mappings.live_form import LiveForm, LiveQuestion
from mappings.matching import choice_ref
from mappings.narrowing import narrowed
from mappings.pairing import (
    Pair,
    Pairing,
    can_read,
    code_of,
    heading,
    offered_by,
    pair,
)
from mappings.plan import Binding, FormMap, ProgrammeMap
from mappings.spoken import language_of
from mappings.suggest import question_lines, suggest_files, unread_lines


@dataclass(frozen=True, slots=True)
class Start:
    """How a form is to be read from now on.

    ``files`` are additions to the city's files, by name. ``base`` is the known form
    that it is most like, ``known`` how many of the ``asked`` questions it knows.
    ``missing`` are questions that the base needs and the form does not ask.
    """

    mapping: str
    base: str
    language: str
    files: dict[str, str]
    known: int
    asked: int
    missing: tuple[str, ...]

    @property
    def fresh(self) -> bool:
        """Tell whether the form gets a mapping of its own."""
        return self.mapping != self.base


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person said of the form: a mapping's name, its language; both may be "".

    A name that is known is the mapping to read by; another is that of a new one.
    ``link`` is the address with {token}, where the tool's form id makes none.
    """

    mapping: str = ""
    language: str = ""
    link: str = ""


def start(programme: ProgrammeMap, live: LiveForm, wanted: Wanted) -> Start | None:
    """Return how a form may be read; None where it is like no known form at all."""
    named = programme.forms.get(wanted.mapping)
    pairing = _paired(named, live) if named else _nearest(programme, live)
    if pairing is None:
        return None
    base = pairing.form_map
    language = wanted.language or language_of(programme, live)
    whole = not wanted.mapping and fits(pairing)
    name = base.name if named or whole else _name(programme, live, wanted.mapping)
    if name == base.name:
        files = dict(suggest_files(programme, live, base.name, language))
    else:
        pairing = _sure(pairing)
        files = {f"forms/{name}.toml": _fresh(programme, pairing, name)}
    link = wanted.link if base.evaluation is not None else ""
    binding = Binding(live.provider, live.form, name, language, link=link)
    files["programme.toml"] = binding_lines(binding, live.title)
    needed = required_questions(base)
    return Start(
        mapping=name,
        base=base.name,
        language=language,
        files=files,
        known=len(pairing.pairs),
        asked=len(live.questions),
        missing=tuple(k for k in pairing.keys_left if k in needed),
    )


def fits(pairing: Pairing) -> bool:
    """Tell whether a form asks just what a mapping reads, in known words."""
    pairs = pairing.pairs.values()
    return (
        not pairing.keys_left
        and not pairing.live_left
        and all(p.by != "place" for p in pairs)
        and all(_choices_known(pairing, p) for p in pairs)
    )


def _choices_known(pairing: Pairing, found: Pair) -> bool:
    question = pairing.form_map.questions[found.key]
    if not offered_by(question):
        return True
    return all(code_of(question, choice) for choice in found.live.choices)


def _nearest(programme: ProgrammeMap, live: LiveForm) -> Pairing | None:
    """Return the known form with most questions in common, else the likest title."""
    found = [_paired(one, live) for one in programme.forms.values()]
    best = max(found, key=lambda p: (_common(p), _titled_alike(p)), default=None)
    return best if best is not None and _common(best) else None


def _titled_alike(pairing: Pairing) -> float:
    """Return how much a form's title is like the known one's, in any language."""
    said = heading(pairing.live.title)
    titles = map(heading, pairing.form_map.title.values())
    return max(difflib.SequenceMatcher(None, said, one).ratio() for one in titles)


def _common(pairing: Pairing) -> int:
    return sum(p.by != "place" for p in pairing.pairs.values())


def _paired(form_map: FormMap, live: LiveForm) -> Pairing:
    """Pair a form with a mapping, and its only e-mail question with the only one."""
    pairing = pair(form_map, live)
    mails = [q for q in pairing.live.questions if q.kind == "email"]
    asked = [k for k in form_map.asks if form_map.questions[k].kind == "email"]
    left = mails[0] in pairing.live_left if len(mails) == 1 else False
    if left and asked and asked[0] in pairing.keys_left:
        pairing.add(asked[0], mails[0], "place")
    return pairing


def _sure(pairing: Pairing) -> Pairing:
    """Return the pairs that a form of another kind may be read by without a person.

    Place says little in it; that its one e-mail question asks for their own is plain.
    """
    pairs = {
        key: found
        for key, found in pairing.pairs.items()
        if found.by != "place" or found.live.kind == "email"
    }
    return replace(pairing, pairs=pairs)


def _name(programme: ProgrammeMap, live: LiveForm, wanted: str) -> str:
    """Return a name for a new mapping: what was said, else its title's words."""
    plain = unicodedata.normalize("NFKD", _danish(wanted or live.title).casefold())
    words = re.findall(r"[a-z0-9]+", plain.encode("ascii", "ignore").decode())
    name = "_".join(words)[:40].strip("_") or f"form_{live.provider}"
    numbered = (f"{name}_{number}" for number in range(2, len(programme.forms) + 3))
    return next(n for n in (name, *numbered) if n not in programme.forms)


def _danish(said: str) -> str:
    for letter, plain in (("æ", "ae"), ("ø", "oe"), ("å", "aa")):
        said = said.replace(letter, plain).replace(letter.upper(), plain)
    return said


def _fresh(programme: ProgrammeMap, pairing: Pairing, name: str) -> str:
    """Return a whole mapping file for a form that is like none in all."""
    live = pairing.live
    form_map = narrowed(pairing, _unbound(programme, pairing.form_map), name)
    lines = [
        f'# Made from "{one_line(live.title)}" ({live.form}) as it stood, after '
        f"{pairing.form_map.name}.",
        "# What is not read stands as a comment: name it, or leave it out.",
        "",
        *form_lines(form_map, programme.questions),
        "",
    ]
    for key in form_map.asks:
        found = pairing.pairs[key]
        told = question_lines(programme, form_map, key, found.live)
        if told and found.by == "place":
            lines.append("# Told by its place and kind alone: please check.")
        lines += told
        lines += unread_lines(form_map.questions[key], found.live)
    lines += _left_out(programme, pairing, form_map)
    return "\n".join(lines) + "\n"


def _left_out(
    programme: ProgrammeMap, pairing: Pairing, form_map: FormMap
) -> Iterator[str]:
    kept = {pairing.pairs[key].live.id for key in form_map.asks}
    for live in pairing.live.questions:
        if live.id not in kept:
            near = _perhaps(programme, live)
            hint = f"; perhaps it is {near}" if near else ""
            yield f'# Not read: "{one_line(live.title)}" ({live.id}, {live.kind}){hint}'
    for key in pairing.form_map.asks:
        if key not in form_map.asks:
            yield f"# Not asked, though {pairing.form_map.name} reads it: {key}"
    for name in sorted({*pairing.live.hidden} - {*form_map.hidden}):
        yield f'# Hidden field that nothing reads: "{one_line(name)}"'


def _perhaps(programme: ProgrammeMap, live: LiveQuestion) -> str:
    """Return the known question whose words are most like a live one's, "" for none."""
    titles = {
        heading(title): key
        for key, question in programme.questions.items()
        if can_read(question, live)
        for title in question.title.values()
    }
    near = difflib.get_close_matches(heading(live.headings[-1]), titles, n=1)
    return titles[near[0]] if near else ""


def _unbound(programme: ProgrammeMap, form_map: FormMap) -> FormMap:
    """Return a mapping without what other forms call its questions and choices."""
    plain = {key: _plain(programme.questions[key]) for key in form_map.asks}
    return replace(form_map, questions=plain)


def _plain(question: Question) -> Question:
    choices = tuple(
        replace(c, aliases=(choice_ref(question.key, c.code), *c.aliases))
        for c in question.choices
    )
    return replace(question, choices=choices)
