"""The pages of persons and teams: for administrators, and of each person their own."""

# ruff: noqa: S106 - passwords of nobody, and names of tokens

import re

import pysequoia
import pytest
from tests.entrypoints.installation import ADMINISTRATOR, URL, Installation
from tests.entrypoints.pages.visitor import ORIGIN, PASSWORD, Visitor, add_person, sign_in

from vostok.domain.access import Role, TokenScope
from vostok.domain.rights import Grant, Holder, HolderKind, Right
from vostok.services.people.rights import GrantRequest

FRESH = "another good password"


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


def certificate() -> str:
    tsk = pysequoia.Tsk.generate(user_id="Lou <lou@example.org>", validity_seconds=None)
    return str(tsk.extract_certificate())


def token_in(page: str) -> str:
    found = re.search(r'aria-label="Token"><code>([A-Za-z0-9_-]{40,})</code>', page)
    assert found
    return found[1]


def feeds_in(page: str) -> dict[str, str]:
    """Archive -> the address of its feed that is handed out."""
    return dict(re.findall(r'aria-label="Feed of ([^"]+)"><code>([^<]+)</code>', page))


def test_a_person_is_added_given_a_password_and_signs_in(
    empty_installation: Installation, ann: Visitor
) -> None:
    added = ann.send("/people", name="meg", email="meg@example.org", role="developer")
    ann.send("/people/meg/password", new=PASSWORD, again=PASSWORD)

    meg = sign_in(empty_installation, "meg")

    assert (added.status_code, added.headers["location"]) == (303, "/people/meg")
    assert "Developer · meg@example.org" in meg.text("/me")
    assert "meg@example.org" in ann.text("/people")


@pytest.mark.parametrize(
    ("changes", "status", "sentence"),
    [
        ({"name": "Meg!"}, 400, "cannot be the name of a person"),
        ({"name": "lou"}, 409, "lou"),
        ({"email": "nowhere"}, 400, "is not an address"),
        ({"role": "builder"}, 400, "a person cannot be a builder"),
        ({"role": "king"}, 400, "there is no role"),
    ],
)
def test_a_person_who_cannot_be_added_is_refused_beside_what_was_typed(
    ann: Visitor, changes: dict[str, str], status: int, sentence: str
) -> None:
    fields = {"name": "meg", "email": "meg@example.org", "role": "member", **changes}

    answer = ann.send("/people", **fields)

    assert answer.status_code == status
    assert sentence.lower() in answer.text.replace("&#39;", "'").lower()
    assert f'value="{fields["email"]}"' in answer.text
    assert [person["name"] for person in ann.get("/people.json").json()["persons"]] == [
        "ann", "lou",
    ]  # fmt: skip


def test_who_is_shut_out_has_no_session_until_let_in_and_signed_in_again(
    empty_installation: Installation, ann: Visitor, lou: Visitor
) -> None:
    before = lou.get("/me").status_code

    ann.send("/people/lou/disable")
    shut = lou.get("/me")
    page = ann.text("/people/lou")
    ann.send("/people/lou/enable")

    assert before == 200
    assert shut.headers["location"] == "/sign-in?next=%2Fme"
    assert "Let in again" in page
    assert sign_in(empty_installation, "lou").get("/me").status_code == 200


def test_a_password_that_was_typed_in_two_ways_is_not_set(
    empty_installation: Installation, ann: Visitor
) -> None:
    answer = ann.send("/people/lou/password", new=FRESH, again=PASSWORD)

    assert answer.status_code == 400
    assert "typed in two different ways" in answer.text
    assert sign_in(empty_installation, "lou").form_token


def test_a_token_is_shown_once_on_the_answer_and_never_in_an_address(
    empty_installation: Installation, lou: Visitor
) -> None:
    answer = lou.send("/me/tokens", token_name="dput on laptop", scope="upload", days="30")

    token = token_in(answer.text)
    found = empty_installation.services.people.find_principal(token, address="192.0.2.1")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert found is not None
    assert (found.name, found.scopes) == ("lou", frozenset({TokenScope.UPLOAD}))
    assert token not in str(answer.headers)
    assert token not in lou.text("/me")
    assert "dput on laptop" in lou.text("/me")


