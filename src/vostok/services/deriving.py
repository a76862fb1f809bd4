"""Deriving an archive: one row, a key, the toolchain's packages, a first publication."""

from collections.abc import Sequence

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    RebuildPolicy,
    Suite,
    check_archive_name,
    check_tag,
    parse_parent,
    tag_of,
)
from vostok.domain.job import Job, JobKind
from vostok.domain.package import Membership
from vostok.domain.selection import selected_names
from vostok.errors import ConflictError, GoneError, InvalidInputError, NotFoundError
from vostok.services.deleting import DeleteService
from vostok.services.job_runner import Carry, JobService, Reporter, Step
from vostok.services.ports import Clock, Signer
from vostok.services.publishing import PublishService
from vostok.services.repositories import Database, Transaction
from vostok.services.swapping import SwapService
from vostok.services.toolchains import ToolchainService
from vostok.services.views import ViewService


class DeriveService:
    """Derives archives."""

    def __init__(
        self,
        database: Database,
        jobs: JobService,
        signer: Signer,
        toolchains: ToolchainService,
        swaps: SwapService,
        views: ViewService,
        publishing: PublishService,
        deleting: DeleteService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._jobs = jobs
        self._signer = signer
        self._toolchains = toolchains
        self._swaps = swaps
        self._views = views
        self._publishing = publishing
        self._deleting = deleting
        self._clock = clock

    def request(
        self,
        principal: Principal,
        *,
        name: str,
        parent: str,
        selection: str,
        architectures: Sequence[str] | None,
        toolchain: str | None,
        tag: str | None,
    ) -> Job:
        """A job that derives an archive. Everything that can be refused is refused here."""
        require(principal, Action.CREATE_ARCHIVE, name)
        require(principal, Action.DERIVE_FROM, parent)
        check_archive_name(name)
        letters = check_tag(tag if tag is not None else tag_of(name))
        with self._database.write() as transaction:
            base, wanted = _parent(transaction, parent, architectures)
            members = Membership(suite_id=base.id, number=base.snapshot)
            taken = selected_names(selection, transaction.packages.source_names(members))
            chosen = None
            if toolchain is not None:
                chosen = transaction.toolchains.named(toolchain)
                self._toolchains.check_possible(transaction, chosen, members, wanted)
            archive = transaction.archives.add(
                name=name,
                kind=ArchiveKind.DERIVED,
                at=self._clock.now(),
                requested_by=principal.name,
                tag=letters,
                policy=RebuildPolicy.ON_REQUEST,
                toolchain_id=None if chosen is None else chosen.id,
            )
            transaction.archives.add_suite(
                archive_id=archive.id,
                name=base.codename,
                codename=base.codename,
                components=base.components,
                architectures=wanted,
                parent_suite_id=base.id,
                parent_snapshot=base.snapshot,
                selection=selection,
                taken=len(taken),
            )
            return self._jobs.submit(
                transaction,
                JobKind.DERIVE,
                archive=name,
                arguments={"archive": name, "archive_id": archive.id},
                principal=principal,
            )

    def steps(self) -> list[Step]:
        """The parts of a derive job."""
        return [
            Step(name="key", do=self._make_key),
            Step(name="toolchain", do=self._swap_toolchain),
            Step(name="publish", do=self._publish),
        ]

    def undo(self, job: Job, _reason: str) -> None:
        """Take a half-made archive away, as if it had never been asked for."""
        self._deleting.remove_unfinished(int(str(job.arguments["archive_id"])))

    def _make_key(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("making the signing key")
        archive, _ = self._load(job)
        if archive.key_fingerprint is None:
            fingerprint = self._signer.create(archive.name)
            with self._database.write() as transaction:
                transaction.archives.set_key(archive.id, fingerprint)
        return {}

    def _swap_toolchain(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        archive, suite = self._load(job)
        if archive.toolchain_id is not None:
            self._swaps.prepare(archive, suite, archive.toolchain_id, report)
        with self._database.write() as transaction:
            self._views.cut_edition_if_due(transaction, suite, is_idle=True)
        return {}

    def _publish(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("publishing for the first time")
        archive, suite = self._load(job)
        published = self._publishing.publish(archive, suite, "derived")
        with self._database.write() as transaction:
            current = transaction.archives.by_id(archive.id)
            if current is not None and current.state is ArchiveState.PREPARING:
                transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
        return {
            "message": f"{archive.name} is derived; {published['message']}",
            "archive": archive.name,
            "publication": published["publication"],
        }

    def _load(self, job: Job) -> tuple[Archive, Suite]:
        with self._database.read() as transaction:
            archive = transaction.archives.by_id(int(str(job.arguments["archive_id"])))
            if archive is None:
                raise GoneError(f"the archive {job.arguments['archive']} was deleted")
            return archive, transaction.archives.suites(archive.id)[0]


def _parent(
    transaction: Transaction, text: str, architectures: Sequence[str] | None
) -> tuple[Suite, tuple[str, ...]]:
    """The suite to derive from, and the architectures asked of it."""
    archive_name, suite_name = parse_parent(text)
    archive = transaction.archives.named(archive_name)
    if archive.kind is not ArchiveKind.EXTERNAL:
        raise InvalidInputError(
            f"{archive_name} is itself derived; nothing can be derived from it yet",
            hint="name an imported archive: --parent debian/bookworm",
        )
    if archive.state is not ArchiveState.ACTIVE:
        raise ConflictError(f"the archive {archive_name} is {archive.state}, not active")
    suite = transaction.archives.find_suite(archive.id, suite_name)
    if suite is None:
        there = ", ".join(s.name for s in transaction.archives.suites(archive.id))
        raise NotFoundError(
            f"the archive {archive_name} has no suite {suite_name}", hint=f"it has {there}"
        )
    if suite.snapshot == 0:
        raise ConflictError(f"{text} has not been imported yet", hint="vostok archive import …")
    wanted = tuple(dict.fromkeys(architectures)) if architectures else suite.architectures
    missing = [architecture for architecture in wanted if architecture not in suite.architectures]
    if missing:
        raise InvalidInputError(
            f"{text} has no architecture {', '.join(missing)}",
            hint=f"it was imported with {', '.join(suite.architectures)}",
        )
    return suite, wanted
