"""The API's paths under /v3; with them come the respondents' and the control routes."""

from typing import Any

from flask import Blueprint, request
from flask.blueprints import BlueprintSetupState

from sandbox.box import Box
from sandbox.surveymonkey import (
    collectors,
    courier,
    gate,
    hooks,
    people,
    responses,
    scopes,
    surveys,
)
from sandbox.surveymonkey.control import control_blueprint
from sandbox.surveymonkey.ids import USER
from sandbox.surveymonkey.paging import listed

Doc = dict[str, Any]
Created = tuple[Doc, int]
_SURVEY = "/surveys/<survey_id>"
_RESPONSE = _SURVEY + "/responses/<response_id>"
_HOOK = "/webhooks/<webhook_id>"


def blueprint(box: Box) -> Blueprint:
    """All of SurveyMonkey; registering it brings the control routes along."""
    routes = Blueprint("surveymonkey", __name__)
    api = Blueprint("api", __name__, url_prefix="/v3")
    gate.guard(api, box)
    _account(api, box)
    _surveys(api, box)
    _collectors(api, box)
    _lists(api, box)
    _one_response(api, box)
    _webhooks(api, box)
    routes.register_blueprint(api)
    routes.register_blueprint(people.blueprint(box))

    @routes.record_once
    def with_control(state: BlueprintSetupState) -> None:
        state.app.register_blueprint(control_blueprint(box))

    return routes


def _account(api: Blueprint, box: Box) -> None:
    @api.get("/users/me")
    def me() -> Doc:
        return {
            "id": USER,
            "username": "sandbox",
            "first_name": "",
            "last_name": "",
            "email": "staff@programme.example",
            "email_verified": True,
            "language": "en",
            "account_type": box.option("surveymonkey.plan", "team_advantage"),
            "date_created": "2026-01-05T09:00:00+00:00",
            "date_last_login": "2026-01-05T09:00:00+00:00",
            "scopes": scopes.shown(box),
        }


def _surveys(api: Blueprint, box: Box) -> None:
    @api.get("/surveys")
    def list_surveys() -> Doc:
        include = set(request.args.get("include", "").split(","))
        known = box.store.all(surveys.KIND).values()
        return listed(box, [surveys.short(box, one, include) for one in known])

    @api.post("/surveys")
    def create_survey() -> Created:
        made = surveys.create(box, gate.body())
        courier.tell_later(box, made, "survey_created")
        return surveys.details(box, made), 201

    @api.get(_SURVEY)
    def read_survey(survey_id: str) -> Doc:
        return surveys.shown(box, surveys.require(box, survey_id))

    @api.get(_SURVEY + "/details")
    def read_design(survey_id: str) -> Doc:
        return surveys.details(box, surveys.require(box, survey_id))


def _collectors(api: Blueprint, box: Box) -> None:
    @api.get(_SURVEY + "/collectors")
    def list_collectors(survey_id: str) -> Doc:
        return listed(box, collectors.of_survey(box, survey_id))

    @api.post(_SURVEY + "/collectors")
    def create_collector(survey_id: str) -> Created:
        made = collectors.create(box, survey_id, gate.body())
        return collectors.shown(box, made), 201

    @api.get("/collectors/<collector_id>")
    def read_collector(collector_id: str) -> Doc:
        return collectors.shown(box, collectors.require(box, collector_id))


def _lists(api: Blueprint, box: Box) -> None:
    @api.get(_SURVEY + "/responses/bulk")
    def list_in_bulk(survey_id: str) -> Doc:
        survey = surveys.require(box, survey_id)
        responses.check_detail(box)
        page = listed(box, responses.asked(box, survey_id), most=responses.MOST)
        page["data"] = [responses.details(box, survey, one) for one in page["data"]]
        return page

    @api.get(_SURVEY + "/responses")
    def list_responses(survey_id: str) -> Doc:
        surveys.require(box, survey_id)
        page = listed(box, responses.asked(box, survey_id), most=responses.MOST)
        page["data"] = [responses.short(box, one) for one in page["data"]]
        return page


def _one_response(api: Blueprint, box: Box) -> None:
    @api.get(_RESPONSE + "/details")
    def read_answers(survey_id: str, response_id: str) -> Doc:
        found = responses.require(box, survey_id, response_id)
        responses.check_detail(box)
        return responses.details(box, surveys.require(box, survey_id), found)

    @api.get(_RESPONSE)
    def read_response(survey_id: str, response_id: str) -> Doc:
        return responses.metadata(box, responses.require(box, survey_id, response_id))

    @api.delete(_RESPONSE)
    def delete_response(survey_id: str, response_id: str) -> Doc:
        gone = responses.remove(box, survey_id, response_id)
        survey = surveys.require(box, survey_id)
        courier.tell_later(box, survey, "response_deleted", gone)
        return responses.metadata(box, gone)


def _webhooks(api: Blueprint, box: Box) -> None:
    @api.get("/webhooks")
    def list_hooks() -> Doc:
        known = box.store.all(hooks.KIND).values()
        return listed(box, [hooks.short(box, one) for one in known])

    @api.post("/webhooks")
    def create_hook() -> Created:
        return hooks.shown(box, hooks.create(box, gate.body())), 201

    @api.get(_HOOK)
    def read_hook(webhook_id: str) -> Doc:
        return hooks.shown(box, hooks.require(box, webhook_id))

    @api.patch(_HOOK)
    def change_hook(webhook_id: str) -> Doc:
        return hooks.shown(box, hooks.change(box, webhook_id, gate.body()))

    @api.delete(_HOOK)
    def remove_hook(webhook_id: str) -> Doc:
        return hooks.shown(box, hooks.remove(box, webhook_id))
