"""HubSpot both ways: what staff changed comes in first, then differences go out."""

from __future__ import annotations

from connector import reach
from connector.accounts import HubSpotAccount
from connector.clients import HubSpot
from connector.sync.context import Context
from connector.sync.hubspot.activities import pull_activities
from connector.sync.hubspot.audit import compare
from connector.sync.hubspot.board import pull_matches
from connector.sync.hubspot.hinted import listen, settle
from connector.sync.hubspot.links import push_links
from connector.sync.hubspot.objects import objects
from connector.sync.hubspot.pipelines import Stages, find_stages
from connector.sync.hubspot.pull import pull
from connector.sync.hubspot.push import push
from connector.sync.hubspot.side import Side

__all__ = ["audit", "compare", "make_side", "sync"]


def make_side(context: Context, client: HubSpot, account: HubSpotAccount) -> Side:
    """Return HubSpot's side of a programme; ask for the pipeline when not known."""
    kinds = objects(account)
    stages = _stages(context, client, kinds["participation"].type)
    return Side(
        context, client, kinds, stages, account.app_id, _sources(context, account)
    )


def _sources(context: Context, account: HubSpotAccount) -> frozenset[str]:
    """Return the ids that our own writes bear, where the settings name the app.

    A key of its own may write under another id than the app that holds the
    subscriptions: the nightly compare finds it where our own keys stand.
    """
    if not account.app_id:
        return frozenset()
    learnt = context.facts.get("hubspot.sources")
    more = learnt if isinstance(learnt, list) else []
    return frozenset({account.app_id, *map(str, more)})


def _stages(context: Context, client: HubSpot, object_type: str) -> Stages:
    known = context.facts.get("hubspot.stages")
    if isinstance(known, dict) and known.get("by_status"):
        return Stages(str(known["pipeline"]), dict(known["by_status"]))
    stages = find_stages(client.pipelines(object_type), context.plan)
    context.facts["hubspot.stages"] = {
        "pipeline": stages.pipeline,
        "by_status": dict(stages.by_status),
    }
    return stages


def sync(side: Side) -> None:
    """Pull staff's changes, push differences, bring associations in line.

    What webhooks said meanwhile is looked into, and counts as such only after all that
    it led to is committed.

    Raise ``RemoteBusy`` where HubSpot cannot be reached now and ``RemoteUnauthorised``
    where it refuses the credential; what was done until then stands.
    """
    told = listen(side)
    pull(side, told)
    settle(side, told.looked_into())
    push(side)
    pull_matches(side)
    if told.links:
        settle(side, told.links)
    push_links(side)
    pull_activities(side)


def audit(
    context: Context, client: HubSpot, *, dry_run: bool = False
) -> dict[str, dict[str, int]]:
    """Compare the whole account, not beside a sync; see ``audit.compare``."""
    account = reach.accounts_of(context.service, context.key).hubspot
    if account is None:
        return {}
    return compare(make_side(context, client, account), dry_run=dry_run)
