"""The sandbox's Mailchimp: one audience, its members, merge fields and segments.

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
`mailchimp.latency_s` (0), `mailchimp.disabled_keys` (none: 403 for these).
"""

from sandbox.mailchimp.page import page_tables
from sandbox.mailchimp.people import control_blueprint
from sandbox.mailchimp.routes import blueprint

__all__ = ["blueprint", "control_blueprint", "page_tables"]
