"""The parent moves on while something of it is being built here."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.journeys.installation import Document
from tests.journeys.tiny_mirror import TinyMirror
from tests.journeys.workshop import Workshop, by_slot
from tests.tiny_parent.parent import TinyParent

pytestmark = pytest.mark.build

ARCHIVE, IMAGE = "follower", "moving"
REASON = "derivation 2, synced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """libfoo 1.2-3 is built, and being built once more when libfoo 1.2-4 arrives."""

    built: Document
    overtaken: Document
    must_stop: bool
    shown_before: dict[str, str]
    shown_after: dict[str, str]
    next_build: Document


@pytest.fixture(scope="module")
def moving_mirror(tiny_parent: TinyParent) -> Iterator[TinyMirror]:
    mirror = TinyMirror(architectures=tiny_parent.architectures[:1])
    mirror.serve(tiny_parent.first)
    yield mirror
    mirror.close()


@pytest.fixture(scope="module")
def story(workshop: Workshop, moving_mirror: TinyMirror) -> Story:
    vostok, architecture = workshop.vostok, workshop.architecture
    workshop.import_tiny(IMAGE, moving_mirror)
    workshop.derive(ARCHIVE, "libfoo,brk", parent=IMAGE)
    built = by_slot(workshop.rebuild(ARCHIVE, "all")["builds"])["libfoo", architecture]
    number = vostok.request(ARCHIVE, "libfoo")
    shown_before = workshop.index(ARCHIVE, architecture)
    with workshop.attempt(ARCHIVE) as (claim, attempt):
        moving_mirror.serve(workshop.parent.second)
        workshop.import_tiny(IMAGE, moving_mirror)
        vostok.say("archive", "sync", ARCHIVE)
        must_stop = not attempt.heartbeat()
        workshop.builder().build(attempt, claim)
    overtaken = vostok.finished(ARCHIVE, number)
    shown_after = workshop.index(ARCHIVE, architecture)
    (next_build,) = workshop.rebuild(ARCHIVE, "libfoo")["builds"]
    return Story(
        built=built,
        overtaken=overtaken,
        must_stop=must_stop,
        shown_before=shown_before,
        shown_after=shown_after,
        next_build=vostok.ask("build", "show", str(next_build["id"])),
    )


def test_the_build_of_what_the_parent_replaced_is_stopped_and_says_why(story: Story) -> None:
    assert story.must_stop
    assert story.overtaken["state"] == "superseded"
    assert story.overtaken["events"][-2]["sentence"].startswith(REASON)
    assert story.overtaken["sentence"].startswith(f"attempt 1 was stopped: {REASON}")


def test_what_a_builder_brings_all_the_same_is_never_shown(story: Story) -> None:
    assert story.shown_before["libfoo1"] == "1.2-3Xfollower1"
    assert story.overtaken["version"] not in story.shown_after.values()


def test_the_parents_newer_version_takes_the_place_of_the_rebuilt_one(story: Story) -> None:
    assert {name: story.shown_after[name] for name in ("libfoo1", "libfoo-dev", "brk")} == {
        "libfoo1": "1.2-4",
        "libfoo-dev": "1.2-4",
        "brk": "1-2",
    }


def test_the_next_rebuild_is_of_the_newer_version_under_a_number_never_used(story: Story) -> None:
    assert story.next_build["version"] == "1.2-4Xfollower3"
    assert story.next_build["state"] == "built"
