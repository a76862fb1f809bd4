"""What most tests of the database begin with: an imported archive and one derived from it."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from tests.builders import NOW, new_binary, new_build, new_source
from tests.snapshots import add_snapshot

from vostok.adapters.database import SqlDatabase, SqlTransaction, schema
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, RebuildPolicy, Suite
from vostok.domain.build import Attempt, Build, BuildState, NewBuild
from vostok.domain.campaign import Campaign, CampaignState
from vostok.domain.derivation import Derivation, DerivationMode, Parent, Unbuilt
from vostok.domain.package import DeltaKind, Membership, NewBinary, NewSource
from vostok.domain.snapshot import Snapshot

HELLO = new_source("hello", "2.10-3")
MIRROR = "http://deb.example.org/debian"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A database, a parent with one snapshot, and an archive derived from it."""

    database: SqlDatabase
    parent: Archive
    parent_suite: Suite
    archive: Archive
    suite: Suite
    hello_id: int
    """The source release that builds are of, unless a test needs another."""

    @property
    def base(self) -> Membership:
        """The parent's packages at the snapshot that the archive is derived from."""
        return Membership(suite_id=self.parent_suite.id, number=1)

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A reading transaction."""
        with self.database.read() as transaction:
            yield transaction

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """A writing transaction."""
        with self.database.write() as transaction:
            yield transaction

    def take_snapshot(
        self, sources: Iterable[NewSource] = (), binaries: Iterable[NewBinary] = ()
    ) -> Snapshot:
        """The parent's next snapshot."""
        with self.write() as transaction:
            suite = transaction.archives.suite(self.parent_suite.id)
            return snapshot_of(transaction, suite, sources, binaries)

    def add_binaries(
        self,
        *binaries: NewBinary,
        kind: DeltaKind = DeltaKind.REBUILD,
        toolchain_id: int | None = None,
        build_id: int | None = None,
    ) -> None:
        """Store own binaries of the derived suite, in one transaction."""
        with self.write() as transaction:
            transaction.deltas.add(
                self.suite.id,
                kind=kind,
                sources=[],
                binaries=binaries,
                toolchain_id=toolchain_id,
                build_id=build_id,
            )

    def add_source(self, name: str) -> int:
        """The id of a source release of the derived suite's own."""
        with self.write() as transaction:
            transaction.deltas.add(
                self.suite.id,
                kind=DeltaKind.LOCAL_CHANGE,
                sources=[new_source(name)],
                binaries=[],
            )
            own = transaction.deltas.own_sources(self.suite.id)
            return next(source.id for source in own if source.name == name)

    def add_toolchain(self, name: str = "gcc-11") -> int:
        """The id of a toolchain's first revision."""
        with self.write() as transaction:
            spec = {"compilers": {"gcc": "gcc-11"}}
            return transaction.toolchains.add(name, 1, spec, by="andrea", at=NOW).id

    def cut_edition(self) -> int:
        """The derived suite's next edition."""
        with self.write() as transaction:
            return transaction.deltas.cut_edition(self.suite.id, NOW)

    def publish(self, *names: str) -> int:
        """A publication that shows the waiting binaries of these names, or all; its number."""
        with self.write() as transaction:
            number = transaction.archives.suite(self.suite.id).publication + 1
            waiting = transaction.deltas.unpublished_binaries(self.suite.id)
            chosen = [b.delta_id for b in waiting if not names or b.name in names]
            transaction.publications.add(
                self.suite.id,
                number,
                derivation=1,
                at=NOW,
                reason="a test",
                sources=0,
                binaries=len(chosen),
                indices=[],
                pool=[],
            )
            transaction.deltas.publish(self.suite.id, number, chosen)
            return number

    def request(
        self, *builds: NewBuild, score: int = 0, state: CampaignState = CampaignState.READY
    ) -> list[Build]:
        """A campaign with these builds, by default one of `hello`; its records."""
        wanted = builds or (new_build(self.hello_id),)
        with self.write() as transaction:
            campaign = add_campaign(transaction, self.archive.id)
            transaction.campaigns.set_state(campaign.id, state, "a test")
            transaction.builds.add(
                self.archive.id, self.suite.id, campaign.id, wanted,
                score=score, actor="andrea", at=NOW, why="requested",
            )  # fmt: skip
            return transaction.builds.of_campaign(campaign.id)

    def begin_attempt(self, build: Build, *, builder: str = "host-1") -> tuple[Build, Attempt]:
        """The build in state `building`, with its next attempt."""
        with self.write() as transaction:
            attempt = add_attempt(transaction, build, builder=builder)
            current = transaction.builds.by_id(build.id)
            moved = transaction.builds.move(current, BuildState.BUILDING, actor=builder, at=NOW)
            return moved, attempt

    def move(self, build: Build, *states: BuildState) -> Build:
        """The build after it went through these states."""
        with self.write() as transaction:
            for state in states:
                build = transaction.builds.move(build, state, actor="vostok", at=NOW)
            return build

    def build(self, build_id: int) -> Build:
        """The record as it is now."""
        with self.read() as transaction:
            return transaction.builds.by_id(build_id)

    def all_rows(self) -> dict[str, set[str]]:
        """Every row of every table, as text."""
        with self.database.engine.connect() as connection:
            return {
                table.name: {repr(row) for row in connection.execute(sa.select(table))}
                for table in schema.metadata.sorted_tables
            }

    def row_counts(self) -> dict[str, int]:
        """How many rows each table has; tables without any are left out."""
        with self.database.engine.connect() as connection:
            counts = {
                table.name: connection.execute(
                    sa.select(sa.func.count()).select_from(table)
                ).scalar_one()
                for table in schema.metadata.sorted_tables
            }
        return {name: count for name, count in counts.items() if count}


