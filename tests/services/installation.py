"""All services of one installation, put together as `bootstrap` does it, over the fakes."""

import gzip
import lzma
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes import (
    FakeClock,
    FakeContentStore,
    FakeDownloads,
    FakeJobEngine,
    FakeLogStore,
    FakeMirror,
    FakeParentMirrors,
    FakeSigner,
    FakeSwapBuilder,
    FakeVerifier,
)
from tests.services.packages import TinyBinary, TinySource, deb, source_package
from tests.services.parent import MIRROR, SUITE, ParentArchive

from vostok.adapters.chunked_gzip import GzipChunks
from vostok.adapters.database import SqlDatabase, create_engine
from vostok.adapters.deb_reader import AptDebReader
from vostok.adapters.index_formats import AptIndexFormats
from vostok.adapters.person_certificates import SequoiaCertificates
from vostok.domain.access import ANONYMOUS, Principal, Role
from vostok.domain.archive import Archive, Suite
from vostok.domain.attempt import Limits
from vostok.domain.build import Build
from vostok.domain.campaign import Campaign
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.retention import Retention
from vostok.domain.toolchain_source import SwapOrder
from vostok.errors import NotFoundError
from vostok.services.building.build_changes import BuildChangeService
from vostok.services.building.builds import BuildService
from vostok.services.building.claims import BuildTerms
from vostok.services.building.settling import SettleService
from vostok.services.deriving.archive_settings import (
    AskedSettings,
    ChangedSettings,
    SettingService,
)
from vostok.services.deriving.derivations import DeriveRequest, DeriveService
from vostok.services.deriving.syncing import SyncService
from vostok.services.importing.request import ImportRequest
from vostok.services.importing.suites import ImportService
from vostok.services.job_log import Reporter
from vostok.services.job_runner import JobRunner, JobService
from vostok.services.people.guessing import GuessingGuard
from vostok.services.people.persons import PeopleService
from vostok.services.pool.files import FileService
from vostok.services.pool.own_packages import OwnPackages
from vostok.services.ports import Signer, SwapFiles
from vostok.services.publishing.publications import PublishService
from vostok.services.rebuilding.no_change_sources import NoChangeSources
from vostok.services.rebuilding.outgoing import OutgoingService
from vostok.services.rebuilding.planning import RebuildPlanner, RebuildRequest
from vostok.services.rebuilding.preparing import PreparingService
from vostok.services.rebuilding.requests import RebuildService
from vostok.services.rebuilding.sync_rebuilds import SyncRebuilds
from vostok.services.space.collecting import CollectService
from vostok.services.space.deleting import DeleteService
from vostok.services.space.freeing import Freer
from vostok.services.space.storing import StoreService
from vostok.services.toolchains.revisions import ToolchainService
from vostok.services.toolchains.swapping import SwapService
from vostok.services.uploading.judging import Judge
from vostok.services.uploading.spooling import SpoolService, SpoolTerms
from vostok.services.uploading.uploads import UploadService
from vostok.services.views.editions import ViewService
from vostok.services.views.keeping import KeepService
from vostok.services.views.repository import RepositoryWriter
from vostok.services.views.serving import ServingService

ADMINISTRATOR = Principal(name="ann", role=Role.ADMINISTRATOR)
BUILDER = Principal(name="builders", role=Role.BUILDER)
EDITION_SECONDS = 600
ATTEMPTS_MAX = 3
OUTPUT_BYTES_MAX = 1 << 20
LOG_BYTES_MAX = 1 << 10
LEASE_SECONDS = 60
RETENTION = Retention(
    publications_kept=3, publication_age=timedelta(days=1), view_age=timedelta(hours=1)
)


