"""Packages whose files nobody has any more: left out of what is published, and told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vostok.debian.relations import parse_relations
from vostok.debian.stanza import parse_stanza
from vostok.domain.package import IndexedBinary, Membership, SourceRelease
from vostok.services.repositories import Transaction

SENTENCES_SHOWN_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LostPackages:
    """What cannot be published.

    Attributes:
        files: SHA-256s that are neither here nor anywhere -> the sentence about each.
        sources: (name, version) of the sources that have such a file.
    """

    files: dict[str, str]
    sources: frozenset[tuple[str, str]]

    def without(self, binaries: Sequence[IndexedBinary]) -> tuple[list[IndexedBinary], list[str]]:
        """Those that can be published, and why the others cannot.

        A binary whose source is lost goes with it, and so does one that was built using a lost
        source: what is published must be there in source (I7).
        """
        if not self.files:
            return list(binaries), []
        kept: list[IndexedBinary] = []
        reasons: dict[str, str] = {}
        for binary in binaries:
            reason = self._reason(binary)
            if reason is None:
                kept.append(binary)
            else:
                reasons[binary.name] = reason
        return kept, [f"{name} is left out: {reason}" for name, reason in reasons.items()]

    def _reason(self, binary: IndexedBinary) -> str | None:
        if binary.sha256 in self.files:
            return self.files[binary.sha256]
        for name, version in [
            (binary.source_name, binary.source_version),
            *sorted(built_using([binary])),
        ]:
            if (name, version) in self.sources:
                return f"its source {name} {version} is lost"
        return None

    def without_sources(self, sources: Sequence[SourceRelease]) -> list[SourceRelease]:
        """The sources all of whose files can be had."""
        return [source for source in sources if (source.name, source.version) not in self.sources]


def lost_packages(transaction: Transaction, base: Membership) -> LostPackages:
    """What of a base cannot be had any more, as far as anybody asked. O(lost files)."""
    files = {sha256: lost.sentence for sha256, lost in transaction.files.lost().items()}
    sources = transaction.packages.sources_with_files(base, files) if files else ()
    return LostPackages(files=files, sources=frozenset(sources))


def built_using(binaries: Iterable[IndexedBinary]) -> set[tuple[str, str]]:
    """(name, version) of every source that a binary was built using.

    Source: Debian Policy 7.8 for Built-Using; Static-Built-Using is its dh-builtusing sibling.
    """
    found: set[tuple[str, str]] = set()
    for binary in binaries:
        if "Built-Using:" not in binary.stanza:
            continue
        stanza = parse_stanza(binary.stanza)
        for field in ("Built-Using", "Static-Built-Using"):
            for alternatives in parse_relations(stanza.get(field, "")):
                found.update((r.name, str(r.version)) for r in alternatives if r.version)
    return found


def lost_words(reasons: Sequence[str]) -> str:
    """What a message says of packages that were left out."""
    if not reasons:
        return ""
    more = "" if len(reasons) <= SENTENCES_SHOWN_MAX else " …"
    return f"; {'; '.join(reasons[:SENTENCES_SHOWN_MAX])}{more}"
