"""What an upload is held against: the archive, what was accepted before, and versions there."""

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Suite
from vostok.domain.rebuild_version.issuing import check_raised
from vostok.domain.upload import (
    UploadSlot,
    upload_slots,
)
from vostok.errors import (
    ConflictError,
    InvalidInputError,
)
from vostok.services.ports import SignedBytes
from vostok.services.repositories import Transaction
from vostok.services.toolchains.revisions import facts_of
from vostok.services.uploading.judging import Judged
from vostok.services.views.editions import base_of


def taking_uploads(archive: Archive) -> Archive:
    """The archive, if people can upload to it.

    Raises:
        InvalidInputError: it is somebody else's.
        ConflictError: it is being made or deleted.
    """
    if archive.kind is not ArchiveKind.DERIVED:
        raise InvalidInputError(
            f"{archive.name} is an image of somebody else's archive; it takes no uploads",
            hint=f"derive one from it: vostok archive derive NAME --parent {archive.name}/SUITE",
        )
    if archive.state is not ArchiveState.ACTIVE:
        raise ConflictError(
            f"the archive {archive.name} is {archive.state}, not active",
            hint="see what is at work: vostok job list",
        )
    return archive


def check_unused(transaction: Transaction, signed: SignedBytes) -> None:
    """Nothing, if a signature was not accepted before, in any archive.

    Raises:
        ConflictError: it was.
    """
    known = transaction.uploads.with_signature(signed.digest)
    if known is not None:
        raise ConflictError(
            f"this very signature was accepted before, as upload {known.id}",
            hint="each .changes is accepted once; give the next upload a higher version",
        )


def check_binaries_raised(transaction: Transaction, suite: Suite, judged: Judged) -> None:
    """Uploaded binaries must rise above those of their names, whoever made these."""
    base = base_of(suite)
    own = {
        (binary.name, binary.architecture): binary.version
        for binary in transaction.deltas.own_binaries_of(suite.id, judged.source.name)
        if binary.toolchain_id is None
    }
    for architecture in suite.architectures:
        names = [b.name for b in judged.binaries if b.architecture in (architecture, "all")]
        if not names:
            continue
        there = transaction.packages.binaries_matching(
            base, architecture=architecture, patterns=names
        )
        present = {facts.name: facts.version for facts in map(facts_of, there)}
        for binary in judged.binaries:
            for version in (
                present.get(binary.name) if binary.name in names else None,
                own.get((binary.name, binary.architecture)),
            ):
                if version is not None:
                    check_raised(binary.name, published=version, built=binary.version)


def present_version(transaction: Transaction, suite: Suite, source: str) -> str:
    """What the archive has of a source, its own or its parents'; empty if neither has it."""
    local = transaction.uploads.current_sources(suite.id, [source])
    if local:
        return local[-1].version
    there = transaction.packages.sources_named(base_of(suite), [source])
    return there[0].version if there else ""


def all_slots(judged: Judged, suite: Suite) -> list[UploadSlot]:
    """What would be built if the source had come alone."""
    return upload_slots(judged.source.architecture, suite.architectures, suite.architecture_of_all)


def slots_left(judged: Judged, suite: Suite) -> list[UploadSlot]:
    """What is left to be built, once binaries of some architectures came with the source."""
    came = {binary.architecture for binary in judged.binaries}
    return [slot for slot in all_slots(judged, suite) if slot.architecture not in came]
