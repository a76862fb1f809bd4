"""Old publications and indices of views, taken away on both databases."""

import pytest
import sqlalchemy as sa
from tests.adapters.database.stage import Stage
from tests.builders import NOW, index_file, later

from vostok.adapters.database import schema
from vostok.domain.publication import IndexFile, View
from vostok.errors import GoneError, NotFoundError

DEB = "pool/main/h/hello/hello_1_amd64.deb"


def publish(
    stage: Stage, number: int, *, pool: tuple[IndexFile, ...] = (), hidden: tuple[str, ...] = ()
) -> None:
    with stage.write() as transaction:
        transaction.publications.add(
            stage.suite.id, number, derivation=1, at=NOW, reason="a test", sources=1, binaries=1,
            indices=[index_file("Release", str(number)), index_file("Packages.gz")], pool=pool,
            hidden=[("binary", path) for path in hidden],
        )  # fmt: skip


def remove(stage: Stage, *numbers: int) -> set[str]:
    with stage.write() as transaction:
        return transaction.old_publications.remove(stage.suite.id, numbers)


def test_removed_publications_tell_the_files_that_they_named(stage: Stage) -> None:
    for number in (1, 2, 3):
        publish(stage, number)

    hashes = remove(stage, 1, 2)

    assert hashes == {index_file("Release", "1").sha256, index_file("Release", "2").sha256} | {
        index_file("Packages.gz").sha256
    }
    with stage.read() as transaction:
        assert [p.number for p in transaction.publications.of_suite(stage.suite.id)] == [3]
        assert transaction.deletion.still_needed(hashes) == {index_file("Packages.gz").sha256}


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_number_is_gone_for_ever(stage: Stage, number: int) -> None:
    for made in (1, 2, 3):
        publish(stage, made)
    remove(stage, 1, 2)

    with stage.read() as transaction:
        with pytest.raises(GoneError, match=f"publication {number} was collected"):
            transaction.publications.numbered(stage.suite.id, number)
        for never in (0, 4):
            with pytest.raises(NotFoundError, match=f"there is no publication {never}"):
                transaction.publications.numbered(stage.suite.id, never)


def test_the_pool_serves_what_a_kept_publication_shows(stage: Stage) -> None:
    first, second = index_file(DEB), index_file("pool/second")
    publish(stage, 1, pool=(first,))
    publish(stage, 2, pool=(first, second))
    publish(stage, 3, pool=(second,))

    with stage.read() as transaction:
        before = transaction.publications.find_pool_file(stage.archive.id, DEB)
    remove(stage, 1, 2)

    with stage.read() as transaction:
        assert before == first
        assert transaction.publications.find_pool_file(stage.archive.id, DEB) is None
        assert transaction.publications.find_pool_file(stage.archive.id, second.path) == second


def test_what_only_removed_publications_hid_is_forgotten(stage: Stage) -> None:
    publish(stage, 1, hidden=("pool/a", "pool/b"))
    publish(stage, 2, hidden=("pool/b",))
    publish(stage, 3, hidden=())
    hidden = schema.publication_hidden

    remove(stage, 1)

    with stage.database.engine.connect() as connection:
        assert set(connection.execute(sa.select(hidden.c.name)).scalars()) == {"pool/b"}


def test_publications_that_others_are_derived_from_are_needed(stage: Stage) -> None:
    with stage.read() as transaction:
        assert transaction.old_publications.needed(stage.suite.id) == set()
        assert transaction.old_publications.needed(stage.parent_suite.id) == {1}


def view(stage: Stage, edition: int, *, mode: str = "own", is_indexed: bool = True) -> View:
    with stage.write() as transaction:
        made = transaction.publications.ensure_view(
            stage.suite.id,
            derivation=1,
            edition=edition,
            toolchain_id=None,
            dependencies=mode,
            at=NOW,
        )
        if is_indexed:
            files = [index_file("Packages.gz", f"{mode} {edition}")]
            transaction.publications.set_view_indices(made.id, files, NOW)
        return made


def idle(stage: Stage, seconds: float = 1) -> list[int]:
    with stage.read() as transaction:
        return transaction.old_publications.idle_views(stage.suite.id, later(seconds))


def test_a_view_is_idle_when_a_newer_one_of_its_kind_took_its_place(stage: Stage) -> None:
    old, _, other = view(stage, 1), view(stage, 2), view(stage, 1, mode="parent")
    view(stage, 0, is_indexed=False)

    assert idle(stage) == [old.id]
    assert other.id not in idle(stage)


def test_a_view_whose_indices_are_young_is_not_idle(stage: Stage) -> None:
    view(stage, 1)
    view(stage, 2)

    assert idle(stage, 0) == []


def test_a_view_that_a_running_attempt_reads_is_not_idle(stage: Stage) -> None:
    [build] = stage.request()
    _, attempt = stage.begin_attempt(build)
    with stage.read() as transaction:
        read = transaction.publications.view(attempt.view_id)
    with stage.write() as transaction:
        transaction.publications.set_view_indices(read.id, [index_file("Packages.gz")], NOW)
    newer = view(stage, read.edition + 1, mode=read.dependencies)
    if read.toolchain_id is not None or newer.id == read.id:
        pytest.fail("the newer view is of another kind")

    running = idle(stage)
    with stage.write() as transaction:
        transaction.builds.finish_attempt(attempt.id, outcome="failed", at=NOW)

    assert running == []
    assert idle(stage) == [read.id]


def test_indices_of_a_view_can_be_written_again(stage: Stage) -> None:
    old = view(stage, 1)

    with stage.write() as transaction:
        hashes = transaction.old_publications.remove_view_indices([old.id])
    with stage.read() as transaction:
        is_indexed = transaction.publications.view(old.id).is_indexed

    again = view(stage, 1)
    assert hashes == {index_file("Packages.gz", "own 1").sha256}
    assert not is_indexed
    assert again.id == old.id
    with stage.read() as transaction:
        assert transaction.publications.find_view_index(old.id, "Packages.gz") is not None
