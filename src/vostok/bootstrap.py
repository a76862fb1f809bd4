"""The composition root: which adapter stands behind which port."""

import gc
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from vostok.adapters.apt_client import MachineApt
from vostok.adapters.body_receiver import BodyReceiver
from vostok.adapters.chunked_gzip import GzipChunks
from vostok.adapters.clock import SystemClock
from vostok.adapters.content_store import LocalContentStore
from vostok.adapters.database import SqlDatabase, create_engine, migrate
from vostok.adapters.deb_reader import AptDebReader
from vostok.adapters.download import HttpDownloads
from vostok.adapters.engine import (
    DbosClientEngine,
    DbosExecutor,
    WakePipe,
    migrate_job_engine,
)
from vostok.adapters.event_streams.news import NewsStreams
from vostok.adapters.event_streams.pages import PageStreams
from vostok.adapters.fact_files import LocalFactFiles
from vostok.adapters.graph_files import LocalGraphFiles
from vostok.adapters.index_formats import AptIndexFormats
from vostok.adapters.log_store import LocalLogStore
from vostok.adapters.mail_sender import MailServer, SmtpMailSender
from vostok.adapters.mirror import HttpMirror
from vostok.adapters.notice_key import NoticeKey
from vostok.adapters.outgoing_tar import TarMaker
from vostok.adapters.passwords import Argon2Passwords
from vostok.adapters.person_certificates import SequoiaCertificates
from vostok.adapters.signing import LocalSigner, SequoiaVerifier
from vostok.adapters.toolchain_packages import DpkgSwapBuilder
from vostok.adapters.webhook_sender import HttpWebhookSender
from vostok.config import Settings
from vostok.domain.access import ANONYMOUS, Role
from vostok.domain.attempt import Limits
from vostok.domain.job import JobKind
from vostok.domain.retention import Retention
from vostok.domain.webhook import parse_networks
from vostok.errors import InvalidInputError
from vostok.services.building.build_changes import BuildChangeService
from vostok.services.building.builders import BuilderService
from vostok.services.building.builds import BuildService
from vostok.services.building.campaign_ends import CampaignEnds
from vostok.services.building.claims import BuildTerms
from vostok.services.building.settling import SettleService
from vostok.services.comparing.archives import CompareService
from vostok.services.comparing.campaigns import CampaignCompareService
from vostok.services.deed_terms import DeedDatabase, RepeatedRequestService
from vostok.services.deriving.archive_settings import SettingService
from vostok.services.deriving.derivations import DeriveService
from vostok.services.deriving.syncing import SyncService
from vostok.services.describing.badges import BadgeService
from vostok.services.describing.overview import Overview
from vostok.services.describing.queueing import QueueService
from vostok.services.describing.searching import SearchService
from vostok.services.dry_runs import DryRunService
from vostok.services.importing.again import ImportAgainService
from vostok.services.importing.suites import ImportService
from vostok.services.job_runner import JobRunner, JobService
from vostok.services.people.guessing import GuessingGuard
from vostok.services.people.open_id import OPEN_ID_BACK, OpenIdService
from vostok.services.people.passwords import PasswordService
from vostok.services.people.persons import PeopleService
from vostok.services.people.quotas import QuotaService
from vostok.services.people.rights import RightsService
from vostok.services.people.robots import RobotService
from vostok.services.people.sessions import SessionService
from vostok.services.people.standings import StandingService
from vostok.services.people.ways_in import WaysInService
from vostok.services.pool.files import FileService
from vostok.services.pool.own_packages import OwnPackages
from vostok.services.ports import JobEngine, OpenIdProvider, Passwords
from vostok.services.publishing.kept_publications import KeptPublicationService
from vostok.services.publishing.publications import PublishService
from vostok.services.publishing.unkept_files import UnkeptFiles
from vostok.services.rebuilding.no_change_sources import NoChangeSources
from vostok.services.rebuilding.outgoing import OutgoingService
from vostok.services.rebuilding.planning import RebuildPlanner
from vostok.services.rebuilding.preparing import PreparingService
from vostok.services.rebuilding.requests import RebuildService
from vostok.services.rebuilding.sync_rebuilds import SyncRebuilds
from vostok.services.repositories import Database
from vostok.services.revisions import RevisionService
from vostok.services.selection.dependency_graphs import GraphService
from vostok.services.selection.previewing import PreviewService
from vostok.services.selection.source_listing import SourceListService
from vostok.services.space.collecting import CollectService
from vostok.services.space.deleting import DeleteService
from vostok.services.space.freeing import Freer
from vostok.services.space.storing import StoreService
from vostok.services.telling.mailing import MailService
from vostok.services.telling.news import NewsService
from vostok.services.telling.subscriptions import SubscriptionService
from vostok.services.telling.webhooks import WebhookService
from vostok.services.toolchains.revisions import ToolchainService
from vostok.services.toolchains.swapping import SwapService
from vostok.services.uploading.judging import Judge
from vostok.services.uploading.spooling import SpoolService, SpoolTerms
from vostok.services.uploading.uploads import UploadService
from vostok.services.versions.explaining import VersionExplanations
from vostok.services.views.editions import ViewService
from vostok.services.views.keeping import KeepService
from vostok.services.views.repository import RepositoryWriter
from vostok.services.views.serving import ServingService

