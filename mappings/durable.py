"""Files that outlive a power cut, and stay whose they were under sudo."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Keep others from writing a folder's files who hold it likewise; they wait.

    The folder is what stays where a file is put in the place of another.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def keep_names(folder: Path) -> None:
    """Have a folder's names on disk: a rename in it is safe only then."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def take_owner(target: int | Path, path: Path) -> None:
    """Where root writes, give a file or folder the owner of what it stands in for.

    ``target`` is what was made; it gets the owner of ``path``, else of the folder that
    ``path`` is to stand in.
    """
    if os.geteuid() == 0:
        like = (path if path.exists() else path.parent).stat()
        os.chown(target, like.st_uid, like.st_gid)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it that are missing, each its neighbours' own."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        take_owner(folder, folder.parent)
