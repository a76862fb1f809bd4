"""How long old publications are kept."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vostok.domain.publication import Publication


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Which publications stay whatever their age, and how long the others do.

    Attributes:
        publications_kept: so many of the newest stay.
        publication_age: of the others each stays for so long after the next took its place, as a
            client may be reading by the Release file that it had.
        view_age: the indices of a view stay for so long after they were written, and while an
            attempt reads them. They are written again when somebody asks.
    """

    publications_kept: int
    publication_age: timedelta
    view_age: timedelta


def collectable(
    publications: Sequence[Publication],
    needed: Collection[int],
    retention: Retention,
    now: datetime,
) -> list[int]:
    """Numbers of the publications of a suite that may go: none that somebody keeps.

    Args:
        publications: those that are kept until now, the newest first.
        needed: numbers that something else still speaks of.
        retention: what stays.
        now: the present moment.
    """
    replaced_before = now - retention.publication_age
    old = publications[max(retention.publications_kept, 1) :]
    newer = publications[max(retention.publications_kept, 1) - 1 :]
    return [
        publication.number
        for publication, following in zip(old, newer, strict=False)
        if following.at < replaced_before
        and publication.number not in needed
        and publication.kept_as is None
    ]
