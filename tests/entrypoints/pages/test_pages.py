"""Every page: whole html, nothing inline, its text as text, errors as pages."""

import re
from collections.abc import Callable
from itertools import pairwise
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from markupsafe import escape
from tests.entrypoints.pages.outlines import BUILD, RUNNING, Outline, World

from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotFoundError,
    UnavailableError,
    VostokError,
)

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
    error.hint = "once more: vostok build retry <all>"
    world.error = error

    page, problem = client.get("/archives"), client.get("/archives.json")

    assert page.status_code == problem.status_code == status
    assert str(error) in page.text
    assert "vostok build retry &lt;all&gt;" in page.text
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


def test_the_pages_are_not_part_of_the_api(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["paths"] == {}
