"""Read a programme's directory into a ``ProgrammeMap``, or tell all that is wrong."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from marshmallow import ValidationError

from mappings import converters as shipped
from mappings.building import build
from mappings.conversion import Converter, collect
from mappings.crosscheck import crosscheck
from mappings.faults import Faults, MappingError
from mappings.layers import CannotRead, Files, Layered, Table, read_files
from mappings.plan import ProgrammeMap
from mappings.schema import FREE, SCHEMAS, load

TOP_FILES = (*(n for n in SCHEMAS if n != "form"), *FREE)


def load_programme(key: str, extra_dir: Path | None = None) -> ProgrammeMap:
    """Return a programme's resolved mapping; raise ``MappingError`` with all faults.

    Its directory is looked for in ``extra_dir`` first, then among the shipped ones.
    """
    try:
        files = read_files(key, extra_dir)
    except CannotRead as err:
        raise MappingError([str(err)]) from err
    faults = Faults()
    content = {n: _checked(n, files[n], faults) for n in TOP_FILES}
    forms = {n: _checked("form", f, faults) for n, f in files.forms().items()}
    known = _converters(files, content["programme.toml"], faults)
    # References are followed only through files that are sound by themselves.
    faults.stop()
    crosscheck(files, content, forms, known, faults)
    faults.stop()
    programme = build(key, content, forms, known)
    return replace(programme, directories=files.chain)


def _checked(name: str, file: Layered, faults: Faults) -> Table:
    try:
        return load(name, file.data)
    except ValidationError as err:
        faults.add_all(file, err.messages)
        return {}


def _converters(files: Files, programme: Table, faults: Faults) -> dict[str, Converter]:
    """Return the shipped converters and, if programme.toml names a module, its own."""
    known = collect(shipped)
    name = programme.get("converters", "")
    if not name:
        return known
    file = files["programme.toml"]
    path = next((d / name for d in reversed(files.chain) if (d / name).is_file()), None)
    if path is None or path.suffix != ".py":
        remedy = "is no .py file in the programme's directory; put it there"
        faults.add(file, ("converters",), f"'{name}' {remedy}")
        return known
    try:
        return known | collect(_module(files.key, path))
    # Whatever stops the city's own module from loading is a fault of its mapping.
    except Exception as err:  # noqa: BLE001
        faults.add(file, ("converters",), f"{name} does not load: {_told(err)}")
        return known


def _module(key: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"city_{key}_converters", path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _told(err: Exception) -> str:
    return f"{type(err).__name__}: {err}"
