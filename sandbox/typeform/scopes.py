"""What a personal token may do.

Scopes as in Typeform's reference (https://www.typeform.com/developers/get-started/scopes/).
Option `typeform.scopes` (None: all of them) is what the token was made with. How the
refusal is worded is not documented; others report a 403.
"""

from flask import request

from sandbox.box import Box
from sandbox.typeform.errors import TypeformError


def check_scopes(box: Box) -> None:
    """403 where the token lacks the scope that this call wants."""
    granted = box.option("typeform.scopes", None)
    if granted is None or _wanted() in granted:
        return
    raise TypeformError(403, "FORBIDDEN", "The token's scopes do not allow this")


def _wanted() -> str:
    act = "read" if request.method in ("GET", "HEAD") else "write"
    parts = request.path.split("/")
    for part in ("webhooks", "responses"):
        if part in parts:
            return f"{part}:{act}"
    return "accounts:read" if parts[-1] == "me" else f"forms:{act}"
