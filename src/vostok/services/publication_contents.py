"""What a publication shows: the base and what was made here, their sources, their files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Fate
from vostok.domain.derivation import Unbuilt
from vostok.domain.package import IndexedBinary, OwnBinary, SourceRelease
from vostok.domain.publication import (
    IndexFile,
    held_builds,
    overlaid,
    published_own,
    sources_needed,
)
from vostok.errors import ConflictError
from vostok.services.lost_packages import built_using, lost_packages
from vostok.services.repositories import Transaction
from vostok.services.selecting import taken_sources
from vostok.services.views import base_of, derivation_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What the next publication of a suite shows."""

    archive: Archive
    suite: Suite
    binaries: Sequence[IndexedBinary]
    sources: Sequence[SourceRelease]
    pool: Sequence[IndexFile]
    """The files that are not the base's, or not of taken sources."""
    hidden: frozenset[tuple[str, str]]
    """What it does not show of taken sources: ("binary", path) and ("source", id)."""
    new_delta_ids: frozenset[int]
    build_ids: frozenset[int]
    """Builds whose binaries it shows."""
    held: dict[int, str]
    left_out: Sequence[str]
    """Sentences about packages whose files nobody has any more."""
    base_bytes: int
    """Of the files that it shows of the base, which are not in `pool`."""


def contents_of(transaction: Transaction, archive: Archive, suite: Suite) -> Contents:
    """What a suite would show if it were published now. O(archive)."""
    base = base_of(suite)
    taken = taken_sources(transaction, suite)
    held = _held(transaction, archive)
    shown = [
        binary
        for binary in transaction.deltas.published_binaries(suite.id, suite.publication)
        if not binary.is_superseded
    ]
    unpublished = published_own(
        transaction.deltas.unpublished_binaries(suite.id), toolchain_id=archive.toolchain_id
    )
    arriving = _newest(binary for binary in unpublished if binary.build_id not in held)
    own = published_own(_put_over(shown, arriving), toolchain_id=archive.toolchain_id)
    shows_all = derivation_of(suite).shows_whole_base
    parents = transaction.packages.indexed_binaries(base, None if shows_all else taken)
    offered = [binary for binary in parents if binary.source_name in taken]
    if derivation_of(suite).unbuilt is Unbuilt.NONE:
        built_here = {binary.source_name for binary in own}
        parents = [binary for binary in parents if binary.source_name in built_here]
        offered = []
    lost = lost_packages(transaction, base)
    binaries, left_out = lost.without(overlaid(parents, own, suite.architectures))
    found = _sources(transaction, suite, binaries, taken, own)
    sources = lost.without_sources(found.wanted)
    _check_rewritten(transaction, suite, binaries)
    pool, base_bytes, hidden = _pool(transaction, suite, offered, binaries, own, sources, found)
    return Contents(
        archive=archive,
        suite=suite,
        binaries=binaries,
        sources=sources,
        pool=pool,
        hidden=hidden,
        base_bytes=base_bytes,
        new_delta_ids=frozenset(binary.delta_id for binary in arriving),
        build_ids=frozenset(b.build_id for b in own if b.build_id is not None),
        held=held,
        left_out=left_out,
    )


