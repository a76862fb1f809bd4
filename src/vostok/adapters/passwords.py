"""Passwords as argon2id hashes (RFC 9106)."""

import threading

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

CHECKS_AT_ONCE_MAX = 2
"""Each takes 64 MiB and a tenth of a second of several cores: a crowd must not take them all."""


class Argon2Passwords:
    """Implements `services.ports.Passwords`."""

    def __init__(self, parameters: Parameters = RFC_9106_LOW_MEMORY) -> None:
        """`parameters` are what a hash costs; a hash says its own when it is compared with."""
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._turn = threading.BoundedSemaphore(CHECKS_AT_ONCE_MAX)
        self._of_nobody: str | None = None

    def hashed(self, password: str) -> str:
        """What is stored of a password."""
        with self._turn:
            return self._hasher.hash(password)

    def is_right(self, password_hash: str | None, password: str) -> bool:
        """Whether the password is the hashed one; without a hash it takes as long to say no."""
        known = self._hash_of_nobody() if password_hash is None else password_hash
        with self._turn:
            try:
                self._hasher.verify(known, password)
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def _hash_of_nobody(self) -> str:
        if self._of_nobody is None:
            self._of_nobody = self.hashed("nobody's password")
        return self._of_nobody
