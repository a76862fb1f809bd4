"""Which of the selected sources a request means by what was built before, read in sets."""

from collections.abc import Collection

from vostok.domain.archive import Archive
from vostok.domain.rebuild_request import Filters, matching_sources, parse_built_with
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
        NotFoundError: there is no such campaign.
    """
    if filters.is_empty:
        return taken
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
