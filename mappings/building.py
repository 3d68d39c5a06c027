"""Turn checked content into a ``ProgrammeMap``. Nothing can fail here any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from mappings.conversion import Converter, Question
from mappings.formbuilding import form_map
from mappings.layers import Table
from mappings.matching import Choice
from mappings.plan import (
    Binding,
    Consent,
    ConsentVersion,
    FieldRule,
    FormMap,
    HubSpotField,
    Indicator,
    Milestone,
    ProgrammeMap,
    RoundPlan,
    Segment,
    Window,
)

LANGUAGES = ("da", "en")
T = TypeVar("T")


def build(
    key: str,
    content: Mapping[str, Table],
    forms: Mapping[str, Table],
    converters: Mapping[str, Converter],
) -> ProgrammeMap:
    """Return the programme that the files' content describes."""
    top = content["programme.toml"]
    choices = {n: _choices(t) for n, t in content["choices.toml"].items()}
    questions = _questions(content["questions.toml"], choices)
    programme = ProgrammeMap(
        key=key,
        name=top["name"],
        locale=top["locale"],
        languages=LANGUAGES,
        zone=top["zone"],
        country=top["country"],
        funder=top["funder"],
        period=_window(top["period"]),
        rounds=_rounds(top["rounds"]),
        evaluations={k: Window(**w) for k, w in top["evaluations"].items()},
        bindings=tuple(_binding(b) for b in top["forms"]),
        forms={},
        questions=questions,
        fields=_fields(content["fields.toml"], choices),
        indicators=_keyed(Indicator, content["indicators.toml"]),
        milestones=_keyed(Milestone, top["milestones"]),
        segments=tuple(_keyed(Segment, content["segments.toml"]["segments"]).values()),
        segment_tag=content["segments.toml"]["tag"],
        consents={k: _consent(k, t) for k, t in content["consents.toml"].items()},
        activity_kinds=choices.get("activity_kind", ()),
        session_topics=choices.get("session_topic", ()),
    )
    return _with_forms(programme, forms, converters)


def _with_forms(
    programme: ProgrammeMap,
    tables: Mapping[str, Table],
    converters: Mapping[str, Converter],
) -> ProgrammeMap:
    forms = {n: form_map(programme, n, t, converters) for n, t in tables.items()}
    bound = {
        (b.provider, b.form): _bound(forms[b.mapping], b) for b in programme.bindings
    }
    return replace(programme, forms=forms, bound=bound)


def _bound(form: FormMap, binding: Binding) -> FormMap:
    return replace(
        form,
        binding=binding,
        language=binding.language or form.language,
        round=binding.round or form.round,
    )


def _window(table: Table | None) -> Window | None:
    return Window(**table) if table else None


def _rounds(tables: Table) -> tuple[RoundPlan, ...]:
    """Return the rounds in the order of their start."""
    rounds = [
        RoundPlan(
            key=key,
            name=t["name"],
            starts=t["starts"],
            ends=t["ends"],
            recruiting=Window(**t["recruiting"]),
            evaluations={k: Window(**w) for k, w in t["evaluations"].items()},
        )
        for key, t in tables.items()
    ]
    return tuple(sorted(rounds, key=lambda r: r.starts))


def _binding(table: Table) -> Binding:
    return Binding(**{**table, "round": tuple(table["round"])})


def _choices(table: Table) -> tuple[Choice, ...]:
    return tuple(
        Choice(code, {"da": t["da"], "en": t["en"]}, tuple(t["aliases"]))
        for code, t in table.items()
    )


def _questions(
    tables: Table, choices: Mapping[str, tuple[Choice, ...]]
) -> dict[str, Question]:
    return {
        key: Question(
            key=key,
            choices=choices.get(t["choices_of"], ()),
            **{k: v for k, v in t.items() if k != "choices_of"},
        )
        for key, t in tables.items()
    }


def _fields(
    tables: Table, choices: Mapping[str, tuple[Choice, ...]]
) -> dict[str, FieldRule]:
    return {
        f"{entity}.{name}": _field(entity, name, t, choices)
        for entity, rules in tables.items()
        for name, t in rules.items()
    }


def _field(
    entity: str, name: str, table: Table, choices: Mapping[str, tuple[Choice, ...]]
) -> FieldRule:
    hubspot = table["hubspot"]
    return FieldRule(
        entity=entity,
        field=name,
        label=table["label"],
        description=table["description"],
        policy=table["policy"],
        evidence=tuple(table["evidence"]),
        free_text=table["free_text"],
        choices=choices.get(table["choices_of"], ()),
        hubspot=HubSpotField(**hubspot) if hubspot else None,
        mailchimp=table["mailchimp"],
    )


def _consent(purpose: str, table: Table) -> Consent:
    versions = [
        ConsentVersion(v, t["since"], {"da": t["da"], "en": t["en"]})
        for v, t in table["versions"].items()
    ]
    ordered = tuple(sorted(versions, key=lambda v: v.since))
    return Consent(purpose, table["label"], ordered)


def _keyed(kind: Callable[..., T], tables: Table) -> dict[str, T]:
    """Return one frozen object a table, its key and its table's values in it."""
    return {
        key: kind(key=key, **{k: _frozen(v) for k, v in table.items()})
        for key, table in tables.items()
    }


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
