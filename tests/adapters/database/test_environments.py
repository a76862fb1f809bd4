"""What attempts were built with, on both databases."""

from tests.adapters.database.stage import Stage
from tests.builders import new_build

from vostok.domain.build import Build, BuildState

GCC_12 = ("gcc", "4:12.2.0-3", "")
GCC_13 = ("gcc", "4:13.2.0-1", "")
MAKE = ("make", "4.3-4.1", "")


def built(stage: Stage, source: str, *packages: tuple[str, str, str]) -> Build:
    source_id = stage.hello_id if source == "hello" else stage.add_source(source)
    [build] = stage.request(new_build(source_id, source))
    building, attempt = stage.begin_attempt(build)
    with stage.write() as transaction:
        transaction.environments.record(attempt.id, packages)
    return stage.move(building, BuildState.UPLOADING, BuildState.BUILT)


def test_an_environment_is_read_as_it_was_recorded(stage: Stage) -> None:
    build = built(stage, "hello", MAKE, GCC_12, ("libc6", "2.36-9", "i386"))

    with stage.read() as transaction:
        [attempt] = transaction.builds.attempts([build.id])[build.id]
        found = transaction.environments.packages(attempt.id)

    assert found == [GCC_12, ("libc6", "2.36-9", "i386"), MAKE]


def test_recording_twice_is_recording_once(stage: Stage) -> None:
    build = built(stage, "hello", GCC_12)

    with stage.write() as transaction:
        [attempt] = transaction.builds.attempts([build.id])[build.id]
        transaction.environments.record(attempt.id, [GCC_13])

    with stage.read() as transaction:
        assert transaction.environments.packages(attempt.id) == [GCC_12]


def test_a_package_is_stored_once_however_many_attempts_had_it(stage: Stage) -> None:
    built(stage, "hello", GCC_12, MAKE)
    built(stage, "world", MAKE, GCC_12)

    assert stage.row_counts()["installed_package"] == 2


def test_builds_are_found_by_the_version_of_a_package(stage: Stage) -> None:
    old = built(stage, "hello", GCC_12, MAKE)
    built(stage, "world", GCC_13, MAKE)
    built(stage, "plain", MAKE)

    with stage.read() as transaction:
        found = transaction.environments.built_with(
            stage.archive.id, "gcc", lambda version: version.startswith("4:12")
        )
        nothing = transaction.environments.built_with(stage.archive.id, "clang", lambda _: True)

    assert found == {old.id: "4:12.2.0-3"}
    assert nothing == {}


def test_it_is_told_which_builds_have_a_recorded_environment(stage: Stage) -> None:
    known = built(stage, "hello", GCC_12)
    [unknown] = stage.request(new_build(stage.add_source("world"), "world"))
    stage.begin_attempt(unknown)

    with stage.read() as transaction:
        assert transaction.environments.recorded(stage.archive.id) == {known.id}
