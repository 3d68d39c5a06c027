"""The doors of staff's acts and of the webhooks' set-up, and HubSpot's page.

POST /sandbox/control/hubspot/{act}, as JSON or as a form. A form leads back to the
page, a refused one shows it with what was wrong.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from sandbox.box import Box
from sandbox.hubspot.account import Account
from sandbox.hubspot.board import boards, page_tables
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.events import subscription_of
from sandbox.hubspot.kinds import OUTCOMES
from sandbox.hubspot.limits import act_as_staff
from sandbox.hubspot.offers import activities_on, archived, by_type, writable
from sandbox.hubspot.portal import VERSION
from sandbox.hubspot.staff import ACTS, Done, Told
from sandbox.hubspot.task_list import task_cards
from sandbox.strangers import keep_out

CONTROL, PAGE = "/sandbox/control/hubspot", "/sandbox/hubspot"
_DONE = {
    "edit": "The record has been changed.",
    "merge": "The two records are one now.",
    "archive": "The record is in the recycle bin.",
    "restore": "The record is back from the recycle bin.",
    "forget": "The contact has been deleted for good.",
    "associate": "The two records belong together now.",
    "part": "The two records have been taken apart.",
    "meeting": "The meeting has been logged.",
    "note": "The note has been written.",
    "complete_task": "The task has been completed.",
}
Answer = tuple[dict[str, Any], int]
View = Callable[[], Done | Response]


def control_blueprint(box: Box, account: Account) -> Blueprint:
    """Acts as staff, webhooks, and the page with its forms."""
    routes = Blueprint("hubspot_staff", __name__)
    keep_out(routes)
    routes.before_request(act_as_staff)

    @routes.errorhandler(HubError)
    def refuse(error: HubError) -> Answer | tuple[str, int]:
        if request.is_json:
            return error.body(), error.status
        return _page(box, error.message, failed=True), error.status

    for name in ACTS:
        routes.post(f"{CONTROL}/{name}", endpoint=name)(_view(account, name))

    @routes.get(PAGE)
    def page() -> str:
        return _page(box, _DONE.get(request.args.get("done", ""), ""))

    _add_webhooks(routes, account)
    return routes


def _view(account: Account, name: str) -> View:
    def view() -> Done | Response:
        with account.portal.transaction():
            done = ACTS[name](account, _told())
        if request.is_json:
            return done
        return redirect(f"{PAGE}?done={name}", 303)

    return view


def _told() -> Told:
    if not request.is_json:
        return Told(request.form.to_dict(flat=False))
    said = request.get_json(silent=True)
    if not isinstance(said, dict):
        raise HubError(400, "Invalid input JSON: an object is expected")
    return Told({name: _texts(value) for name, value in said.items()})


def _texts(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _add_webhooks(routes: Blueprint, account: Account) -> None:
    box = account.portal.box

    @routes.post(f"{CONTROL}/webhooks")
    def set_up() -> Answer:
        """Set option `hubspot.webhooks`, as a developer does when an app is uploaded;
        an empty object takes the webhooks away."""
        wanted = request.get_json(silent=True)
        if not isinstance(wanted, dict):
            raise HubError(400, "Invalid input JSON: an object is expected")
        if wanted:
            _check(wanted)
        box.options["hubspot.webhooks"] = wanted
        return account.courier.hooks() | {"secret": "***"}, 200

    @routes.get(f"{CONTROL}/waiting")
    def waiting() -> Answer:
        """How many batches are still to be sent, tries again included."""
        return {"waiting": account.courier.waiting()}, 200


def _check(wanted: dict[str, Any]) -> None:
    url, secret = wanted.get("url"), wanted.get("secret")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise HubError(400, "url is missing or no web address")
    if not isinstance(secret, str) or not secret:
        raise HubError(400, "secret is missing")
    if not isinstance(wanted.get("app_id", 0), int):
        raise HubError(400, "app_id is a number")
    subscriptions = wanted.get("subscriptions", "all")
    if subscriptions == "all":
        return
    if not isinstance(subscriptions, list):
        raise HubError(400, 'subscriptions is "all" or a list')
    for one in subscriptions:
        if not isinstance(one, dict):
            raise HubError(400, "A subscription is an object")
        subscription_of(one)


def _page(box: Box, message: str, *, failed: bool = False) -> str:
    account = Account(box)
    return render_template(
        "hubspot.html",
        key="hubspot",
        name="HubSpot",
        control=CONTROL,
        version=VERSION,
        tables=page_tables(box),
        boards=boards(box),
        tasks=task_cards(account),
        records=by_type(account),
        archived=archived(account),
        places=activities_on(account),
        properties=writable(account),
        outcomes=OUTCOMES,
        today=box.now().date().isoformat(),
        message=message,
        failed=failed,
    )
