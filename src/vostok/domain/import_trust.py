"""Whom imports of an archive trust: the keys that may sign its Release files."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTrust:
    """The keys of an archive's imports.

    Attributes:
        keyring: OpenPGP certificates; None: those of Debian.
        fingerprints: if there are any, one of these keys of the keyring must have signed.
    """

    keyring: bytes | None = None
    fingerprints: tuple[str, ...] = ()

    @property
    def keyring_sha256(self) -> str | None:
        """Of the keyring's bytes; None for Debian's."""
        return None if self.keyring is None else hashlib.sha256(self.keyring).hexdigest()

    def changed_by(self, asked: "ImportTrust") -> "ImportTrust":
        """What holds after an import that names a keyring, fingerprints, both or nothing.

        A new keyring takes the fingerprints with it: they name keys of the old one.
        """
        if asked.keyring is not None:
            return asked
        if asked.fingerprints:
            return ImportTrust(keyring=self.keyring, fingerprints=asked.fingerprints)
        return self

    def __str__(self) -> str:
        """A phrase for people."""
        keys = "Debian's keys"
        if self.keyring is not None:
            keys = f"a keyring of {len(self.keyring)} bytes, SHA-256 {self.keyring_sha256}"
        if not self.fingerprints:
            return keys
        return f"{keys}, signed by {' or '.join(self.fingerprints)}"


DEBIAN_KEYS = ImportTrust()