def test_a_token_for_feeds_is_handed_out_as_addresses_that_a_feed_reader_takes(
    installation: Installation,
) -> None:
    add_person(installation, "ann", Role.ADMINISTRATOR)
    ann = sign_in(installation, "ann")
    ann.send("/archives/trial/visibility", private="yes")

    narrow = ann.send("/me/tokens", token_name="one", scope="feed", archive="trial")
    wide = ann.send("/me/tokens", token_name="all", scope="feed")
    other = ann.send("/me/tokens", token_name="other", scope="read")

    assert list(feeds_in(narrow.text)) == ["trial"]
    assert list(feeds_in(wide.text)) == ["debian", "trial"]
    assert narrow.headers["cache-control"] == "no-store"
    assert feeds_in(other.text) == {}
    line = re.search(r"machine (\S+) login ann password (\S+?)<", other.text)
    assert line
    assert line[1] == URL
    release, shown = "/archives/trial/dists/bookworm/InRelease", ("ann", line[2])
    assert installation.client().get(release, auth=shown).status_code == 200
    assert installation.client().get(release).status_code == 404
    assert feeds_in(ann.text("/me")) == {}
    for address in (*feeds_in(narrow.text).values(), *feeds_in(wide.text).values()):
        assert address.startswith(f"{URL}/archives/")
        assert installation.client().get(address).status_code == 200
        assert installation.client().get(address.partition("?")[0]).status_code == (
            200 if "/debian/" in address else 404
        )


def test_a_token_for_feeds_of_another_person_names_no_archive_that_they_may_not_see(
    installation: Installation,
) -> None:
    add_person(installation, "ann", Role.ADMINISTRATOR)
    add_person(installation, "lou")
    ann = sign_in(installation, "ann")

    answer = ann.send("/people/lou/tokens", token_name="all", scope="feed")

    ((name, address),) = feeds_in(answer.text).items()
    assert name == "NAME"
    address = address.replace("NAME", "trial").replace("/feed.atom", "/campaigns/1/feed.atom")
    assert installation.client().get(address).status_code == 200


def test_sending_the_form_of_a_token_again_makes_no_second_one(lou: Visitor) -> None:
    lou.send("/me/tokens", token_name="laptop", scope="read")

    again = lou.send("/me/tokens", token_name="laptop", scope="read")

    assert again.status_code == 409
    assert 'aria-label="Token"' not in again.text
    assert len(lou.get("/me.json").json()["tokens"]) == 1


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"token_name": ""}, "cannot be the name of a token"),
        ({"scope": "world"}, "a token is not for"),
        ({"days": "many"}, "is no number of days"),
        ({"days": "99999"}, "1 to 3650 days"),
        ({"archive": "never"}, "there is no archive never"),
    ],
)
def test_a_token_that_cannot_be_made_is_refused_on_the_page(
    lou: Visitor, changes: dict[str, str], sentence: str
) -> None:
    answer = lou.send("/me/tokens", **{"token_name": "laptop", "scope": "read", **changes})

    assert answer.status_code in {400, 404}
    assert sentence.lower() in answer.text.lower()
    assert lou.get("/me.json").json()["tokens"] == []


def test_a_revoked_token_opens_nothing(empty_installation: Installation, lou: Visitor) -> None:
    token = token_in(lou.send("/me/tokens", token_name="laptop", scope="everything").text)

    answer = lou.send("/me/tokens/revoke", token_name="laptop")

    assert answer.headers["location"] == "/me"
    assert empty_installation.services.people.find_principal(token, address="192.0.2.1") is None
    assert "revoked" in lou.text("/me")


def test_a_key_is_added_as_text_and_revoked(lou: Visitor) -> None:
    added = lou.send("/me/keys", certificate=certificate())
    fingerprint = lou.get("/me.json").json()["keys"][0]["fingerprint"]
    page = lou.text("/me")
    lou.send("/me/keys/revoke", fingerprint=fingerprint)

    assert added.status_code == 303
    assert f"Revoke key {fingerprint}" in page
    assert lou.get("/me.json").json()["keys"][0]["revoked_at"]


def test_a_secret_key_is_refused_and_not_shown_again(lou: Visitor) -> None:
    tsk = pysequoia.Tsk.generate(user_id="Lou <lou@example.org>", validity_seconds=None)
    secret = str(tsk)

    answer = lou.send("/me/keys", certificate=secret)

    assert "PRIVATE KEY" in secret
    assert answer.status_code == 400
    assert max(secret.splitlines(), key=len) not in answer.text
    assert lou.get("/me.json").json()["keys"] == []


