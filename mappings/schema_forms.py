"""What may stand in a form's mapping (``forms/*.toml``)."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from mappings.schema_parts import (
    REQUIRED,
    Scalars,
    Table,
    Text,
    Words,
    flag,
    one_of,
    tables,
    text,
)

RECORD_ENTITIES = ("affiliation", "organisation", "participation", "person")
EVALUATIONS = ("closing", "company", "final", "midway", "pulse", "six_month_follow_up")


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
    codes = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)

    @validates_schema
    def one_source(self, data: dict[str, Any], **kwargs: Any) -> None:
        if sum(bool(data[s]) for s in SOURCES) != 1:
            raise ValidationError("name one of question, hidden and given", "question")


class RecordTable(Table):
    entity = text(required=True, validate=one_of(RECORD_ENTITIES, "an entity"))
    when = Words(load_default=list)
    fields_ = tables(FieldTable, load_default=dict, data_key="fields")
    constants = fields.Dict(keys=fields.String(), load_default=dict)
    links = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)


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
