"""The control API: how a test or the demo makes the sandbox behave."""

from typing import Any

from flask import Blueprint, request

from sandbox.box import Box
from sandbox.faults import from_json

Answer = tuple[dict[str, Any], int]


def blueprint(box: Box) -> Blueprint:
    """Faults, calls, options and reset, under /sandbox/control."""
    routes = Blueprint("control", __name__)

    @routes.before_request
    def refuse_strangers() -> Answer | None:
        """A page from elsewhere, open in the same browser, may not wipe the demo."""
        origin = request.headers.get("Origin")
        if origin is not None and origin != request.host_url.rstrip("/"):
            return {"error": "requests from other origins are refused"}, 403
        return None

    _add_faults(routes, box)
    _add_calls(routes, box)
    _add_options(routes, box)
    return routes


def _add_faults(routes: Blueprint, box: Box) -> None:

    @routes.post("/faults")
    def add_fault() -> Answer:
        try:
            box.faults.add(from_json(request.get_json()))
        except (ValueError, TypeError) as error:
            return {"error": str(error)}, 400
        return {"waiting": box.faults.waiting()}, 201

    @routes.get("/faults")
    def list_faults() -> Answer:
        return {"waiting": box.faults.waiting()}, 200

    @routes.delete("/faults")
    def clear_faults() -> Answer:
        box.faults.clear()
        return {"waiting": []}, 200


def _add_calls(routes: Blueprint, box: Box) -> None:
    @routes.get("/calls")
    def calls() -> Answer:
        return box.calls.report(), 200

    @routes.delete("/calls")
    def reset_calls() -> Answer:
        box.calls.reset()
        return box.calls.report(), 200


def _add_options(routes: Blueprint, box: Box) -> None:
    first_options = dict(box.options)

    @routes.route("/options", methods=["PUT", "POST"])
    def set_options() -> Answer:
        changes = request.get_json()
        if not isinstance(changes, dict):
            return {"error": "options are a JSON object"}, 400
        box.options.update(changes)
        return box.options, 200

    @routes.get("/options")
    def get_options() -> Answer:
        return box.options, 200

    @routes.post("/reset")
    def reset() -> Answer:
        """Wipe records, faults, counts and the options set since the start."""
        box.store.clear()
        box.faults.clear()
        box.calls.reset()
        box.scratch.clear()
        box.options.clear()
        box.options.update(first_options)
        return {"reset": True}, 200
