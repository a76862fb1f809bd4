"""Which of the selected sources a request means by what was built before, read in sets."""

from collections.abc import Callable, Collection
from functools import partial

from vostok.debian.excerpt import excerpt
from vostok.domain.archive import Archive
from vostok.domain.rebuild_request import (
    Filters,
    matching_sources,
    parse_built_with,
    unrecorded_sources,
)
from vostok.errors import InvalidInputError, NotFoundError, VostokError
from vostok.services.repositories import Transaction


def filtered(
    transaction: Transaction,
    archive: Archive,
    filters: Filters,
    *,
    taken: Collection[str],
    architectures: Collection[str],
) -> Collection[str]:
    """Those of the taken sources that satisfy the filters. O(builds of the archive).

    Raises:
        InvalidInputError: a condition on a version cannot be read.
        NotFoundError: there is no such campaign, or nobody knows the builder.
    """
    if filters.is_empty:
        return taken
    _check(transaction, archive, filters)
    built_with: Collection[int] = ()
    if filters.built_with is not None:
        name, is_meant = parse_built_with(filters.built_with)
        built_with = transaction.environments.built_with(archive.id, name, is_meant).keys()
    before = None
    if filters.older_than is not None:
        before = transaction.campaigns.numbered(archive.id, filters.older_than).created_at
    return matching_sources(
        transaction.builds.records(archive.id),
        filters,
        taken=taken,
        architectures=architectures,
        built_with=built_with,
        before=before,
    )


def unrecorded(
    transaction: Transaction,
    archive: Archive,
    filters: Filters,
    *,
    taken: Collection[str],
    architectures: Collection[str],
) -> tuple[str, ...]:
    """The taken sources about which `built_with` says nothing; none if it was not asked.

    They were built before environments were recorded, or never were accepted with one.
    """
    if filters.built_with is None:
        return ()
    return tuple(
        unrecorded_sources(
            transaction.builds.records(archive.id),
            transaction.environments.recorded(archive.id),
            taken=taken,
            architectures=architectures,
        )
    )


def _check(transaction: Transaction, archive: Archive, filters: Filters) -> None:
    """Nothing, if the filters can be read.

    Raises:
        InvalidInputError: a condition cannot be read, or more than one thing is wrong: all of it.
        NotFoundError: only that there is no such campaign, or that nobody knows the builder.
    """
    faults: list[VostokError] = []
    checks: list[Callable[[], object]] = []
    if filters.built_with is not None:
        checks.append(partial(parse_built_with, filters.built_with))
    if filters.older_than is not None:
        checks.append(partial(transaction.campaigns.numbered, archive.id, filters.older_than))
    if filters.built_on is not None:
        checks.append(partial(_check_builder, transaction, archive, filters.built_on))
    for check in checks:
        try:
            check()
        except (InvalidInputError, NotFoundError) as error:
            faults.append(error)
    if len(faults) == 1:
        raise faults[0]
    if faults:
        raise InvalidInputError("; ".join(map(str, faults)), hint=faults[0].hint)


def _check_builder(transaction: Transaction, archive: Archive, name: str) -> None:
    """Nothing, if a builder has that name, or one that is gone has built here under it.

    Raises:
        NotFoundError: neither.
    """
    if transaction.builders.find(name) is not None:
        return
    if not any(record.builder == name for record in transaction.builds.records(archive.id)):
        raise NotFoundError(
            f"no builder is called {excerpt(name)}, and none of that name ever built for "
            f"{archive.name}",
            hint="see which there are: vostok builder list",
        )
