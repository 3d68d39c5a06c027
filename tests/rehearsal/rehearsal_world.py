"""What a rehearsal told is held against what then came true, value by value.

The world is written down as one flat table: (place, thing, field) -> value. The tools'
part of it is read from the sandbox over HTTP or from its store, never from what the
service believes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from connector.rehearsal import Difference
from connector.rehearsal.names import Names
from connector.rehearsal.programme import figures_picture, programme_picture
from connector.sync.state import RemoteRecord
from tests.world import KEY, World

TYPES = {
    "round": "0-410",
    "organisation": "companies",
    "person": "contacts",
    "participation": "0-162",
}
ENDS = (
    ("participation", "person"),
    ("participation", "organisation"),
    ("participation", "round"),
    ("person", "organisation"),
)
EMAIL = "email"
MADE_UP = re.compile(r"\b[0-9a-f]{20}\b")
Flat = dict[tuple[str, str, str, str], Any]
"""(place, kind, id or title, field) -> value; "" as field: it is there at all."""


class Told:
    """A world as it stands, and the titles of what was not there at first."""

    def __init__(self, here: World, before: Told | None = None) -> None:
        """Read everything."""
        self.here = here
        plan = here.service.programme(KEY)
        with here.service.database.reading() as session:
            self.names = Names(session, plan)
            self.known = before.known if before else set(self.names.ids)
            self.flat: Flat = {}
            for place, picture in (
                ("programme", programme_picture(session, plan, self.names)),
                ("figures", figures_picture(session, plan)),
            ):
                for (kind, one), seen in picture.items():
                    if seen.state != "merged":
                        self._put(place, kind, one, seen.title, seen.fields)
            rows = session.scalars(select(RemoteRecord)).all()
            self.pushed = {(r.entity_kind, name) for r in rows for name in r.pushed}
        self._hubspot()
        self._mailchimp()

    def _put(
        self, place: str, kind: str, one: str, title: str, fields: Mapping[str, Any]
    ) -> None:
        key = one if set(MADE_UP.findall(one)) <= self.known else title
        self.flat[place, kind, key, ""] = True
        for name, value in fields.items():
            if value not in (None, "", []):
                self.flat[place, kind, key, name] = self._plain(value)

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return MADE_UP.sub(lambda m: m[0] if m[0] in self.known else "…", value)
        return value

    def _hubspot(self) -> None:
        owner: dict[tuple[str, str], str] = {}
        for kind, type_ in TYPES.items():
            for record in self.here.records(type_):
                held = dict(record["properties"])
                one = held.pop("vidensbro_id", "")
                if one:
                    owner[kind, record["id"]] = one
                    ours = {n: v for n, v in held.items() if (kind, n) in self.pushed}
                    self._put("hubspot", kind, one, self.names.title(one), ours)
        for ends in ENDS:
            self._associations(ends, owner)

    def _associations(
        self, ends: tuple[str, str], owner: Mapping[tuple[str, str], str]
    ) -> None:
        ids = [one for kind, one in owner if kind == ends[0]]
        path = f"/crm/associations/2026-09/{TYPES[ends[0]]}/{TYPES[ends[1]]}/batch/read"
        answer = self.here.crm("POST", path, {"inputs": [{"id": i} for i in ids]})
        for result in answer["results"]:
            start = owner[ends[0], str(result["from"]["id"])]
            for to in result["to"]:
                end = owner[ends[1], str(to["toObjectId"])]
                title = f"{self.names.title(start)} — {self.names.title(end)}"
                key = f"{ends[0]}:{start}:{end}"
                self._put("hubspot", "association", key, title, {})

    def _mailchimp(self) -> None:
        for email, member in self.here.members().items():
            fields = {
                **member["merge_fields"],
                "language": member["language"],
                "email": email.lower(),
                "status": member["status"],
            }
            self._put("mailchimp", "member", email.lower(), email.lower(), fields)


def foretold(before: Told, difference: Difference) -> Flat:
    """Return what the world must come to: ``before`` with the difference applied."""
    flat = dict(before.flat)
    for section in difference.sections:
        for change in section.changes:
            if change.word in {"held", "left"}:
                continue
            key = (section.name, change.kind, change.id or change.title)
            if change.word in {"vanished", "merged", "ended"}:
                for each in [k for k in flat if k[:3] == key]:
                    del flat[each]
                continue
            flat[*key, ""] = True
            for one in change.fields:
                assert flat.get((*key, one.field)) == _value(one.before), (key, one)
                flat.pop((*key, one.field), None)
                if one.after not in (None, "", []):
                    flat[*key, one.field] = one.after
    return _moved(flat)


def _moved(flat: Flat) -> Flat:
    """Return the members under the addresses that they have then."""
    emails = {
        k[:3]: v for k, v in flat.items() if k[0] == "mailchimp" and k[3] == EMAIL
    }
    return {
        (place, kind, emails.get((place, kind, one), one), name): value
        for (place, kind, one, name), value in flat.items()
    }


def _value(value: Any) -> Any:
    return None if value in ("", []) else value


def different(one: Flat, other: Flat) -> dict[Any, Any]:
    """Return what is not the same in both: key -> the two values."""
    return {
        key: (one.get(key), other.get(key))
        for key in one.keys() | other.keys()
        if one.get(key) != other.get(key)
    }
