"""Who may do what, person by person: the same as what their tokens may, and why."""

from itertools import product

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.test_managing_people import LINUX, Office, office_in, person, team
from tests.services.test_robots import made, robots_of

from vostok.domain.access import (
    ANONYMOUS,
    IN_ARCHIVES,
    ON_INSTALLATION,
    Principal,
    Role,
    is_allowed,
    source_limits,
)
from vostok.domain.grounds import NARROWED, KnownPerson, Permission
from vostok.domain.rights import EVERY_SOURCE, Right
from vostok.errors import NotAllowedError, NotAuthenticatedError, NotFoundError
from vostok.services.people.rights import with_rights
from vostok.services.people.standings import Standings, StandingService

PEOPLE = ("ada", "carol", "ed", "lou", "max", "meg", "richard", "root", "tess", "zoe")
LET_IN_BY_ROBOTS = ("idle-robot", "neu", "nina")


@pytest.fixture(
    params=["derived", pytest.param("derived_on_postgresql", marks=pytest.mark.database)]
)
def office_on_each(request: pytest.FixtureRequest) -> Office:
    return busy_office(request.getfixturevalue(request.param))


@pytest.fixture
def office(derived: Installation) -> Office:
    return busy_office(derived)


def busy_office(derived: Installation) -> Office:
    """Teams within each other, grants on all archives, people with guarantors, one shut out.

    Of the guarantors one is a robot that was deleted, and one a robot whose person is shut out.
    """
    found = office_in(derived)
    found.add("tess")
    found.add("zoe")
    for name in ("kernel", "drivers", "empty"):
        found.rights.add_team(ADMINISTRATOR, name)
    found.rights.put_in(ADMINISTRATOR, "kernel", [team("drivers"), person("ed")])
    found.rights.put_in(ADMINISTRATOR, "drivers", [person("tess"), person("ed")])
    found.grant(team("kernel"), Right.RETRY, "trial")
    found.grant(team("empty"), Right.MERGE, "trial")
    found.grant(person("carol"), Right.ADMINISTER)
    found.token(found.meg, "lou")  # so meg answers for lou
    found.grant(person("lou"), Right.ADMINISTER, "trial")
    found.grant(person("zoe"), Right.REBUILD, "trial")
    _add_by_robot(found, "neu", robot="gone-robot")
    _add_by_robot(found, "nina", robot="hr-robot")
    made(found, ADMINISTRATOR, "idle-robot", answerable="zoe")
    for name in ("neu", "nina", "idle-robot"):
        found.grant(person(name), Right.UPLOAD, "trial")
    robots_of(found).delete(ADMINISTRATOR, "gone-robot")
    found.world.people.set_disabled(ADMINISTRATOR, "zoe", is_disabled=True)
    return found


def _add_by_robot(office: Office, name: str, *, robot: str) -> None:
    """Somebody whose guarantor is a robot that may upload, for which zoe answers."""
    made(office, ADMINISTRATOR, robot, answerable="zoe")
    office.grant(person(robot), Right.PEOPLE)
    office.grant(person(robot), Right.UPLOAD, "trial")
    itself = office.by(office.token(ADMINISTRATOR, robot))
    office.world.people.add(itself, name, email=f"{name}@example.org", role=Role.MEMBER)


def service(office: Office) -> StandingService:
    return StandingService(office.world.database)


def themself(office: Office, name: str) -> Principal:
    """Whom a new token of a person stands for; nobody, if they are shut out."""
    with office.world.database.read() as transaction:
        if transaction.people.named(name).is_shut_out:
            return with_rights(transaction, ANONYMOUS)
    known = len(office.world.people.tokens(ADMINISTRATOR, name))
    return office.by(office.token(ADMINISTRATOR, name, f"t{known}"))


def said(found: tuple[Standings, KnownPerson], action: str) -> Permission:
    standings, known = found
    return next(one for one in standings.permissions(known) if one.action == action)


def test_what_is_told_of_everybody_is_what_they_may(office_on_each: Office) -> None:
    office = office_on_each
    places = [("trial", IN_ARCHIVES), (None, ON_INSTALLATION)]
    for is_private in (False, True):
        office.rights.set_private(ADMINISTRATOR, "trial", is_private=is_private)
        themselves = {name: themself(office, name) for name in (*PEOPLE, *LET_IN_BY_ROBOTS)}
        for (archive, actions), (name, principal) in product(places, themselves.items()):
            standings, known = service(office).of_person(ADMINISTRATOR, archive, name)
            told = standings.permissions(known)

            assert {one.action: one.is_allowed for one in told} == {
                action: is_allowed(principal, action, archive) for action in actions
            }, name
            assert all(bool(one.grounds) is one.is_allowed for one in told), name
            assert all(bool(one.refusal) is not one.is_allowed for one in told), name
            for one in told:
                if one.is_allowed and one.action in NARROWED:
                    limits = source_limits(principal, one.action, "trial")
                    assert one.limits == (() if EVERY_SOURCE in limits else limits), name


