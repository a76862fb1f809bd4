"""What is asked of every page of the server, each with something on it."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.entrypoints.installation import Installation
from tests.entrypoints.pages.axe import violations
from tests.entrypoints.pages.chromium import ARGUMENTS, CHROMIUM, complaints_of, width_of
from tests.entrypoints.pages.page_tables import (
    TableOfPrograms,
    faults_of,
    read_for_programs,
    tables_of,
)
from tests.entrypoints.pages.site import (
    ADDRESSES,
    ELSEWHERE,
    LAMP,
    UNFIT,
    WHO,
    all_addresses,
    page_routes,
    whole_site,
)
from tests.entrypoints.pages.test_pages_in_a_browser import Scheme
from tests.entrypoints.pages.visitor import PASSWORD, Visitor
from tests.entrypoints.pages.visitor import sign_in as sign_in_as

WIDTHS = (390, 1440)
WIDTH_BETWEEN = 1000
"""Of a tablet or half a screen: only whether all is there is looked at, nothing is kept."""
HEIGHT = 900
LINKS_MAX = 2_000
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PICTURE_QUALITY = 70
PICTURE_CHARACTERS_MAX = 120
# Moments without a visible word of how long ago they were: a title is for the mouse alone.
BARE_MOMENTS = """() => [...document.querySelectorAll("main time[title]")]
  .filter((time) => time.checkVisibility()
    && !getComputedStyle(time, "::after").content.includes(time.title)).length"""
NOWHERE = "/archives/nowhere/"
NO_SUCCESS = "the server responded with a status of 4"


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, filled_root: Path
) -> Iterator[tuple[Installation, str]]:
    with whole_site(filled_root, tmp_path_factory.mktemp("site")) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def sign_in(page: Page, url: str) -> None:
    page.goto(f"{url}/sign-in")
    page.get_by_label("Name").fill(WHO)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_every_page_has_an_address_here(site: tuple[Installation, str]) -> None:
    installation, _ = site

    assert page_routes(installation) - ELSEWHERE == set(ADDRESSES)


def test_a_campaign_is_set_beside_the_one_before_it_unless_another_is_named(
    site: tuple[Installation, str],
) -> None:
    installation, _ = site
    ada = sign_in_as(installation, WHO)
    place = "/archives/trial/campaigns"

    assert "<h1>Campaign 2 beside campaign 1</h1>" in ada.text(f"{place}/2/compare")
    assert "<h1>Campaign 1 beside another</h1>" in ada.text(f"{place}/1/compare")
    assert "<h1>Campaign 1 beside campaign 2</h1>" in ada.text(f"{place}/1/compare?with=2")


def test_every_link_of_every_page_leads_somewhere(site: tuple[Installation, str]) -> None:
    installation, _ = site
    ada = sign_in_as(installation, WHO)
    waiting = all_addresses(installation)
    seen = set(waiting)
    broken: list[tuple[str, int]] = []

    while waiting and len(seen) < LINKS_MAX:
        address = waiting.pop()
        answer = ada.get(address)
        if answer.status_code not in {200, 307} and address not in UNFIT:
            broken.append((address, answer.status_code))
        if answer.headers.get("content-type", "").startswith("text/html"):
            targets = re.findall(r'href="([^"]+)"', answer.text)
            links = {urljoin(address, unescape(target)).partition("#")[0] for target in targets}
            links = {link for link in links if ".csv" not in link}  # read with their tables
            waiting += sorted(links - seen)
            seen |= links

    assert broken == []
    assert len(seen) < LINKS_MAX
    assert {"/archives/trial.json", f"{LAMP}/log", "/archives/trial/packages"} <= seen


def shown_to(ada: Visitor, installation: Installation) -> Iterator[tuple[str, str]]:
    """(address, text) of every page, those among them that only a form leads to."""
    for address in all_addresses(installation):
        yield address, ada.get(address).text
    wanted = {"parent": "debian/bookworm", "selection": "all"}
    yield "derive", ada.send("/archives/derive", do="preview", **wanted).text
    yield "remove", ada.send("/archives/trial/packages/remove", source=["lamp"]).text


def test_every_table_of_every_page_is_there_as_json_and_csv(
    site: tuple[Installation, str],
) -> None:
    installation, _ = site
    ada = sign_in_as(installation, WHO)
    read: dict[str, TableOfPrograms] = {}
    wrong: list[tuple[str, tuple[str, ...], str]] = []
    seen: set[str] = set()

    for address, text in shown_to(ada, installation):
        for table in tables_of(text):
            for link in table.links:
                read[link] = read.get(link) or read_for_programs(ada.get(link))
            found = [read[link] for link in table.links]
            seen |= {link.partition("?")[0] for link in table.links}
            wrong += [(address, table.columns, why) for why in faults_of(table, found)]

    assert wrong == [], "\n".join(map(str, wrong))
    assert {"/archives.csv", "/archives/trial/campaigns/1.csv", "/jobs.csv", "/audit.csv"} <= seen
    assert {"/archives/trial/packages.csv", "/archives/trial/rights.csv", "/people.csv"} <= seen
    assert {"/archives/derive.csv", "/archives/trial/packages/remove.csv"} <= seen
    assert {f"{LAMP}.csv", "/archives/trial/rebuild.json", "/compare.csv"} <= seen


def test_no_page_has_a_barrier_or_is_wider_than_its_window_in_light_and_dark(
    browser: Browser, site: tuple[Installation, str], pytestconfig: pytest.Config
) -> None:
    installation, url = site
    pictures = Path(pytestconfig.getoption("--pictures"))
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.jpeg"):
        old.unlink()
    context = browser.new_context(viewport={"width": WIDTHS[0], "height": HEIGHT})
    complaints = complaints_of(context)
    page = context.new_page()
    sign_in(page, url)
    barriers: list[Any] = []
    too_wide: list[Any] = []
    bare: list[Any] = []

    for address in [*all_addresses(installation), NOWHERE]:
        answer = page.goto(url + address)
        assert answer
        assert answer.status in {200, 400, 404, 409}, address
        expect(page.locator("main h1")).to_be_visible()
        for width in (*WIDTHS, WIDTH_BETWEEN):
            page.set_viewport_size({"width": width, "height": HEIGHT})
            found = width_of(page)
            if found > width:
                too_wide.append((address, width, found))
            if count := page.evaluate(BARE_MOMENTS):
                bare.append((address, width, count))
            for scheme in SCHEMES if width in WIDTHS else ():
                page.emulate_media(color_scheme=scheme)
                rules = () if scheme == "light" else ("color-contrast",)
                barriers += [(address, width, scheme, found) for found in violations(page, *rules)]
                page.screenshot(
                    path=picture(pictures, address, width, scheme),
                    full_page=True,
                    type="jpeg",
                    quality=PICTURE_QUALITY,
                )
    context.close()

    assert barriers == [], "\n".join(map(str, barriers))
    assert too_wide == []
    assert bare == []
    assert [told for told in complaints if NO_SUCCESS not in told] == []


def picture(directory: Path, address: str, width: int, scheme: str) -> Path:
    """Where the picture of a page is kept."""
    flat = re.sub(r"[^a-z0-9]+", "-", address).strip("-")[:PICTURE_CHARACTERS_MAX]
    return directory / f"{flat}.{width}.{scheme}.jpeg"
