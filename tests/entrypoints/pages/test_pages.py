import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, Protocol
from urllib.parse import quote, urljoin

import pytest
from fastapi.testclient import TestClient
from markupsafe import escape

from vostok.documents import AttemptView, BuildView
from vostok.domain.build import BuildState, Fate
from vostok.domain.build_list import ATTENTION
from vostok.entrypoints.pages.looks import PICTURE, look_of
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)

BUILD = "/archives/trial/builds/hello/2/amd64"
RUNNING = "/archives/trial/builds/hello/3/amd64"
PAGES = (
    "/archives",
    "/archives/trial/",
    "/archives/debian/",
    "/archives/arm-next/",
    "/archives/trial/campaigns/1",
    "/archives/trial/campaigns/2",
    "/archives/trial/campaigns/2?state=failed&q=lib&sort=-seconds",
    "/archives/trial/builds/hello/1/amd64",
    BUILD,
    RUNNING,
    f"{BUILD}/log",
    f"{BUILD}/log?attempt=1",
    f"{RUNNING}/log",
    "/jobs",
    "/jobs?archive=trial",
    "/jobs/d-17",
    "/jobs/i-3",
    "/jobs/p-9",
    "/toolchains",
    "/toolchains/gcc-11",
)
VOID = {"meta", "link", "input", "br", "img"}


class World(Protocol):
    """The lists of the fake reader that these tests change or compare with."""

    archives_: list[Any]
    campaigns_: list[Any]
    publications_: list[Any]
    jobs_: list[Any]
    job_lines: list[Any]
    toolchains_: list[Any]
    slot: list[Any]
    logs: dict[int, bytes]
    growing: set[int]
    error: Exception | None


