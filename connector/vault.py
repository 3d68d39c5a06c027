"""Keeping a secret in the database that a tool hands out once and never again.

Encrypted with a key derived from ``SECRET_KEY``: a copied database alone reveals none.
"""

from __future__ import annotations

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class VaultClosed(Exception):  # noqa: N818 - named by what is the matter
    """``SECRET_KEY`` is missing, or is another one than the secret was kept with."""


class Vault:
    """Encrypts and decrypts short texts; ``purpose`` keeps its keys apart."""

    def __init__(self, secret_key: str, purpose: str) -> None:
        """Derive the key by HKDF-SHA256; an empty ``secret_key`` opens nothing."""
        self._fernet = None
        if secret_key:
            derived = HKDF(SHA256(), 32, None, purpose.encode())
            key = base64.urlsafe_b64encode(derived.derive(secret_key.encode()))
            self._fernet = Fernet(key)

    def lock(self, text: str) -> str:
        """Return ``text`` encrypted; raise VaultClosed without a key."""
        if self._fernet is None:
            raise VaultClosed("SECRET_KEY is not set; make one: openssl rand -hex 32")
        return self._fernet.encrypt(text.encode()).decode()

    def unlock(self, token: str) -> str:
        """Return what ``lock`` was given; raise VaultClosed with another key."""
        if self._fernet is None:
            raise VaultClosed("SECRET_KEY is not set")
        try:
            return self._fernet.decrypt(token.encode()).decode()
        except InvalidToken:
            raise VaultClosed(
                "SECRET_KEY is another one than before; run vidensbro setup again"
            ) from None
