"""What an editor does to a survey in SurveyMonkey's pages, so that it drifts."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from sandbox.box import Box
from sandbox.surveymonkey import courier, design, surveys
from sandbox.surveymonkey.errors import bad_request

Doc = dict[str, Any]
_Act = Callable[[Box, Doc, Doc], None]


def edit(box: Box, act: str, told: Doc) -> Doc:
    """Do one act to the survey named in `survey`; its design afterwards."""
    if act == "copy_survey":
        with box.store.lock:
            source = surveys.require(box, str(told.get("survey")))
            made = surveys.copy(box, source, told.get("title"))
        courier.tell_later(box, made, "survey_created")
        return surveys.details(box, made)
    if act not in ACTS:
        raise bad_request(f"An editor can {', '.join([*ACTS, 'copy_survey'])}.")
    with box.store.lock:
        survey = deepcopy(surveys.require(box, str(told.get("survey"))))
        ACTS[act](box, survey, told)
        surveys.save(box, survey)
    courier.tell_later(box, survey, "survey_updated")
    return surveys.details(box, surveys.require(box, survey["id"]))


def _rename_survey(_box: Box, survey: Doc, told: Doc) -> None:
    survey["title"] = _said(told, "title")


def _set_language(_box: Box, survey: Doc, told: Doc) -> None:
    survey["language"] = _said(told, "language")


def _set_variables(_box: Box, survey: Doc, told: Doc) -> None:
    if not isinstance(told.get("custom_variables"), dict):
        raise bad_request("custom_variables is an object.")
    survey["custom_variables"] = told["custom_variables"]


def _add_question(box: Box, survey: Doc, told: Doc) -> None:
    number = told.get("page", len(survey["pages"]))
    if not isinstance(number, int) or not 1 <= number <= len(survey["pages"]):
        raise bad_request("page is the number of a page.")
    if not isinstance(told.get("question"), dict):
        raise bad_request("question is an object.")
    page = survey["pages"][number - 1]["questions"]
    page.append(design.new_question(box, told["question"], len(page) + 1))


def _remove_question(_box: Box, survey: Doc, told: Doc) -> None:
    """Gone from the design; with `hide` it stays there, invisible (documented)."""
    question = _question(survey, told)
    if told.get("hide"):
        question["visible"] = False
        return
    for page in survey["pages"]:
        page["questions"] = [q for q in page["questions"] if q is not question]


def _rename_question(_box: Box, survey: Doc, told: Doc) -> None:
    _question(survey, told)["headings"] = [{"heading": _said(told, "heading")}]


def _add_choice(box: Box, survey: Doc, told: Doc) -> None:
    question = _question(survey, told)
    choices = _choices(question)
    _said(told, "text")
    choices.append(design.new_part(box, question, "choices", told, len(choices) + 1))


def _rename_choice(_box: Box, survey: Doc, told: Doc) -> None:
    _choice(_question(survey, told), told)["text"] = _said(told, "text")


def _remove_choice(_box: Box, survey: Doc, told: Doc) -> None:
    question = _question(survey, told)
    choice = _choice(question, told)
    if told.get("hide"):
        choice["visible"] = False
    else:
        _choices(question).remove(choice)


def _set_choices(box: Box, survey: Doc, told: Doc) -> None:
    """Other choices in place of those there were: another scale."""
    question = _question(survey, told)
    given = told.get("choices")
    _choices(question)[:] = design.new_parts(box, question, "choices", given)


ACTS: dict[str, _Act] = {
    "rename_survey": _rename_survey,
    "set_language": _set_language,
    "set_variables": _set_variables,
    "add_question": _add_question,
    "remove_question": _remove_question,
    "rename_question": _rename_question,
    "add_choice": _add_choice,
    "rename_choice": _rename_choice,
    "remove_choice": _remove_choice,
    "set_choices": _set_choices,
}


def _said(told: Doc, name: str) -> str:
    text = told.get(name)
    if not isinstance(text, str) or not text:
        raise bad_request(f"{name} is a text.")
    return text


def _question(survey: Doc, told: Doc) -> Doc:
    name = told.get("question")
    for one in design.questions(survey):
        if name in (one["id"], one.get("ref", one["id"]), design.heading(one)):
            return one
    raise bad_request(f"The survey has no question {name!r}.")


def _choices(question: Doc) -> list[Doc]:
    answers = question.get("answers", {})
    choices: list[Doc] = answers.get("choices", [])
    if not choices:
        raise bad_request("The question has no choices.")
    return choices


def _choice(question: Doc, told: Doc) -> Doc:
    name = told.get("choice")
    for one in _choices(question):
        if name in (one["id"], one.get("ref", one["id"]), one["text"]):
            return one
    raise bad_request(f"The question has no choice {name!r}.")
