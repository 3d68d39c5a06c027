"""Signing secrets that a provider made for us when a webhook was registered.

Mailchimp shows one once, in the answer that creates the webhook. From then on every
request of that provider must carry its signature.
"""

from __future__ import annotations

import threading
import time
from datetime import datetime

from sqlalchemy import UniqueConstraint, delete, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from connector.db import Base, Database, utcnow
from connector.vault import Vault

PURPOSE = "signing secrets of webhooks"
FRESH_S = 5.0


class SigningSecret(Base):
    """One webhook's signing secret, encrypted. ``webhook`` is its id there."""

    __tablename__ = "signing_secret"
    __table_args__ = (UniqueConstraint("programme", "provider", "webhook"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    programme: Mapped[str]
    provider: Mapped[str]
    webhook: Mapped[str]
    token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


def keep(
    session: Session, secret_key: str, owner: tuple[str, str], webhook: str, secret: str
) -> None:
    """Keep a webhook's secret; ``owner`` is (programme, provider).

    Raise VaultClosed without a ``secret_key``.
    """
    token = Vault(secret_key, PURPOSE).lock(secret)
    forget(session, owner, webhook)
    session.add(
        SigningSecret(
            programme=owner[0], provider=owner[1], webhook=webhook, token=token
        )
    )


def forget(session: Session, owner: tuple[str, str], webhook: str) -> None:
    """Forget the secret of a webhook that is no more."""
    session.execute(
        delete(SigningSecret).where(
            SigningSecret.programme == owner[0],
            SigningSecret.provider == owner[1],
            SigningSecret.webhook == webhook,
        )
    )


def kept_for(session: Session, owner: tuple[str, str]) -> list[str]:
    """Return the webhooks whose secret is kept."""
    query = select(SigningSecret.webhook).where(
        SigningSecret.programme == owner[0], SigningSecret.provider == owner[1]
    )
    return list(session.scalars(query))


class SigningSecrets:
    """The receiver's look at them, at most every few seconds."""

    def __init__(self, database: Database, secret_key: str) -> None:
        """Nothing is read before the first request."""
        self._database = database
        self._vault = Vault(secret_key, PURPOSE)
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, tuple[str, ...]]] = {}

    def of(self, programme: str, provider: str) -> tuple[str, ...]:
        """Return the secrets; empty where the provider never handed one out.

        Raise VaultClosed where one is kept that cannot be read: then nothing that the
        provider sends can be proved.
        """
        now = time.monotonic()
        with self._lock:
            found = self._known.get((programme, provider))
        if found is None or now - found[0] > FRESH_S:
            found = (now, self._read(programme, provider))
            with self._lock:
                self._known[programme, provider] = found
        return found[1]

    def _read(self, programme: str, provider: str) -> tuple[str, ...]:
        with self._database.reading() as session:
            tokens = session.scalars(
                select(SigningSecret.token)
                .where(
                    SigningSecret.programme == programme,
                    SigningSecret.provider == provider,
                )
                .order_by(SigningSecret.id.desc())
            ).all()
        return tuple(self._vault.unlock(token) for token in tokens)
