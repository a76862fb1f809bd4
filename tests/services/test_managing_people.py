"""A hostile manager of people: whatever they try, they may do no more than was granted to them."""

# ruff: noqa: S105, S107 - passwords of nobody

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

import pysequoia
import pytest
from tests.adapters.database.race import SECONDS_MAX
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.passwords import PlainPasswords
from tests.services.test_webhooks import FakeSender
from tests.services.test_webhooks import service as webhook_service

from vostok.domain.access import WHOLE, Action, Principal, Role, is_allowed, token_hash
from vostok.domain.audit import AuditFilter
from vostok.domain.identity import Identity
from vostok.domain.quota import Limits, Subject, SubjectKind
from vostok.domain.rights import EVERY_SOURCE, Holder, HolderKind, Right, SourceLimit
from vostok.domain.session import Visitor
from vostok.domain.webhook import WebhookState
from vostok.errors import (
    ConflictError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    VostokError,
)
from vostok.services.people import managing as managing_module
from vostok.services.people.managing import note_way_in
from vostok.services.people.passwords import PasswordService
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest, RightsService
from vostok.services.people.sessions import SessionService
from vostok.services.people.ways_in import WaysInService
from vostok.services.telling.webhooks import WebhookChange, WebhookRequest

HOME = "192.0.2.1"
WAIT_SECONDS = 0.3
"""In which a thread that can go on does so."""
PASSWORD = "correct horse battery"
LINUX = SourceLimit(sources=("linux-*",))
ISSUER = "https://id.example.org"


def person(name: str) -> Holder:
    return Holder(kind=HolderKind.PERSON, name=name)


def team(name: str) -> Holder:
    return Holder(kind=HolderKind.TEAM, name=name)


def certificate(name: str) -> bytes:
    tsk = pysequoia.Tsk.generate(user_id=f"{name} <{name}@example.org>", validity_seconds=None)
    return str(tsk.extract_certificate()).encode()


@dataclass(frozen=True, slots=True)
class Office:
    """Meg manages people and uploads linux in trial; the others are as their names say."""

    world: Installation
    rights: RightsService
    passwords: PasswordService
    ways_in: WaysInService
    sessions: SessionService

    def grant(
        self,
        holder: Holder,
        right: Right,
        archive: str | None = None,
        limit: SourceLimit = EVERY_SOURCE,
    ) -> int:
        request = GrantRequest(archive=archive, holder=holder, right=right, limit=limit)
        return self.rights.give(ADMINISTRATOR, request).id

    def add(self, name: str, role: Role = Role.MEMBER) -> None:
        self.world.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=role)

    def token(self, who: Principal, name: str, token: str = "laptop") -> str:
        return self.world.people.create_token(who, TokenRequest(person=name, name=token))[1]

    def by(self, token: str) -> Principal:
        return self.world.people.principal(token, address=HOME)

    @property
    def meg(self) -> Principal:
        known = len(self.world.people.tokens(ADMINISTRATOR, "meg"))
        return self.by(self.token(ADMINISTRATOR, "meg", f"t{known}"))


def office_in(derived: Installation) -> Office:
    passwords = PasswordService(derived.database, PlainPasswords(), derived.guard, derived.clock)
    office = Office(
        world=derived,
        rights=RightsService(derived.database, derived.clock),
        passwords=passwords,
        ways_in=WaysInService(derived.database, derived.clock),
        sessions=SessionService(
            derived.database, passwords, derived.guard, derived.clock, session_seconds=3_600
        ),
    )
    office.add("root", Role.ADMINISTRATOR)
    office.add("richard", Role.DEVELOPER)
    for name in ("meg", "max", "carol", "ada", "lou", "ed"):
        office.add(name)
    office.grant(person("meg"), Right.PEOPLE)
    office.grant(person("meg"), Right.UPLOAD, "trial", LINUX)
    office.grant(person("max"), Right.PEOPLE)
    office.grant(person("carol"), Right.CREATE)
    office.grant(person("ada"), Right.UPLOAD, "trial")
    office.grant(person("lou"), Right.UPLOAD, "trial", SourceLimit(sources=("linux-signed",)))
    return office


@pytest.fixture
def office(derived: Installation) -> Office:
    return office_in(derived)


