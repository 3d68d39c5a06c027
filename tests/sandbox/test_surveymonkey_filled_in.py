"""The sandbox's SurveyMonkey keeps what a person gives as it was recorded there."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.app import create_sandbox
from webhooks.surveymonkey import parse, wrap_response

YES_NO = [{"text": "Yes", "ref": "yes"}, {"text": "No"}]
OTHER = {"text": "Other", "is_answer_choice": True}
COMMENT = {"text": "Comment", "is_answer_choice": False}
ROWS = [{"text": "First", "ref": "r1"}, {"text": "Second", "ref": "r2"}]
RATES = [{"text": str(one)} for one in range(1, 6)]
NA = {"text": "N/A", "is_na": True}
EMPTY = [{"text": ""}] * 5


def question(ref: str, kind: str, **answers: Any) -> dict[str, Any]:
    family, subtype = kind.split("/")
    more = {
        n: answers.pop(n) for n in ("validation", "display_options") if n in answers
    }
    return {
        "ref": ref,
        "headings": [{"heading": f"About {ref}"}],
        "family": family,
        "subtype": subtype,
        "answers": answers,
        **more,
    }


QUESTIONS = [
    question("single", "single_choice/vertical", choices=YES_NO, other=OTHER),
    question("menu", "single_choice/menu", choices=YES_NO, other=COMMENT),
    question("multiple", "multiple_choice/vertical", choices=YES_NO, other=COMMENT),
    question("text", "open_ended/single"),
    question("age", "open_ended/single", validation={"type": "integer"}),
    question("mail", "open_ended/single", validation={"type": "email"}),
    question("essay", "open_ended/essay"),
    question("multi", "open_ended/multi", rows=ROWS),
    question("numbers", "open_ended/numerical", rows=ROWS),
    question("contact", "demographic/international"),
    question("day", "datetime/date_only", validation={"type": "date_intl"}),
    question("hour", "datetime/time_only"),
    question("moment", "datetime/both", rows=ROWS),
    question("grid", "matrix/single", rows=ROWS, choices=YES_NO, other=COMMENT),
    question("rating", "matrix/rating", rows=ROWS, choices=[*RATES, NA]),
    question("star", "matrix/rating", choices=EMPTY),
    question("nps", "matrix/rating", choices=[{"text": str(n)} for n in range(11)]),
    question("several", "matrix/multi", rows=ROWS, choices=YES_NO),
    question(
        "menus", "matrix/menu", rows=ROWS, cols=[{"text": "C", "choices": YES_NO}]
    ),
    question("ranking", "matrix/ranking", rows=ROWS),
    question("file", "open_ended/single"),
    question("intro", "presentation/descriptive_text"),
]


class Survey:
    """One survey of every family, and what it makes of answers, ids by name."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        body = {"title": "All", "language": "da", "pages": [{"questions": QUESTIONS}]}
        made = client.post("/surveymonkey/v3/surveys", json=body)
        assert made.status_code == 201, made.text
        self.design = made.json
        control = f"/sandbox/control/surveymonkey/surveys/{self.design['id']}"
        self.refs = client.get(f"{control}/refs").json

    def fill(self, **answers: Any) -> Any:
        path = f"/surveymonkey/to/{self.design['id']}"
        return self.client.post(path, json={"answers": answers})

    def response(self, **answers: Any) -> dict[str, Any]:
        done = self.fill(**answers)
        assert done.status_code == 200, done.text
        return self.kept(done.json["response"])

    def kept(self, key: str) -> dict[str, Any]:
        path = f"/surveymonkey/v3/surveys/{self.design['id']}/responses"
        return self.client.get(f"{path}/{key}/details").json

    def entries(self, ref: str, value: Any) -> list[dict[str, Any]]:
        (page,) = self.response(**{ref: value})["pages"]
        (answered,) = page["questions"]
        assert answered["id"] == self.refs[ref]["id"]
        return [self._spelt(ref, one) for one in answered["answers"]]

    def _spelt(self, ref: str, entry: dict[str, Any]) -> dict[str, Any]:
        known = self.refs[ref]
        parts = [known["rows"], known["cols"], known["choices"]]
        names = {key: name for part in parts for name, key in part.items()}
        names[known["other"]] = "own"
        ids = ("row_id", "col_id", "choice_id", "other_id")
        shown = {k: names[v] if k in ids else v for k, v in entry.items()}
        shown.pop("tag_data", None)
        return shown


