"""Attempts: appended one after the other, each with its tokens, result and files."""

from dataclasses import replace

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage, add_attempt, add_derived
from tests.builders import NOW, later, new_build, sha256_of

from vostok.domain.build import Attempt, AttemptFile, BuildState
from vostok.errors import ConflictError, GoneError, NotFoundError

S = BuildState


def attempt_now(stage: Stage, attempt: Attempt) -> Attempt:
    with stage.read() as transaction:
        return transaction.builds.attempt(attempt.id)


def finish(stage: Stage, attempt: Attempt, outcome: str = "built") -> None:
    with stage.write() as transaction:
        transaction.builds.finish_attempt(attempt.id, outcome=outcome, at=later(60))


def put(stage: Stage, attempt: Attempt, name: str, content: str = "") -> None:
    file = AttemptFile(name=name, size=len(content), sha256=sha256_of(content))
    with stage.write() as transaction:
        transaction.builds.put_file(attempt.id, file)


def files_of(stage: Stage, attempt: Attempt) -> dict[str, str]:
    with stage.read() as transaction:
        found = transaction.builds.files([attempt.id]).get(attempt.id, [])
    return {file.name: file.sha256 for file in found}


def test_the_first_attempt_is_number_one_and_runs(stage: Stage) -> None:
    build, attempt = stage.begin_attempt(stage.request()[0], builder="host-1")

    assert (build.attempt, attempt.number, attempt.build_id) == (1, 1, build.id)
    assert (attempt.builder, attempt.edition) == ("host-1", 0)
    assert (attempt.started_at, attempt.seen_at, attempt.finished_at) == (NOW, NOW, None)
    assert (attempt.outcome, attempt.result, attempt.log_bytes) == (None, None, 0)


def test_attempts_are_appended_and_the_older_stay_as_they_are(stage: Stage) -> None:
    build, first = stage.begin_attempt(stage.request()[0])
    finish(stage, first, "failed")
    ended = attempt_now(stage, first)
    again = stage.move(build, S.FAILED, S.NEEDS_BUILD)
    newest, second = stage.begin_attempt(again, builder="host-2")

    with stage.read() as transaction:
        found = transaction.builds.attempts([build.id, 999_999])
        current = transaction.builds.current_attempt(newest)
    assert found == {build.id: [ended, second]}
    assert (ended.outcome, ended.finished_at) == ("failed", later(60))
    assert current == second


def test_a_build_that_was_never_tried_has_no_current_attempt(stage: Stage) -> None:
    [build] = stage.request()

    with stage.read() as transaction:
        assert transaction.builds.current_attempt(build) is None
        with pytest.raises(NotFoundError, match="no attempt 999999"):
            transaction.builds.attempt(999_999)


@pytest.mark.parametrize(
    "way",
    [
        (S.CANCELLED,),
        (S.BUILDING,),
        (S.BUILDING, S.FAILED),
        (S.BUILDING, S.UPLOADING),
        (S.BUILDING, S.UPLOADING, S.BUILT),
    ],
)
def test_only_a_build_that_waits_is_tried(stage: Stage, way: tuple[BuildState, ...]) -> None:
    build = stage.move(stage.request()[0], *way)

    with stage.write() as transaction, pytest.raises(ConflictError, match="does not wait"):
        add_attempt(transaction, build)

    assert stage.build(build.id) == build


def test_an_attempt_begun_from_a_stale_record_is_refused(stage: Stage) -> None:
    [stale] = stage.request()
    current, _ = stage.begin_attempt(stale)
    waiting = stage.move(current, S.NEEDS_BUILD)

    with stage.write() as transaction, pytest.raises(ConflictError, match="its attempt 1"):
        add_attempt(transaction, stale, builder="host-2")

    assert stage.build(stale.id) == waiting


def test_a_token_lets_in_to_its_own_attempt_while_that_runs(stage: Stage) -> None:
    build, attempt = stage.begin_attempt(stage.request()[0])
    token, view_token = f"token of {build.id}.1", f"view token of {build.id}.1 on host-1"

    with stage.read() as transaction:
        while_running = (
            transaction.builds.attempt_of_token(attempt.id, token),
            transaction.builds.attempt_of_view_token(view_token),
        )
        strangers = (
            transaction.builds.attempt_of_token(attempt.id, view_token),
            transaction.builds.attempt_of_token(attempt.id + 1, token),
            transaction.builds.attempt_of_view_token(token),
        )
    finish(stage, attempt)

    assert while_running == (attempt, attempt)
    assert strangers == (None, None, None)
    with stage.read() as transaction:
        assert transaction.builds.attempt_of_token(attempt.id, token) is None
        assert transaction.builds.attempt_of_view_token(view_token) is None


