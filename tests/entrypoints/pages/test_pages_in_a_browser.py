import re
from collections.abc import Iterator
from typing import Any, Literal, Protocol

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.entrypoints.pages.axe import violations
from tests.entrypoints.pages.chromium import ARGUMENTS, CHROMIUM, complaints_of, press, width_of

from vostok.entrypoints.pages import package_table

Scheme = Literal["light", "dark"]
Scripts = Literal["javascript", "no-javascript"]
CAMPAIGN = "/archives/trial/campaigns/2"
RUNNING = "/archives/trial/builds/hello/3/amd64"
BADGE = "<svg xmlns='http://www.w3.org/2000/svg' width='90' height='20'/>"
SVG = "image/svg+xml"
PAGES = (
    "/archives",
    "/archives/trial/",
    "/archives/debian/",
    CAMPAIGN,
    "/archives/trial/builds/hello/1/amd64",
    "/archives/trial/builds/hello/2/amd64",
    RUNNING,
    f"{RUNNING}/log",
    "/archives/trial/builds/hello/2/amd64/log",
    "/jobs",
    "/jobs/d-17",
    "/jobs/i-3",
    "/toolchains",
    "/toolchains/gcc-11",
)
# With states, pictures and faults that the whole server of `test_every_page` does not show.
RICH = (
    "/archives/trial/",
    f"{CAMPAIGN}?state=trouble",
    "/archives/trial/builds/hello/2/amd64",
    RUNNING,
    "/jobs",
    "/jobs/i-3",
)


