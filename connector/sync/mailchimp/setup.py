"""What the audience needs once: merge fields and saved segments.

A plan first, then its steps; a second run plans nothing. Nothing is ever deleted, and a
segment of the same name that does not speak of our token field is somebody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from connector.clients.mailchimp import Mailchimp
from connector.programme.figure import in_language
from connector.sync.mailchimp.desired import merge_rules
from mappings.plan import ProgrammeMap, Segment, Text

TOKEN_NAME = {"da": "Vidensbro: rolle og runde", "en": "Vidensbro: role and round"}
FIELD: Text = {
    "da": "Mailchimp: opret fletfeltet {tag} ({name}).",
    "en": "Mailchimp: create the merge field {tag} ({name}).",
}
SEGMENT: Text = {
    "da": "Mailchimp: opret segmentet “{name}”.",
    "en": "Mailchimp: create the segment “{name}”.",
}
SEGMENT_CHANGED: Text = {
    "da": "Mailchimp: ret segmentet “{name}”.",
    "en": "Mailchimp: change the segment “{name}”.",
}


@dataclass(frozen=True)
class Step:
    """One thing to do: what it is, in a sentence of the programme's language, and how.

    ``kind`` and ``name`` say by a word and by name what it makes or changes.
    """

    text: str
    apply: Callable[[], object]
    kind: str
    name: str


def plan_setup(plan: ProgrammeMap, client: Mailchimp) -> list[Step]:
    """Return what is missing or differs, in the order in which it must be done."""
    return [*_fields(plan, client), *_segments(plan, client)]


def _fields(plan: ProgrammeMap, client: Mailchimp) -> list[Step]:
    have = {str(one["tag"]).upper() for one in client.merge_fields()}
    want: dict[str, Text] = {str(r.mailchimp): r.label for r in merge_rules(plan)}
    if plan.segment_tag:
        want[plan.segment_tag] = TOKEN_NAME
    steps = []
    for tag, text in want.items():
        if tag not in have:
            name = in_language(text, plan.locale)
            said = in_language(FIELD, plan.locale).format(tag=tag, name=name)
            create = partial(client.create_merge_field, tag, name)
            steps.append(Step(said, create, "merge field", tag))
    return steps


def _segments(plan: ProgrammeMap, client: Mailchimp) -> list[Step]:
    have = client.segments() if plan.segments else []
    steps = []
    for segment in plan.segments:
        name = in_language(segment.name, plan.locale)
        options = segment_options(segment, plan.segment_tag)
        same = [one for one in have if one["name"] == name]
        mine = next((o for o in same if _is_ours(o, options, plan.segment_tag)), None)
        if mine is None:
            said = in_language(SEGMENT, plan.locale).format(name=name)
            create = partial(client.create_segment, name, options)
            steps.append(Step(said, create, "segment", name))
        elif _plain(mine.get("options", {})) != _plain(options):
            said = in_language(SEGMENT_CHANGED, plan.locale).format(name=name)
            change = partial(client.update_segment, mine["id"], name, options)
            steps.append(Step(said, change, "change of a segment", name))
    return steps


def segment_options(segment: Segment, tag: str) -> dict[str, Any]:
    """Return a segment as Mailchimp's ``match`` and ``conditions``.

    One saved segment joins all its conditions by one word, so "any" of several texts
    within one language cannot be said; ``ValueError`` then.
    """
    texts = [("contains", each) for each in segment.contains]
    texts += [("notcontain", each) for each in segment.lacks]
    conditions: list[dict[str, str]] = [
        {"condition_type": "TextMerge", "field": tag, "op": op, "value": value}
        for op, value in texts
    ]
    match: str = segment.match
    if segment.language:
        if match == "any" and len(texts) > 1:
            raise ValueError(
                f"segments.toml: {segment.key} joins several texts by any and names a "
                "language; make one segment of each text."
            )
        match = "all"
        conditions.append(
            {
                "condition_type": "Language",
                "field": "language",
                "op": "is",
                "value": segment.language,
            }
        )
    return {"match": match, "conditions": conditions}


def _is_ours(have: Mapping[str, Any], options: Mapping[str, Any], tag: str) -> bool:
    theirs = _conditions(have.get("options", {}))
    speaks = any(one.get("field") == tag for one in theirs)
    return speaks or _plain(have.get("options", {})) == _plain(options)


def _conditions(options: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    return [one for one in options.get("conditions") or () if isinstance(one, Mapping)]


def _plain(options: Mapping[str, Any]) -> tuple[str, list[tuple[str, ...]]]:
    """Return what of a segment's options matters, in an order of its own."""
    names = ("condition_type", "field", "op", "value")
    conditions = sorted(
        tuple(str(one.get(name, "")) for name in names) for one in _conditions(options)
    )
    # Of one condition, "all" and "any" say the same.
    match = str(options.get("match", "")) if len(conditions) > 1 else "all"
    return match, conditions
