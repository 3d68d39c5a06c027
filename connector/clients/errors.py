"""What can go wrong at a provider, named by what the caller does next.

The text of an error holds the provider's label, a status and a code: never a body,
an address or a query string, for it ends in the log. What the provider said in words
stands in `RemoteRefused.message`, without addresses, for the person who looks into it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_ADDRESS = re.compile(r"[^\s\"'<>(),;:=]+@[^\s\"'<>(),;]+")
_LONGEST = 400


def without_addresses(text: str) -> str:
    """Take e-mail addresses out of a provider's words, and keep them short."""
    return _ADDRESS.sub("(address)", text)[:_LONGEST]


class RemoteError(Exception):
    """Root of every error of a provider's client."""


class RemoteBusy(RemoteError):  # noqa: N818 (named by what happens next)
    """Try again later: no answer, half an answer, too many calls, or its fault.

    `retry_after_s` is what the provider asked for, where it asked. `maybe_done` says
    that the call may have taken effect although no proper answer came.
    """

    def __init__(
        self,
        reason: str,
        retry_after_s: float | None = None,
        *,
        maybe_done: bool = False,
    ) -> None:
        super().__init__(reason)
        self.retry_after_s = retry_after_s
        self.maybe_done = maybe_done


class RemoteAnswerError(RemoteError):
    """The provider gave a proper answer, and it is no."""

    def __init__(
        self, label: str, status: int, code: str = "", message: str = ""
    ) -> None:
        super().__init__(" ".join(part for part in (label, str(status), code) if part))
        self.status = status
        self.code = code
        self.message = without_addresses(message)
        self.errors: Sequence[Mapping[str, Any]] = ()


class RemoteRefused(RemoteAnswerError):  # noqa: N818
    """It will never pass as it is: a person, or other data, is needed.

    `errors` holds the provider's list of details, where it gave one: it may hold
    personal data, so it is for code to match on, not for the log.
    """


class RemoteUnauthorised(RemoteAnswerError):  # noqa: N818
    """The credential is not, or no longer, good for this: pause the connection."""
