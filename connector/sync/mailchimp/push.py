"""Carrying decisions out: sent is committed before each call, accepted after it.

A crash in between is repeated harmlessly: the mirror, refreshed before every push,
shows what had arrived. One bad record never holds up the rest: its problem is kept on
its row, with a digest of what was refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from connector.boundaries import reached
from connector.clients.errors import RemoteError, RemoteRefused
from connector.clients.mailchimp import BATCH, Mailchimp
from connector.clients.mailchimp_shapes import AddAnswer, Member
from connector.clients.settling import Problem, chunks
from connector.sync.context import Context
from connector.sync.mailchimp.decide import Decision
from connector.sync.mailchimp.desired import Desired, word_key
from connector.sync.mailchimp.mirror import new_row, write_member
from connector.sync.state import NewsletterMember

SINGLES = 25
"""How many single calls share a commit; each may be repeated without harm."""
KEEPS_STATUS = "mailchimp.batch_keeps_status"
"""The fact that a live probe must have shown before known people go in a batch."""
DOUBLE_OPTIN = "mailchimp.double_optin"
"""The fact whether the audience asks everybody to confirm, as seen when last adding."""


class NoFieldError(Exception):
    """The audience lacks a merge field; Mailchimp passes over its values in silence."""


@dataclass
class _Answers:
    """What became of each decision of one commit, by the address of its row."""

    members: dict[str, Member] = field(default_factory=dict)
    problems: dict[str, Problem] = field(default_factory=dict)


def words(context: Context, client: Mailchimp, decisions: Sequence[Decision]) -> None:
    """Pass on what people said elsewhere, each word once, one call each.

    Every withdrawal goes before the first question.
    """
    for deed, status in (("withdraw", "unsubscribed"), ("ask", "pending")):
        for decision in decisions:
            if decision.deed == deed:
                _word(context, decision, status, client)


def add(context: Context, client: Mailchimp, decisions: Sequence[Decision]) -> None:
    """Add new people who said yes, 500 a call; known addresses stay as they are.

    Where the audience asks for a double opt-in, they are sent as pending: the API
    would skip the confirmation for ``subscribed`` (Mailchimp's own advice).
    """
    new = [one for one in decisions if one.deed == "add"]
    if not new:
        return
    double = bool(client.audience_info().get("double_optin"))
    context.facts[DOUBLE_OPTIN] = double
    status = "pending" if double else "subscribed"
    for part in chunks(new, BATCH):
        sent = {_row_email(one): _whole(one.wanted, status) for one in part}
        _commit_sent(context, part, sent)
        reached("mailchimp.add.sent")
        answer = client.add_new([_entry(one.wanted, status) for one in part])
        reached("mailchimp.add.accepted")
        _commit_answers(context, part, sent, _of(answer), "created")
        reached("mailchimp.add.after_commit")


def fields(context: Context, client: Mailchimp, decisions: Sequence[Decision]) -> None:
    """Write what differs on known, subscribed members, never with a status."""
    known = [one for one in decisions if one.deed == "fields"]
    batched = context.facts.get(KEEPS_STATUS) is True
    single = [one for one in known if one.email or not batched]
    many = [one for one in known if not one.email and batched]
    for part in chunks(many, BATCH):
        _field_part(context, part, lambda part: _of(_update(client, part)))
    for part in chunks(single, SINGLES):
        _field_part(context, part, lambda part: _put_each(client, part))


def _update(client: Mailchimp, part: Sequence[Decision]) -> AddAnswer:
    return client.update_many(
        [
            Member(
                email=_row_email(one),
                merge_fields=_tags(one.changes),
                language=one.changes.get("language", ""),
            )
            for one in part
        ]
    )


class _InterruptedError(Exception):
    """Some of the calls were answered when the tool became busy or refused us."""

    def __init__(self, answers: _Answers, error: RemoteError) -> None:
        super().__init__()
        self.answers = answers
        self.error = error


def _put_each(client: Mailchimp, part: Sequence[Decision]) -> _Answers:
    answers = _Answers()
    for one in part:
        email = _row_email(one)
        key = one.row.contact_id if one.row is not None else ""
        language = one.changes.get("language", "")
        try:
            answers.members[email] = client.put_fields(
                key or email, _tags(one.changes), language, one.email or None
            )
        except RemoteRefused as error:
            answers.problems[email] = _problem_of(error)
        except RemoteError as error:
            raise _InterruptedError(answers, error) from error
    return answers


def _field_part(
    context: Context,
    part: Sequence[Decision],
    send: Callable[[Sequence[Decision]], _Answers],
) -> None:
    sent = {_row_email(one): _sent_fields(one) for one in part}
    _commit_sent(context, part, sent)
    reached("mailchimp.fields.sent")
    interrupted: RemoteError | None = None
    try:
        answers = send(part)
    except _InterruptedError as stop:
        answers, interrupted = stop.answers, stop.error
    reached("mailchimp.fields.accepted")
    _commit_answers(context, part, sent, answers, "changed")
    reached("mailchimp.fields.after_commit")
    if interrupted is not None:
        raise interrupted


def _word(context: Context, one: Decision, status: str, client: Mailchimp) -> None:
    """Pass one word on. An ask is repeated only when the mirror shows it did not come:
    each is a mail to the person."""
    email, wanted = _row_email(one), one.wanted
    sent = {"status": status, "word": word_key(wanted.word)}
    if status == "pending":
        sent = _whole(wanted, status)
    _commit_sent(context, [one], {email: sent})
    reached("mailchimp.word.sent")
    answers = _Answers()
    try:
        if status == "pending":
            tags = _filled(wanted)
            answers.members[email] = client.ask_again(email, tags, wanted.language)
        else:
            key = one.row.contact_id if one.row is not None else ""
            answers.members[email] = client.unsubscribe(key or email)
    except RemoteRefused as error:
        answers.problems[email] = _problem_of(error)
    reached("mailchimp.word.accepted")
    done = "asked" if status == "pending" else "withdrawn"
    _commit_answers(context, [one], {email: sent}, answers, done)
    reached("mailchimp.word.after_commit")


def _commit_sent(
    context: Context, part: Sequence[Decision], sent: Mapping[str, Mapping[str, str]]
) -> None:
    with context.database.writing() as session:
        rows = _rows(session, context.key, list(sent))
        for one in part:
            email = _row_email(one)
            row = rows.get(email)
            if row is None:
                row = new_row(context.key, email)
                session.add(row)
            row.sent = {**row.sent, **sent[email]}
            row.pushed = {k: v for k, v in row.pushed.items() if k not in sent[email]}


def _commit_answers(
    context: Context,
    part: Sequence[Decision],
    sent: Mapping[str, Mapping[str, str]],
    answers: _Answers,
    done: str,
) -> None:
    missing: set[str] = set()
    with context.database.writing() as session:
        rows = _rows(session, context.key, list(sent))
        for one in part:
            email = _row_email(one)
            row = rows[email]
            if member := answers.members.get(email):
                _clear_way(session, context.key, row, member)
                missing |= _accept(row, member, sent[email])
                context.outcome.add(done)
            elif problem := answers.problems.get(email):
                _keep_problem(row, problem, one.wanted)
                context.outcome.add("refused")
    if missing:
        raise NoFieldError(", ".join(sorted(missing)))


def _accept(row: NewsletterMember, member: Member, sent: Mapping[str, str]) -> set[str]:
    """Write what the tool returned; return the merge fields that it does not have."""
    row.problem = row.problem_hash = ""
    row.email = member.email.lower()
    write_member(row, member)
    stands = {
        **member.merge_fields,
        "language": member.language,
        "email": row.email,
        "status": member.status,
    }
    row.pushed = {**row.pushed, **{n: stands[n] for n in sent if n in stands}}
    if word := sent.get("word"):
        row.word_sent = word
    return {name for name in sent if name.isupper() and name not in stands}


def _keep_problem(row: NewsletterMember, problem: Problem, wanted: Desired) -> None:
    again = "try again" in problem.message.lower()
    row.problem = "again" if again else problem.code
    row.problem_hash = wanted.hash
    if problem.status == 404:
        row.status = "gone"


def _clear_way(
    session: Session, programme: str, row: NewsletterMember, member: Member
) -> None:
    """Remove the row of an address never seen there that this member moved to."""
    email = member.email.lower()
    if email == row.email:
        return
    other = _rows(session, programme, [email]).get(email)
    if other is not None:
        session.delete(other)
        session.flush()


def _rows(
    session: Session, programme: str, emails: Sequence[str]
) -> dict[str, NewsletterMember]:
    found = session.scalars(
        select(NewsletterMember).where(
            NewsletterMember.programme == programme,
            NewsletterMember.email.in_(emails),
        )
    )
    return {row.email: row for row in found}


def _row_email(one: Decision) -> str:
    return one.row.email if one.row is not None else one.wanted.email


def _sent_fields(one: Decision) -> dict[str, str]:
    settled = one.email or _row_email(one) == one.wanted.email
    # An address that was changed at the tool is theirs: not sent, not ours to move.
    return {**one.changes, **({"email": one.wanted.email} if settled else {})}


def _whole(wanted: Desired, status: str) -> dict[str, str]:
    sent = {**_filled(wanted), "email": wanted.email, "status": status}
    if wanted.language:
        sent["language"] = wanted.language
    return {**sent, "word": word_key(wanted.word)}


def _filled(wanted: Desired) -> dict[str, str]:
    return {name: value for name, value in wanted.fields.items() if value}


def _tags(changes: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in changes.items() if name != "language"}


def _entry(wanted: Desired, status: str) -> Member:
    return Member(wanted.email, status, _filled(wanted), wanted.language)


def _of(answer: AddAnswer) -> _Answers:
    return _Answers(dict(answer.added), dict(answer.problems))


def _problem_of(error: RemoteRefused) -> Problem:
    return Problem(error.code or "refused", error.message, error.status)
