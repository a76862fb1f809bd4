"""Comparing two archives at the cost of what differs, where they stand on the same base."""

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import SuiteRole
from vostok.domain.comparison import (
    BinaryKey,
    Comparison,
    ShownBinary,
    ShownSource,
    compared_binaries,
    compared_sources,
)
from vostok.domain.package import Membership
from vostok.domain.reference import parse_reference
from vostok.errors import InvalidInputError
from vostok.services.comparing.sides import (
    NAMES_READ_MAX,
    Bases,
    Names,
    Shown,
    Side,
    shown,
    side_of,
)
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.selecting import selected

EVERYTHING = Names(sources=None, binaries=None)
COMPARISONS_KEPT_MAX = 2
"""Some 60 MB each where two whole archives differ; who reads one page reads the next one too."""

Identity = tuple[int, int, int | None]
"""Suite, number, toolchain of a side."""
Key = tuple[Identity, Identity, frozenset[str], str | None]
"""Both sides, the architectures, the selection: all that a comparison follows from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """Two references, and which sources of either side are of interest; None: all."""

    left: str
    right: str
    selection: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """A comparison with what was compared.

    Attributes:
        architectures: those that both sides have; only these are compared.
    """

    left: Side
    right: Side
    architectures: tuple[str, ...]
    comparison: Comparison


class CompareService:
    """Compares archives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[Key, Comparison] = OrderedDict()
        self._keeping = threading.Lock()

    def compare(self, principal: Principal, request: CompareRequest) -> Compared:
        """All differences between two sides.

        O(difference) where both stand on snapshots of one suite and take alike, else O(archive).

        Raises:
            InvalidInputError: a reference or the selection is malformed.
            NotFoundError: there is no such archive, suite, snapshot or publication.
            ConflictError: one archive is being made or deleted.
            NotAllowedError: the principal may not view one of them. A selection may cost some
                seconds, so not everybody may ask for one.
        """
        references = [parse_reference(text) for text in (request.left, request.right)]
        with self._database.read() as transaction:
            for reference in references:
                if request.selection is not None:
                    require(principal, Action.PREVIEW_SELECTION, reference.archive)
                require(principal, Action.VIEW, reference.archive)
                # Before the other side is asked for: a hidden one is refused where one would be
                # that is not there.
                transaction.archives.named(reference.archive)
            left, right = (side_of(transaction, reference) for reference in references)
            both = frozenset(left.suite.architectures) & frozenset(right.suite.architectures)
            key = (_identity(left), _identity(right), both, request.selection)
            comparison = self._find_kept(key)
            if comparison is None:
                chosen = None
                if request.selection is not None:
                    chosen = _chosen(transaction, left, right, request.selection)
                comparison = _compared(transaction, left, right, chosen, both)
        self._keep(key, comparison)
        return Compared(
            left=left, right=right, architectures=tuple(sorted(both)), comparison=comparison
        )

    def _find_kept(self, key: Key) -> Comparison | None:
        with self._keeping:
            return self._kept.get(key)

    def _keep(self, key: Key, comparison: Comparison) -> None:
        """What snapshots and publications showed does not change, nor does their comparison."""
        with self._keeping:
            self._kept[key] = comparison
            self._kept.move_to_end(key)
            while len(self._kept) > COMPARISONS_KEPT_MAX:
                self._kept.popitem(last=False)


