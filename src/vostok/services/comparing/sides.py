"""Sides of a comparison: what an archive showed at a snapshot or a publication, found and read."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import TypeVar

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Suite
from vostok.domain.comparison import BinaryKey, is_higher
from vostok.domain.composition import INSTALLER_COMPONENT_SUFFIX
from vostok.domain.derivation import Unbuilt
from vostok.domain.package import BinaryMember, DeltaKind, Membership, OwnMember, SourceMember
from vostok.domain.publication import ALL
from vostok.domain.reference import Reference
from vostok.errors import ConflictError, NotFoundError
from vostok.services.repositories import Transaction

NAMES_SHOWN_MAX = 10
NAMES_READ_MAX = 10_000
"""From so many names on a whole membership is read at once: that is faster than by name."""

Row = TypeVar("Row", SourceMember, BinaryMember, OwnMember)


class Moment(StrEnum):
    """What a side's number counts."""

    SNAPSHOT = "snapshot"
    PUBLICATION = "publication"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one suite showed at one moment.

    Attributes:
        base: the packages under the suite's own; those of an external suite itself.
        own_at: the publication whose own packages lie over the base; 0: there are none.
        has_own_in_base: whether the base is an image that has these already, each as a current
            one if its source can be taken.
        not_built: ids of binaries that are not shown as their source builds them no more.
        taken: names of the sources that are shown; None: every one that has a current version.
        removed: sources that are not shown though all are taken.
        needs_source: whether a binary is shown only if its source is taken: not so in somebody
            else's archive and in a copy of it, which are shown as they are.
        needs_build: whether a base binary is shown only if something of its source was built here.
    """

    archive: Archive
    suite: Suite
    moment: Moment
    number: int
    at: datetime
    base: Membership
    own_at: int = 0
    has_own_in_base: bool = False
    not_built: frozenset[int] = frozenset()
    taken: frozenset[str] | None = None
    removed: frozenset[str] = frozenset()
    needs_source: bool = False
    needs_build: bool = False

    @property
    def label(self) -> str:
        """The side as a reference that always means the same."""
        return f"{self.archive.name}/{self.suite.name}@{self.number}"


def side_of(transaction: Transaction, reference: Reference) -> Side:
    """What a reference means at this moment.

    Raises:
        NotFoundError: there is no such archive, suite, snapshot or publication; the hint says
            what there is.
        ConflictError: the archive is being made or deleted.
    """
    archive = transaction.archives.named(reference.archive)
    if archive.state is not ArchiveState.ACTIVE:
        raise ConflictError(
            f"the archive {archive.name} is {archive.state}, not active",
            hint="see what is at work: vostok job list",
        )
    suite = _suite(transaction, archive, reference)
    if archive.kind is ArchiveKind.EXTERNAL:
        return _external(transaction, archive, suite, reference)
    return _derived(transaction, archive, suite, reference)


def _suite(transaction: Transaction, archive: Archive, reference: Reference) -> Suite:
    suites = transaction.archives.suites(archive.id)
    if reference.suite is not None:
        found = transaction.archives.find_suite(archive.id, reference.suite)
        if found is not None:
            return found
    elif suites:
        return suites[0]
    wanted = reference.suite or "at all"
    there = ", ".join(f"{archive.name}/{suite.name}" for suite in suites[:NAMES_SHOWN_MAX])
    raise NotFoundError(
        f"the archive {archive.name} has no suite {wanted}",
        hint=f"it has {there}" if there else f"look at it: vostok archive show {archive.name}",
    )


def _external(
    transaction: Transaction, archive: Archive, suite: Suite, reference: Reference
) -> Side:
    label = f"{archive.name}/{suite.name}"
    if suite.snapshot == 0:
        raise NotFoundError(
            f"{label} has no snapshot yet", hint=f"import it: vostok archive import {archive.name}"
        )
    number = reference.number or suite.snapshot
    if reference.at is not None:
        number = _snapshot_at(transaction, suite, reference.at)
    snapshot = transaction.snapshots.find(suite.id, number)
    if snapshot is None:
        asked = f"of {reference.at:%Y-%m-%d %H:%M} UTC" if reference.at else str(number)
        raise NotFoundError(
            f"{label} has no snapshot {asked}",
            hint=f"the newest is {label}@{suite.snapshot}, the first {label}@1",
        )
    return Side(
        archive=archive,
        suite=suite,
        moment=Moment.SNAPSHOT,
        number=number,
        at=snapshot.at,
        base=Membership(suite_id=suite.id, number=number),
    )


def _snapshot_at(transaction: Transaction, suite: Suite, at: datetime) -> int:
    """The number of the newest snapshot at a moment, 0 for none: they follow each other in time.

    O(log snapshots) small reads.
    """
    low, high = 0, suite.snapshot
    while low < high:
        middle = (low + high + 1) // 2
        snapshot = transaction.snapshots.find(suite.id, middle)
        if snapshot is not None and snapshot.at <= at:
            low = middle
        else:
            high = middle - 1
    return low


def _derived(
    transaction: Transaction, archive: Archive, suite: Suite, reference: Reference
) -> Side:
    label = f"{archive.name}/{suite.name}"
    publications = transaction.publications.of_suite(suite.id)
    if not publications:
        raise NotFoundError(
            f"{label} was not published yet",
            hint=f"publish it: vostok publication publish {archive.name}",
        )
    publication = next(
        (
            found
            for found in publications
            if reference.number in (None, found.number)
            and (reference.at is None or found.at <= reference.at)
        ),
        None,
    )
    if publication is None:
        asked = f"of {reference.at:%Y-%m-%d %H:%M} UTC" if reference.at else str(reference.number)
        numbers = ", ".join(str(found.number) for found in publications[:NAMES_SHOWN_MAX])
        raise NotFoundError(
            f"{label} has no publication {asked}", hint=f"it has {numbers}: {label}@NUMBER"
        )
    derivation = transaction.derivations.numbered(suite.id, publication.derivation)
    not_built = transaction.publications.not_built(suite.id, publication.number)
    number, is_all = derivation.number, derivation.is_all
    return Side(
        archive=archive,
        suite=suite,
        moment=Moment.PUBLICATION,
        number=publication.number,
        at=publication.at,
        base=derivation.base,
        own_at=publication.number,
        not_built=frozenset(binary.id for binary in not_built),
        taken=None if is_all else transaction.derivations.taken_names(suite.id, number),
        removed=frozenset(transaction.derivations.removals(suite.id, number))
        if is_all
        else frozenset(),
        needs_source=not derivation.shows_whole_base,
        needs_build=derivation.unbuilt is Unbuilt.NONE,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What of a side is compared: the current source of each name, and the indices' entries."""

    sources: dict[str, SourceMember]
    binaries: dict[BinaryKey, BinaryMember | OwnMember]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Of which packages a side is read: all, or those of these names."""

    sources: frozenset[str] | None
    binaries: frozenset[str] | None


class Bases:
    """What memberships have. Of all their packages each is read once: two sides may share one."""

    def __init__(self, transaction: Transaction) -> None:
        members = transaction.members
        self._sources = members.sources
        self._all_sources = cache(members.sources)
        self._binaries = members.binaries
        self._all_binaries = cache(members.binaries)

    def sources(self, base: Membership, names: frozenset[str] | None) -> list[SourceMember]:
        """Of some names, or all."""
        return _read(
            lambda some: self._all_sources(base) if some is None else self._sources(base, some),
            names,
        )

    def binaries(self, base: Membership, names: frozenset[str] | None) -> list[BinaryMember]:
        """Of some names, or all."""
        return _read(
            lambda some: self._all_binaries(base) if some is None else self._binaries(base, some),
            names,
        )


def shown(
    transaction: Transaction,
    bases: Bases,
    side: Side,
    names: Names,
    architectures: frozenset[str],
) -> Shown:
    """The current sources of a side and its binaries in the indices of some architectures.

    O(names), or O(archive) for all of them.
    """
    base_binaries = [
        binary
        for binary in bases.binaries(side.base, names.binaries)
        if binary.index_architecture in architectures and binary.id not in side.not_built
    ]
    asked = names.sources
    if asked is not None:
        asked |= {binary.source_name for binary in base_binaries}
    current = [source for source in bases.sources(side.base, asked) if not source.is_extra]
    own = _own(transaction, side, Names(sources=asked, binaries=names.binaries))
    taken = _taken(side, current)
    binaries = _visible(side, base_binaries, taken, {binary.source_name for binary in own})
    sources = {name: source for name, source in _highest(current).items() if name in taken}
    sources |= _own_sources(transaction, side, own, asked)
    return Shown(
        sources={
            name: source
            for name, source in sources.items()
            if names.sources is None or name in names.sources
        },
        binaries=_entries(
            binaries,
            [b for b in own if names.binaries is None or b.name in names.binaries],
            architectures,
        ),
    )


def _read(
    read: Callable[[Iterable[str] | None], list[Row]], names: frozenset[str] | None
) -> list[Row]:
    if names is None or len(names) <= NAMES_READ_MAX:
        return read(names)
    return [row for row in read(None) if row.name in names]


def _own(transaction: Transaction, side: Side, names: Names) -> list[OwnMember]:
    """Own binaries that clients see: toolchain packages only of the archive's own toolchain."""
    if not side.own_at:
        return []
    members = transaction.members
    if names.sources is None or names.binaries is None:
        found = members.own_binaries(side.suite.id, side.own_at)
    else:
        by_name = members.own_binaries(side.suite.id, side.own_at, names.binaries)
        by_source = members.own_binaries_of_sources(side.suite.id, side.own_at, names.sources)
        found = list({binary.delta_id: binary for binary in (*by_name, *by_source)}.values())
        found.sort(key=lambda binary: binary.delta_id)
    return [
        binary
        for binary in found
        if binary.id not in side.not_built
        and (
            binary.kind is not DeltaKind.TOOLCHAIN
            or binary.toolchain_id == side.archive.toolchain_id
        )
    ]


