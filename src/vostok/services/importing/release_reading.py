"""Reading the signed Release of a suite, and what of its indices is wanted."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from vostok.debian.indices import Release, parse_release
from vostok.domain.archive import check_suite_name
from vostok.domain.index_plan import (
    IndexOffer,
    IndexPart,
    binary_parts,
    source_parts,
    translation_offers,
    udeb_parts,
)
from vostok.domain.mirror_answer import MirrorAnswer
from vostok.errors import InvalidInputError, UnavailableError
from vostok.services.importing.signed_release import Answers, SignedReleases, Trust
from vostok.services.ports import Clock, Mirror, SignedText, Verifier

INDEX_BYTES_MAX = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is imported of each suite."""

    components: Sequence[str]
    architectures: Sequence[str]
    has_udebs: bool
    has_translations: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedOffer:
    """An index with the address below which it lies."""

    base: str
    is_by_hash: bool
    offer: IndexOffer


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedPart:
    """A part of a suite with the indices that list it."""

    part: IndexPart
    offers: tuple[PlacedOffer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSuite:
    """A suite as its mirrors offer it now.

    `sha256` is that of the verified Release texts: equal means that nothing changed.
    """

    name: str
    codename: str
    sha256: str
    date: datetime
    valid_until: datetime | None
    is_expired: bool
    signed_by: str
    snapshots_url: str
    text: str
    """The verified Release text; empty if there are several, of several mirrors."""
    parts: tuple[PlacedPart, ...]
    translations: tuple[PlacedOffer, ...]
    answers: Answers
    """What to keep of what the mirrors sent, so that they can be asked for newer files only."""

    def offers(self) -> list[PlacedOffer]:
        """All indices that are wanted."""
        return [*(offer for part in self.parts for offer in part.offers), *self.translations]


class ReleaseReader:
    """Reads and checks Release files."""

    def __init__(self, mirror: Mirror, verifier: Verifier, clock: Clock) -> None:
        self._releases = SignedReleases(mirror, verifier, clock)
        self._clock = clock

    def read(
        self,
        suite: str,
        mirror: str,
        mirrors: Mapping[str, str],
        wanted: Wanted,
        trust: Trust,
        kept: Answers,
    ) -> ReadSuite:
        """A suite, from its mirror and from those of some architectures.

        What is `kept` from the last time is not sent again if it is still the same.

        Raises:
            NotFoundError: a mirror does not have it.
            InvalidInputError: it is signed by nobody trusted, is another suite, or lacks a
                component or architecture.
            UnavailableError: a mirror does not answer, or its Release is past its time.
        """
        apart = {a: mirrors[a] for a in wanted.architectures if a in mirrors}
        here = [a for a in wanted.architectures if a not in apart]
        digest = hashlib.sha256()
        read: dict[str, tuple[Release, SignedText]] = {}
        answers: dict[str, MirrorAnswer] = {}
        for address in dict.fromkeys([mirror, *apart.values()]):
            signed, sent = self._releases.read(suite, address, trust, kept)
            answers |= sent
            release = parse_release(signed.text)
            asked = [a for a, place in apart.items() if place == address]
            _check(release, suite, wanted.components, here if address == mirror else [], asked)
            self._check_time(release, suite, trust)
            digest.update(hashlib.sha256(signed.text.encode()).digest())
            read[address] = (release, signed)
        first, signed = read[mirror]
        parts = _placed(first, _base(mirror, suite), source_parts(first, wanted.components))
        for architecture in wanted.architectures:
            address = apart.get(architecture, mirror)
            release = read[address][0]
            found = binary_parts(release, wanted.components, architecture)
            if wanted.has_udebs:
                found += udeb_parts(release, wanted.components, architecture)
            parts += _placed(release, _base(address, suite), found)
        translations = (
            translation_offers(first, wanted.components) if wanted.has_translations else []
        )
        ends = [release.valid_until for release, _ in read.values() if release.valid_until]
        now = self._clock.now()
        text = signed.text.encode()
        return ReadSuite(
            name=suite,
            codename=first.codename or suite,
            sha256=(hashlib.sha256(text).hexdigest() if len(read) == 1 else digest.hexdigest()),
            date=first.date,
            valid_until=min(ends, default=None),
            is_expired=any(end < now for end in ends),
            signed_by=", ".join(dict.fromkeys(one.signed_by for _, one in read.values())),
            snapshots_url=first.snapshots,
            text=signed.text if len(read) == 1 else "",
            parts=tuple(parts),
            translations=tuple(_offers(first, _base(mirror, suite), translations)),
            answers=answers,
        )

    def _check_time(self, release: Release, suite: str, trust: Trust) -> None:
        end = release.valid_until
        if end is not None and end < self._clock.now() and not trust.is_expired_allowed:
            raise UnavailableError(
                f"the InRelease of the suite {suite} was valid until {end:%Y-%m-%d %H:%M} UTC",
                hint="the mirror is out of date: name another with --mirror URL, or take it as "
                "it is: --allow-expired",
            )


def _base(mirror: str, suite: str) -> str:
    return f"{mirror}/dists/{suite}"


def _placed(release: Release, base: str, parts: Iterable[IndexPart]) -> list[PlacedPart]:
    return [
        PlacedPart(part=part, offers=tuple(_offers(release, base, part.indices))) for part in parts
    ]


def _offers(release: Release, base: str, offers: Iterable[IndexOffer]) -> list[PlacedOffer]:
    found = []
    for offer in offers:
        for entry in offer.variants:
            if entry.size > INDEX_BYTES_MAX:
                raise InvalidInputError(
                    f"{base}: {entry.path} has {entry.size} bytes; at most {INDEX_BYTES_MAX}"
                )
        found.append(PlacedOffer(base=base, is_by_hash=release.acquire_by_hash, offer=offer))
    return found


def _check(
    release: Release,
    suite: str,
    components: Sequence[str],
    here: Sequence[str],
    apart: Sequence[str],
) -> None:
    label = f"the suite {suite}"
    named = [name for name in (release.suite, release.codename) if name]
    if named and suite.removesuffix("/updates") not in {
        name.removesuffix("/updates") for name in named
    }:
        raise InvalidInputError(
            f"the mirror's InRelease of {label} is that of {' or '.join(named)}",
            hint="check the mirror; a signed index of another suite is not taken for this one",
        )
    if release.codename:
        check_suite_name(release.codename)
    for what, asked, there in (
        ("component", components, _components(release)),
        ("architecture", [*here, *apart], release.architectures),
    ):
        missing = [name for name in asked if name not in there]
        if missing:
            raise InvalidInputError(
                f"{label} has no {what} {', '.join(missing)}",
                hint=f"it has {', '.join(there)}: --{what}",
            )


def _components(release: Release) -> list[str]:
    """The components by which indices are named: `main` where a Release says `updates/main`."""
    return [component.rpartition("/")[2] for component in release.components]
