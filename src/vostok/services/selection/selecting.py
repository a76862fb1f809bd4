"""Evaluating selections over the packages of a suite."""

from collections.abc import Mapping, Sequence

from vostok.domain.archive import Suite
from vostok.domain.package import Membership
from vostok.domain.selection.evaluation import WHOLE, evaluate
from vostok.domain.selection.facts import is_everything, wanted_facts
from vostok.domain.selection.parser import parse_selection
from vostok.errors import InvalidInputError
from vostok.services.repositories import Transaction
from vostok.services.selection.local_packages import LocalPackages, local_packages
from vostok.services.selection.selection_facts import selection_facts
from vostok.services.views.editions import derivation_of


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
    local: LocalPackages | None = None,
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
        local: somebody's own sources that stand over the members.

    Raises:
        InvalidInputError: the expression is malformed, or strict and a part of it names nothing.
    """
    parsed = parse_selection(expression)
    if is_everything(parsed):
        names = transaction.packages.source_names(members)
        names |= frozenset() if local is None else local.names
        return dict.fromkeys(sorted(names if among is None else names & among), WHOLE)
    if architectures is None:
        architectures = transaction.archives.suite(members.suite_id).architectures
    facts = selection_facts(transaction, members, wanted_facts(parsed), architectures, local)
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
        raise InvalidInputError(
            f"the suite {suite.name} is not derived from another",
            hint="look at the archives: vostok archive list",
        )
    if number is not None and number != derivation.number:
        derivation = transaction.derivations.numbered(suite.id, number)
    if not derivation.is_all:
        return transaction.derivations.taken_names(suite.id, derivation.number)
    removed = transaction.derivations.removals(suite.id, derivation.number)
    return transaction.packages.source_names(derivation.base) - removed.keys()


def selected_here(
    transaction: Transaction,
    suite: Suite,
    expression: str,
    *,
    among: frozenset[str] | None = None,
    architectures: Sequence[str] | None = None,
) -> Mapping[str, str]:
    """Source -> why it is selected, among what a derived suite takes and what was uploaded to it.

    Uploaded sources are seen as they are, with the packages that were built of them, over those
    of the parents. Costs what `selected` does.

    Args:
        transaction: to read in.
        suite: a derived one.
        expression: in the language of selections.
        among: only these sources are selected; None: all that are taken or were uploaded.
        architectures: whose binary packages and dependencies count; None: all of the suite.

    Raises:
        InvalidInputError: as for `selected`.
    """
    derivation = derivation_of(suite)
    local = current_local(transaction, suite)
    if among is None:
        among = sources_here(transaction, suite, local)
        if takes_everything(expression):
            return dict.fromkeys(sorted(among), WHOLE)
    return selected(
        transaction,
        derivation.base,
        expression,
        among=among,
        architectures=suite.architectures if architectures is None else architectures,
        local=local,
    )


def current_local(transaction: Transaction, suite: Suite) -> LocalPackages | None:
    """What was uploaded to a derived suite and is neither removed nor replaced there."""
    number = derivation_of(suite).number
    removed = transaction.derivations.removals(suite.id, number)
    return local_packages(transaction, suite, but=removed.keys())


def sources_here(
    transaction: Transaction, suite: Suite, local: LocalPackages | None
) -> frozenset[str]:
    """Names of what a derived suite takes, and of what was uploaded to it."""
    taken = taken_sources(transaction, suite)
    return taken if local is None else taken | local.names
