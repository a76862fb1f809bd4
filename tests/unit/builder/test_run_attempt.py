"""One attempt from claim to result, against ports in memory."""

import itertools
import threading
from dataclasses import dataclass, field, replace

import pytest
from tests.unit.builder.fakes import (
    FakeAttemptGateway,
    FakeChroots,
    FakeExecutor,
    FakeGateway,
    FakeProver,
    FakeWorkplace,
)
from tests.unit.builder.test_attempt_documents import CLAIM

from vostok.domain.attempt import AttemptResult, Claim, Outcome, Stage
from vostok.domain.build_log import Ending
from vostok.domain.compiler_proof import Verdict
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
)
from vostok.services.building.attempt import BuilderServices, run_attempt
from vostok.services.building.attempt_link import AttemptLink
from vostok.services.building.builder_ports import SandboxExit, StopReason, StopSignal

FAST = replace(CLAIM, heartbeat_seconds=0.01)
SECONDS_MAX = 30.0


@dataclass
class Bench:
    door: FakeAttemptGateway = field(default_factory=FakeAttemptGateway)
    executor: FakeExecutor = field(default_factory=FakeExecutor)
    chroots: FakeChroots = field(default_factory=FakeChroots)
    prover: FakeProver = field(default_factory=FakeProver)
    workplace: FakeWorkplace = field(default_factory=FakeWorkplace)
    stop: StopSignal = field(default_factory=StopSignal)

    def run(self, claim: Claim = FAST) -> Outcome | None:
        seconds = itertools.count()
        services = BuilderServices(
            gateway=FakeGateway(self.door),
            executor=self.executor,
            chroots=self.chroots,
            prover=self.prover,
            workplace=self.workplace,
            clock=lambda: float(next(seconds)),
        )
        return run_attempt(services, claim, stop=self.stop)

    def result(self, claim: Claim = FAST) -> AttemptResult:
        self.run(claim)
        assert self.door.result is not None
        return self.door.result


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_a_build_is_proved_uploaded_and_reported(bench: Bench) -> None:
    result = bench.result()

    assert (result.outcome, result.stage) == (Outcome.BUILT, Stage.BUILD)
    assert result.files == tuple(bench.door.uploads) == bench.executor.files
    assert result.proof is not None
    assert result.proof.verdict is Verdict.OTHER
    assert bench.prover.packages == ["probe_1_amd64.deb"]
    assert result.environment == bench.executor.environment
    assert {"total", "fetch-source", "chroot", "build", "install-deps", "proof", "upload"} == set(
        result.seconds
    )


def test_without_a_toolchain_no_compiler_is_asked_for(bench: Bench) -> None:
    result = bench.result(replace(FAST, toolchain=None))

    assert bench.prover.asked == [None]
    assert result.proof is not None
    assert result.proof.verdict is Verdict.RECORDED


def test_the_server_has_the_whole_log_before_the_result(bench: Bench) -> None:
    bench.result()

    assert bench.door.log == bench.workplace.log.content
    assert bench.door.log.endswith(b"Outcome: built at build: built\n")


def test_the_attempts_directory_is_cleared_at_the_end(bench: Bench) -> None:
    bench.run()

    assert bench.workplace.cleared == [FAST.attempt_id]


@pytest.mark.parametrize(
    ("error", "outcome", "words"),
    [
        (NotFoundError("no parent has it"), Outcome.SOURCE_UNAVAILABLE, "no parent has it"),
        (UnavailableError("busy"), Outcome.SOURCE_UNAVAILABLE, "cannot be had now: busy"),
        (
            InvalidInputError("has SHA-256 a, not b"),
            Outcome.BUILDER_PROBLEM,
            "has SHA-256 a, not b",
        ),
    ],
)
def test_a_source_file_that_cannot_be_had_ends_the_attempt_with_its_name(
    bench: Bench, error: Exception, outcome: Outcome, words: str
) -> None:
    name = FAST.source.files[0].name
    bench.door.download_errors = {name: error}

    result = bench.result()

    assert (result.outcome, result.stage) == (outcome, Stage.FETCH_SOURCE)
    assert words in result.sentence
    assert name in result.sentence or outcome is Outcome.BUILDER_PROBLEM


def test_a_chroot_that_cannot_be_made_is_a_chroot_problem(bench: Bench) -> None:
    bench.chroots.found = SandboxExit(ending=Ending.EXITED, returncode=25)

    result = bench.result()

    assert (result.outcome, result.stage) == (Outcome.CHROOT_PROBLEM, Stage.CHROOT)
    assert result.sentence == "the chroot could not be made: no such suite"


