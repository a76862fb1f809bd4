"""Snapshots that tests make up, stored the way an import stores them."""

import hashlib
from collections.abc import Iterable, Sequence

from tests.builders import NOW, sha256_of

from vostok.adapters.database.connection import SqlTransaction
from vostok.adapters.database.release_spool import ReleaseSpool
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Suite
from vostok.domain.index_plan import PartKind, PartName
from vostok.domain.package import NewBinary, NewSource
from vostok.domain.snapshot import PartChange, Snapshot, SnapshotHead

HEAD = SnapshotHead(
    at=NOW,
    release_date=NOW,
    release_sha256=sha256_of("InRelease"),
    signed_by="0123456789ABCDEF",
)


def add_image(
    transaction: SqlTransaction, name: str, architectures: Sequence[str] = ("amd64",)
) -> tuple[Archive, Suite]:
    """Somebody else's archive with a suite `sid`, of which there is no snapshot yet."""
    archive = transaction.archives.add(
        name=name, kind=ArchiveKind.EXTERNAL, at=NOW, requested_by="ann"
    )
    transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
    suite = transaction.archives.add_suite(
        archive_id=archive.id,
        name="sid",
        codename="sid",
        components=["main"],
        architectures=architectures,
        mirror=f"http://mirror.example.org/{name}",
    )
    return archive, suite


def add_snapshot(  # noqa: PLR0913 - one argument for each kind of what it lists
    transaction: SqlTransaction,
    suite: Suite,
    sources: Iterable[NewSource] = (),
    binaries: Iterable[NewBinary] = (),
    *,
    udebs: Iterable[NewBinary] = (),
    head: SnapshotHead = HEAD,
) -> Snapshot:
    """The next snapshot of a suite, which lists just these."""
    listed: dict[PartName, dict[bytes, None]] = {}
    with ReleaseSpool() as spool:
        for source in sources:
            part = PartName(kind=PartKind.SOURCES, component=source.component)
            spool.add_source(digest(source.stanza), source)
            listed.setdefault(part, {})[digest(source.stanza)] = None
        for kind, packages in ((PartKind.BINARIES, binaries), (PartKind.UDEBS, udebs)):
            for binary in packages:
                part = PartName(
                    kind=kind, component=binary.component, architecture=binary.index_architecture
                )
                spool.add_binary(digest(binary.stanza), binary)
                listed.setdefault(part, {})[digest(binary.stanza)] = None
        for part in transaction.snapshots.parts(suite.id):
            listed.setdefault(part, {})
        changes = []
        for part, digests in listed.items():
            current = transaction.snapshots.stanza_digests(suite.id, part)
            changes.append(
                PartChange(
                    part=part,
                    gone=[package for d, package in current.items() if d not in digests],
                    come=[d for d in digests if d not in current],
                )
            )
        return transaction.snapshots.add(suite, head, changes, spool)


def digest(stanza: str) -> bytes:
    """The SHA-256 of a stanza's text."""
    return hashlib.sha256(stanza.encode()).digest()
