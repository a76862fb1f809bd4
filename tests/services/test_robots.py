"""Robots: who makes them, what they may do, and what ends with whom."""

from collections.abc import Callable

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.signed_upload import Uploader, key_of, local
from tests.services.test_managing_people import Office, certificate, office_in, person, team
from tests.services.test_webhooks import FakeSender
from tests.services.test_webhooks import service as webhook_service

from vostok.domain.access import Action, Principal, Role, is_allowed
from vostok.domain.audit import AuditFilter
from vostok.domain.identity import Identity
from vostok.domain.person import ROBOTS_ANSWERED_MAX, PersonKind
from vostok.domain.rights import Right
from vostok.domain.upload import UploadState
from vostok.domain.webhook import WebhookState
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
)
from vostok.services.people import managing as managing_module
from vostok.services.people import robots as robots_module
from vostok.services.people.robots import RobotChange, RobotRequest, RobotService
from vostok.services.telling.webhooks import WebhookRequest
from vostok.services.uploading.judging import usable_keys

HOME = "192.0.2.1"
NAME = "nightly-robot"


@pytest.fixture
def office(derived: Installation) -> Office:
    return office_in(derived)


def robots_of(office: Office) -> RobotService:
    return RobotService(office.world.database, office.world.clock)


def who_is(office: Office, name: str) -> Principal:
    known = len(office.world.people.tokens(ADMINISTRATOR, name))
    return office.by(office.token(ADMINISTRATOR, name, f"t{known}"))


def made(office: Office, who: Principal, name: str = NAME, answerable: str | None = None) -> str:
    request = RobotRequest(name=name, purpose="rebuilds trial", answerable=answerable)
    return robots_of(office).add(who, request).name


def may(office: Office, token: str, action: Action) -> bool:
    return is_allowed(office.by(token), action, "trial")


def test_a_person_makes_a_robot_that_may_do_what_is_granted_to_both(office: Office) -> None:
    lou = who_is(office, "lou")
    token = office.token(lou, made(office, lou))

    office.grant(person(NAME), Right.UPLOAD, "trial")
    office.grant(person(NAME), Right.RETRY, "trial")

    assert (may(office, token, Action.UPLOAD), may(office, token, Action.RETRY_BUILD)) == (
        True, False,
    )  # fmt: skip
    office.grant(person("lou"), Right.RETRY, "trial")
    assert may(office, token, Action.RETRY_BUILD)
    assert office.world.people.person(lou, NAME).guarantors == ("lou",)


def test_what_an_administrator_makes_does_more_than_who_answers_until_these_hand_it_a_token(
    office: Office,
) -> None:
    made(office, ADMINISTRATOR, answerable="ed")
    office.grant(person(NAME), Right.REBUILD, "trial")
    theirs = office.token(ADMINISTRATOR, NAME, "by the administrator")
    assert may(office, theirs, Action.REQUEST_REBUILD)

    office.token(who_is(office, "ed"), NAME, "by ed")

    assert not may(office, theirs, Action.REQUEST_REBUILD)
    assert office.passwords.vouch(ADMINISTRATOR, NAME)[1] is None
    with pytest.raises(NotAuthenticatedError):
        office.by(theirs)
    again = office.token(ADMINISTRATOR, NAME, "after it")
    assert may(office, again, Action.REQUEST_REBUILD)


def test_it_is_said_in_a_sentence_what_a_robot_may_use_now_and_why(office: Office) -> None:
    richard, people = who_is(office, "richard"), office.world.people
    made(office, richard)
    bound = (
        "what richard may do by a grant too, and not by a role, until an administrator vouches "
        "for it."
    )

    def said() -> str | None:
        return people.person(richard, NAME).may_use

    assert said() == (
        "It may use no right now, since nothing was granted to it; of what will be, "
        f"it may use {bound}"
    )
    office.grant(person(NAME), Right.UPLOAD)
    token = office.token(richard, NAME)
    assert said() == f"It may use no right now: of what was granted to it, it may use only {bound}"
    assert not may(office, token, Action.UPLOAD)
    office.grant(person("richard"), Right.UPLOAD, "trial")
    assert said() == f"Of what was granted to it, it may use only {bound}"
    assert may(office, token, Action.UPLOAD)
    people.set_disabled(richard, NAME, is_disabled=True)
    assert said() == "It may use nothing while it is shut out."
    people.set_disabled(richard, NAME, is_disabled=False)
    office.passwords.vouch(ADMINISTRATOR, NAME)
    assert said() == "It may use all that was granted to it."
    made(office, ADMINISTRATOR, "idle-robot", answerable="richard")
    assert people.person(richard, "idle-robot").may_use == (
        "It may use no right now, since nothing was granted to it."
    )
    assert people.person(richard, "richard").may_use is None


