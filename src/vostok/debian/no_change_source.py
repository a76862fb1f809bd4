"""No-change sources: a source package again, under another version and one changelog entry longer.

One file of it carries debian/changelog and is packed anew; the others, the upstream tarballs and
their signatures among them, are the old ones. Nothing of the package is run.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vostok.debian import source_diff, source_tar
from vostok.debian.compression import Compression, packed, unpacked
from vostok.debian.excerpt import excerpt
from vostok.debian.packages import check_source_name, source_files
from vostok.debian.stanza import Stanza, parse_stanza, required
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

DSC_BYTES_MAX: Final = 4 << 20
CONTROL_BYTES_MAX: Final = 16 << 20

_SIGNED: Final = b"-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE: Final = b"-----BEGIN PGP SIGNATURE-----"
_ENDING: Final = "|".join(Compression)
_CHECKSUMS: Final = {b"files": "md5", b"checksums-sha1": "sha1", b"checksums-sha256": "sha256"}

Watch = Callable[[Iterator[bytes]], Iterator[bytes]]
"""Passes unpacked pieces on, and raises an error when there are too many or it takes too long."""


def unwatched(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The pieces, within the bounds that always hold."""
    return pieces


class Carrier(StrEnum):
    """The kind of file that carries debian/changelog."""

    DEBIAN_TAR = "debian tarball"
    NATIVE_TAR = "native tarball"
    DIFF = "diff"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoChangePlan:
    """Which file of a source package is packed anew for another version."""

    source: str
    version: Version
    carrier: Carrier
    compression: Compression
    old_name: str
    new_name: str
    dsc_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedFile:
    """A file that was packed anew."""

    name: str
    size: int
    digests: dict[str, str]
    """`md5`, `sha1` and `sha256`, in hexadecimal digits."""


