"""The form tools' webhooks, looked after: one that was switched off is switched on.

A single 404 or 410 of ours makes Typeform disable a webhook for good, without a word.
So each one that setup made is looked at now and then; a disabled one is put again, and
its form is looked at from the watermark on, so that the gap is filled at once.
"""

from __future__ import annotations

import logging

from sqlalchemy import update

from connector import reach
from connector.clients import RemoteError
from connector.service import Service
from connector.sources.reconcile import Asked, reconcile
from connector.sources.schedule import is_called
from connector.sources.state import FormWatch

log = logging.getLogger(__name__)
TAG = "vidensbro"


def mend_webhooks(service: Service, key: str) -> str:
    """Switch on what was switched off, and fill the gap; return what is wrong."""
    mended = mend_typeform(service, key)
    for form in mended:
        log.warning("typeform %s: its webhook was off and is on again", form)
        look_again(service, key, form)
        reconcile(service, key, Asked(form=form))
    return ""


def mend_typeform(service: Service, key: str) -> list[str]:
    """Put every disabled webhook of ours again; return the forms concerned.

    One that leads elsewhere, or was never made, is setup's business and a person's.
    """
    account = reach.accounts_of(service, key).typeform
    client = reach.typeform(service, key)
    if client is None or account is None or not is_called(service, key, "typeform"):
        return []
    mended = []
    try:
        for form in sorted(
            {
                b.form
                for b in service.programme(key).bindings
                if b.provider == "typeform"
            }
        ):
            hook = client.webhook(form, TAG)
            if hook is None or hook.get("enabled") or not _is_ours(service, key, hook):
                continue
            client.put_webhook(form, TAG, str(hook["url"]), account.secrets[0])
            mended.append(form)
    except RemoteError as error:
        log.warning("typeform's webhooks could not be looked at: %s", error)
    finally:
        client.door.close()
    return mended


def _is_ours(service: Service, key: str, hook: dict[str, object]) -> bool:
    return str(hook.get("url")) == webhook_url(service, key, "typeform")


def webhook_url(service: Service, key: str, provider: str) -> str:
    """Return where a provider calls us; "" while there is no public address."""
    settings = service.settings
    public = settings.public_url
    if not public and settings.demo:
        # The demo's tools stand on this very machine.
        public = f"http://127.0.0.1:{settings.port}"
    return f"{public}/webhooks/{key}/{provider}" if public else ""


def look_again(service: Service, key: str, form: str) -> None:
    """Have a form's answers looked at anew, as soon as the worker comes round."""
    with service.database.writing() as session:
        session.execute(
            update(FormWatch)
            .where(FormWatch.programme == key, FormWatch.form == form)
            .values(looked_at=None)
        )