def test_a_robot_comes_in_no_more_while_who_answers_for_it_is_shut_out(office: Office) -> None:
    made(office, ADMINISTRATOR, answerable="lou")
    token = office.token(ADMINISTRATOR, NAME)

    office.world.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)

    with pytest.raises(NotAuthenticatedError):
        office.by(token)
    robots_of(office).change(ADMINISTRATOR, NAME, RobotChange(answerable="ed"))
    assert office.by(token).name == NAME


def test_a_robot_has_no_way_in_but_tokens(office: Office) -> None:
    made(office, ADMINISTRATOR, answerable="lou")

    for deed in (
        lambda: office.passwords.give(ADMINISTRATOR, NAME, "correct horse battery"),
        lambda: office.passwords.reset(ADMINISTRATOR, NAME),
    ):
        with pytest.raises(ConflictError, match="is a robot, and has no password"):
            deed()
    told = []
    for name in (NAME, "nobody"):
        with pytest.raises(NotAuthenticatedError) as caught:
            office.sessions.sign_in(name, "correct horse battery", address=HOME)
        told.append(str(caught.value))
    assert told[0] == told[1]
    identity = Identity(
        issuer="https://id.example.org", subject="1", email="", is_email_verified=True,
        preferred_name=NAME,
    )  # fmt: skip
    with office.world.database.read() as transaction:
        assert transaction.identities.persons_with_address(identity.email) == []


def test_a_robot_gives_itself_nothing_and_makes_no_robots(office: Office) -> None:
    lou = who_is(office, "lou")
    itself = office.by(office.token(lou, made(office, lou)))
    robots = robots_of(office)
    deeds: list[Callable[[], object]] = [
        lambda: office.token(itself, NAME, "another"),
        lambda: office.world.people.add_key(itself, NAME, certificate("lou")),
        lambda: robots.change(itself, NAME, RobotChange(purpose="more")),
        lambda: robots.delete(itself, NAME),
        lambda: made(office, itself, "second-robot", answerable="lou"),
        lambda: office.world.people.set_disabled(itself, NAME, is_disabled=True),
    ]

    for deed in deeds:
        with pytest.raises(NotAllowedError):
            deed()
    with pytest.raises(InvalidInputError, match="is a robot itself"):
        made(office, itself, "second-robot")

    assert office.world.people.person(itself, NAME).person.kind is PersonKind.ROBOT


def test_who_answers_for_a_robot_cares_for_it_and_others_do_not(office: Office) -> None:
    lou, ed, people = who_is(office, "lou"), who_is(office, "ed"), office.world.people
    robots = robots_of(office)
    made(office, lou)

    key = people.add_key(lou, NAME, certificate("lou"))
    with pytest.raises(InvalidInputError, match=r"has the address lou@example\.org"):
        people.add_key(lou, NAME, certificate("ada"))
    people.set_disabled(lou, NAME, is_disabled=True)
    people.set_disabled(lou, NAME, is_disabled=False)
    changed = robots.change(lou, NAME, RobotChange(purpose="another"))

    assert (key.person, changed.robot and changed.robot.purpose) == (NAME, "another")
    assert [robot.name for robot in robots.robots(lou)] == [NAME]
    assert robots.robots(ed) == []
    for deed in (
        lambda: people.person(ed, NAME),
        lambda: office.token(ed, NAME),
        lambda: people.set_disabled(ed, NAME, is_disabled=True),
        lambda: robots.delete(ed, NAME),
        lambda: made(office, ed, "other-robot", answerable="lou"),
        lambda: robots.change(lou, NAME, RobotChange(answerable="ed")),
    ):
        with pytest.raises(NotAllowedError):
            deed()


