"""Shutting a person out, and letting them in again: who undoes what was done by whom."""

from datetime import datetime

from vostok.domain.access import Action, Principal, Role, is_allowed
from vostok.domain.person import Person
from vostok.errors import NotAllowedError
from vostok.services.people.managing import (
    OUT_OF_REACH,
    answers_for,
    person_of,
    person_to_manage,
    persons_to_manage,
)
from vostok.services.repositories import Transaction


def person_to_shut_out(transaction: Transaction, principal: Principal, name: str) -> Person:
    """Somebody on whom the principal may act: that it is themself is not enough."""
    if answers_for(transaction, principal, name):
        return person_of(transaction, principal, name)
    return person_to_manage(transaction, principal, name)


def shut_out(transaction: Transaction, principal: Principal, name: str, at: datetime) -> str:
    """Let a person in no more; what was done, in words, empty if they were shut out so already.

    An administrator takes over from whoever did so managing people by a grant; who manages
    people, from who answers for a robot.
    """
    person, manages = _locked(transaction, principal, name)
    before = person.disabled_by_manager
    takes_over = before is not None and manages and _is_less(principal, person, before)
    if person.disabled_at is not None and not takes_over:
        return ""
    is_administrator = principal.role is Role.ADMINISTRATOR
    transaction.people.set_disabled(
        person.id,
        person.disabled_at or at,
        by_manager=None if is_administrator else principal.name,
    )
    transaction.sessions.end_all(person.id)  # so that none lasts when they are let in
    return f"shut out, in the place of {before}" if takes_over else "shut out"


def let_in_again(transaction: Transaction, principal: Principal, name: str) -> str:
    """Let a person in who was shut out; what was done, in words, empty if they were not.

    Raises:
        NotAllowedError: an administrator shut them out, so only one lets them in again; or it is
            a robot, and somebody else did it than who answers for it and asks.
    """
    person, manages = _locked(transaction, principal, name)
    if person.disabled_at is None:
        return ""
    before = person.disabled_by_manager
    if before is None and principal.role is not Role.ADMINISTRATOR:
        raise NotAllowedError(
            f"an administrator shut {name} out",
            hint="an administrator lets them in again",
            reason=OUT_OF_REACH,
        )
    if not manages and before != principal.name:
        raise NotAllowedError(
            f"{before} shut {name} out, and not {principal.name}, who answers for it",
            hint=f"{before} lets it in again, or somebody who manages people",
            reason=OUT_OF_REACH,
        )
    transaction.people.set_disabled(person.id, None)
    transaction.sessions.end_all(person.id)
    return "let in again"


def _locked(transaction: Transaction, principal: Principal, name: str) -> tuple[Person, bool]:
    """A person as whoever had them locked left them, and whether the principal manages them.

    Who does not manage them answers for them: then it is a robot.
    """
    person = person_to_shut_out(transaction, principal, name)
    transaction.people.lock(person.id)
    manages = not answers_for(transaction, principal, name) or (
        is_allowed(principal, Action.MANAGE_PEOPLE)
        and name in persons_to_manage(transaction, principal)
    )
    return transaction.people.by_id(person.id), manages


def _is_less(principal: Principal, person: Person, before: str) -> bool:
    """Whether who shut a person out is less than the principal, who manages them."""
    if principal.role is Role.ADMINISTRATOR:
        return True
    is_by_answer = person.robot is not None and person.robot.answerable == before
    return is_by_answer and before != principal.name
