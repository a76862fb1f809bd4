"""Which index files of a snapshot a whole copy can show as they are."""

from dataclasses import replace

from tests.builders import NOW, index_file, sha256_of

from vostok.debian.indices import IndexEntry, Release, parse_release, render_release
from vostok.domain.archive import DependencyMode, Suite, SuiteRole
from vostok.domain.derivation import OnRemoval
from vostok.domain.publication import IndexFile
from vostok.domain.whole_copy import linked_indices

PLAIN = ("main/source/Sources", "main/binary-amd64/Packages", "main/binary-arm64/Packages")


def entry(path: str) -> IndexEntry:
    return IndexEntry(path=path, size=len(path), sha256=sha256_of(path))


def release(*paths: str) -> Release:
    text = render_release(
        origin="Debian", label="Debian", suite="sid", codename="sid", date=NOW,

        valid_until=None, architectures=["amd64", "arm64"], components=["main"],
        description="", snapshots=None, files=[entry(path) for path in paths],
    )  # fmt: skip
    return parse_release(text)


def suite(*architectures: str) -> Suite:
    return Suite(
        id=1, archive_id=1, role=SuiteRole.SUITE, name="sid", codename="sid",
        components=("main",), architectures=architectures, mirror=None, mirrors={}, snapshot=0,
        edition=0, publication=0, dependencies=DependencyMode.OWN, on_removal=OnRemoval.DROP,
        derivation=None,
    )  # fmt: skip


PACKED = [index_file(f"{path}.xz") for path in PLAIN]
WHOLE = release(*PLAIN, *(f"{path}.xz" for path in PLAIN))


def test_the_files_are_shown_and_their_plain_forms_named() -> None:
    linked = linked_indices(suite("amd64", "arm64"), PACKED, WHOLE)

    assert linked is not None
    files, entries = linked
    assert files == PACKED
    assert {e.path for e in entries} == {*PLAIN, *(file.path for file in PACKED)}
    assert [e for e in entries if e.path == PLAIN[0]] == [entry(PLAIN[0])]


def test_a_copy_of_one_architecture_shows_its_index_only() -> None:
    linked = linked_indices(suite("arm64"), PACKED, WHOLE)

    assert linked is not None
    assert [file.path for file in linked[0]] == [f"{PLAIN[0]}.xz", f"{PLAIN[2]}.xz"]


def test_a_translation_is_shown_where_there_is_one() -> None:
    path = "main/i18n/Translation-en"
    files = [*PACKED, index_file(f"{path}.xz")]

    linked = linked_indices(suite("amd64"), files, release(*PLAIN, path))

    assert linked is not None
    assert f"{path}.xz" in {file.path for file in linked[0]}


def test_nothing_is_linked_where_a_file_or_a_plain_name_is_missing() -> None:
    wanted = suite("amd64", "arm64")

    assert linked_indices(wanted, PACKED[1:], WHOLE) is None
    assert linked_indices(wanted, PACKED, release(*PLAIN[1:])) is None


def test_an_index_of_all_packages_of_its_own_is_not_linked() -> None:
    files: list[IndexFile] = [*PACKED, replace(PACKED[1], path="main/binary-all/Packages.xz")]

    assert linked_indices(suite("amd64"), files, WHOLE) is None
