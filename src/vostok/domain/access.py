"""Who may do what: one pure function, asked first in every service.

Everything is refused that nothing allows: the role (the installation's own tokens, administrators
and developers), or a right that was granted (`vostok.domain.rights`). A token can only narrow it.
Of a private archive, whoever may not see it is told what is told of one that does not exist.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vostok.domain.refusal_words import (
    OF_ADMINISTRATOR,
    said_deed,
    said_limits,
    said_other_token,
    said_way_out,
    said_way_out_somewhere,
)
from vostok.domain.rights import (
    EVERY_SOURCE,
    NO_RIGHTS,
    OF_INSTALLATION,
    Right,
    Rights,
    SourceLimit,
)
from vostok.errors import (
    HiddenError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    ScopeMissingError,
)


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
    """Take in what the parents changed, and say what of it waits."""
    SELECT_SOURCES = "select-sources"
    """Another selection, removals and restorations."""
    CANCEL_JOB = "cancel-job"
    UPLOAD = "upload"
    GRANT_RIGHTS = "grant-rights"
    SEE_RIGHTS = "see-rights"
    """Who may do what in an archive."""
    SEE_AUDIT = "see-audit"
    """Who did what, everywhere."""
    GRANT_EVERYWHERE = "grant-everywhere"
    """On all archives at once, and on the installation; see who was granted so."""
    MANAGE_PEOPLE = "manage-people"
    """Whom: `vostok.domain.managing_people`."""
    VOUCH = "vouch"
    """Say that a person is who they are said to be, so that they may do what was granted."""
    MANAGE_QUOTAS = "manage-quotas"
    """Set how much archives, persons and teams may have."""
    MANAGE_BUILDERS = "manage-builders"
    ADMIT_BUILDER = "admit-builder"
    """Hand out the token by which a builder comes in, which lasts longer than one's own may."""
    SUBSCRIBE = "subscribe"
    """Be told by mail."""
    CLAIM_BUILD = "claim-build"


class Role(StrEnum):
    """What kind of principal a token stands for."""

    ADMINISTRATOR = "administrator"
    DEVELOPER = "developer"
    """Works in all archives that are there: uploads, rebuilds, publishes."""
    MEMBER = "member"
    """May do what was granted, and nothing else."""
    BUILDER = "builder"
    ANONYMOUS = "anonymous"


class TokenScope(StrEnum):
    """What a token is good for, of all that whom it stands for may do; it may have several."""

    EVERYTHING = "everything"
    READ = "read"
    UPLOAD = "upload"
    """For a file of settings on a developer's machine, as dput's."""
    REBUILD = "rebuild"
    """Ask for new builds."""
    RETRY = "retry"
    """Retry and cancel builds, and publish."""
    MERGE = "merge"
    """Sync with the parents, and say what is held."""
    CREATE = "create"
    """Import and derive archives, and make toolchains."""
    ADMINISTER = "administer"
    """Settings, syncs, scores, deletion; not to grant, which would outlast the token."""
    BUILDERS = "builders"
    """Pause and remove builders, and revoke their tokens; not to hand out such."""
    FEED = "feed"
    """For a feed reader, which has it in the address: good for feeds and nothing else."""


