"""What a Release is against the one that was imported last: the same, or an older one.

An older one is a replay, or of a mirror that lags. `Valid-Until` bounds how long somebody can
show what was signed once; until then only comparing with what is here tells. apt, too, does not
go back.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from vostok.domain.access import SYSTEM, Principal
from vostok.domain.archive import Suite
from vostok.domain.job import Job
from vostok.domain.snapshot import Snapshot
from vostok.domain.whole_copy import RELEASE_PATH
from vostok.errors import UnavailableError
from vostok.services.audit import note
from vostok.services.importing.release_reading import ReadSuite
from vostok.services.ports import Clock
from vostok.services.repositories import Transaction


def is_current(
    transaction: Transaction,
    suite: Suite | None,
    newest: Snapshot | None,
    arguments: Mapping[str, Any],
    read: ReadSuite,
) -> bool:
    """Whether a suite's newest snapshot is of this Release and of what is asked for."""
    if suite is None or newest is None or newest.release_sha256 != read.sha256:
        return False
    files = transaction.snapshots.files(suite.id, suite.snapshot)
    kept = {_plain(file.path) for file in files if file.path != RELEASE_PATH}
    return (
        suite.components == tuple(arguments["components"])
        and suite.architectures == tuple(arguments["architectures"])
        and kept == {_plain(placed.offer.path) for placed in read.offers()}
    )


def check_age(read: ReadSuite, newest: Snapshot | None, *, is_older_allowed: bool) -> bool:
    """Whether a Release is older than that of the newest snapshot, and was allowed to be.

    Args:
        read: what the mirror offers now.
        newest: what is here; None for a suite that is new.
        is_older_allowed: take it all the same.

    Raises:
        UnavailableError: it is older, and was not allowed to be.
    """
    known = None if newest is None else newest.release_date
    if known is None or read.date >= known:
        return False
    if not is_older_allowed:
        raise UnavailableError(
            f"the InRelease of the suite {read.name} is of {_words(read.date)}, older than that "
            f"of the last import, of {_words(known)}: somebody may be replaying an old state",
            hint="the mirror may lag: import again later, or name another with --mirror URL; to "
            "go back to the older state: --allow-older",
        )
    return True


def note_age(
    transaction: Transaction, clock: Clock, job: Job, document: Mapping[str, Any], number: int
) -> None:
    """Have the audit log tell of a snapshot that was taken of an older Release, if it was.

    Args:
        transaction: the one that stores the snapshot.
        clock: says when.
        job: the import.
        document: of the suite, as its first step left it.
        number: of the snapshot.
    """
    if not document.get("is_older"):
        return
    date = datetime.fromtimestamp(document["date"], UTC)
    note(
        transaction,
        clock,
        Principal(name=job.requested_by, role=SYSTEM.role),
        job.kind,
        archive=str(job.arguments["name"]),
        subject=document["suite"],
        detail=f"job {job.id}; snapshot {number} is of an InRelease of {_words(date)}, which is "
        "older than the one before, as was asked",
    )


def _words(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _plain(path: str) -> str:
    """The path of an index without the ending of its compression or the address of its mirror."""
    if "://" in path:
        path = "/".join(path.split("/")[path.split("/").index("dists") + 2 :])
    stem, _, ending = path.rpartition(".")
    return stem if ending in {"xz", "gz", "bz2"} else path
