"""What a selection would take, before anybody derives or rebuilds with it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from vostok.documents import PreviewView
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Suite
from vostok.domain.package import Membership, SourceSize
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.local_packages import LocalPackages
from vostok.services.selection.selecting import current_local, selected, sources_here
from vostok.services.views.editions import base_of

SOURCES_SHOWN_MAX: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedSource:
    """One source that a selection takes, and why."""

    name: str
    version: str
    size: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectedBinaries:
    """How many binary packages of one architecture the selected sources have, of which bytes."""

    architecture: str
    count: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a selection takes of a suite.

    Attributes:
        parent: `ARCHIVE/SUITE`.
        number: of the suite's snapshot, or of what its derivation stands on.
        sources: of all the selected ones in the order of their names, the part asked for.
        goes_on: whether more are behind these.
        count: of all selected sources.
        size: bytes of all their files.
        binaries: of all of them, for each architecture and for `all`.
        sources_total: how many sources the suite has.
    """

    parent: str
    number: int
    architectures: tuple[str, ...]
    sources: tuple[SelectedSource, ...]
    goes_on: bool
    count: int
    size: int
    binaries: tuple[SelectedBinaries, ...]
    sources_total: int


class PreviewService:
    """Evaluates selections for people who are still writing them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def preview(
        self,
        principal: Principal,
        *,
        parent: str,
        selection: str,
        architectures: Sequence[str] | None = None,
        behind: str = "",
        limit: int = SOURCES_SHOWN_MAX,
    ) -> Preview:
        """What a selection takes of a suite now. O(archive).

        Args:
            principal: who asks.
            parent: `ARCHIVE/SUITE`, or an archive with one suite.
            selection: the expression.
            architectures: whose binary packages and dependencies count; None: all of the suite.
            behind: the name of a source; only those behind it are listed.
            limit: how many are listed at most.

        Raises:
            InvalidInputError: the expression is malformed, or an architecture is not there.
            NotAllowedError: it may cost some seconds, so not everybody may ask for it.
            NotFoundError: there is no such archive or suite.
        """
        archive = parent.partition("/")[0]
        require(principal, Action.PREVIEW_SELECTION, archive)
        with self._database.read() as transaction:
            suite, title = _suite(transaction, parent)
            members, local, among = _members(transaction, suite)
            wanted = _architectures(suite, title, architectures)
            reasons = selected(
                transaction, members, selection, among=among, architectures=wanted, local=local
            )
            sizes = {size.name: size for size in transaction.paragraphs.source_sizes(members)}
            if local is not None:
                sizes |= _local_sizes(transaction, local)
            names = [name for name in reasons if name > behind]
            listed = names[:limit]
            return Preview(
                parent=title,
                number=members.number,
                architectures=tuple(wanted),
                sources=tuple(
                    SelectedSource(
                        name=name,
                        version=sizes[name].version,
                        size=sizes[name].size,
                        reason=reasons[name],
                    )
                    for name in listed
                ),
                goes_on=0 < len(listed) < len(names),
                count=len(reasons),
                size=sum(sizes[name].size for name in reasons),
                binaries=_binaries(transaction, members, wanted, reasons.keys()),
                sources_total=len(sizes if among is None else among),
            )


def _suite(transaction: Transaction, parent: str) -> tuple[Suite, str]:
    """The suite that is meant, and its name as `ARCHIVE/SUITE`."""
    if "/" in parent:
        name, _, suite_name = parent.partition("/")
        archive = transaction.archives.named(name)
        suite = transaction.archives.find_suite(archive.id, suite_name)
        suites = transaction.archives.suites(archive.id)
    else:
        archive, suite = transaction.archives.named(parent), None
        suites = transaction.archives.suites(archive.id)
        if len(suites) == 1:
            suite = suites[0]
    if suite is None:
        there = ", ".join(f"{archive.name}/{each.name}" for each in suites) or "none yet"
        kind = NotFoundError if "/" in parent else InvalidInputError
        raise kind(f"{parent} is not one suite of {archive.name}", hint=f"its suites: {there}")
    return suite, f"{archive.name}/{suite.name}"


def _members(
    transaction: Transaction, suite: Suite
) -> tuple[Membership, LocalPackages | None, frozenset[str] | None]:
    """The packages that are looked at; of a derived suite also its own, and what it has."""
    if suite.derivation is not None:
        local = current_local(transaction, suite)
        return base_of(suite), local, sources_here(transaction, suite, local)
    if suite.snapshot == 0:
        raise ConflictError(
            f"{suite.name} has not been imported yet", hint="vostok archive import …"
        )
    return Membership(suite_id=suite.id, number=suite.snapshot), None, None


def _local_sizes(transaction: Transaction, local: LocalPackages) -> dict[str, SourceSize]:
    files = transaction.packages.files_of_sources([source.id for source in local.sources])
    return {
        source.name: SourceSize(
            source.name, source.version, sum(size for _, size, _ in files[source.id])
        )
        for source in local.sources
    }


def _architectures(suite: Suite, title: str, architectures: Sequence[str] | None) -> Sequence[str]:
    wanted = tuple(dict.fromkeys(architectures)) if architectures else suite.architectures
    missing = [name for name in wanted if name not in suite.architectures]
    if missing:
        raise InvalidInputError(
            f"{title} has no architecture {', '.join(missing)}",
            hint=f"it has {', '.join(suite.architectures)}",
        )
    return wanted


def _binaries(
    transaction: Transaction,
    members: Membership,
    architectures: Sequence[str],
    sources: Collection[str],
) -> tuple[SelectedBinaries, ...]:
    """Counts for each architecture; an `all` package that several indices list counts once."""
    entries: dict[tuple[str, str], tuple[int, int]] = {}
    for row in transaction.paragraphs.binary_sizes(members, architectures):
        if row.source_name in sources:
            key = (row.architecture, row.source_name)
            entries[key] = max(entries.get(key, (0, 0)), (row.entries, row.size))
    counts: dict[str, int] = defaultdict(int)
    sizes: dict[str, int] = defaultdict(int)
    for (architecture, _), (count, size) in entries.items():
        counts[architecture] += count
        sizes[architecture] += size
    return tuple(
        SelectedBinaries(architecture=name, count=counts[name], size=sizes[name])
        for name in sorted(counts)
    )


def preview_document(
    preview: Preview, *, selection: str, following: str | None = None
) -> PreviewView:
    """A preview as the API shows it, with the cursor of its next page."""
    return {
        "parent": preview.parent,
        "number": preview.number,
        "selection": selection,
        "architectures": list(preview.architectures),
        "sources": {
            "count": preview.count,
            "bytes": preview.size,
            "total": preview.sources_total,
        },
        "binaries": [
            {"architecture": row.architecture, "count": row.count, "bytes": row.size}
            for row in preview.binaries
        ],
        "next": following,
        "selected": [
            {
                "source": source.name,
                "version": source.version,
                "bytes": source.size,
                "reason": source.reason,
            }
            for source in preview.sources
        ],
    }