def test_the_ground_is_named_with_team_giver_and_day(office: Office) -> None:
    of = {name: service(office).of_person(ADMINISTRATOR, "trial", name) for name in PEOPLE}

    assert [str(ground) for ground in said(of["ed"], "publish").grounds] == [
        "retry, through team kernel by drivers, granted by ann on 2026-01-01",
        "retry, through team kernel, granted by ann on 2026-01-01",
    ]
    assert [str(ground) for ground in said(of["carol"], "upload").grounds] == [
        "administer, on all archives, granted by ann on 2026-01-01"
    ]
    assert [str(ground) for ground in said(of["root"], "upload").grounds] == ["as administrator"]
    assert [str(ground) for ground in said(of["richard"], "upload").grounds] == ["as developer"]
    assert [str(ground) for ground in said(of["ed"], "view").grounds] == ["everybody may"]
    assert [str(ground) for ground in said(of["ed"], "subscribe").grounds] == ["every person may"]
    assert said(of["meg"], "upload").limits == (LINUX,)


def test_what_is_missing_is_named(office: Office) -> None:
    of = {name: service(office).of_person(ADMINISTRATOR, "trial", name) for name in PEOPLE}

    assert said(of["ed"], "upload").refusal == "needs the right: upload"
    assert said(of["ed"], "manage-quotas").refusal == "only as administrator"
    assert said(of["zoe"], "request-rebuild").refusal == "shut out"
    assert (
        said(of["lou"], "delete-archive").refusal
        == "no more than meg may, until an administrator vouches"
    )
    office.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    inside = service(office).of_person(ADMINISTRATOR, "trial", "tess")
    assert [str(ground) for ground in said(inside, "view").grounds] == [
        "retry, through team kernel by drivers, granted by ann on 2026-01-01"
    ]
    assert "every person may" not in {
        str(ground)
        for standings, known in [inside]
        for one in standings.permissions(known)
        for ground in one.grounds
    }
    stranger = service(office).of_person(ADMINISTRATOR, "trial", "max")
    assert said(stranger, "view").refusal == "is told that there is no such archive"


def test_a_guarantor_that_is_no_more_or_is_shut_out_lets_nobody_do_anything(
    office: Office,
) -> None:
    of = {
        name: service(office).of_person(ADMINISTRATOR, "trial", name) for name in LET_IN_BY_ROBOTS
    }

    assert {name: said(one, "upload").refusal for name, one in of.items()} == {
        "neu": "no more than gone-robot may, until an administrator vouches",
        "nina": "no more than hr-robot may, until an administrator vouches",
        "idle-robot": "shut out",
    }


def test_everybody_with_a_role_or_a_right_there_is_listed_and_members_of_teams_by_team(
    office: Office,
) -> None:
    found = service(office).of_place(ADMINISTRATOR, "trial")

    assert [known.name for known in found.persons] == [
        "ada", "carol", "ed", "lou", "meg", "neu", "nina", "richard", "root", "tess",
    ]  # fmt: skip
    assert found.members == {"kernel": ("ed", "tess"), "empty": ()}
    held = {one.right: one for one in found.held_rights(found.persons[2])}
    assert held[Right.RETRY].is_whole
    assert not held[Right.UPLOAD].allowed


def test_of_others_than_one_knows_it_is_told_only_to_who_manages_people(office: Office) -> None:
    carol = themself(office, "carol")
    made(office, carol, "carols-robot")
    office.grant(person("zoe"), Right.RETRY, "trial")
    office.add("bob")
    office.add("away", Role.DEVELOPER)
    office.rights.add_team(ADMINISTRATOR, "choir")
    office.rights.put_in(ADMINISTRATOR, "choir", [person("bob"), person("away"), person("carol")])
    office.world.people.set_disabled(ADMINISTRATOR, "away", is_disabled=True)
    in_reach = {"bob", "zoe", "carols-robot", "tess", "richard", "carol", "nina"}
    standings = service(office)

    assert {standings.of_person(carol, "trial", name)[1].name for name in in_reach} == in_reach
    for name in ("max", "away", "gone-robot", "nobody"):
        with pytest.raises(NotFoundError) as caught:
            standings.of_person(carol, "trial", name)
        assert (str(caught.value), caught.value.hint) == (
            f"there is no person {name}", "see who there is: vostok person list",
        )  # fmt: skip
        with pytest.raises(NotFoundError):
            standings.of_place(carol, "trial").person(name)
    assert standings.of_person(ADMINISTRATOR, "trial", "away")[1].is_shut_out


def test_it_is_told_to_whoever_sees_the_rights_there_and_of_oneself(office: Office) -> None:
    tess, carol = themself(office, "tess"), themself(office, "carol")

    assert service(office).of_person(tess, "trial", "tess")[1].name == "tess"
    assert service(office).of_person(tess, None, "tess")[1].name == "tess"
    assert service(office).of_person(carol, "trial", "tess")[1].name == "tess"
    for asker, archive in ((tess, "trial"), (carol, None), (ANONYMOUS, "trial")):
        with pytest.raises((NotAllowedError, NotAuthenticatedError)):
            service(office).of_person(asker, archive, "ed")
        with pytest.raises((NotAllowedError, NotAuthenticatedError)):
            service(office).of_place(asker, archive)
    with pytest.raises(NotFoundError, match="no person nobody"):
        service(office).of_person(carol, "trial", "nobody")
    office.rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    with pytest.raises(NotFoundError, match="no archive trial"):
        service(office).of_person(themself(office, "max"), "trial", "max")
