"""Doors for tests and the demo: an editor's acts, the refs, what waits to be sent."""

from typing import Any

from flask import Blueprint

from sandbox.box import Box
from sandbox.strangers import keep_out
from sandbox.surveymonkey import courier, design, editor, gate, responses, surveys

Doc = dict[str, Any]
_CONTROL = "/sandbox/control/surveymonkey"


def control_blueprint(box: Box) -> Blueprint:
    """`POST .../edit/{act}`, `POST .../delete_response`, `GET .../surveys/{id}/refs`,
    `GET .../waiting`; what the acts take: see the package."""
    routes = Blueprint("surveymonkey_control", __name__, url_prefix=_CONTROL)
    keep_out(routes)
    gate.refusals(routes)

    @routes.post("/edit/<act>")
    def edit(act: str) -> Doc:
        return editor.edit(box, act, gate.body())

    @routes.post("/delete_response")
    def delete_response() -> Doc:
        """Staff delete a response in SurveyMonkey's pages: no call of the app's."""
        told = gate.body()
        survey = surveys.require(box, str(told.get("survey")))
        gone = responses.remove(box, survey["id"], str(told.get("response")))
        sent = courier.tell(box, survey, "response_deleted", gone)
        return {"response": gone["id"], "deliveries": sent}

    @routes.get("/surveys/<survey_id>/refs")
    def refs(survey_id: str) -> Doc:
        return design.refs(surveys.require(box, survey_id))

    @routes.get("/waiting")
    def waiting() -> Doc:
        """How many webhooks are still to be sent, tries again included."""
        return {"waiting": courier.sender_of(box).waiting()}

    return routes
