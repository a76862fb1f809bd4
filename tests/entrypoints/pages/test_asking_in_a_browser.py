"""From signing in to a campaign in a real browser, with and without JavaScript."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.entrypoints.installation import ADMINISTRATOR, Installation, listening
from tests.entrypoints.pages.chromium import (
    ARGUMENTS,
    CHROMIUM,
    complaints_of,
    faint_texts,
    width_of,
)
from tests.entrypoints.pages.test_pages_in_a_browser import Scheme
from tests.entrypoints.pages.visitor import PASSWORD

from vostok.domain.access import Role
from vostok.services.building.build_changes import BuildChoice


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def served(installation: Installation) -> Iterator[str]:
    """The address of a server on which ann has a password, and `trial` is idle."""
    services = installation.services
    services.people.add(ADMINISTRATOR, "ann", email="ann@example.org", role=Role.ADMINISTRATOR)
    services.passwords.give(ADMINISTRATOR, "ann", PASSWORD)
    services.build_changes.cancel(ADMINISTRATOR, BuildChoice(archive="trial", campaign=1))
    with listening(installation.app) as address:
        yield address


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill("ann")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.mark.parametrize("scripts", ["javascript", "no-javascript"])
def test_from_signing_in_to_a_campaign_and_its_end(
    browser: Browser, served: str, scripts: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, java_script_enabled=scripts == "javascript"
    )
    complaints = complaints_of(context)
    page = context.new_page()
    sign_in(page, f"{served}/archives/trial/")

    page.get_by_role("link", name="Request a rebuild").click()
    page.get_by_label("Sources", exact=True).fill("lamp")
    page.get_by_label("Reason", exact=True).fill("to see it work")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Versions that would be issued")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Request th")).click()
    expect(page).to_have_url(re.compile("/archives/trial/campaigns/2$"))
    expect(page.get_by_text("to see it work")).to_be_visible()
    page.get_by_role("link", name="Rescore waiting").press("Enter")
    page.get_by_label("New score").fill("50")
    page.get_by_label("New score").press("Enter")
    expect(page).to_have_url(re.compile(r"/campaigns/2\?rescored=[12]$"))
    expect(page.locator(".notice")).to_contain_text("rescored.")
    page.get_by_role("link", name="Cancel waiting").click()
    page.get_by_role("button", name=re.compile("^Cancel th")).click()

    expect(page).to_have_url(re.compile(r"/campaigns/2\?cancelled=[12]$"))
    expect(page.locator(".notice")).to_contain_text("cancelled.")
    assert complaints == []
    context.close()


def test_an_archive_is_set_and_given_another_selection_by_the_keyboard_with_and_without_scripts(
    browser: Browser, served: str
) -> None:
    for has_scripts, policy in ((False, "never"), (True, "on every sync")):
        context = browser.new_context(
            viewport={"width": 390, "height": 844}, java_script_enabled=has_scripts
        )
        complaints = complaints_of(context)
        page = context.new_page()
        sign_in(page, f"{served}/archives/trial/")

        page.get_by_role("link", name="Settings").press("Enter")
        page.get_by_role("radio", name=re.compile(f"^{policy}")).press("Space")
        page.get_by_role("button", name="Try first").press("Enter")
        expect(page.get_by_role("heading", name="What saving would do")).to_be_visible()
        page.get_by_role("button", name="Save these").press("Enter")
        expect(page.get_by_role("radio", name=re.compile(f"^{policy} now"))).to_be_checked()

        page.get_by_role("link", name="Selection").press("Enter")
        page.get_by_label("Selection", exact=True).fill("lamp")
        if not has_scripts:
            page.get_by_role("button", name="Preview").press("Enter")
        expect(page.get_by_role("heading", name="2 → 1 sources")).to_be_visible()
        expect(page.get_by_text("manual 1.0 goes: the selection leaves it out")).to_be_visible()
        if has_scripts:
            page.goto(f"{served}/archives/derive?parent=debian/bookworm")
            page.get_by_label("Selection", exact=True).fill("section lamp")
            expect(page.locator("#selection-fault")).to_contain_text("section is not compared")
            page.get_by_label("Selection", exact=True).fill("lamp")
            expect(page.get_by_role("heading", name="What is selected 1")).to_be_visible()
            expect(page.locator("#selection-fault")).to_have_count(0)
        context.close()

        assert [told for told in complaints if "a status of 400" not in told] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_fit_and_can_be_read(
    browser: Browser, served: str, width: int, scheme: Scheme
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page = context.new_page()
    sign_in(page, f"{served}/archives/trial/")
    faults: dict[str, object] = {}

    for path in (
        "/archives/trial/",
        "/archives/trial/rebuild",
        "/archives/trial/rebuild?selection=lamp,+(manual&reason=why&score=x",
        "/archives/trial/rebuild?selection=all&reason=why&profiles=stage1",
        "/archives/trial/campaigns/1?cancelled=3&refused=1",
        "/archives/trial/campaigns/1/retry?state=cancelled",
        "/archives/trial/campaigns/1/cancel?state=cancelled",
        "/archives/trial/campaigns/1/rescore?state=cancelled",
        "/archives/trial/builds/lamp/1/amd64",
    ):
        page.goto(served + path)
        expect(page.locator("main h1")).to_be_visible()
        found, faint = width_of(page), faint_texts(page)
        if found > width or faint:
            faults[path] = found, faint[:3]
    context.close()

    assert faults == {}
