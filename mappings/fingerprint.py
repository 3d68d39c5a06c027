"""The hash of a mapping: two equal hashes read a submission in the same way."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from datetime import date
from pathlib import Path

from mappings.plan import FormMap

# Raised by hand when the engine itself reads a submission differently.
ENGINE = 2


def mapping_hash(form_map: FormMap) -> str:
    """Return the sha256 over a form's resolved mapping and its converters' source.

    A converter's whole module counts, so that a change in a helper is seen too.
    """
    used = {n: _source(form_map, n) for n in sorted(_used(form_map))}
    plain = {
        f.name: _plain(getattr(form_map, f.name))
        for f in dataclasses.fields(form_map)
        if f.name not in {"converters", "binding", "title"}
    }
    whole = {"engine": ENGINE, "map": plain, "converters": used}
    text = json.dumps(whole, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _used(form_map: FormMap) -> set[str]:
    """Return the converters behind the records' fields, consents and evaluation."""
    asked = form_map.evaluation.answers if form_map.evaluation else ()
    consent = {"yes_no"} if form_map.consents else set()
    fields = {f.converter for r in form_map.records for f in r.fields if f.converter}
    return fields | consent | {form_map.questions[q].converter for q in asked}


def _source(form_map: FormMap, name: str) -> str:
    path = inspect.getfile(form_map.converters[name].function)
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _plain(value: object) -> object:
    """Return a value as JSON can hold it."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = (f.name for f in dataclasses.fields(value))
        return {n: _plain(getattr(value, n)) for n in names}
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value.isoformat() if isinstance(value, date) else value
