"""What the parents of an archive have that it does not stand on yet."""

from typing import Final

from vostok.documents import ArchiveView
from vostok.domain.archive import ArchiveKind
from vostok.entrypoints.pages.reading import PageReader
from vostok.errors import GoneError, NotFoundError

SNAPSHOT: Final = "snapshot"
PUBLICATION: Final = "publication"


def newer_states(reader: PageReader, archive: ArchiveView) -> dict[str, str]:
    """`ARCHIVE/SUITE` of each parent that moved on -> its newest state, as «snapshot 4».

    Nothing is told of a parent that whoever reads may not see. O(parents), each read once.
    """
    found = {}
    for parent in archive.get("parents") or []:
        try:
            kind, number = _newest(reader.archive(parent["archive"]), parent["suite"])
        except (NotFoundError, GoneError):
            continue
        if number > parent["number"]:
            found[f"{parent['archive']}/{parent['suite']}"] = f"{kind} {number}"
    return found


def _newest(parent: ArchiveView, suite_name: str) -> tuple[str, int]:
    if parent["kind"] == ArchiveKind.DERIVED:
        publication = parent.get("last_publication")
        return PUBLICATION, publication["number"] if publication else 0
    for suite in parent.get("suites") or []:
        snapshot = suite.get("snapshot")
        if suite["name"] == suite_name and snapshot:
            return SNAPSHOT, snapshot["number"]
    return SNAPSHOT, 0