def _taken(side: Side, current: Iterable[SourceMember]) -> frozenset[str]:
    """Of the current sources that were read those that the side shows."""
    names = frozenset(source.name for source in current)
    return names - side.removed if side.taken is None else names & side.taken


def _visible(
    side: Side, binaries: list[BinaryMember], taken: frozenset[str], built: set[str]
) -> list[BinaryMember]:
    if side.needs_source:
        binaries = [binary for binary in binaries if binary.source_name in taken]
    if side.needs_build:
        binaries = [binary for binary in binaries if binary.source_name in built]
    return binaries


def _own_sources(
    transaction: Transaction, side: Side, own: list[OwnMember], names: frozenset[str] | None
) -> dict[str, SourceMember]:
    """Sources made in the suite from which a published binary was built; they hide the base's."""
    if not own:
        return {}
    published = {(binary.source_name, binary.source_version) for binary in own}
    found = _read(lambda some: transaction.members.own_sources(side.suite.id, some), names)
    return _highest(source for source in found if (source.name, source.version) in published)


def _highest(sources: Iterable[SourceMember]) -> dict[str, SourceMember]:
    highest: dict[str, SourceMember] = {}
    for source in sources:
        known = highest.get(source.name)
        if known is None or is_higher(source.version, known.version):
            highest[source.name] = source
    return highest


def _entries(
    base: Iterable[BinaryMember], own: Iterable[OwnMember], architectures: frozenset[str]
) -> dict[BinaryKey, BinaryMember | OwnMember]:
    """What the indices list: own binaries over the base's, the toolchain's over all.

    As `domain.publication.overlaid`, of which this is the short form.
    """
    entries: dict[BinaryKey, BinaryMember | OwnMember] = {}
    for binary in base:
        is_installer = binary.component.endswith(INSTALLER_COMPONENT_SUFFIX)
        key = BinaryKey(binary.name, binary.index_architecture, is_installer)
        known = entries.get(key)
        if known is None or is_higher(binary.version, known.version):
            entries[key] = binary
    for made in sorted(own, key=lambda binary: binary.kind is DeltaKind.TOOLCHAIN):
        places = architectures if made.architecture == ALL else {made.architecture}
        for architecture in places & architectures:
            entries[BinaryKey(made.name, architecture)] = made
    return entries
