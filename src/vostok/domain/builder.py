"""Builders: the machines that build, what is decided about each, and the tokens that they show."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from vostok.domain.access import Principal
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError

BUILDERS_MAX: Final = 10_000
REASON_CHARACTERS_MAX: Final = 1_000
TOKEN_OF_ALL: Final = "builders"  # noqa: S105 - a name
"""Of the installation's token that is good for every builder without one of its own."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class BuilderState(StrEnum):
    """Whether builds are handed to a builder."""

    ACTIVE = "active"
    PAUSED = "paused"
    """It finishes what it builds, and gets nothing more."""
    REMOVED = "removed"
    """It is let in no more; what it was building is built elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """A machine that runs attempts, some at a time.

    Attributes:
        architectures: what it said that it can build; none before it asked for work.
        seen_at: when it asked for work last; None: never yet.
        reason: why it is in its state; None where nobody has changed it.
        added_by: who added it, with a token of its own; None: it came with the token of all.
    """

    name: str
    architectures: tuple[str, ...]
    seen_at: datetime | None
    state: BuilderState = BuilderState.ACTIVE
    reason: str | None = None
    changed_by: str | None = None
    changed_at: datetime | None = None
    added_by: str | None = None
    added_at: datetime | None = None

    @property
    def token_name(self) -> str:
        """What its own token is called; no other principal has a space in its name."""
        return token_name_of(self.name)


def token_name_of(builder: str) -> str:
    """The name of a builder's own token."""
    return f"builder {builder}"


def check_builder_name(name: str) -> str:
    """The name, if it can be one of a builder.

    Raises:
        InvalidInputError: it cannot.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{name[:70]!r} cannot be the name of a builder",
            hint="letters, digits, . _ or -, the first a letter or a digit; at most 63",
        )
    return name


def check_reason(reason: str) -> str:
    """The reason without the space around it.

    Raises:
        InvalidInputError: there is none, or it is too long.
    """
    text = reason.strip()
    if not 1 <= len(text) <= REASON_CHARACTERS_MAX:
        raise InvalidInputError(
            f"it needs a reason of 1 to {REASON_CHARACTERS_MAX} characters",
            hint="say why: --reason TEXT",
        )
    return text


def check_token(principal: Principal, name: str, builder: Builder | None) -> None:
    """Nothing, if a token is good for a builder of some name.

    Args:
        principal: whom the token stands for; it may claim builds.
        name: as which it asks for work.
        builder: what is known of that one.

    Raises:
        NotAllowedError: the token is another builder's, the builder has one of its own, or it
            was removed.
    """
    if builder is not None and builder.state is BuilderState.REMOVED:
        raise NotAllowedError(
            f"builder {name} was removed by {builder.changed_by}: {builder.reason}",
            hint=f"to have it again: vostok builder add {name}",
        )
    has_own = builder is not None and builder.added_by is not None
    if principal.name == (token_name_of(name) if has_own else TOKEN_OF_ALL):
        return
    if principal.name == TOKEN_OF_ALL:
        raise NotAllowedError(
            f"builder {name} has a token of its own, this is the one of all others",
            hint=f"make a new one for it: vostok builder token {name}",
        )
    raise NotAllowedError(
        f"this is the token of {principal.name}, not of builder {name}",
        hint="start it with that name: vostok builder --name NAME",
    )


def check_change(builder: Builder, after: BuilderState) -> None:
    """Nothing, if a builder can come into a state; into the one that it is in, it can.

    Raises:
        ConflictError: it was removed, and only adding it again brings it back.
    """
    if builder.state is BuilderState.REMOVED and after is not BuilderState.REMOVED:
        raise ConflictError(
            f"builder {builder.name} was removed by {builder.changed_by}: {builder.reason}",
            hint=f"to have it again: vostok builder add {builder.name}",
        )
