"""Names of packages and files, and what a source says it consists of and builds."""

import pytest

from vostok.debian import packages as packages_module
from vostok.debian.packages import (
    ListedPackage,
    SourceFile,
    binary_file_name,
    check_component,
    check_file_name,
    check_package_name,
    check_path,
    check_source_name,
    package_list,
    parse_source_field,
    pool_directory,
    source_files,
    source_of_binary,
)
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

A = "a" * 64
B = "b" * 64


@pytest.mark.parametrize("name", ["hello", "g++-12", "0ad", "libc6", "python3.11", "a+"])
def test_a_name_by_policy_is_one(name: str) -> None:
    assert check_package_name(name) == check_source_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a",
        "Hello",
        "-a",
        ".a",
        "+a",
        "a b",
        "a/b",
        "../a",
        "a_b",
        "aé",
        "a\n",
        "a" * 201,
        "a:b",
    ],
)
def test_a_name_that_policy_forbids_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="binary package"):
        check_package_name(name)
    with pytest.raises(InvalidInputError, match="source package"):
        check_source_name(name)


@pytest.mark.parametrize(
    "name",
    ["hello_2.10-3.dsc", "x_1.0~rc1+ds.orig.tar.xz", "docker_5%3a20.10_amd64.deb", "a" * 255],
)
def test_a_file_name_of_an_archive_is_one(name: str) -> None:
    assert check_file_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x", "a/b", "/etc/passwd", "a\\b", "-rf", ".hidden", "a b", "a\nb"),
        *("a\0", "é", "a\x7f", "a" * 256, "~a", "$(a)", "a;b", "a\ud800"),
    ],
)
def test_a_file_name_that_could_do_harm_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="not a file name"):
        check_file_name(name)


