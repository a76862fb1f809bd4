"""Views: what builds see at an edition, under a toolchain and a dependency mode."""

import pytest
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage
from tests.builders import NOW, index_file, later, new_binary

from vostok.domain.package import DeltaKind
from vostok.domain.publication import IndexFile, View


def ensure(
    stage: Stage, edition: int = 1, toolchain_id: int | None = None, mode: str = "own"
) -> View:
    with stage.write() as transaction:
        return transaction.publications.ensure_view(
            stage.suite.id,
            derivation=1,
            edition=edition,
            toolchain_id=toolchain_id,
            dependencies=mode,
            at=NOW,
        )


def pool_file(stage: Stage, view: View, path: str, *, over_base: bool = True) -> IndexFile | None:
    with stage.read() as transaction:
        base = stage.base if over_base else None
        return transaction.publications.find_view_pool_file(view, base, path)


def test_a_view_is_made_once_for_edition_toolchain_and_mode(stage: Stage) -> None:
    view = ensure(stage)
    others = [
        ensure(stage, edition=2),
        ensure(stage, toolchain_id=7),
        ensure(stage, mode="parent"),
    ]

    assert ensure(stage) == view
    assert len({view.id, *(other.id for other in others)}) == 4
    assert (view.suite_id, view.edition, view.toolchain_id) == (stage.suite.id, 1, None)
    assert (view.dependencies, view.is_indexed) == ("own", False)
    assert others[1].toolchain_id == 7
    with stage.read() as transaction:
        assert transaction.publications.view(view.id) == view


def test_builders_that_ask_for_a_view_at_once_get_the_same(stage: Stage) -> None:
    outcomes = outcomes_at_once([lambda: ensure(stage)] * 4)

    assert outcomes == [ensure(stage)] * 4


def test_the_first_indices_of_a_view_stay(stage: Stage) -> None:
    view = ensure(stage)
    first, second = index_file("Packages"), index_file("Packages", "written again")
    with stage.write() as transaction:
        transaction.publications.set_view_indices(view.id, [first], NOW)
        transaction.publications.set_view_indices(view.id, [second], later(1))

        assert transaction.publications.view(view.id).is_indexed
        assert transaction.publications.find_view_index(view.id, "Packages") == first
        assert transaction.publications.find_view_index(view.id, "Sources") is None
        assert transaction.publications.find_view_by_hash(view.id, first.sha256) == first
        assert transaction.publications.find_view_by_hash(view.id, second.sha256) is None


def test_two_that_index_a_view_at_once_leave_one_set(stage: Stage) -> None:
    view = ensure(stage)

    def index(content: str) -> None:
        files = [index_file("Packages", content), index_file("InRelease", content)]
        with stage.write() as transaction:
            transaction.publications.set_view_indices(view.id, files, NOW)

    outcomes = outcomes_at_once([lambda: index("one"), lambda: index("other")])

    with stage.read() as transaction:
        packages = transaction.publications.find_view_index(view.id, "Packages")
        release = transaction.publications.find_view_index(view.id, "InRelease")
    assert outcomes == [None, None]
    assert (packages, release) in [
        (index_file("Packages", content), index_file("InRelease", content))
        for content in ("one", "other")
    ]


def test_a_view_serves_its_own_packages_and_the_bases(stage: Stage) -> None:
    own, base = new_binary("hello", "2.10-3Xtrial1"), new_binary()
    stage.add_binaries(own)
    view = ensure(stage, edition=stage.cut_edition())

    assert pool_file(stage, view, own.filename) == IndexFile(
        path=own.filename, size=own.size, sha256=own.sha256
    )
    assert pool_file(stage, view, base.filename) == IndexFile(
        path=base.filename, size=base.size, sha256=base.sha256
    )
    assert pool_file(stage, view, base.filename, over_base=False) is None
    assert pool_file(stage, view, "pool/none") is None


def test_a_view_does_not_serve_what_came_after_its_edition(stage: Stage) -> None:
    own = new_binary("hello", "2.10-3Xtrial1")
    view = ensure(stage, edition=stage.cut_edition())
    stage.add_binaries(own)
    while_waiting = pool_file(stage, view, own.filename)
    stage.cut_edition()

    assert while_waiting is None
    assert pool_file(stage, view, own.filename) is None


def test_a_view_does_not_serve_what_the_parent_got_later(stage: Stage) -> None:
    newer = new_binary("hello", "2.10-4")
    stage.take_snapshot([], [newer])

    assert pool_file(stage, ensure(stage), newer.filename) is None
    assert pool_file(stage, ensure(stage), new_binary().filename) is not None


@pytest.mark.parametrize("is_its_own", [True, False])
def test_a_view_serves_the_packages_of_its_own_toolchain_only(
    stage: Stage, *, is_its_own: bool
) -> None:
    toolchain_id = stage.add_toolchain()
    gcc = new_binary("gcc", "12.2Xtrial1")
    stage.add_binaries(gcc, kind=DeltaKind.TOOLCHAIN, toolchain_id=toolchain_id)
    edition = stage.cut_edition()

    view = ensure(stage, edition, toolchain_id if is_its_own else None)

    assert (pool_file(stage, view, gcc.filename) is not None) is is_its_own
