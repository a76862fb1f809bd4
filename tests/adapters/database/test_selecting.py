"""Selections over the packages of a suite: compared with grep-dctrl (package dctrl-tools).

The archive below is small and has one of each: two versions of a name, a source for what was built
with it, architectures and sections of all kinds, values of several lines and with odd bytes.
"""

import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.adapters.database.stage import add_external, snapshot_of
from tests.builders import new_binary, new_source

from vostok.adapters.database import SqlDatabase, SqlTransaction
from vostok.domain.package import Membership, NewBinary, NewSource
from vostok.errors import InvalidInputError
from vostok.services.selection.selecting import selected

SOURCES = {
    "hello": "Section: devel\nPriority: optional\nMaintainer: Ann Example <ann@example.org>\n"
    "Binary: hello, hello-doc\nBuild-Depends: debhelper-compat (= 13), gcc\n"
    "Homepage: https://example.org/hello\n",
    "tree": "Section: misc\nPriority: optional\nMaintainer: Bob <bob@example.org>\nBinary: tree\n"
    "Build-Depends: debhelper (>= 9), libfoo-dev | libbar-dev\n",
    "libfoo": "Section: libs\nPriority: extra\nMaintainer: Ann Example <ann@example.org>\n"
    "Binary: libfoo1,\n libfoo-dev\nUploaders: Zoë <zoe@example.org>\nBuild-Depends: gcc\n",
    "libbar": "Section: contrib/libs\nPriority: extra\nMaintainer: Grüße <g@example.org>\n"
    "Binary: libbar1\nX-Odd: \x7f\u2028 a{}'\"\\\n .\n second line\n",
    "gcc": "Section: devel\nPriority: optional\nMaintainer: GCC <gcc@example.org>\nBinary: gcc\n"
    "Build-Depends: gcc\nhomepage: http://gcc.example.org\n",
    "debhelper": "Section: devel\nPriority: optional\nMaintainer: Bob <bob@example.org>\n"
    "Binary: debhelper\nBuild-Depends-Indep: tree\n",
}
VERSIONS = {"hello": "2.10-3", "tree": "2.1.0-1", "libfoo": "1:1.0~rc1-1", "libbar": "0.9"}
ARCHITECTURES = {"tree": "linux-any", "libbar": "all", "gcc": "amd64 arm64", "libfoo": "any all"}
BINARIES = {
    "hello": ("hello", "Section: devel\nPriority: optional\nDepends: libfoo1\n"),
    "hello-doc": ("hello", "Section: doc\nPriority: optional\nTask: manuals, greeting\n"),
    "tree": ("tree", "Section: utils\nPriority: standard\nProvides: lister (= 2), dir\n"),
    "libfoo1": ("libfoo", "Section: libs\nPriority: required\nEssential: yes\n"),
    "libfoo-dev": ("libfoo", "Section: libdevel\nPriority: optional\nDepends: libfoo1\n"),
    "libbar1": ("libbar", "Section: libs\nPriority: optional\nMulti-Arch: same\n"),
    "gcc": ("gcc", "Section: devel\nPriority: optional\nProvides: c-compiler\n"),
    "debhelper": (
        "debhelper",
        "Section: devel\nPriority: optional\nProvides: debhelper-compat (= 13)\n",
    ),
}


def sources() -> list[NewSource]:
    some = [
        new_source(
            name,
            VERSIONS.get(name, "1"),
            architecture=ARCHITECTURES.get(name, "any"),
            component="contrib" if name == "libbar" else "main",
        )
        for name in SOURCES
    ]
    whole = [replace(one, stanza=one.stanza + SOURCES[one.name]) for one in some]
    older = new_source("hello", "2.9-1", is_extra=True)
    extra = new_source("used", "1", is_extra=True)
    return [
        *whole,
        replace(older, stanza=f"{older.stanza}Section: old\n"),
        replace(extra, stanza=f"{extra.stanza}Section: old\nExtra-Source-Only: yes\n"),
    ]


def binaries() -> list[NewBinary]:
    some = [new_binary(name, "1", source=source) for name, (source, _) in BINARIES.items()]
    return [replace(one, stanza=one.stanza + BINARIES[one.name][1]) for one in some]