class Outline(HTMLParser):
    """The tags of a page, and what stands in them."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.inline: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"} and data.strip():
            self.inline.append(data)

    def attributes(self, name: str) -> list[str]:
        return [attributes[name] for _, attributes in self.tags if name in attributes]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_answers_with_whole_html_and_the_policy_for_its_content(
    client: TestClient, address: str
) -> None:
    answer = client.get(address)
    outline = Outline(answer.text)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert (outline.open, outline.unbalanced) == ([], [])


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(
    client: TestClient, address: str
) -> None:
    outline = Outline(client.get(address).text)

    assert outline.inline == []
    assert outline.attributes("style") == []
    assert not [
        name for _, attributes in outline.tags for name in attributes if name.startswith("on")
    ]
    targets = [*outline.attributes("href"), *outline.attributes("src")]
    assert all(re.match(r"/(?!/)|[?#]", target) for target in targets)


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_one_main_part_headings_in_order_and_names_for_its_pictures(
    client: TestClient, address: str
) -> None:
    outline = Outline(client.get(address).text)
    names = [tag for tag, _ in outline.tags]
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    identifiers = outline.attributes("id")

    assert names.count("main") == names.count("h1") == 1
    assert levels[0] == 1
    steps = pairwise(levels)
    assert all(after <= before + 1 for before, after in steps)
    assert len(identifiers) == len(set(identifiers))
    assert all(
        attributes.get("aria-label") or attributes.get("aria-hidden") == "true"
        for tag, attributes in outline.tags
        if tag == "svg"
    )
    named = [name for value in outline.attributes("aria-labelledby") for name in value.split()]
    assert set(named) <= set(identifiers)


@pytest.mark.parametrize("address", PAGES)
def test_unfinished_work_refreshes_without_javascript_and_finished_work_does_not(
    client: TestClient, world: World, address: str
) -> None:
    world.growing = {1} if address.startswith(RUNNING) else set()
    unfinished = {
        "/archives",
        "/archives/trial/",
        "/archives/arm-next/",
        "/archives/trial/campaigns/2",
        "/archives/trial/campaigns/2?state=failed&q=lib&sort=-seconds",
        RUNNING,
        f"{RUNNING}/log",
        "/jobs",
        "/jobs/d-17",
    }

    text = client.get(address).text

    refreshes = '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text
    assert refreshes == (address in unfinished)


def test_the_first_page_is_the_list_of_archives(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)

    assert answer.status_code == 307
    assert answer.headers["location"] == "/archives"


def test_an_archive_without_the_slash_leads_to_the_one_with_it(client: TestClient) -> None:
    answer = client.get("/archives/trial", follow_redirects=False)

    assert answer.headers["location"] == "/archives/trial/"


def test_json_at_the_same_address_equals_what_the_reader_gave(
    client: TestClient, world: World
) -> None:
    trial = next(archive for archive in world.archives_ if archive["name"] == "trial")
    expected = {
        "/archives.json": {"archives": world.archives_},
        "/archives/trial.json": {
            "archive": trial,
            "campaigns": world.campaigns_,
            "publications": world.publications_,
            "jobs": [world.jobs_[2]],
        },
        f"{BUILD}.json": {"build": world.slot[1], "slot": world.slot},
        "/jobs.json": {"jobs": world.jobs_},
        "/jobs/d-17.json": world.jobs_[0],
        "/jobs/d-17/log.json": {"lines": world.job_lines},
        "/toolchains.json": {"toolchains": world.toolchains_},
        "/toolchains/gcc-11.json": world.toolchains_[0],
    }

    # The campaign's own builds of hello on amd64 belong to the slot as well.
    given = {address: client.get(address).json() for address in expected}
    given[f"{BUILD}.json"]["slot"] = given[f"{BUILD}.json"]["slot"][: len(world.slot)]

    assert given == expected


def test_a_job_shows_what_it_did_and_how_long_each_step_took(client: TestClient) -> None:
    text = client.get("/jobs/d-17").text

    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in text.split("<tr")[2:]]
    assert [row[4:5] for row in rows] == [["began"], ["deciding"], ["copied"], ["publishing"]]
    assert " ".join(rows[1]).split("UTC ")[1] == ("deciding 34 262 of 34 262 sources 1 min 00 s")
    assert client.get("/jobs/d-17/log.csv").text.count("\r\n") == 5


def test_json_of_a_campaign_gives_all_builds_in_pieces(client: TestClient, world: World) -> None:
    address: str | None = "/archives/trial/campaigns/2.json"
    everything = client.get(f"{address}").json()

    pieces: list[dict[str, Any]] = []
    links: list[str | None] = []
    while address is not None:
        answer = client.get(address, params={"limit": "7"} if not pieces else None)
        pieces.append(answer.json())
        links.append(answer.links.get("next", {}).get("url"))
        address = pieces[-1]["next"]

    assert [piece["next"] for piece in pieces] == links
    assert [len(piece["builds"]) for piece in pieces[:-1]] == [7] * (len(pieces) - 1)
    assert [build for piece in pieces for build in piece["builds"]] == everything["builds"]
    assert everything["found"] == len(everything["builds"]) == len(world.campaigns_[0]["builds"])
    assert everything["next"] is None


def test_json_of_a_campaigns_page_names_the_next_page(client: TestClient) -> None:
    answer = client.get("/archives/trial/campaigns/2.json?sort=source")

    following = answer.links["next"]["url"]
    assert answer.json()["next"] == following
    assert client.get(following).json()["builds"][0] not in answer.json()["builds"]


def test_json_of_a_narrowed_campaign_has_the_builds_that_the_page_shows(
    client: TestClient,
) -> None:
    query = "?state=failed&q=lib&sort=-seconds"

    page = client.get(f"/archives/trial/campaigns/2{query}").text
    builds = client.get(f"/archives/trial/campaigns/2.json{query}").json()["builds"]

    assert [f"build-{build['id']}" for build in builds] == re.findall(r'id="(build-\d+)"', page)
    assert {build["state"] for build in builds} == {"failed"}
    assert all("lib" in build["source"] for build in builds)
    seconds = [build["seconds"] for build in builds]
    assert seconds == sorted(seconds, reverse=True)


def hostile(value: object, text: str) -> object:
    """The same shape with every string replaced, but those that say a state."""
    match value:
        case dict():
            kept = {"state", "kind", "outcome", "verdict", "fate", "class", "part"}
            return {
                key: item if key in kept else hostile(item, text) for key, item in value.items()
            }
        case list():
            return [hostile(item, text) for item in value]
        case str():
            return text
        case _:
            return value


@pytest.mark.parametrize(
    "text",
    ['"><img src=x onerror=alert(1)>', "'><script>alert(1)<!--", "{{ 7*7 }}<svg onload=alert(1)>"],
)
def test_foreign_text_stays_text(client: TestClient, world: World, text: str) -> None:
    for name in ("archives_", "campaigns_", "publications_", "jobs_", "toolchains_", "slot"):
        setattr(world, name, hostile(getattr(world, name), text))
    world.archives_[0]["kind"] = world.archives_[1]["kind"] = "derived"
    world.logs = dict.fromkeys((1, 2), text.encode() + b"\n")
    name = quote(text, safe="")
    pages = [
        "/archives",
        f"/archives/{name}/",
        f"/archives/{name}/campaigns/2?q={name}&state={name}&sort={name}&page={name}",
        f"/archives/{name}/builds/{name}/2/{name}",
        f"/archives/{name}/builds/{name}/3/{name}",
        f"/archives/{name}/builds/{name}/2/{name}/log",
        "/jobs",
        f"/jobs?archive={name}",
        f"/jobs/{name}",
        "/toolchains",
        f"/toolchains/{name}",
        "/archives/no-" + name,
        f"/archives/trial/campaigns/{name}",
    ]

    answers = {address: client.get(address) for address in pages}

    for answer in answers.values():
        outline = Outline(answer.text)
        tags = [tag for tag, _ in outline.tags]
        assert answer.status_code in {200, 404}
        images = [found.get("src") or "" for tag, found in outline.tags if tag == "img"]
        assert all(image.endswith("/badge.svg") for image in images)
        assert tags.count("script") == 1
        assert not [key for _, found in outline.tags for key in found if key.startswith("on")]
        assert escape(text) in answer.text


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


def test_a_campaign_shows_its_counts_as_a_picture_and_in_words(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2").text

    assert 'aria-label="300 builds: 203 built, 30 failed, 1 failed-to-upload' in page
    assert 'href="?state=failed"' in page
    assert page.count('id="build-') == 200


def test_what_is_to_be_known_of_a_version_is_on_the_pages_of_build_and_campaign(
    client: TestClient,
) -> None:
    build = client.get(BUILD).text
    campaign = client.get("/archives/trial/campaigns/2").text

    assert "Warning:</b> 2.10-3Xtrial2 is above 2.10-2, which &lt;nobody&gt; expects." in build
    assert "Warning" not in client.get(RUNNING).text
    assert campaign.count("Warning:</b> hello would stay behind on arm64: it is let be so") == 1


def test_a_campaign_shows_what_was_predicted_beside_what_it_took(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2").text
    without = client.get("/archives/trial/campaigns/1").text

    assert '7 h 45 min <span class="quiet">of 8 h 30 min to 17 h 00 min</span>' in page
    assert '2.0 GiB <span class="quiet">of 3.0 GiB</span>' in page
    assert "12 of 300 sources from builds made here, 288 from a model" in page
    assert "Predicted" not in without


def test_a_large_campaign_is_cut_into_pages_that_hold_every_build_once(
    client_of: Callable[..., TestClient], build_of: Callable[..., BuildView], world: World
) -> None:
    builds = [build_of(id=number, source=f"package-{number:04}") for number in range(1203)]
    campaign = {**world.campaigns_[0], "builds": builds, "counts": {"built": 1203}}
    client = client_of(archives_=world.archives_, campaigns_=[campaign])
    address, found, lengths = "/archives/trial/campaigns/2", list[str](), list[int]()

    for _ in range(8):
        page = client.get(address).text
        rows = re.findall(r'id="(build-\d+)"', page)
        found += rows
        lengths.append(len(rows))
        following = re.search(r'rel="next" href="([^"]+)"', page)
        if not following:
            break
        address = urljoin(address, following[1])

    assert lengths == [*[200] * 6, 3]
    assert found == [f"build-{number}" for number in range(1203)]


def test_the_filter_is_a_form_that_keeps_what_was_asked(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2?state=trouble&q=gtk&sort=-version").text

    assert '<option value="trouble" selected>' in page
    assert 'name="q" value="gtk"' in page
    assert '<input type="hidden" name="sort" value="-version">' in page
    assert 'aria-sort="descending"' in page


def test_a_filter_that_finds_nothing_offers_all(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2?q=no-such-source").text

    assert "0 of 300 builds" in page
    assert "No build of this campaign is like that" in page


def test_an_archive_tells_how_apt_uses_it(client: TestClient, world: World) -> None:
    trial = next(archive for archive in world.archives_ if archive["name"] == "trial")

    page = client.get("/archives/trial/").text
    stanza = client.get("/archives/trial.sources")

    assert (
        "curl -fsS http://testserver/archives/trial.sources "
        "-o /etc/apt/sources.list.d/trial.sources &amp;&amp; apt-get update"
    ) in page
    assert "9F3C 22AA 10D4 BE55 77E1 C0FF EE01 2345 6789 ABCD" in page
    assert stanza.text == trial["stanza"]
    assert stanza.headers["content-type"] == "text/plain; charset=utf-8"


def test_what_is_empty_says_the_command_to_run_next(
    client_of: Callable[..., TestClient], world: World
) -> None:
    nothing = client_of()
    young = {"name": "new", "kind": "derived", "state": "active"}
    image_only = client_of(archives_=[world.archives_[2]])

    assert "vostok archive import debian" in nothing.get("/archives").text
    assert "vostok toolchain create" in nothing.get("/toolchains").text
    assert "No jobs" in nothing.get("/jobs").text
    assert "archive derive trial --parent debian/bookworm" in image_only.get("/archives").text
    page = client_of(archives_=[young]).get("/archives/new/").text
    assert "vostok rebuild request new --select all" in page
    assert "vostok publication publish new" in page


def test_pages_need_only_the_required_keys(client_of: Callable[..., TestClient]) -> None:
    build = {
        "id": 1,
        "archive": "a",
        "source": "s",
        "architecture": "amd64",
        "rebuild_no": 1,
        "state": "building",
    }
    client = client_of(
        archives_=[
            {"name": "a", "kind": "derived", "state": "active"},
            {"name": "b", "kind": "external", "state": "importing"},
        ],
        campaigns_=[{"archive": "a", "number": 1, "state": "running", "builds": [build]}],
        jobs_=[{"id": 1, "kind": "import", "state": "queued"}],
        toolchains_=[{"name": "t", "revision": 1}],
        slot=[{**build, "rebuild_no": 2, "attempts": [{"number": 1}]}, build],
        publications_=[],
    )
    pages = (
        "/archives",
        "/archives/a/",
        "/archives/b/",
        "/archives/a/campaigns/1",
        "/archives/a/builds/s/1/amd64",
        "/archives/a/builds/s/2/amd64",
        "/archives/a/builds/s/2/amd64/log",
        "/jobs",
        "/jobs/1",
        "/toolchains",
        "/toolchains/t",
    )

    assert {client.get(page).status_code for page in pages} == {200}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (InvalidInputError("x is bad"), 400, "invalid-input"),
        (NotAllowedError("x needs a role"), 403, "not-allowed"),
        (NotFoundError("there is no x"), 404, "not-found"),
        (GoneError("x was deleted"), 410, "gone"),
        (ConflictError("x is running"), 409, "conflict"),
        (UnavailableError("x did not answer"), 503, "unavailable"),
    ],
)
def test_an_error_is_a_page_with_its_sentence_and_hint_and_as_json_a_problem(
    client: TestClient, world: World, error: VostokError, status: int, code: str
) -> None:
    error.hint = "vostok archive list <all>"
    world.error = error

    page, problem = client.get("/archives"), client.get("/archives.json")

    assert page.status_code == problem.status_code == status
    assert str(error) in page.text
    assert "vostok archive list &lt;all&gt;" in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == code
    assert problem.json()["detail"] == str(error)
    assert problem.json()["hint"] == error.hint


@pytest.mark.parametrize(
    "address",
    [
        "/archives/none/",
        "/archives/debian.sources",
        "/archives/trial/campaigns/99",
        "/archives/trial/campaigns/-1",
        "/archives/trial/campaigns/" + "9" * 40,
        "/archives/trial/campaigns/\N{SUPERSCRIPT TWO}",
        "/archives/trial/builds/hello/99/amd64",
        "/archives/trial/builds/hello/two/amd64",
        "/archives/trial/builds/other/1/amd64",
        f"{BUILD}/log?attempt=9",
        f"{BUILD}/attempts/9/x.log",
        "/jobs/none",
        "/toolchains/none",
        "/static/none.css",
        "/static/..%2froutes.py",
    ],
)
def test_what_is_not_there_is_404(client: TestClient, address: str) -> None:
    assert client.get(address).status_code == 404


def test_static_files_are_cached_for_ever_under_an_address_that_names_their_content(
    client: TestClient,
) -> None:
    outline = Outline(client.get("/archives").text)
    files = [
        target
        for target in [*outline.attributes("href"), *outline.attributes("src")]
        if target.startswith("/static/")
    ]

    answers = [client.get(target) for target in files]

    assert sorted(target.partition("?")[0] for target in files) == [
        "/static/icon.svg",
        "/static/live.js",
        "/static/style.css",
    ]
    assert all(re.search(r"\?v=[0-9a-f]{12}$", target) for target in files)
    assert {answer.status_code for answer in answers} == {200}
    assert all("immutable" in answer.headers["cache-control"] for answer in answers)


def test_a_page_may_not_be_kept_by_shared_caches(client: TestClient) -> None:
    assert client.get("/archives").headers["cache-control"] == "private, no-cache"


def test_every_state_of_a_build_has_a_look_and_a_place_in_table_and_picture() -> None:
    states = {str(state) for state in BuildState}

    assert set(ATTENTION) == states
    assert states <= set(PICTURE)
    assert all(look_of(state).meaning for state in states)
    assert all(look_of(fate).meaning for fate in Fate if fate != Fate.NONE)


def test_states_that_share_a_colour_are_told_apart_by_words(client: TestClient) -> None:
    page = client.get("/archives/trial/campaigns/2").text

    for state in (
        "failed",
        "failed-to-upload",
        "building",
        "uploading",
        "cancelled",
        "superseded",
    ):
        assert f'<span class="legend-text">{state}</span>' in page


def test_the_pages_are_not_part_of_the_api(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["paths"] == {}


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
