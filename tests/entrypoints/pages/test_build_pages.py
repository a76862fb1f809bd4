"""Pages of builds, and their logs."""

import re
from collections.abc import Callable

from fastapi.testclient import TestClient
from tests.entrypoints.pages.outlines import BUILD, RUNNING, World

from vostok.documents import AttemptView, BuildView


def test_a_hostile_log_is_served_as_text_that_no_browser_runs(
    client: TestClient, world: World
) -> None:
    world.logs[1] = b"<script>alert(1)</script>\x1b[31mred\x1b[0m\x07\n"
    name = "hello_2.10-3Xtrial2_amd64.build-2.attempt-1.log"

    answer = client.get(f"{BUILD}/attempts/1/{name}")
    page = client.get(f"{BUILD}/log?attempt=1").text

    assert answer.content == world.logs[1]
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    policy = answer.headers["content-security-policy"]
    assert policy == "sandbox; default-src 'none'; frame-ancestors 'none'"
    assert "&lt;script&gt;alert(1)&lt;/script&gt;red\N{SYMBOL FOR BELL}" in page


def test_a_log_is_whole_as_text_and_cut_to_its_tail_on_the_page(
    client: TestClient, world: World
) -> None:
    page = client.get(f"{BUILD}/log?attempt=1").text
    whole = re.search(r'href="([^"]+attempts/1/[^"]+)"', page)

    assert whole is not None
    assert client.get(whole[1]).content == world.logs[1]
    assert "Grüße, fertig" in page
    assert "[00001]" not in page
    assert "The last 256.0 KiB of" in page


def test_a_log_under_another_name_leads_to_its_own(client: TestClient) -> None:
    answer = client.get(f"{BUILD}/attempts/1/whatever.log", follow_redirects=False)

    name = "hello_2.10-3Xtrial2_amd64.build-2.attempt-1.log"
    assert answer.headers["location"] == f"{BUILD}/attempts/1/{name}"


def test_increments_of_a_growing_log_join_to_the_log(client: TestClient, world: World) -> None:
    world.growing = {1}
    text, offset = "", 0

    for _ in range(len(world.logs[1])):
        piece = client.get(f"{BUILD}/log.json?attempt=1&offset={offset}").json()
        if offset == piece["next_offset"]:
            break
        text, offset = text + piece["text"], piece["next_offset"]
    world.growing = set()
    last = client.get(f"{BUILD}/log.json?attempt=1&offset={offset}").json()

    assert text == world.logs[1].decode()
    assert last == {
        "attempt": 1,
        "offset": len(world.logs[1]),
        "next_offset": len(world.logs[1]),
        "complete": True,
        "text": "",
    }


def test_a_build_that_no_builder_took_yet_says_so(
    client_of: Callable[..., TestClient], build_of: Callable[..., BuildView]
) -> None:
    waiting = build_of(state="needs-build", attempts=[], proof=None, sentence="")
    client = client_of(slot=[waiting])

    assert "Waits for a builder" in client.get(BUILD).text
    assert "no builder has taken" in client.get(f"{BUILD}/log").text.casefold()
    assert client.get(f"{BUILD}/log.json").json()["complete"] is False
    assert client.get(f"{BUILD}/attempts/1/x.log").status_code == 404


def test_a_failed_build_shows_sentence_stage_excerpt_and_the_way_to_its_log(
    client: TestClient,
) -> None:
    page = client.get(BUILD).text

    assert "the compile failed in hello.c; it was built before, so look at gcc-11" in page
    assert "hello.c:7:2: error: #error &#34;no such feature&#34;" in page
    assert '<span class="stage">build</span> dpkg-buildpackage died with 2' in page
    assert f'href="{BUILD}/log?attempt=1"' in page
    assert "vostok build retry 6" in page


def test_a_build_shows_all_records_of_its_slot_and_marks_the_one_it_is_about(
    client_of: Callable[..., TestClient], build_of: Callable[..., BuildView]
) -> None:
    slot = [build_of(id=number, rebuild_no=number) for number in range(30, 0, -1)]
    client = client_of(slot=slot)

    page = client.get("/archives/trial/builds/hello/1/amd64").text

    assert page.count('<th scope="col" class="here" aria-current="true">') == 1
    assert "1 <span" in page
    assert 'Records of this slot <span class="count">30</span>' in page
    assert "The newest 12; all are in the JSON." in page


def test_a_proof_is_shown_with_its_sentence_and_every_producer(client: TestClient) -> None:
    page = client.get("/archives/trial/builds/hello/1/amd64").text

    assert "128 of 130 deciding units by GNU C17 11.3.0; 2 by GNU C17 12.2.0" in page
    assert "133 units: 118 asked, 10 lto, 2 other-compiler, 3 assembler" in page
    for producer in ("GNU GIMPLE 11.3.0 -g -O2 -fltrans", "GNU AS 2.40", "GNU C17 12.2.0 -g -O2"):
        assert producer in page
    assert "<code>hello-doc</code>" in page


def test_running_attempts_show_the_end_of_their_log_on_the_builds_page(
    client: TestClient, world: World, attempt_of: Callable[..., AttemptView]
) -> None:
    world.logs[2] = b"".join(b"line %d\n" % number for number in range(5000))
    running = attempt_of(number=2, outcome=None, log_bytes=len(world.logs[2]))
    world.slot[0]["attempts"] = [running]
    world.growing = {2}

    page = client.get(RUNNING).text

    assert "line 4999\n" in page
    assert "line 100\n" not in page
    assert f'data-log="{RUNNING}/log.json?attempt=2"' in page
