"""What a publication makes of builds' binaries: published, replaced or withdrawn, and by what."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from vostok.domain.archive import Archive, Suite
from vostok.domain.build import Build, BuildState, Fate, fate_of_built
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import taken_sources

ACTOR = "vostok"


def settle_fates(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    shown: Collection[int],
    *,
    publication: int,
    at: datetime,
) -> None:
    """Note what became of builds' binaries, each with an event that says by what.

    Builds of which nothing is shown, and nothing waits to be, were replaced by others of their
    source; or withdrawn, where the archive has no such source any more. O(builds shown).

    Args:
        transaction: that of the publication.
        archive: whose builds.
        suite: that is published.
        shown: ids of the builds whose binaries the publication shows.
        publication: its number.
        at: when.
    """
    waiting = {b.build_id for b in transaction.deltas.unpublished_binaries(suite.id)}
    before = {fate: transaction.builds.with_fate(archive.id, fate) for fate in _SHOWN_OR_WAITING}
    builds = [build for found in before.values() for build in found]
    gone = [build for build in builds if build.id not in waiting and build.id not in shown]
    where = f"in publication {publication}"
    if gone:
        newest = {
            build.source: build
            for build in sorted(builds, key=lambda build: build.rebuild_no)
            if build.id in shown
        }
        words: dict[Fate, dict[int, str]] = defaultdict(dict)
        local = transaction.deltas.local_changes(suite.id)
        taken = taken_sources(transaction, suite) | local.keys()
        for build in gone:
            change = local.get(build.source)
            uploaded = None if change is None else change.version
            by = _replacement(build, newest.get(build.source), uploaded)
            if build.source in taken:
                never = "" if build.fate is Fate.PUBLISHED else ", before it was ever published"
                words[Fate.REPLACED][build.id] = f"replaced {where} by {by}{never}"
            else:
                words[Fate.WITHDRAWN][build.id] = (
                    f"withdrawn {where}: the archive takes {build.source} no more"
                )
        for fate, sentences in words.items():
            transaction.builds.set_fate(sentences, fate, actor=ACTOR, at=at)
    transaction.builds.set_fate(
        dict.fromkeys(shown, f"published {where}"), Fate.PUBLISHED, actor=ACTOR, at=at
    )


def note_acceptance(
    transaction: Transaction, build: Build, *, superseded_by: int | None, at: datetime
) -> None:
    """Note what becomes of the binaries of a build that was accepted."""
    others = transaction.builds.of_source(build.archive_id, build.source)
    held_by = min(
        (
            other.architecture
            for other in others
            if other.rebuild_no == build.rebuild_no and other.state not in _IN_PUBLICATIONS
        ),
        default=None,
    )
    fate, words = fate_of_built(build, superseded_by=superseded_by, held_by=held_by)
    if fate is not Fate.NONE:
        transaction.builds.set_fate({build.id: words}, fate, actor=ACTOR, at=at)


_IN_PUBLICATIONS = frozenset({BuildState.BUILT, BuildState.NOT_FOR_US})
"""States in which a build holds no other of the same rebuild."""

_SHOWN_OR_WAITING = (Fate.PUBLISHED, Fate.PENDING)


def _replacement(build: Build, newer: Build | None, uploaded: str | None) -> str:
    """What clients get in the place of a build's binaries."""
    if newer is not None:
        return f"rebuild {newer.rebuild_no}, {newer.version}"
    if uploaded is not None and uploaded != build.source_version:
        return f"{build.source} {uploaded}, which was uploaded"
    return f"the parents' own packages of {build.source}"
