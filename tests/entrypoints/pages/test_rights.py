"""The page of an archive's rights: who sees it, what it shows, and what its forms change."""

import re

import pytest
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import Visitor, add_person, sign_in

from vostok.domain.access import Role
from vostok.domain.rights import Grant, Holder, HolderKind, Right, SourceLimit
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest
from vostok.services.people.robots import RobotRequest

RIGHTS = "/archives/trial/rights"


@pytest.fixture
def ann(installation: Installation) -> Visitor:
    """An administrator, beside lou, who is a member."""
    add_person(installation, "ann", Role.ADMINISTRATOR)
    add_person(installation, "lou")
    return sign_in(installation, "ann")


@pytest.fixture
def lou(installation: Installation, ann: Visitor) -> Visitor:
    assert ann.form_token
    return sign_in(installation, "lou")


def give(
    installation: Installation,
    right: Right,
    *,
    name: str = "lou",
    archive: str | None = "trial",
    sources: tuple[str, ...] = (),
) -> Grant:
    request = GrantRequest(
        archive=archive,
        holder=Holder(kind=HolderKind.PERSON, name=name),
        right=right,
        limit=SourceLimit(sources=sources),
    )
    return installation.services.rights.give(ADMINISTRATOR, request)


def granted(installation: Installation, archive: str | None = "trial") -> list[tuple[str, str]]:
    grants = installation.services.rights.grants(ADMINISTRATOR, archive)
    return [(str(grant.holder), str(grant.right)) for grant in grants]


def test_a_right_is_granted_by_the_form_and_the_page_says_by_whom(
    installation: Installation, ann: Visitor
) -> None:
    answer = ann.send(RIGHTS, kind="person", holder="lou", right="rebuild")

    page = ann.text(RIGHTS)
    assert (answer.status_code, answer.headers["location"]) == (303, RIGHTS)
    assert granted(installation) == [("person lou", "rebuild")]
    assert "Revoke rebuild from person lou" in page
    assert "by ann," in page


def test_each_right_that_somebody_lacks_is_one_button_away(ann: Visitor) -> None:
    ann.send(RIGHTS, kind="person", holder="lou", right="view")

    page = ann.text(RIGHTS)

    missing = {"derive", "upload", "rebuild", "retry", "merge", "administer"}
    assert all(f"Grant {right} to person lou" in page for right in missing)
    assert "Grant view to person lou" not in page


def test_who_administers_an_archive_needs_no_other_right_in_it(
    installation: Installation, ann: Visitor
) -> None:
    give(installation, Right.ADMINISTER)

    page = ann.text(RIGHTS)

    assert "Grant rebuild to person lou" not in page
    assert page.count('may do this too">included</span>') == 6


def test_a_robot_is_called_one_and_who_sees_by_another_right_is_offered_no_view(
    installation: Installation, ann: Visitor
) -> None:
    installation.services.robots.add(
        ADMINISTRATOR, RobotRequest(name="nightly-robot", purpose="rebuilds", answerable="ann")
    )
    ann.send(RIGHTS, kind="person", holder="nightly-robot", right="rebuild")

    page = ann.text(RIGHTS)

    assert re.search(r'nightly-robot(</a>)? <span class="kind">robot</span>', page)
    assert "Grant view to person nightly-robot" not in page
    assert "Grant retry to person nightly-robot" in page
    assert "Whoever has another right here sees it too" in page


def test_uploads_are_narrowed_and_each_such_grant_has_its_own_button(
    installation: Installation, ann: Visitor
) -> None:
    sent = {"kind": "person", "holder": "lou", "right": "upload"}

    ann.send(RIGHTS, **sent, component="main", sources="linux-*, hello")
    ann.send(RIGHTS, **sent, sources="tree")

    page = ann.text(RIGHTS)
    limits = [grant.limit for grant in installation.services.rights.grants(ADMINISTRATOR, "trial")]
    assert limits == [
        SourceLimit(component="main", sources=("linux-*", "hello")),
        SourceLimit(sources=("tree",)),
    ]
    assert "Revoke upload from person lou (component main, linux-*, hello)" in page
    assert "Revoke upload from person lou (tree)" in page


def test_a_grant_is_revoked_by_its_button(installation: Installation, ann: Visitor) -> None:
    number = give(installation, Right.REBUILD).id

    answer = ann.send(f"{RIGHTS}/{number}/revoke")

    assert (answer.status_code, answer.headers["location"]) == (303, RIGHTS)
    assert granted(installation) == []
    assert "Nothing was granted here yet" in ann.text(RIGHTS)


@pytest.mark.parametrize("number", ["999", "x", "9" * 30, "-1"])
def test_a_grant_that_is_not_there_is_not_revoked(
    installation: Installation, ann: Visitor, number: str
) -> None:
    give(installation, Right.REBUILD)

    assert ann.send(f"{RIGHTS}/{number}/revoke").status_code == 404
    assert len(granted(installation)) == 1