@pytest.fixture(
    params=["derived", pytest.param("derived_on_postgresql", marks=pytest.mark.database)]
)
def office_on_each(request: pytest.FixtureRequest) -> Office:
    world: Installation = request.getfixturevalue(request.param)
    return office_in(world)


IN_REACH = {"lou", "ed"}
OUT_OF_REACH = ("root", "richard", "max", "carol", "ada", "meg")
DEEDS: dict[str, Callable[[Office, Principal, str], object]] = {
    "look": lambda o, who, name: o.world.people.person(who, name),
    "give a password": lambda o, who, name: o.passwords.give(who, name, PASSWORD),
    "reset": lambda o, who, name: o.passwords.reset(who, name),
    "make a token": lambda o, who, name: o.token(who, name),
    "add a key": lambda o, who, name: o.world.people.add_key(who, name, certificate(name)),
    "see tokens": lambda o, who, name: o.world.people.tokens(who, name),
    "see keys": lambda o, who, name: o.world.people.keys(who, name),
    "shut out": lambda o, who, name: o.world.people.set_disabled(who, name, is_disabled=True),
    "see ways in": lambda o, who, name: o.ways_in.of(who, name),
    "end sessions": lambda o, who, name: o.ways_in.end_sessions(who, name),
    "put into a team": lambda o, who, name: o.rights.put_in(who, "empty", [person(name)]),
    "take out of one": lambda o, who, name: o.rights.take_out(who, "empty", [person(name)]),
}
FOR_ONESELF = {
    "look",
    "add a key",
    "make a token",
    "see tokens",
    "see keys",
    "see ways in",
    "end sessions",
}


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_holds_what_the_manager_does_not_is_out_of_reach(
    office: Office, deed: str
) -> None:
    office.rights.add_team(ADMINISTRATOR, "empty")
    meg = office.meg

    for name in OUT_OF_REACH:
        if name == "meg" and deed in FOR_ONESELF:
            continue
        with pytest.raises(NotAllowedError, match="may do more than meg"):
            DEEDS[deed](office, meg, name)
    for name in IN_REACH:
        DEEDS[deed](office, meg, name)

    assert office.world.people.within_reach(meg) == IN_REACH


def test_only_what_is_in_reach_is_listed_and_names_of_private_archives_are_not(
    office: Office,
) -> None:
    office.rights.set_private(ADMINISTRATOR, "debian", is_private=True)
    for name in ("root", "ada", "ed"):
        office.token(ADMINISTRATOR, name)
    secret = TokenRequest(person="ed", name="apt", archive="debian")
    office.world.people.create_token(ADMINISTRATOR, secret)

    told = office.world.people.tokens(office.meg, None)

    assert [(token.person, token.name) for token in told] == [("ed", "laptop")]
    assert office.world.people.person(office.meg, "ed").tokens == tuple(told)
    assert office.world.people.keys(office.meg, None) == []


def test_a_token_for_an_archive_that_a_manager_does_not_see_is_as_one_that_is_not_there(
    office: Office,
) -> None:
    people = office.world.people
    office.rights.set_private(ADMINISTRATOR, "debian", is_private=True)
    secret = TokenRequest(person="ed", name="ci", archive="debian")
    people.create_token(ADMINISTRATOR, secret)
    meg = office.meg

    with pytest.raises(NotFoundError, match="ed has no token 'ci'"):
        people.revoke_token(meg, "ed", "ci")
    office.token(meg, "ed", "ci")
    assert people.revoke_token(meg, "ed", "ci").archive is None

    revoked = {one.archive: one.revoked_at for one in people.tokens(ADMINISTRATOR, "ed")}
    assert revoked["debian"] is None
    assert revoked[None] is not None
    with pytest.raises(ConflictError, match="has, or had, a token 'ci'"):
        people.create_token(ADMINISTRATOR, secret)
    people.revoke_token(ADMINISTRATOR, "ed", "ci")
    assert all(token.revoked_at for token in people.tokens(ADMINISTRATOR, "ed"))


