"""What a publication shows: the base and what was made here, their sources, their files."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Fate
from vostok.domain.derivation import Unbuilt
from vostok.domain.package import ListedBinary, ListedSource, OwnBinary
from vostok.domain.publication import (
    NOT_BUILT,
    IndexFile,
    held_builds,
    overlaid,
    published_own,
    sources_needed,
)
from vostok.errors import ConflictError
from vostok.services.publishing.lost_packages import LostPackages, lost_packages
from vostok.services.publishing.not_built import NotBuiltPackages, find_not_built
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import taken_sources
from vostok.services.views.editions import base_of, derivation_of

NAMES_ASKED_MAX = 2_000
"""Of more sources than these the whole archive is read, and what is not wanted passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBinaries:
    """What the Packages files of the next publication list, and why."""

    archive: Archive
    suite: Suite
    taken: frozenset[str]
    """Names of the sources that the suite takes."""
    listed: Sequence[ListedBinary]
    offered_ids: frozenset[int]
    """Of the base's binaries of taken sources, shown or not."""
    own: Sequence[OwnBinary]
    arriving: Sequence[OwnBinary]
    """Those of the own ones that no publication has shown yet."""
    held: dict[int, str]
    lost: LostPackages
    left_out: Sequence[str]
    """Sentences about packages whose files nobody has any more."""
    not_built: NotBuiltPackages
    """Those that their sources build no more: not listed, or still needed."""

    @property
    def ids(self) -> set[int]:
        """Of the binary releases that are listed."""
        return {binary.id for binary in self.listed}

    @property
    def build_ids(self) -> frozenset[int]:
        """Builds whose binaries it shows."""
        return frozenset(b.build_id for b in self.own if b.build_id is not None)

    @property
    def new_delta_ids(self) -> frozenset[int]:
        """Of what clients see for the first time."""
        return frozenset(binary.delta_id for binary in self.arriving)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSources:
    """What the Sources files list.

    Attributes:
        listed: the sources.
        offered_ids: of the base's sources of taken names, shown or not.
    """

    listed: Sequence[ListedSource]
    offered_ids: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFiles:
    """Which files of the pool go with it.

    Attributes:
        pool: those that are not the base's, or not of taken sources.
        hidden: what it does not show of taken sources: ("binary", path) and ("source", id); and of
            these, whether own or the base's, ("not-built", id).
        base_bytes: of the base's files that it shows, which are not in `pool`.
    """

    pool: Sequence[IndexFile]
    hidden: frozenset[tuple[str, str]]
    base_bytes: int


def shown_binaries(transaction: Transaction, archive: Archive, suite: Suite) -> ShownBinaries:
    """The binaries that a suite would show if it were published now. O(archive)."""
    base = base_of(suite)
    taken = taken_sources(transaction, suite)
    shown = [
        binary
        for binary in transaction.deltas.published_binaries(suite.id, suite.publication)
        if not binary.is_superseded
    ]
    unpublished = published_own(
        transaction.deltas.unpublished_binaries(suite.id), toolchain_id=archive.toolchain_id
    )
    held = _held(transaction, archive, {binary.build_id for binary in unpublished})
    arriving = _newest(binary for binary in unpublished if binary.build_id not in held)
    own = published_own(_put_over(shown, arriving), toolchain_id=archive.toolchain_id)
    shows_all = derivation_of(suite).shows_whole_base
    parents = transaction.listings.binaries(base, None if shows_all else taken)
    offered = {
        binary.id
        for binary in parents
        if binary.source_name in taken and binary.index_architecture in suite.architectures
    }
    if derivation_of(suite).unbuilt is Unbuilt.NONE:
        built_here = {binary.source_name for binary in own}
        parents = [binary for binary in parents if binary.source_name in built_here]
        offered = set()
    lost = lost_packages(transaction, base, own)
    listed, left_out = lost.without(overlaid(parents, own, suite.architectures))
    not_built = find_not_built(transaction, archive, suite, own, listed, taken=taken)
    if gone := not_built.gone_ids:
        listed = [binary for binary in listed if binary.id not in gone]
        own = [binary for binary in own if binary.binary_id not in gone]
    return ShownBinaries(
        archive=archive,
        suite=suite,
        taken=taken,
        listed=listed,
        offered_ids=frozenset(offered),
        own=own,
        arriving=arriving,
        held=held,
        lost=lost,
        left_out=left_out,
        not_built=not_built,
    )


def _held(
    transaction: Transaction, archive: Archive, unpublished: Collection[int | None]
) -> dict[int, str]:
    """Which builds of those whose binaries could be published wait for others, and for which."""
    found = transaction.builds.with_fate(archive.id, Fate.PENDING)
    pending = [build for build in found if build.id in unpublished]
    return held_builds(
        {build.id: (build.source, build.rebuild_no) for build in pending},
        transaction.builds.unaccepted_siblings(archive.id),
    )


