"""What was built is built again: a record beside the first, and one publication replaces it."""

from dataclasses import dataclass

import pytest
from tests.journeys.installation import Document, newest_publication
from tests.journeys.workshop import Workshop

pytestmark = pytest.mark.build


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What everybody sees at one time."""

    first: Document
    """The first record."""
    first_log: str
    publication: int
    shown: dict[str, str]
    installed: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """libfoo is built; built again, which fails at first; and then not."""

    before: Moment
    while_building: Moment
    after_failure: Moment
    after: Moment
    second: Document
    upgrade: str


@pytest.fixture(scope="module")
def story(workshop: Workshop) -> Story:
    vostok = workshop.vostok
    archive = workshop.derive("dispute", "libfoo", "--architecture", workshop.architecture)
    (first,) = workshop.rebuild(archive, "libfoo")["builds"]
    client = workshop.client(archive)
    client.change("install", "libfoo1")

    def moment() -> Moment:
        return Moment(
            first=vostok.ask("build", "show", str(first["id"])),
            first_log=vostok.say("build", "log", str(first["id"])),
            publication=newest_publication(vostok, archive),
            shown=workshop.index(archive, workshop.architecture),
            installed=client.installed(),
        )

    before = moment()
    number = vostok.request(archive, "libfoo")
    second_id = int(vostok.build_of(archive, number)["id"])
    with workshop.attempt(archive) as (_, attempt):
        while_building = moment()
        workshop.builder().fail(attempt, "the compiler had a bad day")
    vostok.finished(archive, number)
    after_failure = moment()
    vostok.say("build", "retry", str(second_id))
    workshop.builder().build_all()
    second = vostok.wait_until_published(second_id)
    client.update()
    upgrade = client.change("upgrade")
    return Story(
        before=before,
        while_building=while_building,
        after_failure=after_failure,
        after=moment(),
        second=second,
        upgrade=upgrade,
    )


def test_the_second_record_stands_beside_the_first_which_is_as_it_was(story: Story) -> None:
    first, second = story.before.first, story.second

    assert first["state"] == second["state"] == "built"
    assert (first["rebuild_no"], first["version"]) == (1, "1.2-3Xdispute1")
    assert (second["rebuild_no"], second["version"]) == (2, "1.2-3Xdispute2")
    assert second["version_before"] == first["version"]
    its_own = {"fate": None, "events": None}
    assert {**story.after.first, **its_own} == {**first, **its_own}
    # What became of its packages is told after what was told before.
    assert story.after.first["events"][: len(first["events"])] == first["events"]
    assert story.after.first_log == story.before.first_log


def test_the_old_packages_stay_until_the_new_ones_are_accepted(story: Story) -> None:
    assert set(story.before.shown.values()) == {"1.2-3", "1.2-3Xdispute1"}
    assert story.while_building.shown == story.before.shown
    assert story.after_failure.shown == story.before.shown
    assert story.after_failure.publication == story.before.publication
    assert story.after_failure.first["fate"] == "published"


def test_both_attempts_of_the_second_record_are_kept(story: Story) -> None:
    attempts = story.second["attempts"]

    assert [attempt["outcome"] for attempt in attempts] == ["failed", "built"]
    assert attempts[0]["sentence"] == "the compiler had a bad day"
    events = story.second["events"]
    steps = [e["state_after"] for e in events if e["state_before"] != e["state_after"]]
    assert steps == [
        *("needs-build", "building", "failed"),
        *("needs-build", "building", "uploading", "built"),
    ]


def test_one_publication_replaces_all_that_the_first_had_made(
    workshop: Workshop, story: Story
) -> None:
    number = story.before.publication
    architecture = workshop.architecture
    then = workshop.index("dispute", architecture, publication=number)
    now = workshop.index("dispute", architecture, publication=number + 1)

    assert story.after.publication == number + 1
    assert then == story.before.shown
    assert now == story.after.shown
    assert now == {
        **then,
        "libfoo1": "1.2-3Xdispute2",
        "libfoo-dev": "1.2-3Xdispute2",
    }
    assert (story.after.first["fate"], story.second["fate"]) == ("replaced", "published")


def test_an_upgrade_takes_the_rebuilt_package(story: Story) -> None:
    assert story.before.installed["libfoo1"] == "1.2-3Xdispute1"
    assert story.after_failure.installed == story.before.installed
    assert story.after.installed == {**story.before.installed, "libfoo1": "1.2-3Xdispute2"}
    assert "1 upgraded, 0 newly installed, 0 to remove" in story.upgrade
