"""An archive whose snapshots tests make up, and one derived from it that is synced."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tests.builders import new_binary, new_source, sha256_of
from tests.services.installation import ADMINISTRATOR, Installation
from tests.snapshots import HEAD, add_snapshot

from vostok.debian.stanza import index_fields
from vostok.domain.archive import Archive, Suite
from vostok.domain.job import Job, JobState
from vostok.domain.package import DeltaKind
from vostok.domain.sync import Verdict
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import SyncOutcome, SyncRequest

START_VERSIONS = {"brk": "1-1", "libfoo": "1.2-3", "tree": "2-1"}


@dataclass(slots=True, kw_only=True)
class World:
    """An archive `world` whose snapshots are made up, and archives derived from it."""

    base: Installation
    archive: Archive
    suite_id: int

    def offer(self, versions: Mapping[str, str]) -> None:
        """The parent's next snapshot has these sources, each with a binary of its name."""
        with self.base.database.write() as transaction:
            add_snapshot(
                transaction,
                transaction.archives.suite(self.suite_id),
                [new_source(name, version) for name, version in versions.items()],
                [new_binary(name, version) for name, version in versions.items()],
                head=replace(HEAD, release_sha256=sha256_of(str(sorted(versions.items())))),
            )

    def derive(self, **more: object) -> None:
        wanted = DeriveRequest(**{"name": "exp", "parents": ["world/sid"], **more})  # type: ignore[arg-type]  # what each test differs in
        job = self.base.done(self.base.deriving.request(ADMINISTRATOR, wanted))
        assert job.state is JobState.SUCCEEDED, job.message

    def change(self, **what: object) -> Job:
        return self.base.done(self.base.syncing.request(ADMINISTRATOR, request(**what)))

    def plan(self, **what: object) -> SyncOutcome:
        return self.base.syncing.plan(ADMINISTRATOR, request(**what))

    def verdicts(self, **what: object) -> dict[str, Verdict]:
        return {d.source: d.verdict for d in self.plan(**what).decisions}

    def add_local(self, name: str, version: str, base: str | None, *, build: bool = True) -> None:
        """A local change, and its binary if it was built."""
        with self.base.database.write() as transaction:
            transaction.deltas.add(
                self.suite.id,
                kind=DeltaKind.LOCAL_CHANGE,
                sources=[new_source(name, version)],
                binaries=[new_binary(name, version)] if build else [],
                base_version=base,
            )

    def add_rebuild(self, name: str, version: str, suffix: str = "Xexp1") -> None:
        with self.base.database.write() as transaction:
            binary = new_binary(name, version + suffix, source_version=version)
            transaction.deltas.add(
                self.suite.id, kind=DeltaKind.REBUILD, sources=[], binaries=[binary]
            )

    @property
    def suite(self) -> Suite:
        return self.base.suite("exp")

    def shown(self) -> dict[str, str]:
        """Binary -> version in what clients see now."""
        path = "main/binary-amd64/Packages.gz"
        with self.base.database.read() as transaction:
            publication = transaction.publications.numbered(self.suite.id, self.suite.publication)
            index = transaction.publications.find_index(publication.id, path)
        assert index is not None
        stored = self.base.store.path(index.sha256)
        return {
            fields["Package"]: fields["Version"]
            for fields in map(
                index_fields,
                self.base.formats.paragraphs(stored, path),
            )
        }


def request(**what: object) -> SyncRequest:
    return SyncRequest(archive="exp", **({"moves": True} | what))  # type: ignore[arg-type]  # as above
