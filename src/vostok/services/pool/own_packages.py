"""Packages made here, on their way from a file to a release: stored, read, and described."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from vostok.debian.clearsigned import unsigned_text
from vostok.debian.packages import (
    DscFile,
    binary_stanza,
    source_files,
    source_of_binary,
    source_stanza,
)
from vostok.debian.stanza import only_stanza, required
from vostok.domain.package import NewBinary, NewSource
from vostok.errors import InvalidInputError, UnavailableError
from vostok.services.ports import ContentStore, DebReader

PACKAGE_BYTES_MAX = 16 << 30
DSC_BYTES_MAX = 4 << 20
CHUNK_BYTES = 1 << 20


class OwnPackages:
    """Turns files into what is stored of a release."""

    def __init__(self, store: ContentStore, debs: DebReader) -> None:
        self._store = store
        self._debs = debs

    def store_binary(self, path: Path, *, name: str, component: str, directory: str) -> NewBinary:
        """The release in a .deb, whose file is stored if it is not yet.

        Args:
            path: the file; it may lie anywhere under any name.
            name: its name in the pool.
            component: where it is published.
            directory: its directory in the pool.
        """
        read = self._debs.read(path, name=name)
        control = read.control
        if not self._store.has(read.sha256):
            self._store.put(_chunks(path), size_max=PACKAGE_BYTES_MAX, expected_sha256=read.sha256)
        filename = f"{directory}/{name}"
        source_name, source_version = source_of_binary(control)
        architecture = required(control, "Architecture", of=name)
        return NewBinary(
            name=required(control, "Package", of=name),
            version=required(control, "Version", of=name),
            architecture=architecture,
            component=component,
            index_architecture=architecture,
            source_name=source_name,
            source_version=source_version,
            filename=filename,
            size=read.size,
            sha256=read.sha256,
            stanza=binary_stanza(
                control, filename=filename, size=read.size, md5sum=read.md5sum, sha256=read.sha256
            ),
        )

    def store_source(self, files: Sequence[Path], *, component: str, directory: str) -> NewSource:
        """The release in a .dsc and its files, the .dsc first; all of them are stored."""
        dsc, *others = files
        for path in files:
            self._store.put(_chunks(path), size_max=PACKAGE_BYTES_MAX)
        text = dsc.read_bytes()
        source = self.described_source(
            text, dsc_name=dsc.name, component=component, directory=directory
        )
        missing = (
            {name for name, _, _ in source.files} - {path.name for path in others} - {dsc.name}
        )
        if missing:
            raise InvalidInputError(
                f"{dsc.name} names {', '.join(sorted(missing))}, not given",
                hint="upload them with it: dpkg-buildpackage -S -sa",
            )
        return source

    def check_stored(self, source: NewSource, binaries: Sequence[NewBinary]) -> None:
        """Nothing, if all files of these releases are still here.

        Raises:
            UnavailableError: another archive's deletion took one before it was named here.
        """
        named = {sha256: name for name, _, sha256 in source.files}
        named |= {binary.sha256: binary.filename for binary in binaries}
        here = self._store.sizes(named)
        for sha256, name in named.items():
            if sha256 not in here:
                raise UnavailableError(
                    f"{name} was deleted with another archive before it was named here",
                    hint="ask again",
                )

    @staticmethod
    def described_source(
        dsc: bytes, *, dsc_name: str, component: str, directory: str
    ) -> NewSource:
        """The release that a .dsc describes; a signature around it is not verified.

        Raises:
            InvalidInputError: it is too large or malformed.
        """
        if len(dsc) > DSC_BYTES_MAX:
            raise InvalidInputError(f"{dsc_name} is larger than {DSC_BYTES_MAX} bytes")
        fields = only_stanza(unsigned_text(dsc, of=dsc_name))
        itself = DscFile(
            name=dsc_name,
            size=len(dsc),
            md5sum=hashlib.md5(dsc, usedforsecurity=False).hexdigest(),
            sha256=hashlib.sha256(dsc).hexdigest(),
        )
        listed = [(file.name, file.size, file.sha256) for file in source_files(fields)]
        return NewSource(
            name=required(fields, "Source", of=dsc_name),
            version=required(fields, "Version", of=dsc_name),
            architecture=required(fields, "Architecture", of=dsc_name),
            component=component,
            directory=directory,
            is_extra=False,
            stanza=source_stanza(
                fields, directory=directory, dsc_file=itself, priority="", section=""
            ),
            files=((itself.name, itself.size, itself.sha256), *listed),
        )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