def test_a_grant_of_another_archive_is_not_revoked_here(
    installation: Installation, ann: Visitor
) -> None:
    number = give(installation, Right.REBUILD, archive="debian").id

    answer = ann.send(f"{RIGHTS}/{number}/revoke")

    assert answer.status_code == 404
    assert granted(installation, "debian") == [("person lou", "rebuild")]


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"holder": "nobody"}, 404, "nobody"),
        ({"holder": ""}, 400, "A right is granted to a person or to a team"),
        ({"kind": "robot"}, 400, "A right is granted to a person or to a team"),
        ({"right": "fly"}, 400, "There is no right"),
        ({"right": "create"}, 400, "one on the installation"),
        ({"sources": "linux-*"}, 400, "cannot be narrowed"),
    ],
)
def test_what_is_refused_is_said_on_the_page_with_what_was_typed(
    installation: Installation,
    ann: Visitor,
    changes: dict[str, str],
    status: int,
    sentence: str,
) -> None:
    answer = ann.send(RIGHTS, **{"kind": "person", "holder": "lou", "right": "view", **changes})

    assert answer.status_code == status
    assert sentence in answer.text
    assert f'name="holder" type="text" value="{changes.get("holder", "lou")}"' in answer.text
    assert granted(installation) == []


def test_rights_on_all_archives_stand_apart_and_are_changed_on_their_own_page(
    installation: Installation, ann: Visitor
) -> None:
    ann.send("/rights", kind="person", holder="lou", right="retry")
    ann.send("/rights", kind="person", holder="lou", right="create")

    of_archive = ann.text(RIGHTS)
    numbers = [grant.id for grant in installation.services.rights.grants(ADMINISTRATOR, None)]
    answer = ann.send(f"/rights/{numbers[0]}/revoke")

    assert "Granted on all archives" in of_archive
    assert "Revoke retry from person lou" not in of_archive
    assert answer.headers["location"] == "/rights"
    assert granted(installation, None) == [("person lou", "create")]


def test_the_data_of_the_page_is_the_apis(installation: Installation, ann: Visitor) -> None:
    give(installation, Right.UPLOAD, sources=("linux-*",))
    give(installation, Right.RETRY, archive=None)
    api = installation.client({"Authorization": "Bearer the-administrators-token"})

    for page, of_api in ((f"{RIGHTS}.json", "archives/trial/rights"), ("/rights.json", "rights")):
        document = api.get(f"/api/v1/{of_api}").json()
        document.pop("next", None)  # the page has all of them
        assert ann.get(page).json() == document


def test_an_archive_is_made_private_and_public_again(
    installation: Installation, ann: Visitor
) -> None:
    ann.send("/archives/trial/visibility", private="yes")
    hidden = installation.client().get("/archives/trial/").status_code
    page = ann.text(RIGHTS)
    ann.send("/archives/trial/visibility", private="no")

    assert hidden == 404
    assert "Show it to everybody" in page
    assert installation.client().get("/archives/trial/").status_code == 200
    assert ann.send("/archives/trial/visibility", private="perhaps").status_code == 400


def test_who_administers_an_archive_grants_in_it_and_sees_no_list_of_people(
    installation: Installation, ann: Visitor, lou: Visitor
) -> None:
    assert ann.form_token
    add_person(installation, "meg")
    give(installation, Right.ADMINISTER)

    page = lou.text(RIGHTS)
    answer = lou.send(RIGHTS, kind="person", holder="meg", right="rebuild")

    assert answer.status_code == 303
    assert ("person meg", "rebuild") in granted(installation)
    assert "meg" not in page
    assert f'href="{RIGHTS}"' in lou.text("/archives/trial/")
    assert lou.get("/rights").status_code == 403
    assert lou.get("/archives/debian/rights").status_code == 403


@pytest.mark.parametrize("kind", ["member", "stranger"])
def test_an_outsider_learns_the_same_of_a_private_archive_as_of_none(
    installation: Installation, ann: Visitor, lou: Visitor, kind: str
) -> None:
    ann.send("/archives/trial/visibility", private="yes")
    client = lou.client if kind == "member" else installation.client()

    answers = {
        (name, suffix): client.get(f"/archives/{name}/rights{suffix}")
        for name in ("trial", "never")
        for suffix in ("", ".json")
    }

    for suffix in ("", ".json"):
        there, absent = answers["trial", suffix], answers["never", suffix]
        assert there.status_code == absent.status_code
        assert there.text == absent.text.replace("never", "trial")
        assert there.headers.get("location", "").replace("trial", "never") == absent.headers.get(
            "location", ""
        )


