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
from tests.journeys.maintainer import Maintainer
from tests.journeys.own_compiler import OwnCompiler, published
from tests.journeys.scripted_builder import ScriptedBuilder
from tests.tiny_parent.source_packages import TREES, Edit

pytestmark = pytest.mark.build

SOURCE = "loopb"
LINES = 200
BEGINS = f"{SOURCE}: 1 of {LINES}"
SLOWLY = f"""\
build build-arch:
	cp loopb.txt loopb.built
	for number in $$(seq {LINES}); do echo "{SOURCE}: $$number of {LINES}"; sleep 0.03; done
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """What was left of the processes of an attempt, and how many there had been."""

    before: int
    left: int
    mounts: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A build whose builder is killed, then everything, then executor and server.

    Attributes:
        undisturbed: the log of the same package's build to which nothing happened.
        logs: those of its attempts.
    """

    undisturbed: str
    logs: list[str]
    build: Document
    publications: int
    builder: Killed
    everything: Killed


def edit() -> Edit:
    """A version that needs nothing to build, and takes its time."""
    control = (TREES / SOURCE / "debian" / "control").read_text()
    rules = (TREES / SOURCE / "debian" / "rules").read_text()
    head, _, rest = rules.partition("build build-arch:\n")
    _, _, tail = rest.partition("\nbuild-indep:")
    return Edit(
        version="1.0+nmu1",
        text="Build with nothing, slowly.",
        maintainer="r <richard@example.org>",
        files={
            "debian/control": control.replace("Build-Depends: loopa\n", ""),
            "debian/rules": f"{head}{SLOWLY}build-indep:{tail}",
        },
    )


def log_of(vostok: Installation, build_id: int, attempt: int) -> str:
    return vostok.run("build", "log", str(build_id), "--attempt", str(attempt)).stdout


def wait_until_it_builds(vostok: Installation, build_id: int, attempt: int) -> list[Process]:
    """The processes of an attempt, which compiles just now."""
    eventually(
        lambda: vostok.has_logged(build_id, BEGINS, attempt=attempt),
        f"attempt {attempt} to be made",
    )
    return vostok.sandbox_processes()


def killed(vostok: Installation, processes: list[Process]) -> Killed:
    def is_over() -> bool:
        return not any(process.is_alive for process in processes)

    eventually(is_over, "the sandbox to be gone")
    left = [process for process in processes if process.is_alive]
    return Killed(before=len(processes), left=len(left), mounts=vostok.mounts())


@pytest.fixture(scope="module")
def story(  # noqa: PLR0913, PLR0917 - each argument is a fixture
    vostok: Installation,
    own_tools: str,
    own_compiler: OwnCompiler,
    richard: Maintainer,
    script: ScriptedBuilder,
    architecture: str,
) -> Story:
    assert own_compiler.campaign["state"] == "finished"
    done = richard.dput(own_tools, richard.source(SOURCE, edit(), with_tarball=True))
    assert done.returncode == 0, done.stdout + done.stderr
    uploaded = vostok.upload_of(own_tools, SOURCE)["builds"]
    undisturbed = {
        build["architecture"]: published(vostok, script, int(build["id"])) for build in uploaded
    }[architecture]
    publication = newest_publication(vostok, own_tools)
    number = vostok.request(own_tools, SOURCE, "--architecture", architecture)
    build_id = int(vostok.build_of(own_tools, number)["id"])

    processes = wait_until_it_builds(vostok, build_id, 1)
    vostok.kill("builder")
    builder = killed(vostok, processes)

    processes = wait_until_it_builds(vostok, build_id, 2)
    processes += vostok.children().values()
    vostok.kill_all()
    everything = killed(vostok, processes)
    vostok.start()

    wait_until_it_builds(vostok, build_id, 3)
    vostok.kill("executor")
    vostok.kill("server")
    build = vostok.wait_until_published(build_id)
    eventually(lambda: not vostok.attempt_directories(), "the builder to clear up")
    return Story(
        undisturbed=log_of(vostok, int(undisturbed["id"]), 1),
        logs=[log_of(vostok, build_id, attempt) for attempt in (1, 2, 3)],
        build=build,
        publications=newest_publication(vostok, own_tools) - publication,
        builder=builder,
        everything=everything,
    )


def steps(log: str) -> list[str]:
    """What the package itself says while it is built: the same lines in every build."""
    return [line for line in log.splitlines() if line.startswith(f"{SOURCE}: ")]


def test_a_killed_builder_leaves_nothing_and_its_build_is_tried_again(story: Story) -> None:
    assert story.builder.before > 1
    assert story.builder.left == 0
    assert story.builder.mounts == []
    assert BEGINS in story.logs[0]
    assert "Outcome: " not in story.logs[0]


def test_everything_dies_with_vostok_up_and_goes_on_when_it_is_started_again(
    story: Story,
) -> None:
    assert story.everything.before > 4
    assert story.everything.left == 0
    assert story.everything.mounts == []
    assert BEGINS in story.logs[1]
    assert "Outcome: " not in story.logs[1]


def test_a_build_goes_on_while_executor_and_server_are_killed_and_started_again(
    story: Story,
) -> None:
    outcomes = [attempt["outcome"] for attempt in story.build["attempts"]]
    assert outcomes == ["lost", "lost", "built"]


def test_its_log_is_whole_and_it_is_published_once(story: Story) -> None:
    log = story.logs[2]

    assert steps(log) == steps(story.undisturbed)
    assert len(steps(log)) == LINES
    assert log.startswith("Vostok: build ")
    assert log.count("| Summary ") == 1
    assert log.rstrip().splitlines()[-1].startswith("Outcome: built")
    assert story.publications == 1


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


def _ended_job(vostok: Installation, job_id: str) -> Document | None:
    job = vostok.ask("job", "show", job_id)
    return job if job["finished_at"] else None
