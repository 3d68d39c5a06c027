"""What people and mail servers do, not the API: acts for the page, tests, demo."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request

from sandbox.box import Box
from sandbox.mailchimp import members, problems, show
from sandbox.mailchimp.addresses import check_address, subscriber_hash
from sandbox.mailchimp.audience import Audience, only_audience, stamp
from sandbox.mailchimp.members import Write
from sandbox.mailchimp.problems import ProblemError

Doc = dict[str, Any]
Act = Callable[[Audience, str], Doc]


def _unsubscribe(audience: Audience, email: str) -> Doc:
    """The link at the foot of a newsletter."""
    return members.overwrite(
        audience,
        members.require(audience, email),
        status="unsubscribed",
        left_by="self",
        unsubscribe_reason=request.headers.get("X-Sandbox-Reason", "None given"),
        unsubscribed_at=stamp(audience.box),
    )


def _resubscribe(audience: Audience, email: str) -> Doc:
    """The hosted form, or the link in a confirmation mail: the person's own yes."""
    audience.box.store.delete(audience.erased, subscriber_hash(email))
    known = members.find(audience, email)
    if known is None:
        write = Write({"email_address": email}, skip_checks=True)
        return members.create(audience, write, "subscribed")
    return members.overwrite(
        audience,
        known,
        status="subscribed",
        left_by="",
        unsubscribe_reason="",
        timestamp_opt=stamp(audience.box),
    )


def _clean(audience: Audience, email: str) -> Doc:
    """Mail to the address bounced for good."""
    known = members.require(audience, email)
    return members.overwrite(audience, known, status="cleaned", left_by="self")


_ACTS: dict[str, Act] = {
    "unsubscribe": _unsubscribe,
    "resubscribe": _resubscribe,
    "clean": _clean,
}


def control_blueprint(box: Box) -> Blueprint:
    """POST /sandbox/control/mailchimp/{unsubscribe, resubscribe, clean} {email}.

    Header `X-Sandbox-At` dates the act, as with every call of the API.
    """
    routes = Blueprint(
        "mailchimp_people", __name__, url_prefix="/sandbox/control/mailchimp"
    )

    @routes.errorhandler(ProblemError)
    def refuse(problem: ProblemError) -> Response:
        return problems.answer(problem)

    for name, act in _ACTS.items():
        routes.post(f"/{name}", endpoint=name)(_view(box, act))
    return routes


def _view(box: Box, act: Act) -> Callable[[], Doc]:
    def view() -> Doc:
        told = request.get_json(silent=True) or request.form
        audience = only_audience(box)
        with box.store.lock:
            doc = act(audience, check_address(told.get("email")))
            return show.member(audience, doc)

    return view
