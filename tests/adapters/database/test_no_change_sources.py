"""Builds of no-change sources, as both databases keep them."""

from tests.adapters.database.stage import Stage
from tests.builders import new_build, new_source

from vostok.domain.build import Build, BuildState, Reach, RebuildForm
from vostok.domain.package import DeltaKind

REASON = "to see what breaks"


def request(stage: Stage, rebuild_no: int, *, reach: Reach = Reach.PUBLICATION) -> list[Build]:
    """Builds of a no-change source of hello on two architectures."""
    wanted = [
        new_build(stage.hello_id, architecture=architecture, rebuild_no=rebuild_no)._replace(
            form=RebuildForm.SOURCE, reach=reach
        )
        for architecture in ("amd64", "arm64")
    ]
    return stage.request(*wanted)


def add_no_change_source(stage: Stage, version: str) -> int:
    """The id of a source that was made of hello 2.10-3."""
    with stage.write() as transaction:
        transaction.deltas.add(
            stage.suite.id,
            kind=DeltaKind.REBUILD,
            sources=[new_source("hello", version)],
            binaries=[],
            base_version="2.10-3",
        )
        found = transaction.members.own_sources(stage.suite.id, ["hello"])
        return next(source.id for source in found if source.version == version)


def versions(stage: Stage) -> dict[int, str]:
    with stage.read() as transaction:
        return transaction.builds.no_change_versions(stage.archive.id, REASON)


def test_only_the_builds_that_are_named_get_the_new_source(stage: Stage) -> None:
    first, second = request(stage, 1)
    new_id = add_no_change_source(stage, "2.10-3Xtrial1")

    with stage.write() as transaction:
        transaction.builds.set_new_source([first.id], new_id)

    assert stage.build(first.id) == first._replace(new_source_id=new_id)
    assert stage.build(first.id).built_source_id == new_id
    assert stage.build(second.id) == second
    assert second.built_source_id == stage.hello_id


def test_the_newest_source_that_was_made_of_one_is_known_whatever_became_of_its_builds(
    stage: Stage,
) -> None:
    assert versions(stage) == {}
    for rebuild_no in (1, 2):
        builds = request(stage, rebuild_no)
        assert stage.hello_id not in versions(stage) or rebuild_no == 2
        new_id = add_no_change_source(stage, f"2.10-3Xtrial{rebuild_no}")
        with stage.write() as transaction:
            transaction.builds.set_new_source([build.id for build in builds], new_id)
        for build in builds:
            stage.move(stage.build(build.id), BuildState.CANCELLED)

    assert versions(stage) == {stage.hello_id: "2.10-3Xtrial2"}


def test_what_was_made_for_another_reason_is_not_counted(stage: Stage) -> None:
    [build, _] = request(stage, 1)
    new_id = add_no_change_source(stage, "2.10-3Xtrial1")
    with stage.write() as transaction:
        transaction.builds.set_new_source([build.id], new_id)

    with stage.read() as transaction:
        assert transaction.builds.no_change_versions(stage.archive.id, "another") == {}


def test_a_source_that_only_a_trial_was_made_of_is_not_counted(stage: Stage) -> None:
    [build, _] = request(stage, 1, reach=Reach.NOWHERE)
    new_id = add_no_change_source(stage, "2.10-3Xtrial1")
    with stage.write() as transaction:
        transaction.builds.set_new_source([build.id], new_id)

    assert versions(stage) == {}


def test_builds_of_another_archive_are_not_counted(stage: Stage) -> None:
    [build, _] = request(stage, 1)
    new_id = add_no_change_source(stage, "2.10-3Xtrial1")
    with stage.write() as transaction:
        transaction.builds.set_new_source([build.id], new_id)

    with stage.read() as transaction:
        assert transaction.builds.no_change_versions(stage.parent.id, REASON) == {}
