"""What is wrong with an installation, and how to mend it: one check after another.

A check is a function that yields findings; it is entered below under its name. What
asks a tool or the network runs beside the others, each against a deadline: none can
hang, and none stops another. No check writes anything at a tool.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from connector.credentials.asking import QUICK
from connector.doctor.backups import check_backups
from connector.doctor.budgets import check_hubspot_budget, check_surveymonkey_budget
from connector.doctor.checks import Check, Job, alone, together
from connector.doctor.clock import check_clock
from connector.doctor.database import check_database, check_queue
from connector.doctor.disk import check_data, check_disk
from connector.doctor.forms import check_forms
from connector.doctor.keys import check_files, check_sealed, check_secrets
from connector.doctor.maintenance import check_maintenance
from connector.doctor.mapping import check_mapping
from connector.doctor.newsletter import check_newsletter
from connector.doctor.once import told_once
from connector.doctor.others import check_hubspot_writers, check_mailchimp_writers
from connector.doctor.owner import check_task_owner
from connector.doctor.post import check_post, check_server
from connector.doctor.public import (
    check_address,
    check_spelling,
    check_webhooks_arrive,
)
from connector.doctor.pushed import check_hubspot_events
from connector.doctor.staff import check_connections, check_desk
from connector.doctor.tools import check_tool
from connector.doctor.values import check_values
from connector.doctor.worker import (
    check_backlog,
    check_hints,
    check_syncs,
    check_worker,
)
from connector.doctor.written import check_written
from connector.findings import Finding
from connector.service import Service

__all__ = ["CHECKS", "examine"]

DATA, DATABASE, MAPPING, WORKER = "data", "database", "mapping", "worker"
STORED, MAPPED = frozenset({DATABASE}), frozenset({MAPPING})
BOTH = STORED | MAPPED
SPELT = frozenset({"public.url"})


def _asks(tool: str, *more: str) -> frozenset[str]:
    """Return what must be right before a tool is asked: its limits are in DATA_DIR."""
    return frozenset({f"{tool}.settings", DATA, *more})


CHECKS: Mapping[str, Check] = {
    "settings.written": Check(check_written, once=True),
    "settings.files": Check(check_files, once=True),
    "settings.secrets": Check(check_secrets),
    "settings.post": Check(check_post),
    **{
        f"{tool}.settings": Check(check_values(tool))
        for tool in ("hubspot", "mailchimp", "typeform", "surveymonkey")
    },
    "public.url": Check(check_spelling, once=True),
    "data": Check(check_data, once=True),
    "database": Check(check_database, once=True),
    "queue": Check(check_queue, once=True),
    "disk": Check(check_disk, once=True),
    "maintenance": Check(check_maintenance, once=True),
    "mapping": Check(check_mapping),
    "mailchimp.signing": Check(check_sealed, needs=STORED),
    "worker": Check(check_worker, once=True, needs=STORED),
    "backlog": Check(check_backlog, needs=BOTH | {WORKER}),
    "backup": Check(check_backups, once=True, needs=STORED),
    "syncs": Check(check_syncs, needs=STORED | {WORKER}),
    "connections": Check(check_connections, needs=STORED),
    "forms": Check(check_forms, needs=BOTH),
    "desk": Check(check_desk, needs=STORED),
    "hints": Check(check_hints, needs=BOTH | {WORKER}),
    "hubspot.webhook": Check(check_hubspot_events, needs=STORED),
    "surveymonkey.budget": Check(check_surveymonkey_budget, needs=STORED),
    "public": Check(check_address, once=True, calls=True, needs=SPELT),
    "public.webhooks": Check(check_webhooks_arrive, calls=True, needs=SPELT),
    "post": Check(
        check_server, once=True, calls=True, needs=frozenset({"settings.post"})
    ),
    "clock": Check(check_clock, calls=True),
    **{
        tool: Check(check_tool(tool), calls=True, needs=_asks(tool, MAPPING))
        for tool in ("hubspot", "mailchimp", "typeform", "surveymonkey")
    },
    "hubspot.budget": Check(
        check_hubspot_budget,
        calls=True,
        needs=_asks("hubspot", DATABASE),
        behind="hubspot",
    ),
    "hubspot.owner": Check(
        check_task_owner,
        calls=True,
        needs=_asks("hubspot", DATABASE),
        behind="hubspot",
    ),
    "hubspot.others": Check(
        check_hubspot_writers,
        calls=True,
        needs=_asks("hubspot", DATABASE, MAPPING),
        behind="hubspot",
    ),
    "mailchimp.others": Check(
        check_mailchimp_writers,
        calls=True,
        needs=_asks("mailchimp", DATABASE),
        behind="mailchimp",
    ),
    "mailchimp.fields": Check(
        check_newsletter,
        calls=True,
        needs=_asks("mailchimp", DATABASE, MAPPING),
        behind="mailchimp",
    ),
}


def examine(
    service: Service, keys: Sequence[str], *, quick: bool = False
) -> list[Finding]:
    """Look at everything about these programmes; a check that breaks is a finding.

    ``quick`` leaves out what asks a tool or the network. What another check needs to
    be right stands before it; where that is at fault, the other is not looked at.
    """
    service.patience = QUICK
    every = [job for job in _jobs(service, keys) if not (quick and job.check.calls)]
    found: dict[Job, list[Finding]] = {}
    for job in every:
        if not job.check.calls and not _lacking(job, found):
            found[job] = alone(job)
    calling = [job for job in every if job.check.calls and not _lacking(job, found)]
    found |= together(calling)
    several = len(service.settings.programmes) > 1
    return [
        _named(one, job) if several and not job.check.once else one
        for job, one in told_once({job: found.get(job, ()) for job in every})
    ]


def _jobs(service: Service, keys: Sequence[str]) -> Iterable[Job]:
    for name, check in CHECKS.items():
        for key in keys[:1] if check.once else keys:
            yield Job(name, check, service, key)


def _lacking(job: Job, found: Mapping[Job, Sequence[Finding]]) -> bool:
    """Tell whether what a check needs was found to be at fault."""
    return any(
        before.name in job.check.needs
        and (before.check.once or before.key == job.key)
        and any(one.level == "fault" for one in told)
        for before, told in found.items()
    )


def _named(finding: Finding, job: Job) -> Finding:
    """Say which programme it is about, and have the remedy be for that one."""
    remedy = finding.remedy
    if job.key != job.service.settings.programmes[0]:
        remedy = COMMAND.sub(rf"\g<0> --programme {job.key}", remedy)
    return replace(finding, what=f"{job.key}: {finding.what}", remedy=remedy)


COMMAND = re.compile(
    r"vidensbro (?:setup|sync|connection|reconcile|forms|people|deliveries|digest)\b"
    r"(?: [^\s;,.()]+)*"
)
"""Those that are for the first programme where none is named."""
