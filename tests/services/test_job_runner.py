"""Jobs: every end is recorded, and a step that is done twice is done once."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation

from vostok.adapters.database import schema
from vostok.domain.access import ANONYMOUS
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.job_log import (
    JOB_LINES_MAX,
    JOB_LINES_READ_MAX,
    LINE_CHARACTERS_MAX,
    LineKind,
)
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobRunner, Step

DoStep = Callable[[Job, Carry, Reporter], Carry]


class Bench:
    """A runner of one kind of job, whose steps a test gives."""

    def __init__(self, world: Installation) -> None:
        self.world = world
        self.undone: list[str] = []

    def prepare(self, *steps: DoStep) -> Job:
        """A job of these steps, which waits."""
        self.world.engine.runner = JobRunner(
            self.world.database,
            self.world.clock,
            {
                JobKind.IMPORT: [
                    Step(name=f"step {number}", do=do) for number, do in enumerate(steps)
                ]
            },
            {JobKind.IMPORT: lambda _job, reason: self.undone.append(reason)},
        )
        with self.world.database.write() as transaction:
            return self.world.jobs.submit(
                transaction, JobKind.IMPORT, archive="a", arguments={"x": 1},
                principal=ADMINISTRATOR,
            )  # fmt: skip

    def run(self, *steps: DoStep) -> Job:
        """A job of these steps, which has ended."""
        return self.world.done(self.prepare(*steps))


@pytest.fixture
def bench(empty: Installation) -> Bench:
    return Bench(empty)


def raising(error: Exception) -> DoStep:
    def do(_job: Job, _carry: Carry, _report: Reporter) -> Carry:
        raise error

    return do


def test_steps_hand_on_what_they_leave_and_the_last_is_the_result(bench: Bench) -> None:
    job = bench.run(
        lambda job, _carry, _report: {"seen": [job.arguments["x"]]},
        lambda _job, carry, _report: {"seen": [*carry["seen"], 2], "message": "all is well"},
    )

    assert (job.state, job.message) == (JobState.SUCCEEDED, "all is well")
    assert job.result == {"seen": [1, 2], "message": "all is well"}
    assert job.error is None
    assert job.started_at is not None
    assert job.finished_at is not None
    assert bench.undone == []


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        (InvalidInputError, "invalid-input"),
        (NotAllowedError, "not-allowed"),
        (NotFoundError, "not-found"),
        (GoneError, "gone"),
        (ConflictError, "conflict"),
        (UnavailableError, "unavailable"),
    ],
)
def test_an_error_ends_a_job_with_its_kind_message_and_hint(
    bench: Bench, kind: type[VostokError], word: str
) -> None:
    later: list[Job] = []

    def do_later(job: Job, _carry: Carry, _report: Reporter) -> Carry:
        later.append(job)
        return {}

    job = bench.run(raising(kind("it is so", hint="do this")), do_later)

    assert job.state is JobState.FAILED
    assert job.message == "it is so"
    assert job.error == {"kind": word, "message": "it is so", "hint": "do this"}
    assert bench.undone == ["it is so"]
    assert later == []


def test_a_fault_of_ours_ends_a_job_and_says_that_it_is_one(bench: Bench) -> None:
    job = bench.run(raising(ZeroDivisionError("by zero")))

    assert job.state is JobState.FAILED
    assert job.error is not None
    assert job.error["kind"] == "bug"
    assert "ZeroDivisionError: by zero" in job.message
    assert len(bench.undone) == 1


def test_progress_is_told_and_kept(bench: Bench) -> None:
    seen: list[tuple[str, int, int, str]] = []

    def tell(job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("reading", done=3, total=9, unit="files")
        now = bench.world.jobs.show(ADMINISTRATOR, job.id)
        seen.append((now.message, now.done, now.total, now.unit))
        return {}

    bench.run(tell)

    assert seen == [("reading", 3, 9, "files")]


def test_the_moves_of_a_step_are_written_a_few_times_a_second_at_most(bench: Bench) -> None:
    messages = []
    bench.world.clock.set_step(0.01)

    def tell(job: Job, _carry: Carry, report: Reporter) -> Carry:
        for number in range(20):
            report.tell(f"{number}", step="counting")
            messages.append(bench.world.jobs.show(ADMINISTRATOR, job.id).message)
        return {}

    bench.run(tell)

    assert set(messages) == {"0"}


def test_a_log_has_a_line_for_each_step_and_none_for_the_moves_of_its_bar(bench: Bench) -> None:
    bench.world.clock.set_step(0.01)

    def work(_job: Job, _carry: Carry, report: Reporter) -> Carry:
        for number in range(20):
            report.tell(f"reading file {number}", step="reading", done=number, total=20)
        report.note("read 20 files: 2 are new")
        report.tell("reading file 20", step="reading", done=20, total=20, unit="files")
        report.tell("storing")
        return {"message": "2 files are stored"}

    job = bench.run(work, lambda _job, carry, _report: carry)

    lines = bench.world.jobs.log(ANONYMOUS, job.id)
    assert [(line.kind, line.text) for line in lines] == [
        (LineKind.BEGAN, "began"),
        (LineKind.STEP, "reading"),
        (LineKind.FACT, "read 20 files: 2 are new"),
        (LineKind.STEP, "storing"),
        (LineKind.ENDED, "2 files are stored"),
    ]
    assert (lines[1].done, lines[1].total, lines[1].unit) == (20, 20, "files")
    assert [line.at for line in lines] == sorted(line.at for line in lines)


def test_the_last_line_of_a_failure_is_its_error_with_the_hint(bench: Bench) -> None:
    def work(_job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("reading")
        report.tell("reading on", step="reading", done=7, unit="files")
        raise UnavailableError("it is\nnot there", hint="look later")

    job = bench.run(work)

    lines = bench.world.jobs.log(ANONYMOUS, job.id)
    assert (lines[-1].kind, lines[-1].text) == (
        LineKind.ENDED, "failed: it is not there. What to do next: look later",
    )  # fmt: skip
    assert (lines[-2].text, lines[-2].done) == ("reading", 7)


def test_a_full_log_leaves_lines_out_and_says_so_and_tells_of_the_end_all_the_same(
    bench: Bench,
) -> None:
    def work(job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("reading", done=3, unit="files")
        for number in range(JOB_LINES_MAX + 100):
            report.note(f"{number} " + "é" * 2 * LINE_CHARACTERS_MAX)
        report.tell("storing", done=7, unit="rows")
        bench.world.jobs.cancel(ADMINISTRATOR, job.id)
        bench.world.jobs.cancel(ADMINISTRATOR, job.id)
        report.tell("going on")
        return {}

    job = bench.run(work)

    lines = bench.world.jobs.log(ANONYMOUS, job.id)
    assert len(lines) == JOB_LINES_READ_MAX
    assert {len(line.text) for line in lines[2 : JOB_LINES_MAX - 1]} == {LINE_CHARACTERS_MAX}
    assert (lines[1].text, lines[1].done) == ("reading", 3)
    assert [line.kind for line in lines[-3:]] == [
        LineKind.LEFT_OUT, LineKind.FACT, LineKind.ENDED,
    ]  # fmt: skip
    assert lines[-2].text == f"{ADMINISTRATOR.name} asked to cancel it"
    assert lines[-1].text == "cancelled"


def test_a_log_says_that_another_process_took_its_job_up_again(bench: Bench) -> None:
    def die(_job: Job, _carry: Carry, report: Reporter) -> Carry:
        report.tell("reading")
        raise SystemExit

    job = bench.prepare(die)
    runner = bench.world.engine.runner
    assert runner is not None
    with pytest.raises(SystemExit):
        runner.run_step(job.id, 0, {})

    steps = [Step(name="read", do=lambda *_: {}), Step(name="store", do=lambda *_: {})]
    another = JobRunner(bench.world.database, bench.world.clock, {JobKind.IMPORT: steps}, {})
    another.run_step(job.id, 0, {})
    another.run_step(job.id, 1, {})
    another.finish(job.id, {})
    another.finish(job.id, {})

    lines = bench.world.jobs.log(ANONYMOUS, job.id)
    assert [line.kind for line in lines] == [
        LineKind.BEGAN, LineKind.STEP, LineKind.RESUMED, LineKind.ENDED,
    ]  # fmt: skip
    assert lines[2].text.startswith("taken up again")


def test_what_a_job_tells_after_it_went_with_its_archive_is_written_nowhere(bench: Bench) -> None:
    world = bench.world

    def work(job: Job, _carry: Carry, report: Reporter) -> Carry:
        with world.database.engine.begin() as connection:
            connection.execute(schema.job.delete().where(schema.job.c.id == job.id))
        report.note("still at it")
        return {}

    bench.prepare(work)
    world.engine.run_all()

    with world.database.engine.connect() as connection:
        assert connection.execute(sa.select(schema.job_line)).all() == []


def test_a_running_job_stops_at_its_next_report_and_is_undone(bench: Bench) -> None:
    after: list[int] = []

    def work(job: Job, _carry: Carry, report: Reporter) -> Carry:
        bench.world.jobs.cancel(ADMINISTRATOR, job.id)
        report.tell("on and on")
        after.append(1)
        return {}

    job = bench.run(work)

    assert (job.state, job.message) == (JobState.CANCELLED, "cancelled")
    assert after == []
    assert bench.undone == ["the job was cancelled"]


def test_a_waiting_job_is_cancelled_at_once_and_never_begins(bench: Bench) -> None:
    begun: list[int] = []

    def begin(*_: object) -> Carry:
        begun.append(1)
        return {}

    job = bench.prepare(begin)
    cancelled = bench.world.jobs.cancel(ADMINISTRATOR, job.id)
    bench.world.engine.run_all()

    assert cancelled.state is JobState.CANCELLED
    assert begun == []
    assert bench.undone == ["the job was cancelled"]


def test_a_job_that_has_ended_cannot_be_cancelled(bench: Bench) -> None:
    job = bench.run(lambda *_: {})

    with pytest.raises(ConflictError, match="has ended: succeeded") as caught:
        bench.world.jobs.cancel(ADMINISTRATOR, job.id)

    assert caught.value.hint == f"vostok job show {job.id}"


def test_ending_a_job_twice_keeps_its_first_end(bench: Bench) -> None:
    job = bench.run(lambda *_: {"message": "the first"})
    runner = bench.world.engine.runner
    assert runner is not None

    runner.finish(job.id, {"message": "the second"})
    runner.crash(job.id, "late")

    after = bench.world.jobs.show(ADMINISTRATOR, job.id)
    assert (after.state, after.message) == (JobState.SUCCEEDED, "the first")


def test_a_job_whose_success_is_written_is_never_undone(bench: Bench) -> None:
    job = bench.run(lambda *_: {})
    runner = bench.world.engine.runner
    assert runner is not None

    runner.crash(job.id, "after its end")

    assert bench.undone == []


def test_a_step_after_the_end_does_nothing(bench: Bench) -> None:
    job = bench.run(lambda *_: {})
    runner = bench.world.engine.runner
    assert runner is not None

    assert runner.run_step(job.id, 0, {}) == {"ended": True}


def test_a_job_that_was_rolled_back_is_never_done(bench: Bench) -> None:
    world = bench.world

    def ask_and_fail() -> None:
        with world.database.write() as transaction:
            world.jobs.submit(
                transaction, JobKind.IMPORT, archive="a", arguments={}, principal=ADMINISTRATOR
            )
            raise ConflictError("something else")

    with pytest.raises(ConflictError):
        ask_and_fail()

    assert world.engine.jobs == []
    assert world.jobs.newest(ADMINISTRATOR) == []


def test_jobs_are_shown_to_who_may_look_and_stopped_by_who_may(bench: Bench) -> None:
    job = bench.prepare(lambda *_: {})

    assert bench.world.jobs.show(ANONYMOUS, job.id).id == job.id
    assert [found.id for found in bench.world.jobs.newest(ANONYMOUS, "a")] == [job.id]
    assert bench.world.jobs.newest(ANONYMOUS, "b") == []
    with pytest.raises(NotAllowedError):
        bench.world.jobs.cancel(BUILDER, job.id)
    with pytest.raises(NotFoundError, match="there is no job nope"):
        bench.world.jobs.show(ADMINISTRATOR, "nope")
