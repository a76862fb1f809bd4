"""Whom somebody knows who grants in one archive: decision 46."""

from typing import Final

from vostok.domain.access import Action, Principal, is_allowed
from vostok.domain.person import PERSONS_MAX
from vostok.domain.rights import TEAMS_MAX, Holder, HolderKind
from vostok.services.repositories import Transaction

NAMES_KNOWN_MAX: Final = 200
"""Of those that are suggested to who grants in an archive."""


def known_names(
    transaction: Transaction,
    principal: Principal,
    archive: str,
    *,
    count_max: int = NAMES_KNOWN_MAX,
) -> list[Holder]:
    """Persons and teams whom somebody meets already who administers an archive; none shut out.

    Those who hold a right on an archive that they administer; their teams and who is in these;
    robots for which they answer, themselves. Teams first, each by name.
    """
    administered = [
        name
        for name in {archive, *principal.rights.by_archive}
        if is_allowed(principal, Action.SEE_RIGHTS, name)
    ]
    found = set(transaction.rights.holders(administered, count_max=count_max))
    if principal.person_id is not None:
        found.update(transaction.teams.around(principal.person_id, count_max=count_max))
        robots = transaction.robots.answered_by(principal.person_id)
        found.update(
            Holder(kind=HolderKind.PERSON, name=one.name) for one in robots if not one.is_shut_out
        )
    by_kind = sorted(found, key=lambda one: (one.kind is HolderKind.PERSON, one.name))
    return by_kind[:count_max]


def known_persons(
    transaction: Transaction, principal: Principal, archive: str | None
) -> frozenset[str] | None:
    """Of whom the principal may be told who have nothing in a place; None: of all.

    Of others not even that they are here: whoever makes an archive administers one.
    """
    if archive is None or is_allowed(principal, Action.MANAGE_PEOPLE):
        return None
    if not is_allowed(principal, Action.SEE_RIGHTS, archive):
        return frozenset({principal.name})
    around = known_names(transaction, principal, archive, count_max=PERSONS_MAX + TEAMS_MAX)
    names = {one.name for one in around if one.kind is HolderKind.PERSON}
    if principal.person_id is not None:  # shut out too
        names.update(one.name for one in transaction.robots.answered_by(principal.person_id))
    return frozenset({principal.name, *names})
