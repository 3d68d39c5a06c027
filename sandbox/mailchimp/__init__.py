"""The sandbox's Mailchimp: one audience, its members, segments, campaigns, webhooks.

It replays what was recorded of the Marketing API 3.0: archive and 405, Member
Exists, the compliance state of people who left by themselves, at most 500 members
a batch with errors one by one under a 200. What nobody has seen for certain is an
option, so that a client can be tried against every possible answer:

- `mailchimp.no_status` keeps | refuses | subscribes: a known member in a batch
  without a status
- `mailchimp.batch_status_if_new` (True): a batch knows `status_if_new`
- `mailchimp.batch_unarchives` (True): a batch without `update_existing` takes an
  archived member for a new one
- `mailchimp.archived_put` status_if_new | keeps: PUT without a status on an
  archived member
- `mailchimp.patch_archived` refuses | unarchives: PATCH of an archived member's
  status
- `mailchimp.list_omits_archived` (True): list calls without a status
- `mailchimp.bare_429` (False): too many connections are answered without JSON

and what belongs to the account: `mailchimp.audience_id`, `mailchimp.account_id`,
`mailchimp.api_key` (any key passes when none is set), `mailchimp.connections` (10),
`mailchimp.latency_s` (0), `mailchimp.disabled_keys` (none: 403 for these),
`mailchimp.other_audiences` and `mailchimp.no_audience` (see `audience.all_lists`).

Webhooks (`/3.0/lists/{id}/webhooks`) are made after a GET of their address, never two
for one address, and sent behind the request that caused them: to each that wants the
event and whose `sources` name who acted. `user` is a person's act and `admin` that of
somebody in Mailchimp's pages (both by the control routes below), `api` a call of this
API. Bodies and signatures are in `notices` and `courier`. Options:

- `mailchimp.signing` signed | unsigned | absent: a new webhook's answer has a signing
  secret (once: lists never show it), says it has none, or says nothing of signing
- `mailchimp.validate_post` (False): an empty POST besides the GET at creation
- `mailchimp.webhook_unsaid` (False): what an event or source not named starts as
- `mailchimp.action_missing` (False): `unsubscribe` without its `action`, as recorded
- `mailchimp.upemail_first` (by the address) True | False: which of `upemail` and
  `profile` leads when an address changes
- `mailchimp.archive_event` (True): archiving and erasing send `unsubscribe` with the
  action `delete`
- `mailchimp.disabled_hook` listed | gone: a webhook once it answered 410 (a listed
  one is silent until the next PATCH)
- `mailchimp.webhook_retry_s` (1): the first wait after a failure, doubled each time,
  `mailchimp.retries` (6) times: 63 times as long in all, where Mailchimp takes about
  75 minutes; `mailchimp.timeout_s` (10) is how long an answer may take
- `mailchimp.webhooks_off`, `mailchimp.webhooks_drop`: see `sandbox.sending`

`POST /sandbox/control/mailchimp/{act}`, JSON, is what people do. Each act has an actor
of its own, and `actor` (user, admin, api) in the body names another:

- user: `unsubscribe` {email, reason: manual | abuse, campaign}, `resubscribe` {email},
  `clean` {email, reason: hard | abuse, campaign}, `change_address` {email, new_email},
  `change_profile` {email, merge_fields, language}, `click` {campaign, email, link},
  `open` {campaign, email}
- admin: `admin_unsubscribe`, `archive`, `erase` {email}, `admin_add` {email,
  merge_fields, source}, `send_campaign` {title, subject, segment: id | name | all}

They answer the member, or a campaign's report; `GET .../waiting` says how many webhooks
are still to be sent. Posted as a form (the buttons of `/sandbox/mailchimp`) they lead
back to that page.
"""

from sandbox.mailchimp.courier import sign
from sandbox.mailchimp.page import page_tables
from sandbox.mailchimp.people import control_blueprint
from sandbox.mailchimp.routes import blueprint

__all__ = ["blueprint", "control_blueprint", "page_tables", "sign"]