def test_a_person_changes_their_password_and_stays_signed_in(
    empty_installation: Installation, lou: Visitor
) -> None:
    elsewhere = sign_in(empty_installation, "lou")

    answer = lou.send("/me/password", old=PASSWORD, new=FRESH, again=FRESH)

    assert (answer.status_code, answer.headers["location"]) == (303, "/me")
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert FRESH not in str(answer.headers)
    assert lou.get("/me").status_code == 200
    assert elsewhere.get("/me").status_code == 303
    assert sign_in(empty_installation, "lou", FRESH).form_token


def test_without_the_old_password_it_stays(empty_installation: Installation, lou: Visitor) -> None:
    answer = lou.send("/me/password", old="a wrong password", new=FRESH, again=FRESH)

    assert answer.status_code == 403
    assert "That is not the password that you have now" in answer.text
    assert sign_in(empty_installation, "lou").form_token


def test_the_administrators_token_is_no_person(empty_installation: Installation) -> None:
    client = empty_installation.client()
    client.post("/sign-in", data={"token": "the-administrators-token"}, headers=ORIGIN)

    own = client.get("/me")
    assert own.status_code == 200
    assert "Add yourself as a person" in own.text
    assert 'href="/people"' in own.text
    assert client.get("/me.json").status_code == 404
    assert 'href="/me"' not in client.get("/archives").text
    assert "Nobody yet" in client.get("/people").text


OF_ADMINISTRATORS = (
    "/people", "/people/ann", "/people/nobody", "/teams", "/teams/kernel", "/rights", "/audit",
)  # fmt: skip


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_what_is_for_administrators_is_refused_to_a_member_and_not_offered(
    ann: Visitor, lou: Visitor, suffix: str
) -> None:
    ann.send("/teams", name="kernel")

    answers = {path: lou.get(path + suffix).status_code for path in OF_ADMINISTRATORS}
    home = lou.text("/archives")

    assert set(answers.values()) == {403}
    assert not re.search(r'href="/(people|teams|rights|audit)', home)
    assert 'href="/me"' in home


@pytest.mark.parametrize("suffix", ["", ".json"])
def test_a_stranger_sees_none_of_it(empty_installation: Installation, suffix: str) -> None:
    client = empty_installation.client()

    answers = {path: client.get(path + suffix).status_code for path in (*OF_ADMINISTRATORS, "/me")}

    assert set(answers.values()) == {401 if suffix else 303}


