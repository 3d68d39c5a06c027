"""The language's description names all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from marshmallow import Schema

from mappings import converters, schema, schema_forms
from mappings.conversion import collect
from mappings.engine import load_programme
from mappings.schema_parts import Table

README = (Path(schema.__file__).parent / "README.md").read_text("utf-8")


def tables() -> list[type[Schema]]:
    found = [*vars(schema).values(), *vars(schema_forms).values()]
    return [t for t in found if isinstance(t, type) and issubclass(t, Table)]


KEYS = {f.data_key or n for t in tables() for n, f in t().fields.items()}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_described(key):
    assert re.search(rf"\b{key}\b", README)


@pytest.mark.parametrize("name", sorted(collect(converters)))
def test_every_converter_is_described(name):
    assert f"`{name}`" in README


def test_the_example_city_and_converter_work(tmp_path):
    examples = re.findall(r"```(toml|python)\n(.*?)```", README, re.DOTALL)
    city = tmp_path / "testby"
    (city / "forms").mkdir(parents=True)
    programme, _form, by_hand = (text for kind, text in examples if kind == "toml")
    (python,) = (text for kind, text in examples if kind == "python")
    head = 'converters = "own.py"\n'
    (city / "programme.toml").write_text(head + programme, "utf-8")
    (city / "own.py").write_text(python, "utf-8")
    (city / "forms" / "mentee_application.toml").write_text(by_hand, "utf-8")
    loaded = load_programme("testby", tmp_path)
    form_map = loaded.form_for("typeform", "AbC123")
    assert form_map.questions["desired_field"].refs == ("abc",)
    assert "postcode" in form_map.converters


def test_the_example_form_works(tmp_path):
    forms = re.findall(r"```toml\n(kind = .*?)```", README, re.DOTALL)
    city = tmp_path / "testby"
    (city / "forms").mkdir(parents=True)
    (city / "programme.toml").write_text('inherits = "template"\n', "utf-8")
    (city / "forms" / "short.toml").write_text(forms[0], "utf-8")
    records = load_programme("testby", tmp_path).forms["short"].records
    assert [r.name for r in records] == ["mentee", "participation"]
