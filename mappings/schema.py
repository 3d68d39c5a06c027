"""What may stand in a programme's TOML files, held against marshmallow schemas.

Here each file is looked at by itself; what one file says of another is the matter of
``crosscheck``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validates_schema

from mappings.faults import not_known

ENTITIES = ("affiliation", "organisation", "participation", "person", "round")
RECORD_ENTITIES = tuple(e for e in ENTITIES if e != "round")
POLICIES = ("evidence", "newest", "service", "staff")
EVALUATIONS = ("closing", "company", "final", "midway", "pulse", "six_month_follow_up")
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


def one_of(known: tuple[str, ...], what: str) -> Callable[[str], None]:
    """Return a validator that names the known words and the nearest one."""

    def check(value: str) -> None:
        if value not in known:
            raise ValidationError(not_known(value, known, what))

    return check


class Table(Schema):
    """A TOML table: a key that is not declared is a fault with a remedy."""

    class Meta:
        unknown = EXCLUDE  # reported below, beside the other faults

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def only_known_keys(self, _: Any, original: Any, **kwargs: Any) -> None:
        if not isinstance(original, dict):
            return
        known = sorted(f.data_key or n for n, f in self.fields.items())
        faults = {
            k: [not_known(k, known, "a key of this table")]
            for k in original
            if k not in known
        }
        if faults:
            raise ValidationError(faults)


class Day(fields.Field[date]):
    """A TOML date, written without quotes."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> date:
        if isinstance(value, datetime) or not isinstance(value, date):
            raise ValidationError("must be a day, written 2016-03-01 without quotes")
        return value


class Text(fields.Field[dict[str, str]]):
    """One sentence in Danish and English: ``{ da = "…", en = "…" }``."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> dict[str, str]:
        given = value if isinstance(value, dict) else {}
        said = {k: v for k, v in given.items() if isinstance(v, str) and v.strip()}
        if not {"da", "en"} <= said.keys() or len(said) != len(given):
            raise ValidationError('write it as { da = "…", en = "…" }, both filled in')
        return said


class Words(fields.Field[list[str]]):
    """A list of texts; a single text counts as a list of one."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str]:
        words = [value] if isinstance(value, str) else value
        if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
            raise ValidationError('must be a list of texts, written ["…", "…"]')
        return words


class Scalars(fields.Field[list[str | int | bool]]):
    """What an indicator counts: codes, true/false, points, or a range ``"4..5"``."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[str | int | bool]:
        if not isinstance(value, list):
            raise ValidationError('must be a list, written ["agree"] or [true]')
        return [one for item in value for one in self._spread(item)]

    def _spread(self, item: Any) -> list[Any]:
        if not isinstance(item, str | int | bool):
            raise ValidationError("may hold texts, whole numbers, true and false")
        low, dots, high = str(item).partition("..")
        if dots and low.isdigit() and high.isdigit():
            return [*range(int(low), int(high) + 1)]
        return [item]


class Target(fields.Field[tuple[int, int] | int]):
    """A share in whole numbers (``"2/3"``) or a count (``10``): never a decimal."""

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> tuple[int, int] | int:
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        top, _slash, bottom = str(value).partition("/")
        if top.isdigit() and bottom.isdigit() and 0 < int(top) <= int(bottom):
            return int(top), int(bottom)
        raise ValidationError('must be a share like "2/3" or a count like 10')


def text(**kwargs: Any) -> fields.String:
    return fields.String(**_with_remedy(kwargs, "must be a text in quotes"))


def flag(**kwargs: Any) -> fields.Boolean:
    remedy = _with_remedy(kwargs, "must be true or false")
    return fields.Boolean(truthy={True}, falsy={False}, **remedy)


def whole(**kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, **_with_remedy(kwargs, "must be whole"))


def tables(table: type[Table], **kwargs: Any) -> fields.Dict:
    """Return a table of tables with free keys."""
    inner = fields.Nested(table, error_messages={"type": "must be a table"})
    remedy = _with_remedy(kwargs, "must be a table")
    return fields.Dict(keys=fields.String(), values=inner, **remedy)


def _with_remedy(kwargs: dict[str, Any], remedy: str) -> dict[str, Any]:
    missing = "is missing; add it to this table"
    messages = dict.fromkeys(("invalid", "invalid_utf8", "type", "null"), remedy)
    return {"error_messages": {**messages, "required": missing}, **kwargs}


REQUIRED: dict[str, Any] = {
    "required": True,
    "error_messages": {"required": "is missing; add it to this table"},
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


class BindingTable(Table):
    provider = text(required=True)
    form = text(required=True)
    mapping = text(required=True)
    language = text(load_default="")
    round = Words(load_default=list)


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
        for tool in ("hubspot", "mailchimp"):
            if data["free_text"] and data[tool] is not None:
                raise ValidationError("free text never leaves; take this out", tool)

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


class NamesTable(Table):
    refs = Words(load_default=list)
    ids = Words(load_default=list)
    choices = fields.Dict(keys=fields.String(), values=Words(), load_default=dict)


SOURCES = ("question", "hidden", "given")


class FieldTable(Table):
    question = text(load_default="")
    hidden = text(load_default="")
    given = text(
        load_default="",
        validate=one_of(("", "language", "submitted_on"), "given by a submission"),
    )
    converter = text(load_default="")
    part = text(load_default="answer", validate=one_of(("answer", "other"), "a part"))
    required = flag(load_default=False)

    @validates_schema
    def one_source(self, data: dict[str, Any], **kwargs: Any) -> None:
        if sum(bool(data[s]) for s in SOURCES) != 1:
            raise ValidationError("name one of question, hidden and given", "question")


class RecordTable(Table):
    entity = text(required=True, validate=one_of(RECORD_ENTITIES, "an entity"))
    when = Words(load_default=list)
    fields_ = tables(FieldTable, load_default=dict, data_key="fields")
    constants = fields.Dict(keys=fields.String(), load_default=dict)
    links = fields.Dict(
        keys=fields.String(), values=fields.String(), load_default=dict
    )


class ConsentQuestionTable(Table):
    person = text(required=True)
    question = text(required=True)
    required = flag(load_default=False)


class VerdictTable(Table):
    question = text(required=True)
    yes = Scalars(**REQUIRED)
    no = Scalars(**REQUIRED)
    dont_know = Scalars(load_default=list)
    evidence = text(required=True)


class EvaluationTable(Table):
    kind = text(required=True, validate=one_of(EVALUATIONS, "an evaluation"))
    role = text(required=True)
    respondent = text(load_default="")
    organisation = text(load_default="")
    answers = Words(load_default=list)
    indicators = tables(VerdictTable, load_default=dict)


class FormFile(Table):
    kind = text(required=True)
    title = Text(**REQUIRED)
    round = Words(load_default=list)
    hidden = Words(load_default=list)
    asks = Words(**REQUIRED)
    questions = tables(NamesTable, load_default=dict)
    records = tables(RecordTable, load_default=dict)
    consents = tables(ConsentQuestionTable, load_default=dict)
    evaluation = fields.Nested(EvaluationTable, load_default=None)


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
