"""What people come for, from page to page in Chromium, with scripts and without, wide and narrow.

One installation serves all journeys; each makes its own archives. What a journey saw at its stops
lies beside the pictures of `test_every_page`, in `journeys`.
"""

import gzip
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.adapters.database.stage import add_external
from tests.builders import new_binary, new_source
from tests.entrypoints.installation import (
    ADMINISTRATOR,
    URL,
    Builder,
    Installation,
    assert_done,
    installation_in,
    listening,
)
from tests.entrypoints.pages.chromium import ARGUMENTS, CHROMIUM, complaints_of, press, width_of
from tests.entrypoints.pages.visitor import PASSWORD, add_person
from tests.snapshots import add_snapshot

from vostok.adapters.event_streams import pages as page_streams
from vostok.domain.access import Role
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.people.rights import GrantRequest
from vostok.services.rebuilding.planning import RebuildRequest

PLACE = "debian/bookworm"


@dataclass(frozen=True, kw_only=True)
class Way:
    """How somebody looks at the pages."""

    has_scripts: bool
    width: int

    def __str__(self) -> str:
        return f"{'scripts' if self.has_scripts else 'plain'}-{self.width}"


WAYS = [
    Way(has_scripts=scripts, width=width) for scripts in (True, False) for width in (390, 1440)
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, filled_root: Path
) -> Iterator[tuple[Installation, str]]:
    """A server on which ada and ben administer, nothing waits to be built, and its address."""
    root = tmp_path_factory.mktemp("journeys") / "root"
    shutil.copytree(filled_root, root)
    installation = installation_in(root)
    for name in ("ada", "ben"):
        add_person(installation, name, Role.ADMINISTRATOR)
    add_person(installation, "lou")
    installation.services.build_changes.cancel(
        ADMINISTRATOR, BuildChoice(archive="trial", campaign=1)
    )
    with pytest.MonkeyPatch.context() as patch, listening(installation.app) as url:
        for pause in ("LOOK_SECONDS", "JOBS_SECONDS"):
            patch.setattr(page_streams, pause, 0.1)
        yield installation, url


