"""Archives in the order of their descent."""

from collections.abc import Iterable
from dataclasses import dataclass

from vostok.documents import ArchiveView


@dataclass(frozen=True, slots=True, kw_only=True)
class Descendant:
    """An archive and how many parents of it stand above it."""

    archive: ArchiveView
    depth: int


def in_family_order(archives: Iterable[ArchiveView]) -> list[Descendant]:
    """Each archive after its parent, brothers by name; one whose parent is not here stands first.

    O(n log n). A circle of parents, which cannot be, would be appended as it comes.
    """
    named = {archive["name"]: archive for archive in archives}
    children: dict[str | None, list[ArchiveView]] = {}
    for archive in sorted(named.values(), key=lambda archive: archive["name"]):
        parent = _parent(archive)
        children.setdefault(parent if parent in named else None, []).append(archive)
    ordered: list[Descendant] = []
    waiting = [
        Descendant(archive=archive, depth=0) for archive in reversed(children.pop(None, []))
    ]
    while waiting:
        member = waiting.pop()
        ordered.append(member)
        waiting.extend(
            Descendant(archive=child, depth=member.depth + 1)
            for child in reversed(children.pop(member.archive["name"], []))
        )
    rest = [archive for group in children.values() for archive in group]
    return ordered + [Descendant(archive=archive, depth=0) for archive in rest]


def _parent(archive: ArchiveView) -> str:
    """The parent's name without its suite; empty for an image."""
    return (archive.get("parent") or "").partition("/")[0]
