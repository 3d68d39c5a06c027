"""What the sandbox's page shows of Typeform."""

from itertools import chain
from typing import Any

from markupsafe import Markup

from sandbox.box import Box
from sandbox.typeform import forms, hooks
from sandbox.typeform.submit import kind_of

Table = tuple[str, list[str], list[list[Any]]]
_LATEST = 200


def page_tables(box: Box) -> list[Table]:
    """Forms, their latest responses, and webhooks with what became of them."""
    known = list(box.store.all(forms.KIND).values())
    by_form = [list(box.store.all(kind_of(one["id"])).values()) for one in known]
    counts = [
        [one["id"], one["title"], len(forms.askable(one)), len(rows), _link(one)]
        for one, rows in zip(known, by_form, strict=True)
    ]
    return [
        ("Forms", ["Id", "Title", "Questions", "Responses", "Fill in at"], counts),
        _responses({one["id"]: one["title"] for one in known}, list(chain(*by_form))),
        _webhooks(box),
    ]


def _link(form: dict[str, Any]) -> Markup:
    return Markup('<a href="/typeform/to/{0}">/typeform/to/{0}</a>').format(form["id"])


def _responses(titles: dict[str, str], rows: list[dict[str, Any]]) -> Table:
    latest = sorted(rows, key=lambda one: one["received_at"], reverse=True)[:_LATEST]
    shown = [
        [
            titles[one["form_id"]],
            one["token"],
            one["response_type"],
            one["staged_at"] or one["submitted_at"],
            len(one["answers"]),
        ]
        for one in latest
    ]
    return ("Responses", ["Form", "Token", "Kind", "Submitted", "Answers"], shown)


def _webhooks(box: Box) -> Table:
    rows = []
    for key, hook in box.store.all(hooks.KIND).items():
        state = box.store.get(hooks.STATE, key) or {}
        rows.append(
            [
                hook["form_id"],
                hook["tag"],
                hook["url"],
                "enabled" if hook["enabled"] else "disabled",
                state.get("delivered", 0),
                state.get("failed", 0),
                _last(state),
            ]
        )
    columns = ["Form", "Tag", "URL", "State", "Delivered", "Failed", "Last answer"]
    return ("Webhooks", columns, rows)


def _last(state: dict[str, Any]) -> str:
    if not state:
        return "none yet"
    return f"{state['last_status'] or 'no answer'} at {state['last_at']}"
