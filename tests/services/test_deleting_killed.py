"""kill -9 of a process that deletes, at every write to database and disk: the end is the same."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from tests.fakes import FakeContentStore, FakeSigner
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import (
    ADMINISTRATOR,
    Installation,
    Template,
    at_rest,
    make_installation,
)

from vostok.adapters.content_store import LocalContentStore
from vostok.adapters.database import schema
from vostok.adapters.log_store import LocalLogStore
from vostok.adapters.signing import LocalSigner
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.package import Membership
from vostok.errors import GoneError
from vostok.services.job_runner import JobRunner
from vostok.services.space.deleting import DeleteService
from vostok.services.space.freeing import Freer

MOMENTS = {"at", "created_at", "started_at", "finished_at"}
KILLS_MAX = 200
LOG = b"a log\n"
PACKAGES_AT_ONCE = 5
EVENT_AMID_PACKAGES = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """A deletion that is asked for, and everything it works on, on the disk of this machine."""

    world: Installation
    root: Path
    job: Job
    runner: JobRunner

    @property
    def carries(self) -> Path:
        """What the finished steps left, a line for each: as the job engine remembers it."""
        return self.root / "carries"

    def run(self) -> None:
        """Go on behind the last step that ended."""
        lines = self.carries.read_text().splitlines() if self.carries.exists() else []
        carry: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        for number in range(len(lines), len(self.runner.step_names(JobKind.DELETE))):
            carry = self.runner.run_step(self.job.id, number, carry)
            with self.carries.open("a") as file:
                file.write(json.dumps(carry) + "\n")
        self.runner.finish(self.job.id, carry)

    def run_and_be_killed(self, event: int) -> bool:
        """In a process of its own that is killed at its nth event; whether it was."""
        pid = os.fork()
        if pid == 0:
            try:
                self.world.database.engine.dispose(close=False)
                kill_at(self.world, event)
                self.run()
            finally:
                os._exit(0)
        _, status = os.waitpid(pid, 0)
        return os.WIFSIGNALED(status)

    def end_state(self) -> dict[str, Any]:
        """Every row without its moments, and every file of the disk."""
        with self.world.database.engine.connect() as connection:
            rows = {
                table.name: sorted(
                    repr(told(row)) for row in connection.execute(sa.select(table)).mappings()
                )
                for table in schema.metadata.sorted_tables
                if table is not schema.job_line
            }
            # A log says how often its job was taken up: only whose logs there are is the same.
            logs = connection.execute(sa.select(schema.job_line.c.job_id).distinct())
            rows["job_line"] = sorted(logs.scalars())
        places = ("files", "logs", "keys")
        files = {
            str(path.relative_to(self.root))
            for place in places
            for path in (self.root / place).rglob("*")
            if path.is_file()
        }
        return {**rows, "files on disk": sorted(files)}


def told(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row without moments and without how far its job said it was."""
    progress = {"done", "total", "unit"}
    return {str(key): value for key, value in row.items() if key not in MOMENTS | progress}


def kill_at(world: Installation, event: int) -> None:
    """Have this process kill itself at its nth commit or removal of a file, before or after it."""
    count = 0

    def happened() -> None:
        nonlocal count
        count += 1
        if count == event:
            os.kill(os.getpid(), signal.SIGKILL)

    unlink = Path.unlink

    def noted(path: Path, missing_ok: bool = False) -> None:  # noqa: FBT001, FBT002 - as pathlib
        happened()
        unlink(path, missing_ok=missing_ok)

    Path.unlink = noted  # type: ignore[assignment, method-assign]  # this process ends with the test
    sa.event.listen(world.database.engine, "commit", lambda _: happened())
    sa.event.listen(world.database.engine, "begin", lambda _: happened())