def test_a_member_changes_nobody(
    empty_installation: Installation, ann: Visitor, lou: Visitor
) -> None:
    ann.send("/teams", name="kernel")
    passwords = {"new": FRESH, "again": FRESH}

    answers = [
        lou.send("/people", name="eve", email="eve@example.org", role="administrator"),
        lou.send("/people/ann/password", **passwords),
        lou.send("/people/lou/password", **passwords),
        lou.send("/people/ann/disable"),
        lou.send("/people/ann/tokens", token_name="x", scope="everything"),
        lou.send("/people/ann/keys", certificate=certificate()),
        lou.send("/teams", name="mine"),
        lou.send("/teams/kernel/members", kind="person", member="lou"),
        lou.send("/teams/kernel/delete", confirm="kernel"),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert sign_in(empty_installation, "ann").form_token
    assert ann.get("/teams/kernel.json").json()["persons"] == []


def test_a_team_is_made_filled_emptied_and_deleted(
    empty_installation: Installation, ann: Visitor
) -> None:
    made = ann.send("/teams", name="kernel")
    ann.send("/teams", name="drivers")
    empty = ann.text("/teams/kernel")
    ann.send("/teams/kernel/members", kind="person", member="lou")
    ann.send("/teams/kernel/members", kind="team", member="drivers")
    full = ann.get("/teams/kernel.json").json()
    ann.send("/teams/kernel/members/take-out", kind="person", member="lou")
    emptied = ann.get("/teams/kernel.json").json()
    grant_to_team(empty_installation, "kernel")
    kept = ann.send("/teams/kernel/delete", confirm="kernle")
    gone = ann.send("/teams/kernel/delete", confirm="kernel")

    assert made.headers["location"] == "/teams/kernel"
    assert '<a href="#put-heading">Put somebody in</a>' in empty
    assert (full["persons"], full["teams"]) == (["lou"], ["drivers"])
    assert (emptied["persons"], emptied["teams"]) == ([], ["drivers"])
    assert kept.status_code == 400
    assert gone.headers["location"] == "/teams"
    assert [team["name"] for team in ann.get("/teams.json").json()["teams"]] == ["drivers"]
    assert empty_installation.services.rights.grants(ADMINISTRATOR, None) == []


def test_people_teams_members_and_rights_are_found_by_part_of_a_name(
    empty_installation: Installation, ann: Visitor
) -> None:
    for team in ("kernel", "drivers"):
        ann.send("/teams", name=team)
        grant_to_team(empty_installation, team)
    ann.send("/teams/kernel/members", kind="team", member="drivers")
    ann.send("/teams/kernel/members", kind="person", member="lou")
    lists = {
        "/people": ("LOU@example", "lou", "ann"),
        "/teams": ("driv", "drivers", "kernel"),
        "/teams/kernel": ("o", "lou", "drivers"),
        "/rights": ("driv", "drivers", "kernel"),
    }

    for path, (text, found, other) in lists.items():
        page, nothing = ann.text(f"{path}?q={text}"), ann.text(f"{path}?q=zzz")
        table = ann.get(f"{path}.csv?q={text}").text

        link = re.compile(rf'<a href="/(?:teams|people)/({found}|{other})">')
        assert set(link.findall(page.partition("</h1>")[2])) == {found}, path
        assert "1 found" in page
        assert "Show all" in nothing
        assert re.search(rf"\b{found}\b", table), path
        assert path not in {"/teams", "/rights"} or other not in table


def grant_to_team(installation: Installation, name: str) -> Grant:
    request = GrantRequest(
        archive=None, holder=Holder(kind=HolderKind.TEAM, name=name), right=Right.RETRY
    )
    return installation.services.rights.give(ADMINISTRATOR, request)


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/teams", {"name": "No!"}, 400),
        ("/teams", {"name": "kernel"}, 409),
        ("/teams/kernel/members", {"kind": "person", "member": "nobody"}, 404),
        ("/teams/kernel/members", {"kind": "robot", "member": "lou"}, 400),
        ("/teams/kernel/members", {"kind": "team", "member": "kernel"}, 409),
        ("/teams/nobodies/members", {"kind": "person", "member": "lou"}, 404),
    ],
)
def test_what_a_team_cannot_be_is_refused(
    ann: Visitor, path: str, fields: dict[str, str], status: int
) -> None:
    ann.send("/teams", name="kernel")

    answer = ann.send(path, **fields)

    assert answer.status_code == status
    assert ann.get("/teams/kernel.json").json()["persons"] == []


def test_what_was_typed_comes_back_as_text(ann: Visitor) -> None:
    attack = '"><script>alert(1)</script>'

    pages = [
        ann.send("/people", name=attack, email=attack, role=attack),
        ann.send("/teams", name=attack),
        ann.send("/me/tokens", token_name=attack, scope="read", archive=attack),
        ann.get(f"/people/{attack}"),
        ann.get(f"/teams/{attack}"),
        ann.get("/audit"),
    ]

    # What is no page is data, which no browser takes for one.
    shown = [page for page in pages if page.headers["content-type"].startswith("text/html")]
    assert len(shown) >= 4
    assert all("<script>alert" not in page.text for page in shown)


@pytest.fixture
def meg(empty_installation: Installation, ann: Visitor) -> Visitor:
    """Manages people by a grant, beside eve, who was granted more, and lou, who was not."""
    assert ann.form_token
    rights = empty_installation.services.rights
    for name, right in (("meg", Right.PEOPLE), ("eve", Right.CREATE)):
        add_person(empty_installation, name)
        holder = Holder(kind=HolderKind.PERSON, name=name)
        rights.give(ADMINISTRATOR, GrantRequest(archive=None, holder=holder, right=right))
    for name in ("builders", "kernel"):
        rights.add_team(ADMINISTRATOR, name)
        for member in ("lou", "eve"):
            holder = Holder(kind=HolderKind.PERSON, name=member)
            rights.put_in(ADMINISTRATOR, name, [holder])
    holder = Holder(kind=HolderKind.TEAM, name="builders")
    asked = GrantRequest(archive=None, holder=holder, right=Right.BUILDERS)
    rights.give(ADMINISTRATOR, asked)
    rights.take_out(ADMINISTRATOR, "builders", [Holder(kind=HolderKind.PERSON, name="lou")])
    return sign_in(empty_installation, "meg")


