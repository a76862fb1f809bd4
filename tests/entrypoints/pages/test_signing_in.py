"""Signing in: who gets a session, what its cookie is, and which forms are believed."""

# ruff: noqa: S105, S106 - passwords of nobody

import re
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.routing import Route
from tests.entrypoints.installation import ADMINISTRATOR, URL, Installation, installation_in

from vostok.domain.access import Role
from vostok.domain.guessing import GUESSES_OF_NAME_MAX
from vostok.entrypoints.pages import create_router
from vostok.entrypoints.pages.visits import FORM_FIELDS_MAX, safe_next

PASSWORD = "correct horse battery"
TOKEN = "the-administrators-token"
ORIGIN = {"Origin": URL}


def add_person(installation: Installation, name: str = "ann", role: Role = Role.DEVELOPER) -> None:
    services = installation.services
    services.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=role)
    services.passwords.give(ADMINISTRATOR, name, PASSWORD)


def sign_in(client: TestClient, **fields: str) -> Response:
    return client.post("/sign-in", data=fields, headers=ORIGIN)


def form_token(client: TestClient) -> str:
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', client.get("/archives").text)
    assert found
    return found[1]


def test_a_person_signs_in_with_a_password_and_out_again(
    empty_installation: Installation,
) -> None:
    add_person(empty_installation)
    client = empty_installation.client()

    answer = sign_in(client, name="ann", password=PASSWORD, next="/jobs?archive=a")
    signed_in = client.get("/archives").text
    out = client.post("/sign-out", data={"form_token": form_token(client)}, headers=ORIGIN)

    assert (answer.status_code, answer.headers["location"]) == (303, "/jobs?archive=a")
    assert '<span class="who-name">ann</span>' in signed_in
    assert out.status_code == 303
    assert "Sign out" not in client.get("/archives").text


def test_the_session_ends_at_the_server_when_somebody_signs_out(
    empty_installation: Installation,
) -> None:
    add_person(empty_installation)
    client = empty_installation.client()
    sign_in(client, name="ann", password=PASSWORD)
    stolen = dict(client.cookies)

    client.post("/sign-out", data={"form_token": form_token(client)}, headers=ORIGIN)

    thief = empty_installation.client()
    thief.cookies.update(stolen)
    assert "Sign out" not in thief.get("/archives").text


def test_the_cookie_is_for_this_server_alone_and_out_of_reach_of_scripts(
    empty_installation: Installation,
) -> None:
    add_person(empty_installation)

    answer = sign_in(empty_installation.client(), name="ann", password=PASSWORD)

    cookie = answer.headers["set-cookie"].lower()
    assert all(word in cookie for word in ("httponly", "samesite=strict", "path=/;"))
    assert "domain" not in cookie


def test_over_https_the_cookie_is_secure_and_bound_to_its_host(
    empty_installation: Installation,
) -> None:
    url = "https://vostok.example.org"
    installation = installation_in(empty_installation.settings.data_root, url=url)
    add_person(installation)
    client = TestClient(installation.app, base_url=url, follow_redirects=False)

    answer = client.post(
        "/sign-in", data={"name": "ann", "password": PASSWORD}, headers={"Origin": url}
    )

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-vostok-session=")
    assert "secure" in cookie.lower()
    assert "Sign out" in client.get("/archives").text


def test_secrets_of_sessions_and_passwords_are_not_stored(
    empty_installation: Installation,
) -> None:
    add_person(empty_installation)
    client = empty_installation.client()
    sign_in(client, name="ann", password=PASSWORD)
    secret = client.cookies["vostok-session"]

    content = b"".join(
        file.read_bytes() for file in empty_installation.settings.data_root.glob("vostok.db*")
    )

    assert secret.encode() not in content
    assert PASSWORD.encode() not in content


@pytest.mark.parametrize(
    ("name", "password"),
    [("ann", "correct horse batterY"), ("bob", PASSWORD), ("ann", ""), ("", ""), ("ann' --", "x")],
)
def test_a_wrong_name_and_a_wrong_password_are_told_the_same(
    empty_installation: Installation, name: str, password: str
) -> None:
    add_person(empty_installation)
    client = empty_installation.client()

    answer = sign_in(client, name=name, password=password)

    assert answer.status_code == 401
    assert "Name and password do not belong together." in answer.text
    assert "set-cookie" not in answer.headers


def test_guessing_is_stopped_and_the_right_password_does_not_help_then(
    empty_installation: Installation,
) -> None:
    add_person(empty_installation)
    client = empty_installation.client()
    for _ in range(GUESSES_OF_NAME_MAX):
        assert sign_in(client, name="ann", password="a wrong password").status_code == 401

    answer = sign_in(client, name="ann", password=PASSWORD)

    assert answer.status_code == 429
    assert "Try again in 15 min" in answer.text


def test_the_administrators_token_signs_in_until_an_administrator_has_a_password(
    empty_installation: Installation,
) -> None:
    client = empty_installation.client()
    before = sign_in(client, token=TOKEN)
    add_person(empty_installation, "lou", Role.DEVELOPER)
    still = sign_in(empty_installation.client(), token=TOKEN)

    add_person(empty_installation, "ann", Role.ADMINISTRATOR)
    after = sign_in(empty_installation.client(), token=TOKEN)

    assert (before.status_code, still.status_code, after.status_code) == (303, 303, 401)
    assert "First time here" not in empty_installation.client().get("/sign-in").text


