"""HubSpot's property definitions, made of the programme's field rules."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from connector.programme.figure import in_language
from connector.sync.hubspot.objects import ID
from connector.sync.setup import words
from mappings.plan import FieldRule, ProgrammeMap, Text

GROUP = "vidensbro"
GROUP_LABEL = "Vidensbro"
Definition = dict[str, Any]


def unique_id(locale: str) -> Definition:
    """Return the property that every record of ours is addressed by.

    Uniqueness can be given only when a property is created (HubSpot's guide on
    properties), so it stands alone: a refusal must be told from any other.
    """
    return {
        "name": ID,
        "label": in_language(words.ID_LABEL, locale),
        "description": in_language(words.ID_DESCRIPTION, locale),
        "groupName": GROUP,
        "type": "string",
        "fieldType": "text",
        "hasUniqueValue": True,
    }


def definitions(plan: ProgrammeMap, entities: Collection[str]) -> list[Definition]:
    """Return the properties of one object that carries these entities.

    Deals may carry rounds and participations at once. A name that both use for values
    of different types becomes a text, which takes either.
    """
    found: dict[str, Definition] = {}
    for rule in plan.leaving("hubspot"):
        if rule.entity not in entities or rule.hubspot is None or rule.hubspot.standard:
            continue
        made = _definition(rule, plan.locale)
        before = found.get(made["name"])
        found[made["name"]] = made if before is None else _joined(before, made)
    return list(found.values())


def missing_options(
    have: Iterable[Definition], want: Iterable[Definition]
) -> list[Definition]:
    """Return the wanted options whose values an existing property lacks."""
    values = {one["value"] for one in have}
    return [one for one in want if one["value"] not in values]


def fits(have: Definition, want: Definition) -> bool:
    """Tell whether an existing property takes the values that we write.

    The field type is staff's to choose, save that only checkboxes hold several values.
    """
    if have.get("type") != want["type"]:
        return False
    if want["type"] != "enumeration":
        return True
    several = want["fieldType"] == "checkbox"
    return bool((have.get("fieldType") == "checkbox") == several)


def _definition(rule: FieldRule, locale: str) -> Definition:
    assert rule.hubspot is not None  # noqa: S101 - the caller looked
    made: Definition = {
        "name": rule.hubspot.property,
        "label": in_language(rule.label, locale),
        "description": in_language(rule.description, locale),
        "groupName": GROUP,
        "type": rule.hubspot.type,
        "fieldType": rule.hubspot.field_type,
    }
    if rule.hubspot.type == "enumeration":
        labels = {choice.code: choice.label for choice in rule.choices}
        made["options"] = _options(labels, locale)
    if rule.hubspot.type == "bool":
        made["options"] = _options(words.YES_NO, locale)
    return made


def _options(labels: dict[str, Text], locale: str) -> list[Definition]:
    return [
        {
            "value": value,
            "label": in_language(label, locale) or value,
            "displayOrder": place,
            "hidden": False,
        }
        for place, (value, label) in enumerate(labels.items())
    ]


def _joined(one: Definition, other: Definition) -> Definition:
    if one["type"] != other["type"]:
        kept = {name: value for name, value in one.items() if name != "options"}
        return {**kept, "type": "string", "fieldType": "text"}
    if "options" in one:
        more = missing_options(one["options"], other["options"])
        return {**one, "options": [*one["options"], *more]}
    return one