def changed_sources(
    transaction: Transaction, before: Membership, after: Membership
) -> dict[str, tuple[str | None, str | None]]:
    """Source -> (version before, version after) of those that two memberships have not alike.

    Only current versions count. For two numbers of one suite it costs a scan of the suite's
    members and the difference, else O(archive).
    """
    if before == after:
        return {}
    names = None
    if before.suite_id == after.suite_id:
        names, _ = transaction.members.changed_names(before.suite_id, before.number, after.number)
    versions: list[dict[str, str]] = []
    for members in (before, after):
        found = transaction.members.sources(members, names)
        versions.append({s.name: s.version for s in found if not s.is_extra})
    old, new = versions
    return {
        name: (old.get(name), new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    }


def _identity(side: Side) -> Identity:
    return (side.suite.id, side.number, side.archive.toolchain_id)


def _chosen(transaction: Transaction, left: Side, right: Side, selection: str) -> frozenset[str]:
    """The sources that an expression selects on either side; one side may lack what it names."""
    chosen: set[str] = set()
    faults: list[InvalidInputError] = []
    bases = {left.base, right.base}
    for base in bases:
        try:
            chosen.update(selected(transaction, base, selection))
        except InvalidInputError as error:
            faults.append(error)
    if len(faults) == len(bases):
        raise faults[0]
    return frozenset(chosen)


def _compared(
    transaction: Transaction,
    left: Side,
    right: Side,
    chosen: frozenset[str] | None,
    architectures: frozenset[str],
) -> Comparison:
    if (left.suite.id, left.number) == (right.suite.id, right.number):
        return Comparison(sources=(), binaries=())
    left, right = _on_image_of(transaction, left, right), _on_image_of(transaction, right, left)
    names = _closed(transaction, left, right, _may_differ(transaction, left, right), chosen)
    found = compared_within(transaction, left, right, names, architectures)
    if chosen is None:
        return found
    return Comparison(
        sources=tuple(source for source in found.sources if source.name in chosen),
        binaries=tuple(binary for binary in found.binaries if binary.sources & chosen),
    )


def compared_within(
    transaction: Transaction,
    left: Side,
    right: Side,
    names: Names,
    architectures: frozenset[str],
) -> Comparison:
    """The differences in the packages of some names, or in all. O(names), O(archive) for all.

    What is the same row on both sides is the same package; only the rest is looked at.
    """
    bases = Bases(transaction)
    one = shown(transaction, bases, left, names, architectures)
    other = shown(transaction, bases, right, names, architectures)
    return Comparison(
        sources=compared_sources(
            _source_entries(transaction, one, other), _source_entries(transaction, other, one)
        ),
        binaries=compared_binaries(_binary_entries(one, other), _binary_entries(other, one)),
    )


# Where a difference is possible -----------------------------------------------------------------


def _on_image_of(transaction: Transaction, side: Side, other: Side) -> Side:
    """The side as an image of its publication, if the other side stands on images of its suite.

    An archive compared with one that was derived from it then costs the difference too.
    """
    if not side.own_at or side.base.suite_id == other.base.suite_id:
        return side
    archive_id, name = side.suite.archive_id, side.suite.name
    image = transaction.archives.find_suite(archive_id, name, SuiteRole.IMAGE)
    if image is None or image.id != other.base.suite_id:
        return side
    if side.number not in (image.snapshot, other.base.number) or side.needs_build:
        return side
    return replace(
        side,
        base=Membership(suite_id=image.id, number=side.number),
        has_own_in_base=True,
        taken=None,
        removed=frozenset(),
    )


def _may_differ(transaction: Transaction, left: Side, right: Side) -> Names:
    """Names outside of which the two sides show the same; «all» where nothing is known."""
    if left.base.suite_id != right.base.suite_id or left.needs_build != right.needs_build:
        return EVERYTHING
    if (left.taken is None) != (right.taken is None):
        return EVERYTHING
    sources = (left.taken or frozenset()) ^ (right.taken or frozenset())
    sources |= left.removed ^ right.removed
    binaries: set[str] = set()
    for some_sources, some_binaries in (
        _changed_in_base(transaction, left, right),
        *_changed_own(transaction, left, right),
    ):
        sources |= some_sources
        binaries |= some_binaries
    return Names(sources=frozenset(sources), binaries=frozenset(binaries))


def _changed_in_base(
    transaction: Transaction, left: Side, right: Side
) -> tuple[set[str], set[str]]:
    sources: set[str] = set()
    binaries: set[str] = set()
    if left.base != right.base:
        sources, binaries = transaction.members.changed_names(
            left.base.suite_id, left.base.number, right.base.number
        )
    if left.needs_source != right.needs_source:
        for base in {left.base, right.base}:
            binaries |= transaction.members.names_without_source(base)[1]
    return sources, binaries


def _changed_own(
    transaction: Transaction, left: Side, right: Side
) -> list[tuple[set[str], set[str]]]:
    if left.own_at and right.own_at and left.suite.id == right.suite.id:
        changed = transaction.members.changed_own_names
        return [
            changed(left.suite.id, left.own_at, right.own_at),
            *(_not_built(transaction, side) for side in (left, right)),
        ]
    return [
        transaction.members.names_without_source(side.base)
        if side.has_own_in_base
        else transaction.members.own_names(side.suite.id, side.own_at)
        for side in (left, right)
        if side.own_at
    ]


def _not_built(transaction: Transaction, side: Side) -> tuple[set[str], set[str]]:
    """Names of what a side does not show as its sources build it no more."""
    found = transaction.publications.not_built(side.suite.id, side.own_at)
    return {binary.source_name for binary in found}, {binary.name for binary in found}


def _closed(
    transaction: Transaction,
    left: Side,
    right: Side,
    names: Names,
    chosen: frozenset[str] | None,
) -> Names:
    """The names with the binaries of the sources: whole packages are compared.

    Args:
        transaction: to read in.
        left: one side.
        right: the other.
        names: where a difference is possible.
        chosen: the only sources that are of interest; None: all.
    """
    sources = names.sources
    if chosen is not None:
        sources = chosen if sources is None else sources & chosen
    if sources is None or len(sources) > NAMES_READ_MAX:
        return EVERYTHING
    binaries = set(names.binaries or ())
    for side in (left, right):
        of_base = transaction.members.binaries_of_sources(side.base, sources)
        binaries.update(binary.name for binary in of_base)
        if side.own_at:
            own = transaction.members.own_binaries_of_sources(side.suite.id, side.own_at, sources)
            binaries.update(binary.name for binary in own)
    return Names(sources=sources, binaries=frozenset(binaries))


def _source_entries(transaction: Transaction, side: Shown, other: Shown) -> dict[str, ShownSource]:
    found = [
        source
        for name, source in side.sources.items()
        if (there := other.sources.get(name)) is None or there.id != source.id
    ]
    digests = transaction.members.dsc_sha256(source.id for source in found)
    return {
        source.name: ShownSource(version=source.version, sha256=digests.get(source.id, ""))
        for source in found
    }


def _binary_entries(side: Shown, other: Shown) -> dict[BinaryKey, ShownBinary]:
    return {
        key: ShownBinary(
            version=binary.version,
            sha256=binary.sha256,
            architecture=binary.architecture,
            source=binary.source_name,
        )
        for key, binary in side.binaries.items()
        if (there := other.binaries.get(key)) is None or there.id != binary.id
    }
