"""Deriving an archive: one row, a key, the toolchain's packages, a first publication."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import cast

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    Keep,
    RebuildPolicy,
    Serve,
    Suite,
    check_archive_name,
    check_tag,
    tag_of,
)
from vostok.domain.derivation import (
    DerivationMode,
    OnRemoval,
    Parent,
    ParentRequest,
    Unbuilt,
    check_mode,
    check_parents,
    parse_parent,
)
from vostok.domain.job import Job, JobKind
from vostok.domain.quota import Asked
from vostok.domain.rebuild_version.schemes import VersionScheme, check_vendor
from vostok.errors import GoneError, InvalidInputError
from vostok.services.audit import note
from vostok.services.deriving.composing import (
    Ready,
    Terms,
    add_derivation,
    are_stored,
    first_ingredients,
    parent_now,
    ready_for,
    store_parents,
)
from vostok.services.deriving.deed_words import derived_words, taken_words
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService, Step
from vostok.services.people.quotas import hold_room_of_owner
from vostok.services.people.rights import give_to_maker
from vostok.services.ports import Clock, Signer
from vostok.services.publishing.publications import PublishService
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.estimating import DerivationPlan, check_builders, planned
from vostok.services.selection.selecting import taken_sources
from vostok.services.space.deleting import DeleteService
from vostok.services.toolchains.revisions import ToolchainService
from vostok.services.toolchains.swapping import SwapService
from vostok.services.versions.settings import proof_sentences, prove_scheme
from vostok.services.views.editions import ViewService, derivation_of

NAME_OF_NOBODY = "~"
"""Of the archive that an estimate without a name makes and undoes: no real one can have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeriveRequest:
    """An archive that somebody wants to derive.

    Attributes:
        parents: each `ARCHIVE[/SUITE][:RANK][:only=EXPR]`; the first one gives the suite's name.
        architectures: None: all of the first parent.
        is_private: whether only those see it, from the first moment on, who have a right on it.
            What has a private parent is private whatever is asked for.
    """

    name: str
    parents: Sequence[str]
    selection: str = "all"
    architectures: Sequence[str] | None = None
    toolchain: str | None = None
    tag: str | None = None
    mode: DerivationMode = DerivationMode.FULL
    unbuilt: Unbuilt = Unbuilt.PARENT
    on_removal: OnRemoval = OnRemoval.DROP
    keep: Keep = Keep.NEEDED
    serve: Serve = Serve.FETCH
    scheme: VersionScheme = VersionScheme.SAFE
    vendor: str = ""
    is_private: bool = False


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

    def request(self, principal: Principal, request: DeriveRequest) -> Job:
        """A job that derives an archive. Everything that can be refused is refused here."""
        require(principal, Action.CREATE_ARCHIVE, request.name)
        check_archive_name(request.name)
        letters = check_tag(request.tag if request.tag is not None else tag_of(request.name))
        wanted = _parents(request)
        store_parents(self._database, principal, wanted)
        with self._database.read() as transaction:
            ready = _ready(transaction, principal, request, wanted)
        with self._database.write() as transaction:
            archive, suite = self._derived(transaction, principal, request, wanted, letters, ready)
            notes = _notes(transaction, archive, suite)
            arguments = {"archive": request.name, "archive_id": archive.id, "notes": notes}
            asked = derived_words(archive, suite, request.toolchain)
            with self._at_once(transaction, archive, suite, notes) as result:
                if result is None:
                    return self._jobs.submit(
                        transaction,
                        JobKind.DERIVE,
                        archive=request.name,
                        arguments=arguments,
                        principal=principal,
                        asked=asked,
                    )
                return self._jobs.done(
                    transaction,
                    JobKind.DERIVE,
                    archive=request.name,
                    arguments=arguments,
                    principal=principal,
                    result=result,
                    asked=asked,
                    fact=taken_words(suite),
                )

    @contextmanager
    def _at_once(
        self, transaction: Transaction, archive: Archive, suite: Suite, notes: Sequence[str]
    ) -> Iterator[Carry | None]:
        """The result of a derivation that is done here and now, as it shows its parent's files.

        None if it needs a job. The key is made before the transaction commits, and destroyed if
        it does not.
        """
        if archive.toolchain_id is not None or not self._publishing.is_whole_copy(
            transaction, archive, suite
        ):
            yield None
            return
        fingerprint = self._signer.create(archive.name)
        try:
            transaction.archives.set_key(archive.id, fingerprint)
            published = self._publishing.publish_whole_copy(
                transaction, replace(archive, key_fingerprint=fingerprint), suite, "derived"
            )
            if published is None:
                yield None
            else:
                transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
                yield _derived_words(archive, published, notes)
        except BaseException:
            self._signer.delete(fingerprint)
            raise

    def estimate(
        self, principal: Principal, request: DeriveRequest, *, builders: int | None = None
    ) -> DerivationPlan:
        """What the request would derive, and what building it would take.

        All is done as for a real one, and undone. Without a name only name and tag stay
        unchecked. O(archive). On SQLite others wait to write meanwhile, but not while sources are
        selected, and not while is estimated what several parents were not put together for.

        Args:
            principal: who asks.
            request: as for a real one, or without a name.
            builders: how many each architecture has; None: those known here.

        Raises:
            InvalidInputError: as for a real request, or no such number of builders.
        """
        require(principal, Action.CREATE_ARCHIVE, request.name or "a new archive")
        check_builders(builders)
        letters = ""
        if request.name:
            check_archive_name(request.name)
            letters = check_tag(request.tag if request.tag is not None else tag_of(request.name))
        wanted = _parents(request)
        with self._database.read() as transaction:
            ready = _ready(transaction, principal, request, wanted)
        with self._database.trial() as transaction:
            named = replace(request, name=request.name or NAME_OF_NOBODY)
            archive, suite = self._derived(transaction, principal, named, wanted, letters, ready)
            notes = _notes(transaction, archive, suite)
            names = taken_sources(transaction, suite)
            derivation = derivation_of(suite)
            if derivation.base != derivation.parents[0].members:  # it goes with the trial
                plan = planned(transaction, archive, suite, names, builders)
                return replace(plan, notes=notes)
        with self._database.read() as transaction:
            plan = planned(transaction, archive, suite, names, builders)
        return replace(plan, notes=notes)

    def _derived(
        self,
        transaction: Transaction,
        principal: Principal,
        request: DeriveRequest,
        wanted: Sequence[ParentRequest],
        letters: str,
        ready: Ready | None = None,
    ) -> tuple[Archive, Suite]:
        found = [parent_now(transaction, principal, parent) for parent in wanted]
        parents, suites = [parent for parent, _ in found], [suite for _, suite in found]
        check_parents(
            [
                replace(request, suite=suite.name)
                for request, suite in zip(wanted, suites, strict=True)
            ]
        )
        architectures = _architectures(request.architectures, suites)
        chosen = None
        if request.toolchain is not None:
            chosen = transaction.toolchains.named(request.toolchain)
        hold_room_of_owner(transaction, principal, Asked(archives=1))
        archive = transaction.archives.add(
            name=request.name,
            kind=ArchiveKind.DERIVED,
            at=self._clock.now(),
            requested_by=principal.name,
            tag=letters,
            policy=RebuildPolicy.ON_REQUEST,
            toolchain_id=None if chosen is None else chosen.id,
            keep=request.keep,
            serve=request.serve,
            scheme=request.scheme,
            vendor=check_vendor(request.scheme, request.vendor),
        )
        give_to_maker(transaction, principal, archive)
        archive = self._hidden_if_private(transaction, principal, request, archive, parents)
        suite = transaction.archives.add_suite(
            archive_id=archive.id,
            name=suites[0].codename,
            codename=suites[0].codename,
            components=tuple(dict.fromkeys(c for s in suites for c in s.components)),
            architectures=architectures,
            on_removal=request.on_removal,
        )
        if ready is not None and ready.ingredients != first_ingredients(parents, architectures):
            ready = None
        derivation = add_derivation(
            transaction,
            suite,
            parents,
            Terms(
                selection=request.selection,
                mode=request.mode,
                unbuilt=request.unbuilt,
                reason="derived",
                requested_by=principal.name,
                at=self._clock.now(),
            ),
            composed=None if ready is None else ready.composed,
            chosen=None if ready is None else ready.chosen,
        )
        if chosen is not None:
            self._toolchains.check_possible(
                transaction, chosen, derivation.base, architectures, archive.name
            )
        return archive, transaction.archives.suite(suite.id)

    def _hidden_if_private(
        self,
        transaction: Transaction,
        principal: Principal,
        request: DeriveRequest,
        archive: Archive,
        parents: Sequence[Parent],
    ) -> Archive:
        """The new archive, private before anybody can have seen it, if it is to be."""
        names = dict.fromkeys(parent.archive for parent in parents)
        private = [name for name in names if transaction.archives.named(name).is_private]
        if not (request.is_private or private):
            return archive
        transaction.rights.set_private(archive.id, is_private=True)
        why = "" if request.is_private else f", as {', '.join(private)} is"
        note(
            transaction, self._clock, principal, Action.GRANT_RIGHTS,
            archive=archive.name, detail=f"made private{why}",
        )  # fmt: skip
        return replace(archive, is_private=True)

    def steps(self) -> list[Step]:
        """The parts of a derive job."""
        return [
            Step(name="key", do=self._make_key),
            Step(name="toolchain", do=self._swap_toolchain),
            Step(name="publish", do=self._publish),
        ]

    def undo(self, job: Job, _reason: str) -> None:
        """Take a half-made archive away, as if it had never been asked for."""
        archive_id = int(str(job.arguments["archive_id"]))
        self._deleting.remove_unfinished(archive_id, asked_by=job.requested_by)

    def _make_key(self, job: Job, _carry: Carry, report: Reporter) -> Carry:
        archive, suite = self._load(job)
        report.note(taken_words(suite))
        report.tell("making the signing key")
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
        published = self._publishing.publish(archive, suite, "derived", report)
        with self._database.write() as transaction:
            current = transaction.archives.by_id(archive.id)
            if current is not None and current.state is ArchiveState.PREPARING:
                transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)
        notes = cast("list[str]", job.arguments.get("notes", []))
        return _derived_words(archive, published, notes)

    def _load(self, job: Job) -> tuple[Archive, Suite]:
        with self._database.read() as transaction:
            archive = transaction.archives.by_id(int(str(job.arguments["archive_id"])))
            if archive is None:
                raise GoneError(f"the archive {job.arguments['archive']} was deleted")
            return archive, transaction.archives.suites(archive.id)[0]


