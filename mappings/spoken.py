"""In which language a form is: what its tool says, else what its questions speak."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

from mappings.live_form import LiveForm, LiveQuestion
from mappings.pairing import heading
from mappings.plan import ProgrammeMap

UNCHOSEN = "en"
"""What both tools say of a form whose language nobody has set."""
_PLAINLY = 2
"""Questions that it takes to tell better than the tool."""
_TELLING = {
    "da": re.compile(
        "[æøå]|"
        r"\b(af|at|blive|bor|den|det|dig|din|dine|dit|du|efternavn|eller|er|fornavn|fra|"
        "hvad|hvem|hvilke|hvilken|hvilket|hvor|hvordan|hvorfor|ikke|jeg|kan|med|mig|min|"
        r"navn|nej|og|om|skal|som|til|vi|vil)\b"
    ),
    "en": re.compile(
        r"\b(about|and|are|can|do|does|first|from|have|how|last|may|my|name|no|not|of|or|"
        "should|surname|the|to|we|what|when|where|which|who|why|will|with|would|yes|you|"
        r"your)\b"
    ),
}


def language_of(programme: ProgrammeMap, live: LiveForm) -> str:
    """Return the language of a form, always one of the programme's.

    What somebody chose at the tool counts. English, which is what a tool says where
    nobody has chosen, gives way to questions that are plainly in another language.
    """
    told = live.language[:2].lower()
    language, count = _spoken(programme, live)
    if told in programme.languages and (told != UNCHOSEN or count < _PLAINLY):
        return told
    return language or programme.locale


def _spoken(programme: ProgrammeMap, live: LiveForm) -> tuple[str, int]:
    """Return the language of most questions that speak one, and of how many more."""
    known = _known(programme)
    counts = Counter(
        language
        for question in live.questions
        if len(found := {*_languages(question, known)} & {*programme.languages}) == 1
        for language in found
    )
    (best, most), (_, second) = [*counts.most_common(2), ("", 0), ("", 0)][:2]
    return (best, most - second) if most > second else ("", 0)


def _known(programme: ProgrammeMap) -> Mapping[str, set[str]]:
    """Return the languages of each heading that the programme knows."""
    known: dict[str, set[str]] = {}
    for question in programme.questions.values():
        for language, title in question.title.items():
            known.setdefault(heading(title), set()).add(language)
    return known


def _languages(question: LiveQuestion, known: Mapping[str, set[str]]) -> Iterator[str]:
    """Yield the languages that a question may be in, none where nothing tells."""
    whole = heading(question.headings[-1])
    if whole in known:
        yield from known[whole]
        return
    said = question.title.casefold()
    for language, telling in _TELLING.items():
        if telling.search(said):
            yield language
