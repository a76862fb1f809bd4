"""Evaluating selections over the packages of a suite."""

from collections.abc import Mapping

from vostok.domain.archive import Suite
from vostok.domain.package import Membership
from vostok.domain.selection import is_everything, selected_names
from vostok.errors import InvalidInputError
from vostok.services.repositories import Transaction

WHOLE = "everything is taken"


def selected(
    transaction: Transaction,
    members: Membership,
    expression: str,
    *,
    among: frozenset[str] | None = None,
) -> Mapping[str, str]:
    """Source -> why it is selected, among the current sources of a membership. O(sources).

    Args:
        transaction: to read in.
        members: the packages that the expression speaks of.
        expression: in the language of selections.
        among: only these sources are selected; None: all.

    Raises:
        InvalidInputError: the expression is malformed, or a part of it selects nothing.
    """
    names = transaction.packages.source_names(members)
    if among is not None:
        names &= among
    reason = WHOLE if is_everything(expression) else f"named by {expression[:200]}"
    return dict.fromkeys(sorted(selected_names(expression, names)), reason)


def taken_sources(
    transaction: Transaction, suite: Suite, number: int | None = None
) -> frozenset[str]:
    """Names of the sources that a derived suite takes: published and rebuilt there.

    Args:
        transaction: to read in.
        suite: a derived one.
        number: of the derivation, by default the newest.

    Raises:
        InvalidInputError: the suite is not derived.
    """
    derivation = suite.derivation
    if derivation is None:
        raise InvalidInputError(f"the suite {suite.name} is not derived from another")
    if number is not None and number != derivation.number:
        derivation = transaction.derivations.numbered(suite.id, number)
    if not derivation.is_all:
        return frozenset(transaction.derivations.taken(suite.id, derivation.number))
    removed = transaction.derivations.removals(suite.id, derivation.number)
    return transaction.packages.source_names(derivation.base) - removed.keys()