@dataclass(slots=True, kw_only=True)
class Installation:
    """The services and the world around them."""

    clock: FakeClock
    store: FakeContentStore
    formats: AptIndexFormats
    mirror: FakeMirror
    parent: ParentArchive
    signer: Signer
    logs: FakeLogStore
    engine: FakeJobEngine
    swap_builder: FakeSwapBuilder
    database: SqlDatabase
    jobs: JobService
    importing: ImportService
    deriving: DeriveService
    deleting: DeleteService
    files: FileService
    keeping: KeepService
    storing: StoreService
    toolchains: ToolchainService
    preparing: PreparingService
    rebuilding: RebuildService
    outgoing: OutgoingService
    archive_settings: SettingService
    build_changes: BuildChangeService
    builds: BuildService
    guard: GuessingGuard
    people: PeopleService
    spool: SpoolService
    uploading: UploadService
    views: ViewService
    publishing: PublishService
    collecting: CollectService
    serving: ServingService
    settling: SettleService
    syncing: SyncService

    def import_parent(self, architectures: Sequence[str] = ("amd64",)) -> Job:
        """The tiny parent as the archive `debian`; the job, which has ended."""
        job = self.importing.request(
            ADMINISTRATOR,
            ImportRequest(
                name="debian",
                suites=[SUITE],
                components=["main", "contrib"],
                architectures=architectures,
                mirror=MIRROR,
            ),
        )
        return self.done(job)

    def set(self, name: str = "trial", **asked: Any) -> ChangedSettings:  # noqa: ANN401 - each has a type of its own
        """Change settings of an archive as its administrator."""
        return self.archive_settings.set(ADMINISTRATOR, name, AskedSettings(**asked))

    def derive(
        self, name: str = "trial", *, selection: str = "all", toolchain: str | None = None
    ) -> Job:
        """An archive derived from the parent; the job, which has ended."""
        job = self.deriving.request(
            ADMINISTRATOR,
            DeriveRequest(
                name=name,
                parents=[f"debian/{SUITE}"],
                selection=selection,
                toolchain=toolchain,
            ),
        )
        return self.done(job)

    def rebuild(self, selection: str, *, archive: str = "trial") -> Campaign:
        """A campaign whose builds may start."""
        campaign, job, _ = self.rebuilding.request(
            ADMINISTRATOR, RebuildRequest(archive=archive, selection=selection, reason="a test")
        )
        assert self.done(job).state is JobState.SUCCEEDED
        return campaign

    def publish(self, name: str = "trial") -> Job:
        """The job of a publication, which has ended."""
        return self.done(self.publishing.request(ADMINISTRATOR, name))

    def plain_index(self, archive: str, path: str, *, number: int | None = None) -> bytes:
        """An index below `dists/bookworm/` as clients unpack it."""
        try:
            packed = self.serving.archive_index(
                ANONYMOUS, archive, SUITE, f"{path}.gz", number=number
            )
        except NotFoundError:
            packed = self.serving.archive_index(
                ANONYMOUS, archive, SUITE, f"{path}.xz", number=number
            )
            return lzma.decompress(packed.path.read_bytes())
        return gzip.decompress(packed.path.read_bytes())

    def reporter(self, job: Job) -> Reporter:
        """Through which a step of a job tells how far it is."""
        return Reporter(self.database, self.clock, job.id)

    def done(self, job: Job) -> Job:
        """The job after all that waits has been done."""
        self.engine.run_all()
        return self.jobs.show(ADMINISTRATOR, job.id)

    def archive(self, name: str = "trial") -> Archive:
        with self.database.read() as transaction:
            return transaction.archives.named(name)

    def suite(self, name: str = "trial") -> Suite:
        with self.database.read() as transaction:
            return transaction.archives.suites(transaction.archives.named(name).id)[0]

    def build(self, source: str, architecture: str = "amd64", *, name: str = "trial") -> Build:
        """The newest record of a slot."""
        with self.database.read() as transaction:
            archive = transaction.archives.named(name)
            return transaction.builds.of_slot(archive.id, source, architecture)[0]

    def builds_of(self, campaign: Campaign) -> list[Build]:
        with self.database.read() as transaction:
            return transaction.builds.of_campaign(campaign.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """An installation at rest, of which each test gets a copy: made once, as it takes a while."""

    directory: Path
    keys: Mapping[str, str]
    at: datetime


def at_rest(directory: Path, world: Installation) -> Template:
    """A template of an installation that is not used any more."""
    assert isinstance(world.signer, FakeSigner)
    world.database.engine.dispose()
    return Template(directory=directory, keys=world.signer.keys, at=world.clock.last)


def make_installation(
    directory: Path,
    template: Template,
    *,
    signer: Signer | None = None,
    url: str | None = None,
) -> Installation:
    """An installation that goes on where the template was.

    Args:
        directory: the test's own; takes the files.
        template: database, files, keys and moment to begin with.
        signer: a real one, where a test asks gpgv.
        url: of another database, as it is; None: a copy of the template's.
    """
    shutil.copytree(template.directory / "files", directory / "files")
    if url is None:
        shutil.copy(template.directory / "vostok.db", directory / "vostok.db")
        url = f"sqlite:///{directory / 'vostok.db'}"
    database = SqlDatabase(create_engine(url))
    clock = FakeClock(template.at)
    store = FakeContentStore(directory / "files", clock)
    mirror = FakeMirror()
    parent, logs = ParentArchive(), FakeLogStore()
    parent.serve(mirror)
    signer = signer or FakeSigner(template.keys)
    engine = FakeJobEngine(database.engine)
    swap_builder = FakeSwapBuilder(make=lambda order: swapped_gcc(directory, order))
    parents, formats = FakeParentMirrors({SUITE: MIRROR}, parent.keyring), AptIndexFormats()
    jobs = JobService(database, engine, clock)
    guard = GuessingGuard(clock)
    files = FileService(database, store, FakeDownloads(mirror), clock)
    writer = RepositoryWriter(store, GzipChunks(), signer)
    packages = OwnPackages(store, AptDebReader())
    views = ViewService(database, writer, clock, edition_seconds=EDITION_SECONDS)
    toolchains = ToolchainService(database, clock)
    swaps = SwapService(database, files, swap_builder, packages, clock)
    builds = BuildService(database, engine, views, files, store, logs, signer, clock, terms())
    publishing = PublishService(database, jobs, writer, clock)
    freer = Freer(database, store, logs, signer, engine)
    deleting = DeleteService(database, jobs, builds, store, logs, freer, clock, stop_seconds_max=0)
    keeping = KeepService(database, jobs, files, store, clock)
    collecting = CollectService(database, store, clock, RETENTION)
    storing = StoreService(database, jobs, store, logs, signer, deleting, collecting, clock)
    importing = ImportService(
        database, jobs, store, mirror, FakeDownloads(mirror), parents, FakeVerifier(), formats,
        clock,
    )  # fmt: skip
    deriving = DeriveService(
        database, jobs, signer, toolchains, swaps, views, publishing, deleting, clock
    )
    sources = NoChangeSources(database, files, packages, store, clock)
    rebuilding = RebuildService(database, jobs, RebuildPlanner(toolchains), clock)
    preparing = PreparingService(database, swaps, views, builds, sources, clock)
    settling = SettleService(
        database, store, packages, publishing, clock, attempts_max=ATTEMPTS_MAX
    )
    syncing = SyncService(database, jobs, builds, swaps, views, publishing, clock)
    spool = SpoolService(
        database, store, clock, SpoolTerms(file_bytes_max=1 << 20, bytes_max=2 << 20)
    )
    judge = Judge(database, store, files, packages, SequoiaCertificates(), clock)
    uploading = UploadService(
        database, store, spool, judge, packages, builds, jobs, swaps, publishing, clock
    )
    engine.settling = settling
    engine.runner = JobRunner(
        database,
        clock,
        {
            JobKind.IMPORT: importing.steps(),
            JobKind.DERIVE: deriving.steps(),
            JobKind.PREPARE_CAMPAIGN: preparing.steps(),
            JobKind.PREPARE_TOOLCHAIN: uploading.steps(),
            JobKind.PUBLISH: [*publishing.steps(), collecting.step()],
            JobKind.DELETE: deleting.steps(),
            JobKind.SYNC: [*syncing.steps(), SyncRebuilds(database, rebuilding).step()],
            JobKind.FETCH: keeping.steps(),
            JobKind.STORE_STATS: storing.stats_steps(),
            JobKind.STORE_VERIFY: storing.verify_steps(),
            JobKind.STORE_COLLECT: storing.collect_steps(),
        },
        {JobKind.DERIVE: deriving.undo, JobKind.PREPARE_CAMPAIGN: preparing.give_up},
    )
    return Installation(
        clock=clock,
        store=store,
        formats=formats,
        mirror=mirror,
        parent=parent,
        signer=signer,
        logs=logs,
        engine=engine,
        swap_builder=swap_builder,
        database=database,
        jobs=jobs,
        importing=importing,
        deriving=deriving,
        deleting=deleting,
        files=files,
        keeping=keeping,
        storing=storing,
        toolchains=toolchains,
        preparing=preparing,
        rebuilding=rebuilding,
        outgoing=OutgoingService(database, files, clock),
        archive_settings=SettingService(database, keeping, clock),
        build_changes=BuildChangeService(database, builds, clock),
        builds=builds,
        guard=guard,
        people=PeopleService(database, SequoiaCertificates(), guard, clock),
        spool=spool,
        uploading=uploading,
        views=views,
        publishing=publishing,
        collecting=collecting,
        serving=ServingService(database, store, files, views),
        settling=settling,
        syncing=syncing,
    )


def terms() -> BuildTerms:
    """Limits that a test can reach."""
    return BuildTerms(
        limits=Limits(
            wall_seconds_max=60,
            silence_seconds_max=60,
            log_bytes_max=LOG_BYTES_MAX,
            output_bytes_max=OUTPUT_BYTES_MAX,
            memory_bytes_max=1 << 30,
            processes_max=100,
        ),
        heartbeat_seconds=5,
        lease_seconds=LEASE_SECONDS,
    )


def swapped_gcc(directory: Path, order: SwapOrder) -> SwapFiles:
    """The packages of a swap: gcc alone, raised by the order's suffix, with their source."""
    source = TinySource(
        name="gcc-defaults", version=f"1.203{order.suffix}", binaries=(TinyBinary(name="gcc"),)
    )
    name, data = deb(
        "gcc",
        f"4:12.2.0-3{order.suffix}",
        "amd64",
        source=source.name,
        source_version=source.version,
        fields="Depends: gcc-11\n",
    )
    place = directory / "swap"
    place.mkdir(exist_ok=True)
    files = source_package(source)
    for file_name, content in (*files.items(), (name, data)):
        (place / file_name).write_bytes(content)
    return SwapFiles(source_files=tuple(place / file for file in files), binaries=(place / name,))
