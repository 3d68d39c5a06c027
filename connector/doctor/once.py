"""What is told once: of two findings about one thing, the one nearest to its cause.

A chore and the plan of ``setup`` say what they met in words of their own; where a check
has told of the same setting, they would only repeat it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from connector.doctor.checks import FIRST, Job
from connector.doctor.tools import LACKS, NOTED, SETUP
from connector.findings import Finding

SETTING = re.compile(
    r"(?:HUBSPOT|MAILCHIMP|TYPEFORM|SURVEYMONKEY|SMTP)_[A-Z_]*[A-Z]"
    r"|DIGEST_TO|PUBLIC_URL|SECRET_KEY"
)
"""A setting's name, as it is called for the first programme."""
ADDRESS = frozenset({"public.url", "public"})
ARRIVAL = "public.webhooks"
SIGNING = LACKS["signing"].format(tool="Mailchimp")
FULL = re.compile(r"\b[A-Z]+(?:_[A-Z0-9]+)+\b")
ODD = ("holds a space", "no web address", "no host's name")
Found = Mapping[Job, Sequence[Finding]]


def told_once(found: Found) -> Iterator[tuple[Job, Finding]]:
    """Yield what was found, without what another finding tells already."""
    for job, many in found.items():
        for one in many:
            if not any(repeats(job, one, found) for repeats in REPEATS):
                yield job, one


def _behind(job: Job, one: Finding, found: Found) -> bool:
    """Tell whether the check of the tool itself has said why it cannot be asked."""
    return one.remedy == FIRST and any(
        other.name == job.check.behind and told.level == "fault"
        for other, told in _wrong(job, found)
    )


def _of_a_setting(job: Job, one: Finding, found: Found) -> bool:
    """Tell whether a check has told of a setting that this was heard of elsewhere."""
    if not _is_second_hand(one):
        return False
    names = set(SETTING.findall(one.what))
    return any(
        names & set(SETTING.findall(f"{told.what} {told.remedy}"))
        for _, told in _wrong(job, found)
        if not _is_second_hand(told)
    )


def _is_second_hand(one: Finding) -> bool:
    return one.check.startswith("chore.") or one.remedy == NOTED


def _of_the_address(job: Job, one: Finding, found: Found) -> bool:
    """Tell whether this is about webhooks to a public address that is wrong itself.

    To lead them there would be no remedy, and where a 404 awaits them a new fault.
    """
    led = one.check.endswith(".webhook") and one.remedy == SETUP
    causes = {ARRIVAL: ADDRESS}.get(job.name, ADDRESS | {ARRIVAL} if led else ())
    return any(
        other.name in causes and told.level == "fault"
        for other, told in _wrong(job, found)
    )


def _of_the_key(job: Job, one: Finding, found: Found) -> bool:
    """Tell whether it was said already that the kept signing secret does not open."""
    return one.what.startswith(SIGNING) and any(
        told.check == "mailchimp.signing" for _, told in _wrong(job, found)
    )


def _of_the_worker(job: Job, one: Finding, found: Found) -> bool:
    """Tell whether this is late because the worker does not run."""
    return one.check == "forms.late" and any(
        told.check == "worker" for _, told in _wrong(job, found)
    )


def _of_the_writing(job: Job, one: Finding, found: Found) -> bool:
    """Tell whether what is odd about a value was said where the value is looked at."""
    if one.check != "settings.written":
        return False
    names = set(FULL.findall(one.what))
    said = {
        name
        for _, told in _wrong(job, found)
        if any(words in told.what for words in ODD)
        for name in FULL.findall(f"{told.what} {told.remedy}")
    }
    return bool(names) and names <= said


def _wrong(job: Job, found: Found) -> Iterator[tuple[Job, Finding]]:
    """Yield what is not well with the same programme, or the installation."""
    for other, many in found.items():
        if other.check.once or other.key == job.key:
            yield from ((other, told) for told in many if told.level != "well")


REPEATS = (
    _behind,
    _of_a_setting,
    _of_the_address,
    _of_the_key,
    _of_the_worker,
    _of_the_writing,
)