def _parents(request: DeriveRequest) -> list[ParentRequest]:
    wanted = [parse_parent(text) for text in request.parents]
    if request.name in {parent.archive for parent in wanted}:
        raise InvalidInputError(
            f"{request.name} cannot be derived from itself",
            hint="name another archive to derive, or another parent: vostok archive list",
        )
    check_parents(wanted)
    check_mode(request.mode, request.unbuilt)
    return wanted


def _ready(
    transaction: Transaction,
    principal: Principal,
    request: DeriveRequest,
    wanted: Sequence[ParentRequest],
) -> Ready | None:
    """What takes long, while others write; None: a derived parent was published meanwhile."""
    for parent in wanted:
        require(principal, Action.DERIVE_FROM, parent.archive)  # before any of them is looked for
    if not are_stored(transaction, wanted):
        return None
    found = [parent_now(transaction, principal, parent) for parent in wanted]
    architectures = _architectures(request.architectures, [suite for _, suite in found])
    return ready_for(
        transaction, [parent for parent, _ in found], architectures, request.selection
    )


def _notes(transaction: Transaction, archive: Archive, suite: Suite) -> list[str]:
    """What people should know of the versions that a new archive will make, in sentences.

    The safe scheme needs no proof: every archive may have it.

    Raises:
        ConflictError: a taken source would have no safe version under the archive's scheme.
    """
    if archive.scheme is VersionScheme.SAFE:
        return []
    return proof_sentences(prove_scheme(transaction, archive, suite))


def _derived_words(archive: Archive, published: Carry, notes: Sequence[str]) -> Carry:
    return {
        "message": f"{archive.name} is derived; {published['message']}",
        "archive": archive.name,
        "publication": published["publication"],
        "notes": list(notes),
    }


def _architectures(asked: Sequence[str] | None, suites: Sequence[Suite]) -> tuple[str, ...]:
    """The architectures of a new suite: those of its first parent, or of them those asked for.

    Raises:
        InvalidInputError: no parent has one of them.
    """
    there = tuple(dict.fromkeys(a for suite in suites for a in suite.architectures))
    wanted = tuple(dict.fromkeys(asked)) if asked else suites[0].architectures
    missing = [architecture for architecture in wanted if architecture not in there]
    if missing:
        raise InvalidInputError(
            f"no parent has the architecture {', '.join(missing)}",
            hint=f"they were imported with {', '.join(there)}",
        )
    return wanted
