"""Builds from the server's side: handing them out, and hearing of them."""

import secrets
from collections.abc import Iterator, Sequence
from datetime import timedelta

from vostok.domain.access import Action, Principal, require, token_hash
from vostok.domain.archive import Suite
from vostok.domain.attempt import (
    AttemptResult,
    ChrootManifest,
    Claim,
    Outcome,
    result_to_json,
)
from vostok.domain.build import (
    Attempt,
    AttemptFile,
    Build,
    BuildState,
)
from vostok.domain.builder import Builder, BuilderState, check_token
from vostok.domain.publication import View
from vostok.errors import ConflictError, GoneError, NotFoundError, UnavailableError
from vostok.services.building.claims import (
    BuildSetting,
    BuildTerms,
    ClaimWriter,
    setting_of,
    toolchain_words,
)
from vostok.services.building.controls import view_of_control
from vostok.services.building.deeds import BuildDeeds
from vostok.services.people.quotas import full_archives
from vostok.services.pool.files import FileService
from vostok.services.ports import Clock, ContentStore, JobEngine, LogStore, Signer, StoredFile
from vostok.services.repositories import Database, Transaction
from vostok.services.views.editions import ViewService, base_of_view, derivation_of, own_in_view

LOG_CHUNK_BYTES_MAX = 1 << 20
BUILDER_NOTE_SECONDS = 30
"""An idle builder asks every second or two; that it lives is written down more seldom."""


