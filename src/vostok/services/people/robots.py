"""Robots: programs that act by tokens and keys of their own, and the persons who answer for them.

What a robot may do is granted to it as to any member. Whoever makes one, or hands it a token or a
key, without being an administrator is its guarantor (`vostok.domain.managing_people`).
"""

from dataclasses import dataclass

from vostok.domain.access import Action, Principal, Role, is_allowed, require
from vostok.domain.person import (
    ROBOTS_ANSWERED_MAX,
    ROBOTS_BY_GRANT_MAX,
    ROBOTS_MADE_MAX,
    ROBOTS_MAX,
    Person,
    RobotDetails,
    check_purpose,
    check_robot_name,
)
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from vostok.services.audit import note
from vostok.services.people.managing import (
    OUT_OF_REACH,
    check_still_let_in,
    is_themself,
    note_way_in,
    person_of,
    person_to_manage,
    persons_to_manage,
)
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotRequest:
    """A robot that somebody wants; `answerable` None: they answer for it themselves."""

    name: str
    purpose: str
    answerable: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotChange:
    """What is to be changed of a robot; None: it stays."""

    purpose: str | None = None
    answerable: str | None = None


class RobotService:
    """Makes, changes and deletes robots. Their tokens and keys are as those of persons."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(self, principal: Principal, request: RobotRequest) -> Person:
        """A new robot, which comes in once it has a token.

        Who manages people makes one for which anybody answers on whom they may act; every person
        some for which they answer themselves.

        Raises:
            InvalidInputError: name or purpose is not possible; or nobody answers for it.
            ConflictError: there is or was one of that name; or there are too many.
            NotAllowedError: others answer for it, and the principal may not act on them.
        """
        if not _is_own(principal, request):
            require(principal, Action.MANAGE_PEOPLE, request.name)
        check_robot_name(request.name)
        check_purpose(request.purpose)
        now = self._clock.now()
        with self._database.write() as transaction:
            answerable = self._answering(transaction, principal, request.answerable)
            check_still_let_in(transaction, principal)
            _check_room(transaction, principal)
            robot = transaction.people.add(
                request.name, email=None, role=Role.MEMBER, by=principal.name, at=now
            )
            transaction.robots.add(robot.id, purpose=request.purpose, answerable_id=answerable.id)
            note_way_in(transaction, principal, robot, now)
            said = f"added as robot, {answerable.name} answers for it: {request.purpose}"
            self._note(transaction, principal, request.name, said)
            return transaction.people.by_id(robot.id)

    def robots(self, principal: Principal) -> list[Person]:
        """Those on which the principal may act, by name."""
        is_person = is_themself(principal, principal.name)
        if not is_person:
            require(principal, Action.MANAGE_PEOPLE, "the robots")
        with self._database.read() as transaction:
            own = (
                {one.name for one in transaction.robots.answered_by(principal.person_id)}
                if is_person and principal.person_id is not None
                else set()
            )
            if is_allowed(principal, Action.MANAGE_PEOPLE):
                own |= persons_to_manage(transaction, principal)
            everybody = transaction.people.all()
        return [one for one in everybody if one.robot is not None and one.name in own]

    def change(self, principal: Principal, name: str, wanted: RobotChange) -> Person:
        """A robot with another purpose, or for which somebody else answers from now on.

        Its guarantors stay: what ends with that person, only an administrator gives back.

        Raises:
            InvalidInputError: the purpose is not possible, or a robot would answer.
            NotFoundError: there is no such robot.
            NotAllowedError: only who manages people has somebody else answer.
        """
        with self._database.write() as transaction:
            transaction.people.lock(_robot_of(transaction, principal, name)[0].id)
            robot, details = _robot_of(transaction, principal, name)  # as the last left it
            purpose = details.purpose if wanted.purpose is None else check_purpose(wanted.purpose)
            answerable = transaction.people.named(details.answerable)
            if wanted.answerable not in {None, answerable.name}:
                person_to_manage(transaction, principal, name)
                answerable = self._answering(transaction, principal, wanted.answerable)
            if (purpose, answerable.name) == (details.purpose, details.answerable):
                return robot
            transaction.robots.change(robot.id, purpose=purpose, answerable_id=answerable.id)
            if purpose != details.purpose:
                self._note(transaction, principal, name, f"purpose changed: {purpose}")
            if answerable.name != details.answerable:
                said = f"{answerable.name} answers for it, instead of {details.answerable}"
                self._note(transaction, principal, name, said)
            return transaction.people.by_id(robot.id)

    def delete(self, principal: Principal, name: str) -> None:
        """End a robot: tokens, keys, rights, memberships. What it did keeps its name.

        Raises:
            NotFoundError: there is no such robot.
        """
        now = self._clock.now()
        with self._database.write() as transaction:
            robot, _ = _robot_of(transaction, principal, name)
            transaction.people.lock(robot.id)
            transaction.people.end_tokens_and_keys(robot.id, now, doubted_since=now)
            transaction.webhooks.switch_off_of(name, f"was switched off: {name} was deleted")
            transaction.robots.delete(robot.id, by=principal.name, at=now)
            said = "deleted, with its tokens, keys, rights and memberships"
            self._note(transaction, principal, name, said)

    def _answering(
        self, transaction: Transaction, principal: Principal, name: str | None
    ) -> Person:
        """Who is to answer for a robot, who must be a person, and not be shut out."""
        if name is None and principal.person_id is None:
            raise InvalidInputError(
                "a person has to answer for a robot",
                hint="name one: vostok robot add NAME --purpose TEXT --answerable PERSON",
                reason="nobody-answers",
            )
        found = person_of(transaction, principal, name or principal.name)
        if found.robot is not None:
            raise InvalidInputError(
                f"{found.name} is a robot itself, and answers for none",
                hint="name a person: vostok robot add NAME --purpose TEXT --answerable PERSON",
                reason="nobody-answers",
            )
        if found.disabled_at is not None:
            raise ConflictError(
                f"{found.name} is shut out, and answers for nothing",
                hint=f"name somebody else, or let them in: vostok person enable {found.name}",
            )
        return found

    def _note(
        self, transaction: Transaction, principal: Principal, name: str, detail: str
    ) -> None:
        note(
            transaction, self._clock, principal, Action.MANAGE_PEOPLE,
            subject=f"person {name}", detail=detail,
        )  # fmt: skip


def _is_own(principal: Principal, request: RobotRequest) -> bool:
    """Whether a person asks for one for which they answer themselves."""
    is_theirs = request.answerable in {None, principal.name}
    return is_theirs and is_themself(principal, principal.name)


def _check_room(transaction: Transaction, principal: Principal) -> None:
    """Nothing, if there can be another robot, and the principal has made few enough.

    Those that were deleted count for whoever made them and for nobody else.
    """
    if transaction.robots.count() >= ROBOTS_MAX:
        raise ConflictError(
            f"there are {ROBOTS_MAX} robots, and cannot be more",
            hint="delete one that is not needed: vostok robot list",
        )
    if principal.person_id is None or principal.role is Role.ADMINISTRATOR:
        return
    made = transaction.robots.count_made(principal.name)
    if is_allowed(principal, Action.MANAGE_PEOPLE):
        if made >= ROBOTS_BY_GRANT_MAX:
            raise ConflictError(
                f"{principal.name} has made {made} robots, and by a grant makes no more",
                hint="an administrator makes it: vostok robot add",
            )
        return
    answered = len(transaction.robots.answered_by(principal.person_id))
    if answered >= ROBOTS_ANSWERED_MAX or made >= ROBOTS_MADE_MAX:
        raise ConflictError(
            f"{principal.name} answers for {answered} robots, and made {made}; at most "
            f"{ROBOTS_ANSWERED_MAX} and {ROBOTS_MADE_MAX}",
            hint="delete one that is not needed: vostok robot list; or ask who manages people",
        )


def details_of(found: Person) -> RobotDetails:
    """What is known of a robot more than of a person.

    Raises:
        NotFoundError: that is a person.
    """
    if found.robot is None:
        raise NotFoundError(
            f"{found.name} is a person, and no robot",
            hint="see which there are: vostok robot list",
        )
    return found.robot


def _robot_of(
    transaction: Transaction, principal: Principal, name: str
) -> tuple[Person, RobotDetails]:
    """A robot, if the principal may act on it and is not it.

    Raises:
        NotFoundError: that is a person.
        NotAllowedError: it is the principal itself.
    """
    found = person_of(transaction, principal, name)
    details = details_of(found)
    if found.id == principal.person_id:
        raise NotAllowedError(
            f"{name} is a robot, and changes nothing of itself",
            hint=f"{details.answerable} does it, who answers for it",
            reason=OUT_OF_REACH,
        )
    return found, details