WHOLE: Final = frozenset({TokenScope.EVERYTHING})
"""The scopes of a token that is not narrowed, and of whoever shows none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who asks, with what was shown."""

    name: str
    role: Role
    scopes: frozenset[TokenScope] = WHOLE
    """What the token is good for; each of them is enough."""
    archive: str | None = None
    """The only archive that the token is good for; None: all."""
    person_id: int | None = None
    """None for the installation's own tokens."""
    rights: Rights = NO_RIGHTS

    @property
    def is_whole(self) -> bool:
        """Whether what was shown is narrowed to nothing."""
        return TokenScope.EVERYTHING in self.scopes and self.archive is None

    def sees(self, archive: str | None) -> bool:
        """Whether the principal may know of an archive."""
        return archive is None or archive not in self.rights.hidden


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
            Action.SUBSCRIBE,
        }
    ),
    Role.MEMBER: frozenset({Action.VIEW, Action.PREVIEW_SELECTION, Action.SUBSCRIBE}),
    Role.BUILDER: frozenset({Action.CLAIM_BUILD}),
    Role.ANONYMOUS: frozenset({Action.VIEW}),
}
_RIGHT_FOR = {
    Action.VIEW: Right.VIEW,
    Action.PREVIEW_SELECTION: Right.VIEW,
    Action.DERIVE_FROM: Right.DERIVE,
    Action.UPLOAD: Right.UPLOAD,
    Action.REQUEST_REBUILD: Right.REBUILD,
    Action.RETRY_BUILD: Right.RETRY,
    Action.CANCEL_BUILD: Right.RETRY,
    Action.PUBLISH: Right.RETRY,
    Action.RESCORE_BUILD: Right.ADMINISTER,
    Action.CHANGE_ARCHIVE: Right.ADMINISTER,
    Action.SYNC_ARCHIVE: Right.MERGE,
    Action.SELECT_SOURCES: Right.ADMINISTER,
    Action.DELETE_ARCHIVE: Right.ADMINISTER,
    Action.CANCEL_JOB: Right.ADMINISTER,
    Action.GRANT_RIGHTS: Right.ADMINISTER,
    Action.SEE_RIGHTS: Right.ADMINISTER,
    Action.CREATE_ARCHIVE: Right.CREATE,
    Action.CREATE_TOOLCHAIN: Right.CREATE,
    Action.MANAGE_BUILDERS: Right.BUILDERS,
    Action.ADMIT_BUILDER: Right.BUILDERS,
    Action.MANAGE_PEOPLE: Right.PEOPLE,
}
"""The right that is enough. Actions without one are for roles only: importing has the server fetch
from addresses that it is given, the store and the audit log are of all archives at once, and who
granted rights on the installation, or vouched for persons, could give themselves all of it."""
_OF_NO_ARCHIVE = frozenset(
    {
        Action.KEEP_STORE,
        Action.CREATE_TOOLCHAIN,
        Action.SEE_AUDIT,
        Action.GRANT_EVERYWHERE,
        Action.MANAGE_PEOPLE,
        Action.VOUCH,
        Action.MANAGE_BUILDERS,
        Action.ADMIT_BUILDER,
        Action.CLAIM_BUILD,
    }
)
"""What these are asked of is never an archive, though a person or a toolchain may be called as one
is: no token for that archive is good for them, and a private one does not stand in their way."""
_ONLY_WHOLE = frozenset[TokenScope]()
SCOPES_FOR: Final[Mapping[Action, frozenset[TokenScope]]] = {
    Action.VIEW: frozenset(TokenScope) - {TokenScope.EVERYTHING, TokenScope.FEED},
    Action.PREVIEW_SELECTION: frozenset(
        {TokenScope.REBUILD, TokenScope.CREATE, TokenScope.ADMINISTER}
    ),
    Action.UPLOAD: frozenset({TokenScope.UPLOAD}),
    Action.REQUEST_REBUILD: frozenset({TokenScope.REBUILD}),
    Action.RETRY_BUILD: frozenset({TokenScope.RETRY}),
    Action.CANCEL_BUILD: frozenset({TokenScope.RETRY}),
    Action.PUBLISH: frozenset({TokenScope.RETRY}),
    Action.IMPORT_ARCHIVE: frozenset({TokenScope.CREATE}),
    Action.CREATE_ARCHIVE: frozenset({TokenScope.CREATE}),
    Action.DERIVE_FROM: frozenset({TokenScope.CREATE}),
    Action.CREATE_TOOLCHAIN: frozenset({TokenScope.CREATE}),
    Action.CHANGE_ARCHIVE: frozenset({TokenScope.ADMINISTER}),
    Action.SYNC_ARCHIVE: frozenset({TokenScope.MERGE, TokenScope.ADMINISTER}),
    Action.SELECT_SOURCES: frozenset({TokenScope.ADMINISTER}),
    Action.DELETE_ARCHIVE: frozenset({TokenScope.ADMINISTER}),
    Action.RESCORE_BUILD: frozenset({TokenScope.ADMINISTER}),
    Action.CANCEL_JOB: frozenset({TokenScope.ADMINISTER}),
    Action.SEE_RIGHTS: frozenset({TokenScope.ADMINISTER}),
    Action.MANAGE_BUILDERS: frozenset({TokenScope.BUILDERS}),
    Action.ADMIT_BUILDER: _ONLY_WHOLE,
    Action.GRANT_RIGHTS: _ONLY_WHOLE,
    Action.GRANT_EVERYWHERE: _ONLY_WHOLE,
    Action.MANAGE_PEOPLE: _ONLY_WHOLE,
    Action.VOUCH: _ONLY_WHOLE,
    Action.MANAGE_QUOTAS: _ONLY_WHOLE,
    Action.SEE_AUDIT: _ONLY_WHOLE,
    Action.KEEP_STORE: _ONLY_WHOLE,
    Action.SUBSCRIBE: _ONLY_WHOLE,
    Action.CLAIM_BUILD: _ONLY_WHOLE,
}
"""The scopes that open an action besides `everything`, which opens all; one without a row is
opened by that alone. What hands out rights or ways in would outlast a token that was lost."""
_LISTS = {
    "build": "builds are listed by their campaign: vostok campaign show NAME N",
    "job": "see which there are: vostok job list",
}
_READING = frozenset({Action.VIEW, Action.PREVIEW_SELECTION})
_ON_INSTALLATION = _OF_NO_ARCHIVE | {Action.IMPORT_ARCHIVE, Action.CREATE_ARCHIVE}
IN_ARCHIVES = tuple(action for action in Action if action not in _ON_INSTALLATION)
"""What is asked of one archive."""
ON_INSTALLATION = tuple(
    action for action in Action if action in _ON_INSTALLATION and action is not Action.CLAIM_BUILD
)
"""What persons are asked of no archive in particular, or of one that is not there yet."""


