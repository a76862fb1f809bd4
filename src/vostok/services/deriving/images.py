"""Images of what publications of derived suites showed: the snapshots that others derive from."""

from collections.abc import Sequence
from dataclasses import dataclass

from vostok.domain.archive import ArchiveState, Suite, SuiteRole
from vostok.domain.package import BinaryMember, Membership, SourceMember
from vostok.domain.publication import ALL
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import taken_sources
from vostok.services.views.editions import owner_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What a publication of a derived suite showed, worked out but not stored yet."""

    suite: Suite
    sources: Sequence[SourceMember]
    binaries: Sequence[BinaryMember]


def image_of(transaction: Transaction, suite: Suite) -> Membership:
    """The whole base of a derived suite with what its newest publication puts over it.

    Only the sources that the suite takes can be taken by those who derive from it; the others
    are there, as extra ones, so that builds find their dependencies. O(archive) once for each
    publication, unless `store_image` did it.
    """
    place = _place(transaction, suite)
    if place is None or place.snapshot < suite.publication:
        place = _stored(transaction, _read(transaction, suite))
    return Membership(suite_id=place.id, number=suite.publication)


def is_image_stored(transaction: Transaction, suite: Suite) -> bool:
    """Whether `image_of` only reads, or there is no publication to be read."""
    place = _place(transaction, suite)
    return not suite.publication or (place is not None and place.snapshot >= suite.publication)


def missing_image(transaction: Transaction, suite: Suite) -> Image | None:
    """What `image_of` would have to store; None if it is there. O(archive)."""
    return None if is_image_stored(transaction, suite) else _read(transaction, suite)


def store_image(transaction: Transaction, image: Image) -> None:
    """Store an image that was read in a transaction before, if its archive is still there."""
    archive = transaction.archives.by_id(image.suite.archive_id)
    if archive is None or archive.state is not ArchiveState.ACTIVE:
        return
    if not is_image_stored(transaction, image.suite):
        _stored(transaction, image)


def _place(transaction: Transaction, suite: Suite) -> Suite | None:
    return transaction.archives.find_suite(suite.archive_id, suite.name, SuiteRole.IMAGE)


def _read(transaction: Transaction, suite: Suite) -> Image:
    sources, binaries = shown_members(transaction, suite, suite.publication)
    return Image(suite=suite, sources=sources, binaries=binaries)


def _stored(transaction: Transaction, image: Image) -> Suite:
    """The image's place. Of several who read it at the same time, the first one stores it."""
    suite = image.suite
    transaction.archives.lock(suite.archive_id)
    place = _place(transaction, suite)
    if place is not None and place.snapshot >= suite.publication:
        return place
    place = place or transaction.archives.add_suite(
        archive_id=suite.archive_id,
        name=suite.name,
        codename=suite.codename,
        components=suite.components,
        architectures=suite.architectures,
        role=SuiteRole.IMAGE,
    )
    transaction.members.replace(
        place.id, suite.publication, sources=image.sources, binaries=image.binaries
    )
    transaction.archives.set_snapshot(place.id, suite.publication)
    return place


def shown_members(
    transaction: Transaction, suite: Suite, publication: int
) -> tuple[list[SourceMember], list[BinaryMember]]:
    """The base of a suite under what a publication puts over it; not taken sources as extra ones.

    O(archive).
    """
    shown = transaction.publications.numbered(suite.id, publication)
    derivation = transaction.derivations.numbered(suite.id, shown.derivation)
    taken = taken_sources(transaction, suite, derivation.number)
    archive = owner_of(transaction, suite)
    hidden = {binary.id for binary in transaction.publications.not_built(suite.id, publication)}
    entries: dict[tuple[str, str], BinaryMember] = {}
    own_versions: dict[str, set[str]] = {}
    for own in transaction.deltas.published_binaries(suite.id, publication):
        if own.toolchain_id not in (None, archive.toolchain_id) or own.binary_id in hidden:
            continue
        own_versions.setdefault(own.source_name, set()).add(own.source_version)
        places = suite.architectures if own.architecture == ALL else (own.architecture,)
        for architecture in places:
            entries[own.name, architecture] = BinaryMember(
                id=own.binary_id,
                name=own.name,
                version=own.version,
                architecture=own.architecture,
                source_name=own.source_name,
                source_version=own.source_version,
                sha256=own.sha256,
                component=own.component,
                index_architecture=architecture,
            )
    binaries = [
        binary
        for binary in transaction.members.binaries(derivation.base)
        if binary.id not in hidden and (binary.name, binary.index_architecture) not in entries
    ]
    binaries.extend(entries.values())
    own_sources = {
        source.name: source
        for source in transaction.deltas.own_sources(suite.id)
        if source.version in own_versions.get(source.name, ())
    }
    sources = [
        SourceMember(
            id=source.id,
            name=source.name,
            version=source.version,
            architecture=source.architecture,
            component=source.component,
            is_extra=source.name not in taken,
        )
        for source in own_sources.values()
    ]
    sources += [
        source._replace(
            is_extra=source.is_extra or source.name not in taken or source.name in own_sources
        )
        for source in transaction.members.sources(derivation.base)
    ]
    return sources, binaries
