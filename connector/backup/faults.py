"""What may be wrong with a backup, told in one sentence."""

from __future__ import annotations


class BackupFault(Exception):  # noqa: N818 - reads as what it is
    """A backup could not be written, or cannot be read; the text says what to do."""


WRONG_KEY = (
    "The backup cannot be opened: BACKUP_KEY is not the one that it was made with, or "
    "the file was changed. Nothing was restored. Set that key, or take another backup."
)
NO_KEY = (
    "The backup is encrypted and BACKUP_KEY is not set. Set the key that it was made "
    "with. Nothing was restored."
)
NO_BACKUP = (
    "{path} is no backup of this service, or only the beginning of one. Nothing was "
    "restored; take another one."
)
NEWER = (
    "The backup was made by a newer version ({version}). Nothing was restored. Install "
    "that version first, then: vidensbro restore"
)
CHANGED = (
    "{path} is damaged ({part}): it is not what was written. Nothing was restored; "
    "take an older backup."
)
"""``part`` is the name of what does not fit."""
