"""HubSpot both ways: what staff changed comes in first, then differences go out."""

from __future__ import annotations

from connector.accounts import HubSpotAccount
from connector.clients import HubSpot
from connector.sync.context import Context
from connector.sync.hubspot.activities import pull_activities
from connector.sync.hubspot.board import pull_matches
from connector.sync.hubspot.links import push_links
from connector.sync.hubspot.objects import objects
from connector.sync.hubspot.pipelines import Stages, find_stages
from connector.sync.hubspot.pull import pull
from connector.sync.hubspot.push import push
from connector.sync.hubspot.side import Side

__all__ = ["make_side", "sync"]


def make_side(context: Context, client: HubSpot, account: HubSpotAccount) -> Side:
    """Return HubSpot's side of a programme; ask for the pipeline when not known."""
    kinds = objects(account)
    stages = _stages(context, client, kinds["participation"].type)
    return Side(context, client, kinds, stages)


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

    Raise ``RemoteBusy`` where HubSpot cannot be reached now and ``RemoteUnauthorised``
    where it refuses the credential; what was done until then stands.
    """
    pull(side)
    push(side)
    pull_matches(side)
    push_links(side)
    pull_activities(side)
