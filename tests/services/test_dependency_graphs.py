"""The graphs of a new snapshot are made by a job of their own, and go with their archive."""

from pathlib import Path

import pytest
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.adapters.database import SqlDatabase
from vostok.adapters.graph_files import LocalGraphFiles
from vostok.domain.job import Job, JobKind
from vostok.services.dependency_graphs import GraphService
from vostok.services.job_runner import Carry, JobService, Reporter, Step


class World:
    """An installation that keeps its graphs."""

    def __init__(self, installation: Installation, root: Path) -> None:
        self.root = root
        self.database = SqlDatabase(installation.database.engine, LocalGraphFiles(root))
        self.jobs = JobService(self.database, installation.engine, installation.clock)
        self.clock = installation.clock
        self.service = GraphService(self.database, self.jobs)

    def do(self, step: Step, job: Job, carry: Carry) -> Carry:
        return step.do(job, carry, Reporter(self.database, self.clock, job.id))

    def asked(self) -> list[Job]:
        jobs = self.jobs.newest(ADMINISTRATOR, "debian")
        return [job for job in jobs if job.kind is JobKind.PREPARE_GRAPHS]

    def imported(self) -> Job:
        jobs = self.jobs.newest(ADMINISTRATOR, "debian")
        return next(job for job in jobs if job.kind is JobKind.IMPORT)

    def files(self) -> list[str]:
        return sorted(path.suffix for path in self.root.glob("*"))


@pytest.fixture
def world(imported: Installation, tmp_path: Path) -> World:
    return World(imported, tmp_path / "graphs")


def test_after_an_import_a_job_makes_the_graphs(world: World) -> None:
    carry = world.do(world.service.step_of_import(), world.imported(), {"message": "imported"})

    [job] = world.asked()
    result = world.do(world.service.steps()[0], job, {})

    assert carry == {"message": "imported"}
    assert result == {"message": "1 dependency graphs of debian are made"}
    assert world.files() == [".graph"]


def test_graphs_that_are_there_are_not_asked_for_again(world: World) -> None:
    step = world.service.step_of_import()
    world.do(step, world.imported(), {})
    world.do(world.service.steps()[0], world.asked()[0], {})

    world.do(step, world.imported(), {})

    assert len(world.asked()) == 1


def test_the_graphs_go_with_their_archive(world: World) -> None:
    world.do(world.service.step_of_import(), world.imported(), {})
    world.do(world.service.steps()[0], world.asked()[0], {})

    with world.database.write() as transaction:
        transaction.deletion.delete_rows(transaction.archives.named("debian").id)

    assert world.files() == []
