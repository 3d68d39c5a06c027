"""The sandbox's SurveyMonkey: surveys, people who fill them in, webhooks, limits.

`/surveymonkey/v3` is the base URL to give a client; it replays what is documented and
recorded of API v3. `POST /surveymonkey/to/{survey_id}` is a person, JSON:

- `answers`: a value by question id, heading, or the `ref` that the question was made
  with; null takes an answer back. A choice is its id, text, ref or number, several are
  a list; `{"other": text, "choice": …}` is text of one's own; rows are
  `{row: value}` by id, type, text or ref, a menu `{row: {column: choice}}`, a ranking
  the rows in order; days and times are ISO
- `custom_variables` (those the survey declares), `custom_value`, `recipient`
  (`{email_address, first_name, last_name}`), `status` completed | partial | overquota |
  disqualified, `mode` (collection_mode, default), `response` (an earlier one, to change
  it), `at` (when)

GET of the same address is a page to fill in by hand; its query is the custom
variables. JSON is answered by `{response, date_modified, events, deliveries}`; that
required questions are answered is checked on the page alone.

Options of the account: `surveymonkey.token` (any passes when none is set), scopes and
plan (see `scopes`),
`surveymonkey.client_id`, `.client_secret` (the app's, for signatures), `.minute_limit`
(120), `.day_limit` (500, anew at 00:00 GMT of the sandbox's clock), `.wrong_region`
(False; True: 403 1018), `.links_base` (none: the addresses in answers mix two other
hosts, as recorded), `.webhooks_off`, `.webhooks_drop` (see `sandbox.sending`).

What nobody has seen for certain, or what lags, is an option too:

- `.detail_scope` True | False (answers are 403 1014) | silent (left out)
- `.start_inclusive` (True): a time in `start_modified_at` counts itself
- `.responses_delay_s` (0): lists show what was true so long ago
- `.reorder` (False): responses of one date come in another order at each call
- `.event_ids` unique | same (the documentation's, for every event)
- `.sparse_resources` (False): a webhook names neither respondent nor recipient
- `.completed_again` (False): a change of a completed response makes another
  response_completed beside its response_updated
- `.retries` (0: a webhook that failed is lost), `.retry_s` (1), `.timeout_s` (10)

`POST /sandbox/control/surveymonkey/edit/{act}`, JSON with `survey`, is an editor; it
answers the design. A question is named as above, a choice by id, ref or text:
`rename_survey` {title}, `set_language` {language}, `set_variables` {custom_variables},
`add_question` {question, page}, `remove_question` {question, hide}, `rename_question`
{question, heading}, `add_choice` {question, text, ref}, `rename_choice` {question,
choice, text}, `remove_choice` {question, choice, hide}, `set_choices` {question,
choices}, `copy_survey` {title}. Beside it `POST .../delete_response` {survey,
response}, `GET .../surveys/{id}/refs` (ids by ref) and `GET .../waiting`.
"""

from sandbox.surveymonkey.courier import CLIENT_ID, CLIENT_SECRET, sign
from sandbox.surveymonkey.page import page_tables
from sandbox.surveymonkey.routes import blueprint

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "blueprint", "page_tables", "sign"]
