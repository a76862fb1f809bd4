"""Server and executor are killed at an upload and a campaign: the end is that of a quiet run."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from tests.journeys.installation import Installation, eventually
from tests.journeys.maintainer import Maintainer
from tests.journeys.workshop import Workshop
from tests.tiny_parent.source_packages import Edit, source_file_names

pytestmark = pytest.mark.build

CALM, STORM = "calm", "storm"
SELECTION = "libfoo,brk"
FIX = Edit(
    version="1-1ubuntu1",
    text="Write it in the new style.",
    maintainer="Meg <meg@example.org>",
    files={"brk.src": "a file of 1998\nwritten in the new style\n"},
)

EndState = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """The same work in two archives; in one of them with kill -9 at each step."""

    calm: EndState
    storm: EndState


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Maintainer]]:
    """Archive -> who uploads into it."""
    found = {
        archive: Maintainer(name=f"of-{archive}", home=tmp_path_factory.mktemp(archive))
        for archive in (CALM, STORM)
    }
    yield found
    for person in found.values():
        person.leave()


@pytest.fixture(scope="module")
def story(workshop: Workshop, people: dict[str, Maintainer]) -> Story:
    vostok = workshop.vostok
    for archive, person in people.items():
        workshop.derive(archive, SELECTION, "--architecture", workshop.architecture)
        person.register(vostok, archive)
    said = people[CALM].dput(CALM, people[CALM].source("brk", FIX, with_tarball=False))
    assert said.returncode == 0, said.stdout + said.stderr
    workshop.builder().build_all()
    wait_until_all_is_published(vostok, CALM)
    workshop.rebuild(CALM, SELECTION)

    upload_through_a_storm(vostok, people[STORM])
    build_through_a_storm(workshop)
    wait_until_all_is_published(vostok, STORM)
    request_through_a_storm(workshop)
    wait_until_all_is_published(vostok, STORM)
    return Story(calm=end_state(workshop, CALM), storm=end_state(workshop, STORM))


def upload_through_a_storm(vostok: Installation, person: Maintainer) -> None:
    """The server dies after the first file, and while it judges the .changes."""
    changes = person.source("brk", FIX, with_tarball=False)
    first, *others = (changes.parent / name for name in source_file_names(changes)[1:])
    assert person.put(STORM, first) is not None
    vostok.kill("server")
    for file in others:
        assert person.put(STORM, file) is not None
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(person.put, STORM, changes)
        vostok.kill("server")
        answer.result()
    said = person.dput(STORM, changes)
    states = [upload["state"] for upload in vostok.ask("upload", "list", STORM)["uploads"]]
    assert states.count("accepted") == 1, said.stdout + said.stderr


def build_through_a_storm(workshop: Workshop) -> None:
    """The server dies during a build, the executor when there is something to publish."""
    with workshop.attempt(STORM) as (claim, attempt):
        workshop.vostok.kill("server")
        workshop.builder().build(attempt, claim)
    workshop.vostok.kill("executor")


def request_through_a_storm(workshop: Workshop) -> None:
    """The executor dies when a campaign has been asked for, and in its midst."""
    vostok = workshop.vostok
    words = ("--select", SELECTION, "--reason", "a journey", "--no-wait")
    vostok.say("rebuild", "request", STORM, *words)
    vostok.kill("executor")
    eventually(lambda: workshop.builder().build_all(), "the campaign to begin")
    vostok.kill("executor")
    workshop.builder().build_all()
    vostok.say("campaign", "show", STORM, "1", "--watch")


def wait_until_all_is_published(vostok: Installation, archive: str) -> None:
    for build in builds(vostok, archive):
        if build["fate"] != "replaced":
            vostok.wait_until_published(build["id"])


def builds(vostok: Installation, archive: str) -> list[dict[str, Any]]:
    """All of an archive: those of its uploads, then those of its campaigns."""
    uploads = vostok.ask("upload", "list", archive)["uploads"]
    campaigns = vostok.ask("campaign", "list", archive)["campaigns"]
    listed = [vostok.ask("upload", "show", archive, str(upload["id"])) for upload in uploads]
    listed += [vostok.campaign(archive, campaign["number"]) for campaign in campaigns]
    ids = [str(build["id"]) for item in listed for build in item["builds"]]
    return [vostok.ask("build", "show", build_id) for build_id in ids]


def end_state(workshop: Workshop, archive: str) -> EndState:
    """What everybody sees in the end, with neither the archive's name nor times and ids."""
    vostok = workshop.vostok
    index = workshop.index(archive, workshop.architecture)
    uploads = vostok.ask("upload", "list", archive)["uploads"]
    return {
        "uploads": [(upload["source"], upload["version"], upload["state"]) for upload in uploads],
        "builds": sorted(
            (
                build["source"],
                build["rebuild_no"],
                build["version"].replace(archive, "NAME"),
                build["state"],
                build["fate"],
                *[attempt["outcome"] for attempt in build["attempts"]],
                *[event["state_after"] for event in build["events"]],
            )
            for build in builds(vostok, archive)
        ),
        "shown": {name: version.replace(archive, "NAME") for name, version in index.items()},
        "files": sorted(
            file["name"].replace(archive, "NAME")
            for build in builds(vostok, archive)
            for file in build["attempts"][-1]["files"]
        ),
    }


def test_an_upload_is_accepted_once(story: Story) -> None:
    assert story.calm["uploads"] == [("brk", "1-1ubuntu1", "accepted")]
    assert [upload for upload in story.storm["uploads"] if upload[-1] == "accepted"] == [
        ("brk", "1-1ubuntu1", "accepted")
    ]


def test_nothing_is_built_twice_and_nothing_is_lost(story: Story) -> None:
    assert len(story.calm["builds"]) == 3
    assert story.storm["builds"] == story.calm["builds"]
    assert story.storm["files"] == story.calm["files"]


def test_clients_see_the_same(story: Story) -> None:
    assert story.calm["shown"]["brk"] == "1-1ubuntu1XNAME2"
    assert story.storm["shown"] == story.calm["shown"]
