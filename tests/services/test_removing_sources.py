"""Sources are removed from an archive, stay away, and come back, over a parent that moves."""

import pytest
from tests.services.moving_parent import START_VERSIONS, World

from vostok.domain.derivation import OnRemoval
from vostok.domain.job import JobState
from vostok.errors import InvalidInputError


@pytest.mark.parametrize("selection", ["mine", "m*", "brk mine"])
def test_a_source_that_only_an_upload_brought_can_be_removed(world: World, selection: str) -> None:
    world.derive()
    world.add_local("mine", "1-1", None)
    world.base.publish("exp")
    assert "mine" in world.shown()

    planned = world.plan(moves=False, remove=selection)
    job = world.change(moves=False, remove=selection)

    sentences = {d.source: d.sentence for d in planned.decisions}
    assert sentences["mine"] == "mine 1-1 goes: it is removed here"
    assert job.state is JobState.SUCCEEDED, job.message
    assert "mine" not in world.shown()
    with pytest.raises(InvalidInputError, match="mine is removed here already"):
        world.change(moves=False, remove="mine")


def test_what_was_uploaded_and_removed_stays_away_when_a_parent_brings_it(world: World) -> None:
    world.derive()
    world.add_local("mine", "1-1", None)
    world.change(moves=False, remove="mine")
    world.offer(START_VERSIONS | {"mine": "2-1"})

    (decision,) = [d for d in world.plan().decisions if d.source == "mine"]
    world.change()
    left_out = world.shown()
    world.change(moves=False, restore="mine")

    assert decision.sentence == "mine was removed here and stays so; a parent has 2-1 now"
    assert "mine" not in left_out
    assert world.shown()["mine"] == "2-1"


def test_a_local_change_over_a_parents_source_goes_with_its_removal(world: World) -> None:
    world.derive()
    world.add_local("brk", "1-1ubuntu1", "1-1")

    (decision,) = [d for d in world.plan(moves=False, remove="brk").decisions if d.source == "brk"]
    world.change(moves=False, remove="brk")

    assert decision.sentence == "brk 1-1ubuntu1 goes: it is removed here"
    assert "brk" not in world.shown()


def test_what_no_parent_has_any_more_stays_where_the_archive_says_so(world: World) -> None:
    world.derive(on_removal=OnRemoval.KEEP)
    world.offer({"brk": "1-1"})

    world.change()
    kept = world.shown()
    world.change()

    assert kept == world.shown() == START_VERSIONS


def test_removed_sources_stay_removed_and_can_be_restored(world: World) -> None:
    world.derive()

    world.change(moves=False, remove="brk,tree")
    removed = world.shown()
    world.offer(START_VERSIONS | {"brk": "1-2", "libfoo": "1.2-4"})
    world.change()
    synced = world.shown()
    world.change(moves=False, restore="brk")

    assert removed == {"libfoo": "1.2-3"}
    assert synced == {"libfoo": "1.2-4"}
    assert world.shown() == {"brk": "1-2", "libfoo": "1.2-4"}


def test_only_what_was_removed_can_be_restored(world: World) -> None:
    world.derive()
    world.change(moves=False, remove="brk")

    with pytest.raises(InvalidInputError, match="tree is not removed here") as caught:
        world.plan(moves=False, restore="tree")

    assert "brk" in str(caught.value.hint)


def test_of_the_removed_sources_those_that_a_selection_takes_are_restored(world: World) -> None:
    world.derive()
    world.change(moves=False, remove="brk,tree")

    world.change(moves=False, restore="br* and not libfoo or tr?e and libfoo")

    assert world.shown().keys() == {"brk", "libfoo"}


@pytest.mark.parametrize("expression", ["libf*", "not all", "section = games"])
def test_a_selection_that_takes_nothing_removed_restores_nothing(
    world: World, expression: str
) -> None:
    world.derive()
    world.change(moves=False, remove="brk")

    with pytest.raises(InvalidInputError, match="is not removed here") as caught:
        world.plan(moves=False, restore=expression)

    assert "brk" in str(caught.value.hint)


def test_what_is_removed_already_is_not_removed_again(world: World) -> None:
    world.derive()
    world.change(moves=False, remove="brk,tree")

    with pytest.raises(InvalidInputError, match="brk, tree is removed here already") as caught:
        world.plan(moves=False, remove="brk tree")

    assert "archive restore" in str(caught.value.hint)
