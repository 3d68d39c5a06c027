"""The sandbox's pages: what each tool holds, for people who follow the demo."""

from types import ModuleType
from typing import Any

from flask import Blueprint, abort, render_template

from sandbox import hubspot, mailchimp, surveymonkey, typeform
from sandbox.box import Box

Table = tuple[str, list[str], list[list[Any]]]

_TOOLS: dict[str, tuple[str, ModuleType]] = {
    "hubspot": ("HubSpot", hubspot),
    "mailchimp": ("Mailchimp", mailchimp),
    "surveymonkey": ("SurveyMonkey", surveymonkey),
    "typeform": ("Typeform", typeform),
}


def blueprint(box: Box) -> Blueprint:
    """The index and one page a tool."""
    routes = Blueprint("pages", __name__)

    @routes.app_context_processor
    def navigation() -> dict[str, Any]:
        return {"tool_names": {key: name for key, (name, _) in _TOOLS.items()}}

    @routes.get("/")
    def index() -> str:
        tools = [
            {"key": key, "name": name, "tables": _tables(module, box)}
            for key, (name, module) in _TOOLS.items()
        ]
        return render_template("index.html", tools=tools)

    @routes.get("/sandbox/<tool>")
    def records(tool: str) -> str:
        if tool not in _TOOLS:
            abort(404)
        name, module = _TOOLS[tool]
        return render_template(
            "tool.html",
            key=tool,
            name=name,
            tables=_tables(module, box),
        )

    return routes


def _tables(module: ModuleType, box: Box) -> list[Table]:
    tables: list[Table] = module.page_tables(box)
    return tables