class Digests:
    """Takes note of the bytes that stream by."""

    def __init__(self) -> None:
        self._hashes = {
            name: hashlib.new(name, usedforsecurity=False) for name in _CHECKSUMS.values()
        }
        self._size = 0

    def noting(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same chunks."""
        for chunk in chunks:
            self._size += len(chunk)
            for digest in self._hashes.values():
                digest.update(chunk)
            yield chunk

    def file(self, name: str) -> PackedFile:
        """What streamed by, as a file of that name."""
        digests = {name: digest.hexdigest() for name, digest in self._hashes.items()}
        return PackedFile(name=name, size=self._size, digests=digests)


def plan_no_change(dsc: bytes, version: Version) -> NoChangePlan:
    """Which file of a source package carries its changelog, and what its new name is.

    Raises:
        InvalidInputError: the source's format is not known here, it does not name exactly one
            such file, or the version belongs to another upstream tarball.

    Source: dpkg-source(1) for formats and names.
    """
    fields = described(dsc)
    source = check_source_name(required(fields, "Source", of="the .dsc"))
    old = Version.parse(required(fields, "Version", of="the .dsc"))
    names = [file.name for file in source_files(fields)]
    before, after = (f"{source}_{v.without_epoch}" for v in (old, version))
    carrier, endings = _carrier(required(fields, "Format", of="the .dsc"), names, before)
    found = [
        (name, match)
        for name in names
        if (match := re.fullmatch(rf"{re.escape(before)}({endings}({_ENDING}))", name))
    ]
    if len(found) != 1:
        raise InvalidInputError(
            f"{source} {old} names {len(found)} files that could carry debian/changelog"
        )
    [(name, match)] = found
    if carrier is not Carrier.NATIVE_TAR and old.upstream != version.upstream:
        raise InvalidInputError(
            f"version {version} needs another upstream tarball than {source} {old} has"
        )
    new_name = f"{after}{match[1]}"
    if new_name in names:
        raise InvalidInputError(f"{source} {old} has a file {new_name} already")
    return NoChangePlan(
        source=source,
        version=version,
        carrier=carrier,
        compression=Compression(match[2]),
        old_name=name,
        new_name=new_name,
        dsc_name=f"{after}.dsc",
    )


def _carrier(source_format: str, names: Sequence[str], stem: str) -> tuple[Carrier, str]:
    """What carries the changelog in a format, and a pattern of how its name goes on."""
    match source_format.split():
        case ["3.0", "(quilt)"] | ["2.0"]:
            return Carrier.DEBIAN_TAR, r"\.debian\.tar\."
        case ["3.0", "(native)"]:
            return Carrier.NATIVE_TAR, r"\.tar\."
        case ["1.0"] if any(name.startswith(f"{stem}.diff.") for name in names):
            return Carrier.DIFF, r"\.diff\."
        case ["1.0"]:
            return Carrier.NATIVE_TAR, r"\.tar\."
        case _:
            raise InvalidInputError(
                f"the source format {excerpt(source_format)} is not known here",
                hint="of 1.0, 2.0, 3.0 (native) and 3.0 (quilt) a no-change source can be made",
            )


def with_changelog_entry(
    chunks: Iterable[bytes],
    plan: NoChangePlan,
    *,
    entry: str,
    at: int,
    watch: Watch = unwatched,
) -> Iterator[bytes]:
    """The file that carries the changelog, packed anew with an entry before its others.

    Args:
        chunks: of the old file.
        plan: made of the .dsc that names it.
        entry: with the empty line that ends it.
        at: its moment, in seconds since 1970.
        watch: what it unpacks to passes through it.

    Raises:
        InvalidInputError: the file is none that this can be done with. It may come at the end
            only: what was yielded before is worth nothing then.
    """
    new = entry.encode()
    bytes_max = source_tar.TAR_BYTES_MAX
    match plan.carrier:
        case Carrier.DIFF:
            old = unpacked(chunks, plan.compression, bytes_max=source_diff.DIFF_BYTES_MAX)
            changed = source_diff.with_changelog_entry(watch(old), new)
        case Carrier.DEBIAN_TAR | Carrier.NATIVE_TAR:
            old = unpacked(chunks, plan.compression, bytes_max=bytes_max)
            changed = source_tar.with_changelog_entry(
                watch(old), new, at=at, has_top_directory=plan.carrier is Carrier.NATIVE_TAR
            )
    return packed(_named(changed, plan.old_name), plan.compression)


def control_file(
    chunks: Iterable[bytes], plan: NoChangePlan, *, watch: Watch = unwatched
) -> bytes | None:
    """debian/control, where the file that carries the changelog has it too.

    Args:
        chunks: of that file, the old or the new one.
        plan: made of the .dsc that names it.
        watch: what it unpacks to passes through it.

    Raises:
        InvalidInputError: the file is damaged, or no such file.
    """
    match plan.carrier:
        case Carrier.DIFF:
            old = unpacked(chunks, plan.compression, bytes_max=source_diff.DIFF_BYTES_MAX)
            return source_diff.control_file(watch(old), bytes_max=CONTROL_BYTES_MAX)
        case Carrier.DEBIAN_TAR | Carrier.NATIVE_TAR:
            old = unpacked(chunks, plan.compression, bytes_max=source_tar.TAR_BYTES_MAX)
            return source_tar.control_file(
                watch(old),
                has_top_directory=plan.carrier is Carrier.NATIVE_TAR,
                bytes_max=CONTROL_BYTES_MAX,
            )


def _named(chunks: Iterable[bytes], name: str) -> Iterator[bytes]:
    try:
        yield from chunks
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{name} cannot be packed anew: {error}", hint=error.hint
        ) from None


def described(dsc: bytes) -> Stanza:
    """The fields of a .dsc, signed or not."""
    return parse_stanza(b"".join(_signed_lines(dsc)).decode(errors="replace"))


def no_change_dsc(dsc: bytes, plan: NoChangePlan, packed_file: PackedFile) -> bytes:
    """The .dsc of the no-change source: unsigned, and otherwise every field as it was.

    Version and the lines about the file that was packed anew are replaced. `Dgit` goes: it says
    that a commit holds the source, which is no longer so; so do checksums that are not known here.
    """
    lines: list[bytes] = []
    field, is_kept = b"", True
    for line in _signed_lines(dsc):
        if not line.startswith((b" ", b"\t")):
            field = line.partition(b":")[0].lower()
            is_kept = field in _CHECKSUMS or not field.startswith((b"checksums-", b"dgit"))
            new = b"Version: %s\n" % str(plan.version).encode() if field == b"version" else line
        elif field in _CHECKSUMS and line.split()[-1:] == [plan.old_name.encode()]:
            digest = packed_file.digests[_CHECKSUMS[field]]
            new = f" {digest} {packed_file.size} {packed_file.name}\n".encode()
        else:
            new = line
        if is_kept:
            lines.append(new)
    return b"".join(lines)


def _signed_lines(dsc: bytes) -> Iterator[bytes]:
    """The lines of the first paragraph; of a signed one, those that are signed.

    Raises:
        InvalidInputError: it is too large, or the signed part does not end.
    """
    if len(dsc) > DSC_BYTES_MAX:
        raise InvalidInputError(f"the .dsc is larger than {DSC_BYTES_MAX} bytes")
    lines = iter([line + b"\n" for line in dsc.lstrip(b"\r\n").splitlines()])
    first = next(lines, b"")
    is_signed = first.strip() == _SIGNED
    if is_signed:
        for line in lines:  # Hash: …
            if not line.strip():
                break
        first = next(lines, b"")
    while first.strip() and first.strip() != _SIGNATURE:
        yield first.removeprefix(b"- ") if is_signed else first
        first = next(lines, b"")