COLLECTOR_THRESHOLDS = (20_000, 20, 50)
EXECUTOR_ID = "executor-1"
UPLOADS_AT_ONCE_MAX = 16
"""Files of uploads that are received at once, by both doors together."""
ATTEMPT_FILES_AT_ONCE_MAX = 16
"""Files of builds. A builder sends one after another."""
SWEEPS_PER_LEASE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything an entry point can ask for; `url` is the server's address for people."""

    url: str
    database: Database
    repeated_requests: RepeatedRequestService
    revisions: RevisionService
    dry_runs: DryRunService
    people: PeopleService
    robots: RobotService
    passwords: PasswordService
    sessions: SessionService
    ways_in: WaysInService
    open_id: OpenIdService
    rights: RightsService
    standings: StandingService
    jobs: JobService
    importing: ImportService
    import_again: ImportAgainService
    deriving: DeriveService
    deleting: DeleteService
    keeping: KeepService
    storing: StoreService
    spool: SpoolService
    uploading: UploadService
    previewing: PreviewService
    toolchains: ToolchainService
    rebuilding: RebuildService
    outgoing: OutgoingService
    outgoing_tars: TarMaker
    uploaded_bodies: BodyReceiver
    attempt_bodies: BodyReceiver
    archive_settings: SettingService
    version_explanations: VersionExplanations
    build_changes: BuildChangeService
    builds: BuildService
    builders: BuilderService
    publishing: PublishService
    kept_publications: KeptPublicationService
    serving: ServingService
    settling: SettleService
    syncing: SyncService
    source_lists: SourceListService
    queue: QueueService
    quotas: QuotaService
    search: SearchService
    overview: Overview
    badges: BadgeService
    news: NewsService
    news_streams: NewsStreams
    page_streams: PageStreams
    webhooks: WebhookService
    campaign_ends: CampaignEnds
    mail: MailService
    subscriptions: SubscriptionService
    comparing: CompareService
    comparing_campaigns: CampaignCompareService
    runner: JobRunner


def prepare_database(settings: Settings) -> None:
    """Bring the database to this version's schema; a step of its own before anything starts.

    Both our tables and the job engine's: each process does it first, so that they can be started
    in any order, and at the same time.
    """
    settings.data_root.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.database)
    migrate(engine)
    engine.dispose()
    migrate_job_engine(settings.database)


def build_services(
    settings: Settings, *, url: str, passwords: Passwords | None = None
) -> Services:
    """The services of one process.

    Args:
        settings: where everything lies.
        url: the server's address, for what is printed to clients.
        passwords: hashes passwords, by default as dearly as RFC 9106 advises.
    """
    engine = DbosClientEngine(settings.database, _wake_pipe(settings))
    return _assembled(settings, engine, url, passwords or Argon2Passwords())


