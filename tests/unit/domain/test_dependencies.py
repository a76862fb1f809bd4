"""Who needs whom: compared with dose-ceve (package dose-extra) on small archives of all shapes."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vostok.domain.dependencies.building import BinaryRelations, SourceRelations, build_graph
from vostok.domain.dependencies.graph import NONE, DependencyGraph, RelationField
from vostok.domain.selection.evaluation import evaluate
from vostok.domain.selection.facts import Facts
from vostok.domain.selection.parser import parse_selection
from vostok.errors import InvalidInputError

DOSE_SECONDS_MAX = 60
SOURCES = ("sa", "sb", "sc", "sd", "se")
BINARIES = ("ba", "bb", "bc", "bd", "be", "bf")
VIRTUAL = ("va", "vb")


def source(name: str, depends: str = "", **more: str) -> SourceRelations:
    fields = {"architecture": "any", "build_depends_arch": "", "build_depends_indep": ""}
    return SourceRelations(name=name, build_depends=depends, package_id=0, **(fields | more))


def binary(name: str, of: str, depends: str = "", **more: str) -> BinaryRelations:
    fields = {"version": "1", "pre_depends": "", "provides": ""}
    return BinaryRelations(
        name=name, source_name=of, depends=depends, package_id=0, **(fields | more)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    sources: Sequence[SourceRelations]
    binaries: Sequence[BinaryRelations]

    def graph(self) -> DependencyGraph:
        return build_graph(self.sources, self.binaries, "amd64")

    def packages(self) -> str:
        return "".join(
            f"Package: {one.name}\nVersion: {one.version}\nArchitecture: amd64\n"
            f"Source: {one.source_name} (1)\n"
            + (f"Pre-Depends: {one.pre_depends}\n" if one.pre_depends else "")
            + (f"Depends: {one.depends}\n" if one.depends else "")
            + (f"Provides: {one.provides}\n" if one.provides else "")
            + "\n"
            for one in self.binaries
        )

    def paragraphs(self) -> str:
        return "".join(
            f"Package: {one.name}\nVersion: 1\nArchitecture: {one.architecture}\nBinary: x\n"
            + (f"Build-Depends: {one.build_depends}\n" if one.build_depends else "")
            + (f"Build-Depends-Arch: {one.build_depends_arch}\n" if one.build_depends_arch else "")
            + (
                f"Build-Depends-Indep: {one.build_depends_indep}\n"
                if one.build_depends_indep
                else ""
            )
            + "\n"
            for one in self.sources
        )

    def selected(self, text: str) -> dict[str, str]:
        names = frozenset(one.name for one in self.sources)
        facts = Facts(names=names, graphs=[self.graph()])
        return evaluate(parse_selection(text), facts, is_strict=False)


# Against dose-ceve ------------------------------------------------------------------------


def _relation() -> st.SearchStrategy[str]:
    name = st.sampled_from(BINARIES + VIRTUAL)
    versions = ["", "", " (>= 2)", " (<< 2)", " (= 1)", " (>> 1)", " (<= 1)"]
    # dose loses the version of a relation with `:any`.
    rest = st.sampled_from([*versions, *versions, ":any", ":native", ":native (>= 2)"])
    return st.tuples(name, rest).map("".join)


def _relations(*, is_build: bool) -> st.SearchStrategy[str]:
    alternative = _relation()
    if is_build:
        restriction = st.sampled_from(
            ["", "", "", " [amd64]", " [!amd64]", " [arm64 linux-any]", " <!nocheck>", " <cross>"]
        )
        alternative = st.tuples(alternative, restriction).map("".join)
    else:  # there `native` says nothing that Policy knows
        alternative = alternative.map(lambda text: text.replace(":native", ""))
    group = st.lists(alternative, min_size=1, max_size=2).map(" | ".join)
    return st.lists(group, max_size=3).map(", ".join)


def archives() -> st.SearchStrategy[Archive]:
    sources = st.tuples(
        *(
            st.builds(
                source,
                st.just(name),
                _relations(is_build=True),
                architecture=st.sampled_from(["any", "any", "all", "any all", "arm64"]),
                build_depends_arch=st.just("") | _relations(is_build=True),
                build_depends_indep=st.just("") | _relations(is_build=True),
            )
            for name in SOURCES
        )
    )
    provides = st.sampled_from(["", "", "va", "vb (= 2)", "va (= 1), vb", "ba (= 3)"])
    binaries = st.lists(
        st.builds(
            binary,
            st.sampled_from([*BINARIES, "build-essential"]),
            st.sampled_from(SOURCES),
            _relations(is_build=False),
            pre_depends=st.just("") | _relations(is_build=False),
            version=st.sampled_from(["1", "2", "1:0~a"]),
            provides=provides,
        ),
        max_size=8,
        unique_by=lambda one: (one.name, one.version),
    )
    return st.builds(Archive, sources=sources, binaries=binaries)


def _dose(directory: Path, archive: Archive, *arguments: str) -> tuple[set[str], set[str]]:
    """The sources, and the names of the binary packages, in a cone of dose-ceve's."""
    packages, sources = directory / "Packages", directory / "Sources"
    packages.write_text(archive.packages())
    sources.write_text(archive.paragraphs())
    options = ["--deb-native-arch=amd64", "--deb-ignore-essential", "-T", "cudf", *arguments]
    ran = subprocess.run(
        ["dose-ceve", *options, f"deb://{packages}", f"debsrc://{sources}"],
        capture_output=True,
        text=True,
        timeout=DOSE_SECONDS_MAX,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found = re.findall(r"^package: (src%3a)?(\S+?)(?:%3aamd64)?$", ran.stdout, re.MULTILINE)
    return (
        {name for is_source, name in found if is_source},
        {name for is_source, name in found if not is_source},
    )


def _built_here(archive: Archive) -> list[str]:
    return [one.name for one in archive.sources if one.architecture != "arm64"]


def _for_dose(archive: Archive) -> Archive:
    """Without what dose refuses to read: binary packages whose source is not built here."""
    built = _built_here(archive)
    return replace(archive, binaries=[one for one in archive.binaries if one.source_name in built])


LIKE_DOSE = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.mark.debian
@LIKE_DOSE
@given(archive=archives())
def test_a_closure_is_the_cone_of_dose_ceve(tmp_path: Path, archive: Archive) -> None:
    archive = _for_dose(archive)
    for begun in _built_here(archive)[:1]:
        taken = set(archive.selected(f"closure({begun}, implicit)"))

        sources, _ = _dose(tmp_path, archive, "--deb-builds-from", "-c", f"src:{begun}")
        assert taken == sources


@pytest.mark.debian
@LIKE_DOSE
@given(archive=archives())
def test_what_a_build_installs_is_what_dose_ceve_says(tmp_path: Path, archive: Archive) -> None:
    source_of = {one.name: one.source_name for one in archive.binaries}
    unique = {one.name: one for one in archive.binaries}
    archive = _for_dose(replace(archive, binaries=list(unique.values())))
    for begun in _built_here(archive)[:1]:
        taken = set(archive.selected(f"closure({begun}, implicit, installed)"))

        _, binaries = _dose(tmp_path, archive, "-c", f"src:{begun}")
        assert taken == {begun, *(source_of[name] for name in binaries)}


@pytest.mark.debian
@pytest.mark.parametrize(
    ("options", "arguments"),
    [("", ["--deb-builds-from"]), (", installed", [])],
    ids=["recursively", "installed"],
)
@LIKE_DOSE
@given(archive=archives())
def test_what_needs_a_package_is_the_reverse_cone_of_dose_ceve(
    tmp_path: Path, options: str, arguments: list[str], archive: Archive
) -> None:
    archive = _for_dose(archive)
    if not any(one.name == "ba" for one in archive.binaries):
        return

    taken = set(archive.selected(f"needs(ba, implicit{options})"))

    sources, _ = _dose(tmp_path, archive, *arguments, "-r", "ba")
    assert taken == sources


# Rules of our own -------------------------------------------------------------------------


@given(archives(), st.sampled_from(SOURCES), st.sampled_from(["", ", implicit"]))
def test_one_source_needs_another_exactly_if_that_is_in_its_closure(
    archive: Archive, needed: str, options: str
) -> None:
    needing = archive.selected(f"needs(src:{needed}{options})")

    others = {one.name for one in archive.sources} - {needed}
    assert needing.keys() - {needed} == {
        name for name in others if needed in archive.selected(f"closure({name}{options})")
    }


@given(archives(), st.sampled_from(["", ", implicit", ", installed"]))
def test_a_closure_needs_nothing_else(archive: Archive, options: str) -> None:
    once = archive.selected(f"closure(sa{options})")

    if not options.endswith("installed"):
        assert archive.selected(f"closure({', '.join(once)}{options})").keys() == once.keys()
    assert archive.selected(f"closure(sa or sb{options})").keys() == (
        once.keys() | archive.selected(f"closure(sb{options})").keys()
    )


@given(archives())
def test_what_needs_a_package_directly_needs_it_installed_and_so_needs_it(
    archive: Archive,
) -> None:
    direct = archive.selected("build-depends(ba)").keys()
    installed = archive.selected("needs(ba, installed)").keys()

    assert direct <= installed <= archive.selected("needs(ba)").keys()


CYCLE = Archive(
    sources=[source("hello", "gcc, make (>= 2)"), source("gcc", "gcc"), source("make", "gcc")],
    binaries=[
        binary("hello", "hello", "libc6"),
        binary("gcc", "gcc", "libc6", provides="c-compiler"),
        binary("make", "make", "libc6 | libc"),
        binary("libc6", "gone"),
    ],
)


def test_each_needed_source_is_told_with_the_relation_that_needs_it() -> None:
    archive = replace(CYCLE, binaries=[*CYCLE.binaries, binary("make", "make", version="2")])

    assert archive.selected("closure(hello)") == {
        "gcc": "needed by hello (Build-Depends: gcc) in closure(hello)",
        "hello": "name hello",
        "make": "needed by hello (Build-Depends: make (>= 2)) in closure(hello)",
    }


def test_each_needing_source_is_told_with_its_own_relation() -> None:
    assert CYCLE.selected("needs(gcc)") == {
        "gcc": "needs gcc (Build-Depends: gcc)",
        "hello": "needs gcc (Build-Depends: gcc)",
        "make": "needs gcc (Build-Depends: gcc)",
    }
    assert CYCLE.selected("needs(libc6, installed)")["hello"] == (
        "needs libc6 through gcc (Build-Depends: gcc)"
    )


def test_a_cycle_is_walked_once() -> None:
    assert CYCLE.selected("closure(gcc)").keys() == {"gcc"}
    assert "gcc" in CYCLE.selected("needs(src:gcc)")


def test_a_relation_that_nothing_satisfies_needs_nothing() -> None:
    assert "make" not in CYCLE.selected("closure(hello)")
    assert CYCLE.selected("build-depends(make)") == {}


def test_a_virtual_package_is_needed_where_it_is_named() -> None:
    archive = Archive(
        sources=[
            source("a", "c-compiler, x"),
            source("b", "gcc"),
            source("c", "c-compiler [arm64]"),
        ],
        binaries=CYCLE.binaries,
    )

    assert archive.selected("build-depends(c-compiler)").keys() == {"a"}
    assert archive.selected("build-depends(gcc)").keys() == {"a", "b"}
    assert archive.selected("build-depends(x)").keys() == {"a"}


def test_build_essential_counts_only_when_it_is_asked_for() -> None:
    archive = Archive(
        sources=[
            source("a", "x"),
            source("b", "build-essential"),
            source("c", architecture="i386"),
        ],
        binaries=[binary("build-essential", "b")],
    )

    assert archive.selected("build-depends(build-essential)").keys() == {"b"}
    assert archive.selected("build-depends(build-essential, implicit)") == {
        "a": "build-depends on build-essential (implicitly build-essential)",
        "b": "build-depends on build-essential (Build-Depends: build-essential)",
    }
    assert archive.selected("closure(a)").keys() == {"a"}
    assert archive.selected("closure(a, implicit)").keys() == {"a", "b"}


def test_a_package_that_is_called_nothing_here_is_refused_by_name() -> None:
    facts = Facts(names=frozenset({"hello"}), graphs=[CYCLE.graph()])

    with pytest.raises(
        InvalidInputError, match=r"names no package here: gcc-99, src:gc$"
    ) as caught:
        evaluate(parse_selection("needs(gcc-99), needs(src:gc), needs(src:gcc)"), facts)

    assert (caught.value.hint or "").startswith("a binary package is meant here")


def test_fields_are_told_apart() -> None:
    graph = Archive(
        sources=[source("a", "x", build_depends_arch="y", build_depends_indep="z")],
        binaries=[binary("x", "a", "y", pre_depends="z")],
    ).graph()

    pairs = [
        (graph.name_of(package), field, graph.relations[relation])
        for package in range(2)
        for relation in graph.stated.targets[
            graph.stated.starts[package] : graph.stated.starts[package + 1]
        ]
        for field in graph.field_names(
            np.array([package], dtype=np.int32), np.array([relation], dtype=np.int32)
        )
    ]

    assert pairs == [
        ("a", "Build-Depends", "x"),
        ("a", "Build-Depends-Arch", "y"),
        ("a", "Build-Depends-Indep", "z"),
        ("x", "Pre-Depends", "z"),
        ("x", "Depends", "y"),
    ]
    assert [RelationField(number).title for number in RelationField] == [
        "Pre-Depends", "Depends", "Build-Depends", "Build-Depends-Arch", "Build-Depends-Indep",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "field",
    [
        "gcc (>= ", "gcc, , make", "gcc | | make", "\x00", "gcc\n make", "é (>= 1)", "gcc (= é)",
        "(gcc)", "gcc:i386", "|" * 10_000, "gcc [", "$" * 100_000, ",".join(["gcc"] * 50_000),
    ],
)  # fmt: skip
def test_a_field_that_nobody_can_read_harms_no_other(field: str) -> None:
    archive = replace(CYCLE, sources=[*CYCLE.sources, source("odd", field)])

    taken = archive.selected("closure(hello or odd)")

    assert {"hello", "gcc", "odd"} <= taken.keys()
    assert archive.selected("needs(gcc)").keys() >= {"gcc", "hello", "make"}


def test_versions_that_are_none_satisfy_no_version() -> None:
    archive = Archive(
        sources=[source("a", "x (>= 1)"), source("b", "x")],
        binaries=[binary("x", "b", version="not a version", provides="x (= also not)")],
    )

    assert archive.selected("needs(x)").keys() == {"b"}


def test_an_archive_without_packages_has_a_graph() -> None:
    graph = Archive(sources=[], binaries=[]).graph()

    assert len(graph.relations) == 1  # the implicit one
    assert list(graph.stated_by.starts) == [0, 0]
    assert NONE not in graph.source_of
