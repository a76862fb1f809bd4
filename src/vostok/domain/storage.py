"""What the files of the store are there for, and whose they are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class FileUse(StrEnum):
    """By what a file is named. A file that is named in several ways counts in the first."""

    OWN = "own-packages"
    PARENT = "parent-packages"
    INDEX = "indices"
    ATTEMPT = "attempt-files"
    ORPHAN = "orphans"
    """By nothing: it may be named soon, or was left by a kill."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file as an index lists it; `id` is that of its release."""

    id: int
    sha256: str
    size: int
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """How many files, and their bytes."""

    files: int = 0
    bytes: int = 0

    def plus(self, size: int) -> "Amount":
        """With one file more."""
        return Amount(files=self.files + 1, bytes=self.bytes + size)

    def document(self) -> dict[str, int]:
        """As it is told."""
        return {"files": self.files, "bytes": self.bytes}


class StorageTally:
    """Counts files by use, and by archive those that only it names apart from shared ones."""

    def __init__(self) -> None:
        self.total = Amount()
        self.uses: dict[FileUse, Amount] = {use: Amount() for use in FileUse}
        self.exclusive: dict[int, Amount] = {}
        self.shared: dict[int, Amount] = {}

    def add(
        self, files: Iterable[tuple[str, int]], names: Mapping[FileUse, Mapping[str, set[int]]]
    ) -> None:
        """Count files.

        Args:
            files: (SHA-256, size in bytes) of each.
            names: use -> SHA-256 -> ids of the archives that name the file so.
        """
        for sha256, size in files:
            self.total = self.total.plus(size)
            named_as = [use for use in FileUse if sha256 in names.get(use, {})]
            use = named_as[0] if named_as else FileUse.ORPHAN
            self.uses[use] = self.uses[use].plus(size)
            owners = {owner for use in named_as for owner in names[use][sha256]}
            of_owner = self.exclusive if len(owners) == 1 else self.shared
            for owner in owners:
                of_owner[owner] = of_owner.get(owner, Amount()).plus(size)
