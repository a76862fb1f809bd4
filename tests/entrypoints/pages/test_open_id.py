"""Signing in by a provider of identities: a certified one, on this machine, in Chromium."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.entrypoints.installation import ADMINISTRATOR, Installation, installation_in, listening
from tests.entrypoints.pages.chromium import ARGUMENTS, CHROMIUM

from vostok.adapters.database import schema
from vostok.config import load_settings
from vostok.domain.access import Role
from vostok.domain.audit import AuditFilter
from vostok.errors import InvalidInputError

PACKAGES: Final = Path(sys.prefix, "npm")
SCRIPT: Final = Path(__file__).parents[2] / "npm" / "open-id-provider.mjs"
CLIENT, SECRET = "vostok", "a secret between two servers"
BACK: Final = "/sign-in/open-id/back"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Two servers, and who is known at ours."""

    installation: Installation
    url: str
    issuer: str


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@contextmanager
def provider(port: int, back: str) -> Iterator[str]:
    node = shutil.which("node")
    assert node
    process = subprocess.Popen(
        [node, str(SCRIPT), str(port), CLIENT, SECRET, back, str(PACKAGES)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PATH": "/usr/bin:/bin", "NODE_ENV": "test"},
    )
    assert process.stdout
    try:
        said = ""
        while (line := process.stdout.readline()) and "listening" not in line:
            said += line
        assert line, said
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def stage_in(root: Path, **settings: object) -> Iterator[Stage]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    secret = root / "open-id.secret"
    secret.write_text(f"{SECRET}\n")
    with provider(free_port(), url + BACK) as issuer:
        installation = installation_in(
            root / "data",
            url=url,
            open_id_issuer=issuer,
            open_id_client=CLIENT,
            open_id_secret_file=secret,
            open_id_name="the House",
            **settings,
        )
        people = installation.services.people
        people.add(ADMINISTRATOR, "ann", email="Ann@example.org", role=Role.DEVELOPER)
        people.add(ADMINISTRATOR, "shut", email="shut@example.org", role=Role.DEVELOPER)
        people.set_disabled(ADMINISTRATOR, "shut", is_disabled=True)
        for twin in ("twin-a", "twin-b"):
            people.add(ADMINISTRATOR, twin, email="twin@example.org", role=Role.DEVELOPER)
        with listening(installation.app, port=port):
            yield Stage(installation=installation, url=url, issuer=issuer)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    yield from stage_in(tmp_path_factory.mktemp("open-id"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def sign_in(context: BrowserContext, url: str, login: str, next_path: str = "/jobs") -> Page:
    """The page that somebody ends at who signs in at the provider and agrees."""
    page = context.new_page()
    page.goto(f"{url}/sign-in?next={next_path}")
    page.get_by_role("link", name="Sign in with").click()
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill("any")
    page.get_by_role("button").click()
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"{url}/**")
    return page


def test_a_person_signs_in_by_a_verified_address_and_comes_to_the_page_they_wanted(
    stage: Stage, context: BrowserContext
) -> None:
    page = sign_in(context, stage.url, "ann")
    page.wait_for_url(f"{stage.url}/jobs")
    audit = stage.installation.services.rights.audit(ADMINISTRATOR, AuditFilter(actor="ann"))

    expect(page.locator(".who-name")).to_have_text("ann")
    assert [entry.detail for entry in audit] == [f"signs in by {stage.issuer} from now on"]


def test_who_is_known_is_known_by_the_identity_and_not_by_an_address_that_others_may_get(
    stage: Stage, browser: Browser
) -> None:
    for _ in range(2):
        context = browser.new_context()
        page = sign_in(context, stage.url, "ann")
        page.wait_for_url(f"{stage.url}/jobs")
        context.close()

    engine = sa.create_engine(stage.installation.settings.database)
    with engine.connect() as connection:
        subjects = connection.execute(sa.select(schema.person_identity.c.subject)).scalars().all()

    assert subjects == ["subject-of-ann"]


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        ("bob", "Nobody here has the address bob@example.org."),
        ("unann", "which the provider has not verified"),
        ("shut", "Shut is shut out."),
        ("twin", "2 persons here have the address twin@example.org."),
    ],
)
def test_whoever_is_not_one_person_here_is_told_so_and_gets_no_session(
    stage: Stage, context: BrowserContext, login: str, sentence: str
) -> None:
    page = sign_in(context, stage.url, login)

    expect(page.get_by_role("heading", name="Not signed in")).to_be_visible()
    page.wait_for_load_state()
    assert sentence in page.content()
    assert not [one for one in context.cookies() if one.get("name") == "vostok-session"]


