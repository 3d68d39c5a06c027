"""A programme's first directory: its key, its days and its ``programme.toml``.

What was said is written, and what follows from it by the template's rhythm; what
nobody said stands there as a comment that says what to fill in.
"""

from __future__ import annotations

import json
import re
import secrets
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from connector.settings import ConfigError
from mappings.durable import make_folder, take_owner
from mappings.layers import SHIPPED

KEY = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LONGEST_KEY = 30
TAKEN = ("template", "demo")
# Danish letters in the way they are written where there are none.
LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", "ö": "oe", "ä": "ae"})
# Words that tell no programme from another.
COMMON = {
    "a", "af", "and", "career", "den", "det", "et", "for", "i", "in", "in-the",
    "karrierementorprogram", "karrierementorprogrammet", "mentor", "mentoring",
    "mentorprogram", "mentorprogrammet", "og", "of", "programme", "program", "the",
}  # fmt: skip
COURSE_MONTHS = 4


@dataclass(frozen=True, slots=True)
class Beginning:
    """What was said of a new programme, and on which day.

    ``starts`` is its first round's first day, None while nobody knows it.
    """

    key: str
    name: str
    language: str
    starts: date | None
    today: date


def key_of(name: str) -> str:
    """Return a programme's key, made from its name: ``Mentorprogram Århus`` aarhus."""
    plain = unicodedata.normalize("NFC", name).lower().translate(LETTERS)
    bare = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", bare)
    telling = [word for word in words if word not in COMMON] or words
    key = ""
    for word in telling:
        longer = f"{key}-{word}" if key else word[:LONGEST_KEY]
        if len(longer) > LONGEST_KEY:
            break
        key = longer
    return key or "programme"


def check_key(key: str) -> None:
    """Raise ``ConfigError`` for what cannot be a directory, an address and a prefix."""
    if not KEY.fullmatch(key) or len(key) > LONGEST_KEY:
        raise ConfigError(
            f"{key!r} is no key: up to {LONGEST_KEY} small letters and digits, with "
            "single dashes between them, as in kolding-2027."
        )
    if key in TAKEN:
        raise ConfigError(f"{key} is taken; choose another key with --key.")


def is_there(key: str, directory: Path) -> bool:
    """Tell whether a programme has a directory: the city's own or a shipped one."""
    return any(
        (root / key / "programme.toml").is_file() for root in (directory, SHIPPED)
    )


def write_programme(beginning: Beginning, directory: Path) -> Path:
    """Write the programme's directory and return its file.

    One that is there is left alone. The file is put there in one step.
    """
    path = directory / beginning.key / "programme.toml"
    if path.exists():
        return path
    try:
        make_folder(path.parent)
        fresh = path.with_suffix(f".{secrets.token_hex(4)}.new")
        fresh.write_text(programme_text(beginning), "utf-8")
        take_owner(fresh, path)
        fresh.replace(path)
    except OSError as error:
        told = f"{path}: it cannot be written ({error.strerror})."
        raise ConfigError(told) from error
    return path


def programme_text(beginning: Beginning) -> str:
    """Return the ``programme.toml`` of what was said."""
    name = _toml(beginning.name)
    years = {"year": beginning.today.year, "later": beginning.today.year + 2}
    top = _TOP.format(name=name, language=beginning.language, **years)
    bottom = _BOTTOM.format(**years)
    today = beginning.today
    if beginning.starts is None:
        example = date(today.year + 1, 3, 1)
        return top + _commented(_round(example, today), UNKNOWN) + bottom
    return top + KNOWN + _round(beginning.starts, today) + bottom


def round_ends(starts: date) -> date:
    """Return a round's last day: a course is four months."""
    return _months(starts, COURSE_MONTHS) - timedelta(days=1)


def recruits_from(starts: date, today: date) -> date:
    """Return the day from which applications count: three months before, or today.

    Forms may be open earlier than that; nobody who applies early belongs to no round.
    """
    return min(_months(starts, -3), today)


def _round(starts: date, today: date) -> str:
    ends = round_ends(starts)
    return _ROUND.format(
        starts=starts,
        ends=ends,
        recruits=recruits_from(starts, today),
        recruited=starts - timedelta(days=1),
        closing=ends.replace(day=1),
        closed=_end_of_month(_months(ends, 2)),
        company=_end_of_month(_months(ends, 3)),
        follow_up=_months(ends, 6),
        followed_up=_end_of_month(_months(ends, 8)),
    )


def _commented(text: str, why: str) -> str:
    lines = [f"# {line}" if line else "#" for line in text.strip().splitlines()]
    return why + "\n".join(lines) + "\n"


def _months(day: date, number: int) -> date:
    """Return the same day some months on, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])


def _toml(text: str) -> str:
    """Return a text as a TOML string; control characters are none of a name."""
    return json.dumps(
        "".join(c for c in " ".join(text.split()) if c.isprintable()),
        ensure_ascii=False,
    )


_TOP = """\
# A programme of its own: all that does not stand here is the template's.
# After a change: vidensbro mapping check

inherits = "template"

name = {{ da = {name}, en = {name} }}
locale = "{language}"

# Zone and country are the template's, Europe/Copenhagen and DK.
# Who pays for it, and from when to when, for the report:
# funder = ""
# period = {{ opens = {year}-11-01, closes = {later}-10-31 }}

"""
KNOWN = """\
# Only the first day was said. The others follow from it, as in a round of four months:
# recruiting three months before, or from the day this was written if that was earlier;
# the follow-up six months after. Change what differs.
"""
UNKNOWN = """\
# The first round, once its days are known: take the "# " away and set them. Until then
# an application belongs to no round, and waits.
"""
_ROUND = """\
[rounds.r1]
name = {{ da = "Runde 1", en = "Round 1" }}
starts = {starts}
ends = {ends}
recruiting = {{ opens = {recruits}, closes = {recruited} }}

[rounds.r1.evaluations]
closing = {{ opens = {closing}, closes = {closed} }}
company = {{ opens = {closing}, closes = {company} }}
six_month_follow_up = {{ opens = {follow_up}, closes = {followed_up} }}
"""
_BOTTOM = """
# Targets are the template's (indicators.toml). The day by which the material is to be
# published, if it is:
# [milestones.material_published]
# due = {later}-06-30

# The forms: vidensbro forms create FORM --round r1 makes one and writes it here.
"""