def _held(transaction: Transaction, archive: Archive) -> dict[int, str]:
    pending = transaction.builds.with_fate(archive.id, Fate.PENDING)
    return held_builds(
        {build.id: (build.source, build.rebuild_no) for build in pending},
        transaction.builds.unaccepted_siblings(archive.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sources:
    """The sources that a publication is to show, and those of taken names that the base has."""

    wanted: Sequence[SourceRelease]
    offered: Mapping[int, SourceRelease]


def _sources(
    transaction: Transaction,
    suite: Suite,
    binaries: Sequence[IndexedBinary],
    taken: frozenset[str],
    own: Iterable[OwnBinary],
) -> _Sources:
    """Taken sources, and every source that a published binary was made from (I7)."""
    base = base_of(suite)
    needed = sources_needed(binaries, built_using(binaries))
    own_sources = {
        (source.name, source.version): source
        for source in transaction.deltas.own_sources(suite.id)
    }
    replaced = {b.source_name for b in own if (b.source_name, b.source_version) in own_sources}
    found = {
        (source.name, source.version): source
        for source in transaction.packages.sources_named(
            base, {name for name, _ in needed} | taken, with_extra=True
        )
    }
    wanted = {key for key in needed if key in found or key in own_sources}
    versions = transaction.paragraphs.versions(base)
    wanted |= {
        (name, versions[name])
        for name in taken
        if name in versions and name not in replaced and (name, versions[name]) in found
    }
    return _Sources(
        wanted=[own_sources.get(key) or found[key] for key in sorted(wanted)],
        offered={source.id: source for source in found.values() if source.name in taken},
    )


def _pool(
    transaction: Transaction,
    suite: Suite,
    offered: Sequence[IndexedBinary],
    binaries: Sequence[IndexedBinary],
    own: Iterable[OwnBinary],
    sources: Sequence[SourceRelease],
    found: _Sources,
) -> tuple[list[IndexFile], int, frozenset[tuple[str, str]]]:
    """The files that are not the base's, the size of those that are, and what of it is hidden.

    Raises:
        ConflictError: an own file has the path of one of the base, and other bytes (I6).
    """
    own_paths = {binary.filename for binary in own}
    of_base = {b.filename for b in offered if b.index_architecture in suite.architectures}
    shown = {binary.filename: binary for binary in binaries}
    files = {
        path: IndexFile(path=path, size=binary.size, sha256=binary.sha256)
        for path, binary in shown.items()
        if path in own_paths or path not in of_base
    }
    base_bytes = sum(binary.size for path, binary in shown.items() if path not in files)
    sizes = {
        (source.name, source.version): source.size
        for source in transaction.paragraphs.source_sizes(base_of(suite))
    }
    base_bytes += sum(
        sizes.get((source.name, source.version), 0)
        for source in sources
        if source.id in found.offered
    )
    further = [source for source in sources if source.id not in found.offered]
    listed = transaction.packages.files_of_sources([source.id for source in further])
    for source in further:
        for name, size, sha256 in listed.get(source.id, []):
            path = f"{source.directory}/{name}"
            files[path] = IndexFile(path=path, size=size, sha256=sha256)
    pool = list(files.values())
    wrong = transaction.publications.contradicted(base_of(suite), pool)
    if wrong is not None:
        raise ConflictError(
            f"{wrong.path} was made here, and a parent has other bytes under that name",
            hint="give what was made here another version",
        )
    shown_ids = {source.id for source in sources}
    hidden = {("binary", path) for path in of_base - shown.keys()}
    hidden |= {("source", str(number)) for number in found.offered.keys() - shown_ids}
    return pool, base_bytes, frozenset(hidden)


def _check_rewritten(
    transaction: Transaction, suite: Suite, binaries: Sequence[IndexedBinary]
) -> None:
    """Nothing, if the base shows the bytes that the newest publication's base showed (I6)."""
    if suite.publication == 0:
        return
    before = transaction.publications.numbered(suite.id, suite.publication).derivation
    if before == derivation_of(suite).number:
        return
    old = transaction.derivations.numbered(suite.id, before).base
    rewritten = transaction.publications.rewritten(base_of(suite), old)
    shown = {binary.filename: binary.sha256 for binary in binaries} if rewritten else {}
    for path, sha256, known in rewritten:
        if shown.get(path) == sha256:
            raise ConflictError(
                f"{path} has the SHA-256 {sha256}, but was published with {known}",
                hint="a parent changed a file and not its version; import it again, then sync",
            )


def _newest(binaries: Iterable[OwnBinary]) -> list[OwnBinary]:
    """The last of each (name, architecture, toolchain); they come in the order of acceptance."""
    return list({(b.name, b.architecture, b.toolchain_id): b for b in binaries}.values())


def _put_over(shown: Iterable[OwnBinary], arriving: Iterable[OwnBinary]) -> list[OwnBinary]:
    return _newest([*shown, *arriving])