def test_who_answers_for_a_robot_does_not_undo_what_who_manages_people_did(office: Office) -> None:
    lou, people = who_is(office, "lou"), office.world.people
    made(office, lou)

    def undo(who: Principal) -> bool:
        return people.set_disabled(who, NAME, is_disabled=False).disabled_at is None

    people.set_disabled(lou, NAME, is_disabled=True)
    people.set_disabled(office.meg, NAME, is_disabled=True)  # takes over
    people.set_disabled(lou, NAME, is_disabled=True)  # changes nothing
    with pytest.raises(NotAllowedError, match="meg shut nightly-robot out, and not lou"):
        undo(lou)
    assert undo(who_is(office, "max"))
    people.set_disabled(ADMINISTRATOR, NAME, is_disabled=True)
    for who in (lou, office.meg):
        with pytest.raises(NotAllowedError, match="an administrator shut nightly-robot out"):
            undo(who)
    assert undo(ADMINISTRATOR)
    people.set_disabled(lou, NAME, is_disabled=True)

    assert undo(lou)


def test_a_deleted_robot_leaves_its_name_and_its_entries(office: Office) -> None:
    lou, robots = who_is(office, "lou"), robots_of(office)
    token = office.token(lou, made(office, lou))
    office.rights.add_team(ADMINISTRATOR, "kernel")
    office.rights.put_in(ADMINISTRATOR, "kernel", [person(NAME)])
    office.grant(person(NAME), Right.UPLOAD, "trial")

    robots.delete(lou, NAME)

    with pytest.raises(NotAuthenticatedError):
        office.by(token)
    with pytest.raises(GoneError):
        office.world.people.person(ADMINISTRATOR, NAME)
    with pytest.raises(ConflictError):
        made(office, ADMINISTRATOR, answerable="lou")
    with pytest.raises(NotFoundError):
        office.grant(person(NAME), Right.UPLOAD, "trial")
    entries = office.rights.audit(ADMINISTRATOR, AuditFilter())
    assert "deleted, with its tokens, keys, rights and memberships" in {
        entry.detail for entry in entries if entry.subject == f"person {NAME}"
    }


def test_one_who_manages_no_people_answers_for_so_many_robots_only(office: Office) -> None:
    lou = who_is(office, "lou")
    for number in range(ROBOTS_ANSWERED_MAX):
        made(office, lou, f"n{number}-robot")

    with pytest.raises(ConflictError, match=f"at most {ROBOTS_ANSWERED_MAX}"):
        made(office, lou)
    made(office, ADMINISTRATOR, answerable="lou")


