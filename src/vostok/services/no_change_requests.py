"""Requests for no-change sources: of which sources there is one already."""

from collections.abc import Iterable

from vostok.domain.archive import Archive
from vostok.domain.rebuild_plan import Candidate, Refusal
from vostok.domain.rebuild_request import ALREADY_MADE
from vostok.services.repositories import Transaction


def without_made(
    transaction: Transaction, archive: Archive, candidates: Iterable[Candidate], reason: str
) -> tuple[list[Candidate], list[Refusal]]:
    """The sources that have no no-change source for that reason, and a refusal for each other.

    So the same request, made again while no source has changed, makes nothing new; one for
    another reason, the next transition, does.
    """
    made = transaction.builds.no_change_versions(archive.id, reason)
    left: list[Candidate] = []
    refused: list[Refusal] = []
    for candidate in candidates:
        source = candidate.source
        if source.id not in made:
            left.append(candidate)
            continue
        refused.append(
            Refusal(
                source=source.name,
                code=ALREADY_MADE,
                sentence=f"{source.name} {source.version} has the no-change source "
                f"{made[source.id]} for that reason already",
            )
        )
    return left, refused
