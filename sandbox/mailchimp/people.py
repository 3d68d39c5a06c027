"""The doors of the acts: JSON for tests and the demo, forms for the sandbox's page."""

from collections.abc import Callable

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as Answer

from sandbox.box import Box
from sandbox.mailchimp import courier, problems
from sandbox.mailchimp.acts import ACTS, Act, Doc
from sandbox.mailchimp.audience import only_audience
from sandbox.mailchimp.hooks import SOURCES
from sandbox.mailchimp.page import page_tables, people_known
from sandbox.mailchimp.problems import ProblemError, invalid
from sandbox.strangers import keep_out

_CONTROL = "/sandbox/control/mailchimp"
_PAGE = "/sandbox/mailchimp"
_DONE = {
    "unsubscribe": "The contact has unsubscribed.",
    "resubscribe": "The contact has subscribed again.",
    "change_address": "The contact has another address now.",
}


def control_blueprint(box: Box) -> Blueprint:
    """POST /sandbox/control/mailchimp/{act}, and Mailchimp's page with its buttons.

    Acts and what they take: see the package. Header `X-Sandbox-At` dates an act, as
    with every call of the API; `actor` user, admin or api says who did it.
    """
    routes = Blueprint("mailchimp_people", __name__)

    keep_out(routes)

    @routes.errorhandler(ProblemError)
    def refuse(problem: ProblemError) -> Response | tuple[str, int]:
        if not _is_form():
            return problems.answer(problem)
        told = " ".join([problem.detail, *problem.where]).strip()
        return _page(box, told), problem.status

    for name, act in ACTS.items():
        path = f"{_CONTROL}/{name}"
        routes.post(path, endpoint=name)(_view(box, name, act))

    @routes.get(f"{_CONTROL}/waiting")
    def waiting() -> Doc:
        """How many webhooks are still to be sent, tries again included."""
        return {"waiting": courier.sender_of(box).waiting()}

    @routes.get(_PAGE)
    def page() -> str:
        return _page(box, _DONE.get(request.args.get("done", ""), ""))

    return routes


def _is_form() -> bool:
    return request.method == "POST" and request.get_json(silent=True) is None


def _view(box: Box, name: str, act: Act) -> Callable[[], Doc | Answer]:
    def view() -> Doc | Answer:
        told = request.get_json(silent=True) or request.form
        if not hasattr(told, "get"):
            raise invalid("", "Schema describes object, something else found.")
        actor = str(told.get("actor") or act.actor)
        if actor not in SOURCES:
            raise invalid("actor", f"Value must be one of: {', '.join(SOURCES)}")
        with box.store.lock:
            done = act.run(only_audience(box, actor), told)
        if _is_form():
            return redirect(f"{_PAGE}?done={name}", 303)
        return done

    return view


def _page(box: Box, message: str) -> str:
    return render_template(
        "mailchimp.html",
        key="mailchimp",
        name="Mailchimp",
        tables=page_tables(box),
        boards=[],
        people=people_known(box),
        message=message,
    )