def right_for(action: Action) -> Right | None:
    """The right that is enough for it; None: only a role is."""
    return _RIGHT_FOR.get(action)


def is_allowed(principal: Principal, action: Action, archive: str | None = None) -> bool:
    """Whether the principal may do it: by role or a right, the token's scope and its archive.

    Args:
        principal: who asks.
        action: what.
        archive: in which; None for what is of no archive.
    """
    return principal.sees(archive) and _is_allowed_if_there(principal, action, archive)


def is_opened(scopes: Collection[TokenScope], action: Action) -> bool:
    """Whether a token of these scopes is good for the action, where its person may do it."""
    return TokenScope.EVERYTHING in scopes or not SCOPES_FOR.get(action, _ONLY_WHOLE).isdisjoint(
        scopes
    )


def _is_allowed_if_there(principal: Principal, action: Action, archive: str | None) -> bool:
    archive = None if action in _OF_NO_ARCHIVE else archive
    if not is_opened(principal.scopes, action):
        return False
    if not (principal.archive is None or action in _READING or principal.archive == archive):
        return False
    right = _RIGHT_FOR.get(action)
    return action in _ALLOWED[principal.role] or (
        right is not None and principal.rights.holds(right, archive)
    )


def require_somewhere(principal: Principal, action: Action, subject: str) -> None:
    """Nothing, if the principal may do it in some archive: before it is known in which.

    So nobody learns from the answer whether there is a build or a job of some number who may not
    change any.

    Raises:
        NotAllowedError: they may nowhere; for anonymous NotAuthenticatedError.
    """
    whole = replace(principal, scopes=WHOLE)  # so that a refusal says that the scope is missing
    where = principal.archive or next(
        (name for name in principal.rights.by_archive if is_allowed(whole, action, name)), None
    )
    if where is not None:
        require(principal, action, subject, archive=where)
    elif not _is_allowed_if_there(principal, action, None):
        raise _refusal(principal, action, subject, None)


