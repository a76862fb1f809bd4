"""Settling an attempt: judging what came back, and giving the build its next state."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from vostok.debian.buildinfo import parse_buildinfo
from vostok.debian.changes import parse_changes
from vostok.debian.packages import package_list, pool_directory
from vostok.debian.stanza import parse_stanza
from vostok.domain.acceptance import (
    DEBUG_SYMBOLS_SUFFIX,
    Known,
    check_binary,
    check_complete,
    check_relations,
    check_upload,
)
from vostok.domain.access import SYSTEM
from vostok.domain.archive import DEBUG_COMPONENT
from vostok.domain.attempt import AttemptResult, Outcome, result_from_json
from vostok.domain.build import (
    Attempt,
    AttemptFile,
    Build,
    BuildState,
    Reach,
    RebuildForm,
    built_words,
)
from vostok.domain.package import DeltaKind, NewBinary, SourceRelease
from vostok.domain.rebuild_version.issuing import check_raised
from vostok.errors import InvalidInputError, NotFoundError, VostokError
from vostok.services.building.claims import words_of_attempt
from vostok.services.building.overtaking import stopped, superseded_by
from vostok.services.building.successors import follow
from vostok.services.pool.own_packages import OwnPackages
from vostok.services.ports import Clock, ContentStore
from vostok.services.publishing.fates import note_acceptance
from vostok.services.publishing.publications import PublishService
from vostok.services.repositories import Database, Transaction
from vostok.services.toolchains.revisions import facts_of
from vostok.services.views.editions import base_of, owner_of

TEXT_BYTES_MAX = 16 << 20

STATE_OF_OUTCOME = {
    Outcome.FAILED: BuildState.FAILED,
    Outcome.BD_UNINSTALLABLE: BuildState.BD_UNINSTALLABLE,
    Outcome.CHROOT_PROBLEM: BuildState.CHROOT_PROBLEM,
    Outcome.SOURCE_UNAVAILABLE: BuildState.SOURCE_UNAVAILABLE,
}
"""What an attempt says of the package; the other outcomes say nothing of it."""


STATE_AFTER_FAULT = {
    BuildState.BUILDING: BuildState.FAILED,
    BuildState.UPLOADING: BuildState.FAILED_TO_UPLOAD,
}


class SettleService:
    """Ends attempts. Called by the engine, once or, after a crash, again."""

    def __init__(
        self,
        database: Database,
        store: ContentStore,
        packages: OwnPackages,
        publishing: PublishService,
        clock: Clock,
        *,
        attempts_max: int,
    ) -> None:
        self._database = database
        self._store = store
        self._packages = packages
        self._publishing = publishing
        self._clock = clock
        self._attempts_max = attempts_max

    def settle(self, attempt_id: int, message: str) -> bool:
        """Act on `result`, `cancel` or `lost`; whether the attempt has ended.

        A message about an attempt that ended, or is not its build's newest, changes nothing.
        """
        with self._database.read() as transaction:
            try:
                attempt = transaction.builds.attempt(attempt_id)
            except NotFoundError:
                return True
            build = transaction.builds.by_id(attempt.build_id)
        if attempt.finished_at is not None or build.attempt != attempt.number:
            return True
        if message == "cancel":
            return False
        if attempt.result is None:
            return self._end(attempt, "lost")
        result = result_from_json(attempt.result)
        if build.state is BuildState.UPLOADING:
            self._judge(attempt, build)
            return True
        return self._end(attempt, result.outcome)

    def settle_overdue(self, silence: timedelta) -> int:
        """Settle attempts that nobody waits for any more, whatever became of their waiting.

        The engine's workflow of an attempt normally does it; this is for one that broke.
        """
        with self._database.read() as transaction:
            overdue = transaction.builds.silent_attempts(self._clock.now() - silence)
        return sum(self.settle(attempt.id, "lost") for attempt in overdue)

    def crash(self, attempt_id: int, fault: str) -> None:
        """End an attempt whose judging ran into a fault of ours; its build can be retried."""
        sentence = f"a fault in Vostok ended this attempt: {fault}; the executor's log has more"
        now = self._clock.now()
        with self._database.write() as transaction:
            attempt = transaction.builds.attempt(attempt_id)
            build = transaction.builds.by_id(attempt.build_id)
            transaction.builds.finish_attempt(attempt_id, outcome="fault", at=now)
            state = STATE_AFTER_FAULT.get(build.state)
            if build.state is BuildState.CANCELLING:
                state, _ = stopped(transaction, build, attempt)
            if state is not None and build.attempt == attempt.number:
                transaction.builds.move(
                    build,
                    state,
                    actor="vostok",
                    at=now,
                    sentence=sentence,
                    told=f"attempt {attempt.number}: {sentence}",
                )
                follow(transaction, [build], at=now)

    def _end(self, attempt: Attempt, outcome: str) -> bool:
        """End an attempt that brought no binaries; whether it has ended.

        It has not if its binaries came in the meantime: the message about them follows.
        """
        now = self._clock.now()
        with self._database.write() as transaction:
            build = transaction.builds.by_id(attempt.build_id)
            current = transaction.builds.attempt(attempt.id)
            if current.finished_at is not None:
                return True
            if build.state is BuildState.UPLOADING:
                return False
            result = None if current.result is None else result_from_json(current.result)
            if outcome == "lost" and result is not None:
                outcome = result.outcome
            transaction.builds.finish_attempt(attempt.id, outcome=outcome, at=now)
            if build.state is BuildState.CANCELLING:
                state, sentence = stopped(transaction, build, attempt)
            else:
                state, sentence = self._next_state(attempt, outcome, result)
            transaction.builds.move(
                build,
                state,
                actor="vostok" if outcome == "lost" else attempt.builder,
                at=now,
                sentence=sentence,
                told=_told(attempt, outcome, state, sentence),
            )
            follow(transaction, [build], at=now)
            return True

    def _next_state(
        self, attempt: Attempt, outcome: str, result: AttemptResult | None
    ) -> tuple[BuildState, str]:
        lost = f"{attempt.builder} was not heard of any more"
        words = result.sentence if result is not None else lost
        if outcome in STATE_OF_OUTCOME:
            return STATE_OF_OUTCOME[Outcome(outcome)], words
        if attempt.number < self._attempts_max:
            return (
                BuildState.NEEDS_BUILD,
                f"attempt {attempt.number} ended without a verdict, another follows: {words}",
            )
        return (
            BuildState.FAILED,
            f"given up after {attempt.number} attempts, the last one without a verdict: {words}",
        )

    def _judge(self, attempt: Attempt, build: Build) -> None:
        """Check and take in what a successful attempt brought."""
        try:
            self._take_in(attempt, build, *self._checked(attempt, build))
        except VostokError as error:
            self._refuse(attempt, str(error))

    def _take_in(
        self,
        attempt: Attempt,
        build: Build,
        binaries: Sequence[NewBinary],
        notes: str,
    ) -> None:
        now = self._clock.now()
        installed = self._installed(attempt)
        with self._database.write() as transaction:
            current = transaction.builds.by_id(build.id)
            if current.state is not BuildState.UPLOADING or current.attempt != attempt.number:
                return
            transaction.deltas.lock(build.suite_id)  # what it takes stays so until the end
            suite = transaction.archives.suite(build.suite_id)
            archive = owner_of(transaction, suite)
            overtaken_in = superseded_by(transaction, suite, build)
            if build.reach is not Reach.NOWHERE:
                transaction.deltas.add(
                    build.suite_id,
                    kind=_kind(build),
                    sources=[],
                    binaries=binaries,
                    build_id=build.id,
                    base_version=build.source_version,
                    superseded_by=overtaken_in,
                    is_view_only=build.reach is Reach.VIEW,
                )
            transaction.environments.record(attempt.id, installed)
            transaction.builds.finish_attempt(attempt.id, outcome=Outcome.BUILT, at=now)
            transaction.builds.move(
                current,
                BuildState.BUILT,
                actor=attempt.builder,
                at=now,
                sentence=built_words(build, len(binaries)) + notes,
            )
            follow(transaction, [build], at=now)
            note_acceptance(transaction, build, superseded_by=overtaken_in, at=now)
            if overtaken_in is not None or build.reach is not Reach.PUBLICATION:
                return
            self._publishing.submit(
                transaction, archive, SYSTEM, f"{build.source} {build.version} was built"
            )

    def _refuse(self, attempt: Attempt, sentence: str) -> None:
        now = self._clock.now()
        with self._database.write() as transaction:
            build = transaction.builds.by_id(attempt.build_id)
            transaction.builds.finish_attempt(attempt.id, outcome="failed-to-upload", at=now)
            transaction.builds.move(
                build,
                BuildState.FAILED_TO_UPLOAD,
                actor="vostok",
                at=now,
                sentence=sentence,
                told=f"what attempt {attempt.number} made was refused: {sentence}",
            )
            follow(transaction, [build], at=now)

    def _checked(self, attempt: Attempt, build: Build) -> tuple[list[NewBinary], str]:
        with self._database.read() as transaction:
            files = transaction.builds.files([attempt.id]).get(attempt.id, [])
            source = transaction.packages.source(build.source_id)
            component = _component(transaction, build, source)
            known = _known(transaction, build, source)
            words = words_of_attempt(transaction, build, attempt)
            if build.reach is Reach.NOWHERE:  # stands beside nothing, so it need not be above it
                known = replace(known, versions={})
        changes = parse_changes(self._text(_only(files, ".changes")))
        check_upload(build, changes, files, words.profiles)
        self._check_buildinfo(build, files)
        binaries, new_names = self._binaries(build, files, known, component)
        check_complete(build, binaries)
        if build.form is RebuildForm.BINARY_ONLY:  # else its `all` part gets a new version too
            check_relations(binaries, known)
        self._check_taken_over(build, binaries, new_names)
        notes = f"; new here: {', '.join(new_names)}" if new_names else ""
        return binaries, notes

    def _installed(self, attempt: Attempt) -> list[tuple[str, str, str]]:
        """What the .buildinfo of an attempt says that was installed: name, version, architecture.

        The architecture is "" for the build's own and for `all`.
        """
        with self._database.read() as transaction:
            files = transaction.builds.files([attempt.id]).get(attempt.id, [])
        buildinfo = parse_buildinfo(self._text(_only(files, ".buildinfo")))
        return [(p.name, str(p.version), p.architecture or "") for p in buildinfo.installed]

    def _check_buildinfo(self, build: Build, files: Sequence[AttemptFile]) -> None:
        buildinfo = parse_buildinfo(self._text(_only(files, ".buildinfo")))
        if (buildinfo.source, str(buildinfo.version)) != (build.source, build.version):
            raise InvalidInputError(
                f"the .buildinfo is of {buildinfo.source} {buildinfo.version}, "
                f"asked was {build.source} {build.version}"
            )
        sent = {file.name: file.sha256 for file in files}
        for name, listed in buildinfo.checksums.items():
            if name in sent and sent[name] != listed.sha256:
                raise InvalidInputError(f"{name} has another SHA-256 than the .buildinfo says")

    def _binaries(
        self, build: Build, files: Sequence[AttemptFile], known: Known, component: str
    ) -> tuple[list[NewBinary], list[str]]:
        binaries, new_names = [], []
        for file in files:
            if not file.name.endswith(".deb"):
                continue
            is_debug = f"{DEBUG_SYMBOLS_SUFFIX}_" in file.name
            where = DEBUG_COMPONENT if is_debug else component
            binary = self._packages.store_binary(
                self._store.path(file.sha256),
                name=file.name,
                component=where,
                directory=pool_directory(where, build.source),
            )
            if check_binary(build, binary, file.name, known):
                new_names.append(binary.name)
            binaries.append(binary)
        return binaries, new_names

    def _check_taken_over(
        self, build: Build, binaries: Sequence[NewBinary], new_names: Sequence[str]
    ) -> None:
        """A package that another source made until now must rise above that one, too."""
        if not new_names or build.reach is Reach.NOWHERE:
            return
        with self._database.read() as transaction:
            suite = transaction.archives.suite(build.suite_id)
            others = transaction.packages.binaries_matching(
                base_of(suite), architecture=build.builder_architecture, patterns=new_names
            )
        present = {facts.name: facts.version for facts in map(facts_of, others)}
        for binary in binaries:
            if binary.name in present:
                check_raised(binary.name, published=present[binary.name], built=binary.version)

    def _text(self, file: AttemptFile) -> str:
        if file.size > TEXT_BYTES_MAX:
            raise InvalidInputError(f"{file.name} has {file.size} bytes; at most {TEXT_BYTES_MAX}")
        return self._store.path(file.sha256).read_bytes().decode(errors="replace")


def _told(attempt: Attempt, outcome: str, state: BuildState, sentence: str) -> str:
    """What the event of an attempt's end says: the sentences of verdicts do not name it."""
    is_verdict = outcome in STATE_OF_OUTCOME and state in STATE_OF_OUTCOME.values()
    return f"attempt {attempt.number}: {sentence}" if is_verdict else sentence