def shown_sources(
    transaction: Transaction, binaries: ShownBinaries, built_using: Iterable[tuple[str, str]]
) -> ShownSources:
    """Taken sources, and every source that a published binary was made from (I7).

    Where the whole base is shown also those that its parents list beside their current ones:
    older versions, and what is Extra-Source-Only.
    """
    suite, taken = binaries.suite, binaries.taken
    beside = _listed_beside(transaction, suite)
    needed = sources_needed(binaries.listed, built_using)
    own_sources = {
        (source.name, source.version): source
        for source in transaction.listings.own_sources(suite.id)
    }
    replaced = {
        b.source_name for b in binaries.own if (b.source_name, b.source_version) in own_sources
    }
    names = None
    if len(taken) <= NAMES_ASKED_MAX:
        names = taken | {name for name, _ in needed} | set(beside.values())
    there = transaction.listings.sources(base_of(suite), names)
    found = {(source.name, source.version): source for source in there}
    listed = [
        own_sources.get(key, source)
        for key, source in found.items()
        if key in needed
        or source.id in beside
        or (not source.is_extra and source.name in taken and source.name not in replaced)
    ]
    listed += [own_sources[key] for key in needed & own_sources.keys() - found.keys()]
    return ShownSources(
        listed=binaries.lost.without_sources(listed),
        offered_ids=frozenset(source.id for source in found.values() if source.name in taken),
    )


def _listed_beside(transaction: Transaction, suite: Suite) -> dict[int, str]:
    """Id -> name of extra sources that parents show, unless one is removed here. O(these)."""
    derivation = derivation_of(suite)
    if not derivation.shows_whole_base:
        return {}
    removed = transaction.derivations.removals(suite.id, derivation.number)
    return {
        number: name
        for parent in derivation.parents
        for name, number in transaction.listings.extra_sources(parent.members)
        if name not in removed
    }


def shown_files(
    transaction: Transaction, binaries: ShownBinaries, sources: ShownSources, source_bytes: int
) -> ShownFiles:
    """The files of the pool that go with packages. O(packages).

    Args:
        transaction: to read in.
        binaries: what is shown.
        sources: theirs.
        source_bytes: the size of the files of all these sources.

    Raises:
        ConflictError: an own file has the path of one of the base, and other bytes (I6); or a
            parent's file is another one now than was published under its path.
    """
    base, shown = base_of(binaries.suite), binaries.ids
    _check_rewritten(transaction, binaries.suite, shown)
    further = {binary.binary_id for binary in binaries.own} & shown
    further |= shown - binaries.offered_ids
    files = {file.path: file for file in transaction.listings.files(further).values()}
    sizes = {b.id: b.size for b in binaries.listed if b.id not in further}
    base_bytes = sum(sizes.values()) + source_bytes
    of_sources = [source for source in sources.listed if source.id not in sources.offered_ids]
    listed = transaction.packages.files_of_sources([source.id for source in of_sources])
    for source in of_sources:
        directory = transaction.packages.source(source.id).directory
        for name, size, sha256 in listed.get(source.id, []):
            path = f"{directory}/{name}"
            files[path] = IndexFile(path=path, size=size, sha256=sha256)
            base_bytes -= size
    pool = list(files.values())
    wrong = transaction.publications.contradicted(base, pool)
    if wrong is not None:
        raise ConflictError(
            f"{wrong.path} was made here, and a parent has other bytes under that name",
            hint="give what was made here another version",
        )
    hidden = {("binary", path) for path in _hidden_paths(transaction, binaries, files)}
    gone = sources.offered_ids - {source.id for source in sources.listed}
    hidden |= {("source", str(number)) for number in gone}
    hidden |= {(NOT_BUILT, str(number)) for number in binaries.not_built.gone_ids}
    return ShownFiles(pool=pool, hidden=frozenset(hidden), base_bytes=base_bytes)


def _hidden_paths(
    transaction: Transaction, binaries: ShownBinaries, files: Mapping[str, IndexFile]
) -> set[str]:
    """Paths of the base's files of taken sources that no listed binary has."""
    shown = binaries.ids
    gone = transaction.listings.files(binaries.offered_ids - shown)
    paths = {file.path for file in gone.values()} - files.keys()
    like = transaction.listings.with_paths(base_of(binaries.suite), paths)
    return paths - {path for path, number in like if number in shown}


def _check_rewritten(transaction: Transaction, suite: Suite, shown: set[int]) -> None:
    """Nothing, if the base shows the bytes that the newest publication's base showed (I6)."""
    if suite.publication == 0:
        return
    before = transaction.publications.numbered(suite.id, suite.publication).derivation
    if before == derivation_of(suite).number:
        return
    old = transaction.derivations.numbered(suite.id, before).base
    if old == base_of(suite):
        return
    rewritten = transaction.publications.rewritten(base_of(suite), old)
    like = transaction.listings.with_paths(base_of(suite), (path for path, _, _ in rewritten))
    files = transaction.listings.files(number for _, number in like if number in shown)
    now = {(file.path, file.sha256) for file in files.values()}
    for path, sha256, known in rewritten:
        if (path, sha256) in now:
            raise ConflictError(
                f"{path} has the SHA-256 {sha256}, but was published with {known}",
                hint="a parent changed a file and not its version; import it again, then sync",
            )


def _newest(binaries: Iterable[OwnBinary]) -> list[OwnBinary]:
    """The last of each (name, architecture, toolchain); they come in the order of acceptance."""
    return list({(b.name, b.architecture, b.toolchain_id): b for b in binaries}.values())


def _put_over(shown: Iterable[OwnBinary], arriving: Iterable[OwnBinary]) -> list[OwnBinary]:
    return _newest([*shown, *arriving])
