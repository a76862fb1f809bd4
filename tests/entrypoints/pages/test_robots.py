"""The pages of robots: of who manages people, and of each person for their own."""

# ruff: noqa: S106 - names of tokens

import re

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.test_people import certificate, token_in
from tests.entrypoints.pages.visitor import Visitor, add_person, sign_in

from vostok.domain.access import Role, TokenScope
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.services.people.rights import GrantRequest

NAME = "nightly-robot"
PAGE = f"/people/{NAME}"


@pytest.fixture
def ann(empty_installation: Installation) -> Visitor:
    """An administrator, beside lou, who is a member."""
    add_person(empty_installation, "ann", Role.ADMINISTRATOR)
    add_person(empty_installation, "lou")
    return sign_in(empty_installation, "ann")


@pytest.fixture
def lou(empty_installation: Installation, ann: Visitor) -> Visitor:
    assert ann.form_token
    return sign_in(empty_installation, "lou")


def test_a_person_makes_a_robot_and_gives_it_a_key_and_a_token(
    empty_installation: Installation, lou: Visitor
) -> None:
    empty, own = lou.text("/robots"), lou.text("/me")

    made = lou.send("/robots", name=NAME, purpose="asks for <b>builds</b>")
    token = lou.send(f"{PAGE}/tokens", scope=["rebuild", "retry"], token_name="cron")
    key = lou.send(f"{PAGE}/keys", certificate=certificate())

    assert "Make one for a script or a server" in empty
    assert "A script that works here should have a name" in own
    assert (made.status_code, made.headers["location"]) == (303, PAGE)
    principal = empty_installation.services.people.principal(
        token_in(token.text), address="192.0.2.1"
    )
    assert (principal.name, principal.scopes) == (
        NAME, frozenset({TokenScope.REBUILD, TokenScope.RETRY}),
    )  # fmt: skip
    assert key.status_code == 303
    page = lou.text(PAGE)
    assert "asks for &lt;b&gt;builds&lt;/b&gt;" in page
    assert "lou answers for it" in page
    assert "may do no more than" in page.lower()
    assert "It may use no right now, since nothing was granted to it; of what will be" in page
    assert "Give a new password" not in page
    assert "Sessions" not in page
    for place in ("/robots", "/me"):
        assert f'href="{PAGE}"' in lou.text(place)
    (told,) = lou.get("/robots.json").json()["robots"]
    assert (told["name"], told["kind"], told["answerable"], told["email"]) == (
        NAME, "robot", "lou", None,
    )  # fmt: skip


def test_a_robot_is_changed_shut_out_and_deleted_by_who_answers_for_it(
    ann: Visitor, lou: Visitor
) -> None:
    lou.send("/robots", name=NAME, purpose="asks for builds")

    lou.send(f"{PAGE}/robot", purpose="watches")
    lou.send(f"{PAGE}/disable")
    shut = lou.text(PAGE)
    untyped = lou.send(f"{PAGE}/delete", confirm="x")
    not_theirs = lou.send(f"{PAGE}/robot", purpose="watches", answerable="ann")
    gone = lou.send(f"{PAGE}/delete", confirm=NAME)

    assert "watches" in shut
    assert "Let in again" in shut
    assert (untyped.status_code, not_theirs.status_code) == (400, 403)
    assert "its name was not typed" in untyped.text
    assert (gone.status_code, gone.headers["location"]) == (303, "/robots")
    assert ann.get(PAGE).status_code == 410
    assert NAME not in ann.text("/people")
    assert "deleted, with its tokens" in ann.text("/audit")