@pytest.fixture(scope="session")
def with_life(tmp_path_factory: pytest.TempPathFactory, with_trial: Template) -> Template:
    """`trial` has a build with a log, one that failed, and shares a publication with `second`."""
    directory = tmp_path_factory.mktemp("with-life")
    world = make_installation(directory, with_trial)
    machine = BuildMachine(world)
    world.derive("second")
    world.rebuild("hello,indep")
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)
    world.engine.run_all()
    return at_rest(directory, world)


@pytest.fixture
def directories(tmp_path: Path) -> Iterator[Path]:
    def made() -> Iterator[Path]:
        for number in range(KILLS_MAX):
            directory = tmp_path / str(number)
            directory.mkdir()
            yield directory

    return made()


def deletion(directory: Path, template: Template, name: str = "trial") -> Deletion:
    """The same deletion in a directory of its own."""
    world = make_installation(directory, template)
    assert isinstance(world.store, FakeContentStore)
    store, logs = LocalContentStore(directory / "files"), LocalLogStore(directory / "logs")
    signer = LocalSigner(directory / "keys")
    for sha256 in world.store.hashes():
        path = directory / "files" / sha256
        if path.is_file():
            store.put([path.read_bytes()], size_max=1 << 30)
            path.unlink()
    if name == "trial":
        logs.append(world.build("hello").id, 1, offset=0, data=LOG)
    assert isinstance(world.signer, FakeSigner)
    for fingerprint in world.signer.keys:
        (directory / "keys" / f"{fingerprint}.tsk").write_text("a key")
    deleting = DeleteService(
        world.database, world.jobs, world.builds, store, logs,
        Freer(world.database, store, logs, signer, world.engine), world.clock, stop_seconds_max=0,
        packages_at_once_max=PACKAGES_AT_ONCE,
    )  # fmt: skip
    world.clock.set_step(0)
    job = deleting.request(ADMINISTRATOR, name)
    return Deletion(
        world=world,
        root=directory,
        job=job,
        runner=JobRunner(world.database, world.clock, {JobKind.DELETE: deleting.steps()}, {}),
    )


def same_ids(state: dict[str, Any], one: Deletion, other: Deletion) -> dict[str, Any]:
    """The state with the id of one job in the place of the other's: ids are drawn."""
    text = json.dumps(state).replace(one.job.id, other.job.id)
    return {name: sorted(lines) for name, lines in json.loads(text).items()}


@pytest.mark.parametrize("name", ["trial", "debian"])
def test_killed_at_any_moment_and_run_again_the_end_is_that_of_an_undisturbed_run(
    directories: Iterator[Path], with_life: Template, with_parent: Template, name: str
) -> None:
    """Of an archive with builds, and of an image, whose packages go some at a time."""
    template = with_life if name == "trial" else with_parent
    undisturbed = deletion(next(directories), template, name)
    undisturbed.run()
    expected = undisturbed.end_state()
    assert undisturbed.world.jobs.show(ADMINISTRATOR, undisturbed.job.id).state is (
        JobState.SUCCEEDED
    )

    kills = 0
    for directory in directories:
        killed = deletion(directory, template, name)
        if not killed.run_and_be_killed(kills + 1):
            break
        killed.run()
        kills += 1

        assert same_ids(killed.end_state(), killed, undisturbed) == expected, f"kill {kills}"
        killed.world.database.engine.dispose()
    undisturbed.world.database.engine.dispose()
    assert kills > 20


def test_while_its_packages_go_nobody_finds_the_archive(
    directories: Iterator[Path], with_parent: Template
) -> None:
    half = deletion(next(directories), with_parent, "debian")

    half.run_and_be_killed(EVENT_AMID_PACKAGES)

    with half.world.database.read() as transaction:
        left = transaction.members.binaries(Membership(suite_id=1, number=1))
        assert transaction.archives.all() == []
        assert transaction.tombstones.find("debian") is not None
        with pytest.raises(GoneError):
            transaction.archives.named("debian")
    assert left
    half.world.database.engine.dispose()
