"""Views: what builds see. An edition is cut seldom, its indices are made when first asked for."""

import threading
from collections.abc import Collection
from datetime import timedelta

from vostok.domain.archive import Archive, DependencyMode, Suite
from vostok.domain.derivation import Derivation
from vostok.domain.named_packages import versions_of, with_named
from vostok.domain.package import Membership, OwnBinary
from vostok.domain.publication import View, overlaid
from vostok.errors import GoneError, InvalidInputError, UnavailableError
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction
from vostok.services.views.named_packages import named_by
from vostok.services.views.repository import RepositoryWriter


def base_of(suite: Suite) -> Membership:
    """The packages under a suite's own, as its newest derivation has them.

    Raises:
        InvalidInputError: the suite is not derived.
    """
    return derivation_of(suite).base


def members_of(suite: Suite) -> Membership:
    """What a suite stands on: its base, or the newest snapshot of one that is imported."""
    if suite.derivation is None:
        return Membership(suite_id=suite.id, number=suite.snapshot)
    return suite.derivation.base


def derivation_of(suite: Suite) -> Derivation:
    """The newest derivation of a suite.

    Raises:
        InvalidInputError: the suite is not derived.
    """
    if suite.derivation is None:
        raise InvalidInputError(
            f"the suite {suite.name} is not derived from another",
            hint="look at the archives: vostok archive list",
        )
    return suite.derivation


def base_of_view(transaction: Transaction, view: View) -> Membership:
    """The packages under a view's own: those of the derivation that it was made under."""
    return transaction.derivations.numbered(view.suite_id, view.derivation).base


def owner_of(transaction: Transaction, suite: Suite) -> Archive:
    """The archive that a suite belongs to; GoneError if it was deleted meanwhile."""
    archive = transaction.archives.by_id(suite.archive_id)
    if archive is None:
        raise GoneError(f"the archive of suite {suite.name} was deleted")
    return archive


def own_in_view(
    transaction: Transaction, view: View, *, names: Collection[str] | None = None
) -> list[OwnBinary]:
    """The own binaries that a view shows: in mode `parent` only the toolchain's.

    All, or those of these names.
    """
    own = transaction.deltas.binaries_in_edition(
        view.suite_id, view.edition, view.toolchain_id, names=names
    )
    named = named_by(transaction, view.toolchain_id)
    hidden = named_by(transaction, view.hidden_toolchain_id)
    if named or hidden:
        versions = versions_of(named)
        of_versions = (
            transaction.deltas.binaries_of_versions(view.suite_id, versions, edition=view.edition)
            if versions
            else ()
        )
        meant = [b for b in of_versions if names is None or b.name in names]
        own = with_named(own, meant, named=named, hidden=hidden)
    if view.mode == DependencyMode.PARENT:
        sources = {name.source for name in named}
        return [b for b in own if b.toolchain_id is not None or b.source_name in sources]
    return own


class ViewService:
    """Cuts editions and writes the indices of views."""

    def __init__(
        self,
        database: Database,
        writer: RepositoryWriter,
        clock: Clock,
        *,
        edition_seconds: int,
    ) -> None:
        self._database = database
        self._writer = writer
        self._clock = clock
        self._edition_age = timedelta(seconds=edition_seconds)
        self._making = threading.Lock()

    def cut_edition_if_due(
        self, transaction: Transaction, suite: Suite, *, is_idle: bool
    ) -> Suite:
        """The suite, with a new edition if something waits and the old one is of age.

        While nothing of the archive is being built an edition costs nobody a chroot, so it is
        cut at once.
        """
        if not transaction.deltas.has_pending(suite.id):
            return suite
        now = self._clock.now()
        cut_at = transaction.deltas.edition_at(suite.id)
        if (
            is_idle
            or cut_at is None
            or now.timestamp() - cut_at >= self._edition_age.total_seconds()
        ):
            transaction.deltas.cut_edition(suite.id, now)
        return transaction.archives.suite(suite.id)

    def ensure_indexed(self, view_id: int) -> View:
        """The view, with its indices written. O(archive) the first time, once per view."""
        with self._database.read() as transaction:
            view = transaction.publications.view(view_id)
        if view.is_indexed:
            return view
        with self._making:
            with self._database.read() as transaction:
                view = transaction.publications.view(view_id)
            return view if view.is_indexed else self._index(view)

    def _index(self, view: View) -> View:
        with self._database.read() as transaction:
            suite = transaction.archives.suite(view.suite_id)
            archive = owner_of(transaction, suite)
            binaries = overlaid(
                transaction.listings.binaries(base_of_view(transaction, view)),
                own_in_view(transaction, view),
                suite.architectures,
            )
            indices = self._writer.packages_indices(
                transaction, binaries, suite, reads_built_using=False
            )
        files = [index.file for index in indices]
        files += self._writer.release(
            archive,
            suite,
            [entry for index in indices for entry in index.entries],
            at=self._clock.now(),
            description=f"What builds of {archive.name} see: edition {view.edition}",
        )
        with self._database.write() as transaction:
            transaction.deletion.hold_names()
            if not self._writer.are_stored(files):
                raise UnavailableError(
                    f"a file of view {view.id} was deleted with another archive; ask again"
                )
            transaction.publications.set_view_indices(view.id, files, self._clock.now())
            return transaction.publications.view(view.id)
