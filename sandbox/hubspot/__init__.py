"""The sandbox's HubSpot: as much of the account's API as the service uses.

Paths and shapes are those of HubSpot's public 2026-09 specs; limits, refusals and
oddities those of its guides and of what integrations report. What could not be known
without a live account is an option, so that both ways are tested.

The account: `hubspot.activated` (0-410, 0-162), `hubspot.portal_id`,
`hubspot.portal_name`, `hubspot.account_type`, the token and its scopes (see `scopes`),
`hubspot.time_zone`, `hubspot.tier`, `hubspot.owners` (see `owners`), `hubspot.app_id`
(the app that API calls write as; by default the one with the webhooks),
`hubspot.rate_limit` (100), `hubspot.daily_remaining` (what is said to be left of the
day), `hubspot.search_rate_limit` (5), `hubspot.search_delay_s`
(0), `hubspot.association_page` (500).

What nobody has seen for certain:

- `hubspot.missing_silent` (False): batch reads say nothing of ids they do not find
- `hubspot.echoes_traces` (True): a batch gives each input's trace back
- `hubspot.task_editor` paragraphs | divs: what an editor makes of a task's text
- `hubspot.normalises` (False): values come back in other clothes
- `hubspot.unique_on_native` (True): courses and services take unique properties
- `hubspot.merge_makes_new` (False): a merge ends in a third record, whose id both old
  ones answer with
- `hubspot.restore_links` (True): a restored record has its associations again
- `hubspot.deletion_parts` (True): a deletion also sends `associationChange`

Webhooks: `hubspot.webhooks` {"url", "secret", "app_id", "subscriptions": "all" or
[{"type", "objectType", "property"}], "signed_url" (where the service is behind another
address)} switches them on; `POST /sandbox/control/hubspot/webhooks` with that object
checks it first, `{}` takes them away. Every change of a record by whomever, the
service's own writes too, becomes one event a subscription (see `events`), sent behind
the request that made it (see `courier`):

- `hubspot.webhook_names` generic | per_object: `object.creation` or `contact.creation`
  for contacts, companies and deals
- `hubspot.webhook_gather_s` (0.1): how long events are gathered into one batch
- `hubspot.webhook_shuffle` (None): a seed that puts each batch in another order
- `hubspot.webhook_repeat_ids` (False): event ids come round again
- `hubspot.webhooks_twice` (False): every batch is sent twice
- `hubspot.webhook_signs` raw | decoded: the URL is signed as it is, or with the
  documented characters decoded
- `hubspot.webhook_timeout_s` (5), `hubspot.webhook_retries` (10),
  `hubspot.webhook_retry_s` (0.2): how long an answer may take, how often a batch is
  tried again and after how long
- `hubspot.webhooks_off`, `hubspot.webhooks_drop`: see `sandbox.sending`

`GET /sandbox/control/hubspot/waiting` says how many batches are still to be sent.

`POST /sandbox/control/hubspot/{act}` is what staff do; records are said as `type:id`:
`edit` {record, property, value}, `merge` {stays, goes}, `archive`, `restore`, `forget`
{record}, `associate`, `part` {record, with}, `meeting` {record, date, time, minutes,
title, body, outcome, contacts: [...]}, `note` {record, text}, `complete_task` {record,
reason} (see `task_list`). As JSON they answer the record; as a form
(`/sandbox/hubspot`) they lead back to the page. Header `X-Sandbox-Actor: staff` makes
any call of the API a person's too, and `X-Sandbox-At` dates it back. `X-Sandbox-App`
(an id) makes a call another integration's, called as `X-Sandbox-App-Name` says; with
`X-Sandbox-Source` its writes are of another type (`FORM`, `IMPORT`).
"""

import re

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import HTTPException

from sandbox.box import Box
from sandbox.hubspot import (
    association_routes,
    object_routes,
    owners,
    scopes,
    setup_routes,
)
from sandbox.hubspot.account import Account
from sandbox.hubspot.board import page_tables
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.limits import add_headers, check_rate, check_token, is_staff
from sandbox.hubspot.portal import VERSION
from sandbox.hubspot.staff_routes import control_blueprint

__all__ = ["VERSION", "blueprint", "page_tables"]

_VERSIONS = re.compile(r"\d{4}-(03|09)(-beta)?|v[34]")
_DOORS = (
    association_routes.add_batches,
    association_routes.add_singles,
    object_routes.add_batches,
    object_routes.add_acts,
    object_routes.add_singles,
    owners.add_owners,
    scopes.add_token_info,
    setup_routes.add_account,
    setup_routes.add_properties,
    setup_routes.add_groups,
    setup_routes.add_pipelines,
    setup_routes.add_stages,
)


def blueprint(box: Box) -> Blueprint:
    """HubSpot's API, to be registered under /hubspot; brings the control routes."""
    routes = Blueprint("hubspot", __name__)
    account = Account(box)

    @routes.before_request
    def admit() -> None:
        if not is_staff():
            token = check_token()
            scopes.check_token_known(box, token)
            check_rate(box, token)
            scopes.check_scopes(box)
        version = (request.view_args or {}).get("version", VERSION)
        if not _VERSIONS.fullmatch(version):
            raise HubError(404, f"Unknown API version {version}", "OBJECT_NOT_FOUND")

    _answer(routes)
    for number, add in enumerate(_DOORS):
        part = Blueprint(f"part{number}", __name__)
        add(part, account)
        routes.register_blueprint(part)

    @routes.record_once
    def with_control(state: BlueprintSetupState) -> None:
        state.app.register_blueprint(control_blueprint(box, account))

    return routes


def _answer(routes: Blueprint) -> None:
    """What all answers have in common: rate headers, HubSpot's shape of errors."""

    @routes.after_request
    def finish(response: Response) -> Response:
        return add_headers(response)

    @routes.errorhandler(HubError)
    def refuse(error: HubError) -> tuple[dict[str, object], int]:
        return error.body(), error.status

    @routes.errorhandler(HTTPException)
    def refuse_http(error: HTTPException) -> tuple[dict[str, object], int]:
        status = error.code or 500
        return HubError(status, error.description or error.name).body(), status
