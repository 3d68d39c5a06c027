"""Who may call us: one entry a provider, and the core knows no provider's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from webhooks import typeform
from webhooks.submission import DeliveryKey, Inbound, Submission


@dataclass(frozen=True, slots=True)
class Provider:
    """What the core needs of a provider.

    ``verify`` returns or raises WebhookRejected, and nothing else. ``identify`` never
    raises and is all that runs inside a request. ``parse`` runs later on the stored
    bytes and raises Unreadable. ``ping_methods`` are the methods besides POST by which
    the provider tries the address; they are answered 200 unsigned and store nothing.
    """

    key: str
    label: str
    verify: Callable[[Inbound, Sequence[str]], None]
    identify: Callable[[bytes], DeliveryKey]
    parse: Callable[[bytes], Submission]
    ping_methods: tuple[str, ...] = ()


_ALL = (
    Provider(
        "typeform", "Typeform", typeform.verify, typeform.identify, typeform.parse
    ),
)

PROVIDERS: Mapping[str, Provider] = MappingProxyType({each.key: each for each in _ALL})
