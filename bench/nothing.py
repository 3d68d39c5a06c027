"""The same server and configuration, answering 204 without storing anything."""

from flask import Flask, Response, request

app = Flask(__name__)


@app.post("/webhooks/<programme>/<provider>")
def nothing(programme: str, provider: str) -> Response:
    """Read the body, as any receiver must, and forget it."""
    request.get_data(cache=False)
    return Response(status=204)
