"""Release files read and written, and the paragraph by which apt finds an archive."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.strategies import sha256_digests
from tests.unit.debian.oracles import run

from vostok.debian import indices as indices_module
from vostok.debian.indices import (
    IndexEntry,
    Release,
    best_variant,
    deb822_source,
    index_path,
    parse_release,
    render_release,
)
from vostok.debian.stanza import parse_stanza
from vostok.errors import InvalidInputError, NotFoundError

A = "a" * 64
B = "b" * 64
RELEASE = f"""\
Origin: Debian
Label: Debian
Suite: oldstable
Version: 12.11
Codename: bookworm
Date: Sat, 17 May 2025 09:08:11 UTC
Valid-Until: Sat, 24 May 2025 09:08:11 UTC
Acquire-By-Hash: yes
No-Support-for-Architecture-all: Packages
Architectures: all amd64 arm64
Components: main contrib non-free-firmware
Description: Debian 12.11
MD5Sum:
 {"0" * 32} 1 main/binary-amd64/Packages
SHA256:
 {A}  738242 contrib/Contents-all
 {B}       0 main/binary-amd64/Packages
"""
DATE = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
KEY = """\
-----BEGIN PGP PUBLIC KEY BLOCK-----

xjMEZ0example
=abcd
-----END PGP PUBLIC KEY BLOCK-----
"""


def entry(path: str, *, size: int = 1, sha256: str = A) -> IndexEntry:
    return IndexEntry(path=path, size=size, sha256=sha256)


def render(  # noqa: PLR0913 - one argument for each field
    *files: IndexEntry,
    origin: str = "Vostok",
    description: str = "trial",
    valid_until: datetime | None = None,
    snapshots: str | None = None,
    date: datetime = DATE,
    components: tuple[str, ...] = ("main", "debug"),
) -> str:
    return render_release(
        origin=origin,
        label="trial",
        suite="bookworm",
        codename="bookworm",
        date=date,
        valid_until=valid_until,
        architectures=("amd64", "all"),
        components=components,
        description=description,
        snapshots=snapshots,
        files=files,
    )


def release_of(*paths: str) -> Release:
    return parse_release(render(*map(entry, paths)))


def test_a_release_file_says_what_the_archive_is() -> None:
    release = parse_release(RELEASE)

    assert (release.origin, release.label, release.suite) == ("Debian", "Debian", "oldstable")
    assert (release.codename, release.version) == ("bookworm", "12.11")
    assert release.date == datetime(2025, 5, 17, 9, 8, 11, tzinfo=UTC)
    assert release.valid_until == datetime(2025, 5, 24, 9, 8, 11, tzinfo=UTC)
    assert release.components == ("main", "contrib", "non-free-firmware")
    assert release.architectures == ("all", "amd64", "arm64")
    assert release.acquire_by_hash
    assert release.files == {
        "contrib/Contents-all": entry("contrib/Contents-all", size=738242),
        "main/binary-amd64/Packages": entry("main/binary-amd64/Packages", size=0, sha256=B),
    }


def test_an_index_lies_by_its_hash_too() -> None:
    assert entry("main/source/Sources.xz").by_hash_path == f"main/source/by-hash/SHA256/{A}"
    assert entry("Contents-amd64").by_hash_path == f"by-hash/SHA256/{A}"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("SHA256:", "SHA512:", "no field SHA256"),
        ("Date: Sat, 17 May 2025 09:08:11 UTC\n", "", "no field Date"),
        ("Date: Sat", "Date: yesterday, Sat", "not a date"),
        ("Valid-Until: Sat", "Valid-Until: x Sat", "not a date"),
        ("contrib/Contents-all", "../../etc/passwd", "not a file name"),
        ("contrib/Contents-all", "/etc/passwd", "not a file name"),
        ("contrib/Contents-all", "main/binary-amd64/Packages", "twice"),
        ("738242", "-1", "not a digest, a size and a name"),
        (A, A[1:], "64 hexadecimal digits"),
        ("Components: main", "Components: ../main", "component"),
        ("Architectures: all", "Architectures: ../all", "architecture"),
    ],
)
def test_a_release_file_that_is_malformed_is_refused(old: str, new: str, message: str) -> None:
    assert old in RELEASE

    with pytest.raises(InvalidInputError, match=message):
        parse_release(RELEASE.replace(old, new))


@pytest.mark.parametrize(
    ("bound", "text"),
    [
        ("RELEASE_CHARACTERS_MAX", RELEASE),
        ("WORDS_MAX", RELEASE),
    ],
)
def test_a_release_file_over_a_bound_is_refused(
    bound: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indices_module, bound, 2)

    with pytest.raises(InvalidInputError, match=r"\b2\b"):
        parse_release(text)


PATHS = st.from_regex(r"main/[a-z]{1,3}/[A-Z][a-z]{0,3}(\.xz)?", fullmatch=True)


@given(
    st.lists(
        st.builds(IndexEntry, path=PATHS, size=st.integers(0, 10**17), sha256=sha256_digests()),
        unique_by=lambda index: index.path,
    ).filter(bool)
)
def test_what_is_written_is_read_back(files: list[IndexEntry]) -> None:
    valid_until = DATE.replace(year=2027)

    release = parse_release(
        render(*files, valid_until=valid_until, snapshots="https://example.org/@SNAPSHOTID@/")
    )

    assert release.files == {file.path: file for file in files}
    assert (release.origin, release.label, release.suite) == ("Vostok", "trial", "bookworm")
    assert (release.date, release.valid_until) == (DATE, valid_until)
    assert release.components == ("main", "debug")
    assert release.architectures == ("amd64", "all")
    assert release.acquire_by_hash
    assert release.snapshots == "https://example.org/@SNAPSHOTID@/"
    assert release.description == "trial"


def test_the_same_files_in_another_order_give_the_same_bytes() -> None:
    first, second = entry("main/a/B"), entry("main/a/A")

    assert render(first, second) == render(second, first)


def test_only_sha256_is_written_and_dates_are_in_utc() -> None:
    stanza = parse_stanza(render(entry("main/source/Sources")))

    assert stanza["Date"] == "Thu, 01 Jan 2026 12:00:00 UTC"
    assert not stanza.keys() & {"MD5Sum", "SHA1", "SHA512", "Valid-Until", "Snapshots"}


@pytest.mark.debian
def test_apt_ftparchive_lists_the_same_digests(tmp_path: Path) -> None:
    index = tmp_path / "main/source/Sources"
    index.parent.mkdir(parents=True)
    index.write_text("Package: hello\n")

    by_apt = parse_release(run("apt-ftparchive", "release", ".", cwd=tmp_path))

    ours = parse_release(render(by_apt.files["main/source/Sources"]))
    assert ours.files == by_apt.files
    sha256 = run("sha256sum", str(index), cwd=tmp_path).split()[0]
    assert ours.files["main/source/Sources"] == entry(
        "main/source/Sources", size=15, sha256=sha256
    )


@pytest.mark.parametrize(
    "fault",
    [
        lambda: render(entry("../x")),
        lambda: render(entry("main/x", size=-1)),
        lambda: render(entry("main/x", sha256="0")),
        lambda: render(entry("main/x"), entry("main/x")),
        lambda: render(origin="Debian\nSuite: stable"),
        lambda: render(origin="Debian\n continued"),
        lambda: render(description="a\n\nPackage: evil"),
        lambda: render(snapshots="a\nb"),
        lambda: render(components=("../main",)),
        lambda: render(date=datetime(2026, 1, 1)),  # noqa: DTZ001 - what the test is about
    ],
)
def test_a_release_file_with_a_value_that_spills_is_not_written(
    fault: Callable[[], str],
) -> None:
    with pytest.raises(InvalidInputError):
        fault()


def test_the_path_of_an_index_is_debians() -> None:
    assert index_path("main", "Packages", "amd64") == "main/binary-amd64/Packages"
    assert index_path("main", "Sources") == "main/source/Sources"


@pytest.mark.parametrize(("component", "architecture"), [("..", "amd64"), ("main", "..")])
def test_the_path_of_an_index_is_made_of_checked_parts(component: str, architecture: str) -> None:
    with pytest.raises(InvalidInputError):
        index_path(component, "Packages", architecture)


def test_packages_have_an_architecture() -> None:
    with pytest.raises(InvalidInputError, match="architecture"):
        index_path("main", "Packages")


@pytest.mark.parametrize(
    ("suffixes", "best"),
    [
        (["", ".gz", ".xz", ".bz2"], ".xz"),
        (["", ".gz"], ".gz"),
        ([""], ""),
    ],
)
def test_the_best_variant_is_the_smallest_that_there_is(suffixes: list[str], best: str) -> None:
    release = release_of(*(f"main/source/Sources{suffix}" for suffix in suffixes))

    assert best_variant(release, "main/source/Sources").path == f"main/source/Sources{best}"


def test_an_index_that_is_not_there_is_refused_with_those_that_are() -> None:
    release = release_of("main/binary-amd64/Packages.bz2")

    with pytest.raises(NotFoundError, match="main/binary-amd64/Packages") as caught:
        best_variant(release, "main/binary-amd64/Packages")

    assert caught.value.hint == "components: main debug; architectures: amd64 all"


def source(  # noqa: PLR0913 - one argument for each field
    *,
    uri: str = "http://127.0.0.1:8600/archives/trial",
    suite: str = "bookworm",
    components: tuple[str, ...] = ("main", "toolchain"),
    armoured_key: str = KEY,
    types: tuple[str, ...] = ("deb",),
    architectures: tuple[str, ...] = (),
) -> str:
    return deb822_source(
        uri=uri,
        suite=suite,
        components=components,
        armoured_key=armoured_key,
        types=types,
        architectures=architectures,
    )


def test_the_paragraph_for_apt_has_the_key_inside() -> None:
    assert source(types=("deb", "deb-src"), architectures=("amd64",)) == (
        "Types: deb deb-src\n"
        "URIs: http://127.0.0.1:8600/archives/trial\n"
        "Suites: bookworm\n"
        "Components: main toolchain\n"
        "Architectures: amd64\n"
        "Signed-By:\n"
        " -----BEGIN PGP PUBLIC KEY BLOCK-----\n"
        " .\n"
        " xjMEZ0example\n"
        " =abcd\n"
        " -----END PGP PUBLIC KEY BLOCK-----\n"
    )


@pytest.mark.debian
def test_apt_reads_the_paragraph(tmp_path: Path) -> None:
    (tmp_path / "trial.sources").write_text(source(types=("deb", "deb-src")))
    options = [
        f"Dir::Etc::sourceparts={tmp_path}",
        "Dir::Etc::sourcelist=/dev/null",
        "APT::Architecture=amd64",
        "APT::Architectures=amd64",
    ]
    arguments = [part for option in options for part in ("-o", option)]

    targets = run(
        *("apt-get", "indextargets", "--no-release-info", *arguments),
        *("--format", "$(SITE) $(TARGET_OF) $(COMPONENT) $(CREATED_BY)"),
        cwd=tmp_path,
    )

    site = "http://127.0.0.1:8600/archives/trial"
    assert {line for line in targets.splitlines() if line.endswith(("Packages", "Sources"))} == {
        f"{site} {of} {component} {index}"
        for of, index in (("deb", "Packages"), ("deb-src", "Sources"))
        for component in ("main", "toolchain")
    }


@pytest.mark.parametrize(
    "fault",
    [
        lambda: source(uri="http://example.org/a b"),
        lambda: source(uri="http://example.org/\nTrusted: yes"),
        lambda: source(uri=""),
        lambda: source(suite="a b"),
        lambda: source(suite=""),
        lambda: source(components=()),
        lambda: source(components=("main contrib",)),
        lambda: source(armoured_key=""),
        lambda: source(armoured_key=KEY.replace("PUBLIC", "PRIVATE")),
        lambda: source(types=()),
        lambda: source(types=("deb", "evil")),
        lambda: source(architectures=("a b",)),
    ],
)
def test_a_paragraph_that_apt_would_read_otherwise_is_not_written(
    fault: Callable[[], str],
) -> None:
    with pytest.raises(InvalidInputError):
        fault()
