"""Which release of the service runs: its version, and the commit where it is known."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
UNKNOWN = "unknown"


def running_version() -> str:
    """Return the installed version; "unknown" where it runs uninstalled."""
    try:
        return version("vidensbro")
    except PackageNotFoundError:
        return UNKNOWN


def running_commit(checkout: Path = CHECKOUT) -> str:
    """Return the checkout's commit, shortened; "unknown" where there is no checkout.

    Read from git's own files: there need be no git, and none that trusts this user.
    """
    git = checkout / ".git"
    head = _text(git / "HEAD")
    branch = head.removeprefix("ref: ")
    if branch == head:
        return head[:12] or UNKNOWN
    packed = (line.split(" ") for line in _text(git / "packed-refs").splitlines())
    known = next((line[0] for line in packed if line[1:] == [branch]), "")
    return (_text(git / branch) or known)[:12] or UNKNOWN


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