def test_a_manager_adds_members_only_and_nobody_at_an_address_that_somebody_has(
    office: Office,
) -> None:
    people, meg = office.world.people, office.meg

    for role in (Role.ADMINISTRATOR, Role.DEVELOPER):
        with pytest.raises(NotAllowedError):
            people.add(meg, "puppet", email="p@example.org", role=role)
    with pytest.raises(ConflictError, match="address"):
        people.add(meg, "puppet", email="ROOT@example.org", role=Role.MEMBER)
    people.add(ADMINISTRATOR, "joerg", email="J\u00d6RG@example.org", role=Role.MEMBER)
    with pytest.raises(ConflictError, match="address"):
        people.add(meg, "puppet", email="j\u00f6rg@example.org", role=Role.MEMBER)
    with pytest.raises(ConflictError, match="there is a person root"):
        people.add(meg, "root", email="p@example.org", role=Role.MEMBER)

    assert people.add(meg, "puppet", email="p@example.org", role=Role.MEMBER).created_by == "meg"


def test_a_manager_adds_so_many_persons_and_nobody_more_than_there_may_be(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    people, meg = office.world.people, office.meg
    there = len(people.persons(ADMINISTRATOR))
    monkeypatch.setattr(managing_module, "PERSONS_BY_GRANT_MAX", 1)
    monkeypatch.setattr(managing_module, "PERSONS_MAX", there + 2)

    people.add(meg, "puppet", email="p@example.org", role=Role.MEMBER)
    with pytest.raises(ConflictError, match="meg has added 1 persons"):
        people.add(meg, "another", email="a@example.org", role=Role.MEMBER)
    people.add(ADMINISTRATOR, "another", email="a@example.org", role=Role.MEMBER)
    with pytest.raises(ConflictError, match=f"there are {there + 2} persons"):
        people.add(ADMINISTRATOR, "last", email="l@example.org", role=Role.MEMBER)


def test_a_manager_grants_nothing_on_the_installation_nor_vouches(office: Office) -> None:
    meg = office.meg

    for right in Right:
        request = GrantRequest(archive=None, holder=person("meg"), right=right)
        with pytest.raises(NotAllowedError):
            office.rights.give(meg, request)
    with pytest.raises(NotAllowedError):
        office.rights.grants(meg, None)
    with pytest.raises(NotAllowedError):
        office.passwords.vouch(meg, "ed")
    with pytest.raises(NotAllowedError):
        office.rights.audit(meg, AuditFilter())


@pytest.mark.parametrize("deed", ["give a password", "reset", "make a token", "add a key"])
def test_whoever_hands_out_a_way_in_is_a_guarantor(office: Office, deed: str) -> None:
    DEEDS[deed](office, office.meg, "ed")

    assert office.world.people.person(ADMINISTRATOR, "ed").guarantors == ("meg",)
    assert office.world.people.person(ADMINISTRATOR, "meg").vouches_for == ("ed",)
    assert office.world.people.person(ADMINISTRATOR, "lou").guarantors == ()


def test_a_token_that_a_manager_made_never_does_more_than_its_maker(office: Office) -> None:
    """The hole: they are let in to somebody who gains rights afterwards."""
    token = office.token(office.meg, "ed")
    office.grant(person("ed"), Right.ADMINISTER, "trial")
    office.grant(person("ed"), Right.CREATE)
    office.grant(person("ed"), Right.PEOPLE)

    ed = office.by(token)

    assert {action for action in Action if is_allowed(ed, action, "trial")} == {
        action for action in Action if is_allowed(office.meg, action, "trial")
    } - {Action.MANAGE_PEOPLE}
    assert ed.rights.source_limits(Right.UPLOAD, "trial") == (LINUX,)
    assert ed.rights.guarantors == ("meg",)


def test_it_is_judged_by_what_the_maker_holds_at_each_moment(office: Office) -> None:
    token = office.token(office.meg, "lou")
    before = is_allowed(office.by(token), Action.UPLOAD, "trial")

    office.world.people.set_disabled(ADMINISTRATOR, "meg", is_disabled=True)

    assert before
    assert not is_allowed(office.by(token), Action.UPLOAD, "trial")


def test_what_they_make_with_a_password_for_once_does_no_more_either(office: Office) -> None:
    """They take the account itself: choose its password, sign in, make a token as its owner."""
    _, password = office.passwords.reset(office.meg, "ed")
    seen = office.passwords.change("ed", password, PASSWORD, address=HOME)
    _, session = office.sessions.begin_by_password(seen, Visitor(address=HOME, agent="x"))
    token = office.token(session.principal, "ed", "kept")
    office.grant(person("ed"), Right.ADMINISTER, "trial")

    for who in (
        office.by(token),
        office.sessions.sign_in("ed", PASSWORD, address=HOME)[1].principal,
    ):
        assert not is_allowed(who, Action.PUBLISH, "trial")
        with pytest.raises(NotAllowedError):
            office.rights.grants(who, "trial")


def test_by_a_team_that_gains_rights_later_they_gain_none(office: Office) -> None:
    office.world.people.add(office.meg, "puppet", email="p@example.org", role=Role.MEMBER)
    token = office.token(office.meg, "puppet")
    for name in ("inner", "outer"):
        office.rights.add_team(office.meg, name)
    office.rights.put_in(office.meg, "outer", [team("inner")])
    office.rights.put_in(office.meg, "inner", [person("puppet")])
    office.grant(team("outer"), Right.ADMINISTER, "trial")

    puppet = office.by(token)

    assert not is_allowed(puppet, Action.CHANGE_ARCHIVE, "trial")
    for name in ("inner", "outer"):
        for deed in (office.rights.put_in, office.rights.take_out):
            with pytest.raises(NotAllowedError):
                deed(office.meg, name, [person("ed")])
        with pytest.raises(NotAllowedError):
            office.rights.delete_team(office.meg, name)


@pytest.mark.parametrize("right", [Right.ADMINISTER, Right.UPLOAD, Right.PEOPLE, Right.CREATE])
def test_nobody_is_put_into_a_team_that_holds_more_than_the_manager(
    office: Office, right: Right
) -> None:
    for name in ("strong", "within", "weak"):
        office.rights.add_team(ADMINISTRATOR, name)
    office.rights.put_in(ADMINISTRATOR, "strong", [team("within")])
    where = None if right in {Right.PEOPLE, Right.CREATE} else "trial"
    office.grant(team("strong"), right, where)
    meg = office.meg

    for into, member in (
        ("strong", person("ed")), ("within", person("ed")), ("strong", team("weak")),
        ("within", team("weak")), ("weak", team("within")), ("weak", person("ada")),
    ):  # fmt: skip
        with pytest.raises(NotAllowedError):
            office.rights.put_in(meg, into, [member])

    assert office.rights.changeable_teams(meg) == {"weak"}
    office.rights.put_in(meg, "weak", [person("ed")])


def test_a_team_that_holds_no_more_is_filled_and_deleted_by_a_manager(office: Office) -> None:
    office.rights.add_team(office.meg, "kernel")
    office.grant(team("kernel"), Right.UPLOAD, "trial", LINUX)

    filled = office.rights.put_in(office.meg, "kernel", [person("ed"), person("lou")])
    office.rights.take_out(office.meg, "kernel", [person("lou")])
    office.rights.delete_team(office.meg, "kernel")

    assert filled.persons == ("ed", "lou")
    assert office.rights.teams(office.meg) == []


def test_who_put_somebody_in_is_told_after_they_lost_the_right(office: Office) -> None:
    office.rights.add_team(office.meg, "kernel")
    office.rights.put_in(office.meg, "kernel", [person("ed")])
    office.world.people.set_disabled(ADMINISTRATOR, "meg", is_disabled=True)
    office.world.clock.advance(60)
    office.rights.put_in(ADMINISTRATOR, "kernel", [person("ed"), person("lou")])

    (ed, lou) = office.rights.team(ADMINISTRATOR, "kernel").members

    assert (ed.member, ed.put_in_by) == (person("ed"), "meg")
    assert (lou.member, lou.put_in_by) == (person("lou"), "ann")
    assert lou.put_in_at not in {None, ed.put_in_at}
    assert office.world.people.person(ADMINISTRATOR, "ed").teams == (ed,)


def test_the_limits_of_a_team_are_not_escaped_by_leaving_it(office: Office) -> None:
    office.rights.add_team(office.meg, "limited")
    office.rights.put_in(office.meg, "limited", [person("ed")])
    limited = Subject(kind=SubjectKind.TEAM, name="limited")
    with office.world.database.write() as transaction:
        transaction.quotas.put(limited, Limits(archives=1), by="ann", at=office.world.clock.now())

    with pytest.raises(NotAllowedError):
        office.rights.take_out(office.meg, "limited", [person("ed")])
    with pytest.raises(NotAllowedError):
        office.rights.delete_team(office.meg, "limited")


def test_whom_an_administrator_shut_out_or_unlinked_no_manager_lets_in_again(
    office: Office,
) -> None:
    people, meg = office.world.people, office.meg
    people.set_disabled(ADMINISTRATOR, "ed", is_disabled=True)
    people.set_disabled(meg, "lou", is_disabled=True)
    with office.world.database.write() as transaction:
        ed = transaction.people.named("ed")
        transaction.identities.link(
            ed.id, Identity(issuer=ISSUER, subject="4711"), office.world.clock.now()
        )
    office.ways_in.unlink(ADMINISTRATOR, "ed", 1)

    with pytest.raises(NotAllowedError, match="an administrator shut ed out"):
        people.set_disabled(meg, "ed", is_disabled=False)
    with pytest.raises(NotAllowedError, match="links no identities"):
        office.ways_in.link(meg, "ed", 1)
    assert people.set_disabled(meg, "lou", is_disabled=False).disabled_at is None
    assert people.set_disabled(ADMINISTRATOR, "ed", is_disabled=False).disabled_at is None


def test_an_administrator_takes_over_whom_a_manager_shut_out(office: Office) -> None:
    people, meg = office.world.people, office.meg
    since = people.set_disabled(meg, "ed", is_disabled=True).disabled_at

    taken_over = people.set_disabled(ADMINISTRATOR, "ed", is_disabled=True)

    assert (taken_over.disabled_at, taken_over.disabled_by_manager) == (since, None)
    with pytest.raises(NotAllowedError, match="an administrator shut ed out"):
        people.set_disabled(meg, "ed", is_disabled=False)
    newest = office.rights.audit(ADMINISTRATOR, AuditFilter(action=Action.MANAGE_PEOPLE))[0]
    assert (newest.actor, newest.detail) == ("ann", "shut out, in the place of meg")


def test_a_manager_does_not_take_over_whom_an_administrator_shut_out(office: Office) -> None:
    people, meg = office.world.people, office.meg
    people.set_disabled(ADMINISTRATOR, "ed", is_disabled=True)

    assert people.set_disabled(meg, "ed", is_disabled=True).disabled_by_manager is None


def test_a_right_that_was_taken_a_moment_ago_is_of_no_use(office: Office) -> None:
    meg = office.meg
    for grant in office.rights.grants(ADMINISTRATOR, None):
        office.rights.revoke(ADMINISTRATOR, None, grant.id)

    for deed in ("reset", "make a token", "shut out", "put into a team"):
        with pytest.raises(VostokError):
            DEEDS[deed](office, meg, "ed")


def test_with_an_administrators_word_all_that_was_granted_is_of_use_and_all_ways_in_end(
    office: Office,
) -> None:
    token = office.token(office.meg, "ed")
    office.passwords.give(office.meg, "ed", PASSWORD)
    secret, session = office.sessions.sign_in("ed", PASSWORD, address=HOME)
    office.grant(person("ed"), Right.ADMINISTER, "trial")

    _, fresh = office.passwords.vouch(ADMINISTRATOR, "ed")

    assert fresh is not None
    assert session.principal.name == "ed"
    assert office.sessions.find(secret, address=HOME) is None
    with pytest.raises(NotAuthenticatedError):
        office.by(token)
    with pytest.raises(NotAuthenticatedError):
        office.sessions.sign_in("ed", PASSWORD, address=HOME)
    seen = office.passwords.change("ed", fresh, "another good password", address=HOME)
    _, session = office.sessions.begin_by_password(seen, Visitor(address=HOME, agent="x"))
    assert is_allowed(session.principal, Action.CHANGE_ARCHIVE, "trial")
    with pytest.raises(NotAllowedError):
        office.passwords.reset(office.meg, "ed")
    with pytest.raises(ConflictError, match="nobody vouches for them by a grant"):
        office.passwords.vouch(ADMINISTRATOR, "ed")
    newest = office.rights.audit(ADMINISTRATOR, AuditFilter(action=Action.VOUCH))
    assert [(entry.actor, entry.subject) for entry in newest] == [("ann", "person ed")]


def test_a_key_that_a_manager_added_and_revoked_is_their_owners_to_add_after_it(
    office: Office,
) -> None:
    people, clock, meg = office.world.people, office.world.clock, office.meg
    lost, own = certificate("ed"), certificate("ed")
    before = people.add_key(ADMINISTRATOR, "ed", lost).fingerprint
    people.revoke_key(ADMINISTRATOR, "ed", before)
    clock.advance(1)
    people.revoke_key(meg, "ed", people.add_key(meg, "ed", own).fingerprint)

    office.passwords.vouch(ADMINISTRATOR, "ed")

    assert people.add_key(ADMINISTRATOR, "ed", own).revoked_at is None
    with pytest.raises(ConflictError, match="was revoked here"):
        people.add_key(ADMINISTRATOR, "ed", lost)


def test_whoever_was_let_in_before_an_administrators_word_keeps_nothing_that_is_made_after_it(
    office: Office,
) -> None:
    """Their request is under way while the administrator vouches."""
    as_ed = office.by(office.token(office.meg, "ed"))
    meg = office.meg

    office.passwords.vouch(ADMINISTRATOR, "ed")

    with pytest.raises(NotAllowedError, match="vouched for ed meanwhile"):
        office.token(as_ed, "ed", "kept")
    token = office.token(meg, "ed", "noted")
    office.grant(person("ed"), Right.ADMINISTER, "trial")
    assert not is_allowed(office.by(token), Action.CHANGE_ARCHIVE, "trial")


def test_a_request_that_began_before_an_administrators_word_leaves_no_webhook_on(
    office: Office,
) -> None:
    for name in ("meg", "ed"):
        office.grant(person(name), Right.ADMINISTER, "trial")
    as_ed = office.by(office.token(office.meg, "ed"))
    hooks = webhook_service(office.world, FakeSender())
    asked = WebhookRequest(archive="trial", address="https://ci.example.org/vostok")
    number = hooks.add(as_ed, asked)[0].number
    delivery = hooks.test(as_ed, "trial", number).id

    office.passwords.vouch(ADMINISTRATOR, "ed")

    deeds: tuple[Callable[[], object], ...] = (
        lambda: hooks.add(as_ed, replace(asked, address="https://ci.example.org/another")),
        lambda: hooks.change(as_ed, "trial", number, WebhookChange(state=WebhookState.ON)),
        lambda: hooks.redeliver(as_ed, "trial", number, delivery),
    )
    for deed in deeds:
        with pytest.raises(NotAllowedError, match="vouched for ed meanwhile"):
            deed()
    (kept,) = hooks.of_archive(ADMINISTRATOR, "trial")
    assert (kept.state, kept.sentence) == (WebhookState.OFF, "was switched off: ed begins anew")


def test_an_administrators_word_waits_for_a_way_in_that_is_being_made_and_ends_it(
    office_on_each: Office,
) -> None:
    office, meg = office_on_each, office_on_each.meg
    office.token(meg, "ed")
    now, database = office.world.clock.now(), office.world.database

    with ThreadPoolExecutor(1) as pool:
        with database.write() as transaction:
            ed = transaction.people.named("ed")
            note_way_in(transaction, meg, ed, now)
            transaction.people.add_token(
                ed, token_hash=token_hash("kept"), name="kept", scopes=WHOLE,
                archive_id=None, at=now, expires_at=None,
            )  # fmt: skip
            vouched = pool.submit(office.passwords.vouch, ADMINISTRATOR, "ed")
            wait([vouched], timeout=WAIT_SECONDS)
        vouched.result(SECONDS_MAX)

    assert office.world.people.find_principal("kept", address=HOME) is None


def test_what_administrators_hand_out_narrows_nobody(office: Office) -> None:
    token = office.token(ADMINISTRATOR, "ada")

    ada = office.by(token)

    assert ada.rights.guarantors == ()
    assert is_allowed(ada, Action.UPLOAD, "trial")


def test_a_refusal_says_that_an_administrators_word_is_missing(office: Office) -> None:
    token = office.token(office.meg, "ed")
    office.grant(person("ed"), Right.ADMINISTER, "trial")

    with pytest.raises(NotAllowedError) as refused:
        office.rights.set_private(office.by(token), "trial", is_private=True)

    assert "vostok person vouch ed" in str(refused.value.hint)
