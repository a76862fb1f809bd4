"""Who may do what: one pure function, asked first in every service.

One administrator and the builders for now; people, teams and grants come later and change only
this module and where a principal is found.
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
    PUBLISH = "publish"
    SYNC_ARCHIVE = "sync-archive"
    CANCEL_JOB = "cancel-job"
    CLAIM_BUILD = "claim-build"


class Role(StrEnum):
    """What kind of principal a token stands for."""

    ADMINISTRATOR = "administrator"
    BUILDER = "builder"
    ANONYMOUS = "anonymous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who asks."""

    name: str
    role: Role


ANONYMOUS = Principal(name="anonymous", role=Role.ANONYMOUS)
SYSTEM = Principal(name="vostok", role=Role.ADMINISTRATOR)
"""Vostok itself, for what it does without being asked: publish after an accepted build."""

_ALLOWED = {
    Role.ADMINISTRATOR: frozenset(Action) - {Action.CLAIM_BUILD},
    Role.BUILDER: frozenset({Action.CLAIM_BUILD}),
    Role.ANONYMOUS: frozenset({Action.VIEW}),
}


def is_allowed(principal: Principal, action: Action) -> bool:
    """Whether the principal may do it. Archives are public for now, so viewing is open."""
    return action in _ALLOWED[principal.role]


def require(principal: Principal, action: Action, subject: str) -> None:
    """Nothing, if the principal may.

    Raises:
        NotAllowedError: naming who, what and on which; for anonymous NotAuthenticatedError.
    """
    if not is_allowed(principal, action):
        is_known = principal.role is not Role.ANONYMOUS
        kind = NotAllowedError if is_known else NotAuthenticatedError
        raise kind(
            f"{principal.name} may not {action.replace('-', ' ')}: {subject}",
            hint="give the administrator's token: --token, VOSTOK_TOKEN or the file admin.token",
        )


def token_hash(token: str) -> str:
    """What is stored of a token. Tokens are long and random, so a plain hash keeps them."""
    return hashlib.sha256(token.encode()).hexdigest()
