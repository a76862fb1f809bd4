"""Requests for no-change sources: of which sources there is one already."""

from vostok.domain.archive import Archive
from vostok.domain.rebuild_plan import Refusal
from vostok.domain.rebuild_request import ALREADY_MADE
from vostok.services.repositories import Transaction
from vostok.services.versions.candidates import WantedSources


def without_made(
    transaction: Transaction, archive: Archive, wanted: WantedSources, reason: str
) -> tuple[WantedSources, list[Refusal]]:
    """The sources that have no no-change source for that reason, and a refusal for each other.

    So the same request, made again while no source has changed, makes nothing new; one for
    another reason, the next transition, does.
    """
    made = transaction.builds.no_change_versions(archive.id, reason)
    if not made:
        return wanted, []
    sources = [*(candidate.source for candidate in wanted.candidates), *wanted.plain.rows]
    have_one = [source for source in sources if source[0] in made]
    refused = [
        Refusal(
            source=name,
            code=ALREADY_MADE,
            sentence=f"{name} {version} has the no-change source {made[source_id]} for that "
            "reason already",
        )
        for source_id, name, version, _ in have_one
    ]
    return wanted.among(wanted.names - {name for _, name, _, _ in have_one}), refused
