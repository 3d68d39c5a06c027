"""The sandbox's Typeform: forms, a way to fill them in, webhooks, Responses API.

`POST /typeform/to/{form_id}` is the respondent, JSON; GET of the same address is a page
to fill in by hand, hidden fields in its query or behind `#`. The page alone checks that
required questions are answered, and shows every question: logic is not followed.
Everything else speaks the paths and bodies of api.typeform.com. What nobody has seen
for certain is an option:

- `typeform.dropdown` text | choice: a dropdown answer in the Responses API
- `typeform.api_choices` full | label: choices there with id and ref or without
- `typeform.partial_submitted_at` (True): a partial webhook carries `submitted_at`
- `typeform.same_event_id` (True): a redelivery keeps its event id
- `typeform.event_types` replaces | merges: PUT of a webhook that exists
- `typeform.retry_after` (none): value of that header on a 429

and how it runs: `typeform.rate_limit` (requests a second, none), `typeform.token`
(any passes when none is set), `typeform.scopes` (see `scopes`),
`typeform.responses_delay_s` (0),
`typeform.https_required` (False), `typeform.retry_every_s` (3), `typeform.retries`
(40, after 408, 423, 429, 503 or no answer), `typeform.retries_other` (5),
`typeform.timeout_s` (30), `typeform.links_base`, `typeform.keep_form_ids` (False: a
definition's own form id is passed over, as by Typeform).

What keeps a client from seeing everything:

- `typeform.webhooks_off`, `typeform.webhooks_drop`: see `sandbox.sending`
- a webhook that was answered 404 or 410 is silent until a PUT enables it
- `typeform.responses_delay_s`: lists lag (up to 30 minutes at Typeform)
- `typeform.reorder` (none): a seed; responses of one second are listed in an order
  that means nothing, the same on each page and at each call
- `typeform.region` us | eu | eu_new (none): where the account lives, which
  `_links.responses` of a form names; asked in another (header `X-Sandbox-Region`, that
  host's name, or `typeform.asked_region`) lists are empty, and between the new EU host
  and the others tokens do not fit. `typeform.wrong_region` (False) empties them always

`POST /sandbox/control/typeform/{act}` is what staff do in the editor, JSON with `form`
(its id) and `ref` (a question's ref or id); the answer is the form:

- `remove_question` {form, ref}: its collected answers go too
- `add_choice` {form, ref, label, choice_ref}
- `rename` {form, title}, {form, ref, title} or {form, ref, choice, label}
- `change_scale` {form, ref, steps, start_at_one}
- `copy_form` {form, title}: new ids, refs that somebody chose survive, no webhook
"""

from sandbox.typeform.bodies import webhook_body
from sandbox.typeform.courier import sign
from sandbox.typeform.page import page_tables
from sandbox.typeform.routes import blueprint

__all__ = ["blueprint", "page_tables", "sign", "webhook_body"]
