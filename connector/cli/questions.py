"""Questions to whoever sits there: few, counted, and none where nobody would answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import click

from connector.cli import desk
from connector.cli.root import PERSON


@contextmanager
def stoppable(stands: Callable[[], str]) -> Iterator[None]:
    """Say how things stand where somebody breaks off with Ctrl-C, and how to go on."""
    try:
        yield
    except (click.Abort, KeyboardInterrupt):
        click.echo(f"\nStopped. {stands()}", err=True)
        raise click.exceptions.Exit(PERSON) from None


class Questions:
    """At most ``most`` questions in one run; the same one typed anew is no further one.

    Nothing is asked where nobody is there, or where that was told with ``--yes``: an
    unasked question has its default as its answer, so nothing ever waits in vain.
    """

    def __init__(self, most: int, *, quiet: bool) -> None:
        self.quiet = quiet or not desk.somebody_there()
        self.left = 0 if self.quiet else most

    @property
    def may_ask(self) -> bool:
        """Tell whether another question would be asked."""
        return self.left > 0

    def text(self, question: str) -> str:
        """Ask for a text that must be given; "" where it is not asked."""
        return str(click.prompt(question)).strip() if self._take() else ""

    def word(self, question: str, words: Sequence[str], default: str) -> str:
        """Ask for one of some words, written large or small."""
        if not self._take():
            return default
        choice = click.Choice(words, case_sensitive=False)
        return str(click.prompt(question, type=choice, default=default))

    def day(self, question: str) -> date | None:
        """Ask for a day; None where there is none yet."""
        if not self._take():
            return None
        while True:
            told = str(click.prompt(question, default="", show_default=False)).strip()
            if not told:
                return None
            try:
                return date.fromisoformat(told)
            except ValueError:
                click.echo(f"{told} is no day; write it as 2027-03-01.")

    def secret(self, question: str) -> str:
        """Ask for what must not be seen; "" for Enter, and where it is not asked."""
        if not self._take():
            return ""
        told = click.prompt(question, hide_input=True, default="", show_default=False)
        return str(told).strip().strip("'\"")

    def _take(self) -> bool:
        if not self.may_ask:
            return False
        self.left -= 1
        return True
