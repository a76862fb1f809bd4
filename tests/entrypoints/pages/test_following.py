"""Pages that follow the work by a stream, over a real socket and in a real browser."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import cast

import httpx
import pytest
from playwright.sync_api import Request, expect, sync_playwright
from tests.builders import NOW
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, Installation, listening
from tests.entrypoints.pages.chromium import ARGUMENTS, CHROMIUM
from tests.entrypoints.pages.visitor import add_person, sign_in
from tests.entrypoints.test_news_streams import cancel_a_build

from vostok.adapters.event_streams import pages as page_streams
from vostok.adapters.event_streams.pages import PageStreams
from vostok.adapters.event_streams.shared_looks import SharedLooks
from vostok.domain.access import Principal, Role
from vostok.domain.job_log import LineKind
from vostok.domain.rights import Holder, HolderKind, Right, Rights
from vostok.errors import NotFoundError
from vostok.services.describing.overview import Overview
from vostok.services.people.rights import GrantRequest

CAMPAIGN = "/archives/trial/campaigns/1"
TRIES_MAX = 200


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    for pause in ("LOOK_SECONDS", "JOBS_SECONDS", "QUEUE_SECONDS"):
        monkeypatch.setattr(page_streams, pause, 0.05)


@pytest.fixture
def address(installation: Installation) -> Iterator[str]:
    with listening(installation.app) as url:
        yield url


def told(answer: httpx.Response, wanted: str) -> bool:
    """Whether a stream says something before it ends; other lines are passed over."""
    return any(line == wanted for line in answer.iter_lines())


@pytest.mark.parametrize("page", ["/archives/trial", CAMPAIGN, "/queue"])
def test_a_page_is_told_when_it_changed(
    installation: Installation, address: str, page: str
) -> None:
    with httpx.stream("GET", f"{address}{page}/events", timeout=30) as answer:
        cancel_a_build(installation)

        assert answer.headers["content-type"].startswith("text/event-stream")
        assert told(answer, "data: changed")


def test_a_page_of_a_build_is_told_of_its_own_records(
    installation: Installation, address: str
) -> None:
    client = installation.client(ADMIN)
    build = client.get("/api/v1/archives/trial/campaigns/1").json()["builds"][0]
    with httpx.stream("GET", f"{address}{build['url']}/events", timeout=30) as answer:
        assert client.post(f"/api/v1/builds/{build['id']}/cancellations", json={}).is_success

        assert told(answer, "data: changed")
    assert httpx.get(f"{address}/archives/trial/builds/none/1/amd64/events").status_code == 404


@pytest.mark.parametrize("filtered", ["", "?archive=trial"])
def test_a_page_of_jobs_is_told_of_new_ones(
    installation: Installation, address: str, filtered: str
) -> None:
    with httpx.stream("GET", f"{address}/events/jobs{filtered}", timeout=30) as answer:
        installation.services.publishing.request(ADMINISTRATOR, "trial")

        assert told(answer, "data: changed")


def test_the_queue_and_the_jobs_tell_a_stranger_nothing_of_a_private_archive(
    installation: Installation,
) -> None:
    services = installation.services
    services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    stranger = services.sessions.stranger()

    def seen() -> list[object]:
        queue = services.queue.show(stranger)
        return [queue["waiting"], queue["at_work"], services.jobs.newest(stranger, "trial")]

    before = seen()
    cancel_a_build(installation)
    services.publishing.request(ADMINISTRATOR, "trial")

    assert seen() == before == [[], [], []]


def test_who_sees_the_same_shares_one_look_for_a_while() -> None:
    looks, taken = SharedLooks[str](60), list[str]()

    def look(name: str) -> str:
        taken.append(name)
        return name

    marks = [looks.mark(name, partial(look, name)) for name in ("ann", "bob", "ann", "ann")]

    assert marks == ["ann", "bob", "ann", "ann"]
    assert taken == ["ann", "bob"]


def test_while_one_looks_the_others_have_what_was_seen_before() -> None:
    looks, taken = SharedLooks[str](0), list[str]()
    begun, may_go_on = threading.Event(), threading.Event()

    def look(name: str) -> str:
        taken.append(name)
        if name == "slow":
            begun.set()
            may_go_on.wait()
        return name

    looks.mark("queue", partial(look, "old"))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(looks.mark, "queue", partial(look, "slow"))
        begun.wait()
        meanwhile = looks.mark("queue", partial(look, "another"))
        elsewhere = looks.mark("jobs", partial(look, "elsewhere"))
        may_go_on.set()
    afterwards = looks.mark("queue", partial(look, "new"))

    assert (meanwhile, elsewhere, slow.result(), afterwards) == ("old", "elsewhere", "slow", "new")
    assert taken == ["old", "slow", "elsewhere", "new"]


def test_of_many_who_come_first_one_looks_and_a_look_that_fails_is_taken_again() -> None:
    looks, taken = SharedLooks[int](60), list[int]()
    begun, may_go_on = threading.Event(), threading.Event()

    def look() -> int:
        taken.append(len(taken))
        if len(taken) == 1:
            raise NotFoundError("nothing is there")
        begun.set()
        may_go_on.wait()
        return len(taken)

    with pytest.raises(NotFoundError):
        looks.mark("queue", look)
    with ThreadPoolExecutor(4) as pool:
        found = [pool.submit(looks.mark, "queue", look) for _ in range(4)]
        begun.wait()
        wait(found, timeout=0.1)  # long enough for the others to come
        may_go_on.set()

    assert [each.result() for each in found] == [2] * 4
    assert taken == [0, 1]


def test_who_follows_the_same_build_shares_one_look_if_they_may_see_it(
    unchanged: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_streams, "LOOK_SECONDS", 60)
    services, looked = unchanged.services, list[str]()
    nobody = replace(ADMINISTRATOR, rights=Rights(hidden=frozenset({"trial"})), role=Role.MEMBER)

    class Overviews:
        def seen_by(self, reader: Principal) -> Overview:
            looked.append(reader.name)
            return services.overview.seen_by(reader)

    streams = PageStreams(
        services.news, services.jobs, services.queue, cast("Overview", Overviews())
    )
    place = {"archive": "trial", "source": "lamp", "architecture": "amd64"}
    for name in ("ann", "bob"):
        reader = replace(ADMINISTRATOR, name=name)
        streams.of_slot(partial(replace, reader), "127.0.0.1", **place)

    assert looked == ["ann"]
    with pytest.raises(NotFoundError):
        streams.of_slot(partial(replace, nobody), "127.0.0.1", **place)


def test_a_page_of_a_job_is_told_of_its_progress_and_its_log(
    installation: Installation, address: str
) -> None:
    job = installation.services.storing.request_stats(ADMINISTRATOR)

    with httpx.stream("GET", f"{address}/jobs/{job.id}/events", timeout=30) as answer:
        with installation.services.database.write() as transaction:
            transaction.jobs.progress(job.id, message="counting", done=1, total=2, unit="files")
        lines = answer.iter_lines()
        assert any(line == "data: changed" for line in lines)

        with installation.services.database.write() as transaction:
            transaction.job_logs.add(job.id, LineKind.FACT, "two are gone", at=NOW)

        assert any(line == "data: changed" for line in lines)


def test_a_private_archive_is_followed_with_a_session_and_while_it_may_be_seen(
    installation: Installation, address: str
) -> None:
    services = installation.services
    add_person(installation, "lou")
    services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    lou = Holder(kind=HolderKind.PERSON, name="lou")
    grant = services.rights.give(
        ADMINISTRATOR, GrantRequest(archive="trial", holder=lou, right=Right.VIEW)
    )
    cookies = dict(sign_in(installation, "lou").client.cookies)
    place = f"{address}{CAMPAIGN}/events"

    assert httpx.get(place).status_code == 404
    with httpx.stream("GET", place, cookies=cookies, timeout=30) as answer:
        assert answer.status_code == 200
        services.rights.revoke(ADMINISTRATOR, "trial", grant.id)

        assert told(answer, "event: end")


def test_only_so_many_pages_are_followed_and_one_that_is_closed_makes_room(
    installation: Installation,
) -> None:
    services = installation.services
    streams = PageStreams(
        services.news, services.jobs, services.queue, services.overview, streams_max=1
    )
    object.__setattr__(services, "page_streams", streams)

    with listening(installation.app) as address:
        place = f"{address}{CAMPAIGN}/events"
        with httpx.stream("GET", place, timeout=30):
            refused = httpx.get(place)
        for _ in range(TRIES_MAX):  # the server notices a little later that nobody listens
            if streams.open_streams == 0:
                break
            time.sleep(0.05)

    assert refused.status_code == 503
    assert streams.open_streams == 0


def test_strangers_leave_room_for_who_has_signed_in(installation: Installation) -> None:
    services = installation.services
    streams = PageStreams(
        services.news, services.jobs, services.queue, services.overview, streams_max=2
    )
    object.__setattr__(services, "page_streams", streams)
    add_person(installation, "lou")
    cookies = dict(sign_in(installation, "lou").client.cookies)

    with listening(installation.app) as address:
        place = f"{address}{CAMPAIGN}/events"
        with httpx.stream("GET", place, timeout=30):
            refused = httpx.get(place)
            with httpx.stream("GET", place, cookies=cookies, timeout=30) as answer:
                known = answer.status_code

    assert (refused.status_code, known) == (503, 200)


def test_a_browser_renews_the_page_when_it_is_told_and_not_by_asking_again_and_again(
    installation: Installation, address: str
) -> None:
    fetched: list[str] = []

    def note(request: Request) -> None:
        fetched.append(request.url.removeprefix(address))

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(address + CAMPAIGN)
        expect(page.locator("#live-state")).to_have_text("Live")
        page.wait_for_timeout(6_000)  # twice what a page without a stream waits
        page.on("request", note)
        page.wait_for_timeout(5_000)
        quiet = list(fetched)

        cancel_a_build(installation)
        expect(page.get_by_text("administrator cancelled it").first).to_be_visible(timeout=20_000)
        browser.close()

    assert quiet == []
    assert CAMPAIGN in fetched
    assert faults == []


def test_the_page_is_whole_for_who_has_no_stream(installation: Installation) -> None:
    shown = installation.client(ADMIN).get(CAMPAIGN).text

    assert f'data-live="2" data-events="{CAMPAIGN}/events"' in shown
    assert '<noscript><meta http-equiv="refresh"' in shown
