"""The files of an outgoing source, made in a directory of the files of the old one.

Whoever makes them, the command line or the server, makes the same bytes.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vostok.debian.no_change_source import (
    DSC_BYTES_MAX,
    Digests,
    Watch,
    control_file,
    described,
    no_change_dsc,
    plan_no_change,
    unwatched,
    with_changelog_entry,
)
from vostok.debian.packages import check_file_name, source_files
from vostok.debian.source_changes import (
    UploadedFile,
    section_and_priority,
    source_changes,
    uploaded_names,
)
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

PIECE_BYTES: Final = 1 << 20

Fetch = Callable[[str], Path]
"""The place of a file of the old source, whose bytes are those that the archive names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingParts:
    """What the files are made of.

    Attributes:
        source: its name.
        version: of the new source.
        entry: changelog entry with the empty line that ends it.
        at: date of the entry, in seconds.
        sizes: name -> size of each file of the old source, the .dsc among them.
    """

    source: str
    version: str
    entry: str
    at: int
    sizes: Mapping[str, int]


def make_outgoing_source(
    place: Path,
    parts: OutgoingParts,
    fetch: Fetch,
    *,
    with_original: bool,
    watch: Watch = unwatched,
) -> list[tuple[str, Path]]:
    """Make what is new in a directory; (name, place) of all files of the upload.

    The .dsc follows the files that it names, and the .changes comes last. `fetch` may put files
    into the same directory. What is unpacked passes through `watch`.

    Raises:
        InvalidInputError: no such source can be made of these files.
        VostokError: what `fetch` raises.
    """
    names = {check_file_name(name) for name in parts.sizes}
    dsc = _old_dsc(names, parts, fetch)
    plan = plan_no_change(dsc, Version.parse(parts.version))
    old = _known(names, plan.old_name, fetch)
    control = control_file(pieces(old), plan, watch=watch)
    digests = Digests()
    changed = with_changelog_entry(pieces(old), plan, entry=parts.entry, at=parts.at, watch=watch)
    with (place / plan.new_name).open("wb") as file:
        file.writelines(digests.noting(changed))
    new_dsc = no_change_dsc(dsc, plan, digests.file(plan.new_name))
    (place / plan.dsc_name).write_bytes(new_dsc)
    listed = [file.name for file in source_files(described(new_dsc))]
    sent = [
        (name, place / name if name == plan.new_name else _known(names, name, fetch))
        for name in uploaded_names(listed, with_original=with_original)
    ]
    made = [*sent, (plan.dsc_name, place / plan.dsc_name)]
    section, priority = section_and_priority(control)
    uploaded = [digested(where, name) for name, where in (made[-1], *sent)]
    changes = changes_name(parts.source, parts.version)
    (place / changes).write_text(
        source_changes(new_dsc, parts.entry, uploaded, section=section, priority=priority)
    )
    return [*made, (changes, place / changes)]


def changes_name(source: str, version: str) -> str:
    """The name of the .changes of an outgoing source."""
    return f"{source}_{Version.parse(version).without_epoch}_source.changes"


def digested(path: Path, name: str = "") -> UploadedFile:
    """A file with its digests, under its own or another name."""
    hashes = {each: hashlib.new(each, usedforsecurity=False) for each in ("md5", "sha1", "sha256")}
    size = 0
    for piece in pieces(path):
        size += len(piece)
        for known in hashes.values():
            known.update(piece)
    digests = {each: known.hexdigest() for each, known in hashes.items()}
    return UploadedFile(name=name or path.name, size=size, **digests)


def pieces(path: Path) -> Iterator[bytes]:
    """The bytes of a file."""
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


def _old_dsc(names: set[str], parts: OutgoingParts, fetch: Fetch) -> bytes:
    name = next((each for each in sorted(names) if each.endswith(".dsc")), "")
    if name and parts.sizes[name] > DSC_BYTES_MAX:
        raise InvalidInputError(f"{name} has {parts.sizes[name]} bytes; at most {DSC_BYTES_MAX}")
    return _known(names, name, fetch).read_bytes()


def _known(names: set[str], name: str, fetch: Fetch) -> Path:
    if name not in names:
        raise InvalidInputError(f"{name or 'a .dsc'} is no file of the source")
    return fetch(name)
