"""Whom and which teams somebody may manage, asked within the transaction that does it.

The rule is `vostok.domain.managing_people`. What was granted is read anew there: a right that was
taken a moment ago counts no more.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from vostok.domain.access import Action, Principal, Role, require
from vostok.domain.managing_people import Standing, may_act_on, may_act_on_team
from vostok.domain.person import PERSONS_BY_GRANT_MAX, PERSONS_MAX, Person
from vostok.domain.rights import NO_RIGHTS, Holder, HolderKind, Team
from vostok.errors import ConflictError, NotAllowedError
from vostok.services.repositories import Transaction

OUT_OF_REACH = "out-of-reach"
"""The reason of a refusal: somebody manages people, but not these."""


def is_themself(principal: Principal, name: str | None) -> bool:
    """Whether the principal is that person, and shows all that they may."""
    return principal.person_id is not None and principal.name == name and principal.is_whole


def person_to_manage(transaction: Transaction, principal: Principal, name: str) -> Person:
    """A person, if the principal may act on them.

    Raises:
        NotAllowedError: the principal manages no people; or by a grant, and the person may do
            more than they, or manages something of the installation.
        NotFoundError: there is no such person.
    """
    require(principal, Action.MANAGE_PEOPLE, name)
    person = transaction.people.named(name)
    if principal.role is Role.ADMINISTRATOR:
        return person
    standing = Standing(role=person.role, rights=transaction.rights.granted_to(person.id))
    if not may_act_on(_as_now(transaction, principal), standing):
        raise NotAllowedError(
            f"{name} may do more than {principal.name}, who manages people by a grant",
            hint="an administrator does it",
            reason=OUT_OF_REACH,
        )
    return person


def person_of(transaction: Transaction, principal: Principal, name: str) -> Person:
    """The same; and everybody may act on themselves, and on robots for which they answer."""
    if is_themself(principal, name) or answers_for(transaction, principal, name):
        return transaction.people.named(name)
    return person_to_manage(transaction, principal, name)


def answers_for(transaction: Transaction, principal: Principal, name: str) -> bool:
    """Whether there is a robot of that name for which the principal answers."""
    if principal.person_id is None or not is_themself(principal, principal.name):
        return False
    robots = transaction.robots.answered_by(principal.person_id)
    return name in {robot.name for robot in robots}


def persons_to_manage(transaction: Transaction, principal: Principal) -> frozenset[str]:
    """The names of all on whom the principal may act. O(persons + members of teams + grants)."""
    persons = transaction.people.all()
    if principal.role is Role.ADMINISTRATOR:
        return frozenset(person.name for person in persons)
    manager, granted = _as_now(transaction, principal), transaction.rights.granted_to_persons()
    return frozenset(
        person.name
        for person in persons
        if may_act_on(
            manager, Standing(role=person.role, rights=granted.get(person.id, NO_RIGHTS))
        )
    )


def check_room_for_another(transaction: Transaction, adder: Principal | None) -> None:
    """Nothing, if a person can be added. `adder`: who does it; None: a provider of identities.

    Raises:
        ConflictError: there are as many as there may be, or as one may add by a grant.
    """
    if transaction.people.count() >= PERSONS_MAX:
        raise ConflictError(
            f"there are {PERSONS_MAX} persons, and cannot be more",
            hint="nobody is ever deleted; see who there is: vostok person list",
        )
    if adder is None or adder.role is Role.ADMINISTRATOR:
        return
    if transaction.people.count(created_by=adder.name) >= PERSONS_BY_GRANT_MAX:
        raise ConflictError(
            f"{adder.name} has added {PERSONS_BY_GRANT_MAX} persons, and by a grant adds no more",
            hint="an administrator adds them: vostok person add",
        )


def note_way_in(
    transaction: Transaction, principal: Principal, person: Person, at: datetime
) -> None:
    """Note that the principal handed a person a way in, or may have kept one.

    By a grant that limits the person to what the principal may do; administrators know what they
    do. Until the transaction ends no administrator vouches for the person: the way in ends with
    the others then, or was noted after.

    Raises:
        NotAllowedError: it is the principal's own, and an administrator vouched for them since
            they were let in, by a way that has ended then; or the principal is a robot, which
            would outlast its tokens so.
    """
    if principal.person_id == person.id and person.robot is not None:
        raise NotAllowedError(
            f"{person.name} is a robot, and gives itself neither tokens nor keys",
            hint=f"{person.robot.answerable} does it, who answers for it",
        )
    if principal.person_id == person.id:
        check_still_let_in(transaction, principal)
        return
    transaction.people.lock(person.id)
    if principal.role is not Role.ADMINISTRATOR and principal.person_id is not None:
        transaction.guarantees.add(person.id, principal.person_id, at)


def check_still_let_in(transaction: Transaction, principal: Principal) -> None:
    """Nothing, if the principal is no person, or the way by which they were let in has not ended.

    Asked first in a transaction that makes something that lasts on their behalf. Until it ends no
    administrator vouches for the person, and nobody shuts them out or deletes the robot.

    Raises:
        NotAllowedError: since they were let in an administrator vouched for them, or they, or who
            answers for the robot, were shut out; or the robot was deleted.
    """
    if principal.person_id is None:
        return
    transaction.people.lock(principal.person_id)
    person = transaction.people.by_id(principal.person_id)
    is_deleted = person.robot is not None and person.robot.deleted_at is not None
    if is_deleted or person.is_shut_out:
        raise NotAllowedError(
            f"{person.name} was {'deleted' if is_deleted else 'shut out'} meanwhile",
            hint="who administers the installation can say why",
        )
    now = transaction.rights.of_person(principal.person_id).guarantors
    if not set(principal.rights.guarantors) <= set(now):
        raise NotAllowedError(
            f"an administrator vouched for {principal.name} meanwhile, and all ways in ended",
            hint="sign in again",
        )


def team_to_manage(transaction: Transaction, principal: Principal, name: str) -> Team:
    """A team, if the principal may change who is in it.

    Raises:
        NotAllowedError: the principal manages no people; or by a grant, and the team, or one that
            it lies in, has a quota or was granted what they do not hold.
        NotFoundError: there is no such team.
    """
    require(principal, Action.MANAGE_PEOPLE, name)
    team = transaction.teams.named(name)
    if team.name not in teams_to_manage(transaction, principal):
        raise NotAllowedError(
            f"the team {name} may do more than {principal.name}, who manages people by a grant, "
            f"or is limited",
            hint="an administrator does it",
            reason=OUT_OF_REACH,
        )
    return team


def teams_to_manage(transaction: Transaction, principal: Principal) -> frozenset[str]:
    """The names of all teams that the principal may change. O(members of teams + grants)."""
    teams = transaction.teams.all()
    if principal.role is Role.ADMINISTRATOR:
        return frozenset(team.name for team in teams)
    manager, granted = _as_now(transaction, principal), transaction.rights.granted_to_teams()
    limited = transaction.rights.limited_teams()
    return frozenset(
        team.name
        for team in teams
        if may_act_on_team(manager, granted.get(team.id, NO_RIGHTS), has_limits=team.id in limited)
    )


def check_members(
    transaction: Transaction, principal: Principal, members: Sequence[Holder]
) -> None:
    """Nothing, if the principal may act on all of them.

    Raises:
        NotAllowedError: not on one of them.
        NotFoundError: there is no such person or team.
    """
    if principal.role is Role.ADMINISTRATOR:
        return
    teams, persons = (
        teams_to_manage(transaction, principal),
        persons_to_manage(transaction, principal),
    )
    for member in members:  # asked again one by one only to say what is wrong
        if member.kind is HolderKind.TEAM and member.name not in teams:
            team_to_manage(transaction, principal, member.name)
        elif member.kind is HolderKind.PERSON and member.name not in persons:
            person_to_manage(transaction, principal, member.name)


def _as_now(transaction: Transaction, principal: Principal) -> Principal:
    """The principal with what they may use now, who must still manage people.

    Raises:
        NotAllowedError: that right was taken from them since they were let in.
    """
    now = replace(principal, rights=transaction.rights.of_person(principal.person_id))
    require(now, Action.MANAGE_PEOPLE, "the people")
    return now
