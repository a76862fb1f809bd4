"""The tiny parent archive: really built packages, indices by apt-ftparchive, served by a fake."""

import functools
import gzip
import hashlib
import lzma
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.fakes import FakeMirror, FakeSigner
from tests.services.packages import TinyBinary, TinySource, binaries_of, source_package

MIRROR = "http://mirror.example.org/debian"
SUITE = "bookworm"
ARCHITECTURES = ("amd64", "arm64")
COMPONENTS = ("main", "contrib")
SECONDS_MAX = 60
DATE = "Thu, 01 Jan 2026 00:00:00 UTC"

HELLO = TinySource(name="hello", version="1.2-3", binaries=(TinyBinary(name="hello"),))
LIBFOO = TinySource(
    name="libfoo",
    version="2.0-1",
    architecture="any all",
    tail="+b2",
    binaries=(TinyBinary(name="libfoo1"), TinyBinary(name="libfoo-data", architecture="all")),
)
INDEP = TinySource(
    name="indep",
    version="1:1.0",
    architecture="all",
    binaries=(TinyBinary(name="indep", architecture="all"),),
)
OWNVERSION = TinySource(
    name="ownversion",
    version="1.203",
    binaries=(TinyBinary(name="ownversion", version="4:12.2-1"),),
)
ONLY = TinySource(
    name="only", version="1-1", architecture="amd64", binaries=(TinyBinary(name="only"),)
)
OLD_LIBFOO = TinySource(
    name="libfoo", version="1.9-1", binaries=(TinyBinary(name="libfoo1"),), is_extra=True
)
STATIC = TinySource(
    name="static",
    version="3-1",
    component="contrib",
    binaries=(TinyBinary(name="static", fields="Built-Using: libfoo (= 1.9-1)\n"),),
)
GCC_DEFAULTS = TinySource(
    name="gcc-defaults",
    version="1.203",
    binaries=(
        TinyBinary(name="gcc", version="4:12.2.0-3", fields="Depends: gcc-12 (>= 12.2.0-1~)\n"),
    ),
)
GCC_11 = TinySource(name="gcc-11", version="11.3.0-12", binaries=(TinyBinary(name="gcc-11"),))
GCC_12 = TinySource(name="gcc-12", version="12.2.0-14", binaries=(TinyBinary(name="gcc-12"),))
SOURCES = (
    HELLO, LIBFOO, INDEP, OWNVERSION, ONLY, OLD_LIBFOO, STATIC, GCC_DEFAULTS, GCC_11, GCC_12,
)  # fmt: skip
BY_NAME = {source.name: source for source in SOURCES if not source.is_extra}


def architectures_of(source: TinySource) -> tuple[str, ...]:
    """The architectures of the parent on which a source's `any` part is built."""
    if {"any", "any all"} & {source.architecture}:
        return ARCHITECTURES
    return tuple(a for a in ARCHITECTURES if a in source.architecture.split())


@functools.cache
def pool() -> Mapping[str, bytes]:
    """Every file below `pool`, by its path."""
    files: dict[str, bytes] = {}
    for source in SOURCES:
        here = source_package(source)
        for architecture in () if source.is_extra else architectures_of(source):
            here |= binaries_of(
                source,
                architecture,
                part="any",
                version=source.version + source.tail,
                source_version=source.version,
            )
        here |= binaries_of(
            source, "all", part="all", version=source.version, source_version=source.version
        )
        files |= {f"{source.directory}/{name}": data for name, data in here.items()}
    return files


@functools.cache
def indices() -> Mapping[str, bytes]:
    """Packages and Sources of every component and architecture, uncompressed."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for path, data in pool().items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        found = {}
        for component in COMPONENTS:
            place = f"pool/{component}"
            sources = ftparchive(root, "sources", place)
            found[f"{component}/source/Sources"] = _with_extra(sources)
            for architecture in ARCHITECTURES:
                found[f"{component}/binary-{architecture}/Packages"] = ftparchive(
                    root, "--arch", architecture, "packages", place
                )
    return found


def ftparchive(root: Path, *arguments: str) -> bytes:
    """What apt-ftparchive says of the files below a directory."""
    return subprocess.run(
        ["apt-ftparchive", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        timeout=SECONDS_MAX,
    ).stdout


def _with_extra(sources: bytes) -> bytes:
    """The same, with sources marked that are kept for Built-Using only."""
    paragraphs = sources.strip().split(b"\n\n")
    marked = f"Version: {OLD_LIBFOO.version}\n".encode()
    return b"".join(
        paragraph + (b"\nExtra-Source-Only: yes\n\n" if marked in paragraph else b"\n\n")
        for paragraph in paragraphs
        if paragraph
    )


class ParentArchive:
    """Somebody else's archive, whose InRelease a fake key signs."""

    def __init__(self, key_name: str = "parent") -> None:
        self._signer = FakeSigner()
        self._fingerprint = self._signer.create(key_name)

    @property
    def keyring(self) -> bytes:
        return self._signer.public_key(self._fingerprint).encode()

    def serve(
        self,
        mirror: FakeMirror,
        *,
        changed: Mapping[str, bytes] | None = None,
        fields: Mapping[str, str] | None = None,
        suite: str = SUITE,
        address: str = MIRROR,
    ) -> None:
        """Put the archive behind an address.

        Args:
            mirror: takes the files.
            changed: indices (uncompressed paths) that are others than the pool's, or besides.
            fields: of the Release file that are others.
            suite: under which it lies there; its codename.
            address: of the mirror.
        """
        packed: dict[str, bytes] = {}
        for path, text in {**indices(), **(changed or {})}.items():
            packed |= {path: text, **_packed(path, text)}
        base = f"{address}/dists/{suite}"
        for path, data in packed.items():
            mirror.files[f"{base}/{path}"] = data
            digest = hashlib.sha256(data).hexdigest()
            mirror.files[f"{base}/{path.rpartition('/')[0]}/by-hash/SHA256/{digest}"] = data
        release = _release(packed, {"Codename": suite, **(fields or {})}).encode()
        mirror.files[f"{base}/InRelease"] = self.signed(release)
        mirror.files |= {f"{address}/{path}": data for path, data in pool().items()}

    @property
    def fingerprint(self) -> str:
        return self._fingerprint

    def signature_beside(self, text: bytes) -> bytes:
        return self._signer.detached_signature(self._fingerprint, text)

    def signed(self, text: bytes) -> bytes:
        return self._signer.inline_signed(self._fingerprint, text)


@functools.cache
def _packed(path: str, text: bytes) -> Mapping[str, bytes]:
    return {f"{path}.gz": gzip.compress(text, mtime=0), f"{path}.xz": lzma.compress(text)}


def _release(files: Mapping[str, bytes], fields: Mapping[str, str]) -> str:
    said = {
        "Origin": "Debian",
        "Label": "Debian",
        "Suite": "stable",
        "Codename": SUITE,
        "Date": DATE,
        "Acquire-By-Hash": "yes",
        "Architectures": " ".join(ARCHITECTURES),
        "Components": " ".join(COMPONENTS),
        **fields,
    }
    lines = "".join(f"{name}: {value}\n" for name, value in said.items())
    listed = "".join(
        f" {hashlib.sha256(data).hexdigest()} {len(data)} {path}\n" for path, data in files.items()
    )
    return f"{lines}SHA256:\n{listed}"
