"""What an import remembers for the next one."""

from collections.abc import Collection, Mapping
from typing import Protocol

from vostok.domain.import_trust import ImportTrust
from vostok.domain.mirror_answer import MirrorAnswer


class Imports(Protocol):
    """Whom imports trust, and what mirrors answered."""

    def trust(self, archive_id: int) -> ImportTrust:
        """The keys that the archive's imports use; Debian's where none were ever named."""

    def trust_of(self, archive_ids: Collection[int]) -> dict[int, ImportTrust]:
        """The same of several archives, by their ids. O(archives)."""

    def set_trust(self, archive_id: int, trust: ImportTrust) -> None:
        """Use these from now on."""

    def answers(self, suite_id: int) -> dict[str, MirrorAnswer]:
        """Address -> what its mirror sent when the suite was last read."""

    def set_answers(self, suite_id: int, answers: Mapping[str, MirrorAnswer]) -> None:
        """Keep these, in the place of those from before."""
