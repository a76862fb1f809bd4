"""Forms that another site has a browser send, and forms of people who may not do what they do.

Every form of every page is sent, with the fields that it has, and everything must be as before.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from starlette.routing import Route
from tests.entrypoints.hostile.database_content import changed, content_of
from tests.entrypoints.hostile.pages_read import Looked
from tests.entrypoints.installation import URL, Installation, installation_in
from tests.entrypoints.pages.site import WHO
from tests.entrypoints.pages.visitor import ORIGIN, PASSWORD, add_person, sign_in

from vostok.entrypoints.pages import create_router

FORM = "application/x-www-form-urlencoded"
FOREIGN: Mapping[str, dict[str, str]] = {
    "no origin": {},
    "only a referer": {"Referer": f"{URL}/archives"},
    "an opaque origin": {"Origin": "null"},
    "another host": {"Origin": "http://evil.example.org", "Referer": f"{URL}/archives"},
    "a host below": {"Origin": "http://evil.vostok.example.org"},
    "a longer host": {"Origin": f"{URL}.evil.example.org"},
    "another port": {"Origin": f"{URL}:8080"},
    "a user before": {"Origin": "http://vostok.example.org@evil.example.org"},
    "no host": {"Origin": "file://"},
    "said to be another site": {**ORIGIN, "Sec-Fetch-Site": "cross-site"},
    "said to be a neighbour": {**ORIGIN, "Sec-Fetch-Site": "same-site"},
    "said to be typed": {**ORIGIN, "Sec-Fetch-Site": "none"},
}
"""What a browser would say of forms that are not ours."""
OTHER_KINDS = ("text/plain", "multipart/form-data; boundary=x", "application/json", "")


def forms_of(installation: Installation, looked: Looked) -> dict[str, dict[str, str]]:
    """Every form that was seen, and every address that takes one."""
    unseen = {
        re.sub(r"\{[^}]*\}", "1", route.path): {"name": "x", "reason": "y", "state": "off"}
        for route in create_router(installation.services).routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
        if not route.path.startswith("/mail/")
    }
    return unseen | looked.forms("post")


TYPED: Mapping[str, dict[str, str]] = {
    "confirm": {"/builders/host-1/remove": "host-1", "/builders/host-7/remove": "host-7"},
    "builds": {"/quotas/archive/young": "1", "/quotas/archive/trial": "1"},
    "archives": {"/quotas/archive/young": " "},
    "gib": {"/quotas/archive/young": "1", "/quotas/archive/trial": "1"},
}
"""Field -> what has to be typed into it at some addresses for the form to be looked at at all."""


def send(
    client: TestClient, place: str, fields: Mapping[str, str], headers: Mapping[str, str]
) -> Response:
    filled = {name: TYPED.get(name, {}).get(place, value or "x") for name, value in fields.items()}
    content = urlencode(filled)
    return client.post(place, content=content, headers={"Content-Type": FORM, **headers})


def test_no_form_of_another_site_is_taken(site: tuple[Installation, str], looked: Looked) -> None:
    installation, _ = site
    ada = sign_in(installation, WHO)
    forms = forms_of(installation, looked)
    before = content_of(installation)
    taken = []

    for place, fields in forms.items():
        filled = {**fields, "form_token": ada.form_token}
        some = ("no origin", "another host") if place != "/teams" else FOREIGN
        for fault in some:
            headers = FOREIGN[fault]
            answer = send(ada.client, place, filled, headers)
            if answer.status_code != 403:
                taken.append((place, fault, answer.status_code))
        for kind in OTHER_KINDS[: None if place == "/teams" else 1]:
            answer = send(ada.client, place, filled, {**ORIGIN, "Content-Type": kind})
            if answer.status_code != 400:
                taken.append((place, kind, answer.status_code))

    assert taken == []
    assert changed(before, content_of(installation)) == set()
    assert len(forms) > 60


def test_no_form_without_the_token_of_this_very_session_is_taken(
    site: tuple[Installation, str], looked: Looked
) -> None:
    installation, _ = site
    ada, again, lou = (sign_in(installation, name) for name in (WHO, WHO, "lou"))
    forms = forms_of(installation, looked)
    before = content_of(installation)
    tokens = ["", "x", ada.form_token[:-1], ada.form_token.upper(), "0" * 64, "ä" * 64,
              again.form_token, lou.form_token]  # fmt: skip
    taken = []

    for place, fields in forms.items():
        if place.startswith("/sign-in"):
            continue  # nobody is known there yet
        for token in tokens if place == "/teams" else tokens[-1:]:
            answer = send(ada.client, place, {**fields, "form_token": token or " "}, ORIGIN)
            if answer.status_code != 403:
                taken.append((place, token, answer.status_code))
        twice = urlencode([("form_token", "x"), ("form_token", ada.form_token)])
        answer = ada.client.post(
            f"{place}?form_token={ada.form_token}", content=twice,
            headers={**ORIGIN, "Content-Type": FORM},
        )  # fmt: skip
        if answer.status_code != 403:
            taken.append((place, "in the address", answer.status_code))

    assert taken == []
    assert changed(before, content_of(installation)) == set()
    assert "Sign out" in ada.text("/archives")


def test_looking_at_the_address_of_a_form_does_nothing(
    site: tuple[Installation, str], looked: Looked
) -> None:
    installation, _ = site
    ada = sign_in(installation, WHO)
    before = content_of(installation)

    for place, fields in forms_of(installation, looked).items():
        filled = {**fields, "form_token": ada.form_token}
        for method in ("GET", "DELETE"):
            answer = ada.client.request(method, place, params=filled, headers=ORIGIN)
            assert answer.status_code < 500, (method, place)

    assert changed(before, content_of(installation)) == set()
    assert "Sign out" in ada.text("/archives")


def test_a_form_that_is_ours_is_taken(site: tuple[Installation, str]) -> None:
    installation, _ = site
    ada = sign_in(installation, WHO)
    before = content_of(installation)

    answer = send(ada.client, "/teams", {"name": "printers", "form_token": ada.form_token}, ORIGIN)

    assert answer.status_code == 303
    assert {"team", "audit_entry"} <= changed(before, content_of(installation))


def test_who_may_do_nothing_does_nothing_through_any_form(
    site: tuple[Installation, str], looked: Looked
) -> None:
    installation, _ = site
    vic = sign_in(installation, "vic")
    before = content_of(installation)
    done = []

    for place, fields in forms_of(installation, looked).items():
        is_own = place.startswith(("/me/", "/people/vic/", "/sign-")) or place.endswith(
            "/subscribe"
        )
        if is_own:
            continue
        answer = send(vic.client, place, {**fields, "form_token": vic.form_token}, ORIGIN)
        if answer.status_code not in {403, 404}:
            done.append((place, answer.status_code, told(answer)))

    assert done == [], "\n".join(map(str, done))
    assert changed(before, content_of(installation)) == set()


def told(answer: Response) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    return found[1].strip()[:80] if found else answer.text[:80]


@pytest.mark.parametrize("who", ["vic", None])
def test_who_may_see_nothing_of_people_is_shown_nothing_of_them(
    site: tuple[Installation, str], looked: Looked, who: str | None
) -> None:
    installation, _ = site
    client = sign_in(installation, who).client if who else installation.client()
    secrets = ("lou@example.org", "ada@example.org", "lou 4711", "id.example.org")
    shown = {}

    for place in looked.answers:
        if place.startswith("/api/"):
            continue  # its description has examples of people who are nobody
        text = client.get(place).text
        if found := [secret for secret in secrets if secret in text]:
            shown[place] = found

    assert shown == {}


def test_a_session_that_somebody_put_into_a_browser_is_nobodys_after_signing_in(
    site: tuple[Installation, str],
) -> None:
    installation, _ = site
    victim, attacker = installation.client(), installation.client()
    for client in (victim, attacker):
        client.cookies.set("vostok-session", "chosen-by-somebody", domain="vostok.example.org")

    victim.post("/sign-in", data={"name": "vic", "password": PASSWORD}, headers=ORIGIN)
    first = dict(victim.cookies)
    victim.post("/sign-in", data={"name": "vic", "password": PASSWORD}, headers=ORIGIN)

    earlier = installation.client()
    earlier.cookies.update(first)
    assert "Sign out" in victim.get("/archives").text
    assert "Sign out" not in attacker.get("/archives").text
    assert "Sign out" not in earlier.get("/archives").text


def test_where_the_server_is_reached_by_https_no_page_of_http_sends_a_form(
    empty_installation: Installation,
) -> None:
    url = "https://vostok.example.org"
    installation = installation_in(empty_installation.settings.data_root, url=url)
    add_person(installation, "ann")
    client = TestClient(installation.app, base_url=url, follow_redirects=False)
    form = {"name": "ann", "password": PASSWORD}

    refused = client.post("/sign-in", data=form, headers={"Origin": URL})
    taken = client.post("/sign-in", data=form, headers={"Origin": url})

    assert (refused.status_code, taken.status_code) == (403, 303)


def test_no_answer_leads_to_another_server(site: tuple[Installation, str], looked: Looked) -> None:
    installation, _ = site
    ada = sign_in(installation, WHO)
    others = [
        f"{URL}//evil.example.org/", f"{URL}//evil.example.org/archives/",
        f"{URL}/%2fevil.example.org/", f"{URL}/\\evil.example.org/",
        "/archives/%2f%2fevil.example.org", "/sign-in?next=//evil.example.org",
        "/sign-in?next=https:evil.example.org", "/sign-in?next=/%09/evil.example.org",
        "/sign-in?next=%2f%5cevil.example.org",
    ]  # fmt: skip
    places = {place: ada.client.get(place) for place in others}

    leading = {
        place: answer.headers["location"]
        for place, answer in (looked.answers | places).items()
        if "location" in answer.headers
        and not re.match(r"/(?![/\\])|http://vostok\.example\.org/", answer.headers["location"])
    }
    assert leading == {}


def test_the_host_that_a_request_names_comes_into_no_answer(
    site: tuple[Installation, str], looked: Looked
) -> None:
    installation, _ = site
    ada = sign_in(installation, WHO)
    headers = {"Host": "evil.example.org", "X-Forwarded-Host": "evil.example.org"}

    named = [
        place
        for place in [*looked.answers, "/archives/trial.sources", "/archives/trial/feed.atom"]
        if "evil.example.org" in ada.client.get(place, headers=headers).text
    ]

    assert named == []
