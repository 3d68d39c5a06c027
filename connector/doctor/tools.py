"""Each tool: its credential, its webhooks, and what setup would still have to make.

What setup would do is read from its plan, so that both always mean the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from connector import credentials, reach
from connector.doctor.database import is_file, is_ready
from connector.doctor.public import is_url
from connector.findings import Finding, worst
from connector.service import Service
from connector.settings import prefix_of
from connector.sync.cycle import find
from connector.sync.setup import SetupPlan, Step, plan_all
from connector.sync.setup.words import LABELS

FAULT = 2
SHOWN = 3
SETUP = "Run: vidensbro setup (it shows all, and asks)"
NOTED = "When that is done, run: vidensbro setup"
"""Of what setup leaves to a person."""
LACKS: Mapping[str, str] = {
    "missing": "A webhook of {tool} is missing",
    "several": "{tool} has several webhooks that lead here",
    "moved": "A webhook of {tool} leads elsewhere",
    "off": "A webhook of {tool} is switched off",
    "secret": "A webhook of {tool} was made with another secret",
    "events": "The webhook of {tool} does not tell all that it should",
    "signing": "The signing secret of {tool}'s webhook is not kept here",
    "short": "The webhook of {tool} does not name all surveys",
}
PLURALS: Mapping[str, str] = {
    "property group": "property groups",
    "property": "properties",
    "answer option": "answer options",
    "pipeline": "pipelines",
    "stage": "stages",
    "look at changed stages": "looks at changed stages",
    "merge field": "merge fields",
    "segment": "segments",
    "change of a segment": "changes of segments",
}
"""What setup makes besides webhooks."""
SETTING = re.compile(r"\b(?:HUBSPOT|MAILCHIMP|TYPEFORM|SURVEYMONKEY)_[A-Z_]+\b")
SAFE = "Nothing is lost: it is fetched later instead."


def check_tool(tool: str) -> Callable[[Service, str], Iterator[Finding]]:
    """Return the check of one tool; a tool that is off has no finding.

    Before there is a database the credential alone is looked at.
    """

    def check(service: Service, key: str) -> Iterator[Finding]:
        accounts = reach.accounts_of(service, key)
        ready = is_ready(service)
        # Limits that a server keeps are counted here alone while it is not there.
        limits = reach.limits_store(service) if ready or is_file(service) else ""
        told = credentials.check(tool, accounts, limits)
        credential = [_own(_proven(one, service, key), service, key) for one in told]
        yield from credential
        accepted = credentials.accepted(tool, credential)
        if not (accepted and ready and is_url(service)):
            return
        blamed = worst(credential) == FAULT or _is_stopped(service, key, tool)
        yield from _planned(tool, plan_all(service, key, {tool}), blamed=blamed)

    return check


def _is_stopped(service: Service, key: str, tool: str) -> bool:
    """Tell whether another check tells already that the account is another one."""
    with service.database.reading() as session:
        row = find(session, key, tool)
    return row is not None and row.state == "stopped"


def _proven(one: Finding, service: Service, key: str) -> Finding:
    """Take writing as allowed where it was done: what cannot be asked was tried."""
    if one.check != "hubspot.scopes" or one.level != "warning":
        return one
    if not is_ready(service):
        return one
    with service.database.reading() as session:
        row = find(session, key, "hubspot")
    if row is None or row.last_success_at is None:
        return one
    what = "The scopes for reading are there, and a sync has written."
    return replace(one, level="well", what=what, remedy="")


def _own(one: Finding, service: Service, key: str) -> Finding:
    """Name the programme's own settings: only the first one's bear no prefix."""
    if key == service.settings.programmes[0]:
        return one
    return replace(one, remedy=SETTING.sub(rf"{prefix_of(key)}\g<0>", one.remedy))


def _planned(tool: str, plan: SetupPlan, *, blamed: bool) -> Iterator[Finding]:
    """Yield what setup would do and say.

    ``blamed``: the credential or the account is at fault already, and what setup has
    to say of it would only repeat that.
    """
    hooks = [one for one in plan.steps if one.lack]
    for lack in dict.fromkeys(one.lack for one in hooks):
        yield _hooks(tool, lack, [one for one in hooks if one.lack == lack])
    others = [one for one in plan.steps if not one.lack]
    if others:
        lacks = f"{LABELS[tool]} lacks what values are written to."
        what = f"{lacks} Setup would make: {_counted(others)} ({_named(others)})."
        yield Finding(f"{tool}.setup", "fault", what, SETUP)
    if not blamed:
        for note in plan.notes:
            yield Finding(f"{tool}.setup", "fault", note, NOTED)
    if not plan.steps and not plan.notes:
        what = f"{LABELS[tool]} is prepared."
        yield Finding(f"{tool}.setup", "well", what)


def _hooks(tool: str, lack: str, steps: Sequence[Step]) -> Finding:
    told = LACKS[lack].format(tool=LABELS[tool])
    forms = f" Forms: {_named(steps)}." if any(one.names for one in steps) else ""
    what = f"{told}. {SAFE}{forms}"
    return Finding(f"{tool}.webhook", "fault", what, SETUP)


def _counted(steps: Sequence[Step]) -> str:
    """Count what setup would make, by kind; all of it by name would fill a page."""
    counts: Counter[str] = Counter()
    for one in steps:
        counts[one.kind] += len(one.names)
    return ", ".join(
        f"{number} {kind if number == 1 else PLURALS[kind]}"
        for kind, number in counts.items()
    )


def _named(steps: Sequence[Step]) -> str:
    """Quote a few names of what setup would make, as they stand at the tool."""
    names = [name for one in steps for name in one.names]
    few = ", ".join(f"“{name}”" for name in names[:SHOWN])
    return f"{few} among them" if len(names) > SHOWN else few