def test_robots_take_no_room_of_persons_and_deleted_ones_none_of_others(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    lou, ed = who_is(office, "lou"), who_is(office, "ed")
    persons = len(office.world.people.persons(ADMINISTRATOR))
    monkeypatch.setattr(managing_module, "PERSONS_MAX", persons + 1)
    monkeypatch.setattr(robots_module, "ROBOTS_MAX", 2)
    monkeypatch.setattr(robots_module, "ROBOTS_MADE_MAX", 2)

    for number in range(2):
        robots_of(office).delete(lou, made(office, lou, f"n{number}-robot"))
    with pytest.raises(ConflictError, match="answers for 0 robots, and made 2"):
        made(office, lou)
    made(office, ed, "first-robot")
    made(office, ed, "second-robot")
    with pytest.raises(ConflictError, match="there are 2 robots"):
        made(office, ADMINISTRATOR, answerable="lou")

    office.add("newcomer")
    with pytest.raises(ConflictError, match=f"there are {persons + 1} persons"):
        office.add("another")


def test_who_manages_people_by_a_grant_makes_so_many_robots_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(robots_module, "ROBOTS_BY_GRANT_MAX", 1)
    meg = office.meg
    made(office, meg, answerable="ed")

    with pytest.raises(ConflictError, match="meg has made 1 robots"):
        made(office, meg, "second-robot", answerable="ed")


def test_who_manages_people_by_a_grant_makes_robots_that_may_do_no_more(office: Office) -> None:
    meg = office.meg
    made(office, meg, answerable="ed")
    office.grant(person(NAME), Right.RETRY, "trial")

    token = office.token(ADMINISTRATOR, NAME)

    assert not may(office, token, Action.RETRY_BUILD)
    with pytest.raises(NotAllowedError):
        made(office, meg, "strong-robot", answerable="ada")


@pytest.mark.parametrize("name", ["nightly", "-robot", "Nightly-robot", "robot"])
def test_a_robots_name_says_that_it_is_one_and_a_persons_does_not(
    office: Office, name: str
) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name of a robot"):
        made(office, ADMINISTRATOR, name, answerable="lou")
    with pytest.raises(InvalidInputError, match="cannot be the name of a person"):
        office.add(NAME)


def test_a_robot_is_put_into_teams_and_nobody_answers_who_cannot(office: Office) -> None:
    with pytest.raises(InvalidInputError, match="a person has to answer"):
        made(office, ADMINISTRATOR)
    made(office, ADMINISTRATOR, answerable="lou")
    with pytest.raises(InvalidInputError, match="is a robot itself"):
        made(office, ADMINISTRATOR, "second-robot", answerable=NAME)
    office.rights.add_team(ADMINISTRATOR, "kernel")
    office.rights.put_in(ADMINISTRATOR, "kernel", [person(NAME)])
    office.grant(team("kernel"), Right.RETRY, "trial")

    assert may(office, office.token(ADMINISTRATOR, NAME), Action.RETRY_BUILD)


def test_a_robot_uploads_with_a_key_of_its_own_while_somebody_answers_for_it(
    derived: Installation,
) -> None:
    office, sender = office_in(derived), Uploader(derived, name="sender", role=Role.MEMBER)
    made(office, ADMINISTRATOR, answerable="lou")
    key = str(key_of(NAME).extract_certificate()).encode()
    derived.people.add_key(ADMINISTRATOR, NAME, key)
    office.grant(person(NAME), Right.UPLOAD, "trial")
    sender.principal = office.by(office.token(ADMINISTRATOR, NAME))

    taken = sender.upload(local(), by=NAME)
    derived.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)

    assert (taken.state, taken.uploaded_by) == (UploadState.ACCEPTED, NAME)
    with derived.database.read() as transaction:
        archive = transaction.archives.named("trial")
        assert usable_keys(transaction, ADMINISTRATOR, archive) == []


def test_a_webhook_of_a_deleted_robot_stops_and_all_others_go_on(office: Office) -> None:
    sender = FakeSender()
    webhooks = webhook_service(office.world, sender)
    made(office, ADMINISTRATOR, answerable="lou")
    office.grant(person(NAME), Right.ADMINISTER, "trial")
    asked = [
        WebhookRequest(archive="trial", address=f"https://ci.example.org/{number}")
        for number in range(2)
    ]
    numbers = [
        webhooks.add(who, request)[0].number
        for who, request in zip((who_is(office, NAME), ADMINISTRATOR), asked, strict=True)
    ]
    robots_of(office).delete(ADMINISTRATOR, NAME)
    with office.world.database.write() as transaction:  # as a release that left it on did
        transaction.webhooks.set_state(numbers[0], WebhookState.ON, "")

    office.world.rebuild("hello")
    webhooks.enqueue()
    webhooks.deliver()

    of_robot, other = (webhooks.show(ADMINISTRATOR, "trial", number)[0] for number in numbers)
    assert of_robot.state is WebhookState.OFF
    assert of_robot.sentence == f"was switched off: {NAME}, who answers for it, was deleted"
    assert other.state is WebhookState.ON
    assert len(sender.sent) == 1


@pytest.mark.parametrize("end", ["deleted", "shut out"])
def test_a_robot_that_ended_since_it_was_let_in_leaves_nothing_that_lasts(
    office: Office, end: str
) -> None:
    made(office, ADMINISTRATOR, answerable="lou")
    office.grant(person(NAME), Right.ADMINISTER, "trial")
    robot = who_is(office, NAME)
    if end == "deleted":
        robots_of(office).delete(ADMINISTRATOR, NAME)
    else:
        office.world.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)

    asked = WebhookRequest(archive="trial", address="https://ci.example.org/")
    with pytest.raises(NotAllowedError, match=f"{NAME} was {end} meanwhile"):
        webhook_service(office.world, FakeSender()).add(robot, asked)
