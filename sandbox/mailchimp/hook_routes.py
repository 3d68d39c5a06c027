"""The paths of webhooks, campaigns and reports."""

from typing import Any

from flask import Blueprint

from sandbox.box import Box
from sandbox.mailchimp import campaigns, gate, hooks, show
from sandbox.mailchimp.audience import audience_of, only_audience

Doc = dict[str, Any]
_HOOKS = "/3.0/lists/<list_id>/webhooks"
_HOOK = _HOOKS + "/<webhook_id>"


def add_webhooks(routes: Blueprint, box: Box) -> None:
    """/lists/{id}/webhooks. Only the answer to POST ever shows the signing secret."""

    @routes.get(_HOOKS)
    def list_webhooks(list_id: str) -> Doc:
        rows = [hooks.shown(one) for one in hooks.all_of(audience_of(box, list_id))]
        answer = {"webhooks": show.page(rows), "list_id": list_id}
        return show.pruned(answer | {"total_items": len(rows)})

    @routes.post(_HOOKS)
    def add_webhook(list_id: str) -> Doc:
        audience = audience_of(box, list_id)
        return hooks.shown_once(hooks.create(audience, gate.body()))

    @routes.get(_HOOK)
    def read_webhook(list_id: str, webhook_id: str) -> Doc:
        found = hooks.require(audience_of(box, list_id), webhook_id)
        return show.pruned(hooks.shown(found))

    @routes.patch(_HOOK)
    def patch_webhook(list_id: str, webhook_id: str) -> Doc:
        audience = audience_of(box, list_id)
        return hooks.shown(hooks.change(audience, webhook_id, gate.body()))

    @routes.delete(_HOOK)
    def remove_webhook(list_id: str, webhook_id: str) -> tuple[str, int]:
        hooks.remove(audience_of(box, list_id), webhook_id)
        return "", 204


def add_campaigns(routes: Blueprint, box: Box) -> None:
    """/campaigns and /reports, as far as sent campaigns go."""

    @routes.get("/3.0/campaigns")
    def list_campaigns() -> Doc:
        audience = only_audience(box)
        rows = [campaigns.shown(audience, one) for one in campaigns.asked(audience)]
        return campaigns.listed("campaigns", rows)

    @routes.get("/3.0/campaigns/<campaign_id>")
    def read_campaign(campaign_id: str) -> Doc:
        audience = only_audience(box)
        found = campaigns.require(audience, campaign_id)
        return show.pruned(campaigns.shown(audience, found))

    @routes.get("/3.0/reports")
    def list_reports() -> Doc:
        audience = only_audience(box)
        rows = [campaigns.report(audience, one) for one in campaigns.asked(audience)]
        return campaigns.listed("reports", rows)

    @routes.get("/3.0/reports/<campaign_id>")
    def read_report(campaign_id: str) -> Doc:
        audience = only_audience(box)
        found = campaigns.require(audience, campaign_id)
        return show.pruned(campaigns.report(audience, found))