def test_the_builders_token_signs_in_nobody(empty_installation: Installation) -> None:
    answer = sign_in(empty_installation.client(), token="the-builders-token")

    assert answer.status_code == 401


@pytest.mark.parametrize("end", ["expired", "disabled", "new password"])
def test_a_session_ends_when_it_should(empty_installation: Installation, end: str) -> None:
    add_person(empty_installation)
    client = empty_installation.client()
    sign_in(client, name="ann", password=PASSWORD)
    services = empty_installation.services

    if end == "disabled":
        services.people.set_disabled(ADMINISTRATOR, "ann", is_disabled=True)
    elif end == "new password":
        services.passwords.give(ADMINISTRATOR, "ann", "another good password")
    else:
        late = datetime(2999, 1, 1, tzinfo=UTC)
        with services.database.write() as transaction:
            transaction.sessions.end_old(late)

    assert "Sign out" not in client.get("/archives").text


def deeds(installation: Installation) -> list[str]:
    """Every address of the pages that takes a form; links in letters say themselves who may."""
    return [
        re.sub(r"\{[^}]*\}", "1", route.path)
        for route in create_router(installation.services).routes
        if isinstance(route, Route) and "POST" in (route.methods or set())
        if not route.path.startswith("/mail/")
    ]


@pytest.mark.parametrize("fault", ["no token", "another's token", "no origin", "another origin"])
def test_a_form_that_is_not_ours_does_nothing(
    empty_installation: Installation, fault: str
) -> None:
    add_person(empty_installation, "ann", Role.ADMINISTRATOR)
    add_person(empty_installation, "bob")
    client, other = empty_installation.client(), empty_installation.client()
    sign_in(client, name="ann", password=PASSWORD)
    sign_in(other, name="bob", password=PASSWORD)
    token = form_token(other if fault == "another's token" else client)
    data = {} if fault == "no token" else {"form_token": token}
    headers = {
        "no origin": {},
        "another origin": {"Origin": "http://evil.example.org"},
    }.get(fault, ORIGIN)

    answers = {
        path: client.post(path, data={"a": "b", **data}, headers=headers).status_code
        for path in deeds(empty_installation)
        if not (path.startswith("/sign-in") and "token" in fault)
    }

    assert set(answers.values()) == {403}
    assert "/sign-out" in answers


def test_a_form_that_another_site_sent_is_refused_whatever_it_says_of_its_origin(
    empty_installation: Installation,
) -> None:
    headers = {**ORIGIN, "Sec-Fetch-Site": "same-site"}

    answer = empty_installation.client().post("/sign-in", data={"token": TOKEN}, headers=headers)

    assert answer.status_code == 403


def test_nobody_who_has_not_signed_in_sends_a_form(empty_installation: Installation) -> None:
    client = empty_installation.client()

    answers = {
        path: client.post(path, data={"a": "b"}, headers=ORIGIN).status_code
        for path in deeds(empty_installation)
        if not path.startswith("/sign-in")
    }

    assert set(answers.values()) == {401}


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"{}", "application/json"),
        (b"a=%00", "application/x-www-form-urlencoded"),
        (b"a=%ff", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"a&" * (FORM_FIELDS_MAX + 1), "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
def test_a_body_that_is_no_form_is_told_so(
    empty_installation: Installation, content: bytes, kind: str
) -> None:
    headers = {**ORIGIN, "Content-Type": kind, "Accept": "text/html"}

    answer = empty_installation.client().post("/sign-in", content=content, headers=headers)

    assert answer.status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "//evil.example.org", "/\\evil.example.org", "https://evil.example.org", "\\\\evil", "",
        "/ok\r\nSet-Cookie: a=b", "javascript:alert(1)", "/\t/evil.example.org", "x", "/" * 3,
        "/" + "a" * 5000,
    ],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(path: str) -> None:
    assert safe_next(path) == "/archives"


@pytest.mark.parametrize("path", ["/archives", "/archives/a/?q=b&c=%2F", "/jobs/d-17"])
def test_signing_in_leads_on_to_where_one_was(path: str) -> None:
    assert safe_next(path) == path


def test_what_was_typed_comes_back_as_text(empty_installation: Installation) -> None:
    client = empty_installation.client()

    answer = sign_in(client, name='"><script>alert(1)</script>', password="x", next="/jobs")

    assert "<script>alert" not in answer.text
    assert 'value="/jobs"' in answer.text


def test_an_administrator_cancels_a_job_and_a_developer_is_not_offered_it(
    installation: Installation,
) -> None:
    add_person(installation, "ann", Role.ADMINISTRATOR)
    add_person(installation, "bob")
    job = installation.services.publishing.request(ADMINISTRATOR, "trial")
    ann, bob = installation.client(), installation.client()
    sign_in(ann, name="ann", password=PASSWORD)
    sign_in(bob, name="bob", password=PASSWORD)
    path = f"/jobs/{job.id}"

    offered = ["Cancel this job" in client.get(path).text for client in (ann, bob)]
    refused = bob.post(f"{path}/cancel", data={"form_token": form_token(bob)}, headers=ORIGIN)
    answer = ann.post(f"{path}/cancel", data={"form_token": form_token(ann)}, headers=ORIGIN)

    assert offered == [True, False]
    assert refused.status_code == 403
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert "cancelled" in ann.get(path).text
    assert "Cancel this job" not in ann.get(path).text
