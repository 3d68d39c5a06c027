"""Files that outlive a power cut, and stay whose they were under sudo."""

from __future__ import annotations

import os
from pathlib import Path


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