@pytest.mark.parametrize("path", ["pool/main/h/hello/hello_1.dsc", "main/i18n/Translation-de_DE"])
def test_a_path_is_made_of_file_names(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize("path", ["/a", "a/", "a//b", "a/../b", "./a", "", "a/" * 3000 + "a"])
def test_a_path_that_leaves_its_root_or_is_odd_is_refused(path: str) -> None:
    with pytest.raises(InvalidInputError):
        check_path(path)


@pytest.mark.parametrize("component", ["main", "non-free-firmware", "updates/main", "toolchain"])
def test_a_component_can_be_part_of_a_path(component: str) -> None:
    assert check_component(component) == component


@pytest.mark.parametrize(
    "component", ["", "..", "a/..", "/main", "main/", "a b", "-a", "é", "a\n"]
)
def test_a_component_that_is_no_path_is_refused(component: str) -> None:
    with pytest.raises(InvalidInputError, match="component"):
        check_component(component)


@pytest.mark.parametrize(
    ("source", "directory"),
    [
        ("hello", "pool/main/h/hello"),
        ("libfoo", "pool/main/libf/libfoo"),
        ("libreoffice", "pool/main/libr/libreoffice"),
        ("lib3ds", "pool/main/lib3/lib3ds"),
        ("0ad", "pool/main/0/0ad"),
    ],
)
def test_the_pool_is_sorted_by_first_letter_or_lib_and_one_more(
    source: str, directory: str
) -> None:
    assert pool_directory("main", source) == directory


@pytest.mark.parametrize(("component", "source"), [("../etc", "hello"), ("main", "../hello")])
def test_the_pool_is_not_left(component: str, source: str) -> None:
    with pytest.raises(InvalidInputError):
        pool_directory(component, source)


def test_a_file_name_has_no_epoch() -> None:
    assert binary_file_name("hello", "1:2.10-3+b1", "amd64") == "hello_2.10-3+b1_amd64.deb"
    assert binary_file_name("hi", Version("1"), "all", package_type="udeb") == "hi_1_all.udeb"


@pytest.mark.parametrize(
    ("name", "version", "architecture", "package_type"),
    [
        ("../a", "1", "amd64", "deb"),
        ("hello", "1/2", "amd64", "deb"),
        ("hello", "1", "../x", "deb"),
        ("hello", "1", "amd64", "../x"),
    ],
)
def test_a_file_name_is_made_of_checked_parts(
    name: str, version: str, architecture: str, package_type: str
) -> None:
    with pytest.raises(InvalidInputError):
        binary_file_name(name, version, architecture, package_type=package_type)


def test_the_files_of_a_source_are_those_with_a_sha256() -> None:
    stanza = {"Checksums-Sha256": f"\n {A} 10 x_1.dsc\n {B} 0 x_1.tar.xz"}

    assert source_files(stanza) == (
        SourceFile(name="x_1.dsc", size=10, sha256=A),
        SourceFile(name="x_1.tar.xz", size=0, sha256=B),
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("", "has no field Checksums-Sha256"),
        (f"{A} 10 ../x", "not a file name"),
        (f"{A} 10 a/b", "not a file name"),
        (f"{A} -1 x", "not a digest, a size and a name"),
        (f"{A} {'9' * 19} x", "not a digest, a size and a name"),
        (f"{A} \u0661 x", "not a digest, a size and a name"),
        (f"{A} 1", "not a digest, a size and a name"),
        (f"{A} 1 a b", "not a digest, a size and a name"),
        (f"{A[1:]} 1 x", "64 hexadecimal digits"),
        (f"{'A' * 64} 1 x", "64 hexadecimal digits"),
        (f"{A} 1 x\n {B} 1 x", "'x' twice"),
    ],
)
def test_a_malformed_list_of_files_is_refused(value: str, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        source_files({"Checksums-Sha256": value})


def test_the_package_list_says_what_is_built_where() -> None:
    stanza = {
        "Binary": "ignored",
        "Package-List": """
 hello deb devel optional arch=any
 hello-doc deb doc optional arch=all profile=!nodoc
 hello-udeb udeb debian-installer optional arch=amd64,linux-any essential=yes""",
    }

    assert package_list(stanza) == (
        ListedPackage(name="hello", section="devel", priority="optional", architectures=("any",)),
        ListedPackage(
            name="hello-doc",
            section="doc",
            priority="optional",
            architectures=("all",),
            profiles="!nodoc",
        ),
        ListedPackage(
            name="hello-udeb",
            package_type="udeb",
            section="debian-installer",
            priority="optional",
            architectures=("amd64", "linux-any"),
            is_essential=True,
        ),
    )


def test_without_package_list_the_field_binary_has_the_names() -> None:
    packages = package_list({"Binary": "hello,\n hello-doc, hello-udeb"})

    assert [package.name for package in packages] == ["hello", "hello-doc", "hello-udeb"]


@pytest.mark.parametrize(
    "stanza",
    [
        {},
        {"Binary": ""},
        {"Binary": "../x"},
        {"Package-List": "hello deb devel"},
        {"Package-List": "../x deb devel optional"},
        {"Package-List": "hello deb devel optional arch=../x"},
    ],
)
def test_a_malformed_package_list_is_refused(stanza: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        package_list(stanza)


@pytest.mark.parametrize("field", ["Binary", "Package-List"])
def test_a_package_list_over_the_bound_is_refused(
    field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages_module, "PACKAGES_MAX", 1)
    value = "\n aa deb x x\n bb deb x x" if field == "Package-List" else "aa, bb"

    with pytest.raises(InvalidInputError, match="more than 1 binary packages"):
        package_list({field: value})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", ("hello", "1.2-3+b1")),
        ("greet", ("greet", "1.2-3+b1")),
        ("greet (1.2-3)", ("greet", "1.2-3")),
    ],
)
def test_the_source_of_a_binary_is_what_the_field_source_adds(
    source: str, expected: tuple[str, str]
) -> None:
    stanza = {"Package": "hello", "Version": "1.2-3+b1", "Source": source}

    assert source_of_binary(stanza) == expected


@pytest.mark.parametrize(
    "stanza",
    [
        {"Package": "hello"},
        {"Version": "1"},
        {"Package": "hello", "Version": "1/2"},
        {"Package": "hello", "Version": "1", "Source": "../x"},
        {"Package": "hello", "Version": "1", "Source": "x (1"},
        {"Package": "hello", "Version": "1", "Source": "xx (1) y"},
        {"Package": "hello", "Version": "1", "Source": "xx (1/2)"},
    ],
)
def test_a_binary_without_a_plain_source_is_refused(stanza: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError):
        source_of_binary(stanza)


def test_the_version_in_parentheses_is_optional() -> None:
    assert parse_source_field("hello") == ("hello", None)
    assert parse_source_field("hello (1:2)") == ("hello", Version("1:2"))
