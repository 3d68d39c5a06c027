"""The demo's settings: invented secrets of its own, and the sandbox's addresses."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from connector.settings import DEMO_FILE, Settings
from sandbox.demo.programme import KEY
from sandbox.hubspot.portal import APP
from sandbox.surveymonkey import CLIENT_ID, CLIENT_SECRET

AUDIENCE = "demo-audience"


def prepare(settings: Settings) -> Path:
    """Write ``demo.env`` where it is missing, and its addresses for these ports."""
    folder = settings.data_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / DEMO_FILE
    held = {**_invented(), **_secrets_of(path)}
    lines = [
        f"{name}='{value}'" for name, value in {**held, **_fixed(settings)}.items()
    ]
    text = "# Made by the demo; invented secrets, for the sandbox only.\n"
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(text + "\n".join(lines) + "\n", "utf-8")
    return path


def _invented() -> dict[str, str]:
    """Return a secret for each setting that needs one, in the shape that it has."""
    return {
        "HUBSPOT_TOKEN": f"demo-{secrets.token_hex(16)}",
        "HUBSPOT_APP_SECRETS": secrets.token_hex(32),
        "MAILCHIMP_API_KEY": f"{secrets.token_hex(16)}-us1",
        "MAILCHIMP_WEBHOOK_SECRETS": secrets.token_hex(32),
        "TYPEFORM_TOKEN": f"demo-{secrets.token_hex(16)}",
        "TYPEFORM_SECRETS": secrets.token_hex(32),
        "SURVEYMONKEY_TOKEN": f"demo-{secrets.token_hex(16)}",
        "SECRET_KEY": secrets.token_hex(32),
    }


def _secrets_of(path: Path) -> dict[str, str]:
    """Return the secrets that are there already: an older demo lacks some."""
    from dotenv import dotenv_values

    held = dotenv_values(path) if path.exists() else {}
    return {name: value for name in _invented() if (value := held.get(name))}


def _fixed(settings: Settings) -> dict[str, str]:
    folder = settings.data_dir
    sandbox = sandbox_url(settings)
    return {
        "PROGRAMMES": KEY,
        "VIDENSBRO_PROGRAMMES": str(folder / "programmes"),
        "DATABASE_URL": f"sqlite:///{folder / 'vidensbro.db'}",
        "QUEUE_URL": "",
        "HOST": "127.0.0.1",
        "PUBLIC_URL": f"http://127.0.0.1:{settings.port}",
        "HUBSPOT_BASE_URL": f"{sandbox}/hubspot",
        "HUBSPOT_APP_ID": str(APP),
        # One of the users that the sandbox's account begins with.
        "HUBSPOT_TASK_OWNER": "liv.prove@programme.example",
        "MAILCHIMP_BASE_URL": f"{sandbox}/mailchimp/3.0",
        "MAILCHIMP_AUDIENCE_ID": AUDIENCE,
        "SURVEYMONKEY_BASE_URL": f"{sandbox}/surveymonkey/v3",
        # The sandbox signs with these.
        "SURVEYMONKEY_CLIENT_ID": CLIENT_ID,
        "SURVEYMONKEY_CLIENT_SECRETS": CLIENT_SECRET,
        "TYPEFORM_BASE_URL": f"{sandbox}/typeform",
        # Nobody shares the sandbox's limits, and it keeps none for Typeform.
        "TYPEFORM_CALLS_PER_S": "100",
    }


def sandbox_url(settings: Settings) -> str:
    """Return where the demo's sandbox answers."""
    return f"http://127.0.0.1:{settings.sandbox_port}"


def sandbox_options(audience: str = AUDIENCE) -> Mapping[str, Any]:
    """Return how the sandbox behaves when it stands in for the demo's tools."""
    return {"mailchimp.audience_id": audience}