@pytest.fixture
def members(database: SqlDatabase) -> Membership:
    with database.write() as transaction:
        _, suite = add_external(transaction, "debian")
        snapshot_of(transaction, suite, sources(), binaries())
        return Membership(suite_id=suite.id, number=1)


@pytest.fixture
def reading(database: SqlDatabase, members: Membership) -> Iterator[SqlTransaction]:
    assert members.number == 1
    with database.read() as transaction:
        yield transaction


@pytest.fixture
def indices(tmp_path: Path) -> Path:
    current = [
        one
        for one in sources()
        if not one.is_extra and (one.name, one.version) != ("hello", "2.9-1")
    ]
    (tmp_path / "Sources").write_text("\n".join(one.stanza for one in current))
    (tmp_path / "Packages").write_text("\n".join(one.stanza for one in binaries()))
    return tmp_path


def grep_dctrl(file: Path, *arguments: str) -> set[str]:
    """The sources of the paragraphs that grep-dctrl finds."""
    ran = subprocess.run(
        ["grep-dctrl", "-n", "-s", "Package", *arguments, str(file)],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    found = set(filter(None, ran.stdout.split("\n")))
    if file.name == "Packages":
        return {BINARIES[name][0] for name in found}
    return found


@pytest.mark.debian
@pytest.mark.parametrize(
    ("expression", "command"),
    [
        ("field(Section, source) = libs", "Sources -F Section -X libs"),
        ("field(Section, binary) = libs", "Packages -F Section -X libs"),
        ("field(SECTION, source) ~ lib", "Sources -F Section lib"),
        ('field(Section, source) ~ "^(devel|misc)$"', "Sources -F Section -e '^(devel|misc)$'"),
        ("field(Priority, source) = extra", "Sources -F Priority -X extra"),
        ("field(Priority, binary) = required", "Packages -F Priority -X required"),
        ("field(Homepage) ~ https", "Sources -F Homepage https"),
        ("field(Homepage)", "Sources -F Homepage -r ."),
        ("field(X-Odd) ~ second", "Sources -F X-Odd second"),
        ('field(Uploaders) ~ "Zoë"', "Sources -F Uploaders 'Zoë'"),
        ("field(Build-Depends) ~ gcc", "Sources -F Build-Depends gcc"),
        ("field(Maintainer, source) !~ Ann", "Sources --not -F Maintainer Ann"),
        (
            'maintainer = "Bob <bob@example.org>"',
            "Sources -F Maintainer -X 'Bob <bob@example.org>'",
        ),
        ("maintainer ~ Ann", "Sources -F Maintainer Ann"),
        ("essential", "Packages -F Essential -X yes"),
        ("provides(c-compiler)", "Packages -F Provides -w c-compiler"),
        ("task(greeting)", "Packages -F Task -w greeting"),
        ("builds(libfoo-dev)", "Sources -F Binary -w libfoo-dev"),
        ("version(>= 1:0)", "Sources -F Version --ge 1:0"),
        ("version(<< 2.1)", "Sources -F Version --lt 2.1"),
        ("version(= 1)", "Sources -F Version --eq 1"),
        (
            "lib* and field(Priority, source) = extra",
            "Sources -F Package -e '^lib' --and -F Priority extra",
        ),
        ("not field(Section, source) = devel", "Sources --not -F Section -X devel"),
    ],
)
def test_fields_are_as_grep_dctrl_finds_them(
    reading: SqlTransaction,
    members: Membership,
    indices: Path,
    expression: str,
    command: str,
) -> None:
    taken = selected(reading, members, expression)

    index, *arguments = shlex.split(command)
    found = grep_dctrl(indices / index, *arguments)
    assert set(taken) == found
    assert found


@pytest.mark.parametrize(
    ("expression", "taken"),
    [
        ("all", set(SOURCES)),
        ("section = libs", {"libfoo", "libbar"}),
        ("section = contrib/libs", {"libbar"}),
        ("section = doc", {"hello"}),
        ("section = lib*", {"libfoo", "libbar"}),
        ("section != libs", set(SOURCES) - {"libfoo", "libbar"}),
        ("component = contrib", {"libbar"}),
        ("component != contrib", set(SOURCES) - {"libbar"}),
        ("priority = standard", {"tree"}),
        ("maintainer = ann@example.org", {"hello", "libfoo"}),
        ('maintainer = "Ann Example"', {"hello", "libfoo"}),
        ("architecture = all", {"libfoo", "libbar"}),
        ("architecture = any", {"hello", "libfoo", "debhelper"}),
        ("architecture = amd64", set(SOURCES) - {"libbar"}),
        ("architecture = riscv64", {"hello", "tree", "libfoo", "debhelper"}),
        ("architecture = *-any", {"tree"}),
        ('architecture ~ "^amd64"', {"gcc"}),
        ("provides(c-*)", {"gcc"}),
        ("builds(hello-doc)", {"hello"}),
        ("builds(lib*1)", {"libfoo", "libbar"}),
        ("hello (>= 2.10)", {"hello"}),
        ("hello (<< 2.10)", set()),
        ("build-depends(gcc)", {"hello", "libfoo", "gcc"}),
        ("build-depends(debhelper)", {"hello", "tree"}),
        ("build-depends(debhelper-compat)", {"hello"}),
        ("build-depends(src:libfoo)", {"tree"}),
        ("build-depends(lib*-dev)", {"tree"}),
        ("needs(libfoo1, installed)", {"tree"}),
        ("needs(libfoo1)", {"hello", "tree", "debhelper"}),
        ("closure(libfoo)", {"libfoo", "gcc"}),
        ("closure(hello)", {"hello", "gcc", "debhelper", "tree", "libfoo"}),
        ("closure(hello, installed)", {"hello", "gcc", "debhelper"}),
        ("closure(libfoo) and not libfoo", {"gcc"}),
    ],
)
def test_a_selection_takes_what_its_page_says(
    reading: SqlTransaction, members: Membership, expression: str, taken: set[str]
) -> None:
    assert set(selected(reading, members, expression)) == taken


@pytest.mark.parametrize(
    ("expression", "source", "reason"),
    [
        ("hello", "hello", "name hello"),
        ("lib*", "libfoo", "glob lib*"),
        ("all", "hello", "everything is taken"),
        ("section = devel", "gcc", "section devel"),
        ("section = doc", "hello", "section doc of a binary package"),
        ("essential", "libfoo", "essential yes of a binary package"),
        ("component = main and lib*", "libfoo", "component main and glob lib*"),
        ("not gcc", "hello", "not gcc"),
        ("builds(tree)", "tree", "builds tree"),
        ("provides(dir)", "tree", "provides dir"),
        ("hello (>> 1)", "hello", "hello (>> 1)"),
        ("version(>> 2)", "hello", "version 2.10-3"),
        ("closure(libfoo)", "gcc", "needed by libfoo (Build-Depends: gcc) in closure(libfoo)"),
        (
            "needs(libfoo1)",
            "hello",
            "needs libfoo1 through debhelper (Build-Depends: debhelper-compat (= 13))",
        ),
    ],
)
def test_each_source_says_why_it_is_taken(
    reading: SqlTransaction, members: Membership, expression: str, source: str, reason: str
) -> None:
    assert selected(reading, members, expression)[source] == reason


def test_among_some_sources_only_those_are_selected(
    reading: SqlTransaction, members: Membership
) -> None:
    some = frozenset({"hello", "libfoo"})

    assert set(selected(reading, members, "closure(hello)", among=some)) == some
    assert set(selected(reading, members, "not hello", among=some)) == {"libfoo"}
    with pytest.raises(InvalidInputError, match="names no source here: gcc"):
        selected(reading, members, "gcc", among=some)


def test_an_architecture_that_the_suite_has_not_is_as_if_it_were_empty(
    reading: SqlTransaction, members: Membership
) -> None:
    taken = selected(reading, members, "essential", architectures=["arm64"])

    assert taken == {}


def test_what_names_a_binary_package_is_told_its_source(
    reading: SqlTransaction, members: Membership
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        selected(reading, members, "libfoo-dev, tree")

    assert str(caught.value.hint).startswith("names that begin alike: libfoo")
    assert "\n  libfoo-dev, tree\n  ^" in str(caught.value.hint)
