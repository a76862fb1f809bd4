"""Evaluating selections over the packages of a suite."""

from collections.abc import Mapping, Sequence

from vostok.domain.archive import Suite
from vostok.domain.package import Membership
from vostok.domain.selection.evaluation import WHOLE, evaluate
from vostok.domain.selection.facts import is_everything, wanted_facts
from vostok.domain.selection.parser import parse_selection
from vostok.errors import InvalidInputError
from vostok.services.repositories import Transaction
from vostok.services.selection_facts import selection_facts


def takes_everything(expression: str) -> bool:
    """Whether an expression takes every source there is, now and after each sync.

    Raises:
        InvalidInputError: the expression is malformed.
    """
    return is_everything(parse_selection(expression))


def selected(
    transaction: Transaction,
    members: Membership,
    expression: str,
    *,
    among: frozenset[str] | None = None,
    architectures: Sequence[str] | None = None,
    is_strict: bool = True,
) -> Mapping[str, str]:
    """Source -> why it is selected, by name, among the current sources of a membership.

    O(sources) for names and globs; O(archive) where the expression asks for fields, or for
    dependencies the first time.

    Args:
        transaction: to read in.
        members: the packages that the expression speaks of.
        expression: in the language of selections.
        among: only these sources are selected; None: all.
        architectures: whose binary packages and dependencies count; None: all of the suite.
        is_strict: refuse an expression of which a part names nothing. A stored expression is
            evaluated without: what it named may have left the archive.

    Raises:
        InvalidInputError: the expression is malformed, or strict and a part of it names nothing.
    """
    parsed = parse_selection(expression)
    if is_everything(parsed):
        names = transaction.packages.source_names(members)
        return dict.fromkeys(sorted(names if among is None else names & among), WHOLE)
    if architectures is None:
        architectures = transaction.archives.suite(members.suite_id).architectures
    facts = selection_facts(transaction, members, wanted_facts(parsed), architectures)
    return evaluate(parsed, facts, among=among, is_strict=is_strict, text=expression)


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