class Traveller:
    """Somebody at a browser who has signed in, and the pictures of where they were."""

    def __init__(self, browser: Browser, url: str, way: Way, name: str, pictures: Path) -> None:
        self._way, self._url, self._pictures = way, url, pictures
        self.context = browser.new_context(
            viewport={"width": way.width, "height": 900}, java_script_enabled=way.has_scripts
        )
        self.complaints = complaints_of(self.context)
        self.page: Page = self.context.new_page()
        self.go("/sign-in")
        self.page.get_by_label("Name").fill(name)
        self.page.get_by_label("Password", exact=True).fill(PASSWORD)
        self.press("Sign in")

    def go(self, path: str) -> None:
        self.page.goto(self._url + path)

    def follow(self, link: str) -> None:
        press(self.page.get_by_role("link", name=link, exact=True).first)

    def press(self, button: str) -> None:
        press(self.page.get_by_role("button", name=button, exact=True).first)

    def is_at(self, heading: str, picture: str) -> None:
        """The page has this heading and fits its window; a picture of it is kept."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)
        assert width_of(self.page) == self._way.width, self.page.url
        path = self._pictures / f"{picture}.{self._way}.jpeg"
        self.page.screenshot(path=path, full_page=True, type="jpeg", quality=70)

    def sees_the_end(self, installation: Installation) -> None:
        """The job that the page shows is done meanwhile; without scripts it is looked at again."""
        assert_done(installation.do_jobs())
        if not self._way.has_scripts:
            self.page.reload()
        expect(self.page.get_by_role("heading", level=1)).to_contain_text("succeeded")

    def leaves(self) -> None:
        """Nothing was complained of in the console, but what was answered with a refusal."""
        self.context.close()
        assert [told for told in self.complaints if "a status of 4" not in told] == []


@pytest.fixture(scope="module")
def pictures(pytestconfig: pytest.Config) -> Path:
    directory = Path(pytestconfig.getoption("--pictures")) / "journeys"
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def derive(installation: Installation, name: str, parent: str = PLACE) -> None:
    installation.services.deriving.request(
        ADMINISTRATOR, DeriveRequest(name=name, parents=[parent], selection="*")
    )
    assert_done(installation.do_jobs())


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_an_archive_is_derived_read_by_apt_s_stanza_and_deleted_by_typing_its_name(
    browser: Browser, site: tuple[Installation, str], pictures: Path, way: Way
) -> None:
    installation, url = site
    ada, name = Traveller(browser, url, way, "ada", pictures), f"own-{way}"
    page = ada.page

    ada.follow("Derive an archive…")
    page.get_by_label("Parent", exact=True).select_option(PLACE)
    page.get_by_label("Selection", exact=True).fill("lam*")
    if not way.has_scripts:
        ada.press("Preview")
    expect(page.get_by_role("heading", name="What is selected 1")).to_be_visible()
    page.get_by_label("Name of the new archive").fill(name)
    ada.is_at("Derive an archive", "derive")
    ada.press("Derive")
    ada.is_at(f"derive {name}", "derive-job")
    ada.sees_the_end(installation)
    ada.follow(f"Go on to {name}")

    ada.is_at(name, "derived")
    expect(page.locator("pre", has_text="curl")).to_contain_text(f"{URL}/archives/{name}.sources")
    stanza = httpx.get(f"{url}/archives/{name}.sources").text
    assert f"URIs: {URL}/archives/{name}\n" in stanza
    assert f"Label: {name}\n" in httpx.get(f"{url}/archives/{name}/dists/bookworm/Release").text
    ada.follow("Delete…")
    expect(page.get_by_role("heading", name="What stays")).to_be_visible()
    for typed, heading in (("trial", f"Delete {name}?"), (name, f"delete {name}")):
        page.get_by_label("name to confirm").fill(typed)
        ada.press(f"Delete {name}")
        ada.is_at(heading, f"delete-{'right' if typed == name else 'wrong'}")
    ada.sees_the_end(installation)
    gone = page.goto(f"{url}/archives/{name}/")
    ada.leaves()

    assert gone is not None
    assert gone.status == 410


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_sync_tells_its_decisions_holds_what_is_named_and_is_compared_with_the_parent(
    browser: Browser, site: tuple[Installation, str], pictures: Path, way: Way
) -> None:
    installation, url = site
    parent, name = f"up-{way}", f"down-{way}"
    database = installation.services.database
    with database.write() as transaction:
        _, suite = add_external(transaction, parent)  # type: ignore[arg-type]  # the adapter's own
        add_snapshot(transaction, suite, *packages(same=1, old=1, new=0, kept=1))  # type: ignore[arg-type]  # as above
    derive(installation, name, f"{parent}/bookworm")
    with database.write() as transaction:
        (suite,) = transaction.archives.suites(suite.archive_id)
        add_snapshot(transaction, suite, *packages(same=1, old=2, new=1, kept=2))  # type: ignore[arg-type]  # as above
    ada = Traveller(browser, url, way, "ada", pictures)
    page = ada.page
    ada.go(f"/archives/{name}/")

    ada.follow("Sync…")
    ada.is_at(f"Sync {name} with its parent?", "sync")
    page.get_by_label("Sources to hold where they are").fill("kept")
    ada.press("Look again")
    decided = page.get_by_label("Decisions, counted").inner_text()
    ada.press("Sync, holding kept")
    ada.is_at(f"sync {name}", "sync-job")
    ada.sees_the_end(installation)
    ada.follow(f"Go on to {name}")
    ada.follow("Compare…")
    ada.is_at("Compare", "compare")
    rows = [row.inner_text() for row in page.get_by_role("row").all()]
    ada.go(f"/archives/{name}/history")
    ada.is_at("History", "history")
    ada.leaves()

    assert dict(re.findall(r"([a-z-]+)\s+(\d+)", decided)) == dict.fromkeys(
        ("added", "updated", "held", "unchanged"), "1"
    )
    assert installation.services.syncing.taken(ADMINISTRATOR, name).keys() == {
        "same", "old", "new", "kept",
    }  # fmt: skip
    (held,) = [row for row in rows if row.startswith("kept") and "binary" not in row]
    assert "higher" in held


def packages(**versions: int) -> tuple[list[object], list[object]]:
    """Sources and binaries by their versions; 0 for none."""
    there = {name: f"{version}.0" for name, version in versions.items() if version}
    return (
        [new_source(name, version) for name, version in there.items()],
        [new_binary(name, version) for name, version in there.items()],
    )


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_failed_of_a_campaign_is_retried_in_bulk_and_a_job_is_cancelled(
    browser: Browser, site: tuple[Installation, str], pictures: Path, way: Way
) -> None:
    installation, url = site
    name = f"work-{way}"
    derive(installation, name)
    installation.services.rebuilding.request(
        ADMINISTRATOR, RebuildRequest(archive=name, selection="all", reason="a new compiler")
    )
    assert_done(installation.do_jobs())
    builder = Builder(installation)
    for _ in ("lamp", "manual"):
        claim = builder.claim()
        builder.report(claim)
        installation.settle(claim["attempt_id"])
    installation.do_jobs()
    ada = Traveller(browser, url, way, "ada", pictures)
    page = ada.page
    ada.go(f"/archives/{name}/")

    press(page.get_by_role("link", name="a new compiler"))
    ada.is_at("Campaign 1", "campaign-failed")
    ada.follow("lamp")
    ada.is_at("lamp", "build-failed")
    ada.follow("upload a changed source")
    ada.is_at("Uploads", "uploads")
    ada.go(f"/archives/{name}/campaigns/1")
    ada.follow("Retry failed…")
    ada.is_at("Retry 2 builds?", "retry")
    ada.press("Retry these 2 builds")
    ada.is_at("Campaign 1", "campaign-retried")
    expect(page.locator(".notice")).to_contain_text("2 builds")
    ada.go(f"/archives/{name}/publications")
    ada.press("Publish now")
    ada.is_at(f"publish {name}", "job")
    ada.press("Cancel this job")
    installation.do_jobs()
    if not way.has_scripts:
        page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("cancelled")
    ada.is_at(f"publish {name}", "job-cancelled")
    ada.leaves()

    installation.services.build_changes.cancel(
        ADMINISTRATOR, BuildChoice(archive=name, campaign=1)
    )


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_private_archive_is_made_and_read_with_the_line_that_its_token_is_shown_with(
    browser: Browser, site: tuple[Installation, str], pictures: Path, way: Way
) -> None:
    installation, url = site
    ada, name = Traveller(browser, url, way, "ada", pictures), f"hush-{way}"
    page = ada.page

    ada.go(f"/archives/derive?parent={PLACE}")
    page.get_by_label("Selection", exact=True).fill("lamp")
    page.get_by_label("Name of the new archive").fill(name)
    page.get_by_label("Private").check()
    ada.press("Derive")
    ada.sees_the_end(installation)
    installation.services.rights.give(
        ADMINISTRATOR,
        GrantRequest(
            archive=name, holder=Holder(kind=HolderKind.PERSON, name="lou"), right=Right.VIEW
        ),
    )
    ada.leaves()
    lou = Traveller(browser, url, way, "lou", pictures)
    page = lou.page
    lou.go(f"/archives/{name}/")
    lou.is_at(name, "private")
    lou.follow("Make one on your page")
    expect(page.get_by_role("checkbox", name=re.compile("^read:"))).to_be_checked()
    expect(page.get_by_label("Archive", exact=True)).to_have_value(name)
    lou.press("Make the token")
    lou.is_at("lou", "private-token")
    line = page.get_by_text(re.compile(r"^machine ")).inner_text()
    lou.leaves()

    found = re.fullmatch(r"machine (\S+) login (\S+) password (\S+)", line)
    assert found
    place, login = found[1].replace(URL, url), (found[2], found[3])
    assert place == f"{url}/archives/{name}"
    with httpx.Client() as apt:
        release = apt.get(f"{place}/dists/bookworm/Release", auth=login)
        index = apt.get(f"{place}/dists/bookworm/main/binary-amd64/Packages.gz", auth=login)
        deb = re.search(r"^Filename: (\S+)", gzip.decompress(index.content).decode(), re.MULTILINE)
        assert deb
        addresses = [place + "/", f"{place}/dists/bookworm/Release", f"{place}/{deb[1]}"]
        read = [apt.get(address, auth=login).status_code for address in addresses[1:]]
        kept_out = [apt.get(address).status_code for address in addresses]
        elsewhere = apt.get(f"{url}/archives", auth=login).text
    assert f"Label: {name}\n" in release.text
    assert read == [200, 200]
    assert kept_out == [404, 404, 404]
    assert name not in elsewhere


@pytest.mark.parametrize("width", [390, 1440])
def test_two_who_edit_one_archive_are_shown_what_the_other_did_and_nothing_is_lost(
    browser: Browser, site: tuple[Installation, str], pictures: Path, width: int
) -> None:
    installation, url = site
    name = f"shared-{width}"
    derive(installation, name)
    ada, ben = (
        Traveller(browser, url, Way(has_scripts=scripts, width=width), person, pictures)
        for person, scripts in (("ada", True), ("ben", False))
    )

    for one in (ada, ben):
        one.go(f"/archives/{name}/settings")
    ada.page.get_by_role("radio", name=re.compile("^never")).check()
    ada.press("Save")
    ben.page.get_by_role("radio", name=re.compile("^is left to the mirror")).check()
    ben.press("Save")
    expect(ben.page.get_by_role("alert")).to_contain_text("somebody changed the archive")
    expect(ben.page.get_by_role("alert")).to_contain_text("ada")
    expect(ben.page.get_by_role("radio", name=re.compile("^never"))).to_be_checked()
    ben.is_at("Settings", "two-settings")
    ben.press("Save")
    ada.page.reload()
    for choice in ("never now", "is left to the mirror now"):
        expect(ada.page.get_by_role("radio", name=re.compile(f"^{choice}"))).to_be_checked()

    for one in (ada, ben):
        one.go(f"/archives/{name}/selection")
    ada.page.get_by_label("Selection", exact=True).fill("lamp")
    ada.press("Select")
    ada.sees_the_end(installation)
    ben.page.get_by_label("Selection", exact=True).fill("manual")
    ben.press("Select")
    expect(ben.page.get_by_role("alert")).to_contain_text("somebody changed the archive")
    expect(ben.page.get_by_label("Selection", exact=True)).to_have_value("manual")
    expect(ben.page.locator(".help", has_text="Now it is")).to_contain_text("lamp")
    ben.is_at("Selection", "two-selections")
    for one in (ada, ben):
        one.leaves()

    assert list(installation.services.syncing.taken(ADMINISTRATOR, name)) == ["lamp"]
