"""What a mirror offers of a suite, before anything of it is imported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vostok.debian.indices import parse_release
from vostok.services.importing.release_reading import ReadSuite


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOffer:
    """A suite as its mirror offers it now.

    Attributes:
        signed_by: fingerprint of the key whose signature was good and trusted.
        components, architectures: all that its Release names, asked for or not; none where
            several mirrors are read, whose Releases differ.
        indices, bytes: of the indices that an import would fetch, compressed as they lie there.
        is_unchanged: whether the newest snapshot is of just this Release: nothing would be
            fetched.
        is_older: whether it is older than that of the last import, which is to be allowed.
    """

    suite: str
    codename: str
    mirror: str
    date: datetime
    valid_until: datetime | None
    signed_by: str
    components: Sequence[str]
    architectures: Sequence[str]
    indices: int
    bytes: int
    is_unchanged: bool
    is_older: bool


def offer_of(read: ReadSuite, mirror: str, document: Mapping[str, Any]) -> SuiteOffer:
    """The offer that a suite is which was read.

    Args:
        read: what its mirrors sent.
        mirror: where it was asked for first.
        document: what the step of a job makes of it, compared with the newest snapshot.
    """
    release = parse_release(read.text) if read.text else None
    offers = {(o.base, o.offer.path): o.offer for o in read.offers()}
    return SuiteOffer(
        suite=read.name,
        codename=read.codename,
        mirror=mirror,
        date=read.date,
        valid_until=read.valid_until,
        signed_by=read.signed_by,
        components=() if release is None else release.components,
        architectures=() if release is None else release.architectures,
        indices=0 if document["is_unchanged"] else len(offers),
        bytes=0
        if document["is_unchanged"]
        else sum(offer.variants[0].size for offer in offers.values()),
        is_unchanged=bool(document["is_unchanged"]),
        is_older=bool(document["is_older"]),
    )
