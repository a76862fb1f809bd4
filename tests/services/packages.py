"""Tiny packages, really built: binaries by dpkg-deb, sources as the .dsc and one file each."""

import functools
import hashlib
import io
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

SECONDS_MAX = 60
MAINTAINER = "Ann Example <ann@example.org>"


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyBinary:
    """A binary package that a tiny source builds."""

    name: str
    architecture: str = "any"
    version: str = ""
    """Of its own; empty: the source's, as nearly always."""
    fields: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TinySource:
    """A source package; `tail` is what its `any` binaries carry after the version, as `+b2`."""

    name: str
    version: str
    binaries: tuple[TinyBinary, ...]
    architecture: str = "any"
    component: str = "main"
    tail: str = ""
    is_extra: bool = False

    @property
    def directory(self) -> str:
        prefix = self.name[:4] if self.name.startswith("lib") else self.name[0]
        return f"pool/{self.component}/{prefix}/{self.name}"

    def part(self, part: str) -> list[TinyBinary]:
        """The binaries of one part: `any` or `all`."""
        return [binary for binary in self.binaries if binary.architecture == part]


def without_epoch(version: str) -> str:
    """A version as it stands in file names."""
    return version.rpartition(":")[2]


def deb(  # noqa: PLR0913 - what a control file says
    name: str,
    version: str,
    architecture: str,
    *,
    source: str,
    source_version: str,
    fields: str = "",
) -> tuple[str, bytes]:
    """File name and bytes of a binary package."""
    said = source if source_version == version else f"{source} ({source_version})"
    control = (
        f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
        f"Maintainer: {MAINTAINER}\nSource: {said}\n{fields}"
        f"Section: misc\nPriority: optional\n"
        f"Description: tiny {name}\n It has no files.\n"
    )
    return f"{name}_{without_epoch(version)}_{architecture}.deb", _built(control)


@functools.cache
def _built(control: str) -> bytes:
    with tempfile.TemporaryDirectory() as directory:
        scripts = Path(directory) / "DEBIAN"
        scripts.mkdir(mode=0o755)
        (scripts / "control").write_text(control)
        file = Path(directory) / "built.deb"
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zgzip", "--nocheck", "-b", directory, str(file)],
            check=True,
            capture_output=True,
            timeout=SECONDS_MAX,
        )
        return file.read_bytes()


def source_package(source: TinySource, *, version: str = "") -> dict[str, bytes]:
    """The files of a source package, the .dsc first; another version is a no-change source."""
    version = version or source.version
    upstream = f"{source.name}_{without_epoch(version)}.tar.xz"
    files = {upstream: native_tarball(source.name, version)}
    packages = "".join(
        f"\n {binary.name} deb misc optional arch={binary.architecture}"
        for binary in source.binaries
    )
    names = ", ".join(binary.name for binary in source.binaries)
    text = (
        f"Format: 3.0 (native)\nSource: {source.name}\nBinary: {names}\n"
        f"Architecture: {source.architecture}\nVersion: {version}\nMaintainer: {MAINTAINER}\n"
        f"Standards-Version: 4.6.2\nPackage-List:{packages}\n"
        f"Checksums-Sha256:{checksum_lines(files, 'sha256')}\n"
        f"Files:{checksum_lines(files, 'md5')}\n"
    )
    return {f"{source.name}_{without_epoch(version)}.dsc": text.encode(), **files}


@functools.cache
def native_tarball(name: str, version: str) -> bytes:
    """A source tree of nothing but its changelog, packed."""
    text = f"{name} ({version}) unstable; urgency=low\n".encode()
    info = tarfile.TarInfo(f"{name}/debian/changelog")
    info.size = len(text)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:xz", format=tarfile.GNU_FORMAT) as tar:
        tar.addfile(info, io.BytesIO(text))
    return file.getvalue()


def checksum_lines(files: dict[str, bytes], algorithm: str, between: str = "") -> str:
    """The lines of a field that lists files."""
    return "".join(
        f"\n {hashlib.new(algorithm, data, usedforsecurity=False).hexdigest()} "
        f"{len(data)} {between}{name}"
        for name, data in files.items()
    )


def binaries_of(
    source: TinySource, architecture: str, *, part: str, version: str, source_version: str
) -> dict[str, bytes]:
    """The .debs of one part of a source, as a build of it under `version` makes them.

    A binary with a version of its own gets what `version` has after the source's.
    """
    tail = version.removeprefix(source.version)
    return dict(
        deb(
            binary.name,
            f"{binary.version}{tail}" if binary.version else version,
            architecture if part == "any" else "all",
            source=source.name,
            source_version=source_version,
            fields=binary.fields,
        )
        for binary in source.part(part)
    )