def source_limits(principal: Principal, action: Action, archive: str) -> tuple[SourceLimit, ...]:
    """What uploads into an archive, or requests there, are narrowed to; each of them is enough."""
    right = _RIGHT_FOR.get(action)
    if action in _ALLOWED[principal.role]:
        return (EVERY_SOURCE,)
    return () if right is None else principal.rights.source_limits(right, archive)


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
        NotFoundError: the archive is one that the principal does not know of, and they may do it
            in an archive that is not there; or the subject is something in such an archive.
    """
    of_archive = subject if archive is None else archive
    if action in _OF_NO_ARCHIVE:
        if not _is_allowed_if_there(principal, action, None):
            raise _refusal(principal, action, subject, of_archive)
        return
    if of_archive != subject and not principal.sees(of_archive):
        raise unknown(subject)
    if _is_allowed_if_there(principal, action, of_archive):
        if principal.sees(of_archive):
            return
        absent = unknown_archive(subject)
        raise HiddenError(str(absent), hint=absent.hint)
    raise _refusal(principal, action, subject, of_archive)


def _refusal(
    principal: Principal, action: Action, subject: str, archive: str | None
) -> NotAllowedError:
    """Why not: the token's limits, where its person may do it by another; else a right is missing.

    A hidden archive is judged as one that is not there: rights on it decide nothing here.
    """
    is_known = principal.role is not Role.ANONYMOUS
    kind = NotAllowedError if is_known else NotAuthenticatedError
    said = f"{principal.name} may not {said_deed(action, subject)}"
    at = archive if principal.sees(archive) else None
    whole = replace(principal, scopes=WHOLE)
    if not _is_allowed_if_there(replace(whole, archive=None), action, at):
        return kind(said, hint=_way_out(principal, action, archive))
    is_elsewhere = not _is_allowed_if_there(whole, action, at)
    is_open = is_opened(principal.scopes, action)
    said += said_limits(
        () if is_open else in_order(principal.scopes), principal.archive if is_elsewhere else None
    )
    scope = None if is_open else in_order(SCOPES_FOR.get(action) or WHOLE)[0]
    hint = said_other_token(principal.name, scope, is_elsewhere=is_elsewhere)
    if scope is None or is_elsewhere:
        return kind(said, hint=hint)
    return ScopeMissingError(f"{said}, and the scope {scope} is missing", hint=hint, scope=scope)


def _way_out(principal: Principal, action: Action, archive: str | None) -> str:
    """How somebody gets the right that is missing; `archive` None: it is not known in which."""
    right = _RIGHT_FOR.get(action)
    if principal.person_id is None or right is None:
        return OF_ADMINISTRATOR
    has_guarantors = bool(principal.rights.guarantors)
    if archive is None and right not in OF_INSTALLATION:
        return said_way_out_somewhere(right, principal.name, has_guarantors=has_guarantors)
    return said_way_out(
        right,
        principal.name,
        archive=None if right in OF_INSTALLATION else archive,
        has_guarantors=has_guarantors,
    )


def unknown_archive(name: str) -> NotFoundError:
    """What is said of an archive that is not there, or that must not be known to be."""
    return NotFoundError(
        f"there is no archive {name}", hint="see which there are: vostok archive list"
    )


def named_to(principal: Principal, archive: str | None) -> str | None:
    """The archive that a filter means: for who must not know of it, one that nobody has.

    So it takes as long as to look for one that is not there, however much there is of it.
    """
    return archive if principal.sees(archive) else ""


def unknown(subject: str) -> NotFoundError:
    """The same of a build or a job, named as `build 12`."""
    return NotFoundError(f"there is no {subject}", hint=_LISTS.get(subject.split(" ", 1)[0]))


def in_order(scopes: Collection[TokenScope]) -> list[TokenScope]:
    """The scopes in the order in which they are shown."""
    return [scope for scope in TokenScope if scope in scopes]


def token_hash(token: str) -> str:
    """What is stored of a token. Tokens are long and random, so a plain hash keeps them."""
    return hashlib.sha256(token.encode()).hexdigest()
