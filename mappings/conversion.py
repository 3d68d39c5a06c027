"""What a converter is: its contract, shared by the shipped ones and a city's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType

from mappings.matching import Choice
from mappings.messages import MESSAGES
from mappings.records import Value
from webhooks.submission import Answer


class ConversionProblem(Exception):  # noqa: N818 - named by what happens next
    """The answer cannot be read as what the field wants: the field goes without."""

    def __init__(self, code: str, message: Mapping[str, str] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = dict(message or MESSAGES.get(code, MESSAGES["unreadable"]))


@dataclass(frozen=True, slots=True)
class Question:
    """A canonical question. ``refs`` and ``ids`` are what forms call it.

    ``kind`` is the Typeform field type it is asked with. ``low`` and ``high`` are the
    ends of a scale as we store it.
    """

    key: str
    title: Mapping[str, str]
    converter: str
    kind: str = "short_text"
    description: Mapping[str, str] | None = None
    choices: tuple[Choice, ...] = ()
    low: int = 1
    high: int = 5
    free_text: bool = False
    refs: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a converter may know beside the answer."""

    country: str
    question: Question
    language: str = ""


Function = Callable[[Answer, Context], Value]


@dataclass(frozen=True, slots=True)
class Converter:
    """A named converter; call it with an answer and its context."""

    name: str
    function: Function

    def __call__(self, answer: Answer, context: Context) -> Value:
        return self.function(answer, context)


def converter(name: str) -> Callable[[Function], Converter]:
    """Make a function the converter of that name."""
    return lambda function: Converter(name, function)


def collect(module: ModuleType) -> dict[str, Converter]:
    """Return a module's converters by name."""
    found = (v for v in vars(module).values() if isinstance(v, Converter))
    return {c.name: c for c in found}
