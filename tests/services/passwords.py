"""Passwords that cost nothing: for tests of what is done with them, not of their keeping."""


class PlainPasswords:
    """Implements `services.ports.Passwords` without hiding anything."""

    def hashed(self, password: str) -> str:
        return f"plain:{password}"

    def is_right(self, password_hash: str | None, password: str) -> bool:
        return password_hash == f"plain:{password}"
