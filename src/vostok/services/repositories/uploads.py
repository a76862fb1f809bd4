"""Uploads of people, and the files that wait for their .changes."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Protocol

from vostok.domain.list_filter import EVERYTHING, ListFilter
from vostok.domain.package import Membership, SourceMember, SourceRelease
from vostok.domain.upload import NewUpload, SentFile, Upload


class Uploads(Protocol):
    """What people have sent, and what became of it."""

    def lock(self, archive_id: int, suite_id: int) -> None:
        """Have uploads, requests and syncs of an archive wait for this transaction's end."""

    def put_spooled(self, archive_id: int, owner: str, file: SentFile, at: datetime) -> list[str]:
        """Note a file that came; one of the same name from the same sender is forgotten.

        Returns the SHA-256 of that one.
        """

    def spooled(self, archive_id: int, owner: str) -> dict[str, SentFile]:
        """The files that a sender's .changes may name, by name."""

    def waiting_bytes(self, *, but: tuple[int, str, str]) -> dict[int, int]:
        """Bytes that wait for their .changes, by the archive's id. O(files that wait).

        Args:
            but: archive, owner and name of one file that does not count.
        """

    def forget_spooled(self, archive_id: int, owner: str, names: Iterable[str]) -> None:
        """Forget files that an upload has taken."""

    def expire_spooled(self, before: datetime) -> list[str]:
        """Forget files that came before a moment; their SHA-256s."""

    def add(self, upload: NewUpload) -> Upload:
        """Record what was judged.

        Raises:
            ConflictError: an upload with the same signature was accepted before.
        """

    def with_signature(self, signature: str) -> Upload | None:
        """The upload that was accepted with a signature."""

    def of_archive(
        self,
        archive_id: int,
        *,
        before: int | None = None,
        rows_max: int,
        wanted: ListFilter = EVERYTHING,
    ) -> list[Upload]:
        """The newest uploads of an archive, the newest first; only those before one, by its id.

        A text is looked for in source, version, the name of the .changes, and who uploaded.
        """

    def of_id(self, archive_id: int, upload_id: int) -> Upload:
        """One upload of an archive; NotFoundError if there is none."""

    def files(self, upload_id: int) -> list[SentFile]:
        """The files of an upload by name, the .changes itself among them."""

    def forget_refused(self, before: datetime) -> int:
        """Forget what was refused before a moment; how many."""

    def forget_older_refusals(self, archive_id: int, uploaded_by: str, *, kept_max: int) -> int:
        """Forget what was refused of a sender but the newest; how many went."""

    def current_sources(self, suite_id: int, names: Collection[str]) -> list[SourceMember]:
        """Uploaded sources of these names, the newest last, unless the parents took their place.

        Also those that a newer upload replaced. O(names).
        """

    def current_releases(self, suite_id: int) -> list[SourceRelease]:
        """Of each uploaded name the newest source, unless the parents took its place, by name."""

    def known_files(
        self, suite_id: int, base: Membership, source: str, names: Sequence[str]
    ) -> list[SentFile]:
        """Files of a source by these names: of the suite's own sources first, then the base's.

        Also of versions that stood there before.
        """

    def contradicted(
        self, suite_id: int, base: Membership, directory: str, files: Sequence[SentFile]
    ) -> SentFile | None:
        """A file that the suite has, or had, in a directory under one of the names, otherwise.

        Of what was published, of its own sources, and of the parents' (I6).
        """
