"""Sending the weekly e-mail: once a week, on Monday morning, and never twice.

That a week's e-mail is being sent is written before it is. A refusal takes that back,
and it is tried again; where the power went in between, it is not: a week without an
e-mail is better than one after another.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from sqlalchemy import delete

from connector.boundaries import reached
from connector.db import utcnow
from connector.digest import lines
from connector.digest.content import Digest, digest_of
from connector.digest.html import html
from connector.digest.plain import plain
from connector.digest.post import PostError, hand_over, message
from connector.digest.state import DigestSent, sent
from connector.service import Service
from connector.settings import ConfigError, Post

MONDAY, HOUR = 0, 7
WEEK = timedelta(weeks=1)
TOO_NEAR = timedelta(days=1)
"""A missed e-mail that is so near to the next one is left to that one."""


def send_weekly(service: Service, key: str) -> str:
    """Send the week's e-mail if that was not done; return what is wrong, or "".

    Without a mail server or anybody to send to there is nothing to do, and from the
    demo nothing leaves.
    """
    post, to = service.settings.post, service.settings.accounts[key].digest_to
    if post is None or not to or service.settings.demo:
        return ""
    zone = ZoneInfo(service.programme(key).zone)
    week = week_of(utcnow(), zone)
    try:
        made = compose(post, to, digest_of(service, key))
    except PostError as error:
        return str(error)
    with service.database.writing() as session:
        known = sent(session, key, week)
        if known is not None:
            return known.problem or ("" if known.taken_at else BROKEN_OFF)
        if _moment(week + WEEK, zone) - utcnow() < TOO_NEAR:
            return ""
        session.add(DigestSent(programme=key, week=week))
    return _hand_over_once(service, key, week, (post, made))


def _hand_over_once(
    service: Service, key: str, week: date, letter: tuple[Post, EmailMessage]
) -> str:
    """Hand over what was written down to be sent; return what is wrong, or ""."""
    taken_at = None
    try:
        reached("digest.begun")
        problem = _some_refused(hand_over(*letter), letter[1])
        taken_at = utcnow()
        reached("digest.taken")
    except PostError as error:
        problem = str(error)
        if not error.in_doubt:
            _take_back(service, key, week)
            return problem
    with service.database.writing() as session:
        row = sent(session, key, week)
        if row is not None:
            row.problem, row.taken_at = problem, taken_at
    return problem


def _take_back(service: Service, key: str, week: date) -> None:
    with service.database.writing() as session:
        session.execute(
            delete(DigestSent).where(
                DigestSent.programme == key, DigestSent.week == week
            )
        )


def send_now(service: Service, key: str) -> str:
    """Send the e-mail as it is now; return what a person should know, or "".

    The week's own e-mail comes all the same. Raise ``PostError`` where it was not
    taken, ``ConfigError`` where the settings name no server or nobody, and in the demo.
    """
    post, to = service.settings.post, service.settings.accounts[key].digest_to
    if service.settings.demo:
        raise ConfigError("This is the demo: nothing leaves this machine.")
    if post is None or not to:
        raise ConfigError(NOT_SET)
    made = compose(post, to, digest_of(service, key))
    return _some_refused(hand_over(post, made), made)


def compose(post: Post, to: Sequence[str], digest: Digest) -> EmailMessage:
    """Return the e-mail that says it; raise ``PostError`` where an address is none."""
    return message(post.sender, to, lines.subject(digest), plain(digest), html(digest))


def week_of(now: datetime, zone: ZoneInfo) -> date:
    """Return the Monday whose morning came last."""
    here = now.astimezone(zone)
    monday = here.date() - timedelta(days=(here.weekday() - MONDAY) % 7)
    return monday if now >= _moment(monday, zone) else monday - WEEK


def _moment(monday: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(monday, time(HOUR), zone)


def _some_refused(refused: int, made: EmailMessage) -> str:
    every = len(made["To"].addresses)
    return SOME.format(refused=refused, every=every) if refused else ""


NOT_SET = (
    "No digest can be sent: SMTP_HOST, SMTP_FROM and DIGEST_TO must be set. "
    "Nothing was sent."
)
SOME = (
    "The weekly e-mail was sent; the mail server refused {refused} of its {every} "
    "addresses. Correct DIGEST_TO."
)
BROKEN_OFF = (
    "The service stopped while it sent the weekly e-mail. It may have arrived, so it "
    "is not sent again by itself. To send it: vidensbro digest --send"
)
