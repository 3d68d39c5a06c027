"""The Marketing API's paths, each handed on to the module that knows the rules."""

from typing import Any

from flask import Blueprint
from flask.blueprints import BlueprintSetupState

from sandbox.box import Box
from sandbox.mailchimp import batch, field_calls, gate, members, segments, show
from sandbox.mailchimp.audience import (
    all_lists,
    audience_of,
    only_audience,
    other_lists,
    shown_list,
)
from sandbox.mailchimp.hook_routes import add_campaigns, add_webhooks
from sandbox.mailchimp.members import Write
from sandbox.mailchimp.people import control_blueprint

Doc = dict[str, Any]
Nothing = tuple[str, int]
_LIST = "/3.0/lists/<list_id>"
_MEMBER = _LIST + "/members/<member>"
_FIELD = _LIST + "/merge-fields/<merge_id>"
_SEGMENT = _LIST + "/segments/<segment_id>"
_GONE: Nothing = ("", 204)


def blueprint(box: Box) -> Blueprint:
    """All of the API. Registering it brings the control routes along."""
    routes = Blueprint("mailchimp", __name__)
    gate.guard(routes, box)
    _account(routes, box)
    _members(routes, box)
    _one_member(routes, box)
    _fields(routes, box)
    _segments(routes, box)
    _segment_members(routes, box)
    add_webhooks(routes, box)
    add_campaigns(routes, box)

    @routes.record_once
    def with_control(state: BlueprintSetupState) -> None:
        state.app.register_blueprint(control_blueprint(box))

    return routes


def _account(routes: Blueprint, box: Box) -> None:
    @routes.get("/3.0/")
    def root() -> Doc:
        return show.pruned(
            {
                "account_id": box.option("mailchimp.account_id", "sandbox-account"),
                "login_id": "1",
                "account_name": "Sandbox",
                "email": "staff@programme.example",
                "role": "owner",
                "pricing_plan_type": "forever_free",
                "total_subscribers": shown_list(only_audience(box))["stats"][
                    "member_count"
                ],
            }
        )

    @routes.get("/3.0/ping")
    def ping() -> Doc:
        return {"health_status": "Everything's Chimpy!"}

    @routes.get("/3.0/lists")
    def lists() -> Doc:
        rows = all_lists(box)
        return show.pruned({"lists": show.page(rows), "total_items": len(rows)})

    @routes.get(_LIST)
    def one_list(list_id: str) -> Doc:
        other = next((one for one in other_lists(box) if one["id"] == list_id), None)
        return show.pruned(other or shown_list(audience_of(box, list_id)))

    @routes.post(_LIST)
    def batch_subscribe(list_id: str) -> Doc:
        audience = audience_of(box, list_id)
        with box.store.lock:
            return batch.run(
                audience,
                gate.body(),
                skip_checks=gate.flag("skip_merge_validation"),
                skip_twins=gate.flag("skip_duplicate_check"),
            )


def _write() -> Write:
    return Write(gate.body(), gate.flag("skip_merge_validation"))


def _members(routes: Blueprint, box: Box) -> None:
    @routes.get(_LIST + "/members")
    def list_members(list_id: str) -> Doc:
        audience = audience_of(box, list_id)
        asked = show.asked_members(audience)
        page = [show.member(audience, one) for one in show.page(asked)]
        answer = {"members": page, "list_id": list_id, "total_items": len(asked)}
        return show.pruned(answer)

    @routes.post(_LIST + "/members")
    def add_member(list_id: str) -> Doc:
        audience = audience_of(box, list_id)
        with box.store.lock:
            return show.member(audience, members.post(audience, _write()))

    @routes.post(_MEMBER + "/actions/delete-permanent")
    def erase_member(list_id: str, member: str) -> Nothing:
        with box.store.lock:
            members.erase(audience_of(box, list_id), member)
        return _GONE


