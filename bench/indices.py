"""The indices that are imported: a real suite, downloaded once, and what is made of it.

`untouched` has the suite's own index files byte for byte. `small` has the same paragraphs, but
every binary names one of a few tiny files: the peers fetch all packages before they have imported
anything. Each comes in three states, of which each differs from the one before as an archive does
from one day to the next: as it is; with one per cent of the sources and their binaries at another
version; with a hundred more of them.
"""

import hashlib
import lzma
import os
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import httpx
import pysequoia

COMPONENT: Final = "main"
TINY_FILES: Final = 4
OWN_FILES: Final = 10_000
HUNDRED: Final = 100
PERCENT: Final = 100
DOWNLOAD_SECONDS_MAX: Final = 300.0
COMMAND_SECONDS_MAX: Final = 60
XZ_PRESET: Final = 1
FORMAT: Final = 3
"""Raised when what is made of a suite changes: older preparations are then made anew."""

DATE: Final = "Sat, 01 Nov 2025 00:00:00 UTC"

_PARAGRAPH_END: Final = b"\n\n"
_SOURCE_OF: Final = re.compile(rb"^Source: (\S+)", re.MULTILINE)
_PACKAGE: Final = re.compile(rb"^Package: (\S+)", re.MULTILINE)
_VERSION: Final = re.compile(rb"^Version: (\S+)$", re.MULTILINE)
_SOURCE_VERSION: Final = re.compile(rb"^(Source: \S+ \([^)]*)\)$", re.MULTILINE)
_FILE_FIELD: Final = re.compile(rb"^(Filename|Size|MD5sum|SHA256): .*\n", re.MULTILINE)
_DIGEST: Final = re.compile(rb"^(SHA256: | )([0-9a-f]{64})(?= |$)", re.MULTILINE)
_DEB: Final = re.compile(rb"^(Filename: .*)(_[a-z0-9-]+\.deb)$", re.MULTILINE)
_LISTED_FILE: Final = re.compile(rb"^( [0-9a-f]{32,64} [0-9]+ )(?=\S+$)", re.MULTILINE)
_BUMP: Final = b"+bench1"


class State(StrEnum):
    """One of the states that follow each other."""

    FIRST = "first"
    PERCENT = "percent"
    HUNDRED = "hundred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite of Debian on one architecture, as it was downloaded."""

    name: str
    architecture: str
    directory: Path

    @property
    def release(self) -> Path:
        """Its InRelease."""
        return self.directory / "InRelease"

    @property
    def packages(self) -> Path:
        """Packages.xz of component main."""
        return self.directory / "Packages.xz"

    @property
    def sources(self) -> Path:
        """Sources.xz of component main."""
        return self.directory / "Sources.xz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Repositories made of a suite, signed, below one directory."""

    suite: Suite
    root: Path
    key: bytes
    """The secret key that signed them, armoured."""
    certificate: bytes
    source_names: tuple[str, ...]
    binaries: int

    def untouched(self, state: State) -> Path:
        """The repository of a state with the suite's own packages."""
        return self.root / f"untouched-{state}"

    def small(self, state: State) -> Path:
        """The repository of a state with tiny packages."""
        return self.root / f"small-{state}"

    @property
    def own(self) -> Path:
        """A repository of binaries each of which has a file of its own."""
        return self.root / "own"


