"""A suite that shows just what its parent's snapshot shows: the very same index files."""

from collections.abc import Mapping, Sequence

from vostok.debian.indices import VARIANTS, IndexEntry, Release, index_path
from vostok.domain.archive import Suite
from vostok.domain.publication import IndexFile

RELEASE_PATH = "Release"
"""Under which a snapshot's files have the verified text of the Release file."""

ALL_INDEX = "binary-all"
TRANSLATION = "i18n/Translation-en"


def linked_indices(
    suite: Suite, files: Sequence[IndexFile], release: Release
) -> tuple[list[IndexFile], list[IndexEntry]] | None:
    """The files of a snapshot that a whole copy shows as they are, and what its Release says.

    None if they cannot be taken: one is missing, the Release file does not name its plain form
    (apt asks for that name first), or `all` packages stand in an index of their own.

    Args:
        suite: the copy, whose components and architectures are wanted.
        files: the snapshot's, by paths below `dists/SUITE`.
        release: the Release file that they were verified with.
    """
    by_path = {file.path: file for file in files}
    if any(f"/{ALL_INDEX}/" in path for path in by_path):
        return None
    needed = [
        *(index_path(component, "Sources") for component in suite.components),
        *(
            index_path(component, "Packages", architecture)
            for component in suite.components
            for architecture in suite.architectures
        ),
    ]
    optional = [f"{component}/{TRANSLATION}" for component in suite.components]
    shown: list[IndexFile] = []
    entries: list[IndexEntry] = []
    for plain in [*needed, *optional]:
        found = _variants(by_path, plain)
        if not found:
            if plain in optional:
                continue
            return None
        if plain not in release.files:
            return None
        shown += found
        entries += [IndexEntry(path=f.path, size=f.size, sha256=f.sha256) for f in found]
        if plain not in by_path:
            entries.append(release.files[plain])
    return shown, entries


def _variants(by_path: Mapping[str, IndexFile], plain: str) -> list[IndexFile]:
    return [by_path[plain + suffix] for suffix in VARIANTS if plain + suffix in by_path]
