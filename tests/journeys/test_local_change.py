"""A local change of what the parent changes too: kept, and said to need a merge."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.journeys.installation import Document
from tests.journeys.maintainer import Maintainer
from tests.journeys.tiny_mirror import TinyMirror
from tests.journeys.workshop import Workshop
from tests.tiny_parent.parent import TinyParent
from tests.tiny_parent.source_packages import Edit

pytestmark = pytest.mark.build

ARCHIVE, IMAGE = "keeper", "merging"
FIX = Edit(
    version="1-1ubuntu1",
    text="Write it in the new style.",
    maintainer="Meg <meg@example.org>",
    files={"brk.src": "a file of 1998\nwritten in the new style\n"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """brk has a local change when brk 1-2 and libfoo 1.2-4 arrive."""

    said: str
    planned: dict[str, Document]
    shown: dict[str, str]


@pytest.fixture(scope="module")
def moving_mirror(tiny_parent: TinyParent) -> Iterator[TinyMirror]:
    mirror = TinyMirror(architectures=tiny_parent.architectures[:1])
    mirror.serve(tiny_parent.first)
    yield mirror
    mirror.close()


@pytest.fixture(scope="module")
def meg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maintainer]:
    meg = Maintainer(name="meg", home=tmp_path_factory.mktemp("meg"))
    yield meg
    meg.leave()


@pytest.fixture(scope="module")
def story(workshop: Workshop, moving_mirror: TinyMirror, meg: Maintainer) -> Story:
    vostok = workshop.vostok
    workshop.import_tiny(IMAGE, moving_mirror)
    workshop.derive(ARCHIVE, "libfoo,brk", parent=IMAGE)
    meg.register(vostok, ARCHIVE)
    done = meg.dput(ARCHIVE, meg.source("brk", FIX, with_tarball=False))
    assert done.returncode == 0, done.stdout + done.stderr
    (claim,) = workshop.builder().build_all()
    vostok.wait_until_published(claim.build_id)
    moving_mirror.serve(workshop.parent.second)
    workshop.import_tiny(IMAGE, moving_mirror)
    plan = vostok.ask("archive", "sync", ARCHIVE, "--dry-run")
    vostok.say("archive", "sync", ARCHIVE)
    return Story(
        said=done.stdout,
        planned={decision["source"]: decision for decision in plan["decisions"]},
        shown=workshop.index(ARCHIVE, workshop.architecture),
    )


def test_what_both_changed_needs_a_merge_and_the_sentence_names_both(story: Story) -> None:
    decision = story.planned["brk"]

    assert decision["verdict"] == "needs-merge"
    assert "1-1ubuntu1" in decision["sentence"]
    assert "1-2" in decision["sentence"]


def test_the_local_change_stays_and_the_rest_follows_the_parent(story: Story) -> None:
    assert story.planned["libfoo"]["verdict"] == "updated"
    assert story.shown["brk"] == "1-1ubuntu1"
    assert story.shown["libfoo1"] == "1.2-4"
