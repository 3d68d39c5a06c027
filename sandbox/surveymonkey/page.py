"""What the sandbox's page shows of SurveyMonkey."""

from typing import Any

from markupsafe import Markup

from sandbox.box import Box
from sandbox.surveymonkey import budget, design, hooks, surveys

Doc = dict[str, Any]
Table = tuple[str, list[str], list[list[Any]]]
_LATEST = 200


def page_tables(box: Box) -> list[Table]:
    """Surveys, their latest responses, webhooks, and the calls that are left."""
    known = list(box.store.all(surveys.KIND).values())
    kept = {
        one["id"]: list(box.store.all(surveys.responses_kind(one["id"])).values())
        for one in known
    }
    rows = [
        [
            one["id"],
            one["title"],
            len(list(design.questions(one))),
            len(kept[one["id"]]),
            _link(f"/surveymonkey/to/{one['id']}"),
        ]
        for one in known
    ]
    return [
        ("Surveys", ["Id", "Title", "Questions", "Responses", "Fill in at"], rows),
        _responses({one["id"]: one["title"] for one in known}, kept),
        _webhooks(box),
        _calls(box),
    ]


def _link(path: str) -> Markup:
    return Markup('<a href="{0}">{0}</a>').format(path)


def _responses(titles: dict[str, str], kept: dict[str, list[Doc]]) -> Table:
    every = [one for rows in kept.values() for one in rows]
    every.sort(key=lambda one: str(one["received_at"]), reverse=True)
    rows = [
        [
            titles[one["survey_id"]],
            one["id"],
            one["response_status"],
            one["collection_mode"],
            one["date_modified"],
            len(one["answers"]),
        ]
        for one in every[:_LATEST]
    ]
    columns = ["Survey", "Id", "Status", "Mode", "Modified", "Answers"]
    return ("Responses", columns, rows)


def _webhooks(box: Box) -> Table:
    rows = []
    for key, hook in box.store.all(hooks.KIND).items():
        state = box.store.get(hooks.STATE, key) or {}
        rows.append(
            [
                hook["name"],
                hook["event_type"],
                hook["subscription_url"],
                len(hook["object_ids"]),
                state.get("delivered", 0),
                state.get("failed", 0),
                _last(state),
            ]
        )
    columns = ["Name", "Event", "URL", "Surveys", "Delivered", "Failed", "Last answer"]
    return ("Webhooks", columns, rows)


def _last(state: Doc) -> str:
    if not state:
        return "none yet"
    return f"{state['last_status'] or 'no answer'} at {state['last_at']}"


def _calls(box: Box) -> Table:
    rows: list[list[Any]] = [
        [one.name, one.limit, one.used, one.remaining, one.reset_s]
        for one in budget.windows(box)
    ]
    return ("Calls", ["Window", "Limit", "Used", "Left", "Anew in seconds"], rows)