@pytest.fixture
def survey() -> Survey:
    client = create_sandbox().test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "bearer sm-test"
    return Survey(client)


ENTRIES: list[tuple[str, Any, list[dict[str, Any]]]] = [
    ("single", "yes", [{"choice_id": "yes"}]),
    ("single", {"other": "Maybe"}, [{"other_id": "own", "text": "Maybe"}]),
    (
        "menu",
        {"choice": "No", "other": "Later"},
        [{"choice_id": "No"}, {"other_id": "own", "text": "Later"}],
    ),
    ("multiple", ["No", "yes"], [{"choice_id": "No"}, {"choice_id": "yes"}]),
    (
        "multiple",
        ["yes", {"other": "And so on"}],
        [{"other_id": "own", "text": "And so on"}, {"choice_id": "yes"}],
    ),
    ("text", 7, [{"text": "7"}]),
    ("age", 42, [{"text": "42"}]),
    ("mail", "a@b.example", [{"text": "a@b.example"}]),
    ("essay", "Lang æ", [{"text": "Lang æ"}]),
    ("multi", {"Second": "x", "r1": ""}, [{"row_id": "r2", "text": "x"}]),
    ("numbers", {"r1": 3}, [{"row_id": "r1", "text": "3"}]),
    (
        "contact",
        {"email": "a@b.example", "name": "Anna"},
        [
            {"row_id": "email", "text": "a@b.example"},
            {"row_id": "name", "text": "Anna"},
        ],
    ),
    ("day", "1988-01-30", [{"row_id": "Date / Time", "text": "01/30/1988"}]),
    ("hour", "13:15", [{"row_id": "Date / Time", "text": "01:15 PM"}]),
    (
        "moment",
        {"r2": "2000-01-30T13:01"},
        [{"row_id": "r2", "text": "01/30/2000 01:01 PM"}],
    ),
    (
        "grid",
        {"r2": "No", "r1": "yes", "other": "Hm"},
        [
            {"row_id": "r2", "choice_id": "No"},
            {"row_id": "r1", "choice_id": "yes"},
            {"other_id": "own", "text": "Hm"},
        ],
    ),
    (
        "rating",
        {"r1": 4, "r2": "N/A"},
        [{"row_id": "r1", "choice_id": "4"}, {"row_id": "r2", "choice_id": "N/A"}],
    ),
    ("nps", 10, [{"row_id": "", "choice_id": "10"}]),
    (
        "several",
        {"r1": ["yes", "No"]},
        [{"row_id": "r1", "choice_id": "yes"}, {"row_id": "r1", "choice_id": "No"}],
    ),
    (
        "menus",
        {"r1": {"C": "yes"}},
        [{"row_id": "r1", "col_id": "C", "choice_id": "yes"}],
    ),
    (
        "ranking",
        ["r2", "r1"],
        [{"row_id": "r2", "choice_id": "1"}, {"row_id": "r1", "choice_id": "2"}],
    ),
    (
        "file",
        {"url": "https://f.example/1", "content_type": "image/png"},
        [{"download_url": "https://f.example/1", "content_type": "image/png"}],
    ),
]


@pytest.mark.parametrize(("ref", "value", "wanted"), ENTRIES)
def test_each_family_is_kept_as_recorded(
    survey: Survey, ref: str, value: Any, wanted: list[dict[str, Any]]
) -> None:
    assert survey.entries(ref, value) == wanted


@pytest.mark.parametrize(
    ("ref", "value"),
    [
        ("single", "Perhaps"),
        ("single", {"choice": "yes", "other": "both"}),
        ("several", {"r3": "yes"}),
        ("rating", {"r1": [1, 2]}),
        ("menus", {"r1": {"D": "yes"}}),
        ("menus", {"r1": "yes"}),
        ("menus", "yes"),
        ("text", {"file": "x"}),
        ("age", "many"),
        ("mail", "nobody"),
        ("day", "30/01/1988"),
        ("intro", "Read"),
        ("nothing", "x"),
    ],
)
def test_what_the_form_would_not_take_is_refused(
    survey: Survey, ref: str, value: Any
) -> None:
    answer = survey.fill(**{ref: value})
    assert (answer.status_code, answer.json["error"]["id"]) == (400, "1000")


