"""Two people ask for what excludes each other at the same moment, through the server's doors."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import httpx
import pytest
from tests.journeys.installation import Document
from tests.journeys.maintainer import Maintainer
from tests.journeys.tiny_mirror import TinyMirror
from tests.journeys.workshop import Workshop
from tests.tiny_parent.parent import TinyParent
from tests.tiny_parent.source_packages import Edit, source_file_names

pytestmark = pytest.mark.build

FIX = Edit(
    version="1-1ubuntu1",
    text="Write it in the new style.",
    maintainer="Lou <lou@example.org>",
    files={"brk.src": "a file of 1998\nwritten in the new style\n"},
)
ASKERS = 4


@pytest.fixture(scope="module")
def lou(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maintainer]:
    lou = Maintainer(name="lou", home=tmp_path_factory.mktemp("lou"))
    yield lou
    lou.leave()


@pytest.fixture
def moving_mirror(tiny_parent: TinyParent) -> Iterator[TinyMirror]:
    mirror = TinyMirror(architectures=tiny_parent.architectures[:1])
    mirror.serve(tiny_parent.first)
    yield mirror
    mirror.close()


def at_once(actions: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each of them returns; all begin at the same moment."""
    barrier = Barrier(len(actions))

    def run(action: Callable[[], Any]) -> object:
        barrier.wait()
        return action()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def request(workshop: Workshop, archive: str, selection: str) -> httpx.Response:
    token = (workshop.vostok.root / "admin.token").read_text().strip()
    return httpx.post(
        f"{workshop.vostok.url}/api/v1/archives/{archive}/campaigns",
        headers={"Authorization": f"Bearer {token}"},
        json={"selection": selection, "reason": "a race"},
        timeout=60,
    )


def builds(workshop: Workshop, archive: str) -> list[Document]:
    """All builds of an archive's campaigns, with their attempts."""
    campaigns = workshop.vostok.ask("campaign", "list", archive)["campaigns"]
    return [
        workshop.vostok.ask("build", "show", str(build["id"]))
        for campaign in campaigns
        for build in workshop.vostok.campaign(archive, campaign["number"])["builds"]
    ]


def test_equal_requests_at_once_are_one_campaign(workshop: Workshop) -> None:
    archive = workshop.derive("twins", "libfoo,brk", "--architecture", workshop.architecture)

    answers = at_once([lambda: request(workshop, archive, "libfoo,brk")] * ASKERS)

    assert {answer.status_code for answer in answers} <= {200, 202}, answers
    assert {answer.json()["campaign"]["number"] for answer in answers} == {1}
    made = builds(workshop, archive)
    assert sorted(build["source"] for build in made) == ["brk", "libfoo"]
    assert {build["rebuild_no"] for build in made} == {1}
    (campaign,) = workshop.vostok.ask("campaign", "list", archive)["campaigns"]
    assert campaign["total"] == len(made)


def test_overlapping_requests_at_once_make_one_live_build_of_each_source(
    workshop: Workshop,
) -> None:
    archive = workshop.derive("rivals", "libfoo,brk", "--architecture", workshop.architecture)

    answers = at_once(
        [
            lambda: request(workshop, archive, "libfoo"),
            lambda: request(workshop, archive, "libfoo,brk"),
            lambda: request(workshop, archive, "brk"),
        ]
    )

    assert {answer.status_code for answer in answers} <= {200, 202, 409, 422}, answers
    workshop.builder().build_all()
    made = builds(workshop, archive)
    assert sorted(build["source"] for build in made) == ["brk", "libfoo"]
    assert {build["rebuild_no"] for build in made} == {1}


def test_an_upload_wins_over_a_request_of_the_same_moment(
    workshop: Workshop, lou: Maintainer
) -> None:
    vostok = workshop.vostok
    archive = workshop.derive("duel", "brk", "--architecture", workshop.architecture)
    lou.register(vostok, archive)
    changes = lou.source("brk", FIX, with_tarball=False)
    for name in source_file_names(changes)[1:]:
        sent = lou.put(archive, changes.parent / name)
        assert sent is not None
        assert sent.is_success, sent.text

    judged, asked = at_once(
        [lambda: lou.put(archive, changes), lambda: request(workshop, archive, "brk")]
    )

    assert judged.is_success, judged.text
    assert asked.status_code in {202, 409, 422}, asked.text
    workshop.builder().build_all()
    (uploaded,) = vostok.upload_of(archive, "brk")["builds"]
    vostok.wait_until_published(uploaded["id"])
    rebuilt = builds(workshop, archive)
    # A rebuild of the version before is overtaken; one of the uploaded version comes on top.
    allowed = {("1-1", "superseded"), ("1-1ubuntu1", "built")}
    assert {(build["source_version"], build["state"]) for build in rebuilt} <= allowed
    shown = workshop.index(archive, workshop.architecture)["brk"]
    assert shown.startswith("1-1ubuntu1")


def test_a_sync_and_the_end_of_a_build_at_once_show_the_parents_newer_version(
    workshop: Workshop, moving_mirror: TinyMirror
) -> None:
    vostok = workshop.vostok
    workshop.import_tiny("racing", moving_mirror)
    archive = workshop.derive("photo", "libfoo", parent="racing")
    number = vostok.request(archive, "libfoo")
    with workshop.attempt(archive) as (claim, attempt):
        moving_mirror.serve(workshop.parent.second)
        workshop.import_tiny("racing", moving_mirror)

        at_once(
            [
                lambda: workshop.builder().build(attempt, claim),
                lambda: vostok.say("archive", "sync", archive),
            ]
        )

    build = vostok.finished(archive, number)
    assert build["state"] in {"built", "superseded"}
    assert build["fate"] in {None, "none", "replaced", "withdrawn"}
    shown = workshop.index(archive, workshop.architecture)
    assert {shown[name] for name in ("libfoo1", "libfoo-dev")} == {"1.2-4"}
