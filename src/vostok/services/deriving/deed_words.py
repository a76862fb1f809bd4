"""What logs say of derivations: of what, what was asked for, and what became of it."""

from collections.abc import Mapping, Sequence

from vostok.domain.archive import Archive, Suite
from vostok.domain.counting import counted
from vostok.domain.derivation import Derivation, OnRemoval, Parent, Unbuilt
from vostok.domain.sync import Verdict
from vostok.services.audit import quoted
from vostok.services.views.editions import derivation_of


def parent_words(parent: Parent) -> str:
    """A parent as it stood: `debian/sid snapshot 3, rank 2, only of hello`."""
    is_derived = parent.members.suite_id != parent.suite_id
    words = f"{parent} {'publication' if is_derived else 'snapshot'} {parent.number}"
    if parent.rank > 1:
        words += f", rank {parent.rank}"
    return f"{words}, only of {quoted(parent.only)}" if parent.only else words


def derived_words(archive: Archive, suite: Suite, toolchain: str | None) -> str:
    """What a new archive was derived from, and how."""
    derivation = derivation_of(suite)
    parts = [
        f"derived from {' and '.join(map(parent_words, derivation.parents))}",
        f"selection {quoted(derivation.selection)}: {counted(derivation.taken, 'source')}",
        f"architectures {' '.join(suite.architectures)}",
        f"mode {derivation.mode}",
        *([f"unbuilt {derivation.unbuilt}"] if derivation.unbuilt is not Unbuilt.PARENT else []),
        *([f"on removal {suite.on_removal}"] if suite.on_removal is not OnRemoval.DROP else []),
        f"toolchain {toolchain}" if toolchain else "no toolchain",
        f"keep {archive.keep}, serve {archive.serve}",
        f"scheme {archive.scheme} {archive.vendor}".rstrip(),
        "private" if archive.is_private else "public",
    ]
    return "; ".join(parts)


def taken_words(suite: Suite) -> str:
    """How much a suite takes, for the log of its job: parents have no names there."""
    derivation = derivation_of(suite)
    sources = counted(derivation.taken, "source")
    return f"takes {sources} of {counted(len(derivation.parents), 'parent')}"


def changed_words(before: Derivation, after: Derivation, counts: Mapping[Verdict, int]) -> str:
    """What a change made of a derivation: parents that moved, the selection, the decisions."""
    parts = [f"derivation {before.number} became {after.number}", *_moved(before, after)]
    if before.selection != after.selection:
        parts.append(f"selection {quoted(before.selection)} became {quoted(after.selection)}")
    parts.append(", ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    return "; ".join(part for part in parts if part)


def _moved(before: Derivation, after: Derivation) -> Sequence[str]:
    old = {(parent.suite_id, parent.rank, parent.only): parent.number for parent in before.parents}
    found = []
    for parent in after.parents:
        number = old.get((parent.suite_id, parent.rank, parent.only))
        if number is not None and number != parent.number:
            found.append(f"{parent_words(parent)}, before {number}")
    return found or [f"parents stay: {' and '.join(map(parent_words, after.parents))}"]