def test_a_member_can_neither_look_nor_change(
    installation: Installation, ann: Visitor, lou: Visitor
) -> None:
    assert ann.form_token
    number = give(installation, Right.REBUILD).id

    answers = [
        lou.get(RIGHTS),
        lou.get(f"{RIGHTS}.json"),
        lou.send(RIGHTS, kind="person", holder="lou", right="administer"),
        lou.send(f"{RIGHTS}/{number}/revoke"),
        lou.send("/archives/trial/visibility", private="yes"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert granted(installation) == [("person lou", "rebuild")]
    assert RIGHTS not in lou.text("/archives/trial/")


def test_a_stranger_is_asked_to_sign_in_first(installation: Installation) -> None:
    answer = installation.client().get(RIGHTS)

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Farchives%2Ftrial%2Frights"


def test_patterns_and_names_are_shown_as_text(installation: Installation, ann: Visitor) -> None:
    attack = "<script>alert(1)</script>"
    give(installation, Right.UPLOAD, sources=(attack,))

    page = ann.text(RIGHTS)
    refused = ann.send(RIGHTS, kind="person", holder='"><script>alert(2)</script>', right="view")

    assert "<script>alert" not in page + refused.text
    assert "&lt;script&gt;alert(1)" in page
    assert refused.status_code == 404


def test_who_administers_an_archive_cancels_its_jobs_on_their_pages_and_no_others(
    installation: Installation, lou: Visitor
) -> None:
    give(installation, Right.ADMINISTER)
    services = installation.services
    wanted = DeriveRequest(name="other", parents=["debian/bookworm"], selection="lamp")
    of_another = services.deriving.request(ADMINISTRATOR, wanted)
    publishing = services.publishing.request(ADMINISTRATOR, "trial")

    pages = [lou.text(f"/jobs/{job.id}") for job in (of_another, publishing)]
    answer = lou.send(f"/jobs/{publishing.id}/cancel")

    assert ["Cancel this job" in page for page in pages] == [False, True]
    assert answer.status_code == 303


def test_who_may_what_is_told_person_by_person_with_members_of_teams(
    installation: Installation,
) -> None:
    services = installation.services
    add_person(installation, "ada", Role.ADMINISTRATOR)
    names = [f"p{number}" for number in range(7)]
    for name in names:
        services.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=Role.MEMBER)
    for team in ("kernel", "drivers"):
        services.rights.add_team(ADMINISTRATOR, team)
    services.rights.put_in(
        ADMINISTRATOR, "drivers", [Holder(kind=HolderKind.PERSON, name=name) for name in names]
    )
    kernel = Holder(kind=HolderKind.TEAM, name="kernel")
    services.rights.put_in(ADMINISTRATOR, "kernel", [Holder(kind=HolderKind.TEAM, name="drivers")])
    limit = SourceLimit(component="main")
    services.rights.give(
        ADMINISTRATOR,
        GrantRequest(archive="trial", holder=kernel, right=Right.UPLOAD, limit=limit),
    )
    services.people.create_token(
        ADMINISTRATOR, TokenRequest(person="p1", name="apt", archive="trial")
    )
    ada = sign_in(installation, "ada")

    rights, persons = ada.text(RIGHTS), ada.text("/archives/trial/persons?q=drivers")
    asked = ada.text("/archives/trial/persons?person=p3")
    document = ada.get("/archives/trial/persons.json?person=p3").json()
    table = ada.get("/archives/trial/persons.csv?q=kernel").text.splitlines()

    assert "p0, p1, p2, p3, p4" in rights
    assert '<a href="/archives/trial/persons?q=kernel">and 2 more</a>' in rights
    assert "upload, through team kernel by drivers, granted by administrator" in persons
    assert "only component main" in asked
    assert "needs the right: rebuild" in asked
    told = {one["action"]: one["is_allowed"] for one in document["permissions"]}
    assert (told["upload"], told["request-rebuild"]) == (True, False)
    assert table[0].startswith("person,role,view")
    assert [line.partition(",")[0] for line in table[1:]] == names
    assert ">apt</td>" in ada.text("/archives/trial/persons")
    assert ada.get("/archives/trial/persons?person=nobody").status_code == 404
    stranger = installation.client().get("/archives/trial/persons", follow_redirects=False)
    assert stranger.status_code == 303


def test_who_administers_one_archive_is_told_names_of_those_they_meet_and_no_others(
    installation: Installation, lou: Visitor
) -> None:
    services = installation.services
    for name in ("meg", "ed", "max", "eve"):
        add_person(installation, name)
    give(installation, Right.ADMINISTER)
    give(installation, Right.UPLOAD, name="ed")
    give(installation, Right.UPLOAD, name="eve", archive="debian")
    for team, members in (("kernel", ("lou", "meg")), ("secret", ("max",))):
        services.rights.add_team(ADMINISTRATOR, team)
        holders = [Holder(kind=HolderKind.PERSON, name=name) for name in members]
        services.rights.put_in(ADMINISTRATOR, team, holders)
    lou.send("/robots", name="nightly-robot", purpose="asks for builds")

    shown = lou.text(RIGHTS)

    suggested = re.findall(r'<option value="([a-z-]+)"></option>', shown)
    assert suggested == ["kernel", "ed", "lou", "meg", "nightly-robot"]
    assert "@" not in re.sub(r"lou@example.org", "", shown)
    assert lou.get("/people").status_code == 403