def derived_archive(database: SqlDatabase) -> Stage:
    """An archive `trial` derived from `debian/bookworm`, whose only package is `hello`."""
    with database.write() as transaction:
        parent, parent_suite = add_external(transaction, "debian")
        snapshot_of(transaction, parent_suite, [HELLO], [new_binary()])
        archive, suite = add_derived(transaction, "trial", parent_suite)
        base = Membership(suite_id=parent_suite.id, number=1)
        [hello] = transaction.packages.sources_named(base, ["hello"])
    return Stage(
        database=database,
        parent=parent,
        parent_suite=parent_suite,
        archive=archive,
        suite=suite,
        hello_id=hello.id,
    )


def add_external(transaction: SqlTransaction, name: str) -> tuple[Archive, Suite]:
    """An image of somebody else's archive, and its suite `bookworm`, without a snapshot."""
    archive = transaction.archives.add(
        name=name, kind=ArchiveKind.EXTERNAL, at=NOW, requested_by="andrea"
    )
    transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
    suite = transaction.archives.add_suite(
        archive_id=archive.id,
        name="bookworm",
        codename="bookworm",
        components=["main"],
        architectures=["amd64", "arm64"],
        mirror=MIRROR,
    )
    return archive, suite


def add_derived(
    transaction: SqlTransaction, name: str, parent: Suite, *, tag: str = "trial"
) -> tuple[Archive, Suite]:
    """An active archive derived from a suite at its first snapshot, with a suite `bookworm`."""
    archive = transaction.archives.add(
        name=name,
        kind=ArchiveKind.DERIVED,
        at=NOW,
        requested_by="andrea",
        tag=tag,
        policy=RebuildPolicy.ON_REQUEST,
    )
    transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
    suite = transaction.archives.add_suite(
        archive_id=archive.id,
        name="bookworm",
        codename="bookworm",
        components=["main"],
        architectures=["amd64", "arm64"],
    )
    transaction.derivations.add(suite.id, derivation_from(parent))
    return archive, transaction.archives.suite(suite.id)


def derivation_from(
    parent: Suite, *, number: int = 1, snapshot: int = 1, selection: str = "all"
) -> Derivation:
    """A derivation that has one suite of the archive `debian` as its whole base."""
    members = Membership(suite_id=parent.id, number=snapshot)
    return Derivation(
        number=number,
        at=NOW,
        requested_by="andrea",
        reason="a test",
        selection=selection,
        is_all=selection == "all",
        taken=0,
        mode=DerivationMode.FULL,
        unbuilt=Unbuilt.PARENT,
        base=members,
        parents=(
            Parent(
                archive="debian",
                suite_id=parent.id,
                suite=parent.name,
                number=snapshot,
                members=members,
            ),
        ),
    )


def snapshot_of(
    transaction: SqlTransaction,
    suite: Suite,
    sources: Iterable[NewSource] = (),
    binaries: Iterable[NewBinary] = (),
) -> Snapshot:
    """The next snapshot of a suite."""
    return add_snapshot(transaction, suite, sources, binaries)


def add_campaign(
    transaction: SqlTransaction, archive_id: int, *, architectures: Sequence[str] = ("amd64",)
) -> Campaign:
    """The archive's next campaign."""
    return transaction.campaigns.add(
        archive_id,
        reason="to see what breaks",
        requested_by="andrea",
        selection="all",
        architectures=architectures,
        toolchain_id=None,
        dependencies="own",
        at=NOW,
    )


def add_attempt(
    transaction: SqlTransaction, build: Build, *, builder: str = "host-1", edition: int = 0
) -> Attempt:
    """The build's next attempt; its tokens are made of its builder and number."""
    view = transaction.publications.ensure_view(
        build.suite_id,
        derivation=1,
        edition=edition,
        toolchain_id=None,
        dependencies="own",
        at=NOW,
    )
    return transaction.builds.add_attempt(
        build,
        builder=builder,
        edition=edition,
        view_id=view.id,
        token_hash=f"token of {build.id}.{build.attempt + 1}",
        view_token_hash=f"view token of {build.id}.{build.attempt + 1} on {builder}",
        at=NOW,
    )
