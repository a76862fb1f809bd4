"""Whether what a build is of is still what its suite has, and what becomes of it if not."""

from collections.abc import Collection

from vostok.domain.archive import Suite
from vostok.domain.build import Attempt, Build, BuildState
from vostok.services.repositories import Transaction
from vostok.services.views.editions import base_of, derivation_of


def superseded_by(transaction: Transaction, suite: Suite, build: Build) -> int | None:
    """The derivation in which what was built is not the current version any more; else None.

    There is another version then, or none: a narrower selection leaves the base as it is.
    """
    local = transaction.deltas.local_changes(suite.id).get(build.source)
    number = derivation_of(suite).number
    if local is not None:
        return None if local.version == build.source_version else number
    if build.source not in taken_of(transaction, suite, [build.source]):
        return number
    there = transaction.packages.sources_named(base_of(suite), [build.source])
    return None if build.source_id in {source.id for source in there} else number


def taken_of(transaction: Transaction, suite: Suite, names: Collection[str]) -> Collection[str]:
    """Those of these names that the selection of a derived suite takes; of "all" each.

    Whether the base has them is not asked.
    """
    derivation = derivation_of(suite)
    if derivation.is_all:
        return names
    return transaction.derivations.taken_names(suite.id, derivation.number, among=names)


def stopped(transaction: Transaction, build: Build, attempt: Attempt) -> tuple[BuildState, str]:
    """What a build that was being stopped is now: superseded where that is why, or as well.

    The newest event says why: it may have been overtaken while it was being cancelled.
    """
    suite = transaction.archives.suite(build.suite_id)
    is_overtaken = build.control_of is None and (  # a control looks at what was
        superseded_by(transaction, suite, build) is not None
    )
    why = transaction.builds.events(build.id)[-1].sentence
    state = BuildState.SUPERSEDED if is_overtaken else BuildState.CANCELLED
    return state, f"attempt {attempt.number} was stopped: {why}"
