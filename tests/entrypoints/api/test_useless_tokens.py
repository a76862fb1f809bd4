"""Tokens that are good for nothing any more, or never were, do nothing through any operation."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from tests.entrypoints.api.test_access import ask, operations
from tests.entrypoints.hostile.database_content import changed, content_of
from tests.entrypoints.installation import ADMIN, ADMINISTRATOR, Installation, installation_in
from tests.entrypoints.pages.visitor import add_person

from vostok.domain.access import Role, TokenScope
from vostok.services.people.persons import TokenRequest

LONG_AGO = 1_000_000_000
KINDS = ("expired", "revoked", "of somebody who was shut out", "for feeds")
"""Each is the token of an administrator."""
STATUS = {"for feeds": 403}
"""Of a token that is known, the right is missing; of the others nothing is known."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> Installation:
    root = tmp_path_factory.mktemp("useless") / "root"
    shutil.copytree(filled_root, root)
    installation = installation_in(root)
    for name in ("meg", "max"):
        add_person(installation, name, Role.ADMINISTRATOR)
    return installation


@pytest.fixture(scope="module")
def tokens(world: Installation) -> dict[str, str]:
    """Kind -> token."""
    people = world.services.people

    def made(person: str, name: str, scope: TokenScope = TokenScope.EVERYTHING) -> str:
        asked = TokenRequest(person=person, name=name, scopes=frozenset({scope}))
        return people.create_token(ADMINISTRATOR, asked)[1]

    found = {
        "expired": made("meg", "old"),
        "revoked": made("meg", "lost"),
        "of somebody who was shut out": made("max", "his"),
        "for feeds": made("meg", "reader", TokenScope.FEED),
    }
    people.revoke_token(ADMINISTRATOR, "meg", "lost")
    people.set_disabled(ADMINISTRATOR, "max", is_disabled=True)
    with closing(sqlite3.connect(world.settings.data_root / "vostok.db")) as connection:
        connection.execute("update token set expires_at = ? where name = 'old'", (LONG_AGO,))
        connection.commit()
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_token_that_is_good_for_nothing_opens_nothing(
    world: Installation, tokens: dict[str, str], kind: str
) -> None:
    client = world.client({"Authorization": f"Bearer {tokens[kind]}"})
    before = content_of(world)

    answers = {known: ask(client, *known).status_code for known in operations(world.app)}

    expected = STATUS.get(kind, 401)
    public = {known for known in answers if known[0] == "GET"} if kind == "for feeds" else set()
    assert {k: s for k, s in answers.items() if s != expected and k not in public} == {}
    assert changed(before, content_of(world)) == set()


@pytest.mark.parametrize(
    "shown",
    [
        "x" * 60_000, "ünicode", "a\x00b", "the-administrators-token\x00", "a, b", "\t", "%00",
        "' --", "the-administrators-tokenx", "THE-ADMINISTRATORS-TOKEN",
    ],
    ids=["long", "no ASCII", "nul", "nul behind", "two", "tab", "escaped", "sql", "more", "caps"],
)  # fmt: skip
def test_what_is_no_token_opens_nothing(empty_installation: Installation, shown: str) -> None:
    client = empty_installation.client()
    header = b"Bearer " + shown.encode("utf-8")

    answers = [
        client.request(method, place, headers={b"Authorization": header}).status_code
        for method, place in (
            ("DELETE", "/api/v1/archives/trial"), ("GET", "/api/v1/persons"),
            ("POST", "/builder/claim"), ("GET", "/archives/trial/dists/a/InRelease"),
            ("GET", "/archives/trial/feed.atom"),
        )
    ]  # fmt: skip

    assert set(answers) <= {401, 404, 422}
    assert answers[:2] == [401, 401]


def test_no_token_is_taken_from_an_address_a_cookie_or_another_header(
    world: Installation,
) -> None:
    token = ADMIN["Authorization"].split()[1]
    before = content_of(world)
    taken = []

    for method, path in operations(world.app):
        if method == "GET":
            continue
        client = world.client({"X-Api-Key": token, "X-Auth-Token": token, "Token": token})
        for name in ("vostok-session", "token", "Authorization", "access_token"):
            client.cookies.set(name, token)
        if (status := ask(client, method, path).status_code) not in {401, 429}:
            taken.append((method, path, status))

    assert taken == []
    assert changed(before, content_of(world)) == set()


def test_a_session_of_the_pages_opens_no_operation_of_the_api(world: Installation) -> None:
    client = world.client()
    world.services.passwords.give(ADMINISTRATOR, "meg", "another good password")
    secret, _ = world.services.sessions.sign_in("meg", "another good password", address="10.0.0.1")
    client.cookies.set("vostok-session", secret)
    before = content_of(world)

    answers = {
        known: ask(client, *known).status_code
        for known in operations(world.app)
        if known[0] != "GET"
    }

    assert set(answers.values()) == {401}
    assert changed(before, content_of(world)) == set()
