"""The e-mail as HTML: inline styles alone, nothing fetched, readable on a phone.

No colour of the ground is set, and the few colours that are hold on white and on
black: mail programs turn a page dark in ways of their own.
"""

from __future__ import annotations

import functools

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from connector.digest import lines
from connector.digest.content import Digest
from connector.digest.words import words_of


def html(digest: Digest) -> str:
    """Return the whole page."""
    said = words_of(digest.locale)
    shown = digest.things[: lines.MOST_THINGS]
    more = len(digest.things) - len(shown)
    return _template().render(
        language=said["language"],
        subject=lines.subject(digest),
        headline=lines.headline(digest),
        under=lines.under_headline(digest),
        well="" if digest.things else said["well_more"],
        things=[(one, lines.since_of(digest, one.since)) for one in shown],
        more=said["more"].format(count=more) if more else "",
        sections=lines.sections(digest),
        foot=said["foot"],
    )


@functools.cache
def _template() -> Template:
    env = Environment(
        loader=PackageLoader("connector.digest", "templates"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return env.get_template("digest.html")