def test_who_answers_is_not_offered_to_undo_what_who_manages_people_did(
    empty_installation: Installation, lou: Visitor
) -> None:
    add_person(empty_installation, "meg")
    holder = Holder(kind=HolderKind.PERSON, name="meg")
    asked = GrantRequest(archive=None, holder=holder, right=Right.PEOPLE)
    empty_installation.services.rights.give(ADMINISTRATOR, asked)
    meg = sign_in(empty_installation, "meg")
    lou.send("/robots", name=NAME, purpose="asks for builds")

    meg.send(f"{PAGE}/disable")

    shut, undone = lou.text(PAGE), lou.send(f"{PAGE}/enable")
    assert "Let in again" not in shut
    assert "meg shut it out, and lets it in again." in shut
    assert undone.status_code == 403
    assert "meg shut nightly-robot out, and not lou" in undone.text
    assert "Let in again" in meg.text(PAGE)


def test_a_robot_is_shown_as_shut_out_while_who_answers_for_it_is(
    ann: Visitor, lou: Visitor
) -> None:
    lou.send("/robots", name=NAME, purpose="asks for builds")

    ann.send("/people/lou/disable")

    assert ann.get("/people.json?kind=robot&state=active").json()["persons"] == []
    (found,) = ann.get("/people.json?kind=robot&state=disabled").json()["persons"]
    assert (found["name"], found["disabled_at"], found["is_shut_out"]) == (NAME, None, True)
    for place in ("/people?kind=robot", "/robots"):
        assert "as lou is" in ann.text(place)
    ann.send("/people/lou/enable")
    (again,) = ann.get("/people.json?kind=robot&state=active").json()["persons"]
    assert not again["is_shut_out"]
    assert "as lou is" not in ann.text("/robots")


def test_who_manages_people_sees_all_robots_and_names_who_answers(
    ann: Visitor, lou: Visitor
) -> None:
    wrong = ann.send("/robots", name="nightly", purpose="asks for builds", answerable="lou")
    ann.send("/robots", name=NAME, purpose="asks for builds", answerable="lou")

    assert wrong.status_code == 400
    assert "cannot be the name of a robot" in wrong.text.replace("&#39;", "'")
    assert 'value="asks for builds"' in wrong.text
    assert '<option value="lou">' in wrong.text
    people = ann.text("/people")
    assert '<span class="kind">robot</span>' in people
    assert "lou answers" in people
    assert [known["kind"] for known in ann.get("/people.json").json()["persons"]] == [
        "person", "person", "robot",
    ]  # fmt: skip
    refused = ann.send(f"{PAGE}/password/reset")
    assert refused.status_code == 409
    assert "is a robot, and has no password" in refused.text
    ann.send(f"{PAGE}/robot", purpose="asks for builds", answerable="ann")
    assert "ann answers for it" in ann.text(PAGE)
    assert lou.get(PAGE).status_code == 403


def test_of_two_who_change_a_robot_the_second_is_told_what_the_first_did(
    ann: Visitor, lou: Visitor
) -> None:
    lou.send("/robots", name=NAME, purpose="asks for builds")
    seen = ann.get(PAGE)
    lou.send(f"{PAGE}/robot", purpose="watches")

    clash = ann.send_form(seen, f"{PAGE}/robot", purpose="sleeps")
    again = ann.send_form(clash, f"{PAGE}/robot", purpose="sleeps")

    assert clash.status_code == 409
    assert "watches" in clash.text
    assert 'value="sleeps"' in clash.text
    assert again.status_code == 303
    assert "sleeps" in lou.text(PAGE)


def test_a_token_is_made_for_what_was_ticked_and_for_nothing_unticked(lou: Visitor) -> None:
    nothing = lou.send("/me/tokens", token_name="laptop")
    both = lou.send("/me/tokens", scope=["everything", "read"], token_name="laptop")

    assert (nothing.status_code, both.status_code) == (400, 400)
    assert "t is not said what the token is for" in nothing.text
    assert " token for everything is for nothing else beside it" in both.text
    assert both.text.count(" checked") == 2
    assert lou.get("/me.json").json()["tokens"] == []
    assert re.findall(r'name="scope" value="(\w+)"', both.text) == list(TokenScope)
