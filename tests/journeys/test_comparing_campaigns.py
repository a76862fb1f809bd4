"""Does it still build? Two campaigns of one archive beside each other, on two architectures."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.journeys.installation import Document
from tests.journeys.tiny_mirror import TinyMirror
from tests.journeys.workshop import Workshop, by_slot
from tests.tiny_parent.parent import TinyParent
from tests.tiny_parent.source_packages import Edit

pytestmark = pytest.mark.build

ARCHIVE, IMAGE = "release", "frozen"
STRICT = Edit(version="2-1", text="Refuse the old style.")
SOURCES = ("libfoo", "brk", "dw")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All is built; the parent gets another cc; all is built once more.

    Attributes:
        first_then: the first campaign when it had ended; `first` is the same at the end.
        rows: (source, architecture) -> how it fares in both, all that the comparison has.
        printed: the comparison for people.
    """

    first_then: Document
    first: Document
    second: Document
    counts: dict[str, int]
    rows: dict[tuple[str, str], Document]
    printed: str


@pytest.fixture(scope="module")
def moving_mirror(tiny_parent: TinyParent) -> Iterator[TinyMirror]:
    mirror = TinyMirror(architectures=tiny_parent.architectures)
    mirror.serve(tiny_parent.first)
    yield mirror
    mirror.close()


@pytest.fixture(scope="module")
def story(
    workshop: Workshop, moving_mirror: TinyMirror, tmp_path_factory: pytest.TempPathFactory
) -> Story:
    vostok = workshop.vostok
    workshop.import_tiny(IMAGE, moving_mirror)
    workshop.derive(ARCHIVE, ",".join(SOURCES), parent=IMAGE)
    first_then = workshop.rebuild(ARCHIVE, "all")
    strict = tmp_path_factory.mktemp("strict") / "edition"
    workshop.parent.make_edition(strict, {"cc": STRICT})
    moving_mirror.serve(strict)
    workshop.import_tiny(IMAGE, moving_mirror)
    vostok.say("archive", "sync", ARCHIVE)
    second = workshop.rebuild(ARCHIVE, "all")
    numbers = (str(first_then["number"]), str(second["number"]))
    compared = vostok.ask("campaign", "compare", ARCHIVE, *numbers, "--all")
    return Story(
        first_then=first_then,
        first=vostok.campaign(ARCHIVE, first_then["number"]),
        second=second,
        counts=compared["counts"],
        rows=by_slot(compared["builds"]),
        printed=vostok.say("campaign", "compare", ARCHIVE, *numbers),
    )


def states(campaign: Document) -> dict[tuple[str, str], str]:
    return {slot: build["state"] for slot, build in by_slot(campaign["builds"]).items()}


def test_each_campaign_says_of_each_source_and_architecture_how_it_ended(
    workshop: Workshop, story: Story
) -> None:
    first = {"libfoo": "built", "brk": "built", "dw": "bd-uninstallable"}
    second = {**first, "brk": "failed"}

    for campaign, ended in ((story.first, first), (story.second, second)):
        assert campaign["toolchain"] is None
        assert states(campaign) == {
            (source, architecture): state
            for source, state in ended.items()
            for architecture in workshop.parent.architectures
        }


def test_the_second_campaign_stands_beside_the_first_which_is_as_it_was(story: Story) -> None:
    assert story.second["number"] == story.first["number"] + 1
    assert {build["rebuild_no"] for build in story.second["builds"]} == {2}
    assert without_fates(story.first) == without_fates(story.first_then)


def without_fates(campaign: Document) -> Document:
    return {
        "counts": campaign["counts"],
        "builds": [{**build, "fate": None} for build in campaign["builds"]],
    }


def test_the_difference_is_what_fails_now_and_did_not_before(
    workshop: Workshop, story: Story
) -> None:
    groups = {"libfoo": "built-in-both", "brk": "now-fails", "dw": "fails-in-both"}

    assert {slot: row["group"] for slot, row in story.rows.items()} == {
        (source, architecture): groups[source]
        for source in SOURCES
        for architecture in workshop.parent.architectures
    }
    assert {group: number for group, number in story.counts.items() if number} == {
        "now-fails": 2,
        "fails-in-both": 2,
        "built-in-both": 2,
    }


def test_what_fails_now_comes_with_an_excerpt_of_its_log(workshop: Workshop, story: Story) -> None:
    error = "brk.src:2:1: error: the old style is not supported any more"
    for architecture in workshop.parent.architectures:
        row = story.rows["brk", architecture]

        assert error in row["excerpt"]
        assert f"brk {architecture}, build {row['second']['id']}:" in story.printed
    assert story.printed.count(error) == 2
    assert "tiny-nonexistent" in story.rows["dw", workshop.architecture]["excerpt"]
    assert "libfoo" not in story.printed
