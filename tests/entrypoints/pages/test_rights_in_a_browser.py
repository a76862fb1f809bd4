"""An administrator grants a right in Chromium, and the member finds that it holds."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.entrypoints.installation import ADMINISTRATOR, Installation, installation_in, listening
from tests.entrypoints.pages.chromium import (
    ARGUMENTS,
    CHROMIUM,
    complaints_of,
    faint_texts,
    width_of,
)
from tests.entrypoints.pages.visitor import PASSWORD, add_person

from vostok.domain.access import Role
from vostok.domain.rights import Holder, HolderKind, Right, SourceLimit
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest

Scheme = Literal["light", "dark"]
RIGHTS = "/archives/trial/rights"
PAGES = (
    RIGHTS, "/rights", "/people", "/people/lou", "/teams", "/teams/kernel", "/me", "/audit",
    "/audit?archive=trial&action=never", "/archives/trial/",
)  # fmt: skip
ENDLESS = "libendless" * 6


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def signed_in(context: BrowserContext, url: str, name: str) -> Page:
    page = context.new_page()
    page.goto(f"{url}/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def fill_with_people(installation: Installation) -> None:
    """Persons, teams and grants, some with names that do not end."""
    rights = installation.services.rights
    for name in ("kernel", "toolchain"):
        rights.add_team(ADMINISTRATOR, name)
    lou = Holder(kind=HolderKind.PERSON, name="lou")
    endless = Holder(kind=HolderKind.PERSON, name=ENDLESS)
    kernel = Holder(kind=HolderKind.TEAM, name="kernel")
    add_person(installation, ENDLESS)
    rights.put_in(ADMINISTRATOR, "kernel", [lou, endless])
    for holder, right, limit in (
        (kernel, Right.UPLOAD, SourceLimit(component="main", sources=("linux-*", ENDLESS))),
        (kernel, Right.UPLOAD, SourceLimit(sources=("firmware-nonfree",))),
        (kernel, Right.REBUILD, SourceLimit()),
        (endless, Right.VIEW, SourceLimit()),
        (lou, Right.ADMINISTER, SourceLimit()),
    ):
        for archive in ("trial", None):
            rights.give(
                ADMINISTRATOR,
                GrantRequest(archive=archive, holder=holder, right=right, limit=limit),
            )
    for name in ("dput on laptop", ENDLESS):
        for person in ("ann", "lou"):
            installation.services.people.create_token(
                ADMINISTRATOR, TokenRequest(person=person, name=name)
            )


def test_an_administrator_grants_in_three_clicks_and_the_member_has_the_right(
    browser: Browser, installation: Installation
) -> None:
    add_person(installation, "ann", Role.ADMINISTRATOR)
    add_person(installation, "lou")
    offices = [browser.new_context(java_script_enabled=scripts) for scripts in (False, True)]
    with listening(installation.app) as url:
        ann, lou = (
            signed_in(office, url, name)
            for office, name in zip(offices, ("ann", "lou"), strict=True)
        )
        refused = lou.goto(url + RIGHTS)
        ann.goto(f"{url}/archives/trial/")

        ann.get_by_role("link", name="Rights", exact=True).click()
        ann.get_by_label("Name").fill("lou")
        ann.get_by_label("Right", exact=True).select_option("administer")
        ann.get_by_role("button", name="Grant", exact=True).click()
        expect(ann.get_by_role("button", name="Revoke administer from person lou")).to_be_visible()

        lou.goto(f"{url}/archives/trial/")
        lou.get_by_role("link", name="Rights", exact=True).click()
        lou.get_by_role("button", name="Make it private").click()
        expect(lou.get_by_role("button", name="Show it to everybody")).to_be_visible()
        ann.get_by_role("button", name="Revoke administer from person lou").click()
        expect(ann.get_by_text("Nothing was granted here yet")).to_be_visible()
        absent = lou.goto(f"{url}/archives/trial/")
    for office in offices:
        office.close()

    assert refused is not None
    assert refused.status == 403
    assert absent is not None
    assert absent.status == 404


def test_a_token_is_made_by_the_keyboard_and_is_gone_after_reloading(
    browser: Browser, empty_installation: Installation
) -> None:
    add_person(empty_installation, "lou")
    context = browser.new_context()
    with listening(empty_installation.app) as url:
        page = signed_in(context, url, "lou")
        page.get_by_role("link", name="lou").click()
        page.get_by_text("Make a token").focus()
        page.keyboard.press("Enter")
        page.get_by_label("Name").fill("laptop")
        page.get_by_role("checkbox", name=re.compile("^everything")).press("Space")

        page.keyboard.press("Enter")

        secret = page.get_by_label("Token", exact=True).inner_text()
        address = page.url
        page.goto(f"{url}/me")
        shown = page.content()
    context.close()

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", secret)
    assert secret not in address + shown
    assert (
        empty_installation.services.people.find_principal(secret, address="192.0.2.1") is not None
    )


@pytest.fixture(scope="module")
def peopled(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> Iterator[str]:
    """The address of a server with people in it, which no test changes."""
    root = tmp_path_factory.mktemp("peopled") / "root"
    shutil.copytree(filled_root, root)
    installation = installation_in(root)
    add_person(installation, "ann", Role.ADMINISTRATOR)
    add_person(installation, "lou")
    fill_with_people(installation)
    with listening(installation.app) as url:
        yield url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_the_pages_fit_their_window_and_all_text_stands_out(
    browser: Browser, peopled: str, width: int, scheme: Scheme
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme)
    complaints = complaints_of(context)
    page = signed_in(context, peopled, "ann")
    widths: dict[str, int] = {}
    faint: dict[str, object] = {}

    for address in PAGES:
        page.goto(peopled + address)
        expect(page.locator("main h1")).to_be_visible()
        widths[address] = width_of(page)
        if found := faint_texts(page):
            faint[address] = found[:3]
    context.close()

    assert {address: found for address, found in widths.items() if found > width} == {}
    assert faint == {}
    assert complaints == []


def test_every_field_has_a_label_and_every_button_a_name(browser: Browser, peopled: str) -> None:
    context = browser.new_context()
    page = signed_in(context, peopled, "ann")
    nameless: dict[str, list[str]] = {}

    for address in PAGES:
        page.goto(peopled + address)
        found = page.evaluate(
            """() => [...document.querySelectorAll(
                 "main input:not([type=hidden]):not([aria-hidden]), main select, main textarea")]
               .filter((field) => !field.labels.length && !field.getAttribute("aria-label"))
               .map((field) => field.name)
               .concat([...document.querySelectorAll("main button")]
                 .filter((button) => !(button.getAttribute("aria-label") || button.textContent)
                   .trim()).map(() => "a button"))"""
        )
        if found:
            nameless[address] = found
    context.close()

    assert nameless == {}
