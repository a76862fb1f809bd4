"""Calls of archives: what there is, what is imported, derived, changed, published and deleted."""

from collections.abc import Iterator, Sequence

from vostok.client.asking import Asking, Seen, filtered, part
from vostok.client.messages import (
    Archive,
    ChangedArchive,
    Deletion,
    DerivationEstimateRequest,
    DerivationPlan,
    DeriveRequest,
    ImportRequest,
    Job,
    NotBuiltBinary,
    Publication,
    Status,
    StorageRequest,
)


class ArchiveCalls(Asking):
    """Calls of archives, and of the server as a whole."""

    def status(self) -> Status:
        """The server's version and the builders it knows."""
        return self._one(Status, "GET", "status")

    def archives(
        self,
        *,
        text: str = "",
        kinds: Sequence[str] = (),
        states: Sequence[str] = (),
        by: str | None = None,
    ) -> Iterator[Archive]:
        """The archives that the token may see, by name.

        Args:
            text: what their names hold.
            kinds: of `external` for images of others' archives, and `derived`; none: both.
            states: only those in one of them; none: in any.
            by: only those that this person asked for.
        """
        asked = {**filtered(text, kinds, states), "by": by}
        return self._listed(Archive, "archives", "archives", asked)

    def archive(self, name: str) -> Archive:
        """One archive."""
        return self._one(Archive, "GET", f"archives/{part(name)}")

    def seen_archive(self, name: str) -> Seen[Archive]:
        """One archive with its ETag, for `given`."""
        return self._seen(Archive, f"archives/{part(name)}")

    def import_archive(self, request: ImportRequest) -> Job:
        """The job that imports suites of somebody else's archive."""
        return self._one(Job, "POST", "imports", request)

    def derive_archive(self, request: DeriveRequest) -> Job:
        """The job that derives an archive."""
        return self._one(Job, "POST", "archives", request)

    def estimate_derivation(self, request: DerivationEstimateRequest) -> DerivationPlan:
        """What `derive_archive` would make, and what building it would take."""
        return self._one(DerivationPlan, "POST", "estimates", request)

    def change_archive(self, name: str, request: StorageRequest) -> ChangedArchive:
        """The archive after the change, and the job that fetches files, if one does.

        Of a dry run, what both would be.
        """
        return self._one(ChangedArchive, "PATCH", f"archives/{part(name)}", request)

    def deletion(self, name: str) -> Deletion:
        """What a deletion would take away, and what would stay; for who may delete the archive."""
        return self._one(Deletion, "GET", f"archives/{part(name)}/deletion")

    def delete_archive(self, name: str) -> Job:
        """The job that deletes an archive with all that is only its own."""
        return self._one(Job, "DELETE", f"archives/{part(name)}")

    def publish_archive(self, name: str) -> Job:
        """The job that publishes an archive."""
        return self._one(Job, "POST", f"archives/{part(name)}/publications")

    def publications(self, name: str) -> Iterator[Publication]:
        """The publications of an archive that are kept, the newest first."""
        return self._listed(Publication, f"archives/{part(name)}/publications", "publications")

    def keep_publication(self, name: str, number: int, *, label: str = "") -> Publication:
        """Keep a publication from being collected."""
        path = f"archives/{part(name)}/publications/{number}/keep"
        return self._one(Publication, "PUT", path, {"label": label})

    def release_publication(self, name: str, number: int) -> Publication:
        """Let a kept publication go when it is old."""
        path = f"archives/{part(name)}/publications/{number}/keep"
        return self._one(Publication, "DELETE", path)

    def not_built(self, name: str) -> Iterator[NotBuiltBinary]:
        """Packages that an uploaded source builds no more."""
        return self._listed(NotBuiltBinary, f"archives/{part(name)}/not-built", "binaries")
