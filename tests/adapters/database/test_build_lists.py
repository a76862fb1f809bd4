"""Pieces of a campaign's list of builds, chosen and sorted by the database."""

from datetime import timedelta
from itertools import pairwise

import apt_pkg
import pytest
from tests.adapters.database.stage import Stage
from tests.builders import NOW, new_build

from vostok.domain.build import Build, BuildState, Reach
from vostok.domain.build_list import ATTENTION, BuildList, BuildOrder
from vostok.errors import NotFoundError

VERSIONS = ["1.10-1", "1.9-1", "1.9-1~rc1", "1:0.1-1", "1.9-1+b2", "1.9-1Xtrial1"]
SOURCES = ["zlib", "hello", "libxml2", "bash", "libc", "gcc_like"]
STATES = [
    (),
    (BuildState.FAILED,),
    (BuildState.CANCELLED,),
    (BuildState.SOURCE_UNAVAILABLE,),
    (BuildState.BD_UNINSTALLABLE,),
    (BuildState.NOT_FOR_US,),
]


@pytest.fixture
def builds(stage: Stage) -> list[Build]:
    """Six builds in as many states, by source."""
    ids = [stage.hello_id]
    new = [
        new_build(ids[0], source)._replace(version=version, architecture=f"a{place}")
        for place, (source, version) in enumerate(zip(SOURCES, VERSIONS, strict=True))
    ]
    requested = {build.source: build for build in stage.request(*new)}
    moved = [
        stage.move(requested[source], *states)
        for source, states in zip(SOURCES, STATES, strict=True)
    ]
    return sorted(moved, key=lambda build: build.source)


def listed(stage: Stage, campaign_id: int | None, asked: BuildList) -> list[Build]:
    assert campaign_id is not None
    with stage.read() as transaction:
        return transaction.build_lists.of_campaign(campaign_id, asked)


def test_pieces_put_together_are_the_whole_list_once(stage: Stage, builds: list[Build]) -> None:
    campaign_id = builds[0].campaign_id

    pieces = [
        listed(stage, campaign_id, BuildList(offset=offset, limit=4)) for offset in (0, 4, 8)
    ]

    assert [len(piece) for piece in pieces] == [4, 2, 0]
    assert [build for piece in pieces for build in piece] == builds


def test_a_list_goes_on_behind_the_build_where_it_ended(stage: Stage, builds: list[Build]) -> None:
    campaign_id = builds[0].campaign_id

    first = listed(stage, campaign_id, BuildList(limit=2))
    rest = listed(stage, campaign_id, BuildList(after=first[-1].id))

    assert first + rest == builds


def test_a_list_cannot_go_on_behind_what_is_not_there(stage: Stage, builds: list[Build]) -> None:
    with pytest.raises(NotFoundError, match="no build 99999 after which"):
        listed(stage, builds[0].campaign_id, BuildList(after=99_999))


@pytest.mark.parametrize(
    ("text", "sources"),
    [("lib", ["libc", "libxml2", "zlib"]), ("LIBX", ["libxml2"]), ("c_", ["gcc_like"]),
     ("%", []), ("", sorted(SOURCES))],
)  # fmt: skip
def test_a_list_can_be_of_names_with_a_text_in_them(
    stage: Stage, builds: list[Build], text: str, sources: list[str]
) -> None:
    asked = BuildList(text=text)

    found = listed(stage, builds[0].campaign_id, asked)

    assert [build.source for build in found] == sources
    with stage.read() as transaction:
        assert transaction.build_lists.count_of_campaign(builds[0].campaign_id or 0, asked) == len(
            sources
        )


def test_a_list_can_be_of_some_states(stage: Stage, builds: list[Build]) -> None:
    asked = BuildList(states=frozenset({"failed", "cancelled", "no such state"}))

    found = listed(stage, builds[0].campaign_id, asked)

    assert {build.state for build in found} == {BuildState.FAILED, BuildState.CANCELLED}


def test_versions_are_listed_in_debians_order(stage: Stage, builds: list[Build]) -> None:
    apt_pkg.init_system()
    campaign_id = builds[0].campaign_id

    found = listed(stage, campaign_id, BuildList(order=BuildOrder.VERSION))
    turned = listed(
        stage, campaign_id, BuildList(order=BuildOrder.VERSION, descending=True, limit=2)
    )

    assert len(found) == len(VERSIONS)
    assert all(apt_pkg.version_compare(a.version, b.version) < 0 for a, b in pairwise(found))
    assert turned == found[:-3:-1]


def test_what_people_should_look_at_first_is_listed_first(
    stage: Stage, builds: list[Build]
) -> None:
    found = listed(stage, builds[0].campaign_id, BuildList(order=BuildOrder.STATE))

    places = [ATTENTION.index(build.state) for build in found]
    assert places == sorted(places)
    assert found[0].state is BuildState.FAILED


