"""The sandbox's SurveyMonkey: surveys, responses, lists, limits, an editor's acts."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from connector.clients import Connecting, RemoteRefused, connect_surveymonkey
from sandbox.app import create_sandbox, serving
from sandbox.surveymonkey import page_tables

API = "/surveymonkey/v3"
CONTROL = "/sandbox/control/surveymonkey"
FIXTURES = Path(__file__).parent.parent / "fixtures" / "surveymonkey"
CHOICES = [{"text": "Yes", "ref": "yes"}, {"text": "No", "ref": "no"}]
SURVEY: dict[str, Any] = {
    "title": "Ansøgning æøå",
    "language": "da",
    "custom_variables": {"lang": "Language"},
    "pages": [
        {
            "title": "You",
            "questions": [
                {
                    "ref": "name",
                    "headings": [{"heading": "Name"}],
                    "family": "open_ended",
                    "subtype": "single",
                },
                {
                    "ref": "join",
                    "headings": [{"heading": "Do you join?"}],
                    "family": "single_choice",
                    "subtype": "vertical",
                    "answers": {"choices": CHOICES},
                },
            ],
        },
        {
            "questions": [
                {
                    "ref": "why",
                    "headings": [{"heading": "Why?"}],
                    "family": "open_ended",
                    "subtype": "essay",
                }
            ]
        },
    ],
}


@pytest.fixture
def options() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(options: dict[str, Any]) -> Flask:
    return create_sandbox(options=options)


@pytest.fixture
def web(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = "bearer sm-test"
    return client


@pytest.fixture
def survey(web: FlaskClient) -> dict[str, Any]:
    made = web.post(f"{API}/surveys", json=SURVEY)
    assert made.status_code == 201, made.text
    return made.json


def here(survey: dict[str, Any], path: str = "") -> str:
    return f"{API}/surveys/{survey['id']}{path}"


def fill(web: FlaskClient, survey: dict[str, Any], **told: Any) -> str:
    told.setdefault("answers", {"name": "Anna"})
    done = web.post(f"/surveymonkey/to/{survey['id']}", json=told)
    assert done.status_code == 200, done.text
    return str(done.json["response"])


def bulk(web: FlaskClient, survey: dict[str, Any], query: str = "") -> Any:
    answer = web.get(here(survey, f"/responses/bulk?{query}"))
    assert answer.status_code == 200, answer.text
    return answer.json


def listed(web: FlaskClient, survey: dict[str, Any], query: str = "") -> list[str]:
    return [one["id"] for one in bulk(web, survey, query)["data"]]


def edit(web: FlaskClient, act: str, survey: dict[str, Any], **told: Any) -> Any:
    told["survey"] = survey["id"]
    done = web.post(f"{CONTROL}/edit/{act}", json=told)
    assert done.status_code == 200, done.text
    return done.json


def error(answer: Any) -> tuple[int, str]:
    said = answer.json["error"]
    assert set(said) == {"id", "name", "docs", "message", "http_status_code"}
    assert said["http_status_code"] == answer.status_code
    return answer.status_code, said["id"]


def keys_below(value: Any, name: str) -> set[str]:
    if isinstance(value, list):
        return {key for one in value for key in keys_below(one, name)}
    if not isinstance(value, dict):
        return set()
    inner = {key for one in value.values() for key in keys_below(one, name)}
    return inner | ({value[name]} if name in value else set())


def set_options(web: FlaskClient, **options: Any) -> None:
    named = {f"surveymonkey.{name}": value for name, value in options.items()}
    web.put("/sandbox/control/options", json=named)


def test_a_token_is_needed_and_may_be_demanded(app: Flask) -> None:
    bare = app.test_client()
    assert error(bare.get(f"{API}/users/me")) == (401, "1010")
    app.extensions["sandbox"].options["surveymonkey.token"] = "right"
    for token, status in (("wrong", 401), ("right", 200)):
        sent = {"Authorization": f"bearer {token}"}
        assert bare.get(f"{API}/users/me", headers=sent).status_code == status


def test_every_part_of_a_design_has_an_id_of_its_own(survey: dict[str, Any]) -> None:
    ids = keys_below(survey, "id")
    # The survey, two pages, three questions, two choices.
    assert len(ids) == 1 + 2 + 3 + 2
    assert all(one.isdecimal() and int(one) > 2**31 for one in ids)
    assert not keys_below(survey, "ref")


def test_designs_and_responses_have_the_recorded_fields(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    recorded = json.loads((FIXTURES / "details.json").read_text())
    design = web.get(here(survey, "/details")).json
    assert set(design) == set(recorded)
    assert set(design["pages"][0]) == set(recorded["pages"][0])
    question, other = design["pages"][0]["questions"][1], recorded["pages"][0]
    assert set(question) == set(other["questions"][2])
    fill(web, survey)
    recorded = json.loads((FIXTURES / "bulk.json").read_text())
    assert set(bulk(web, survey)["data"][0]) == set(recorded["data"][0]) - {
        "quiz_results"
    }


def test_a_survey_is_dated_without_and_a_response_with_an_offset(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    read = web.get(here(survey)).json
    assert "pages" not in read
    assert datetime.fromisoformat(read["date_modified"]).tzinfo is None
    fill(web, survey, at="2026-05-04T12:00:00+02:00")
    (one,) = bulk(web, survey)["data"]
    assert one["date_modified"] == "2026-05-04T10:00:00+00:00"


def test_surveys_are_listed_short_and_by_pages(web: FlaskClient) -> None:
    made = [web.post(f"{API}/surveys", json=SURVEY).json["id"] for _ in range(3)]
    first = web.get(f"{API}/surveys?per_page=2").json
    second = web.get(f"{API}/surveys?per_page=2&page=2&include=date_modified").json
    assert [one["id"] for one in first["data"] + second["data"]] == made
    assert set(first["data"][0]) == {"id", "title", "nickname", "href"}
    assert "date_modified" in second["data"][0]
    assert ("next" in first["links"], "next" in second["links"]) == (True, False)
    assert first["total"] == 3


def test_questions_that_cannot_be_are_refused(web: FlaskClient) -> None:
    strange = {"headings": [{"heading": "?"}], "family": "matrix", "subtype": "essay"}
    twins = [SURVEY["pages"][0]["questions"][0]] * 2
    for questions in ([strange], twins, "no list"):
        body = {"title": "x", "pages": [{"questions": questions}]}
        assert error(web.post(f"{API}/surveys", json=body)) == (400, "1000")
    assert error(web.post(f"{API}/surveys", data=b"{")) == (400, "1001")


def test_blank_pages_come_without_questions(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    fill(web, survey, answers={"why": "Because"})
    (one,) = bulk(web, survey)["data"]
    assert [len(page["questions"]) for page in one["pages"]] == [0, 1]
    assert [page["id"] for page in one["pages"]] == [p["id"] for p in survey["pages"]]


def test_only_declared_variables_come_back_as_text(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    fill(web, survey, custom_variables={"lang": 7, "utm": "x"}, custom_value="b2")
    (one,) = bulk(web, survey)["data"]
    assert one["custom_variables"] == {"lang": "7"}
    assert one["custom_value"] == "b2"


def test_a_changed_response_keeps_its_id_and_creation(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    asked = {"name": "Ana", "join": "yes", "why": "x"}
    key = fill(web, survey, answers=asked, at="2026-05-04T10:00:00")
    changes = {"name": "Anna", "why": None}
    again = fill(web, survey, response=key, answers=changes, at="2026-05-05T10:00:00")
    (one,) = bulk(web, survey)["data"]
    assert again == key == one["id"]
    assert one["date_created"] == "2026-05-04T09:56:00+00:00"
    assert one["date_modified"] == "2026-05-05T10:00:00+00:00"
    first, second = one["pages"]
    assert [q["answers"][0].get("text") for q in first["questions"]] == ["Anna", None]
    assert second["questions"] == []


def test_bulk_filters_by_status_and_time_and_sorts(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    days = [f"2026-05-0{day}T10:00:00" for day in (3, 1, 2)]
    third, first, second = (fill(web, survey, at=at) for at in days)
    half = fill(web, survey, status="partial", at="2026-05-04T10:00:00")
    by_date = "sort_by=date_modified"
    assert listed(web, survey, f"{by_date}&sort_order=ASC") == [
        first,
        second,
        third,
        half,
    ]
    query = f"{by_date}&sort_order=DESC&status=completed"
    assert listed(web, survey, query) == [third, second, first]
    since = "start_modified_at=2026-05-02T10:00:00"
    assert listed(web, survey, f"{by_date}&{since}") == [second, third, half]
    until = "end_modified_at=2026-05-02T12:00:00%2B02:00"
    assert listed(web, survey, f"{since}&{until}") == [second]
    set_options(web, start_inclusive=False)
    assert listed(web, survey, f"{by_date}&{since}") == [third, half]


@pytest.mark.parametrize(
    "query",
    ["per_page=101", "page=0", "status=done", "sort_by=id", "start_modified_at=today"],
)
def test_a_query_that_does_not_fit_is_refused(
    web: FlaskClient, survey: dict[str, Any], query: str
) -> None:
    answer = web.get(here(survey, f"/responses/bulk?{query}"))
    assert error(answer) == (400, "1003")


def test_pages_are_of_fifty_and_links_name_other_hosts(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    made = [fill(web, survey) for _ in range(51)]
    first, second = bulk(web, survey), bulk(web, survey, "page=2")
    assert [one["id"] for one in first["data"] + second["data"]] == made
    assert (first["total"], len(first["data"])) == (51, 50)
    following = first["links"]["next"]
    assert "page=2" in following
    assert "next" not in second["links"]
    # Recorded: two hosts in one answer, neither of them the one that was asked.
    hosts = {url.split("/")[2] for url in (following, first["data"][0]["href"])}
    assert len(hosts) == 2
    assert "localhost" not in hosts


def test_the_answers_are_only_in_the_details(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    key = fill(web, survey)
    short = web.get(here(survey, f"/responses/{key}")).json
    whole = web.get(here(survey, f"/responses/{key}/details")).json
    assert "pages" not in short
    assert short == {name: whole[name] for name in short}
    rows = web.get(here(survey, "/responses")).json["data"]
    assert [set(one) for one in rows] == [{"id", "href"}]


def test_a_deleted_response_is_gone(web: FlaskClient, survey: dict[str, Any]) -> None:
    key = fill(web, survey)
    assert web.delete(here(survey, f"/responses/{key}")).status_code == 200
    for path in ("", "/details"):
        answer = web.get(here(survey, f"/responses/{key}{path}"))
        assert error(answer) == (404, "1020")
    assert listed(web, survey) == []


def test_answers_take_a_scope_of_their_own(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    key = fill(web, survey)
    granted = web.get(f"{API}/users/me").json["scopes"]["granted"]
    assert "responses_read_detail" in granted
    set_options(web, detail_scope=False)
    granted = web.get(f"{API}/users/me").json["scopes"]["granted"]
    assert "responses_read_detail" not in granted
    for path in ("bulk", f"{key}/details"):
        assert error(web.get(here(survey, f"/responses/{path}"))) == (403, "1014")
        set_options(web, detail_scope="silent")
        assert "Anna" not in web.get(here(survey, f"/responses/{path}")).text
        set_options(web, detail_scope=False)
    assert web.get(here(survey, f"/responses/{key}")).status_code == 200


def test_another_region_is_refused(web: FlaskClient) -> None:
    set_options(web, wrong_region=True)
    assert error(web.get(f"{API}/surveys")) == (403, "1018")


def test_the_day_is_counted_and_refused_when_spent(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    set_options(web, day_limit=3)
    day = "X-Ratelimit-App-Global-Day"
    left = [web.get(here(survey)).headers[f"{day}-Remaining"] for _ in range(2)]
    # One call has made the survey.
    assert left == ["1", "0"]
    refused = web.get(here(survey))
    assert error(refused) == (429, "1040")
    assert refused.headers[f"{day}-Limit"] == "3"
    wait = int(refused.headers[f"{day}-Reset"])
    assert 0 < wait <= 24 * 3600
    fill(web, survey)  # a respondent is no app
    web.put("/sandbox/control/options", json={"clock.offset_s": wait + 1})
    assert web.get(here(survey)).headers[f"{day}-Remaining"] == "2"


def test_the_minute_is_counted_by_itself(web: FlaskClient) -> None:
    # Far from the minute's end, whatever the time is.
    now = datetime.now().astimezone()
    into = {"clock.offset_s": 65 - now.second}
    web.put("/sandbox/control/options", json=into)
    set_options(web, minute_limit=1)
    first = web.get(f"{API}/surveys")
    assert first.headers["X-Ratelimit-App-Global-Minute-Remaining"] == "0"
    refused = web.get(f"{API}/surveys")
    assert error(refused) == (429, "1040")
    assert int(refused.headers["X-Ratelimit-App-Global-Day-Remaining"]) > 0
    reset = int(refused.headers["X-Ratelimit-App-Global-Minute-Reset"])
    assert 0 < reset <= 60


def test_lists_lag_and_show_what_was_before(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    set_options(web, responses_delay_s=600)
    key = fill(web, survey, answers={"name": "Ana"})
    assert listed(web, survey) == []
    assert web.get(here(survey, f"/responses/{key}/details")).status_code == 200
    web.put("/sandbox/control/options", json={"clock.offset_s": 700})
    fill(web, survey, response=key, answers={"name": "Anna"})
    names = []
    for offset in (800, 1400):
        web.put("/sandbox/control/options", json={"clock.offset_s": offset})
        (one,) = bulk(web, survey)["data"]
        names.append(one["pages"][0]["questions"][0]["answers"][0]["text"])
    assert names == ["Ana", "Anna"]


def test_responses_of_one_date_come_in_any_order(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    set_options(web, reorder=True)
    late = fill(web, survey, at="2026-05-05T10:00:00")
    same = [fill(web, survey, at="2026-05-04T10:00:00") for _ in range(6)]
    query = "sort_by=date_modified"
    orders = [listed(web, survey, query) for _ in range(8)]
    assert all(sorted(one[:6]) == same and one[6] == late for one in orders)
    assert len({tuple(one) for one in orders}) > 1


def test_an_editor_changes_the_design_and_its_date(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    before = web.get(here(survey)).json["date_modified"]
    choice = edit(
        web, "add_choice", survey, question="join", text="Perhaps", ref="perhaps"
    )
    offered = choice["pages"][0]["questions"][1]["answers"]["choices"]
    assert [one["text"] for one in offered] == ["Yes", "No", "Perhaps"]
    assert choice["date_modified"] > before
    renamed = edit(web, "rename_question", survey, question="why", heading="Why us?")
    assert renamed["pages"][1]["questions"][0]["headings"] == [{"heading": "Why us?"}]
    assert renamed["date_modified"] > choice["date_modified"]
    edit(web, "rename_choice", survey, question="join", choice="no", text="Never")
    edit(web, "rename_survey", survey, title="Other")
    edit(web, "set_language", survey, language="en")
    after = edit(web, "remove_choice", survey, question="join", choice="perhaps")
    offered = after["pages"][0]["questions"][1]["answers"]["choices"]
    assert [one["text"] for one in offered] == ["Yes", "Never"]
    assert (after["title"], after["language"]) == ("Other", "en")
    assert (
        offered[1]["id"]
        == survey["pages"][0]["questions"][1]["answers"]["choices"][1]["id"]
    )


def test_another_scale_has_other_choices(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    after = edit(web, "set_choices", survey, question="join", choices=CHOICES)
    old, new = (
        {one["id"] for one in d["pages"][0]["questions"][1]["answers"]["choices"]}
        for d in (survey, after)
    )
    assert len(new) == 2
    assert not old & new


def test_a_removed_question_leaves_its_answers(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    key = survey["pages"][1]["questions"][0]["id"]
    fill(web, survey, answers={"why": "Because"})
    after = edit(web, "remove_question", survey, question="why")
    assert key not in keys_below(after, "id")
    (one,) = bulk(web, survey)["data"]
    kept = {
        q["id"]: q["answers"][0]["text"] for p in one["pages"] for q in p["questions"]
    }
    assert kept == {key: "Because"}
    refused = web.post(
        f"/surveymonkey/to/{survey['id']}", json={"answers": {"why": "x"}}
    )
    assert error(refused) == (400, "1000")


def test_a_hidden_question_stays_in_the_design(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    after = edit(web, "remove_question", survey, question="why", hide=True)
    assert after["pages"][1]["questions"][0]["visible"] is False


def test_a_question_is_added(web: FlaskClient, survey: dict[str, Any]) -> None:
    new = SURVEY["pages"][0]["questions"][1] | {"ref": "more"}
    after = edit(web, "add_question", survey, question=new, page=2)
    assert len(after["pages"][1]["questions"]) == 2
    fill(web, survey, answers={"more": "no"})


def test_a_copy_asks_the_same_under_other_ids(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    fill(web, survey)
    copied = edit(web, "copy_survey", survey, title="Round 2")
    by_api = web.post(f"{API}/surveys", json={"from_survey_id": survey["id"]}).json
    for other in (copied, by_api):
        assert not keys_below(other, "id") & keys_below(survey, "id")
        assert keys_below(other, "heading") == keys_below(survey, "heading")
        assert other["response_count"] == 0
    fill(web, copied, answers={"join": "yes"})
    assert len(listed(web, copied)) == len(listed(web, survey)) == 1


def test_an_editor_is_told_what_cannot_be_done(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    for act, told in (
        ("paint", {}),
        ("rename_survey", {}),
        ("remove_question", {"question": "nobody"}),
        ("add_choice", {"question": "why", "text": "x"}),
        ("remove_choice", {"question": "join", "choice": "x"}),
    ):
        sent = {"survey": survey["id"], **told}
        assert error(web.post(f"{CONTROL}/edit/{act}", json=sent)) == (400, "1000")
    stranger = {"Origin": "https://elsewhere.example"}
    path = f"{CONTROL}/edit/copy_survey"
    sent = {"survey": survey["id"]}
    assert web.post(path, json=sent, headers=stranger).status_code == 403


def test_refs_tell_the_ids(web: FlaskClient, survey: dict[str, Any]) -> None:
    told = web.get(f"{CONTROL}/surveys/{survey['id']}/refs").json
    join = survey["pages"][0]["questions"][1]
    assert told["join"]["id"] == join["id"]
    choices = {one["text"].lower(): one["id"] for one in join["answers"]["choices"]}
    assert told["join"]["choices"] == choices


def test_the_page_shows_surveys_responses_and_what_is_left(
    web: FlaskClient, app: Flask, survey: dict[str, Any]
) -> None:
    key = fill(web, survey)
    tables = {title: rows for title, _, rows in page_tables(app.extensions["sandbox"])}
    [[*told, link]] = tables["Surveys"]
    assert told == [survey["id"], SURVEY["title"], 3, 1]
    assert f'href="/surveymonkey/to/{survey["id"]}"' in link
    assert tables["Responses"][0][1] == key
    assert ["Day", 500, 1, 499] in [row[:4] for row in tables["Calls"]]
    page = web.get("/sandbox/surveymonkey")
    assert page.status_code == 200
    assert key in page.text


def test_the_services_own_client_reads_it_over_http(app: Flask) -> None:
    web = app.test_client()
    web.environ_base["HTTP_AUTHORIZATION"] = "bearer sm-test"
    survey = web.post(f"{API}/surveys", json=SURVEY).json
    made = [fill(web, survey) for _ in range(103)]
    fill(web, survey, status="partial")
    with serving(app) as url:
        client = connect_surveymonkey("sm-test", Connecting(f"{url}{API}"))
        try:
            assert [one["id"] for one in client.surveys()] == [survey["id"]]
            assert client.design(survey["id"])["pages"] == survey["pages"]
            found = [one["id"] for one in client.responses(survey["id"])]
            assert sorted(found) == made
            assert client.response(survey["id"], made[0])["id"] == made[0]  # type: ignore[index]
            assert client.response(survey["id"], "1") is None
            app.extensions["sandbox"].options["surveymonkey.detail_scope"] = False
            with pytest.raises(RemoteRefused) as refused:
                client.response(survey["id"], made[0])
            assert refused.value.code == "missing_scope"
        finally:
            client.door.close()


def test_a_links_answers_bear_its_collector_and_what_its_address_says(
    web: FlaskClient, survey: dict[str, Any]
) -> None:
    told = {"type": "weblink", "name": "Ours", "allow_multiple_responses": True}
    made = web.post(here(survey, "/collectors"), json=told)
    assert made.status_code == 201
    assert web.get(f"{API}/collectors/{made.json['id']}").json == made.json
    listed = web.get(here(survey, "/collectors?include=type,url")).json["data"]
    assert [set(one) for one in listed] == [{"id", "name", "href", "type", "url"}]
    plain = web.get(here(survey, "/collectors")).json["data"]
    assert [set(one) for one in plain] == [{"id", "name", "href"}]

    path = "/surveymonkey" + made.json["url"].partition("/surveymonkey")[2]
    assert b"Do you join?" in web.get(path).data
    done = web.post(f"{path}?lang=da&odd=x", json={"answers": {"name": "Anna"}})
    assert done.status_code == 200
    (answer,) = bulk(web, survey)["data"]
    assert answer["collector_id"] == made.json["id"]
    assert answer["custom_variables"] == {"lang": "da"}
    assert web.get("/surveymonkey/r/nowhere").status_code == 404
    assert (
        web.post(here(survey, "/collectors"), json={"type": "sms"}).status_code == 400
    )
