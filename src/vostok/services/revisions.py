"""Revisions of archives, and requests that are only to be done if one still holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vostok.domain.access import Action, Principal, require
from vostok.domain.quota import Limits, Subject, SubjectKind
from vostok.domain.revision import Revision
from vostok.errors import ChangedError
from vostok.services.repositories import Database, Transaction

REVISIONS_NAMED_MAX = 10
READ_BY_ALL = frozenset(
    {
        "keep", "serve", "binaries", "policy", "scheme", "binnmus", "ubuntu_versions",
        "visibility", "selection", "sources",
    }
)  # fmt: skip
"""Parts whose values are in the archive's document, which everybody reads who sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """That an archive stands as in one of some revisions; of none: that it is there.

    Attributes:
        parts: only these have to stand so, for whoever has seen no others; None: all.
    """

    archive: str
    revisions: Sequence[str]
    parts: frozenset[str] | None = None


class RevisionService:
    """Tells the revision of an archive."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_archive(self, principal: Principal, name: str) -> str:
        """The revision that an archive has now."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            return revision_of(transaction, name).text


def revision_of(transaction: Transaction, name: str) -> Revision:
    """How an archive stands in all that people set: settings, sources, rights.

    What Vostok does by itself there, as builds and publications, is no part of it.
    """
    return _revision(_values(transaction, name))


def _revision(values: Mapping[str, object]) -> Revision:
    return Revision(parts={part: repr(value) for part, value in values.items()})


def _values(transaction: Transaction, name: str) -> dict[str, object]:
    archive = transaction.archives.named(name)
    suites = transaction.archives.suites(archive.id)
    derivations = [suite.derivation for suite in suites if suite.derivation is not None]
    grants = transaction.rights.grants(archive.id)
    return {
        "id": archive.id,
        "state": archive.state,
        "keep": archive.keep,
        "serve": archive.serve,
        "binaries": archive.accepts_binaries,
        "policy": archive.policy,
        "scheme": (archive.scheme, archive.vendor),
        "binnmus": archive.makes_binnmus,
        "ubuntu_versions": archive.makes_ubuntu_versions,
        "visibility": archive.is_private,
        "quota": _own_limits(transaction, name),
        "rights": sorted(grant.id for grant in grants),
        "selection": [derivation.selection for derivation in derivations],
        "sources": [derivation.number for derivation in derivations],
    }


def _own_limits(transaction: Transaction, archive: str) -> Limits | None:
    subject = Subject(kind=SubjectKind.ARCHIVE, name=archive)
    return next((q.limits for q in transaction.quotas.all() if q.subject == subject), None)


def check(transaction: Transaction, condition: Condition) -> None:
    """Nothing, if the condition holds; the archive stays so until the transaction ends.

    Raises:
        ChangedError: it does not; what is otherwise is named.
        NotFoundError: there is no such archive.
    """
    transaction.archives.lock(transaction.archives.named(condition.archive).id)
    refuse_changed(transaction, condition)


def refuse_changed(transaction: Transaction, condition: Condition) -> None:
    """The same of this moment only."""
    now = _values(transaction, condition.archive)
    revision = _revision(now)
    if not condition.revisions or revision.text in condition.revisions:
        return
    changed = revision.changed_since(condition.revisions[0])
    if changed is not None and condition.parts is not None:
        changed = [part for part in changed if part in condition.parts]
        if not changed:
            return
    told = "it is none of its revisions" if changed is None else f"changed: {', '.join(changed)}"
    raise ChangedError(
        f"the archive {condition.archive} is not as it was seen: {told}",
        hint="look at it again, then decide again",
        changed=changed or [],
        now={part: _told(now[part]) for part in changed or [] if part in READ_BY_ALL},
    )


def _told(value: object) -> object:
    """A value of a part as a document has it; of one suite alone, its own."""
    match value:
        case tuple():
            return " ".join(map(str, value)).strip()
        case [alone]:
            return alone
        case _:
            return value
