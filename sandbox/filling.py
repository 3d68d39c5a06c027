"""A form as a page to fill in by hand, the same for each form tool of the sandbox.

A tool says what is asked, and which of its fields hold what it refuses. All words are
the form's; the page adds its own few in the form's language.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from flask import render_template, request
from werkzeug.datastructures import MultiDict

_OTHER = "|other"
_REFUSED = 400
WORDS = {
    "en": {
        "send": "Send",
        "needed": "required",
        "sandbox": "A form of the sandbox. What you send stays on this machine.",
        "not_sent": "Nothing has been sent yet. Please correct what is marked below; "
        "all that you wrote is still there.",
        "thanks": "Thank you! Your answer has been received.",
        "number": "Its number is",
        "unanswered": "Please answer this question.",
        "other": "Other",
        "yes": "Yes",
        "no": "No",
        "accept": "I accept",
        "decline": "I don't accept",
    },
    "da": {
        "send": "Send",
        "needed": "skal besvares",
        "sandbox": "En formular i sandkassen. Det, du sender, bliver på denne maskine.",
        "not_sent": "Intet er sendt endnu. Ret det, der er markeret herunder; alt, "
        "hvad du har skrevet, står der endnu.",
        "thanks": "Tak! Dit svar er modtaget.",
        "number": "Svarets nummer er",
        "unanswered": "Svar venligst på dette spørgsmål.",
        "other": "Andet",
        "yes": "Ja",
        "no": "Nej",
        "accept": "Jeg accepterer",
        "decline": "Jeg accepterer ikke",
    },
}
_WANTED = {
    "en": {
        "email": "Please write an e-mail address.",
        "tel": "Please write a telephone number.",
        "number": "Please write a number.",
        "date": "Please choose a date.",
        "url": "Please write an address on the web.",
        "": "This answer does not fit the question.",
    },
    "da": {
        "email": "Skriv en e-mailadresse.",
        "tel": "Skriv et telefonnummer.",
        "number": "Skriv et tal.",
        "date": "Vælg en dato.",
        "url": "Skriv en adresse på nettet.",
        "": "Svaret passer ikke til spørgsmålet.",
    },
}


@dataclass(frozen=True)
class Control:
    """One thing to fill in. `kind` is an input's type, or area, select or number.

    `label` is empty where the question says it all. `missing` and `wanted` are what the
    form itself says to who leaves it out, and to what it refuses.
    """

    name: str
    label: str
    kind: str
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    missing: str = ""
    wanted: str = ""


@dataclass(frozen=True)
class Asked:
    """A question with what there is to fill in; without that, a text to read."""

    title: str
    controls: tuple[Control, ...] = ()
    hint: str = ""

    @property
    def required(self) -> bool:
        """Whether it is of no use to leave it out."""
        return any(one.required for one in self.controls)


@dataclass(frozen=True)
class Sheet:
    """A form: its title, its language as the tool writes it, its pages by title."""

    title: str
    language: str
    pages: tuple[tuple[str, tuple[Asked, ...]], ...]
    thanks: str = ""

    @property
    def spoken(self) -> str:
        """The language of the page's own words."""
        known = self.language[:2].lower()
        return known if known in WORDS else "en"

    def controls(self) -> Iterator[Control]:
        """All that can be filled in."""
        for _, questions in self.pages:
            for asked in questions:
                yield from asked.controls


Typed = MultiDict[str, str]
Faults = Mapping[str, str]


def is_by_hand() -> bool:
    """Whether the request comes from the page, and not from a client with JSON."""
    return request.mimetype == "application/x-www-form-urlencoded"


def other(words: Mapping[str, str], name: str, label: str = "") -> Control:
    """The field for text of one's own, beside or in place of a choice."""
    return Control(name + _OTHER, label or words["other"], "text")


def faults(sheet: Sheet, refused: Callable[[Control], bool]) -> dict[str, str]:
    """What is to be corrected, by the field's name.

    `refused` says of a field with something in it whether the tool would not take it.
    """
    found = {}
    for one in sheet.controls():
        if one.required and not _filled(one.name) and not _filled(one.name + _OTHER):
            found[one.name] = one.missing or WORDS[sheet.spoken]["unanswered"]
        elif _filled(one.name) and refused(one):
            found[one.name] = wanted(sheet, one)
    return found


def wanted(sheet: Sheet, control: Control) -> str:
    """What is to be written in a field, in the form's language."""
    known = _WANTED[sheet.spoken]
    return control.wanted or known.get(control.kind, known[""])


def _filled(name: str) -> bool:
    return any(one.strip() for one in request.form.getlist(name))


def page(sheet: Sheet, found: Faults | None = None) -> tuple[str, int]:
    """The form to fill in, with what was typed and what is wrong with it."""
    html = _rendered(sheet, faults=found or {}, typed=request.form)
    return html, _REFUSED if found else 200


def thanks(sheet: Sheet, number: str) -> tuple[str, int]:
    """What is said once the answer is kept."""
    return _rendered(sheet, sent=number, faults={}, typed=MultiDict()), 200


def _rendered(sheet: Sheet, sent: str = "", *, faults: Faults, typed: Typed) -> str:
    return render_template(
        "filling.html",
        sheet=sheet,
        words=WORDS[sheet.spoken],
        sent=sent,
        faults=faults,
        typed=typed,
    )
