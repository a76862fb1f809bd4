"""Values of the domain for tests: each complete, so that a test names only what it is about."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from vostok.domain.build import NewBuild, Part
from vostok.domain.package import DeltaKind, ListedBinary, NewBinary, NewSource, OwnBinary
from vostok.domain.publication import IndexFile

NOW = datetime(2026, 11, 22, 12, 0, 0, 250_000, UTC)
"""The moment at which tests happen; with a fraction, so that one that gets lost is seen."""


def later(seconds: float) -> datetime:
    """A moment after `NOW`."""
    return NOW + timedelta(seconds=seconds)


def sha256_of(text: str) -> str:
    """The SHA-256 of what a file with this text would hold."""
    return hashlib.sha256(text.encode()).hexdigest()


def new_source(  # noqa: PLR0913 - one argument for each field that tests differ in
    name: str = "hello",
    version: str = "2.10-3",
    *,
    architecture: str = "any",
    component: str = "main",
    is_extra: bool = False,
    files: Sequence[tuple[str, int, str]] | None = None,
) -> NewSource:
    """A source release with a .dsc and a tarball of its own."""
    directory = f"pool/{component}/{name[0]}/{name}"
    if files is None:
        names = (f"{name}_{version}.dsc", f"{name}_{version}.tar.xz")
        files = [(file, len(file), sha256_of(file)) for file in names]
    listed = "".join(f"\n {sha256} {size} {file}" for file, size, sha256 in files)
    return NewSource(
        name=name,
        version=version,
        architecture=architecture,
        component=component,
        directory=directory,
        is_extra=is_extra,
        stanza=f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
        f"Directory: {directory}\nChecksums-Sha256:{listed}\n",
        files=tuple(files),
    )


def new_binary(  # noqa: PLR0913 - one argument for each field that tests differ in
    name: str = "hello",
    version: str = "2.10-3",
    *,
    architecture: str = "amd64",
    component: str = "main",
    index_architecture: str | None = None,
    source: str | None = None,
    source_version: str | None = None,
    content: str = "",
) -> NewBinary:
    """A binary release, of the source of its own name and version unless another is given.

    Args:
        content: packages that differ in nothing else have other bytes if this differs.
    """
    source_name = name if source is None else source
    filename = (
        f"pool/{component}/{source_name[0]}/{source_name}/{name}_{version}_{architecture}.deb"
    )
    sha256 = sha256_of(filename + content)
    return NewBinary(
        name=name,
        version=version,
        architecture=architecture,
        component=component,
        index_architecture=architecture if index_architecture is None else index_architecture,
        source_name=source_name,
        source_version=version if source_version is None else source_version,
        filename=filename,
        size=len(filename),
        sha256=sha256,
        stanza=f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
        f"Filename: {filename}\nSize: {len(filename)}\nSHA256: {sha256}\n",
    )


def new_build(  # noqa: PLR0913 - one argument for each field that tests differ in
    source_id: int = 1,
    source: str = "hello",
    *,
    source_version: str = "2.10-3",
    architecture: str = "amd64",
    rebuild_no: int = 1,
    tag: str = "trial",
) -> NewBuild:
    """A build record to store, of the `any` part unless its architecture is `all`."""
    return NewBuild(
        source_id=source_id,
        source=source,
        source_version=source_version,
        architecture=architecture,
        builder_architecture="amd64" if architecture == "all" else architecture,
        part=Part.ALL if architecture == "all" else Part.ANY,
        rebuild_no=rebuild_no,
        version=f"{source_version}X{tag}{rebuild_no}",
        version_before=source_version,
    )


def listed_binary(
    name: str = "hello", version: str = "2.10-3", *, index_architecture: str = "amd64"
) -> ListedBinary:
    """A binary of a base as the Packages file of an architecture lists it; its id is 0."""
    binary = new_binary(name, version)
    return ListedBinary(
        name=binary.name,
        paragraph_id=0,
        id=0,
        architecture=binary.architecture,
        component=binary.component,
        index_architecture=index_architecture,
        source_name=binary.source_name,
        source_version=binary.source_version,
        size=binary.size,
    )


def own_binary(  # noqa: PLR0913 - one argument for each field that tests differ in
    name: str = "hello",
    version: str = "2.10-3Xtrial1",
    *,
    binary_id: int = 1,
    architecture: str = "amd64",
    kind: DeltaKind = DeltaKind.REBUILD,
    toolchain_id: int | None = None,
    build_id: int | None = None,
) -> OwnBinary:
    """A binary made in a derived suite."""
    binary = new_binary(name, version, architecture=architecture)
    return OwnBinary(
        delta_id=binary_id,
        binary_id=binary_id,
        kind=kind,
        toolchain_id=toolchain_id,
        build_id=build_id,
        component=binary.component,
        name=binary.name,
        version=binary.version,
        architecture=binary.architecture,
        source_name=binary.source_name,
        source_version=binary.source_version,
        filename=binary.filename,
        size=binary.size,
        sha256=binary.sha256,
        paragraph_id=binary_id,
        stanza=binary.stanza,
    )


def index_file(path: str = "main/binary-amd64/Packages.xz", content: str = "") -> IndexFile:
    """A file of an index or of the pool; other bytes under the same path with other content."""
    return IndexFile(path=path, size=len(path), sha256=sha256_of(path + content))
