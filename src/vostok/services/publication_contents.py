"""What a publication shows: the base and what was made here, their sources, their files."""

from collections.abc import Iterable, Sequence
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
    new_delta_ids: frozenset[int]
    build_ids: frozenset[int]
    """Builds whose binaries it shows."""
    held: dict[int, str]
    left_out: Sequence[str]
    """Sentences about packages whose files nobody has any more."""
    base_bytes: int
    """Of the base, if it is shown as a whole: its files are not in `pool` then."""


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
    if derivation_of(suite).unbuilt is Unbuilt.NONE:
        built_here = {binary.source_name for binary in own}
        parents = [binary for binary in parents if binary.source_name in built_here]
    lost = lost_packages(transaction, base)
    binaries, left_out = lost.without(overlaid(parents, own, suite.architectures))
    sources = lost.without_sources(_sources(transaction, suite, binaries, taken, own))
    pool, base_bytes = _pool(transaction, suite, binaries, sources, own)
    return Contents(
        archive=archive,
        suite=suite,
        binaries=binaries,
        sources=sources,
        pool=pool,
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


def _sources(
    transaction: Transaction,
    suite: Suite,
    binaries: Sequence[IndexedBinary],
    taken: Iterable[str],
    own: Iterable[OwnBinary],
) -> list[SourceRelease]:
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
            base, {name for name, _ in needed} | set(taken), with_extra=True
        )
    }
    wanted = {key for key in needed if key in found or key in own_sources}
    current = transaction.packages.sources_named(base, taken)
    wanted |= {(s.name, s.version) for s in current if s.name not in replaced}
    return [own_sources.get(key) or found[key] for key in sorted(wanted)]


def _pool(
    transaction: Transaction,
    suite: Suite,
    binaries: Sequence[IndexedBinary],
    sources: Sequence[SourceRelease],
    own: Iterable[OwnBinary],
) -> tuple[list[IndexFile], int]:
    """The files that a publication names itself, and the size of those that its base names.

    Raises:
        ConflictError: an own file has the path of one of the base, and other bytes (I6).
    """
    base_bytes, is_whole = 0, derivation_of(suite).shows_whole_base
    if is_whole:
        base_bytes = transaction.members.pool_bytes(base_of(suite))
        own_paths = {binary.filename for binary in own}
        own_ids = {source.id for source in transaction.deltas.own_sources(suite.id)}
        binaries = [binary for binary in binaries if binary.filename in own_paths]
        sources = [source for source in sources if source.id in own_ids]
    files = {
        binary.filename: IndexFile(path=binary.filename, size=binary.size, sha256=binary.sha256)
        for binary in binaries
    }
    listed = transaction.packages.files_of_sources([source.id for source in sources])
    for source in sources:
        for name, size, sha256 in listed.get(source.id, []):
            path = f"{source.directory}/{name}"
            files[path] = IndexFile(path=path, size=size, sha256=sha256)
    pool = list(files.values())
    wrong = transaction.publications.contradicted(base_of(suite), pool)
    if is_whole and wrong is not None:
        raise ConflictError(
            f"{wrong.path} was made here, and a parent has other bytes under that name",
            hint="give what was made here another version",
        )
    return pool, base_bytes


def _newest(binaries: Iterable[OwnBinary]) -> list[OwnBinary]:
    """The last of each (name, architecture, toolchain); they come in the order of acceptance."""
    return list({(b.name, b.architecture, b.toolchain_id): b for b in binaries}.values())


def _put_over(shown: Iterable[OwnBinary], arriving: Iterable[OwnBinary]) -> list[OwnBinary]:
    return _newest([*shown, *arriving])
