"""One attempt, from the claim to the result."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from vostok.domain.attempt import AttemptResult, Claim, Outcome, Stage
from vostok.domain.build_log import Diagnosis, chroot_diagnosis, diagnosis
from vostok.domain.compiler_proof import Proof
from vostok.errors import InvalidInputError, NotFoundError, UnavailableError, VostokError
from vostok.services.building.attempt_link import NOT_OURS, AttemptLink
from vostok.services.building.builder_ports import (
    AttemptGateway,
    AttemptLog,
    AttemptPlace,
    BuildExecutor,
    BuiltFile,
    Chroot,
    ChrootStore,
    CompilerProver,
    Gateway,
    StopReason,
    StopSignal,
    Workplace,
)

LOG_PATIENCE_SECONDS = 900.0
LOG_TAIL_BYTES = 4 * 1024 * 1024
BINARY_SUFFIXES = (".deb", ".udeb")


class AttemptEndedError(VostokError):
    """An attempt reached its end before the last stage; `diagnosis` says which."""

    def __init__(self, ended: Diagnosis) -> None:
        super().__init__(ended.sentence)
        self.diagnosis = ended


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderServices:
    """What every attempt of this builder shares; `clock` counts seconds and never goes back."""

    gateway: Gateway
    executor: BuildExecutor
    chroots: ChrootStore
    prover: CompilerProver
    workplace: Workplace
    clock: Callable[[], float]


def run_attempt(services: BuilderServices, claim: Claim, *, stop: StopSignal) -> Outcome | None:
    """Make one attempt and report it.

    Args:
        services: shared by all attempts.
        claim: what to build.
        stop: ends the attempt; set by this function too, when the server says so.

    Returns:
        The outcome that was reported, None when nothing was: the builder is ending, the server
        gave the attempt away, or does not answer. The server's lease decides then.
    """
    place = services.workplace.prepare(claim.attempt_id)
    gateway = services.gateway.attempt(claim)
    link = AttemptLink(
        gateway,
        place.log,
        stop=stop,
        heartbeat_seconds=claim.heartbeat_seconds,
        clock=services.clock,
    )
    link.start()
    try:
        result = _Run(services, claim, place, gateway, stop).result()
        if stop.reason in {StopReason.LOST, StopReason.SHUTDOWN}:
            return None
        link.drain(LOG_PATIENCE_SECONDS)
        gateway.report(result)
    except (*NOT_OURS, UnavailableError):
        return None
    else:
        return result.outcome
    finally:
        link.close()
        services.workplace.clear(claim.attempt_id)


class _Run:
    """The stages of one attempt, and the seconds that each took."""

    def __init__(
        self,
        services: BuilderServices,
        claim: Claim,
        place: AttemptPlace,
        gateway: AttemptGateway,
        stop: StopSignal,
    ) -> None:
        self._services = services
        self._claim = claim
        self._place = place
        self._gateway = gateway
        self._stop = stop
        self._seconds: dict[str, float] = {}
        self._stage = Stage.FETCH_SOURCE

    def result(self) -> AttemptResult:
        """Run all stages; whatever happens is a result."""
        started = self._services.clock()
        proof: Proof | None = None
        files: tuple[str, ...] = ()
        _write_line(self._place.log, _headline(self._claim, self._services.executor.environment))
        try:
            with self._staged(Stage.FETCH_SOURCE):
                self._fetch_source()
            with self._staged(Stage.CHROOT):
                chroot = self._chroot()
            with self._staged(Stage.BUILD):
                ended = self._build(chroot)
                built = self._built_files()
            with self._staged(Stage.PROOF):
                proof = self._proof(built)
            with self._staged(Stage.UPLOAD):
                files = self._upload(built)
        except AttemptEndedError as error:
            ended = error.diagnosis
        except VostokError as error:
            ended = self._own_problem(str(error))
        except Exception as error:  # noqa: BLE001 - this owns the attempt, and records it
            ended = self._own_problem(f"{type(error).__name__}: {error}")
        ended = self._unless_stopped(ended)
        _write_line(
            self._place.log, f"Outcome: {ended.outcome} at {ended.stage}: {ended.sentence}"
        )
        total = self._services.clock() - started
        return AttemptResult(
            outcome=ended.outcome,
            stage=ended.stage,
            sentence=ended.sentence,
            excerpt=ended.excerpt,
            files=files if ended.outcome is Outcome.BUILT else (),
            seconds={"total": round(total, 1), **self._seconds, **ended.seconds},
            space_bytes=ended.space_bytes,
            proof=proof if ended.outcome is Outcome.BUILT else None,
            environment=self._services.executor.environment,
        )

    @contextmanager
    def _staged(self, stage: Stage) -> Iterator[None]:
        self._stage = stage
        if self._stop.is_set():
            raise AttemptEndedError(self._cancelled())
        started = self._services.clock()
        try:
            yield
        finally:
            self._seconds[stage.value] = round(self._services.clock() - started, 1)

    def _fetch_source(self) -> None:
        for file in self._claim.source.files:
            if self._stop.is_set():
                raise AttemptEndedError(self._cancelled())
            try:
                self._gateway.download_source(file, self._place.source / file.name)
            except NotFoundError as error:
                named = str(error) if file.name in str(error) else f"{file.name}: {error}"
                raise self._ended(Outcome.SOURCE_UNAVAILABLE, named) from error
            except UnavailableError as error:
                sentence = f"{file.name} cannot be had now: {error}"
                raise self._ended(Outcome.SOURCE_UNAVAILABLE, sentence) from error
            except InvalidInputError as error:
                raise self._ended(Outcome.BUILDER_PROBLEM, str(error)) from error

    def _chroot(self) -> Chroot:
        log = self._place.log
        start = log.size_bytes
        found = self._services.chroots.provide(
            self._claim,
            work=self._place.work,
            key_of=self._gateway.chroot_key,
            log=log,
            stop=self._stop,
        )
        if isinstance(found, Chroot):
            _write_line(log, f"Chroot: {found.key}")
            return found
        raise AttemptEndedError(
            chroot_diagnosis(
                ending=found.ending,
                returncode=found.returncode,
                log=_text(log, start),
                limits=self._claim.limits,
            )
        )

    def _build(self, chroot: Chroot) -> Diagnosis:
        log = self._place.log
        start = log.size_bytes
        done = self._services.executor.build(
            self._claim,
            chroot=chroot,
            source=self._place.source,
            work=self._place.work,
            log=log,
            stop=self._stop,
        )
        ended = diagnosis(
            ending=done.ending,
            returncode=done.returncode,
            log=_text(log, start),
            limits=self._claim.limits,
        )
        if ended.outcome is not Outcome.BUILT:
            raise AttemptEndedError(ended)
        return ended

    def _built_files(self) -> tuple[BuiltFile, ...]:
        try:
            return self._services.executor.built_files(self._claim, work=self._place.work)
        except InvalidInputError as error:
            raise self._ended(Outcome.FAILED, str(error)) from error

    def _proof(self, built: tuple[BuiltFile, ...]) -> Proof:
        toolchain = self._claim.toolchain
        proof = self._services.prover.prove(
            [file.path for file in built if file.name.endswith(BINARY_SUFFIXES)],
            scratch=self._place.work / "proof",
            asked=toolchain.producers if toolchain else None,
            stop=self._stop,
        )
        _write_line(self._place.log, f"Compiler: {proof.sentence}")
        return proof

    def _upload(self, built: tuple[BuiltFile, ...]) -> tuple[str, ...]:
        for file in built:
            if self._stop.is_set():
                raise AttemptEndedError(self._cancelled())
            self._gateway.upload_file(file)
        return tuple(file.name for file in built)

    def _ended(self, outcome: Outcome, sentence: str) -> AttemptEndedError:
        return AttemptEndedError(Diagnosis(outcome=outcome, stage=self._stage, sentence=sentence))

    def _own_problem(self, reason: str) -> Diagnosis:
        sentence = f"the builder could not go on: {reason}"
        return Diagnosis(outcome=Outcome.BUILDER_PROBLEM, stage=self._stage, sentence=sentence)

    def _cancelled(self) -> Diagnosis:
        return Diagnosis(outcome=Outcome.CANCELLED, stage=self._stage, sentence="cancelled")

    def _unless_stopped(self, ended: Diagnosis) -> Diagnosis:
        """A stage that was told to stop may have ended with any error: it is a cancel."""
        if self._stop.is_set() and ended.outcome is not Outcome.CANCELLED:
            return replace(self._cancelled(), seconds=ended.seconds)
        return ended


def _headline(claim: Claim, environment: dict[str, str]) -> str:
    builder = environment.get("builder", "?")
    return (
        f"Vostok: build {claim.build_id}, attempt {claim.attempt}, rebuild {claim.rebuild_no}:"
        f" {claim.source.name} {claim.version} ({claim.part}, {claim.architecture})"
        f" for {claim.archive} on {builder}"
    )


def _write_line(log: AttemptLog, line: str) -> None:
    log.write(f"{line}\n".encode())


def _text(log: AttemptLog, start: int) -> str:
    """The log's end from `start` on, as far as it is looked at."""
    begin = max(start, log.size_bytes - LOG_TAIL_BYTES)
    return log.read(begin, LOG_TAIL_BYTES).decode(errors="replace")
