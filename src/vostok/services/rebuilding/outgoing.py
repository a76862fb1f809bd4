"""Outgoing sources: their versions are taken here, and their files made by who asks for them.

Who asks signs the files and answers for them, so they are made on that machine, of files and of
an entry that come from here. The same request gives the same bytes again, whenever it is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from vostok.debian.changelog import changelog_entry
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, Suite
from vostok.domain.campaign import REASON_LENGTH_MAX
from vostok.domain.counting import counted
from vostok.domain.outgoing import (
    OutgoingPlan,
    OutgoingSource,
    PlannedOutgoing,
    Wording,
    plan_outgoing,
)
from vostok.domain.rebuild_policy import check_rebuildable
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.audit import note, quoted
from vostok.services.pool.files import FileService
from vostok.services.ports import Clock, StoredFile
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.source_limits import rebuildable_names
from vostok.services.versions.candidates import list_candidates
from vostok.services.versions.facts import habits_of, marking_of, with_scheme
from vostok.services.views.editions import base_of

URGENCY = "medium"
"""As dch writes it."""
SOURCES_NAMED_MAX = 10
"""In the audit log, of all that were asked for at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRequest:
    """What somebody asks to be made as files for another archive.

    Attributes:
        distribution: what the entries name; None: the name of the archive's suite.
        maintainer: who changed the sources, and signs them: `Name <address>`.
        scheme: by which they are versioned; None: that of the archive, with its vendor's word.
    """

    archive: str
    selection: str
    reason: str
    maintainer: str
    distribution: str | None = None
    scheme: VersionScheme | None = None
    vendor: str = ""


class OutgoingParts(NamedTuple):
    """What the files of an outgoing source are made of."""

    outgoing: OutgoingSource
    entry: str
    """The changelog entry with the empty line that ends it."""
    at: datetime
    """The date of the entry, to the second."""
    files: Sequence[tuple[str, int, str]]
    """(name, size, SHA-256) of the source that it is made of, the .dsc among them."""