def test_a_star_is_told_by_its_number_and_kept_by_its_id(survey: Survey) -> None:
    (star,) = [
        one
        for one in survey.design["pages"][0]["questions"]
        if one["headings"] == [{"heading": "About star"}]
    ]
    fourth = star["answers"]["choices"][3]
    assert (fourth["text"], fourth["weight"]) == ("", 4)
    (page,) = survey.response(star=4)["pages"]
    assert page["questions"][0]["answers"][0]["choice_id"] == fourth["id"]


def test_not_applicable_weighs_nothing(survey: Survey) -> None:
    (rating,) = [
        one
        for one in survey.design["pages"][0]["questions"]
        if one["headings"] == [{"heading": "About rating"}]
    ]
    weights = [(one["weight"], one["is_na"]) for one in rating["answers"]["choices"]]
    assert weights == [*((n, False) for n in range(1, 6)), (0, True)]


def test_questions_answer_to_their_heading_and_id(survey: Survey) -> None:
    key = survey.refs["essay"]["id"]
    (page,) = survey.response(**{"About text": "a", key: "b"})["pages"]
    texts = {one["id"]: one["answers"][0]["text"] for one in page["questions"]}
    assert texts == {survey.refs["text"]["id"]: "a", key: "b"}


def test_the_service_reads_what_the_sandbox_keeps(survey: Survey) -> None:
    given = {
        "single": "yes",
        "age": 42,
        "contact": {"email": "a@b.example"},
        "day": "1988-01-30",
        "rating": {"r1": 4, "r2": "N/A"},
        "nps": 9,
        "ranking": ["r2", "r1"],
    }
    read = parse(wrap_response(survey.design, survey.response(**given)))
    named = {value["id"]: ref for ref, value in survey.refs.items()}
    found = {
        named[one.question]: one.value or [choice.label for choice in one.choices]
        for one in read.answers
    }
    assert read.notes == ()
    assert found == {
        "single": ["Yes"],
        "age": 42,
        "contact": "a@b.example",
        "day": "1988-01-30",
        "rating": 4,
        "nps": 9,
        "ranking": ["Second", "First"],
    }


def test_a_page_takes_what_a_person_writes_in_its_fields(survey: Survey) -> None:
    path = f"/surveymonkey/to/{survey.design['id']}"
    assert f'<a href="{path}">' in survey.client.get("/sandbox/surveymonkey").text
    page = survey.client.get(path).text
    ids = survey.refs
    contact, menus, several = ids["contact"], ids["menus"], ids["several"]
    fields = {
        ids["text"]["id"]: "Anna",
        ids["essay"]["id"]: "",
        ids["single"]["id"]: ids["single"]["choices"]["yes"],
        f"{ids['menu']['id']}|other": "Later",
        ids["multiple"]["id"]: list(ids["multiple"]["choices"].values()),
        f"{ids['multiple']['id']}|other": "And so on",
        f"{contact['id']}|{contact['rows']['email']}": "a@b.example",
        f"{ids['day']['id']}|{ids['day']['rows']['Date / Time']}": "1988-01-30",
        f"{several['id']}|{several['rows']['r2']}": [several["choices"]["No"]],
        f"{menus['id']}|{menus['rows']['r1']}|{menus['cols']['C']}": menus["choices"][
            "yes"
        ],
    }
    assert [name for name in fields if f'name="{name}"' not in page] == []
    done = survey.client.post(path, data=fields)
    assert done.status_code == 200, done.text
    (key,) = survey.client.get(
        f"/surveymonkey/v3/surveys/{survey.design['id']}/responses"
    ).json["data"]
    assert key["id"] in done.text
    by_hand = survey.kept(key["id"])
    by_json = survey.response(
        text="Anna",
        single="yes",
        menu={"other": "Later"},
        multiple={"choices": ["yes", "No"], "other": "And so on"},
        contact={"email": "a@b.example"},
        day="1988-01-30",
        several={"r2": "No"},
        menus={"r1": {"C": "yes"}},
    )
    assert by_hand["pages"] == by_json["pages"]
    assert len(by_hand["pages"][0]["questions"]) == 8


def test_the_page_says_what_it_cannot_take(survey: Survey) -> None:
    path = f"/surveymonkey/to/{survey.design['id']}"
    answer = survey.client.post(path, data={survey.refs["age"]["id"]: "many"})
    assert answer.status_code == 400
    assert "Skriv et tal." in answer.text
    stranger = {"Sec-Fetch-Site": "cross-site"}
    refused = survey.client.post(path, data={"x": "y"}, headers=stranger)
    assert refused.status_code == 403
