"""What an archive takes of its parents: of a derived one too, and under which paths."""

from tests.builders import new_binary
from tests.services.installation import ADMINISTRATOR
from tests.services.moving_parent import START_VERSIONS, World

from vostok.domain.job import JobState
from vostok.domain.package import DeltaKind
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import SyncRequest


def test_a_derived_archive_is_a_parent_like_others(world: World) -> None:
    world.derive()
    world.add_rebuild("brk", "1-1")
    world.base.publish("exp")
    child = DeriveRequest(name="child", parents=["exp/sid"], selection="brk,tree")
    world.base.done(world.base.deriving.request(ADMINISTRATOR, child))
    before = parent_binaries(world, "child")
    world.offer(START_VERSIONS | {"tree": "2-2"})
    world.change()

    job = world.base.done(
        world.base.syncing.request(ADMINISTRATOR, SyncRequest(archive="child", moves=True))
    )

    assert before == {"brk": "1-1Xexp1", "libfoo": "1.2-3", "tree": "2-1"}
    assert job.state is JobState.SUCCEEDED
    assert parent_binaries(world, "child") == {
        "brk": "1-1Xexp1", "libfoo": "1.2-3", "tree": "2-2",
    }  # fmt: skip


def test_a_copy_of_a_derived_archive_shows_what_that_shows(world: World) -> None:
    world.derive(selection="brk")
    child = DeriveRequest(name="child", parents=["exp/sid"])

    world.base.done(world.base.deriving.request(ADMINISTRATOR, child))

    with world.base.database.read() as transaction:
        suite = transaction.archives.suites(transaction.archives.named("child").id)[0]
        publication = transaction.publications.numbered(suite.id, suite.publication)
    assert (publication.sources, publication.binaries) == (1, 1)
    assert parent_binaries(world, "child") == START_VERSIONS


def parent_binaries(world: World, name: str) -> dict[str, str]:
    """What builds of an archive see of its base."""
    derivation = world.base.suite(name).derivation
    assert derivation is not None
    with world.base.database.read() as transaction:
        found = transaction.members.binaries(derivation.base)
    return {binary.name: binary.version for binary in found}


def test_the_pool_of_a_whole_copy_is_that_of_its_parent(world: World) -> None:
    world.derive()
    world.add_rebuild("brk", "1-1")
    world.base.publish("exp")
    world.offer(START_VERSIONS | {"tree": "2-2"})
    world.change()

    def found(path: str) -> bool:
        with world.base.database.read() as transaction:
            return (
                transaction.publications.find_pool_file(world.suite.archive_id, path) is not None
            )

    place = "pool/main"
    assert found(f"{place}/b/brk/brk_1-1_amd64.deb")
    assert found(f"{place}/b/brk/brk_1-1Xexp1_amd64.deb")
    assert found(f"{place}/t/tree/tree_2-1_amd64.deb")
    assert found(f"{place}/t/tree/tree_2-2_amd64.deb")
    assert found(f"{place}/t/tree/tree_2-2.dsc")
    assert not found(f"{place}/t/tree/tree_2-3_amd64.deb")
    assert not found("t/tree/tree_2-2.dsc")
    with world.base.database.read() as transaction:
        own = transaction.publications.of_suite(world.suite.id)
    assert own[0].bytes > 0


def test_an_own_file_never_takes_the_path_of_a_parent_s(world: World) -> None:
    world.derive()
    with world.base.database.write() as transaction:
        transaction.deltas.add(
            world.suite.id,
            kind=DeltaKind.LOCAL_CHANGE,
            sources=[],
            binaries=[new_binary("tree", "2-2", content="of our own")],
        )
    world.base.publish("exp")
    world.offer(START_VERSIONS | {"tree": "2-2"})

    before = world.suite

    job = world.change()
    held = world.change(hold="tree")

    assert job.state is JobState.FAILED
    assert job.message == (
        "tree 2-2 amd64 was made here, and a parent has it with other bytes now"
    )
    assert job.error is not None
    assert job.error["hint"] == "leave it where it is: --hold tree"
    assert before.publication == 2
    assert held.state is JobState.SUCCEEDED
    assert world.suite.derivation != before.derivation
