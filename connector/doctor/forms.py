"""The forms: each is looked at in time, and nothing answers that nobody reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from connector.db import utcnow
from connector.doctor.worker import moment
from connector.findings import Finding
from connector.inbox import Delivery
from connector.service import Service
from connector.sources.standing import Standing, callers_without_mapping, standing
from connector.sources.tools import sources

LATE = timedelta(minutes=30)
"""After a look was due: the worker may have been busy with another form."""


def check_forms(service: Service, key: str) -> Iterator[Finding]:
    """Look at every form that is read, and for those that nothing reads."""
    found = [*_read(service, key), *_unread(service, key)]
    yield from found or [Finding("forms", "well", "Every form is read in time.")]


def _read(service: Service, key: str) -> Iterator[Finding]:
    late: list[Standing] = []
    for one in standing(service, key):
        if one.problem:
            what = f"{one.mapping} ({one.form}) could not be read: {one.problem}"
            remedy = "Run: vidensbro forms check"
            yield Finding(f"{one.provider}.forms", "warning", what, remedy)
        elif one.next_look_at and one.next_look_at + LATE < utcnow():
            late.append(one)
    if late:
        first = min(late, key=lambda one: one.next_look_at or utcnow())
        at = moment(first.looked_at) if first.looked_at else "never"
        up_to = moment(first.read_up_to) if first.read_up_to else "none yet"
        what = (
            f"{len(late)} forms were not looked at in time; {first.mapping} "
            f"({first.form}) last: {at}, answers up to: {up_to}."
        )
        remedy = "Is the worker at work? By hand: vidensbro reconcile"
        yield Finding("forms.late", "fault", what, remedy)


def _unread(service: Service, key: str) -> Iterator[Finding]:
    waiting = Counter(_quarantined(service, key))
    for caller in callers_without_mapping(service, key):
        waiting.setdefault(caller, 0)
    for (provider, form), count in sorted(waiting.items()):
        label = sources()[provider].label if provider in sources() else provider
        kept = f": {count} are kept, and count nowhere" if count else ""
        what = f"{label}'s form {form} gets answers that nothing reads{kept}."
        remedy = (
            f"Bind it: vidensbro forms bind {provider} {form}; or let the form's "
            "webhook go"
        )
        yield Finding(f"{provider}.unmapped", "warning", what, remedy)


def _quarantined(service: Service, key: str) -> dict[tuple[str, str], int]:
    query = (
        select(Delivery.provider, Delivery.form, func.count())
        .where(Delivery.programme == key, Delivery.state == "quarantined")
        .group_by(Delivery.provider, Delivery.form)
    )
    with service.database.reading() as session:
        return {(row[0], row[1]): row[2] for row in session.execute(query)}