def _only(files: Sequence[AttemptFile], ending: str) -> AttemptFile:
    found = [file for file in files if file.name.endswith(ending)]
    if len(found) != 1:
        raise InvalidInputError(f"{len(found)} {ending} files were sent, one is needed")
    return found[0]


def _kind(build: Build) -> DeltaKind:
    is_own = build.form is RebuildForm.AS_IS
    return DeltaKind.LOCAL_CHANGE if is_own else DeltaKind.REBUILD


def _component(transaction: Transaction, build: Build, source: SourceRelease) -> str:
    suite = transaction.archives.suite(build.suite_id)
    for found in transaction.packages.sources_named(base_of(suite), [source.name]):
        if found.id == source.id:
            return found.component
    for own in transaction.deltas.own_sources(suite.id):
        if own.id == source.id:
            return own.component
    return suite.components[0]


def _known(transaction: Transaction, build: Build, source: SourceRelease) -> Known:
    suite = transaction.archives.suite(build.suite_id)
    parents = transaction.packages.binaries_of_sources(base_of(suite), [build.source])
    own = [
        binary
        for binary in transaction.deltas.own_binaries_of(suite.id, build.source)
        if binary.toolchain_id is None  # a rebuilt build-essential stands beside the swap's
    ]
    versions: dict[tuple[str, str], str] = {}
    packages: Sequence[Any] = [*parents, *own]
    for package in packages:
        versions[package.name, package.architecture] = package.version
    return Known(
        package_list=frozenset(p.name for p in package_list(parse_stanza(source.stanza))),
        names=frozenset(package.name for package in packages),
        versions=versions,
    )
