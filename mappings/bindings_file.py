"""A city's own files: which lines bind a form, and how they are written without harm.

All is tried on a copy first: what the programme would say with the lines is loaded and
checked, and only then is each file replaced at once. The shipped template is never
written to.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from mappings.durable import hold, keep_names, make_folder, take_owner
from mappings.faults import MappingError
from mappings.layers import SHIPPED
from mappings.loading import load_programme
from mappings.plan import Binding, ProgrammeMap
from mappings.toml_adding import CannotAddError, added

TEMPLATE = "template"
FILE = "programme.toml"


class CannotWriteError(Exception):
    """The lines were not written; the message is a sentence that says why."""


def binding_lines(binding: Binding, title: str = "") -> str:
    """Return ``[[forms]]`` for programme.toml, its title above it as a comment."""
    lines = [f"# {one_line(title)}"] if title else []
    lines += ["[[forms]]"]
    for name in ("provider", "form", "mapping", "language", "link"):
        value = getattr(binding, name)
        if value:
            lines.append(f"{name} = {text(value)}")
    if binding.round:
        rules = ", ".join(map(text, binding.round))
        lines.append(f"round = [{rules}]")
    return "\n".join(lines) + "\n"


def text(value: str) -> str:
    """Return a TOML text: JSON's escapes are TOML's too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def one_line(said: str) -> str:
    """Return a tool's words as a comment can hold them."""
    return "".join(c if c.isprintable() else " " for c in said)[:120]


def own_directory(programme: ProgrammeMap) -> Path:
    """Return the city's own directory, into which its lines belong.

    Raise ``CannotWriteError`` where there is none, or it cannot be written.
    """
    directory = programme.directories[-1]
    if directory.name == TEMPLATE and directory.parent == SHIPPED:
        raise CannotWriteError(
            "The shipped template is never written to. Make a directory of your own "
            "beside the checkout, and name it in VIDENSBRO_PROGRAMMES."
        )
    if not os.access(directory, os.W_OK):
        raise CannotWriteError(f"{directory} cannot be written.")
    return directory


def is_shipped(directory: Path) -> bool:
    """Tell whether a city's directory lies inside the checkout."""
    return directory.parent == SHIPPED


def write_lines(
    programme: ProgrammeMap,
    additions: Mapping[str, str],
    extra_dir: Path | None,
    between: Callable[[], None] = lambda: None,
) -> tuple[list[Path], ProgrammeMap]:
    """Add lines to the city's files, by file name.

    Return the files in their order, and the programme as they make it. programme.toml
    comes last: it says that the others are there. ``between`` is called when all but
    the last are written. Raise ``CannotWriteError`` and write nothing where the
    programme would not load with them, or would lose a form. Of what several write at
    once nothing is lost: one waits for the other.
    """
    directory = own_directory(programme)
    names = sorted(additions, key=lambda name: (name == FILE, name))
    try:
        with hold(directory):
            texts = {name: _with(directory / name, additions[name]) for name in names}
            after = _try(programme, texts, extra_dir)
            for name in names:
                if name == names[-1]:
                    between()
                replace_file(directory / name, texts[name])
    except OSError as error:
        said = f"{directory} cannot be written: {error.strerror}."
        raise CannotWriteError(said) from error
    return [directory / name for name in names], after


def try_lines(
    programme: ProgrammeMap, additions: Mapping[str, str], extra_dir: Path | None
) -> ProgrammeMap:
    """Return the programme as the lines would make it; write nothing.

    Raise ``CannotWriteError`` where they could not be added.
    """
    directory = programme.directories[-1]
    texts = {name: _with(directory / name, told) for name, told in additions.items()}
    return _try(programme, texts, extra_dir)


def replace_file(path: Path, content: str) -> None:
    """Put a file in the place of another at once: a reader sees the old or the new."""
    make_folder(path.parent)
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            take_owner(handle, path)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    keep_names(path.parent)


def _with(path: Path, addition: str) -> str:
    try:
        old = path.read_text("utf-8") if path.exists() else ""
        return added(old, addition)
    except (CannotAddError, OSError, UnicodeDecodeError) as error:
        said = f"{path} is left as it is, for lines cannot safely be added to it: "
        raise CannotWriteError(f"{said}{error}.") from error


def _try(
    programme: ProgrammeMap, texts: Mapping[str, str], extra_dir: Path | None
) -> ProgrammeMap:
    """Load the programme from a copy that has the new texts, and return it."""
    with _copied(programme, extra_dir) as root:
        for name, content in texts.items():
            path = root / programme.key / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, "utf-8")
        try:
            after = load_programme(programme.key, root)
        except MappingError as error:
            raise CannotWriteError(
                f"Nothing was written, for the mapping would not load: {error}"
            ) from error
    lost = {*programme.bound} - {*after.bound}
    if lost:
        forms = ", ".join(sorted(form for _, form in lost))
        raise CannotWriteError(
            f"Nothing was written, for these forms would be read no more: {forms}. "
            "Copy their [[forms]] into the city's own programme.toml first."
        )
    return replace(after, directories=programme.directories)


@contextmanager
def _copied(programme: ProgrammeMap, extra_dir: Path | None) -> Iterator[Path]:
    """Give a root in which the city is a copy, and its neighbours are themselves."""
    own = programme.directories[-1]
    with tempfile.TemporaryDirectory(prefix="vidensbro-") as name:
        root = Path(name)
        for beside in extra_dir.iterdir() if extra_dir else ():
            if beside.is_dir() and beside.name != programme.key:
                (root / beside.name).symlink_to(beside.resolve())
        shutil.copytree(own, root / programme.key)
        yield root
