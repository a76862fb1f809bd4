"""kill -9 of each process at work: what was begun is finished, once, and nothing is left."""

from dataclasses import dataclass

import pytest
from tests.journeys.installation import (
    Document,
    Installation,
    Process,
    eventually,
    newest_publication,
)

pytestmark = pytest.mark.build

BUILD_BEGINS = "dpkg-buildpackage: info: source package"
CHECKS_MIN = 50
"""Lines that the configure script of the package that is built writes, at the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningBuild:
    """A build that compiles just now, and the archive's publications when it began."""

    campaign: int
    build_id: int
    publication: int
    processes: list[Process]


@pytest.fixture(scope="module")
def undisturbed_log(vostok: Installation, first_campaign: Document) -> str:
    """Of the package that the tests build, from a build to which nothing happened."""
    (build,) = (item for item in first_campaign["builds"] if item["source"] == "hello")
    return vostok.say("build", "log", str(build["id"]))


@pytest.fixture
def running(vostok: Installation, trial: str, undisturbed_log: str) -> RunningBuild:
    assert BUILD_BEGINS in undisturbed_log
    publication = newest_publication(vostok, trial)
    campaign = vostok.request(trial, "hello")
    build_id = int(vostok.build_of(trial, campaign)["id"])
    vostok.wait_for_log(build_id, BUILD_BEGINS)
    return RunningBuild(
        campaign=campaign,
        build_id=build_id,
        publication=publication,
        processes=vostok.sandbox_processes(),
    )


def checks(log: str) -> list[str]:
    """What configure says: many lines, the same ones in the same order in every build."""
    return [line for line in log.splitlines() if line.startswith("checking ")]


def assert_finished_once(
    vostok: Installation, trial: str, running: RunningBuild, undisturbed_log: str
) -> Document:
    """The build, after it has finished: built, published once, its log whole."""
    build = vostok.finished(trial, running.campaign)
    log = vostok.say("build", "log", str(running.build_id))
    eventually(
        lambda: vostok.ask("build", "show", str(running.build_id))["fate"] == "published",
        "the build to be published",
    )
    assert build["state"] == "built"
    assert [attempt["outcome"] for attempt in build["attempts"]].count("built") == 1
    assert newest_publication(vostok, trial) == running.publication + 1
    assert log.startswith("Vostok: build ")
    assert log.count("| Summary ") == 1
    assert log.rstrip().splitlines()[-1].startswith("Outcome: built")
    assert len(checks(undisturbed_log)) >= CHECKS_MIN
    assert checks(log) == checks(undisturbed_log)
    return build


def assert_nothing_is_left(vostok: Installation, processes: list[Process]) -> None:
    assert len(processes) > 1
    eventually(lambda: not any(p.is_alive for p in processes), "the sandbox to be gone")
    assert vostok.mounts() == []


def test_a_build_goes_on_while_executor_and_server_are_killed_and_started_again(
    vostok: Installation, trial: str, running: RunningBuild, undisturbed_log: str
) -> None:
    vostok.kill("executor")
    vostok.kill("server")

    build = assert_finished_once(vostok, trial, running, undisturbed_log)
    assert [attempt["outcome"] for attempt in build["attempts"]] == ["built"]


def test_an_import_ends_once_though_the_executor_is_killed(
    vostok: Installation, debian: Document, architecture: str
) -> None:
    where = ("--suite", "bookworm", "--component", "main", "--architecture", architecture)
    job = vostok.ask("archive", "import", "second", *where, "--no-wait")
    eventually(
        lambda: vostok.ask("job", "show", job["id"])["state"] == "running", "the import to run"
    )

    vostok.kill("executor")

    ended = eventually(lambda: _ended_job(vostok, job["id"]), "the import to end")
    assert ended["state"] == "succeeded"
    suite = vostok.ask("archive", "show", "second")["suites"][0]
    assert suite["snapshot"]["number"] == 1
    assert suite["sources"] == debian["suites"][0]["sources"]
    assert suite["binaries"] == debian["suites"][0]["binaries"]


def test_a_killed_builder_leaves_nothing_and_its_build_is_tried_again(
    vostok: Installation, trial: str, running: RunningBuild, undisturbed_log: str
) -> None:
    vostok.kill("builder")

    assert_nothing_is_left(vostok, running.processes)
    build = assert_finished_once(vostok, trial, running, undisturbed_log)
    assert [attempt["outcome"] for attempt in build["attempts"]] == ["lost", "built"]
    assert [attempt["number"] for attempt in build["attempts"]] == [1, 2]
    first_log = vostok.say("build", "log", str(running.build_id), "--attempt", "1")
    assert BUILD_BEGINS in first_log
    assert "Outcome: " not in first_log


def test_everything_dies_with_vostok_up_and_goes_on_when_it_is_started_again(
    vostok: Installation, trial: str, running: RunningBuild, undisturbed_log: str
) -> None:
    children = list(vostok.children().values())

    vostok.kill_all()

    assert_nothing_is_left(vostok, [*running.processes, *children])
    vostok.start()
    build = assert_finished_once(vostok, trial, running, undisturbed_log)
    assert [attempt["outcome"] for attempt in build["attempts"]] == ["lost", "built"]


def _ended_job(vostok: Installation, job_id: str) -> Document | None:
    job = vostok.ask("job", "show", job_id)
    return job if job["finished_at"] else None
