"""A small file of a mirror, kept so that the mirror can say that it is still the same."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorAnswer:
    """What a mirror sent.

    Attributes:
        body: the file.
        etag: its entity tag with the quotes (RFC 9110, 8.8.3), or empty.
        last_modified: the header of that name as it came, or empty.
    """

    body: bytes
    etag: str = ""
    last_modified: str = ""

    @property
    def can_be_asked_again(self) -> bool:
        """Whether the mirror gave something by which it can be asked for a newer one."""
        return bool(self.etag or self.last_modified)
