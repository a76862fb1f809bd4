"""Who may do what: one pure function, asked first in every service.

Persons have one role for the whole installation; teams and grants come later and change only this
module and where a principal is found.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from vostok.errors import NotAllowedError, NotAuthenticatedError


class Action(StrEnum):
    """What a principal can ask for."""

    VIEW = "view"
    IMPORT_ARCHIVE = "import-archive"
    CREATE_ARCHIVE = "create-archive"
    DERIVE_FROM = "derive-from"
    PREVIEW_SELECTION = "preview-selection"
    CHANGE_ARCHIVE = "change-archive"
    DELETE_ARCHIVE = "delete-archive"
    KEEP_STORE = "keep-store"
    CREATE_TOOLCHAIN = "create-toolchain"
    REQUEST_REBUILD = "request-rebuild"
    RETRY_BUILD = "retry-build"
    CANCEL_BUILD = "cancel-build"
    RESCORE_BUILD = "rescore-build"
    PUBLISH = "publish"
    SYNC_ARCHIVE = "sync-archive"
    CANCEL_JOB = "cancel-job"
    UPLOAD = "upload"
    MANAGE_PEOPLE = "manage-people"
    CLAIM_BUILD = "claim-build"


class Role(StrEnum):
    """What kind of principal a token stands for."""

    ADMINISTRATOR = "administrator"
    DEVELOPER = "developer"
    """Works in archives that are there: uploads, rebuilds, publishes."""
    BUILDER = "builder"
    ANONYMOUS = "anonymous"


class TokenScope(StrEnum):
    """What a token is good for, of all that whom it stands for may do."""

    EVERYTHING = "everything"
    UPLOAD = "upload"
    """For a file of settings on a developer's machine, as dput's."""
    READ = "read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who asks, with what was shown."""

    name: str
    role: Role
    scope: TokenScope = TokenScope.EVERYTHING
    archive: str | None = None
    """The only archive that the token is good for; None: all."""
    person_id: int | None = None
    """None for the installation's own tokens."""


ANONYMOUS = Principal(name="anonymous", role=Role.ANONYMOUS)
SYSTEM = Principal(name="vostok", role=Role.ADMINISTRATOR)
"""Vostok itself, for what it does without being asked: publish after an accepted build."""

_ALLOWED = {
    Role.ADMINISTRATOR: frozenset(Action) - {Action.CLAIM_BUILD},
    Role.DEVELOPER: frozenset(
        {
            Action.VIEW,
            Action.PREVIEW_SELECTION,
            Action.CREATE_TOOLCHAIN,
            Action.UPLOAD,
            Action.REQUEST_REBUILD,
            Action.RETRY_BUILD,
            Action.CANCEL_BUILD,
            Action.PUBLISH,
        }
    ),
    Role.BUILDER: frozenset({Action.CLAIM_BUILD}),
    Role.ANONYMOUS: frozenset({Action.VIEW}),
}
_OF_SCOPE = {
    TokenScope.EVERYTHING: frozenset(Action),
    TokenScope.UPLOAD: frozenset({Action.VIEW, Action.UPLOAD}),
    TokenScope.READ: frozenset({Action.VIEW}),
}
_READING = frozenset({Action.VIEW, Action.PREVIEW_SELECTION})


def is_allowed(principal: Principal, action: Action, archive: str | None = None) -> bool:
    """Whether the principal may do it, by role, by the token's scope, and by its archive.

    Archives are public for now, so viewing is open to every token.

    Args:
        principal: who asks.
        action: what.
        archive: in which; None for what is of no archive.
    """
    is_there = principal.archive is None or action in _READING or principal.archive == archive
    return is_there and action in _ALLOWED[principal.role] and action in _OF_SCOPE[principal.scope]


def require(
    principal: Principal, action: Action, subject: str, *, archive: str | None = None
) -> None:
    """Nothing, if the principal may.

    Args:
        principal: who asks.
        action: what.
        subject: on what, for the message; mostly the name of an archive.
        archive: in which archive, where the subject is not its name.

    Raises:
        NotAllowedError: naming who, what and on which; for anonymous NotAuthenticatedError.
    """
    if is_allowed(principal, action, subject if archive is None else archive):
        return
    is_known = principal.role is not Role.ANONYMOUS
    kind = NotAllowedError if is_known else NotAuthenticatedError
    raise kind(
        f"{principal.name} may not {action.replace('-', ' ')}: {subject}{_limits(principal)}",
        hint="give the administrator's token: --token, VOSTOK_TOKEN or the file admin.token",
    )


def _limits(principal: Principal) -> str:
    """What the token leaves out, if it does."""
    said = []
    if principal.scope is not TokenScope.EVERYTHING:
        said.append(f"to {principal.scope}")
    if principal.archive is not None:
        said.append(f"in {principal.archive}")
    return f"; the token is only {' '.join(said)}" if said else ""


def token_hash(token: str) -> str:
    """What is stored of a token. Tokens are long and random, so a plain hash keeps them."""
    return hashlib.sha256(token.encode()).hexdigest()
