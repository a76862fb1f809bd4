"""Binaries of older versions that an uploaded source builds no more: out of what is published.

What something that stays still needs is held back, as Debian's archive does with such packages.
Decided anew for each publication: what is needed again is shown again.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vostok.debian.stanza import parse_stanza, required
from vostok.domain.archive import Archive, Suite
from vostok.domain.counting import counted
from vostok.domain.not_built import BUILD_FIELDS, Needing, NotBuilt, kept_back, names_of
from vostok.domain.package import DeltaKind, ListedBinary, OwnBinary
from vostok.services.repositories import Transaction
from vostok.services.views.editions import base_of

SENTENCES_SHOWN_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBuiltPackages:
    """What an archive's sources build no more.

    Attributes:
        gone: what is taken out.
        kept: what is held back, each with the sentence that says why.
    """

    gone: Sequence[NotBuilt]
    kept: Sequence[tuple[NotBuilt, str]]

    @property
    def gone_ids(self) -> frozenset[int]:
        """Of the binary releases that are taken out."""
        return frozenset(binary.id for binary in self.gone)

    @property
    def each(self) -> list[tuple[NotBuilt, str | None]]:
        """All of them, each with the sentence that holds it back; None: it is taken out."""
        return [*self.kept, *((binary, None) for binary in self.gone)]

    def words(self, archive: str) -> str:
        """What a message says of those that are held back."""
        if not self.kept:
            return ""
        reasons = [f"{binary} stays: {why}" for binary, why in self.kept[:SENTENCES_SHOWN_MAX]]
        held = counted(len(self.kept), "package is", "packages are")
        return (
            f"; {held} built no more and still needed: {'; '.join(reasons)}; "
            f"vostok publication not-built {archive}"
        )


NOTHING = NotBuiltPackages(gone=(), kept=())


def find_not_built(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    own: Sequence[OwnBinary],
    listed: Sequence[ListedBinary],
    *,
    taken: frozenset[str],
) -> NotBuiltPackages:
    """What is to be taken out of a publication, and what is held back.

    O(1) without an upload that is shown; O(archive) where one builds less than the version before.

    Args:
        transaction: to read in.
        archive: whose.
        suite: that is published.
        own: the binaries made here that clients see.
        listed: all binaries that would be listed.
        taken: names of the sources that the suite takes.
    """
    candidates = _candidates(transaction, archive, suite, own, listed)
    if not candidates:
        return NOTHING
    ids = {binary.id for binary in candidates}
    staying = [binary for binary in listed if binary.id not in ids]
    needing = _needing(transaction, suite, own, staying, names_of(candidates), taken)
    reasons = kept_back(candidates, needing)
    return NotBuiltPackages(
        gone=[binary for binary in candidates if binary.id not in reasons],
        kept=[(binary, reasons[binary.id]) for binary in candidates if binary.id in reasons],
    )


def _candidates(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    own: Sequence[OwnBinary],
    listed: Sequence[ListedBinary],
) -> list[NotBuilt]:
    """Listed binaries of sources whose uploaded version is built everywhere, and not by it."""
    local = transaction.deltas.local_changes(suite.id)
    mine = [b for b in own if b.toolchain_id is None and b.source_name in local]
    if not mine:
        return []
    incomplete = transaction.builds.unaccepted_uploads(archive.id)
    rebuilt = transaction.builds.source_versions(
        {binary.build_id for binary in mine if binary.build_id is not None}
    )
    versions = {
        source: change.version
        for source, change in local.items()
        if (source, change.version) not in incomplete
    }
    current = {
        binary.binary_id
        for binary in mine
        if (version := versions.get(binary.source_name)) is not None
        and version in (binary.source_version, rebuilt.get(binary.build_id or 0))
    }
    built = {binary.source_name for binary in mine if binary.binary_id in current}
    current |= {binary.binary_id for binary in own if binary.kind is DeltaKind.TOOLCHAIN}
    found = [b for b in listed if b.source_name in built and b.id not in current]
    texts = transaction.listings.texts([binary.paragraph_id for binary in found])
    places: dict[int, list[str]] = {}
    for binary in found:
        places.setdefault(binary.id, []).append(binary.index_architecture)
    return [
        NotBuilt(
            id=binary.id,
            name=binary.name,
            version=required(parse_stanza(texts[binary.paragraph_id]), "Version", of=binary.name),
            architectures=tuple(places[binary.id]),
            source=binary.source_name,
            built_from=binary.source_version,
            source_version=versions[binary.source_name],
            stanza=texts[binary.paragraph_id],
        )
        for binary in {binary.id: binary for binary in found}.values()
    ]


def _needing(
    transaction: Transaction,
    suite: Suite,
    own: Iterable[OwnBinary],
    staying: Iterable[ListedBinary],
    names: frozenset[str],
    taken: frozenset[str],
) -> Iterator[Needing]:
    """Packages that stay, and sources, in whose paragraphs one of the names stands."""
    places: dict[int, list[str]] = {}
    called: dict[int, str] = {}
    for binary in staying:
        places.setdefault(binary.id, []).append(binary.index_architecture)
        called[binary.id] = binary.name
    base = base_of(suite)
    texts = dict(transaction.listings.naming(base, names))
    texts |= {binary.binary_id: binary.stanza for binary in own}
    for number, text in texts.items():
        if number in places:
            yield Needing(label=called[number], architectures=tuple(places[number]), stanza=text)
    local = transaction.deltas.local_changes(suite.id)
    sources = [
        (name, text)
        for name, text in transaction.listings.sources_naming(base, names)
        if name in taken and name not in local
    ]
    sources += [
        (source.name, source.stanza)
        for source in transaction.deltas.own_sources(suite.id)
        if source.name in local and source.version == local[source.name].version
    ]
    for name, text in sources:
        yield Needing(
            label=f"the source {name}",
            architectures=suite.architectures,
            stanza=text,
            fields=BUILD_FIELDS,
        )