class World(Protocol):
    """The lists of the fake reader that these tests change while a page is open."""

    archives_: list[Any]
    campaigns_: list[Any]
    toolchains_: list[Any]
    jobs_: list[Any]
    slot: list[Any]
    logs: dict[int, bytes]
    growing: set[int]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("scripts", ["javascript", "no-javascript"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_is_wider_than_the_window_or_makes_the_console_complain(
    browser: Browser, served: str, width: int, scheme: Scheme, scripts: Scripts
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme=scheme,
        java_script_enabled=scripts == "javascript",
    )
    complaints = complaints_of(context)
    page = context.new_page()
    # There is no such service beside these pages, and without JavaScript nothing is loaded late.
    page.route("**/badge.svg", lambda route: route.fulfill(body=BADGE, content_type=SVG))
    widths: dict[str, int] = {}

    for address in PAGES:
        page.goto(served + address)
        expect(page.locator("main h1")).to_be_visible()
        widths[address] = width_of(page)
    context.close()

    assert {address: found for address, found in widths.items() if found > width} == {}
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_with_much_on_it_has_a_barrier_in_light_and_dark(
    browser: Browser, served: str, width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    barriers: dict[str, object] = {}

    for address in RICH:
        page.goto(served + address)
        page.emulate_media(color_scheme="light")
        broken = violations(page)
        page.emulate_media(color_scheme="dark")
        if broken := broken + violations(page, "color-contrast"):
            barriers[address] = broken
    context.close()

    assert barriers == {}


@pytest.mark.parametrize("scripts", ["javascript", "no-javascript"])
def test_the_filter_of_a_campaign_works(browser: Browser, served: str, scripts: Scripts) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=scripts == "javascript"
    )
    page = context.new_page()
    page.goto(served + CAMPAIGN)

    page.get_by_role("combobox", name="State").select_option("failed")
    page.get_by_role("searchbox", name="Source").fill("GTK")
    press(page.get_by_role("button", name="Filter"))

    expect(page).to_have_url(re.compile(r"\?state=failed&(architecture=&)?q=GTK"))
    sources = page.locator("tbody tr .p-source").all_inner_texts()
    states = page.locator("tbody tr .badge").all_inner_texts()
    context.close()
    assert len(sources) == 4
    assert all("gtk" in source for source in sources)
    assert all("failed" in state for state in states)


def test_a_heading_sorts_the_table_and_says_so(page: Page, served: str) -> None:
    page.goto(served + CAMPAIGN)

    press(page.get_by_role("columnheader", name="Source").get_by_role("link"))
    expect(page.get_by_role("columnheader", name="Source")).to_have_attribute(
        "aria-sort", "ascending"
    )
    ascending = page.locator("tbody tr .p-source").all_inner_texts()
    press(page.get_by_role("columnheader", name="Source").get_by_role("link"))
    expect(page.get_by_role("columnheader", name="Source")).to_have_attribute(
        "aria-sort", "descending"
    )

    assert ascending == sorted(ascending)
    assert len(ascending) == package_table.ROWS_MAX


def test_the_first_stop_of_the_keyboard_skips_to_the_content(page: Page, served: str) -> None:
    page.goto(served + "/archives")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()


def test_an_open_campaign_follows_the_work_and_keeps_what_was_typed(
    page: Page, served_world: str, world: World
) -> None:
    page.goto(served_world + CAMPAIGN)
    page.get_by_role("searchbox", name="Source").fill("half a na")
    campaign = world.campaigns_[0]

    campaign.update(sentence="all is built now", state="finished", counts={"built": 300})

    expect(page.get_by_text("all is built now")).to_be_visible()
    expect(page.locator("#live-state")).to_have_text("Finished")
    expect(page.get_by_role("searchbox", name="Source")).to_have_value("half a na")
    expect(page.get_by_role("searchbox", name="Source")).to_be_focused()


def test_an_open_job_follows_its_progress_to_the_end(
    page: Page, served_world: str, world: World
) -> None:
    page.goto(served_world + "/jobs/d-17")

    world.jobs_[0]["progress"] = {"done": 30_000, "total": 34_262, "unit": "sources"}
    expect(page.get_by_text("30\N{NARROW NO-BREAK SPACE}000 of")).to_be_visible()
    world.jobs_[0].update(state="succeeded", message="arm-next is ready")

    expect(page.get_by_text("arm-next is ready")).to_be_visible()
    expect(page.locator("#live-state")).to_have_text("Finished")


def test_an_open_log_shows_what_is_written_and_stays_at_its_end_unless_told_not_to(
    page: Page, served_world: str, world: World
) -> None:
    page.goto(f"{served_world}{RUNNING}/log")
    box = page.locator(".log")
    follow = page.get_by_label("Follow the end")

    world.logs[1] += "the next line, grün\n".encode()
    expect(page.get_by_text("the next line, grün")).to_be_in_viewport()
    follow.uncheck()
    box.evaluate("box => { box.scrollTop = -2000; }")
    world.logs[1] += b"a line nobody asked to see\n" * 50
    expect(box).to_contain_text("nobody asked")
    after = box.evaluate("box => box.scrollTop")
    follow.check()

    assert after < -2000
    assert box.evaluate("box => box.scrollTop") == 0


def test_a_log_that_ended_stops_being_asked_for(
    page: Page, served_world: str, world: World
) -> None:
    page.goto(f"{served_world}{RUNNING}/log")
    expect(page.get_by_label("Follow the end")).to_be_visible()

    world.logs[1] += b"Status: successful\n"
    world.growing.clear()

    expect(page.locator("#live-state")).to_have_text("Finished")
    expect(page.locator(".log")).to_contain_text("Status: successful")
    expect(page.locator("[data-log]")).to_have_count(0)


def test_a_server_that_goes_away_is_said_and_asked_again(
    page: Page, served_world: str, world: World
) -> None:
    page.goto(served_world + "/jobs/d-17")
    page.route("**/jobs/**", lambda route: route.abort())

    expect(page.locator("#live-state")).to_contain_text("trying again")
    page.unroute("**/jobs/**")
    world.jobs_[0]["message"] = "it is back"

    expect(page.get_by_text("it is back")).to_be_visible(timeout=30_000)


def test_the_record_that_a_page_is_about_is_in_sight_on_a_phone(
    browser: Browser, served: str
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()

    page.goto(served + "/archives/trial/builds/hello/1/amd64")
    edges = page.locator(".records thead .here").evaluate(
        """heading => [heading.closest(".scroll"), heading]
             .map((element) => element.getBoundingClientRect().right)"""
    )
    context.close()

    assert edges[1] <= edges[0] + 1


@pytest.mark.parametrize("width", [390, 800, 1000, 1440])
def test_names_without_an_end_do_not_widen_the_page(
    browser: Browser, served_world: str, world: World, width: int
) -> None:
    endless = "libendless" * 20
    archive = next(archive for archive in world.archives_ if archive["name"] == "trial")
    archive.update(selection=endless * 20, parent=endless, policy=endless, tag=endless)
    campaign = world.campaigns_[0]
    campaign.update(reason=endless, requested_by=endless, selection=endless, sentence=endless)
    for build in [world.slot[1], *campaign["builds"][:20]]:
        build.update(source=endless, version=endless, version_before=endless, sentence=endless)
    attempt = world.slot[1]["attempts"][0]
    attempt.update(builder=endless, sentence=endless, excerpt=endless, environment={"a": endless})
    world.jobs_[1].update(message=endless, requested_by=endless)
    world.jobs_[1]["error"] = {"kind": "gone", "message": endless, "hint": endless}
    world.toolchains_[0]["spec"] = {"compilers": {endless: endless}, "cflags": [endless]}
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = context.new_page()
    widths: dict[str, int] = {}

    for address in (
        *(address for address in PAGES if "hello" not in address),
        f"/archives/trial/builds/{endless}/2/amd64",
        f"/archives/trial/builds/{endless}/2/amd64/log",
    ):
        assert page.goto(served_world + address)
        widths[address] = width_of(page)
    context.close()

    assert {address: found for address, found in widths.items() if found > width} == {}
