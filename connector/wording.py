"""An answer as one text, for people to read."""

from __future__ import annotations

from webhooks.submission import Answer, Submission


def answers_of(submission: Submission) -> tuple[tuple[str, str, str], ...]:
    """Return (question, title, value as text) of every answer."""
    return tuple((name_of(one), one.title, in_words(one)) for one in submission.answers)


def name_of(answer: Answer) -> str:
    """Return what an answer's question is called where answers are listed."""
    return "/".join(filter(None, (answer.ref or answer.question, answer.row)))


def in_words(answer: Answer) -> str:
    """Return an answer's value as one text."""
    if answer.choices or answer.other:
        said = [c.label or c.ref or c.key for c in answer.choices]
        return ", ".join([*said, *([answer.other] if answer.other else [])])
    if answer.value is None:
        return answer.raw
    if isinstance(answer.value, bool):
        return "yes" if answer.value else "no"
    return str(answer.value)