@pytest.mark.parametrize("order", [BuildOrder.SECONDS, BuildOrder.COMPILER, BuildOrder.REBUILD])
def test_builds_that_are_equal_are_listed_by_source(
    stage: Stage, builds: list[Build], order: BuildOrder
) -> None:
    found = listed(stage, builds[0].campaign_id, BuildList(order=order, descending=True))

    assert found == builds


def test_what_took_longest_comes_first_if_asked(stage: Stage, builds: list[Build]) -> None:
    campaign_id = builds[0].campaign_id
    waiting = next(build for build in builds if build.state is BuildState.NEEDS_BUILD)
    building, attempt = stage.begin_attempt(waiting)
    with stage.write() as transaction:
        transaction.builds.set_result(attempt.id, {"proof": {"producers": [{"producer": "GNU"}]}})
        transaction.builds.finish_attempt(
            attempt.id, outcome="failed", at=NOW + timedelta(seconds=9)
        )

    by_time = listed(stage, campaign_id, BuildList(order=BuildOrder.SECONDS, descending=True))
    by_compiler = listed(stage, campaign_id, BuildList(order=BuildOrder.COMPILER, descending=True))

    assert by_time[0].id == by_compiler[0].id == building.id


def test_a_list_may_be_of_one_architecture(stage: Stage, builds: list[Build]) -> None:
    wanted = builds[2].architecture
    asked = BuildList(architecture=wanted)

    with stage.read() as transaction:
        assert builds[0].campaign_id is not None
        counted = transaction.build_lists.count_of_campaign(builds[0].campaign_id, asked)

    assert listed(stage, builds[0].campaign_id, asked) == [builds[2]]
    assert counted == 1


def test_builds_that_ended_are_counted_by_when_and_how(stage: Stage) -> None:
    built, failed, waiting = stage.request(
        new_build(stage.hello_id),
        new_build(stage.add_source("tree"), source="tree"),
        new_build(stage.add_source("zlib"), source="zlib"),
    )
    del waiting
    for build, state, minutes in (
        (built, BuildState.BUILT, 1),
        (failed, BuildState.FAILED_TO_UPLOAD, 3),
    ):
        begun, _ = stage.begin_attempt(build)
        with stage.write() as transaction:
            transaction.builds.move(
                transaction.builds.move(begun, BuildState.UPLOADING, actor="host-1", at=NOW),
                state, actor="vostok", at=NOW + timedelta(minutes=minutes),
            )  # fmt: skip

    with stage.read() as transaction:
        assert built.campaign_id is not None
        extent = transaction.build_lists.extent(built.campaign_id)
        ends = transaction.build_lists.ends(built.campaign_id, NOW, 60)

    assert extent == (3, NOW + timedelta(minutes=3))
    assert sorted(ends) == [(1, "built", 1), (3, "failed-to-upload", 1)]


def test_sources_come_in_pieces_with_all_their_builds_what_needs_a_look_first(
    stage: Stage,
) -> None:
    new = [
        new_build(stage.hello_id, source)._replace(architecture=f"{source}-{number}")
        for source in ("bash", "hello", "zlib")
        for number in (1, 2)
    ]
    requested = stage.request(*new)
    campaign_id = requested[0].campaign_id
    assert campaign_id is not None
    failing = next(build for build in requested if build.architecture == "zlib-2")
    stage.move(failing, BuildState.FAILED)
    by_state, by_name = BuildList(order=BuildOrder.STATE, limit=2), BuildList(limit=2, offset=1)
    failed = BuildList(states=frozenset({"failed"}))

    with stage.read() as transaction:
        lists = transaction.build_lists
        pieces = [
            [build.architecture for build in lists.of_sources(campaign_id, asked)]
            for asked in (by_state, by_name, failed)
        ]
        counts = [lists.count_of_sources(campaign_id, asked) for asked in (by_name, failed)]

    assert pieces[0] == ["zlib-1", "zlib-2", "bash-1", "bash-2"]
    assert pieces[1] == ["hello-1", "hello-2", "zlib-1", "zlib-2"]
    assert pieces[2] == ["zlib-1", "zlib-2"]
    assert counts == [3, 1]


def test_of_each_place_the_newest_build_that_somebody_waits_for_is_counted(stage: Stage) -> None:
    source = stage.hello_id
    first = stage.request(
        new_build(source, "zlib"),
        new_build(source, "bash", architecture="arm64"),
        new_build(source, "hello", architecture="i386")._replace(reach=Reach.NOWHERE),
    )
    for build in first:
        stage.move(build, BuildState.FAILED)
    again = stage.request(
        new_build(source, "zlib", rebuild_no=2),
        new_build(source, "bash", rebuild_no=2, architecture="arm64"),
    )
    stage.move(next(one for one in again if one.source == "bash"), BuildState.CANCELLED)

    with stage.read() as transaction:
        counts = transaction.build_lists.newest_states(stage.archive.id)

    assert counts == {"needs-build": 1, "failed": 1}
