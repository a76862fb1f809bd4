"""The graphs of a new snapshot are made at the end of its import, and go with their archive."""

from pathlib import Path

import pytest
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.adapters.database import SqlDatabase
from vostok.adapters.graph_files import LocalGraphFiles
from vostok.domain.job import JobKind
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, JobService
from vostok.services.selection.dependency_graphs import GraphService


class World:
    """An installation that keeps its graphs."""

    def __init__(self, installation: Installation, root: Path) -> None:
        self.root = root
        self.database = SqlDatabase(installation.database.engine, LocalGraphFiles(root))
        self.jobs = JobService(self.database, installation.engine, installation.clock)
        self.clock = installation.clock
        self.service = GraphService(self.database)

    def end_import(self) -> Carry:
        with self.database.write() as transaction:
            job = self.jobs.submit(
                transaction,
                JobKind.IMPORT,
                archive="debian",
                arguments={},
                principal=ADMINISTRATOR,
            )
        reporter = Reporter(self.database, self.clock, job.id)
        return self.service.step_of_import().do(job, {"message": "imported"}, reporter)

    def files(self) -> list[str]:
        return sorted(path.suffix for path in self.root.glob("*"))


@pytest.fixture
def world(imported: Installation, tmp_path: Path) -> World:
    return World(imported, tmp_path / "graphs")


def test_the_last_step_of_an_import_makes_the_graphs(world: World) -> None:
    carry = world.end_import()

    assert carry == {"message": "imported"}
    assert world.files() == [".graph"]


def test_a_graph_that_is_there_is_not_made_again(world: World) -> None:
    world.end_import()
    [file] = world.root.glob("*")
    before = file.stat().st_mtime_ns

    world.end_import()

    assert file.stat().st_mtime_ns == before


def test_the_graphs_go_with_their_archive(world: World) -> None:
    world.end_import()

    with world.database.write() as transaction:
        transaction.deletion.delete_rows(transaction.archives.named("debian").id)

    assert world.files() == []
