"""The e-mail as plain text, in lines that a phone need not break."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from connector.digest import lines
from connector.digest.content import Digest, Thing
from connector.digest.words import words_of

WIDTH = 72


def plain(digest: Digest) -> str:
    """Return the whole text, ending with a line break."""
    said = words_of(digest.locale)
    told = [lines.headline(digest), lines.under_headline(digest), ""]
    if not digest.things:
        told += [said["well_more"], ""]
    for number, thing in enumerate(digest.things[: lines.MOST_THINGS], 1):
        told += [*_thing(digest, number, thing), ""]
    more = len(digest.things) - lines.MOST_THINGS
    if more > 0:
        told += [said["more"].format(count=more), ""]
    for section in lines.sections(digest):
        told += [*_section(section), ""]
    return "\n".join([*told, *textwrap.wrap(said["foot"], WIDTH), ""])


def _thing(digest: Digest, number: int, thing: Thing) -> Iterator[str]:
    title = f"{number}. {thing.title} ({lines.since_of(digest, thing.since)})"
    yield from textwrap.wrap(title, WIDTH, subsequent_indent="   ")
    for text in (thing.happened, thing.safe):
        yield from _indented(text, "   ")
    yield from _indented(thing.do, "   -> ")


def _indented(text: str, first: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=" " * len(first),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _section(section: lines.Section) -> Iterator[str]:
    yield section.title
    yield "-" * len(section.title)
    for what, much in section.lines:
        text = f"{what.strip()}: {much}" if much else what.strip()
        indent = "  " if what.startswith(" ") else ""
        yield from textwrap.wrap(
            text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  "
        )
