"""Every lie that a builder can tell in an upload is refused, by a sentence that names it."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from tests.builders import NOW, new_binary, sha256_of

from vostok.debian.changes import Changes, parse_changes
from vostok.domain.acceptance import (
    Known,
    check_binary,
    check_complete,
    check_relations,
    check_upload,
)
from vostok.domain.build import AttemptFile, Build, BuildState, Fate, Part, Reach, RebuildForm
from vostok.domain.package import NewBinary
from vostok.errors import ConflictError, InvalidInputError

NO_ONE_KNOWN = Known(package_list=frozenset(), names=frozenset(), versions={})
FILES = tuple(
    AttemptFile(name=name, size=len(name), sha256=sha256_of(name))
    for name in ("hello_1.2-3Xt1_amd64.deb", "hello_1.2-3Xt1_amd64.buildinfo")
)
CHANGES_FILE = AttemptFile(name="hello_1.2-3Xt1_amd64.changes", size=1, sha256=sha256_of("x"))


def build(part: Part = Part.ANY) -> Build:
    return Build(
        id=1,
        archive_id=1,
        archive="trial",
        suite_id=1,
        suite="bookworm",
        source_id=1,
        source="hello",
        source_version="1.2-3",
        architecture="all" if part is Part.ALL else "amd64",
        builder_architecture="amd64",
        part=part,
        form=RebuildForm.SOURCE if part is Part.ALL else RebuildForm.BINARY_ONLY,
        new_source_id=None,
        reach=Reach.PUBLICATION,
        control_of=None,
        warning="",
        rebuild_no=1,
        campaign_id=1,
        campaign=1,
        version="1.2-3Xt1",
        version_before="1.2-3",
        state=BuildState.UPLOADING,
        fate=Fate.NONE,
        sentence="",
        score=-100,
        attempt=1,
        created_at=NOW,
        finished_at=None,
    )


def changes(
    *,
    source: str = "hello (1.2-3)",
    version: str = "1.2-3Xt1",
    architecture: str = "amd64",
    mark: str = "Binary-Only: yes\n",
    files: Sequence[AttemptFile] = FILES,
) -> Changes:
    sums = "".join(f"\n {file.sha256} {file.size} {file.name}" for file in files)
    listed = "".join(f"\n {'0' * 32} {f.size} misc optional {f.name}" for f in files)
    return parse_changes(
        f"Source: {source}\nVersion: {version}\nArchitecture: {architecture}\nBinary: hello\n"
        f"{mark}Distribution: bookworm\nDate: Thu, 01 Jan 2026 00:00:00 +0000\n"
        f"Checksums-Sha256:{sums}\nFiles:{listed}\n"
    )


def test_an_honest_binary_upload_is_accepted() -> None:
    check_upload(build(), changes(), [*FILES, CHANGES_FILE])


def test_an_honest_build_of_a_no_change_source_is_accepted() -> None:
    honest = changes(source="hello", architecture="all", mark="")

    check_upload(build(Part.ALL), honest, FILES)


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        ({"source": "tree (1.2-3)"}, "the .changes has source tree, asked was hello"),
        ({"source": "hello (1.2-4)"},
         "the .changes has source version 1.2-4, asked was 1.2-3"),
        ({"source": "hello"}, "the .changes has source version 1.2-3Xt1, asked was 1.2-3"),
        ({"version": "1.2-3Xt2"}, "the .changes has version 1.2-3Xt2, asked was 1.2-3Xt1"),
        ({"version": "0:1.2-3Xt1"}, "the .changes has version 0:1.2-3Xt1, asked was 1.2-3Xt1"),
        ({"mark": ""}, "the .changes is of a whole source, asked was a binary-only rebuild"),
        ({"mark": "Binary-Only: no\n"},
         "the .changes is of a whole source, asked was a binary-only rebuild"),
        ({"architecture": "arm64"}, "the .changes has architecture arm64, asked was amd64"),
        ({"architecture": "amd64 all"}, "the .changes has architecture all, asked was amd64"),
        ({"architecture": "source amd64"},
         "the .changes has architecture source, asked was amd64"),
    ],
)  # fmt: skip
def test_a_changes_file_of_another_build_is_refused(lie: dict[str, str], sentence: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_upload(build(), changes(**lie), FILES)  # type: ignore[arg-type]  # keywords of texts

    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("lie", "sentence"),
    [
        ({"source": "hello (1.2-3)"},
         "the .changes has source version 1.2-3, asked was 1.2-3Xt1"),
        ({"mark": "Binary-Only: yes\n"},
         "the .changes is of a binary-only rebuild, asked was a whole source"),
        ({"architecture": "amd64 source"},
         "the .changes has architecture amd64, source, asked was all"),
    ],
)  # fmt: skip
def test_a_source_upload_that_is_none_is_refused(lie: dict[str, str], sentence: str) -> None:
    honest = {"source": "hello", "architecture": "all", "mark": ""}

    with pytest.raises(InvalidInputError) as caught:
        check_upload(
            build(Part.ALL),
            changes(**{**honest, **lie}),  # type: ignore[arg-type]  # keywords of texts
            FILES,
        )

    assert str(caught.value) == sentence


def test_a_file_that_was_not_sent_is_named() -> None:
    with pytest.raises(InvalidInputError, match=r"amd64\.deb is named in the \.changes but was"):
        check_upload(build(), changes(), FILES[1:])


@pytest.mark.parametrize("asked", [(), ("nocheck",), ("nocheck", "stage1", "stage2")])
def test_what_was_built_under_other_profiles_than_were_asked_for_is_refused(
    asked: tuple[str, ...],
) -> None:
    made = replace(changes(), fields={"Built-For-Profiles": "stage1 nocheck"})

    check_upload(build(), made, FILES, ("nocheck", "stage1"))
    with pytest.raises(InvalidInputError, match="built for the profiles nocheck stage1, asked"):
        check_upload(build(), made, FILES, asked)


def test_a_file_that_is_not_listed_is_named() -> None:
    stowaway = AttemptFile(name="evil_1_amd64.deb", size=1, sha256=sha256_of("evil"))

    with pytest.raises(InvalidInputError, match=r"evil_1_amd64\.deb was sent but is not named"):
        check_upload(build(), changes(), [*FILES, stowaway])


@pytest.mark.parametrize("change", [{"size": 7}, {"sha256": sha256_of("other")}])
def test_a_file_with_other_bytes_is_named_with_both_sums(change: dict[str, str]) -> None:
    sent = [replace(FILES[0], **change), FILES[1]]  # type: ignore[arg-type]  # size or sha256

    with pytest.raises(InvalidInputError) as caught:
        check_upload(build(), changes(), sent)

    assert FILES[0].name in str(caught.value)
    assert FILES[0].sha256 in str(caught.value)
    assert str(sent[0].sha256) in str(caught.value)


def binary(
    name: str = "hello",
    version: str = "1.2-3Xt1",
    *,
    architecture: str = "amd64",
    source: str = "hello",
    source_version: str = "1.2-3",
) -> NewBinary:
    return new_binary(
        name, version, architecture=architecture, source=source, source_version=source_version
    )


def check(found: NewBinary, *, known: Known = NO_ONE_KNOWN, file_name: str = "") -> bool:
    plain = found.version.rpartition(":")[2]
    return check_binary(
        build(), found, file_name or f"{found.name}_{plain}_{found.architecture}.deb", known
    )


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (binary(source="tree"), "hello has source tree, asked was hello"),
        (binary(source_version="1.2-4"), "hello has source version 1.2-4, asked was 1.2-3"),
        (binary(architecture="arm64"), "hello has architecture arm64, asked was amd64"),
        (binary(architecture="all"), "hello has architecture all, asked was amd64"),
    ],
)
def test_a_binary_of_something_else_is_refused(found: NewBinary, sentence: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        check(found)

    assert str(caught.value) == sentence


def test_a_file_whose_name_lies_about_its_content_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"hello has file name tree_1.2-3Xt1_amd64\.deb"):
        check(binary(), file_name="tree_1.2-3Xt1_amd64.deb")


def test_the_epoch_is_not_part_of_a_file_s_name() -> None:
    check(binary(version="1:1.2-3Xt1"), file_name="hello_1.2-3Xt1_amd64.deb")

    with pytest.raises(InvalidInputError, match="file name"):
        check(binary(version="1:1.2-3Xt1"), file_name="hello_1:1.2-3Xt1_amd64.deb")


@pytest.mark.parametrize("present", ["1.2-3Xt1", "1.2-3Xt2", "1.2-3+b1", "1:0"])
def test_a_binary_that_is_not_above_the_one_there_is_refused(present: str) -> None:
    known = replace(NO_ONE_KNOWN, versions={("hello", "amd64"): present})

    sentence = f"version not raised: hello .*{re.escape(present)}"
    with pytest.raises(ConflictError, match=sentence):
        check(binary(), known=known)


def test_a_version_on_another_architecture_is_no_hindrance() -> None:
    check(binary(), known=replace(NO_ONE_KNOWN, versions={("hello", "arm64"): "9-1"}))


@pytest.mark.parametrize(
    ("name", "package_list", "names", "is_new"),
    [
        ("hello", {"hello"}, set(), False),
        ("hello", set(), {"hello"}, False),
        ("hello-dbgsym", {"hello"}, set(), False),
        ("hello-dbgsym", set(), {"hello-dbgsym"}, False),
        ("hello2", {"hello"}, {"hello"}, True),
        ("other-dbgsym", {"hello"}, set(), True),
    ],
)
def test_a_package_that_the_source_was_not_known_to_build_is_reported(
    name: str, package_list: set[str], names: set[str], *, is_new: bool
) -> None:
    known = Known(package_list=frozenset(package_list), names=frozenset(names), versions={})

    assert check(binary(name), known=known) == is_new


def test_a_build_without_any_binary_is_refused() -> None:
    check_complete(build(), [binary()])

    with pytest.raises(InvalidInputError, match="the build of hello for amd64 made no binary"):
        check_complete(build(), [])


def depending(field: str) -> NewBinary:
    """A rebuilt package with a dependency."""
    stanza = f"Package: hello\nVersion: 1.2-3Xt1\nArchitecture: amd64\nDepends: {field}\n"
    return replace(binary(), stanza=stanza)


DATA_STAYS = Known(
    package_list=frozenset(), names=frozenset(), versions={("hello-data", "all"): "1.2-3"}
)


@pytest.mark.parametrize(
    "field",
    [
        "hello-data (= 1.2-3)",
        "hello-data (>= 1.2-3)",
        "hello-data",
        "hello-data (= 1.2-3Xt1) | other",
        "libc6 (= 2.36-9)",
    ],
)
def test_a_dependency_that_what_stays_can_satisfy_is_accepted(field: str) -> None:
    check_relations([depending(field)], DATA_STAYS)


def test_a_dependency_on_the_rebuilt_version_of_what_stays_is_refused() -> None:
    with pytest.raises(InvalidInputError) as caught:
        check_relations([depending("libc6, hello-data (= 1.2-3Xt1)")], DATA_STAYS)

    assert str(caught.value) == (
        "hello depends on hello-data (= 1.2-3Xt1), but hello-data is for all architectures "
        "and stays at 1.2-3: nobody could install it"
    )
