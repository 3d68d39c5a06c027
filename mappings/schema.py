"""What may stand in a programme's TOML files, held against marshmallow schemas.

Here each file is looked at by itself; what one file says of another is the matter of
``crosscheck``.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from marshmallow import ValidationError, fields, validates_schema

from mappings.faults import not_known
from mappings.schema_forms import RECORD_ENTITIES, FormFile
from mappings.schema_parts import (
    REQUIRED,
    Day,
    Table,
    Target,
    Text,
    Words,
    flag,
    one_of,
    tables,
    text,
    whole,
)

ENTITIES = (*RECORD_ENTITIES, "round")
POLICIES = ("evidence", "newest", "service", "staff")
POPULATIONS = (
    "cities_and_partners",
    "informed_cities_and_partners",
    "milestone",
    "programme_year_mentees",
    "programme_year_mentors",
    "round_mentees",
    "round_mentors",
    "sending_organisations",
)
INDICATOR_KINDS = ("count", "milestone", "share", "shown")
QUESTION_KINDS = (
    "date",
    "dropdown",
    "email",
    "legal",
    "long_text",
    "multiple_choice",
    "number",
    "opinion_scale",
    "phone_number",
    "short_text",
    "website",
    "yes_no",
)
HUBSPOT_TYPES = {
    "bool": ("booleancheckbox",),
    "date": ("date",),
    "datetime": ("date",),
    "enumeration": ("checkbox", "radio", "select"),
    "number": ("number",),
    "string": ("phonenumber", "text", "textarea"),
}


class WindowTable(Table):
    opens = Day(**REQUIRED)
    closes = Day(**REQUIRED)

    @validates_schema
    def in_order(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["closes"] < data["opens"]:
            raise ValidationError("lies before opens; swap them", "closes")


class RoundTable(Table):
    name = Text(**REQUIRED)
    starts = Day(**REQUIRED)
    ends = Day(**REQUIRED)
    recruiting = fields.Nested(WindowTable, **REQUIRED)
    evaluations = tables(WindowTable, load_default=dict)

    @validates_schema
    def in_order(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["ends"] < data["starts"]:
            raise ValidationError("lies before starts; swap them", "ends")


HERE = ("http://127.0.0.1:", "http://localhost:")
"""Addresses of this very machine: a sandbox's links."""


def personal_link(address: str) -> None:
    safe = address.startswith(("https://", *HERE))
    if address and not (safe and "{token}" in address):
        raise ValidationError(
            "is an https address with {token} where each person's own word belongs"
        )


class BindingTable(Table):
    provider = text(required=True)
    form = text(required=True)
    mapping = text(required=True)
    language = text(load_default="")
    round = Words(load_default=list)
    link = text(load_default="", validate=personal_link)


class MilestoneTable(Table):
    name = Text(**REQUIRED)
    due = Day(load_default=None)
    evidence = text(load_default="")


def zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError("is no time zone; write it as Europe/Copenhagen")


def country(code: str) -> None:
    if len(code) != 2 or not code.isalpha() or not code.isupper():
        raise ValidationError("is no country; write two capitals, as DK")


class ProgrammeFile(Table):
    inherits = text(load_default="")
    name = Text(**REQUIRED)
    locale = text(required=True, validate=one_of(("da", "en"), "a locale"))
    zone = text(required=True, validate=zone)
    country = text(required=True, validate=country)
    funder = text(load_default="")
    converters = text(load_default="")
    period = fields.Nested(WindowTable, load_default=None)
    rounds = tables(RoundTable, load_default=dict)
    evaluations = tables(WindowTable, load_default=dict)
    forms = fields.List(fields.Nested(BindingTable), load_default=list)
    milestones = tables(MilestoneTable, load_default=dict)


class ChoiceTable(Table):
    da = text(required=True)
    en = text(required=True)
    aliases = Words(load_default=list)


class QuestionTable(Table):
    title = Text(**REQUIRED)
    description = Text(load_default=None)
    kind = text(required=True, validate=one_of(QUESTION_KINDS, "a kind of question"))
    converter = text(required=True)
    choices_of = text(load_default="")
    low = whole(load_default=1)
    high = whole(load_default=5)
    free_text = flag(load_default=False)