def _assembled(settings: Settings, engine: JobEngine, url: str, hashes: Passwords) -> Services:
    root = settings.data_root
    graphs = LocalGraphFiles(root / "graphs")
    facts = LocalFactFiles(root / "graphs")
    clock, store = SystemClock(), LocalContentStore(root / "files")
    database = DeedDatabase(
        SqlDatabase(create_engine(settings.database), graphs, facts),
        clock,
        kept_seconds=settings.idempotency_seconds,
    )
    logs, signer = LocalLogStore(root / "logs"), LocalSigner(root / "keys")
    mirror, formats = HttpMirror(), AptIndexFormats()
    jobs = JobService(database, engine, clock)
    downloads = HttpDownloads()
    files = FileService(
        database, store, downloads, clock, answer_seconds=settings.file_answer_seconds
    )
    writer = RepositoryWriter(store, GzipChunks(), signer)
    packages = OwnPackages(store, AptDebReader())
    views = ViewService(database, writer, clock, edition_seconds=settings.edition_seconds)
    toolchains = ToolchainService(database, clock)
    swaps = SwapService(database, files, DpkgSwapBuilder(), packages, clock)
    builds = BuildService(
        database, engine, views, files, store, logs, signer, clock, _terms(settings)
    )
    publishing = PublishService(database, jobs, writer, clock)
    freer = Freer(database, store, logs, signer, engine)
    deleting = DeleteService(
        database, jobs, builds, store, logs, freer, clock, tombstone_days=settings.tombstone_days
    )
    keeping = KeepService(database, jobs, files, store, clock)
    collecting = CollectService(database, store, clock, _retention(settings))
    storing = StoreService(
        database, jobs, store, logs, signer, deleting, collecting, clock,
        grace_seconds=settings.collect_grace_seconds,
    )  # fmt: skip
    deriving = DeriveService(
        database, jobs, signer, toolchains, swaps, views, publishing, deleting, clock
    )
    sources = NoChangeSources(database, files, packages, store, clock)
    rebuilding = RebuildService(database, jobs, RebuildPlanner(toolchains), clock)
    preparing = PreparingService(database, swaps, views, builds, sources, clock)
    importing = ImportService(
        database, jobs, store, mirror, downloads, MachineApt(), SequoiaVerifier(), formats, clock
    )
    syncing = SyncService(database, jobs, builds, swaps, views, publishing, clock)
    graph_service = GraphService(database)
    spool = SpoolService(database, store, clock, _spool_terms(settings))
    certificates = SequoiaCertificates()
    judge = Judge(database, store, files, packages, certificates, clock)
    uploading = UploadService(
        database, store, spool, judge, packages, builds, jobs, swaps, publishing, clock
    )
    guard = GuessingGuard(clock)
    passwords = PasswordService(database, hashes, guard, clock)
    sessions = SessionService(
        database, passwords, guard, clock, session_seconds=settings.session_seconds
    )
    news = NewsService(database, url)
    notice_key, mail_sender = NoticeKey(root / "notice.key"), _mail_sender(settings)
    queue = QueueService(database, clock)
    people = PeopleService(database, certificates, guard, clock)
    rights, quotas = RightsService(database, clock), QuotaService(database, clock)
    kept_publications = KeptPublicationService(database, clock)
    dry_runs = DryRunService(
        rights, quotas, people, kept_publications,
        lambda: PublishService(
            database, jobs, RepositoryWriter(UnkeptFiles(store), GzipChunks(), signer), clock
        ),
        clock,
    )  # fmt: skip
    overview = Overview(database, logs, signer, clock, ANONYMOUS, url)
    return Services(
        url=url,
        database=database,
        repeated_requests=RepeatedRequestService(database, clock),
        revisions=RevisionService(database),
        people=people,
        robots=RobotService(database, clock),
        passwords=passwords,
        sessions=sessions,
        ways_in=WaysInService(database, clock),
        open_id=OpenIdService(
            database,
            sessions,
            _open_id_provider(settings, url),
            guard,
            clock,
            makes_persons=settings.open_id_new_persons,
        ),
        rights=rights,
        standings=StandingService(database),
        quotas=quotas,
        jobs=jobs,
        importing=importing,
        import_again=ImportAgainService(database, importing),
        deriving=deriving,
        deleting=deleting,
        keeping=keeping,
        storing=storing,
        spool=spool,
        uploading=uploading,
        previewing=PreviewService(database),
        toolchains=toolchains,
        rebuilding=rebuilding,
        outgoing=OutgoingService(database, files, clock),
        outgoing_tars=TarMaker(),
        uploaded_bodies=BodyReceiver(UPLOADS_AT_ONCE_MAX),
        attempt_bodies=BodyReceiver(ATTEMPT_FILES_AT_ONCE_MAX),
        archive_settings=SettingService(database, keeping, clock),
        version_explanations=VersionExplanations(database),
        build_changes=BuildChangeService(database, builds, clock),
        builds=builds,
        builders=BuilderService(database, engine, clock),
        publishing=publishing,
        kept_publications=kept_publications,
        dry_runs=dry_runs,
        serving=ServingService(database, store, files, views),
        settling=SettleService(
            database, store, packages, publishing, clock, attempts_max=settings.attempts_max
        ),
        syncing=syncing,
        source_lists=SourceListService(database),
        queue=queue,
        search=SearchService(database),
        overview=overview,
        badges=BadgeService(database, clock),
        news=news,
        news_streams=NewsStreams(news, url),
        page_streams=PageStreams(news, jobs, queue, overview),
        webhooks=WebhookService(
            database,
            HttpWebhookSender(parse_networks(settings.webhook_networks)),
            notice_key,
            clock,
            url,
        ),
        campaign_ends=CampaignEnds(database, clock),
        mail=MailService(
            database,
            mail_sender,
            notice_key,
            clock,
            url,
            pause=timedelta(seconds=settings.mail_seconds),
        ),
        subscriptions=SubscriptionService(
            database, notice_key, clock, is_mailed=mail_sender is not None
        ),
        comparing=CompareService(database),
        comparing_campaigns=CampaignCompareService(database),
        runner=JobRunner(
            database,
            clock,
            {
                JobKind.IMPORT: [*importing.steps(), graph_service.step_of_import()],
                JobKind.PREPARE_GRAPHS: graph_service.steps(),
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
        ),
    )


def _open_id_provider(settings: Settings, url: str) -> OpenIdProvider | None:
    """The provider of identities that the settings name.

    Raises:
        InvalidInputError: its client is missing, or the file with the secret cannot be read.
    """
    if settings.open_id_issuer is None:
        return None
    if settings.open_id_client is None:
        raise InvalidInputError(
            f"open_id_issuer is {settings.open_id_issuer}, and open_id_client is not set",
            hint="set it to the client id that the provider gave",
        )
    secret = _secret_in(settings.open_id_secret_file, "open_id_secret_file")
    # Its libraries take twelve megabytes, of each process.
    from vostok.adapters.open_id import HttpOpenIdProvider  # noqa: PLC0415

    return HttpOpenIdProvider(
        name=settings.open_id_name,
        issuer=settings.open_id_issuer,
        client_id=settings.open_id_client,
        client_secret=secret,
        back=f"{url.rstrip('/')}{OPEN_ID_BACK}",
    )


def _mail_sender(settings: Settings) -> SmtpMailSender | None:
    """The mail server that the settings name.

    Raises:
        InvalidInputError: the sender's address is missing, or the file with the password cannot
            be read.
    """
    if settings.mail_host is None:
        return None
    if settings.mail_from is None:
        raise InvalidInputError(
            f"mail_host is {settings.mail_host}, and mail_from is not set",
            hint="set it to the address that letters come from",
        )
    return SmtpMailSender(
        MailServer(
            host=settings.mail_host,
            port=settings.mail_port,
            security=settings.mail_security,
            sender=settings.mail_from,
            user=settings.mail_user,
            password=_secret_in(settings.mail_password_file, "mail_password_file"),
        )
    )


def _secret_in(file: Path | None, setting: str) -> str | None:
    """What a file that a setting names holds, without the line's end; None without one.

    Raises:
        InvalidInputError: it cannot be read.
    """
    if file is None:
        return None
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{setting} {file} cannot be read: {error}") from error


def _wake_pipe(settings: Settings) -> WakePipe:
    return WakePipe(settings.data_root / "executor.wake")


def build_executor(settings: Settings, services: Services) -> DbosExecutor:
    """What runs jobs and attempts in the executor's process."""
    return DbosExecutor(
        settings.database,
        wake_pipe=_wake_pipe(settings),
        executor_id=EXECUTOR_ID,
        runner=services.runner,
        settling=services.settling,
        sweep=services.builds.sweep,
        submit_due=services.keeping.submit_due,
        sweep_seconds=settings.lease_seconds / SWEEPS_PER_LEASE,
        tidy=lambda: (
            services.deleting.forget_old_tombstones(),
            services.spool.sweep(),
            services.webhooks.tidy(),
            services.mail.tidy(),
        ),
        clock=SystemClock(),
    )


def _retention(settings: Settings) -> Retention:
    return Retention(
        publications_kept=settings.publications_kept,
        publication_age=timedelta(seconds=settings.publication_seconds),
        view_age=timedelta(seconds=settings.view_index_seconds),
    )


def spare_collector() -> None:
    """Have the garbage collector pass over what the start of a process made, and come less often.

    Whole archives are read as hundreds of thousands of tuples, none of them in a cycle; walking
    them and everything imported again and again takes a third of the time of such a request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


def let_in_token_files(settings: Settings, services: Services) -> None:
    """Accept the tokens that lie in the data root: the administrator's and the builders'."""
    for name, role, file in (
        ("administrator", Role.ADMINISTRATOR, settings.admin_token_file),
        ("builders", Role.BUILDER, settings.builder_token_file),
    ):
        if file.exists():
            services.people.let_in(name, role, file.read_text().strip())


def _spool_terms(settings: Settings) -> SpoolTerms:
    return SpoolTerms(
        file_bytes_max=settings.upload_file_bytes_max,
        bytes_max=settings.spool_bytes_max,
        seconds_max=settings.spool_seconds,
    )


def _terms(settings: Settings) -> BuildTerms:
    return BuildTerms(
        limits=Limits(**settings.limits.model_dump()),
        heartbeat_seconds=settings.heartbeat_seconds,
        lease_seconds=settings.lease_seconds,
    )
