"""The archive: a zip of tables and mapping files with a manifest, sealed with a key.

Without a key any zip program opens it. The manifest names each part with its SHA-256,
so that what was changed on the way is found before anything is restored.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import orjson

from connector.backup.faults import CHANGED, NEWER, NO_BACKUP, NO_KEY, BackupFault
from connector.backup.sealing import CHUNK, MAGIC, OpeningReader, SealingWriter

MANIFEST = "manifest.json"
TABLES = "tables/"
MAPPINGS = "mappings/"
FORMAT = 1
_BAD = (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError)


@dataclass(frozen=True)
class Manifest:
    """What a backup holds.

    ``parts`` are names in the archive with their SHA-256, in the order in which tables
    are put back. ``settings`` are names alone: no value of any setting is in a backup.
    """

    version: str
    schema: str
    made_at: str
    demo: bool
    programmes: list[str]
    settings: list[str]
    format: int = FORMAT
    parts: dict[str, str] = field(default_factory=dict)

    def of(self, folder: str) -> list[str]:
        """Return the names of the parts in a folder."""
        return [name for name in self.parts if name.startswith(folder)]


class Packing:
    """An archive that is being written."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        """Write into ``out``, encrypted where there is a passphrase."""
        self._sealed = SealingWriter(out, passphrase) if passphrase else None
        self._zip = zipfile.ZipFile(
            self._sealed or out, "w", compression=zipfile.ZIP_DEFLATED
        )
        self._parts: dict[str, str] = {}

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write one part."""
        digest = hashlib.sha256()
        with self._zip.open(name, "w", force_zip64=True) as part:
            for piece in pieces:
                digest.update(piece)
                part.write(piece)
        self._parts[name] = digest.hexdigest()

    def abandon(self) -> None:
        """Write nothing more: a zip would end itself even in a file that is closed."""
        self._zip.fp = None

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest and the end of the file."""
        told = {**asdict(manifest), "parts": self._parts}
        self._zip.writestr(MANIFEST, orjson.dumps(told, option=orjson.OPT_INDENT_2))
        self._zip.close()
        if self._sealed is not None:
            self._sealed.finish()


class Unpacking:
    """An archive that is being read; everything in it was checked."""

    def __init__(self, path: Path, held: zipfile.ZipFile, manifest: Manifest) -> None:
        self.path, self.manifest, self._zip = path, manifest, held

    def lines(self, name: str) -> Iterator[bytes]:
        """Give the lines of a part."""
        with self._zip.open(name) as part:
            yield from part

    def copy(self, name: str, to: Path) -> None:
        """Write a part into a file."""
        with self._zip.open(name) as part, to.open("wb") as out:
            while piece := part.read(CHUNK):
                out.write(piece)

    def read(self, name: str) -> bytes:
        """Return a part."""
        return self._zip.read(name)


@contextmanager
def opened(path: Path, passphrase: str) -> Iterator[Unpacking]:
    """Open an archive and check all of it.

    Raise ``BackupFault`` where it is none, was changed, or the key is not its own.
    """
    try:
        file = path.open("rb")
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BackupFault(f"{path} cannot be read: {reason}.") from None
    with file:
        content = _content(file, passphrase)
        try:
            held = zipfile.ZipFile(content)
        except _BAD:
            raise BackupFault(NO_BACKUP.format(path=path)) from None
        with held:
            manifest = _checked(path, held)
            yield Unpacking(path, held, manifest)


def _content(file: BinaryIO, passphrase: str) -> Any:
    sealed = file.read(len(MAGIC)) == MAGIC
    file.seek(0)
    if not sealed:
        return file
    if not passphrase:
        raise BackupFault(NO_KEY)
    return io.BufferedReader(OpeningReader(file, passphrase), CHUNK)


def _checked(path: Path, held: zipfile.ZipFile) -> Manifest:
    try:
        told = orjson.loads(held.read(MANIFEST))
        if told["format"] > FORMAT:  # it may say more than this version knows of
            raise BackupFault(NEWER.format(version=told["version"]))
        manifest = Manifest(**told)
    except (*_BAD, TypeError, zlib.error):
        raise BackupFault(CHANGED.format(path=path, part=MANIFEST)) from None
    for name, digest in manifest.parts.items():
        if not _is_safe(name) or _digest(held, name) != digest:
            raise BackupFault(CHANGED.format(path=path, part=name))
    return manifest


def _digest(held: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    try:
        with held.open(name) as part:
            while piece := part.read(CHUNK):
                digest.update(piece)
    except (*_BAD, zlib.error):
        return ""
    return digest.hexdigest()


def _is_safe(name: str) -> bool:
    """Tell whether a name stays in its folder, wherever the archive came from."""
    parts = PurePosixPath(name)
    return (
        name.startswith((TABLES, MAPPINGS))
        and ".." not in parts.parts
        and not parts.is_absolute()
        and "\\" not in name
        and "\0" not in name
    )