class HubSpotTable(Table):
    property = text(required=True)
    type = text(required=True, validate=one_of(tuple(HUBSPOT_TYPES), "a HubSpot type"))
    field_type = text(required=True)
    standard = flag(load_default=False)
    read_back = flag(load_default=False)

    @validates_schema
    def fitting(self, data: dict[str, Any], **kwargs: Any) -> None:
        known = HUBSPOT_TYPES[data["type"]]
        if data["field_type"] not in known:
            what = f"a field type of {data['type']}"
            raise ValidationError(
                not_known(data["field_type"], known, what), "field_type"
            )


def merge_tag(tag: str) -> None:
    # Mailchimp: a tag is at most 10 bytes, letters and digits.
    if not (0 < len(tag) <= 10 and tag.replace("_", "").isalnum() and tag.isupper()):
        raise ValidationError("is no merge tag; write up to 10 capitals and digits")


class FieldRuleTable(Table):
    label = Text(**REQUIRED)
    description = Text(load_default=dict)
    policy = text(required=True, validate=one_of(POLICIES, "a policy"))
    evidence = Words(load_default=list)
    free_text = flag(load_default=False)
    choices_of = text(load_default="")
    hubspot = fields.Nested(HubSpotTable, load_default=None)
    mailchimp = text(load_default=None, validate=merge_tag)

    @validates_schema
    def stays_here(self, data: dict[str, Any], **kwargs: Any) -> None:
        named = [t for t in ("hubspot", "mailchimp") if data[t] is not None]
        if data["free_text"] and named:
            remedy = ["free text never leaves; take this out"]
            raise ValidationError(dict.fromkeys(named, remedy))

    @validates_schema
    def ranked(self, data: dict[str, Any], **kwargs: Any) -> None:
        if (data["policy"] == "evidence") != bool(data["evidence"]):
            remedy = 'list it, best first, with policy "evidence" and with no other'
            raise ValidationError(remedy, "evidence")


class IndicatorTable(Table):
    label = Text(**REQUIRED)
    kind = text(required=True, validate=one_of(INDICATOR_KINDS, "a kind"))
    population = text(required=True, validate=one_of(POPULATIONS, "a population"))
    counts_when = Text(**REQUIRED)
    target = Target(load_default=None)
    question = text(load_default="")
    evaluation = text(load_default="")
    field = text(load_default="")
    deadline = Day(load_default=None)

    @validates_schema
    def aimed(self, data: dict[str, Any], **kwargs: Any) -> None:
        wanted = {"share": tuple, "count": int, "shown": int}.get(data["kind"])
        if wanted and not isinstance(data["target"], wanted):
            remedy = 'a share needs "2/3", a count and what is shown need a number'
            raise ValidationError(remedy, "target")


class SegmentTable(Table):
    name = Text(**REQUIRED)
    match = text(load_default="all", validate=one_of(("all", "any"), "a match"))
    contains = Words(load_default=list)
    lacks = Words(load_default=list)
    language = text(load_default="")

    @validates_schema
    def affordable(self, data: dict[str, Any], **kwargs: Any) -> None:
        # Mailchimp: at most 10 conditions a saved segment.
        asked = len(data["contains"]) + len(data["lacks"]) + bool(data["language"])
        if not 0 < asked <= 10:
            raise ValidationError("a segment needs 1 to 10 conditions", "contains")


class SegmentsFile(Table):
    tag = text(required=True, validate=merge_tag)
    segments = tables(SegmentTable, load_default=dict)


class VersionTable(Table):
    since = Day(**REQUIRED)
    da = text(required=True)
    en = text(required=True)


class ConsentTable(Table):
    label = Text(**REQUIRED)
    versions = tables(VersionTable, required=True)


# Files whose top level has keys of the author's own choosing.
FREE: dict[str, fields.Dict] = {
    "choices.toml": fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String(), values=fields.Nested(ChoiceTable)),
    ),
    "questions.toml": tables(QuestionTable),
    "fields.toml": fields.Dict(
        keys=fields.String(validate=one_of(ENTITIES, "an entity")),
        values=tables(FieldRuleTable),
    ),
    "indicators.toml": tables(IndicatorTable),
    "consents.toml": tables(ConsentTable),
}
SCHEMAS: dict[str, Table] = {
    "programme.toml": ProgrammeFile(),
    "segments.toml": SegmentsFile(),
    "form": FormFile(),
}


def load(name: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return a file's checked content, or raise marshmallow's ``ValidationError``."""
    if name in FREE:
        content: dict[str, Any] = FREE[name].deserialize(data)
        return content
    return dict(SCHEMAS[name].load(data))
