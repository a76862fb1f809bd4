"""Guessing is stopped at every door, by one count, and who was known before is let in."""

import base64

import pytest
from httpx2 import Response
from tests.entrypoints.installation import ADMIN, URL, Installation

from vostok.domain.guessing import GUESSES_OF_ADDRESS_MAX

PASSWORD = "several words that nobody puts together"  # noqa: S105 - of this server only


@pytest.fixture
def guessed(empty_installation: Installation) -> Installation:
    """Somebody has shown as many wrong tokens as one address may. Lou has a password."""
    client = empty_installation.client(ADMIN)
    client.post("/api/v1/persons", json={"name": "lou", "email": "lou@example.org"})
    client.put("/api/v1/persons/lou/password", json={"password": PASSWORD})
    for number in range(GUESSES_OF_ADDRESS_MAX):
        assert by_bearer(empty_installation, f"wrong {number}").status_code == 401
    return empty_installation


def by_bearer(installation: Installation, token: str) -> Response:
    return installation.client({"Authorization": f"Bearer {token}"}).get("/api/v1/archives")


def by_basic(installation: Installation, token: str) -> Response:
    shown = base64.b64encode(f"lou:{token}".encode()).decode()
    client = installation.client({"Authorization": f"Basic {shown}"})
    return client.get("/archives/trial/dists/trial/InRelease")


def by_feed(installation: Installation, token: str) -> Response:
    shown = base64.b64encode(f"lou:{token}".encode()).decode()
    return installation.client({"Authorization": f"Basic {shown}"}).get("/archives/x/feed.atom")


def by_upload(installation: Installation, token: str) -> Response:
    return installation.client().put(f"/upload/trial/{token}/a_1.dsc", content=b"x")


def by_builder(installation: Installation, token: str) -> Response:
    body = {"builder": "b", "architectures": ["amd64"]}
    client = installation.client({"Authorization": f"Bearer {token}"})
    return client.post("/builder/claim", json=body)


def by_login(installation: Installation, password: str) -> Response:
    body = {"person": "lou", "password": password, "name": "x"}
    return installation.client().post("/api/v1/logins", json=body)


def by_password_change(installation: Installation, password: str) -> Response:
    body = {"old": password, "new": "words that are new here"}
    return installation.client().post("/api/v1/persons/lou/password/changes", json=body)


def by_page(installation: Installation, password: str) -> Response:
    form = {"name": "lou", "password": password}
    return installation.client().post("/sign-in", data=form, headers={"Origin": URL})


DOORS = [
    by_bearer, by_basic, by_feed, by_upload, by_builder, by_login, by_password_change, by_page,
]  # fmt: skip


@pytest.mark.parametrize("door", DOORS)
def test_whoever_guessed_too_often_waits_at_every_door_and_learns_nothing(
    guessed: Installation, door: object
) -> None:
    assert callable(door)
    token = guessed.client(ADMIN).post("/api/v1/persons/lou/tokens", json={"name": "t"}).json()
    is_password = door in {by_login, by_password_change, by_page}

    right = door(guessed, PASSWORD if is_password else token["token"])
    wrong = door(guessed, "something else")

    assert (right.status_code, wrong.status_code) == (429, 429)
    assert right.text == wrong.text


def test_the_answer_says_how_long_to_wait(guessed: Installation) -> None:
    answer = by_bearer(guessed, "one more")

    problem = answer.json()
    assert 0 < int(answer.headers["Retry-After"]) <= 15 * 60
    assert (problem["code"], problem["reason"]) == ("too-many-failures", "too-many-failures")
    assert problem["hint"] == "try again in 15 min"


def test_whoever_was_known_from_there_before_is_let_in_and_so_is_who_shows_nothing(
    guessed: Installation,
) -> None:
    assert guessed.client(ADMIN).get("/api/v1/persons").status_code == 200
    assert guessed.client().get("/api/v1/archives").status_code == 200
    assert guessed.client().get("/archives").status_code == 200


def test_a_machine_with_an_old_token_locks_nobody_out(empty_installation: Installation) -> None:
    for _ in range(2 * GUESSES_OF_ADDRESS_MAX):
        assert by_basic(empty_installation, "revoked long ago").status_code == 401

    assert by_basic(empty_installation, "another").status_code == 401


def test_cookies_that_are_guessed_count_too(empty_installation: Installation) -> None:
    for number in range(GUESSES_OF_ADDRESS_MAX):
        client = empty_installation.client()
        client.cookies.set("vostok-session", f"guess {number}")
        assert client.get("/me").status_code == 303

    assert by_bearer(empty_installation, "one more").status_code == 429