def test_an_answer_to_a_question_of_another_browser_is_refused(stage: Stage) -> None:
    with httpx.Client(base_url=stage.url) as client:
        client.get("/sign-in/open-id")
        forged = client.get(BACK, params={"code": "stolen", "state": "of another"})
        without = httpx.get(stage.url + BACK, params={"code": "stolen", "state": ""})

    for answer in (forged, without):
        assert answer.status_code == httpx.codes.UNAUTHORIZED
        assert "no answer to a question of this browser" in answer.text
        assert "vostok-session" not in answer.headers.get("set-cookie", "")


def test_a_code_that_the_provider_never_gave_is_refused(stage: Stage) -> None:
    with httpx.Client(base_url=stage.url) as client:
        sent = client.get("/sign-in/open-id")
        state = httpx.URL(sent.headers["location"]).params["state"]
        answer = client.get(BACK, params={"code": "made-up", "state": state})

    assert answer.status_code == httpx.codes.UNAUTHORIZED
    assert "cannot be believed" in answer.text


@pytest.mark.parametrize("next_path", ["//evil.example", "https://evil.example/", "/\\evil"])
def test_nobody_is_led_to_another_server(
    stage: Stage, context: BrowserContext, next_path: str
) -> None:
    page = sign_in(context, stage.url, "ann", next_path)

    page.wait_for_url(f"{stage.url}/archives")


def test_where_it_is_allowed_whom_nobody_has_added_becomes_a_member(
    tmp_path: Path, context: BrowserContext
) -> None:
    for stage in stage_in(tmp_path, open_id_new_persons=True):
        page = sign_in(context, stage.url, "carol")
        page.wait_for_url(f"{stage.url}/jobs")

        expect(page.locator(".who-name")).to_have_text("carol")
        person = stage.installation.services.people.person(ADMINISTRATOR, "carol").person
        assert (person.role, person.email) == (Role.MEMBER, "carol@example.org")


def test_a_provider_that_is_away_is_said_and_passwords_still_sign_in(tmp_path: Path) -> None:
    installation = installation_in(
        tmp_path,
        open_id_issuer=f"http://127.0.0.1:{free_port()}",
        open_id_client=CLIENT,
    )
    client = installation.client()

    answer = client.get("/sign-in/open-id")

    assert answer.status_code == httpx.codes.SERVICE_UNAVAILABLE
    assert "does not answer" in answer.text
    assert client.get("/sign-in").status_code == httpx.codes.OK


def test_without_a_provider_there_is_no_such_way(empty_installation: Installation) -> None:
    client = empty_installation.client()

    assert client.get("/sign-in/open-id").status_code == httpx.codes.NOT_FOUND
    assert "/sign-in/open-id" not in client.get("/sign-in").text


@pytest.mark.parametrize("address", ["http://id.example.org", "ftp://id.example.org", "id"])
def test_a_provider_that_anybody_between_could_pretend_to_be_is_refused(address: str) -> None:
    with pytest.raises(InvalidInputError, match="open_id_issuer"):
        load_settings({"open_id_issuer": address}, environment={})


def test_a_provider_without_a_client_is_refused_when_the_server_starts(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="open_id_client is not set"):
        installation_in(tmp_path, open_id_issuer="https://id.example.org")
