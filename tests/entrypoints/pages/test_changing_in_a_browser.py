"""Pages that change an archive, in a real browser: clicks are counted, also without scripts."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.adapters.database.stage import add_external
from tests.builders import new_binary, new_source
from tests.entrypoints.installation import (
    ADMINISTRATOR,
    Installation,
    assert_done,
    installation_in,
    listening,
)
from tests.entrypoints.pages.chromium import ARGUMENTS, CHROMIUM, faint_texts, press, width_of
from tests.entrypoints.pages.test_pages_in_a_browser import Scheme, Scripts
from tests.entrypoints.pages.visitor import PASSWORD
from tests.snapshots import add_snapshot

from vostok.domain.access import Role
from vostok.services.deriving.derivations import DeriveRequest

GAMES = [f"game-{number:02}" for number in range(50)]
OTHERS = [f"tool-{number:02}" for number in range(250)]
PAGES = (
    "/archives/trial/",
    "/archives/trial/packages",
    "/archives/trial/packages?q=nothing",
    "/archives/trial/packages?show=removed",
    "/archives/trial/packages?show=changed",
    "/archives/trial/sync",
    "/archives/trial/sync?hold=game-*",
    "/archives/trial/sync?hold=nothing",
    "/archives/trial/delete",
    "/archives/derive",
)


def stocked(root: Path) -> Installation:
    """A server with `trial`, which takes three hundred sources, and an administrator."""
    installation = installation_in(root)
    names = [*GAMES, *OTHERS]
    with installation.services.database.write() as transaction:
        _, suite = add_external(transaction, "debian")  # type: ignore[arg-type]  # the adapter's own
        add_snapshot(
            transaction,  # type: ignore[arg-type]  # as above
            suite,
            [new_source(name) for name in names],
            [new_binary(name, source=name) for name in names],
        )
    installation.services.deriving.request(
        ADMINISTRATOR, DeriveRequest(name="trial", parents=["debian/bookworm"], selection="*")
    )
    assert_done(installation.do_jobs())
    services = installation.services
    services.people.add(ADMINISTRATOR, "ada", email="ada@example.org", role=Role.ADMINISTRATOR)
    services.passwords.give(ADMINISTRATOR, "ada", PASSWORD)
    return installation


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def stock(tmp_path: Path) -> Installation:
    return stocked(tmp_path / "root")


@pytest.fixture
def address(stock: Installation) -> Iterator[str]:
    with listening(stock.app) as address:
        yield address


class Reader:
    """Somebody with a mouse, whose clicks are counted."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.address = address
        self.clicks = 0

    def sign_in(self) -> None:
        self.page.goto(f"{self.address}/sign-in")
        self.page.get_by_label("Name").fill("ada")
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_label("Password").press("Enter")
        expect(self.page.get_by_text("Sign out")).to_be_visible()
        self.clicks = 0

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def press(self, name: str) -> None:
        press(self.page.get_by_role("button", name=name).first)
        self.clicks += 1

    def tick(self, name: str) -> None:
        self.page.get_by_role("checkbox", name=name).click()
        self.clicks += 1


@pytest.mark.parametrize("scripts", ["javascript", "no-javascript"])
def test_fifty_packages_are_removed_on_one_page_in_three_clicks(
    browser: Browser, stock: Installation, address: str, scripts: Scripts
) -> None:
    context = browser.new_context(java_script_enabled=scripts == "javascript")
    reader = Reader(context, address)
    reader.sign_in()
    reader.go("/archives/trial/packages")
    reader.page.get_by_role("searchbox", name="Name").fill("game-")
    reader.page.get_by_role("searchbox", name="Name").press("Enter")

    reader.tick("All 50 that match")
    reader.press("Remove…")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Remove 50 packages?")
    reader.press("Remove 50 packages")

    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("sync")
    (job, *_) = stock.services.jobs.newest(ADMINISTRATOR)
    expect(reader.page).to_have_url(f"{address}/jobs/{job.id}")
    assert reader.clicks == 3
    assert_done(stock.do_jobs())
    assert sorted(stock.services.syncing.taken(ADMINISTRATOR, "trial")) == sorted(OTHERS)
    reader.go("/archives/trial/packages?show=removed")
    expect(reader.page.get_by_role("checkbox", name="game-00")).to_be_visible()
    context.close()


def test_packages_are_chosen_and_removed_with_the_keyboard_alone(
    browser: Browser, stock: Installation, address: str
) -> None:
    context = browser.new_context()
    reader = Reader(context, address)
    reader.sign_in()
    reader.go("/archives/trial/packages?q=game-0")

    reader.page.get_by_role("checkbox", name="game-03").focus()
    reader.page.keyboard.press("Space")
    reader.page.keyboard.press("Enter")
    expect(reader.page.get_by_role("heading", level=1)).to_have_text("Remove 1 package?")
    reader.page.get_by_role("button", name="Remove 1 package").focus()
    reader.page.keyboard.press("Enter")

    expect(reader.page.get_by_role("heading", level=1)).to_contain_text("sync")
    assert reader.clicks == 0
    assert_done(stock.do_jobs())
    assert "game-03" not in stock.services.syncing.taken(ADMINISTRATOR, "trial")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_no_page_is_wider_than_the_window_and_all_text_stands_out(
    browser: Browser, address: str, width: int, scheme: Scheme
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    reader = Reader(context, address)
    reader.sign_in()
    wide: dict[str, int] = {}
    faint: dict[str, object] = {}

    def look(name: str) -> None:
        wide[name] = width_of(reader.page)
        if found := faint_texts(reader.page):
            faint[name] = found[:3]

    for path in PAGES:
        reader.go(path)
        look(path)
    reader.go("/archives/trial/packages")
    reader.tick("All 300")
    reader.press("Remove…")
    look("the page that asks")
    for selection in ("game-* or tool-1*", "section libs"):
        reader.go("/archives/derive?parent=debian/bookworm")
        reader.page.get_by_label("Selection").fill(selection)
        reader.press("Preview")
        look(f"a preview of {selection}")
    context.close()

    assert {name: found for name, found in wide.items() if found > width} == {}
    assert faint == {}
