"""One HubSpot account: who asks, what is switched on, how its documents change."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import request

from sandbox.box import Box
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.kinds import Kind, kind_of
from sandbox.hubspot.values import instant
from sandbox.store import Document

LIBRARY_DEFAULT = ("0-410", "0-162")


@dataclass(frozen=True)
class Writer:
    """Who writes, as property history tells it, and when they say it was."""

    source_type: str
    source_id: str
    at: datetime


class Portal:
    """The account. Documents are replaced, never changed in place, so that a
    batch that fails as a whole can be undone."""

    def __init__(self, box: Box) -> None:
        self.box = box
        self._journal: list[tuple[str, str, Document | None]] | None = None

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        return self.box.store.get(kind, key)

    def put(self, kind: str, key: str, doc: Document) -> None:
        """Put the document, remembering what it replaces."""
        with self.box.store.lock:
            self._remember(kind, key)
            self.box.store.put(kind, key, doc)

    def delete(self, kind: str, key: str) -> None:
        """Delete the document, remembering it."""
        with self.box.store.lock:
            self._remember(kind, key)
            self.box.store.delete(kind, key)

    def _remember(self, kind: str, key: str) -> None:
        if self._journal is not None:
            self._journal.append((kind, key, self.box.store.get(kind, key)))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of the block's writes, or none of them when it raises."""
        with self.box.store.lock:
            outer, self._journal = self._journal, []
            try:
                yield
            except Exception:
                for kind, key, before in reversed(self._journal):
                    if before is None:
                        self.box.store.delete(kind, key)
                    else:
                        self.box.store.put(kind, key, before)
                self._journal = []
                raise
            finally:
                written, self._journal = self._journal, outer
                if outer is not None:
                    outer.extend(written)

    def now(self) -> str:
        """The portal's clock, as HubSpot writes times."""
        return instant(self.box.now())

    def writer(self) -> Writer:
        """From `X-Sandbox-Actor` (`staff`, or nothing for the integration) and
        `X-Sandbox-At`, which dates a change back."""
        stated = request.headers.get("X-Sandbox-At")
        at = _stated_time(stated) if stated else self.box.now()
        if request.headers.get("X-Sandbox-Actor") == "staff":
            return Writer("CRM_UI", "userId:7001", at)
        app = str(self.box.option("hubspot.app_id", 5150001))
        return Writer("INTEGRATION", app, at)

    def activated(self, kind: Kind) -> bool:
        """Whether the account has this object type switched on."""
        switched_on = self.box.option("hubspot.activated", LIBRARY_DEFAULT)
        return not kind.library or kind.number in switched_on

    def kind(self, name: str) -> Kind:
        """The type a path names; 403 when the account has not activated it."""
        kind = kind_of(name)
        if not self.activated(kind):
            message = f"Object type {kind.number} is not enabled for this account."
            raise HubError(403, message, "FORBIDDEN")
        return kind


def _stated_time(stated: str) -> datetime:
    """The header's time; 400 for one that is no time or says no zone."""
    try:
        at = datetime.fromisoformat(stated)
    except ValueError as error:
        raise HubError(400, f"X-Sandbox-At: {stated} is no time") from error
    if at.tzinfo is None:
        raise HubError(400, f"X-Sandbox-At: {stated} says no zone")
    return at


def body_of_request() -> dict[str, Any]:
    """The request's JSON object; 400 for anything else."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise HubError(400, "Invalid input JSON: an object is expected")
    return body


def inputs_of(body: dict[str, Any], limit: int) -> list[dict[str, Any]]:
    """A batch's inputs; 400 when they are no list of objects or more than `limit`."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise HubError(400, "Invalid input JSON: inputs must be a list of objects")
    if len(inputs) > limit:
        raise HubError(400, f"Batch size {len(inputs)} is over the limit of {limit}")
    return inputs
