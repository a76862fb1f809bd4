"""What an archive takes, in pieces that people can look through."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from vostok.debian.stanza import fields_of
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import ArchiveKind, Suite
from vostok.domain.derivation import Unbuilt
from vostok.domain.source_list import ShownSource, SourceGroup, SourceList
from vostok.domain.sync import LocalChange
from vostok.errors import InvalidInputError
from vostok.services.repositories import Database, Transaction
from vostok.services.repositories.source_lists import ListedName
from vostok.services.views.editions import derivation_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePiece:
    """A piece of the list of an archive's sources.

    Attributes:
        count: how many sources the whole list has.
        goes_on: whether more of them come behind the piece.
        is_first: whether none come in front of it.
        components: those of the archive, to choose among.
        changed: how many sources somebody uploaded here.
        removed: how many are taken out here.
    """

    sources: Sequence[ShownSource]
    count: int
    goes_on: bool
    is_first: bool
    components: Sequence[str]
    changed: int
    removed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """What clients see no more when sources go: names of binary packages, and how many are ours.

    Attributes:
        binaries: of every architecture of the archive, by name.
        own: how many published files of them were made here.
    """

    binaries: Sequence[str]
    own: int


class SourceListService:
    """Lists the sources of derived archives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def piece(self, principal: Principal, name: str, asked: SourceList) -> SourcePiece:
        """A piece of the list, and how long it is. O(archive) only in the database.

        Where fewer than a piece stand in front of a name, it is the first piece.

        Raises:
            InvalidInputError: the archive is an image, so nothing is taken in it.
        """
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            suite = _derived(transaction, name)
            local = transaction.deltas.local_changes(suite.id)
            removed = _removed(transaction, suite)
            one_more = replace(asked, limit=None if asked.limit is None else asked.limit + 1)
            if asked.group is SourceGroup.TAKEN:
                found = _taken(transaction, suite, one_more, local)
                is_all = not (asked.after or asked.before or _is_cut(found, asked))
                count = (
                    len(found) if is_all else transaction.source_lists.count_taken(suite, asked)
                )
            else:
                group = removed if asked.group is SourceGroup.REMOVED else _changed(local)
                chosen = _chosen(group, asked)
                found, count = _cut(chosen, one_more), len(chosen)
            is_more = _is_cut(found, asked)
            if not asked.before or is_more:
                return SourcePiece(
                    sources=found[is_more:] if asked.before else found[: asked.limit],
                    count=count,
                    goes_on=is_more or bool(asked.before),
                    is_first=not (asked.after or asked.before),
                    components=suite.components,
                    changed=len(local),
                    removed=len(removed),
                )
        return self.piece(principal, name, replace(asked, before=""))

    def names(self, principal: Principal, name: str, asked: SourceList) -> list[str]:
        """The names of all that match, wherever a piece of them would begin. O(matching)."""
        require(principal, Action.VIEW, name)
        whole = replace(asked, after="", before="", limit=None)
        with self._database.read() as transaction:
            suite = _derived(transaction, name)
            if asked.group is SourceGroup.TAKEN:
                return [source.name for source in transaction.source_lists.taken(suite, whole)]
            local = transaction.deltas.local_changes(suite.id)
            group = (
                _removed(transaction, suite)
                if asked.group is SourceGroup.REMOVED
                else _changed(local)
            )
            return [source.name for source in _chosen(group, whole)]

    def leaving(self, principal: Principal, name: str, sources: Collection[str]) -> Leaving:
        """What leaves the publication with these sources. O(their packages)."""
        require(principal, Action.VIEW, name)
        wanted = frozenset(sources)
        with self._database.read() as transaction:
            suite = _derived(transaction, name)
            derivation = derivation_of(suite)
            own = [
                binary
                for binary in transaction.deltas.published_binaries(suite.id, suite.publication)
                if binary.source_name in wanted
            ]
            names = {binary.name for binary in own}
            if derivation.unbuilt is Unbuilt.PARENT:
                names |= {
                    binary.name
                    for binary in transaction.listings.binaries(derivation.base, wanted)
                    if binary.index_architecture in {*suite.architectures, "all"}
                }
            return Leaving(binaries=sorted(names), own=len(own))


def _is_cut(found: Sequence[ShownSource], asked: SourceList) -> bool:
    """Whether more was found than is asked for."""
    return asked.limit is not None and len(found) > asked.limit


def _derived(transaction: Transaction, name: str) -> Suite:
    archive = transaction.archives.named(name)
    if archive.kind is not ArchiveKind.DERIVED:
        raise InvalidInputError(
            f"{name} is an image of somebody else's archive; it has what that has",
            hint=f"derive an archive from it: vostok archive derive NAME --parent {name}",
        )
    return transaction.archives.suites(archive.id)[0]


def _taken(
    transaction: Transaction, suite: Suite, asked: SourceList, local: dict[str, LocalChange]
) -> list[ShownSource]:
    found = transaction.source_lists.taken(suite, asked)
    texts = transaction.listings.texts([source.stanza_id for source in found])
    return [_shown(source, texts[source.stanza_id], local.get(source.name)) for source in found]


def _shown(source: ListedName, stanza: str, local: LocalChange | None) -> ShownSource:
    (section,) = fields_of(stanza, ["Section"])
    return ShownSource(
        name=source.name,
        version=source.version if local is None else local.version,
        component=source.component,
        section=section or "",
        base_version=source.version,
        is_changed=local is not None,
    )


def _changed(local: dict[str, LocalChange]) -> list[ShownSource]:
    return [
        ShownSource(
            name=change.source,
            version=change.version,
            base_version=change.base_version or "",
            is_changed=True,
        )
        for change in local.values()
    ]


def _removed(transaction: Transaction, suite: Suite) -> list[ShownSource]:
    removals = transaction.derivations.removals(suite.id, derivation_of(suite).number)
    return [
        ShownSource(name=name, version=removal.base_version) for name, removal in removals.items()
    ]


def _chosen(group: Iterable[ShownSource], asked: SourceList) -> list[ShownSource]:
    """Those of a short group whose name has the text, by name."""
    text = asked.text.lower()
    return sorted(source for source in group if text in source.name)


def _cut(chosen: Sequence[ShownSource], asked: SourceList) -> list[ShownSource]:
    if asked.before:
        found = [source for source in chosen if source.name < asked.before]
        return found if asked.limit is None else found[-asked.limit :]
    return [source for source in chosen if source.name > asked.after][: asked.limit]