def test_a_failed_build_uploads_nothing(bench: Bench) -> None:
    bench.executor.done = SandboxExit(ending=Ending.EXITED, returncode=2)
    bench.executor.log = b"| Summary \nFail-Stage: build\nStatus: attempted\n"

    result = bench.result()

    assert (result.outcome, result.files, result.proof) == (Outcome.FAILED, (), None)
    assert bench.door.uploads == []


def test_a_build_whose_files_are_unusable_failed(bench: Bench) -> None:
    bench.executor.files_error = InvalidInputError("the build left 0 .changes files, not one")

    result = bench.result()

    assert (result.outcome, result.sentence) == (
        Outcome.FAILED,
        "the build left 0 .changes files, not one",
    )


def test_a_bug_of_the_builder_is_reported_as_its_own_problem(bench: Bench) -> None:
    bench.door.upload_error = ZeroDivisionError("division by zero")

    result = bench.result()

    assert (result.outcome, result.stage) == (Outcome.BUILDER_PROBLEM, Stage.UPLOAD)
    assert "ZeroDivisionError: division by zero" in result.sentence
    assert result.files == ()


def test_a_cancelled_attempt_reports_that_it_is(bench: Bench) -> None:
    bench.door.is_cancelled = True
    bench.executor.meanwhile = lambda stop: stop.wait(SECONDS_MAX)
    bench.executor.done = SandboxExit(ending=Ending.STOPPED, returncode=-9)

    result = bench.result()

    assert result.outcome is Outcome.CANCELLED
    assert bench.door.uploads == []


@pytest.mark.parametrize("error", [NotAllowedError("x"), NotFoundError("x"), GoneError("x")])
def test_an_attempt_that_the_server_gave_away_ends_in_silence(
    bench: Bench, error: Exception
) -> None:
    bench.door.heartbeat_errors = [error]
    bench.executor.meanwhile = lambda stop: stop.wait(SECONDS_MAX)

    assert bench.run() is None
    assert bench.stop.reason is StopReason.LOST
    assert bench.door.result is None


def test_an_ending_builder_leaves_the_attempt_to_the_server(bench: Bench) -> None:
    bench.executor.meanwhile = lambda stop: stop.set(StopReason.SHUTDOWN)

    assert bench.run() is None
    assert bench.door.result is None
    assert bench.workplace.cleared == [FAST.attempt_id]


def test_a_heartbeat_that_finds_no_server_does_not_end_the_build(bench: Bench) -> None:
    errors: list[Exception] = [UnavailableError("restarting") for _ in range(3)]
    bench.door.heartbeat_errors = errors

    def wait_for_heartbeats(stop: StopSignal) -> None:
        while errors and not stop.wait(0.01):
            pass

    bench.executor.meanwhile = wait_for_heartbeats

    assert bench.result().outcome is Outcome.BUILT
    assert not errors


def test_a_result_that_is_not_wanted_any_more_is_dropped(bench: Bench) -> None:
    bench.door.report_error = GoneError("superseded")

    assert bench.run() is None


def test_the_first_reason_to_stop_stays() -> None:
    stop = StopSignal()

    stop.set(StopReason.CANCELLED)
    stop.set(StopReason.SHUTDOWN)

    assert stop.reason is StopReason.CANCELLED


@pytest.fixture
def link(bench: Bench) -> AttemptLink:
    seconds = itertools.count()
    return AttemptLink(
        bench.door,
        bench.workplace.log,
        stop=bench.stop,
        heartbeat_seconds=0.01,
        clock=lambda: float(next(seconds)),
    )


def test_a_log_is_shipped_in_pieces_of_a_bounded_size(bench: Bench, link: AttemptLink) -> None:
    bench.workplace.log.write(bytes(range(256)) * 20_000)

    drained = link.drain(SECONDS_MAX)

    assert drained
    assert bench.door.log == bench.workplace.log.content


def test_a_server_that_lost_the_end_of_its_log_gets_it_again(
    bench: Bench, link: AttemptLink
) -> None:
    bench.workplace.log.write(b"first ")
    link.drain(SECONDS_MAX)
    bench.door.log = b"fir"
    bench.workplace.log.write(b"second")

    drained = link.drain(SECONDS_MAX)

    assert drained
    assert bench.door.log == b"first second"


def test_a_log_is_given_up_when_the_server_stays_away(bench: Bench, link: AttemptLink) -> None:
    bench.workplace.log.write(b"text")
    bench.door.log_errors = [UnavailableError("away") for _ in range(9)]

    assert not link.drain(0.0)


def test_a_conflict_that_repeats_does_not_turn_in_a_circle(
    bench: Bench, link: AttemptLink
) -> None:
    bench.workplace.log.write(b"text")
    bench.door.log_errors = [ConflictError("no"), ConflictError("no")]

    thread = threading.Thread(target=link.drain, args=(0.0,))
    thread.start()
    thread.join(SECONDS_MAX)

    assert not thread.is_alive()
