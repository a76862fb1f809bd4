"""Webhooks: addresses outside that are told of an archive's news, and what came of it."""

import hmac
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from vostok.domain.news import NewsPosition, NewsTopic
from vostok.errors import InvalidInputError

WEBHOOKS_OF_ARCHIVE_MAX: Final = 20
ADDRESS_CHARACTERS_MAX: Final = 2_000
SIGNATURE_VERSION: Final = "v1"

_TRANSLATED: Final = ip_network("64:ff9b::/96")
_INTERNAL: Final = (
    ip_network("::/96"),  # addresses of IPv4 as RFC 4291 wrote them once
    ip_network("64:ff9b:1::/48"),  # translation within a network, RFC 8215
    ip_network("fec0::/10"),  # of a site, before fc00::/7
)
"""Of IPv6, what leads inside though Python's `is_global` may not say so."""
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class WebhookState(StrEnum):
    """Whether a webhook is told of anything."""

    ON = "on"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of an archive's news.

    Attributes:
        number: in the whole installation.
        nonce: what its secret is made of, together with the installation's own key.
        position: up to where deliveries were made of the news.
        answerable: who added it or switched it on last: nothing is sent that they may not see.
    """

    number: int
    archive_id: int
    archive: str
    address: str
    topics: frozenset[NewsTopic]
    nonce: str
    state: WebhookState
    sentence: str
    position: NewsPosition
    created_by: str
    created_at: datetime
    answerable: str


def secret_of(key: bytes, nonce: str) -> str:
    """The secret of a webhook: who has only the database, or only the key, does not know it."""
    return hmac.new(key, f"webhook {nonce}".encode(), sha256).hexdigest()


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """What a receiver compares: of the moment too, so that nobody can send it again later."""
    signed = str(timestamp).encode() + b"." + body
    return f"{SIGNATURE_VERSION}={hmac.new(secret.encode(), signed, sha256).hexdigest()}"


def payload_text(key: str, item: object) -> str:
    """The body of a delivery."""
    return json.dumps({"delivery": key, "item": item}, ensure_ascii=True)


def parse_networks(text: str) -> tuple[Network, ...]:
    """Networks written with commas between them.

    Raises:
        ValueError: one of them is none.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


def is_reachable(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether a webhook may be sent there: to the outside, or into a network that is allowed.

    An address that stands for another one (of IPv4 in IPv6) is judged as that.
    """
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address):
        inner = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        if address in _TRANSLATED:
            inner.append(IPv4Address(int(address) & 0xFFFF_FFFF))
        if any(not is_reachable(other, allowed) for other in inner if other is not None):
            return False
        if address.ipv4_mapped is not None:
            return True
        if any(address in network for network in _INTERNAL):
            return False
    return address.is_global and not address.is_multicast


def check_literal(host: str, allowed: Sequence[Network]) -> None:
    """Nothing, if a host is a name, or an address that may be reached.

    Raises:
        InvalidInputError: it is another address.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return
    if not is_reachable(address, allowed):
        raise unreachable(host)


def unreachable(host: str) -> InvalidInputError:
    """What is said of an address within this network, or of this machine."""
    return InvalidInputError(
        f"{host} is an address of this machine or of a network that webhooks may not reach",
        hint="the setting webhook_networks names the private networks that are allowed",
        reason="not-reachable",
    )