class OutgoingService:
    """Gives versions and entries to outgoing sources, and the files that they are made of."""

    def __init__(self, database: Database, files: FileService, clock: Clock) -> None:
        self._database = database
        self._files = files
        self._clock = clock

    def plan(self, principal: Principal, request: OutgoingRequest) -> OutgoingPlan:
        """What the request would give, decided as for a real one."""
        require(principal, Action.REQUEST_REBUILD, request.archive)
        with self._database.read() as transaction:
            return self._planned(transaction, principal, request)[1]

    def request(self, principal: Principal, request: OutgoingRequest) -> OutgoingPlan:
        """The outgoing sources, whose versions are taken for good. Asked again, the same.

        Raises:
            ConflictError: the archive's policy forbids it, or the scheme makes no new versions.
            InvalidInputError: selection, reason, maintainer, distribution or vendor's word is not
                acceptable.
            NotAllowedError: the principal's right reaches none of the sources.
        """
        require(principal, Action.REQUEST_REBUILD, request.archive)
        with self._database.write() as transaction:
            transaction.archives.lock(transaction.archives.named(request.archive).id)
            archive, plan, wording = self._planned(transaction, principal, request)
            now = self._clock.now().replace(microsecond=0)
            new = [source for source in plan.sources if source.rebuild_no is not None]
            transaction.campaigns.take_rebuild_numbers(
                archive.id, {s.source: s.rebuild_no for s in new if s.rebuild_no is not None}
            )
            transaction.outgoing.put(
                archive.id,
                [
                    OutgoingSource(
                        source=source.source,
                        source_version=source.source_version,
                        version=source.version,
                        warning=source.warning,
                        **wording._asdict(),
                        requested_by=principal.name,
                        at=now,
                    )
                    for source in new
                ],
            )
            if new:
                note(
                    transaction, self._clock, principal, Action.REQUEST_REBUILD,
                    archive=archive.name,
                    subject=f"{counted(len(new), 'source')} for elsewhere",
                    detail=_audit_words(request, new, wording),
                )  # fmt: skip
            return plan

    def parts(
        self, principal: Principal, archive: str, source: str, version: str
    ) -> OutgoingParts:
        """What the files of an outgoing source are made of.

        Raises:
            NotFoundError: none was asked for, or the source that it is made of is here no more.
        """
        require(principal, Action.VIEW, archive)
        with self._database.read() as transaction:
            found = transaction.archives.named(archive)
            suite = transaction.archives.suites(found.id)[0]
            outgoing = transaction.outgoing.find(found.id, source, version)
            if outgoing is None:
                raise NotFoundError(
                    f"no outgoing source {source} {version} was asked for",
                    hint=f"ask for it: vostok rebuild nochange {archive} --output DIR …",
                )
            files = _files_of(transaction, suite, source, outgoing.source_version)
        return OutgoingParts(
            outgoing=outgoing, entry=_entry(outgoing), at=outgoing.at, files=files
        )

    def file(
        self, principal: Principal, archive: str, source: str, version: str, name: str
    ) -> StoredFile:
        """A file of the source that an outgoing one is made of, fetched if it is not here yet."""
        for known, size, sha256 in self.parts(principal, archive, source, version).files:
            if known == name:
                place = self._files.ensure(sha256, size=size, name=name)
                return StoredFile(path=place, size=size, sha256=sha256)
        raise NotFoundError(f"{source} {version} is not made of a file {name}")

    def _planned(
        self, transaction: Transaction, principal: Principal, request: OutgoingRequest
    ) -> tuple[Archive, OutgoingPlan, Wording]:
        if not request.reason.strip() or len(request.reason) > REASON_LENGTH_MAX:
            raise InvalidInputError(
                f"a no-change source needs a reason of 1 to {REASON_LENGTH_MAX} characters",
                hint="say why: --reason TEXT",
            )
        archive = with_scheme(
            transaction.archives.named(request.archive), request.scheme, request.vendor
        )
        check_rebuildable(archive)
        if archive.scheme is VersionScheme.SAME:
            raise ConflictError(
                f"the scheme of {archive.name} is {archive.scheme}: it makes no new versions",
                hint="name another: --scheme safe",
                reason="scheme-same",
            )
        suite = transaction.archives.suites(archive.id)[0]
        wording = Wording(
            distribution=request.distribution or suite.name,
            maintainer=request.maintainer,
            reason=request.reason.strip(),
            scheme=f"{archive.scheme} {archive.vendor}".rstrip(),
        )
        found = list_candidates(transaction, archive, suite, request.selection)
        allowed, refused = rebuildable_names(
            transaction, principal, archive, suite, {each.source.name for each in found}
        )
        plan = plan_outgoing(
            (each for each in found if each.source.name in allowed),
            transaction.outgoing.worded(archive.id, wording),
            marking=marking_of(transaction, archive, suite),
            habits=replace(habits_of(transaction, archive, suite), takes_ours=True),
        )
        plan = replace(plan, refused=(*refused, *plan.refused))
        for first in plan.sources[:1]:  # all entries have the same words
            _entry_of(first.source, first.version, wording, self._clock.now())
        return archive, plan, wording


def _entry(outgoing: OutgoingSource) -> str:
    return _entry_of(outgoing.source, outgoing.version, outgoing.wording, outgoing.at)


def _entry_of(source: str, version: str, wording: Wording, at: datetime) -> str:
    return changelog_entry(
        source=source,
        version=version,
        distribution=wording.distribution,
        text_lines=[f"No-change rebuild: {wording.reason}"],
        maintainer=wording.maintainer,
        date=at,
        binary_only=False,
        urgency=URGENCY,
    )


def _files_of(
    transaction: Transaction, suite: Suite, source: str, source_version: str
) -> Sequence[tuple[str, int, str]]:
    there = transaction.packages.sources_named(base_of(suite), [source])
    own = transaction.members.own_sources(suite.id, [source])
    known = [(s.id, s.version) for s in there] + [(s.id, s.version) for s in own]
    for source_id, version in known:
        if version == source_version:
            return transaction.packages.source_files(source_id)
    raise NotFoundError(
        f"{source} {source_version} is not in the archive any more",
        hint="ask again: a newer version may be there",
    )


def _audit_words(
    request: OutgoingRequest, new: Sequence[PlannedOutgoing], wording: Wording
) -> str:
    """What was asked for and which versions were taken, for the audit log."""
    names = ", ".join(f"{each.source} {each.version}" for each in new[:SOURCES_NAMED_MAX])
    rest = f" and {len(new) - SOURCES_NAMED_MAX} more" if new[SOURCES_NAMED_MAX:] else ""
    return (
        f"selection {quoted(request.selection)}; for {quoted(wording.distribution)}, "
        f"scheme {wording.scheme}; {names}{rest}; reason: {quoted(request.reason)}"
    )