def machines_mirror() -> str:
    """The address from which this machine's apt gets Debian.

    Raises:
        RuntimeError: apt is configured without one.
    """
    done = subprocess.run(
        ["/usr/bin/apt-get", "indextargets", "--format", "$(REPO_URI)", "Component: main",
         "Created-By: Packages"],
        check=True, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    addresses = done.stdout.split()
    if not addresses:
        raise RuntimeError("this machine's apt has no mirror: name one with --mirror")
    return addresses[0].rstrip("/")


def downloaded(suite: Suite, mirror: Callable[[], str]) -> Suite:
    """The suite, its files fetched if they are not there and as its InRelease says.

    Raises:
        RuntimeError: the mirror sent others than InRelease names; it is perhaps being updated.
    """
    if all(file.exists() for file in (suite.release, suite.packages, suite.sources)):
        return suite
    suite.directory.mkdir(parents=True, exist_ok=True)
    base = f"{mirror()}/dists/{suite.name}"
    _fetch(f"{base}/InRelease", suite.release)
    listed = suite.release.read_text()
    for file, path in (
        (suite.packages, f"{COMPONENT}/binary-{suite.architecture}/Packages.xz"),
        (suite.sources, f"{COMPONENT}/source/Sources.xz"),
    ):
        _fetch(f"{base}/{path}", file)
        if hashlib.sha256(file.read_bytes()).hexdigest() not in listed:
            file.unlink()
            raise RuntimeError(f"{path} is not what InRelease names: try again later")
    return suite


def prepared(suite: Suite, root: Path, work: Path, *, sources_max: int | None) -> Prepared:
    """Everything that is imported, made below `root` unless it is there, and signed for one run.

    Args:
        suite: a downloaded one.
        root: a directory that is kept from run to run.
        work: a new directory, of this run.
        sources_max: only so many sources with their binaries; None takes all. The untouched
            repository is then no longer the suite's own bytes.
    """
    kind = hashlib.sha256(
        f"{FORMAT} {sources_max} ".encode() + suite.packages.read_bytes()
    ).hexdigest()
    place = root.absolute() / kind[:16]
    sources = _paragraphs(suite.sources)
    binaries = _paragraphs(suite.packages)
    names = tuple(dict.fromkeys(_name(paragraph) for paragraph in sources))
    if sources_max is not None:
        names = names[:sources_max]
        wanted = frozenset(names)
        sources = [paragraph for paragraph in sources if _name(paragraph) in wanted]
        binaries = [paragraph for paragraph in binaries if _source(paragraph) in wanted]
    if not (place / "complete").exists():
        _make_all(suite, place, sources, binaries, names, is_whole=sources_max is None)
        (place / "complete").touch()
    key = pysequoia.Tsk.generate(user_id="bench <bench@example.org>", validity_seconds=None)
    for repository in (path for path in place.iterdir() if (path / "dists").is_dir()):
        _sign(repository, work / repository.name, suite.name, key)
    return Prepared(
        suite=suite,
        root=work,
        key=str(key).encode(),
        certificate=str(key.extract_certificate()).encode(),
        source_names=tuple(name.decode() for name in names),
        binaries=len(binaries),
    )


def _sign(repository: Path, shown: Path, suite: str, key: pysequoia.Tsk) -> None:
    """The repository at another place with this run's own signature: runs share what is large."""
    dists = shown / "dists" / suite
    dists.mkdir(parents=True)
    (shown / "pool").symlink_to(repository / "pool")
    (dists / COMPONENT).symlink_to(repository / "dists" / suite / COMPONENT)
    release = (repository / "dists" / suite / "Release").read_text()
    # One date for all states: an older Release than the last is refused.
    dated = re.sub(r"^Date: .*", f"Date: {DATE}", release, count=1, flags=re.MULTILINE)
    signed = pysequoia.sign(key.signer(), dated.encode(), mode=pysequoia.SignatureMode.CLEAR)
    (dists / "InRelease").write_bytes(signed)


def _make_all(  # noqa: PLR0913 - what it is made of
    suite: Suite,
    place: Path,
    sources: list[bytes],
    binaries: list[bytes],
    names: tuple[bytes, ...],
    *,
    is_whole: bool,
) -> None:
    pool = _make_pool(place / "pool")
    ordered = sorted(names, key=lambda name: hashlib.sha256(name).digest())
    percent = frozenset(ordered[: max(1, len(ordered) // PERCENT)])
    hundred = percent | frozenset(ordered[len(percent) : len(percent) + HUNDRED])
    small = [_with_file(paragraph, pool[number % TINY_FILES]) for number, paragraph in
             enumerate(binaries)]  # fmt: skip
    for state, changed in (
        (State.FIRST, frozenset[bytes]()),
        (State.PERCENT, percent),
        (State.HUNDRED, hundred),
    ):
        own_files = None
        if is_whole and state is State.FIRST:
            own_files = {"Packages.xz": suite.packages, "Sources.xz": suite.sources}
        all_sources = [_changed(paragraph, _name(paragraph), changed) for paragraph in sources]
        for kind, paragraphs in (("untouched", binaries), ("small", small)):
            _write_repository(
                suite,
                place / f"{kind}-{state}",
                [_changed(paragraph, _source(paragraph), changed, has_tiny_file=kind == "small")
                 for paragraph in paragraphs],
                all_sources,
                own_files=own_files if kind == "untouched" else None,
            )  # fmt: skip
    own = _own_binaries(place / "pool", min(OWN_FILES, len(binaries)))
    _write_repository(suite, place / "own", own, [], own_files=None)


def _write_repository(
    suite: Suite,
    place: Path,
    binaries: Iterable[bytes],
    sources: Iterable[bytes],
    *,
    own_files: Mapping[str, Path] | None,
) -> None:
    """`dists` of one suite, unsigned, with `pool` beside it; `own_files` are taken as they are."""
    dists = place / "dists" / suite.name
    listed = []
    for path, paragraphs in (
        (f"{COMPONENT}/binary-{suite.architecture}/Packages.xz", binaries),
        (f"{COMPONENT}/source/Sources.xz", sources),
    ):
        file = dists / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if own_files is None:
            text = b"".join(paragraph + _PARAGRAPH_END for paragraph in paragraphs)
            data = lzma.compress(text, preset=XZ_PRESET)
            # Named though not there, as Debian does: apt knows an index by its plain form.
            plain = path.removesuffix(".xz")
            listed.append(f" {hashlib.sha256(text).hexdigest()} {len(text)} {plain}")
        else:
            data = own_files[file.name].read_bytes()
        file.write_bytes(data)
        digest = hashlib.sha256(data).hexdigest()
        by_hash = file.parent / "by-hash" / "SHA256" / digest
        by_hash.parent.mkdir(parents=True, exist_ok=True)
        by_hash.unlink(missing_ok=True)
        os.link(file, by_hash)
        listed.append(f" {digest} {len(data)} {path}")
    release = _release_of(suite) if own_files is not None else _small_release(suite, listed)
    (dists / "Release").write_text(release)
    (place / "pool").unlink(missing_ok=True)
    (place / "pool").symlink_to("../pool")


def _release_of(suite: Suite) -> str:
    """The suite's own Release, with its hundreds of files; only Valid-Until is left out."""
    signed = suite.release.read_text()
    body = signed.split("\n\n", 1)[1].split("-----BEGIN PGP SIGNATURE-----")[0]
    return re.sub(r"^Valid-Until: .*\n", "", body, flags=re.MULTILINE)


def _small_release(suite: Suite, listed: Iterable[str]) -> str:
    return "\n".join(
        [
            "Origin: bench", "Label: bench", f"Suite: {suite.name}", f"Codename: {suite.name}",
            f"Date: {DATE}", "Acquire-By-Hash: yes",
            f"Architectures: {suite.architecture}", f"Components: {COMPONENT}", "SHA256:",
            *listed, "",
        ]
    )  # fmt: skip


def _make_pool(pool: Path) -> list[bytes]:
    """The file fields of each tiny package."""
    return [_stored(pool, f"tiny{number}") for number in range(TINY_FILES)]


def _own_binaries(pool: Path, count: int) -> list[bytes]:
    return [
        b"Package: own%d\nSource: own%d\nVersion: 1\nArchitecture: amd64\nMaintainer: Bench "
        b"<bench@example.org>\nSection: misc\nPriority: optional\n%sDescription: own file" % (
            number, number // 3, _stored(pool, f"own{number}"))
        for number in range(count)
    ]  # fmt: skip


def _stored(pool: Path, name: str) -> bytes:
    pool.mkdir(parents=True, exist_ok=True)
    data = f"no real package, but a file with a name, a size and a hash: {name}\n".encode()
    (pool / f"{name}.deb").write_bytes(data)
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return (
        f"Filename: pool/{name}.deb\nSize: {len(data)}\nMD5sum: {md5}\n"
        f"SHA256: {hashlib.sha256(data).hexdigest()}\n"
    ).encode()


def _with_file(paragraph: bytes, fields: bytes) -> bytes:
    return _FILE_FIELD.sub(b"", paragraph + b"\n") + fields.rstrip(b"\n")


def _changed(
    paragraph: bytes, source: bytes, changed: frozenset[bytes], *, has_tiny_file: bool = False
) -> bytes:
    """The paragraph at another version, with other files, if its source is one of `changed`."""
    if source not in changed:
        return paragraph
    paragraph = _VERSION.sub(rb"Version: \g<1>" + _BUMP, paragraph, count=1)
    paragraph = _SOURCE_VERSION.sub(rb"\g<1>" + _BUMP + b")", paragraph)
    if has_tiny_file:
        return paragraph
    paragraph = _DEB.sub(rb"\g<1>" + _BUMP + rb"\g<2>", paragraph)
    paragraph = _LISTED_FILE.sub(rb"\g<1>bench1-", paragraph)
    return _DIGEST.sub(lambda found: found[1] + found[2][::-1], paragraph)


def _paragraphs(file: Path) -> list[bytes]:
    with lzma.open(file) as packed:
        return packed.read().rstrip(b"\n").split(_PARAGRAPH_END)


def _name(paragraph: bytes) -> bytes:
    found = _PACKAGE.search(paragraph)
    return b"" if found is None else found[1]


def _source(paragraph: bytes) -> bytes:
    found = _SOURCE_OF.search(paragraph)
    return _name(paragraph) if found is None else found[1]


def _fetch(address: str, file: Path) -> None:
    part = file.with_suffix(".part")
    with (
        httpx.stream(
            "GET", address, timeout=DOWNLOAD_SECONDS_MAX, follow_redirects=True
        ) as response,
        part.open("wb") as target,
    ):
        response.raise_for_status()
        for chunk in response.iter_bytes():
            target.write(chunk)
    part.rename(file)