def forms_of(page: str) -> set[str]:
    return set(re.findall(r'<form[^>]* action="([^"]+)"', page)) - {"/sign-out", "/search"}


def links_of(page: str) -> set[str]:
    return set(re.findall(r'href="(/[^"#]*)"', page))


def test_who_manages_people_by_a_grant_sees_only_what_they_may_do(meg: Visitor) -> None:
    people, lou = meg.text("/people"), meg.text("/people/lou")
    team, strong = meg.text("/teams/kernel"), meg.text("/teams/builders")

    assert {"/people/lou"} == links_of(people) & {"/people/lou", "/people/eve", "/people/ann"}
    assert "eve@example.org" in people
    assert 'value="administrator"' not in people
    assert {"/people/lou/disable", "/people/lou/password/reset"} <= forms_of(lou)
    assert "/people/lou/vouch" not in forms_of(lou)
    assert team.count("/members/take-out") == 1, "lou, and not eve"
    assert forms_of(strong) == set()
    for page in (people, lou, team, strong, meg.text("/teams"), meg.text("/people/meg")):
        for link in links_of(page):
            assert meg.get(link).status_code != 403, link
    for refused in ("/people/eve", "/people/ann", "/rights", "/audit"):
        assert meg.get(refused).status_code == 403
    for refused in ("/people/eve/password/reset", "/people/lou/vouch", "/teams/builders/delete"):
        assert meg.send(refused, confirm="builders").status_code == 403


def test_an_administrator_sees_what_a_manager_did_and_takes_over(
    ann: Visitor, meg: Visitor
) -> None:
    meg.send("/people", name="ed", email="ed@example.org", role="member")
    meg.send("/teams/kernel/members", kind="person", member="ed")
    meg.send("/people/ed/disable")

    seen, team, hers = (page.text(path) for page, path in (
        (ann, "/people/ed"), (ann, "/teams/kernel"), (meg, "/people/ed"),
    ))  # fmt: skip
    ann.send("/people/ed/disable")

    assert all("put in by meg, " in page for page in (seen, team))
    assert {"/people/ed/enable", "/people/ed/disable"} <= forms_of(seen)
    assert "/people/ed/enable" in forms_of(hers)
    assert "/people/ed/disable" not in forms_of(hers)
    assert "/people/ed/disable" not in forms_of(ann.text("/people/ed"))
    assert "An administrator shut them out" in meg.text("/people/ed")


def test_whom_a_manager_let_in_waits_for_an_administrators_word(
    empty_installation: Installation, ann: Visitor, meg: Visitor
) -> None:
    meg.send("/people", name="ed", email="ed@example.org", role="member")
    meg.send("/people/ed/password", new=PASSWORD, again=PASSWORD)
    ed = sign_in(empty_installation, "ed")

    ann.send("/rights", kind="person", holder="ed", right="create")
    assert "no more than meg, until an administrator vouches" in ann.text("/rights")
    told, seen, guarantor = ed.text("/me"), ann.text("/people/ed"), ann.text("/people/meg")
    vouched = ann.send("/people/ed/vouch")

    assert "You may do no more than meg" in told
    assert "/me/vouch" not in told
    assert "ed may do no more than meg" in seen
    assert "/people/ed/vouch" in forms_of(seen)
    assert "May do no more than meg, who handed them a way in: ed." in guarantor
    assert re.search(r'aria-label="Password"><code>[A-Za-z0-9_-]{20,}</code>', vouched.text)
    assert "may do no more than" not in ann.text("/people/ed")
    assert "until an administrator vouches" not in ann.text("/rights")
    assert ed.get("/me").status_code == 303, "the session has ended"


def test_the_page_of_a_private_archive_leads_to_a_token_that_apt_needs(
    installation: Installation,
) -> None:
    add_person(installation, "ann", Role.ADMINISTRATOR)
    installation.services.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    ann = sign_in(installation, "ann")

    [link] = re.findall(r'href="(/me\?[^"#]*)#token-name"', ann.text("/archives/trial/"))
    page = ann.text(link)

    assert '<details class="panel after" open><summary>Make a token' in page
    assert 'name="token_name" type="text" value="apt trial"' in page
    assert 'name="archive" type="text" value="trial"' in page
    chosen = re.findall(r'name="scope" value="([a-z-]+)" checked', page)
    assert chosen == [TokenScope.READ]
