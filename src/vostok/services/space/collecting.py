"""Collecting what nobody reads any more: old publications, and indices of old views.

First their rows go, in one transaction; then the files that nobody names any more. Killed between
the two, `vostok store collect` finds these files.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from vostok.domain.archive import Archive, Suite
from vostok.domain.job import Job
from vostok.domain.retention import Retention, collectable
from vostok.domain.storage import Amount
from vostok.services.job_log import Reporter
from vostok.services.job_runner import Carry, Step
from vostok.services.ports import Clock, ContentStore
from vostok.services.repositories import Database, Transaction

HASHES_AT_ONCE_MAX = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What went, or would go."""

    publications: int
    views: int
    indices: Amount
    kept: tuple[str, ...] = ()
    """Old publications that stay because somebody keeps them, as a sentence calls each."""

    def document(self) -> Carry:
        """As it is told."""
        return {
            "publications": self.publications,
            "views": self.views,
            "indices": self.indices.document(),
            "kept": list(self.kept),
        }


class CollectService:
    """Collects publications and indices of views."""

    def __init__(
        self, database: Database, store: ContentStore, clock: Clock, retention: Retention
    ) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._retention = retention

    def step(self) -> Step:
        """The part of a publish job that comes after the publication."""
        return Step(name="collect", do=self._after_publishing)

    def _after_publishing(self, job: Job, carry: Carry, _report: Reporter) -> Carry:
        with self._database.read() as transaction:
            archive = transaction.archives.named(str(job.arguments["archive"]))
        collected = self.collect([archive])
        if not collected.publications and not collected.views:
            return carry
        return {**carry, "collected": collected.document()}

    def collect_all(self, *, is_dry: bool) -> Collection:
        """Collect in all archives; in a dry run only say what that would be."""
        with self._database.read() as transaction:
            archives = transaction.archives.all()
            kept = tuple(self._kept(transaction, archives))
        found = self.trial(archives) if is_dry else self.collect(archives)
        return replace(found, kept=kept)

    def collect(self, archives: Iterable[Archive]) -> Collection:
        """Take away what may go of some archives. O(what goes)."""
        with self._database.write() as transaction:
            publications, views, hashes = self._remove(transaction, archives)
        freed = Amount()
        for part in _parts(hashes):
            with self._database.write() as transaction:
                transaction.deletion.lock_names()
                sizes = self._free_sizes(transaction, part)
                self._store.delete_all(sizes)
            freed = _added(freed, sizes)
        return Collection(publications=publications, views=views, indices=freed)

    def trial(self, archives: Iterable[Archive]) -> Collection:
        """What `collect` would take away now."""
        freed = Amount()
        with self._database.trial() as transaction:
            publications, views, hashes = self._remove(transaction, archives)
            for part in _parts(hashes):
                freed = _added(freed, self._free_sizes(transaction, part))
        return Collection(publications=publications, views=views, indices=freed)

    def _free_sizes(self, transaction: Transaction, hashes: list[str]) -> dict[str, int]:
        """SHA-256 -> size of the files that are here and that nobody names."""
        return self._store.sizes(set(hashes) - transaction.deletion.still_needed(hashes))

    def _remove(
        self, transaction: Transaction, archives: Iterable[Archive]
    ) -> tuple[int, int, set[str]]:
        """Take rows away: how many publications, how many views' indices, and their files."""
        publications, views, hashes = 0, 0, set[str]()
        for archive in archives:
            for suite in transaction.archives.suites(archive.id):
                numbers = self._old_publications(transaction, suite)
                if numbers:
                    transaction.archives.lock(archive.id)  # nobody keeps one of them meanwhile
                    numbers = self._old_publications(transaction, suite)
                    hashes |= transaction.old_publications.remove(suite.id, numbers)
                idle = transaction.old_publications.idle_views(
                    suite.id, self._clock.now() - self._retention.view_age
                )
                if idle:
                    hashes |= transaction.old_publications.remove_view_indices(idle)
                publications, views = publications + len(numbers), views + len(idle)
        return publications, views, hashes

    def _kept(self, transaction: Transaction, archives: Iterable[Archive]) -> Iterator[str]:
        """What only stays because somebody keeps it."""
        for archive in archives:
            for suite in transaction.archives.suites(archive.id):
                publications = transaction.publications.of_suite(suite.id)
                held = {one.number: one for one in publications if one.kept_as is not None}
                if not held:
                    continue
                released = [replace(one, kept_as=None) for one in publications]
                needed = transaction.old_publications.needed(suite.id)
                old = collectable(released, needed, self._retention, self._clock.now())
                for number in sorted(held.keys() & set(old)):
                    called = f" ({held[number].kept_as})" if held[number].kept_as else ""
                    yield f"{archive.name} {number}{called}, kept by {held[number].kept_by}"

    def _old_publications(self, transaction: Transaction, suite: Suite) -> list[int]:
        kept = transaction.publications.of_suite(suite.id)
        if len(kept) <= self._retention.publications_kept:
            return []
        needed = transaction.old_publications.needed(suite.id)
        return collectable(kept, needed, self._retention, self._clock.now())


def _parts(hashes: set[str]) -> Iterator[list[str]]:
    wanted = sorted(hashes)
    for start in range(0, len(wanted), HASHES_AT_ONCE_MAX):
        yield wanted[start : start + HASHES_AT_ONCE_MAX]


def _added(amount: Amount, sizes: dict[str, int]) -> Amount:
    return Amount(files=amount.files + len(sizes), bytes=amount.bytes + sum(sizes.values()))
