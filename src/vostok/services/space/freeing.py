"""What goes with a deleted archive outside the database: files, logs, its key, engine rows.

What may have to go is written down in the transaction that takes the archive's rows away. From
then on each part is done in short transactions that can be cut off anywhere and done again with
the same result, however long the list is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vostok.domain.deletion import Candidate, CandidateKind
from vostok.services.ports import ContentStore, JobEngine, LogStore, Signer
from vostok.services.repositories import Database, Transaction

CANDIDATES_AT_ONCE_MAX = 2_000
EXAMPLES_MAX = 5

Tell = Callable[[int], None]
"""Called with how many candidates were looked at since."""


class Freer:
    """Measures and takes away what an archive left."""

    def __init__(
        self,
        database: Database,
        store: ContentStore,
        logs: LogStore,
        signer: Signer,
        engine: JobEngine,
    ) -> None:
        self._database = database
        self._store = store
        self._logs = logs
        self._signer = signer
        self._engine = engine

    def measure(self, archive_id: int, tell: Tell) -> None:
        """Look how large each candidate is; those that are not there are struck off.

        Before anything is taken away, so that what is told afterwards does not depend on where
        the taking away was cut off.
        """
        for kind in CandidateKind:
            while True:
                with self._database.write() as transaction:
                    found = transaction.deletion.candidates(
                        archive_id, kind, is_measured=False, rows_max=CANDIDATES_AT_ONCE_MAX
                    )
                    sizes = self._sizes(kind, [candidate.name for candidate in found])
                    transaction.deletion.measure(archive_id, kind, list(sizes.items()))
                    transaction.deletion.forget(
                        archive_id, kind, (c.name for c in found if c.name not in sizes)
                    )
                if not found:
                    break
                tell(len(found))

    def free(self, archive_id: int, tell: Tell) -> None:
        """Take every candidate away that nobody else needs."""
        for kind in CandidateKind:
            while True:
                with self._database.read() as transaction:
                    found = transaction.deletion.candidates(
                        archive_id, kind, is_measured=True, rows_max=CANDIDATES_AT_ONCE_MAX
                    )
                if not found:
                    break
                names = [candidate.name for candidate in found]
                if kind is CandidateKind.FILE:
                    self._free_files(archive_id, names)
                else:
                    self._free_others(archive_id, kind, names)
                tell(len(found))

    def report(self, transaction: Transaction, archive_id: int) -> dict[str, Any]:
        """What was taken away and what stayed, of the candidates that are settled."""
        settled = transaction.deletion.settled(archive_id)
        files = settled.get((CandidateKind.FILE, False), (0, 0))
        shared = settled.get((CandidateKind.FILE, True), (0, 0))
        logs = settled.get((CandidateKind.LOG, False), (0, 0))
        keys = settled.get((CandidateKind.KEY, False), (0, 0))
        return outside_report(
            files=files,
            logs=logs,
            has_key=keys[0] > 0,
            shared=shared,
            examples=examples_of(
                transaction, transaction.deletion.shared_candidates(archive_id, EXAMPLES_MAX)
            ),
        )

    def _sizes(self, kind: CandidateKind, names: Sequence[str]) -> Mapping[str, int]:
        """Bytes of those that are there."""
        match kind:
            case CandidateKind.FILE:
                return self._store.sizes(names)
            case CandidateKind.LOG:
                found = {name: self._logs.total(int(name)) for name in names}
                return {name: size for name, size in found.items() if size}
            case CandidateKind.KEY:
                held = self._signer.fingerprints()
                return {name: 0 for name in names if name in held}
            case CandidateKind.JOB | CandidateKind.GRAPH:
                return dict.fromkeys(names, 0)

    def _free_files(self, archive_id: int, names: Sequence[str]) -> None:
        """All candidates from the first name to the last.

        Nobody begins to name a file between the question and its end.
        """
        with self._database.write() as transaction:
            transaction.deletion.lock_names()
            needed = transaction.deletion.settle_needed(archive_id, names[0], names[-1])
            self._store.delete_all(name for name in names if name not in needed)
            transaction.deletion.settle_free(archive_id, names[0], names[-1])

    def _free_others(self, archive_id: int, kind: CandidateKind, names: Sequence[str]) -> None:
        match kind:
            case CandidateKind.LOG:
                for name in names:
                    self._logs.delete(int(name))
            case CandidateKind.KEY:
                for name in names:
                    self._signer.delete(name)
            case CandidateKind.GRAPH:
                with self._database.read() as transaction:
                    transaction.graphs.forget({int(name) for name in names})
            case CandidateKind.JOB:
                self._engine.forget_jobs(names)
            case CandidateKind.FILE:
                return
        with self._database.write() as transaction:
            transaction.deletion.settle(archive_id, kind, names, is_shared=False)


def outside_report(
    *,
    files: tuple[int, int],
    logs: tuple[int, int],
    has_key: bool,
    shared: tuple[int, int],
    examples: list[dict[str, Any]],
) -> dict[str, Any]:
    """The part of a deletion's report that is not about rows; pairs are (how many, bytes)."""
    return {
        "files": files[0],
        "bytes": files[1],
        "logs": logs[0],
        "log_bytes": logs[1],
        "has_key": has_key,
        "shared": {"files": shared[0], "bytes": shared[1], "examples": examples},
    }


def examples_of(transaction: Transaction, largest: Sequence[Candidate]) -> list[dict[str, Any]]:
    """Files that stay, with the public archives that need them: others see these reports."""
    owners = transaction.deletion.owners(candidate.name for candidate in largest)
    names = {
        archive.id: archive.name
        for archive in transaction.archives.all()
        if not archive.is_private
    }
    return [
        {
            "sha256": candidate.name,
            "bytes": candidate.size,
            "needed_by": sorted(
                names[owner] for owner in owners.get(candidate.name, ()) if owner in names
            ),
        }
        for candidate in largest
    ]
