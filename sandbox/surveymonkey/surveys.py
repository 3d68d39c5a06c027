"""Surveys: made, copied, read short and as a design."""

from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.box import Box
from sandbox.surveymonkey import design
from sandbox.surveymonkey.errors import bad_request, not_found
from sandbox.surveymonkey.ids import SITE, href, new_id, survey_time

Doc = dict[str, Any]
KIND = "surveymonkey.survey"
_FURTHER = (
    "date_created",
    "date_modified",
    "language",
    "question_count",
    "response_count",
    "preview",
    "analyze_url",
)


def responses_kind(survey_id: str) -> str:
    """The store's kind for a survey's responses."""
    return f"surveymonkey.response.{survey_id}"


def create(box: Box, told: Doc) -> Doc:
    """Keep a new survey, or with `from_survey_id` a copy in which every id is new.

    Custom variables are documented for an empty survey and not for one that is told
    with its pages: option `surveymonkey.variables_dropped` has them left out then.
    """
    with box.store.lock:
        if "from_survey_id" in told:
            source = require(box, str(told["from_survey_id"]))
            return copy(box, source, told.get("title"))
        pages = told.get("pages") or [{}]
        if not design.is_objects(pages):
            raise bad_request("pages is a list of objects.")
        variables = told.get("custom_variables") or {}
        if not isinstance(variables, dict):
            raise bad_request("custom_variables is an object: a label by name.")
        if told.get("pages") and box.option("surveymonkey.variables_dropped", False):
            variables = {}
        now = survey_time(box.now())
        survey: Doc = {
            "id": new_id(box),
            "title": str(told.get("title") or "New Survey"),
            "nickname": str(told.get("nickname") or ""),
            "language": str(told.get("language") or "en"),
            "custom_variables": variables,
            "collector_id": new_id(box),
            "date_created": now,
            "date_modified": now,
            "pages": [_page(box, one, place) for place, one in enumerate(pages, 1)],
        }
        _refuse_twin_refs(survey)
        box.store.put(KIND, survey["id"], survey)
    return survey


def _page(box: Box, told: Doc, position: int) -> Doc:
    questions = told.get("questions") or []
    if not design.is_objects(questions):
        raise bad_request("questions is a list of objects.")
    return {
        "title": str(told.get("title") or ""),
        "description": str(told.get("description") or ""),
        "position": position,
        "id": new_id(box),
        "questions": [
            design.new_question(box, one, place)
            for place, one in enumerate(questions, 1)
        ],
    }


def _refuse_twin_refs(survey: Doc) -> None:
    named = [one["ref"] for one in design.questions(survey) if one.get("ref")]
    if len(named) != len(set(named)):
        raise bad_request("A ref names one question of a survey.")


def copy(box: Box, source: Doc, title: Any = None) -> Doc:
    """A survey with the same questions and no response: all its ids are others."""
    now = survey_time(box.now())
    survey: Doc = deepcopy(source) | {
        "id": new_id(box),
        "title": str(title or f"Copy of {source['title']}"),
        "collector_id": new_id(box),
        "pages": design.renewed(box, source["pages"]),
        "date_created": now,
        "date_modified": now,
    }
    box.store.put(KIND, survey["id"], survey)
    return survey


def require(box: Box, survey_id: str) -> Doc:
    """The survey, or 404."""
    survey = box.store.get(KIND, survey_id)
    if survey is None:
        raise not_found("survey")
    return survey


def save(box: Box, survey: Doc) -> None:
    """Keep what an editor has changed; the design is of another date from now on.

    The date moves on also when two changes fall into one second: whoever keeps a
    design by its date must be able to see both.
    """
    now = survey_time(box.now())
    if now <= survey["date_modified"]:
        now = _a_second_after(survey["date_modified"])
    box.store.put(KIND, survey["id"], survey | {"date_modified": now})


def _a_second_after(text: str) -> str:
    at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    return survey_time(at + timedelta(seconds=1))


def short(box: Box, survey: Doc, include: set[str]) -> Doc:
    """The survey as a row of `GET /surveys`."""
    row = {name: survey[name] for name in ("id", "title", "nickname")}
    row["href"] = href(box, f"/surveys/{survey['id']}")
    whole = shown(box, survey)
    return row | {name: whole[name] for name in _FURTHER if name in include}


def shown(box: Box, survey: Doc) -> Doc:
    """`GET /surveys/{id}`: everything but the questions."""
    key = survey["id"]
    return {
        "title": survey["title"],
        "nickname": survey["nickname"],
        "language": survey["language"],
        "folder_id": "0",
        "category": "",
        "question_count": len(list(design.questions(survey))),
        "page_count": len(survey["pages"]),
        "response_count": len(box.store.all(responses_kind(key))),
        "date_created": survey["date_created"],
        "date_modified": survey["date_modified"],
        "id": key,
        "buttons_text": {"next_button": "", "prev_button": "", "done_button": ""},
        "is_owner": True,
        "footer": True,
        "theme_id": "1506280",
        "custom_variables": survey["custom_variables"],
        "href": href(box, f"/surveys/{key}"),
        "analyze_url": f"{SITE}/analyze/{key}",
        "edit_url": f"{SITE}/create/?sm={key}",
        "collect_url": f"{SITE}/collect/list?sm={key}",
        "summary_url": f"{SITE}/summary/{key}",
        "preview": f"{SITE}/r/Preview/?sm={key}",
    }


def details(box: Box, survey: Doc) -> Doc:
    """`GET /surveys/{id}/details`: the questions too."""
    pages = [_shown_page(box, survey["id"], one) for one in survey["pages"]]
    return shown(box, survey) | {"pages": pages}


def _shown_page(box: Box, survey_id: str, page: Doc) -> Doc:
    here = f"/surveys/{survey_id}/pages/{page['id']}"
    body: Doc = design.without_refs(page)
    for one in body["questions"]:
        one["href"] = href(box, f"{here}/questions/{one['id']}")
    return body | {"question_count": len(page["questions"]), "href": href(box, here)}