def test_signs_of_life_and_the_length_of_the_log_are_kept(stage: Stage) -> None:
    _, attempt = stage.begin_attempt(stage.request()[0])

    with stage.write() as transaction:
        transaction.builds.saw_attempt(attempt.id, later(7))
        transaction.builds.set_log_bytes(attempt.id, 5 << 30)

    found = attempt_now(stage, attempt)
    assert (found.seen_at, found.log_bytes) == (later(7), 5 << 30)


def test_the_first_report_counts(stage: Stage) -> None:
    _, attempt = stage.begin_attempt(stage.request()[0])
    first = {"outcome": "built", "seconds": {"total": 50.1}, "files": ["hello.changes"]}

    with stage.write() as transaction:
        transaction.builds.set_result(attempt.id, first)
        transaction.builds.set_result(attempt.id, {"outcome": "failed"})

    assert attempt_now(stage, attempt).result == first


def test_an_attempt_ends_once(stage: Stage) -> None:
    _, attempt = stage.begin_attempt(stage.request()[0])
    finish(stage, attempt, "built")

    with stage.write() as transaction:
        transaction.builds.finish_attempt(attempt.id, outcome="lost", at=later(99))

    found = attempt_now(stage, attempt)
    assert (found.outcome, found.finished_at) == ("built", later(60))


def test_silent_attempts_are_running_ones_not_heard_of_since_a_moment(stage: Stage) -> None:
    silent = stage.begin_attempt(stage.request(new_build(stage.hello_id))[0])[1]
    heard = stage.begin_attempt(stage.request(new_build(stage.hello_id, architecture="arm64"))[0])[
        1
    ]
    ended = stage.begin_attempt(
        stage.request(new_build(stage.hello_id, architecture="riscv64"))[0]
    )[1]
    build, uploading = stage.begin_attempt(
        stage.request(new_build(stage.hello_id, architecture="armhf"))[0]
    )
    stage.move(build, S.UPLOADING)  # its builder is done; somebody must still judge what it sent
    finish(stage, ended, "lost")
    with stage.write() as transaction:
        transaction.builds.saw_attempt(heard.id, later(30))

    with stage.read() as transaction:
        found = transaction.builds.silent_attempts(later(30))
        nobody = transaction.builds.silent_attempts(NOW)

    assert sorted(attempt.id for attempt in found) == [silent.id, uploading.id]
    assert nobody == []


def test_a_file_sent_again_takes_the_place_of_the_first(stage: Stage) -> None:
    _, attempt = stage.begin_attempt(stage.request()[0])
    put(stage, attempt, "hello.deb", "half")
    put(stage, attempt, "hello.changes", "changes")

    put(stage, attempt, "hello.deb", "whole")

    assert files_of(stage, attempt) == {
        "hello.changes": sha256_of("changes"),
        "hello.deb": sha256_of("whole"),
    }


def test_a_file_that_comes_twice_at_once_is_entered_once(stage: Stage) -> None:
    _, attempt = stage.begin_attempt(stage.request()[0])

    outcomes = outcomes_at_once([lambda: put(stage, attempt, "hello.deb", "whole")] * 3)

    assert outcomes == [None, None, None]
    assert files_of(stage, attempt) == {"hello.deb": sha256_of("whole")}


def test_what_an_ended_attempt_brought_stays_as_it_is(stage: Stage) -> None:
    _, attempt = stage.begin_attempt(stage.request()[0])
    put(stage, attempt, "hello.deb", "whole")
    finish(stage, attempt)

    with pytest.raises(GoneError, match=f"attempt {attempt.id} has ended"):
        put(stage, attempt, "hello.deb", "forged")

    assert files_of(stage, attempt) == {"hello.deb": sha256_of("whole")}


def test_ids_are_not_given_again_after_their_rows_are_gone(stage: Stage) -> None:
    build, attempt = stage.begin_attempt(stage.request()[0])
    with stage.write() as transaction:
        transaction.deletion.delete_rows(stage.archive.id, "trial")

    with stage.write() as transaction:
        archive, suite = add_derived(transaction, "trial", stage.parent_suite)
    again = replace(stage, archive=archive, suite=suite)
    next_build, next_attempt = again.begin_attempt(again.request()[0])

    assert next_build.id > build.id
    assert next_attempt.id > attempt.id
    assert again.archive.id > stage.archive.id
    assert again.suite.id > stage.suite.id
