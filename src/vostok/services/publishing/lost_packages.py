"""Packages whose files nobody has any more: left out of what is published, and told."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.built_using import list_built_using, sources_built_using
from vostok.domain.package import ListedBinary, ListedSource, Membership, OwnBinary
from vostok.services.repositories import Transaction

SENTENCES_SHOWN_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPackages:
    """What cannot be published.

    Attributes:
        binaries: ids of binaries that cannot be published -> the sentence about each.
        sources: (name, version) of the sources that have a lost file.
    """

    binaries: Mapping[int, str]
    sources: frozenset[tuple[str, str]]

    def without(
        self, binaries: Sequence[ListedBinary]
    ) -> tuple[Sequence[ListedBinary], list[str]]:
        """Those that can be published, and why the others cannot.

        A binary whose source is lost goes with it, and so does one that was built using a lost
        source: what is published must be there in source (I7).
        """
        if not self.binaries and not self.sources:
            return binaries, []
        kept: list[ListedBinary] = []
        reasons: dict[str, str] = {}
        for binary in binaries:
            reason = self._reason(binary)
            if reason is None:
                kept.append(binary)
            else:
                reasons[binary.name] = reason
        return kept, [f"{name} is left out: {reason}" for name, reason in reasons.items()]

    def _reason(self, binary: ListedBinary) -> str | None:
        if (binary.source_name, binary.source_version) in self.sources:
            return _source_sentence(binary.source_name, binary.source_version)
        return self.binaries.get(binary.id)

    def without_sources(self, sources: Sequence[ListedSource]) -> Sequence[ListedSource]:
        """The sources all of whose files can be had."""
        if not self.sources:
            return sources
        return [source for source in sources if (source.name, source.version) not in self.sources]


def lost_packages(
    transaction: Transaction, base: Membership, own: Iterable[OwnBinary]
) -> LostPackages:
    """What of a base, and of what was made over it, cannot be had, as far as anybody asked.

    O(lost files), and O(archive) once a source has lost one.
    """
    lost = transaction.files.lost()
    if not lost:
        return LostPackages(binaries={}, sources=frozenset())
    sources = frozenset(transaction.packages.sources_with_files(base, lost))
    reasons: dict[int, str] = {}
    if sources:
        names = {name for name, _ in sources}
        texts = transaction.listings.built_using_any(base, names)
        texts += [(binary.binary_id, binary.stanza) for binary in own]
        for number, text in texts:
            used = sources_built_using(list_built_using(text.encode()))
            for name, version in sorted(used & sources):
                reasons.setdefault(number, _source_sentence(name, version))
    for number, sha256 in transaction.listings.with_files(lost).items():
        reasons[number] = lost[sha256].sentence
    return LostPackages(binaries=reasons, sources=sources)


def _source_sentence(name: str, version: str) -> str:
    return f"its source {name} {version} is lost"


def lost_words(reasons: Sequence[str]) -> str:
    """What a message says of packages that were left out."""
    if not reasons:
        return ""
    more = "" if len(reasons) <= SENTENCES_SHOWN_MAX else " …"
    return f"; {'; '.join(reasons[:SENTENCES_SHOWN_MAX])}{more}"