class BuildService(BuildDeeds):
    """The builder gateway, beside what people do with builds."""

    def __init__(
        self,
        database: Database,
        engine: JobEngine,
        views: ViewService,
        files: FileService,
        store: ContentStore,
        logs: LogStore,
        signer: Signer,
        clock: Clock,
        terms: BuildTerms,
    ) -> None:
        super().__init__(database, engine, clock)
        self._views = views
        self._files = files
        self._store = store
        self._logs = logs
        self._claims = ClaimWriter(signer, terms)
        self._terms = terms

    @property
    def output_bytes_max(self) -> int:
        """Size of all files of one attempt together, so of any one of them."""
        return self._terms.limits.output_bytes_max

    def claim(
        self, principal: Principal, *, builder: str, architectures: Sequence[str], url: str
    ) -> Claim | None:
        """The next build for a builder, or None. One short transaction.

        `url` is the server's address as this builder reaches it; the view is below it.

        Raises:
            NotAllowedError: the token is not for this builder, or it was removed.
        """
        require(principal, Action.CLAIM_BUILD, builder)
        if not self._has_work(principal, builder, architectures):
            return None
        token, view_token = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
        with self._database.write() as transaction:
            # It may have been paused or removed since; who does that waits for this to end.
            if not _is_served(principal, builder, transaction.builders.lock(builder)):
                return None
            build = self._next(transaction, architectures)
            if build is None:
                return None
            setting = setting_of(transaction, build)
            now = self._clock.now()
            suite, view = self._seen(transaction, build, setting)
            attempt = transaction.builds.add_attempt(
                build,
                builder=builder,
                edition=view.edition,
                view_id=view.id,
                token_hash=token_hash(token),
                view_token_hash=token_hash(view_token),
                at=now,
            )
            build = transaction.builds.move(
                transaction.builds.by_id(build.id),
                BuildState.BUILDING,
                actor=builder,
                at=now,
                sentence=f"is being built by {builder}, attempt {attempt.number}, "
                f"in edition {view.edition} of the view"
                + toolchain_words(transaction, view.toolchain_id),
            )
            self._engine.start_attempt(transaction, attempt.id)
            return self._claims.claim(
                transaction, build, attempt, setting, suite, view,
                token=token, view_url=f"{url.rstrip('/')}/views/{view_token}",
            )  # fmt: skip

    def _next(self, transaction: Transaction, architectures: Sequence[str]) -> Build | None:
        """The next build, held for a builder, with an edition of its suite that is cut if due.

        The suite is changed before the build is held, as by whoever uploads or syncs: each would
        wait for the other otherwise. If others take that build meanwhile, the next one sees the
        edition that its suite has; who claims after it sees to the edition.
        """
        full = full_archives(transaction)
        expected = transaction.builds.next_waiting(architectures, except_in=full)
        if expected is None:
            return None
        if expected.control_of is None:
            suite = transaction.archives.suite(expected.suite_id)
            self._views.cut_edition_if_due(transaction, suite, is_idle=False)
        return transaction.builds.next_to_build(architectures, except_in=full)

    def _seen(
        self, transaction: Transaction, build: Build, setting: BuildSetting
    ) -> tuple[Suite, View]:
        """The suite of a build and the view for its next attempt."""
        suite = transaction.archives.suite(build.suite_id)
        if build.control_of is not None:
            return suite, view_of_control(transaction, build.control_of, self._clock.now())
        return suite, transaction.publications.ensure_view(
            suite.id,
            derivation=derivation_of(suite).number,
            edition=suite.edition,
            toolchain_id=setting.toolchain_id,
            dependencies=setting.dependencies,
            at=self._clock.now(),
        )

    def _has_work(self, principal: Principal, builder: str, architectures: Sequence[str]) -> bool:
        """Whether there is something to claim; asking writes only now and then."""
        now = self._clock.now()
        with self._database.read() as transaction:
            full = full_archives(transaction)
            has_work = transaction.builds.has_next(architectures, except_in=full)
            known = transaction.builders.find(builder)
        is_served = _is_served(principal, builder, known)
        seen_at = None if known is None else known.seen_at
        if seen_at is None or (now - seen_at).total_seconds() > BUILDER_NOTE_SECONDS:
            with self._database.write() as transaction:
                transaction.builders.saw(builder, architectures, now)
        return has_work and is_served

    def attempt_of_token(self, attempt_id: int, token: str) -> Attempt:
        """The running attempt that a token was given for.

        Raises:
            GoneError: the attempt has ended, or the token is not its own.
        """
        with self._database.read() as transaction:
            attempt = transaction.builds.attempt_of_token(attempt_id, token_hash(token))
        if attempt is None:
            raise GoneError(f"attempt {attempt_id} has ended, or this is not its token")
        return attempt

    def heartbeat(self, attempt: Attempt) -> bool:
        """Note that the builder is alive; whether it must stop."""
        with self._database.write() as transaction:
            transaction.builds.saw_attempt(attempt.id, self._clock.now())
            build = transaction.builds.by_id(attempt.build_id)
        return build.state is not BuildState.BUILDING or build.attempt != attempt.number

    def append_log(self, attempt: Attempt, *, offset: int, data: bytes) -> int:
        """Add to an attempt's log; its size. Bytes beyond the limit are refused."""
        limit = self._terms.limits.log_bytes_max + LOG_CHUNK_BYTES_MAX
        if offset + len(data) > limit:
            raise ConflictError(f"the log would be larger than {limit} bytes")
        size = self._logs.append(attempt.build_id, attempt.number, offset=offset, data=data)
        with self._database.write() as transaction:
            transaction.builds.set_log_bytes(attempt.id, size)
            transaction.builds.saw_attempt(attempt.id, self._clock.now())
        return size

    def source_file(self, attempt: Attempt, name: str) -> StoredFile:
        """A file of the source that an attempt builds, fetched from the parent if need be."""
        with self._database.read() as transaction:
            build = transaction.builds.by_id(attempt.build_id)
            files = transaction.packages.source_files(build.built_source_id)
        for known, size, sha256 in files:
            if known == name:
                place = self._files.ensure(sha256, size=size, name=name)
                return StoredFile(path=place, size=size, sha256=sha256)
        raise NotFoundError(f"{name} is no file of {build.source} {build.source_version}")

    def put_file(
        self, attempt: Attempt, name: str, chunks: Iterator[bytes], *, sha256: str
    ) -> AttemptFile:
        """Take a file that the build made.

        Raises:
            ConflictError: the attempt has reported its result, which named its files.
            InvalidInputError: the bytes are not those announced, or too many.
        """
        if attempt.result is not None:
            raise ConflictError(
                f"{name} is too late: attempt {attempt.id} has reported its result"
            )
        with self._database.read() as transaction:
            here = transaction.builds.files([attempt.id]).get(attempt.id, [])
        used = sum(file.size for file in here if file.name != name)
        digest, size = self._store.put(
            chunks,
            size_max=max(0, self._terms.limits.output_bytes_max - used),
            expected_sha256=sha256,
        )
        file = AttemptFile(name=name, size=size, sha256=digest)
        with self._database.write() as transaction:
            transaction.deletion.hold_names()
            if not self._store.has(digest, size=size):
                raise UnavailableError(
                    f"{name} was deleted with another archive before it was entered here",
                    hint="send it again",
                )
            transaction.builds.put_file(attempt.id, file)
            transaction.builds.saw_attempt(attempt.id, self._clock.now())
        return file

    def register_chroot(self, attempt: Attempt, manifest: ChrootManifest) -> str:
        """The key under which the builder may keep a chroot with these packages."""
        with self._database.write() as transaction:
            build = transaction.builds.by_id(attempt.build_id)
            view = transaction.publications.view(attempt.view_id)
            return transaction.chroots.register(
                build.archive_id,
                architecture=build.builder_architecture,
                recipe=manifest.recipe,
                packages=[(p.name, p.version, p.architecture) for p in manifest.packages],
                base=base_of_view(transaction, view),
                own=own_in_view(transaction, view),
                at=self._clock.now(),
            )

    def report(self, attempt: Attempt, result: AttemptResult) -> None:
        """Keep what a builder says of its attempt, and have it judged. Twice is once."""
        with self._database.write() as transaction:
            build = transaction.builds.by_id(attempt.build_id)
            current = transaction.builds.attempt(attempt.id)
            if current.result is not None or build.attempt != attempt.number:
                return
            transaction.builds.set_result(attempt.id, result_to_json(result))
            [build] = transaction.builds.lock([build.id])  # cancelled before this, or after it
            is_running = build.state is BuildState.BUILDING and build.attempt == attempt.number
            if result.outcome is Outcome.BUILT and is_running:
                transaction.builds.move(
                    build,
                    BuildState.UPLOADING,
                    actor=attempt.builder,
                    at=self._clock.now(),
                    sentence=f"was built by attempt {attempt.number}; its files are being checked",
                )
            self._engine.tell_attempt(transaction, attempt.id, "result")

    def archive_ids(self, principal: Principal) -> list[int]:
        """The archives that exist: a builder forgets what it keeps of others."""
        require(principal, Action.CLAIM_BUILD, "the archives' ids")
        with self._database.read() as transaction:
            return [archive.id for archive in transaction.archives.all()]

    def log(self, build_id: int, attempt: int, *, offset: int, size_max: int) -> bytes:
        """Bytes of an attempt's log."""
        return self._logs.read(build_id, attempt, offset=offset, size_max=size_max)

    def sweep(self) -> int:
        """Have attempts given up whose builder was not heard of for a lease; how many."""
        before = self._clock.now() - timedelta(seconds=self._terms.lease_seconds)
        with self._database.read() as transaction:
            if not transaction.builds.silent_attempts(before):
                return 0
        with self._database.write() as transaction:
            lost = transaction.builds.silent_attempts(before)
            for attempt in lost:
                self._engine.tell_attempt(transaction, attempt.id, "lost")
        return len(lost)


def _is_served(principal: Principal, name: str, known: Builder | None) -> bool:
    """Whether a builder gets work; NotAllowedError if it is not let in at all."""
    check_token(principal, name, known)
    return known is None or known.state is BuilderState.ACTIVE
