"""Jobs as their askers see them."""

import pytest
from tests.builders import NOW, later

from vostok.adapters.database import SqlDatabase, schema
from vostok.domain.job import ENDED_STATES, Job, JobKind, JobState
from vostok.domain.job_log import JobLine, LineKind
from vostok.errors import NotFoundError

ENDED = sorted(ENDED_STATES)


def add_job(
    database: SqlDatabase,
    job_id: str = "j1",
    *,
    kind: JobKind = JobKind.PUBLISH,
    archive: str | None = "trial",
    seconds: float = 0,
) -> Job:
    with database.write() as transaction:
        return transaction.jobs.add(
            job_id,
            kind,
            archive=archive,
            arguments={"archive": archive, "numbers": [1, 2]},
            requested_by="andrea",
            at=later(seconds),
        )


def finish(database: SqlDatabase, job_id: str, state: JobState, message: str = "done") -> None:
    with database.write() as transaction:
        transaction.jobs.finish(
            job_id, state, at=later(60), message=message, result={"publication": 3}
        )


def job(database: SqlDatabase, job_id: str = "j1") -> Job:
    with database.read() as transaction:
        return transaction.jobs.by_id(job_id)


def test_a_new_job_is_queued_and_knows_what_was_asked(database: SqlDatabase) -> None:
    made = add_job(database)

    assert job(database) == made
    assert (made.state, made.kind, made.archive) == (JobState.QUEUED, JobKind.PUBLISH, "trial")
    assert made.arguments == {"archive": "trial", "numbers": [1, 2]}
    assert (made.requested_by, made.created_at) == ("andrea", NOW)
    assert (made.done, made.total, made.unit) == (0, 0, "")
    assert (made.started_at, made.finished_at, made.result, made.error) == (None,) * 4
    assert not made.is_cancel_asked


def test_the_lines_of_a_job_are_read_in_order_and_go_with_it(database: SqlDatabase) -> None:
    add_job(database)
    add_job(database, "j2")
    with database.write() as transaction:
        logs = transaction.job_logs
        first = logs.add("j1", LineKind.STEP, "reading", at=NOW)
        logs.add("j2", LineKind.STEP, "of another", at=NOW)
        second = logs.add("j1", LineKind.ENDED, "done", at=later(1))
        nowhere = logs.add("j9", LineKind.STEP, "of none", at=NOW)
        assert first is not None
        assert second is not None
        logs.set_counts(first, done=2, total=4_000_000_000, unit="bytes")

    with database.read() as transaction:
        lines = transaction.job_logs.lines("j1")
        rest = transaction.job_logs.lines("j1", behind=first)
        count = transaction.job_logs.count("j1")
        ends = transaction.job_logs.end("j1"), transaction.job_logs.end("j9")
    with database.engine.begin() as connection:
        connection.execute(schema.job.delete().where(schema.job.c.id == "j1"))
    with database.read() as transaction:
        left = transaction.job_logs.count("j1"), transaction.job_logs.count("j2")

    assert lines == [
        JobLine(
            number=first, at=NOW, kind=LineKind.STEP, text="reading",
            done=2, total=4_000_000_000, unit="bytes",
        ),
        JobLine(number=second, at=later(1), kind=LineKind.ENDED, text="done"),
    ]  # fmt: skip
    assert (rest, nowhere, count, left) == (lines[1:], None, 2, (0, 1))
    assert ends == (second, 0)


def test_a_job_that_is_not_there_is_named(database: SqlDatabase) -> None:
    with database.read() as transaction, pytest.raises(NotFoundError, match="no job j9"):
        transaction.jobs.by_id("j9")


def test_jobs_are_listed_newest_first_for_one_archive_or_all(database: SqlDatabase) -> None:
    for number, archive in enumerate(["trial", "other", "trial", None]):
        add_job(database, f"j{number}", archive=archive, seconds=number)

    with database.read() as transaction:
        everywhere = [job.id for job in transaction.jobs.newest()]
        here = [job.id for job in transaction.jobs.newest("trial")]

    assert everywhere == ["j3", "j2", "j1", "j0"]
    assert here == ["j2", "j0"]


def test_jobs_are_listed_by_a_text_in_id_archive_or_asker(database: SqlDatabase) -> None:
    for number, archive in enumerate(["trial", "tri_al", "100%", None]):
        add_job(database, f"j{number}", archive=archive, seconds=number)

    with database.read() as transaction:
        found = {
            text: [job.id for job in transaction.jobs.newest(text=text)]
            for text in ("TRI", "i_a", "0%", "%", "J3", "/")
        }

    assert found == {
        "TRI": ["j1", "j0"], "i_a": ["j1"], "0%": ["j2"], "%": ["j2"], "J3": ["j3"], "/": [],
    }  # fmt: skip


def test_unfinished_jobs_are_those_of_one_kind_and_archive_oldest_first(
    database: SqlDatabase,
) -> None:
    add_job(database, "second", seconds=2)
    add_job(database, "first", seconds=1)
    add_job(database, "other-kind", kind=JobKind.DELETE)
    add_job(database, "other-archive", archive="other")
    for state in ENDED:
        add_job(database, state)
        finish(database, state, state)

    with database.write() as transaction:
        found = [job.id for job in transaction.jobs.unfinished(JobKind.PUBLISH, "trial")]

    assert found == ["first", "second"]


def test_a_job_begins_once(database: SqlDatabase) -> None:
    add_job(database)

    with database.write() as transaction:
        begun = transaction.jobs.begin("j1", later(1))
        again = transaction.jobs.begin("j1", later(99))

    assert (begun.state, begun.started_at) == (JobState.RUNNING, later(1))
    assert again == begun


@pytest.mark.parametrize("state", ENDED)
def test_a_job_that_ended_neither_begins_nor_moves_nor_ends_again(
    database: SqlDatabase, state: JobState
) -> None:
    add_job(database)
    finish(database, "j1", state, "the first end")
    ended = job(database)

    with database.write() as transaction:
        begun = transaction.jobs.begin("j1", later(99))
        must_stop = transaction.jobs.progress("j1", message="on", done=9, total=9, unit="files")
        transaction.jobs.finish("j1", JobState.FAILED, at=later(99), message="the second end")

    assert must_stop
    assert begun == job(database) == ended
    assert (ended.state, ended.message, ended.finished_at) == (state, "the first end", later(60))
    assert ended.result == {"publication": 3}


def test_progress_is_kept_and_tells_whether_to_stop(database: SqlDatabase) -> None:
    add_job(database)

    with database.write() as transaction:
        before = transaction.jobs.progress("j1", message="on", done=1, total=2, unit="files")
        transaction.jobs.ask_cancel("j1")
        after = transaction.jobs.progress("j1", message="on", done=2, total=2, unit="files")

    found = job(database)
    assert (before, after) == (False, True)
    assert found.is_cancel_asked
    assert (found.message, found.done, found.total, found.unit) == ("on", 2, 2, "files")


def test_a_failure_is_kept_with_its_parts(database: SqlDatabase) -> None:
    add_job(database)
    error = {"kind": "conflict", "message": "no", "hint": None}

    with database.write() as transaction:
        transaction.jobs.finish(
            "j1", JobState.FAILED, at=later(60), message="no", result=None, error=error
        )

    found = job(database)
    assert (found.state, found.error, found.result) == (JobState.FAILED, error, None)
