"""The changelog entries of rebuilds: one text and one date for all architectures."""

from datetime import datetime

from vostok.debian.changelog import changelog_entry
from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Build, RebuildForm
from vostok.services.repositories import Transaction


def entry_of(
    transaction: Transaction, build: Build, archive: Archive, suite: Suite
) -> tuple[str, datetime]:
    """The entry that a build's version stands in, and its date."""
    at = build.created_at
    if build.campaign_id is not None:
        at = transaction.campaigns.by_id(build.campaign_id).created_at
    at = at.replace(microsecond=0)
    text = changelog_entry(
        source=build.source,
        version=build.version,
        distribution=suite.name,
        text_lines=[
            f"Rebuild {build.rebuild_no} in the derived archive {archive.name}; no source changes."
        ],
        maintainer=f"Archive {archive.name} <{archive.name}@vostok.invalid>",
        date=at,
        binary_only=build.form is RebuildForm.BINARY_ONLY,
    )
    return text, at
