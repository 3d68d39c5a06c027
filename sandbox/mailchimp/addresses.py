"""Addresses: which ones Mailchimp takes, and the keys made from them."""

import hashlib
import re

from sandbox.mailchimp.problems import INVALID, ProblemError

_SHAPE = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s.,;<>()\"]{2,}")
# Recorded: @example.com is refused; throw-away services are too.
_FAKE = {
    "example.com",
    "example.org",
    "example.net",
    "yopmail.com",
    "trash-mail.com",
}


def subscriber_hash(email: str) -> str:
    """The member's id: MD5 of the lower-case address."""
    return hashlib.md5(email.lower().encode(), usedforsecurity=False).hexdigest()


def unique_email_id(list_id: str, email: str) -> str:
    """Ten hex digits that, like the hash, change with the address."""
    seed = f"{list_id}:{email.lower()}".encode()
    return hashlib.sha256(seed).hexdigest()[:10]


def contact_id(list_id: str, number: int) -> str:
    """The id that stays when the address changes."""
    seed = f"{list_id}#{number}".encode()
    return hashlib.sha256(seed).hexdigest()[:32]


def check_address(value: object) -> str:
    """The address, or the refusal that Mailchimp words for it."""
    email = value.strip() if isinstance(value, str) else ""
    if not _SHAPE.fullmatch(email) or len(email) > 254 or ".." in email:
        raise ProblemError(400, INVALID, "Please provide a valid email address.")
    if email.rpartition("@")[2].lower() in _FAKE:
        raise ProblemError(
            400,
            INVALID,
            f"{email} looks fake or invalid, please enter a real email address.",
        )
    return email
