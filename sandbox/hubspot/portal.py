"""One HubSpot account: who asks, what is switched on, how its documents change."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import request

from sandbox.box import Box
from sandbox.hubspot.errors import HubError
from sandbox.hubspot.kinds import Kind, kind_of
from sandbox.hubspot.limits import is_staff
from sandbox.hubspot.values import instant
from sandbox.store import Document

VERSION = "2026-09"
LIBRARY_DEFAULT = ("0-410", "0-162")
STAFF_USER = 7001
APP = 5150001


@dataclass(frozen=True)
class Writer:
    """Who writes, as property history tells it, and when they say it was.

    `label` is what HubSpot calls an integration in its pages.
    """

    source_type: str
    source_id: str
    at: datetime
    label: str = ""


@dataclass(frozen=True)
class Change:
    """What happened to a record: `topic` as webhooks call it (`creation`, ...)."""

    topic: str
    kind: Kind
    record_id: str
    writer: Writer
    facts: dict[str, Any] = field(default_factory=dict)


Listener = Callable[[list[Change]], None]


class Portal:
    """The account. Documents are replaced, never changed in place, so that a
    batch that fails as a whole can be undone. `listener` is told what happened, once
    it is certain."""

    def __init__(self, box: Box, listener: Listener | None = None) -> None:
        self.box = box
        self._listener = listener
        self._journal: list[tuple[str, str, Document | None]] | None = None
        self._told: list[Change] = []

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
            mark = len(self._told)
            try:
                yield
            except Exception:
                for kind, key, before in reversed(self._journal):
                    if before is None:
                        self.box.store.delete(kind, key)
                    else:
                        self.box.store.put(kind, key, before)
                self._journal = []
                del self._told[mark:]
                raise
            finally:
                written, self._journal = self._journal, outer
                if outer is not None:
                    outer.extend(written)
                else:
                    self._publish()

    def tell(self, change: Change) -> None:
        """Say what happened; heard when all that belongs to it is written."""
        with self.box.store.lock:
            self._told.append(change)
            if self._journal is None:
                self._publish()

    def _publish(self) -> None:
        told, self._told = self._told, []
        if told and self._listener is not None:
            self._listener(told)

    def now(self) -> str:
        """The portal's clock, as HubSpot writes times."""
        return instant(self.box.now())

    def writer(self) -> Writer:
        """A member of staff, another integration by `X-Sandbox-App`, or ours (see
        `is_staff`), and from `X-Sandbox-At` when, which dates a change back."""
        stated = request.headers.get("X-Sandbox-At")
        at = _stated_time(stated) if stated else self.box.now()
        other = request.headers.get("X-Sandbox-App", "")
        if other:
            how = request.headers.get("X-Sandbox-Source", "INTEGRATION")
            name = request.headers.get("X-Sandbox-App-Name", "")
            return Writer(how, other, at, name)
        if is_staff():
            return Writer("CRM_UI", f"userId:{STAFF_USER}", at)
        return Writer("INTEGRATION", writing_app(self.box), at)

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


def writing_app(box: Box) -> str:
    """The app that API calls write as: the one with the webhooks, unless another is
    said (whether a service key counts as another app is not documented)."""
    hooks: dict[str, Any] = box.option("hubspot.webhooks", None) or {}
    return str(box.option("hubspot.app_id", hooks.get("app_id") or APP))


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
