"""The pages on which sessions end, identities are unlinked, and a password is chosen."""

import re

import pytest
from tests.entrypoints.installation import Installation
from tests.entrypoints.pages.visitor import ORIGIN, PASSWORD, Visitor, add_person, sign_in

from vostok.domain.access import Role
from vostok.domain.identity import Identity
from vostok.domain.session import Visitor as From

OWN = "words that only lou would put together"
ISSUER = "https://id.example.org"


@pytest.fixture
def ann(empty_installation: Installation) -> Visitor:
    """An administrator, beside lou, who is a member and signs in by another server too."""
    add_person(empty_installation, "ann", Role.ADMINISTRATOR)
    add_person(empty_installation, "lou")
    services = empty_installation.services
    with services.database.write() as transaction:
        lou = transaction.people.named("lou")
        identity = Identity(issuer=ISSUER, subject="<script>4711</script>")
        transaction.identities.link(lou.id, identity, lou.created_at)
    return sign_in(empty_installation, "ann")


def sessions_in(page: str) -> list[str]:
    return re.findall(r'name="session" value="([0-9a-f]{16})"', page)


def test_a_person_ends_one_session_and_all_others(
    empty_installation: Installation, ann: Visitor
) -> None:
    here, there, third = (sign_in(empty_installation, "lou") for _ in range(3))
    shown = here.text("/me")

    here.send("/me/sessions/end-others")
    after = here.text("/me")

    assert len(sessions_in(shown)) == 3
    assert shown.count("this one") == after.count("this one") == 1
    assert len(sessions_in(after)) == 1
    assert [other.get("/me").status_code for other in (there, third)] == [303, 303]
    again = sign_in(empty_installation, "lou")
    ann.send("/people/lou/sessions/end", session=sessions_in(after)[0])
    assert (here.get("/me").status_code, again.get("/me").status_code) == (303, 200)


def test_nobody_ends_the_session_of_another(
    empty_installation: Installation, ann: Visitor
) -> None:
    lou = sign_in(empty_installation, "lou")
    [of_ann] = sessions_in(ann.text("/me"))

    answers = [
        lou.send("/me/sessions/end", session=of_ann).status_code,
        lou.send("/people/ann/sessions/end", session=of_ann).status_code,
        lou.send("/people/ann/sessions/end-others").status_code,
        lou.send("/people/ann/identities/unlink", number="1").status_code,
    ]

    assert answers == [404, 403, 403, 403]
    assert ann.get("/me").status_code == 200


def test_an_identity_is_unlinked_and_linked_again(
    empty_installation: Installation, ann: Visitor
) -> None:
    lou = sign_in(empty_installation, "lou")
    before = lou.text("/me")

    lou.send("/me/identities/unlink", number="1")
    without = lou.text("/me")
    ann.send("/people/lou/identities/link", number="1")

    assert ISSUER in before
    assert "<script>4711" not in before
    assert "unlinked" not in before
    assert "unlinked" in without
    assert "unlinked" not in lou.text("/me")
    assert lou.send("/me/identities/unlink", number="9" * 30).status_code == 404


def test_the_last_way_in_is_not_unlinked(empty_installation: Installation, ann: Visitor) -> None:
    services = empty_installation.services
    with services.database.read() as transaction:
        lou = transaction.people.named("lou")
    ann.send("/people/lou/password/reset")
    secret, session = services.sessions.begin_for(lou, From(address="192.0.2.1"))
    client = empty_installation.client()
    client.cookies.set("vostok-session", secret)
    visitor = Visitor(client=client, form_token=session.form_token)

    answer = visitor.send("/me/identities/unlink", number="1")

    assert answer.status_code == 409
    assert "only way in" in answer.text


def test_a_password_for_once_leads_to_choosing_another_one(
    empty_installation: Installation, ann: Visitor
) -> None:
    before = sign_in(empty_installation, "lou")
    shown = ann.send("/people/lou/password/reset")
    found = re.search(r'aria-label="Password"><code>([A-Za-z0-9_-]{20,})</code>', shown.text)
    assert found
    once = found[1]
    client = empty_installation.client()

    asked = client.post(
        "/sign-in", data={"name": "lou", "password": once, "next": "/me"}, headers=ORIGIN
    )
    form = {"name": "lou", "old": once, "new": OWN, "next": "/me"}
    typed_twice = client.post("/sign-in/password", data={**form, "again": "x"}, headers=ORIGIN)
    chosen = client.post("/sign-in/password", data={**form, "again": OWN}, headers=ORIGIN)

    assert shown.headers["cache-control"] == "no-store"
    assert before.get("/me").status_code == 303
    assert (asked.status_code, "set-cookie" in asked.headers) == (200, False)
    assert 'action="/sign-in/password"' in asked.text
    assert once not in asked.text
    assert (typed_twice.status_code, "set-cookie" in typed_twice.headers) == (400, False)
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/me")
    assert client.get("/me").status_code == 200
    assert sign_in(empty_installation, "lou", OWN).get("/me").status_code == 200
    late = client.post("/sign-in", data={"name": "lou", "password": once}, headers=ORIGIN)
    assert late.status_code == 401


def test_ones_own_password_is_not_given_without_the_old_one(ann: Visitor) -> None:
    answers = [
        ann.send("/people/ann/password", new=OWN, again=OWN),
        ann.send("/people/ann/password/reset"),
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize("elsewhere", ["//evil.example.org/", "https://evil.example.org/"])
def test_choosing_a_password_leads_to_no_other_server(
    empty_installation: Installation, ann: Visitor, elsewhere: str
) -> None:
    assert ann.form_token
    form = {"name": "lou", "old": PASSWORD, "new": OWN, "again": OWN, "next": elsewhere}

    answer = empty_installation.client().post("/sign-in/password", data=form, headers=ORIGIN)

    assert answer.headers["location"] == "/archives"