def _one_member(routes: Blueprint, box: Box) -> None:
    @routes.get(_MEMBER)
    def read_member(list_id: str, member: str) -> Doc:
        audience = audience_of(box, list_id)
        return show.pruned(show.member(audience, members.require(audience, member)))

    @routes.put(_MEMBER)
    def put_member(list_id: str, member: str) -> Doc:
        audience = audience_of(box, list_id)
        with box.store.lock:
            return show.member(audience, members.put(audience, member, _write()))

    @routes.patch(_MEMBER)
    def patch_member(list_id: str, member: str) -> Doc:
        audience = audience_of(box, list_id)
        with box.store.lock:
            return show.member(audience, members.patch(audience, member, _write()))

    @routes.delete(_MEMBER)
    def archive_member(list_id: str, member: str) -> Nothing:
        with box.store.lock:
            members.archive(audience_of(box, list_id), member)
        return _GONE


def _fields(routes: Blueprint, box: Box) -> None:
    @routes.get(_LIST + "/merge-fields")
    def list_fields(list_id: str) -> Doc:
        rows = audience_of(box, list_id).merge_fields()
        answer = {"merge_fields": show.page(rows), "list_id": list_id}
        return show.pruned(answer | {"total_items": len(rows)})

    @routes.post(_LIST + "/merge-fields")
    def add_field(list_id: str) -> Doc:
        with box.store.lock:
            return field_calls.create(audience_of(box, list_id), gate.body())

    @routes.get(_FIELD)
    def read_field(list_id: str, merge_id: str) -> Doc:
        return show.pruned(field_calls.require(audience_of(box, list_id), merge_id))

    @routes.patch(_FIELD)
    def patch_field(list_id: str, merge_id: str) -> Doc:
        with box.store.lock:
            return field_calls.change(audience_of(box, list_id), merge_id, gate.body())

    @routes.delete(_FIELD)
    def remove_field(list_id: str, merge_id: str) -> Nothing:
        with box.store.lock:
            field_calls.remove(audience_of(box, list_id), merge_id)
        return _GONE


def _segments(routes: Blueprint, box: Box) -> None:
    @routes.get(_LIST + "/segments")
    def list_segments(list_id: str) -> Doc:
        audience = audience_of(box, list_id)
        rows = segments.asked(audience)
        page = [segments.show(audience, one) for one in show.page(rows)]
        answer = {"segments": page, "list_id": list_id, "total_items": len(rows)}
        return show.pruned(answer)

    @routes.post(_LIST + "/segments")
    def add_segment(list_id: str) -> Doc:
        audience = audience_of(box, list_id)
        with box.store.lock:
            made = segments.create(audience, gate.body())
            return segments.show(audience, made)

    @routes.get(_SEGMENT)
    def read_segment(list_id: str, segment_id: str) -> Doc:
        audience = audience_of(box, list_id)
        found = segments.require(audience, segment_id)
        return show.pruned(segments.show(audience, found))

    @routes.patch(_SEGMENT)
    def patch_segment(list_id: str, segment_id: str) -> Doc:
        audience = audience_of(box, list_id)
        with box.store.lock:
            changed = segments.change(audience, segment_id, gate.body())
            return segments.show(audience, changed)

    @routes.delete(_SEGMENT)
    def remove_segment(list_id: str, segment_id: str) -> Nothing:
        audience = audience_of(box, list_id)
        segments.require(audience, segment_id)
        box.store.delete(audience.segments, segment_id)
        return _GONE


def _segment_members(routes: Blueprint, box: Box) -> None:
    @routes.get(_SEGMENT + "/members")
    def list_segment_members(list_id: str, segment_id: str) -> Doc:
        audience = audience_of(box, list_id)
        segment = segments.require(audience, segment_id)
        more = ("unsubscribed", "cleaned", "transactional")
        wanted = {name for name in more if gate.flag(f"include_{name}")}
        rows = segments.addressed(audience, segment, wanted | {"subscribed"})
        page = [show.member(audience, one) for one in show.page(rows)]
        return show.pruned({"members": page, "total_items": len(rows)})
