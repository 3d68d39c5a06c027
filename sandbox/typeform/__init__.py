"""The sandbox's Typeform: forms, a way to fill them in, webhooks, Responses API.

`POST /typeform/to/{form_id}` is the respondent; everything else speaks the paths
and bodies of api.typeform.com. What nobody has seen for certain is an option:

- `typeform.dropdown` text | choice: a dropdown answer in the Responses API
- `typeform.api_choices` full | label: choices there with id and ref or without
- `typeform.partial_submitted_at` (True): a partial webhook carries `submitted_at`
- `typeform.same_event_id` (True): a redelivery keeps its event id
- `typeform.event_types` replaces | merges: PUT of a webhook that exists
- `typeform.retry_after` (none): value of that header on a 429

and how it runs: `typeform.rate_limit` (requests a second, none), `typeform.token`
(any passes when none is set), `typeform.responses_delay_s` (0),
`typeform.https_required` (False), `typeform.retry_every_s` (3), `typeform.retries`
(40, after 408, 423, 429, 503 or no answer), `typeform.retries_other` (5),
`typeform.timeout_s` (30), `typeform.wrong_region` (False: no responses, no
error), `typeform.links_base`, `typeform.keep_form_ids` (False: a definition's own form
id is passed over, as by Typeform).
"""

from sandbox.typeform.bodies import webhook_body
from sandbox.typeform.courier import sign
from sandbox.typeform.page import page_tables
from sandbox.typeform.routes import blueprint

__all__ = ["blueprint", "page_tables", "sign", "webhook_body"]
