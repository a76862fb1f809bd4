"""Which sources wait for which, from the dependency graph."""

from vostok.domain.dependencies.building import BinaryRelations, SourceRelations, build_graph
from vostok.domain.dependencies.graph import DependencyGraph
from vostok.domain.dependencies.order import awaited_sources


def source(name: str, build_depends: str = "", *, indep: str = "") -> SourceRelations:
    return SourceRelations(name, "any all", build_depends, "", indep)


def binary(
    name: str, *, source: str | None = None, version: str = "1-1", **fields: str
) -> BinaryRelations:
    return BinaryRelations(
        name=name,
        version=version,
        source_name=source or name,
        pre_depends="",
        depends=fields.get("depends", ""),
        provides=fields.get("provides", ""),
    )


def graph_of(*packages: SourceRelations | BinaryRelations) -> DependencyGraph:
    return build_graph(
        [package for package in packages if isinstance(package, SourceRelations)],
        [package for package in packages if isinstance(package, BinaryRelations)],
        "amd64",
    )


def test_a_source_waits_for_the_sources_of_what_it_build_depends_on() -> None:
    graph = graph_of(
        source("app", "libfoo-dev (>= 1), tool, tool", indep="docs"),
        *(source(name) for name in ("foo", "tool", "docs")),
        binary("libfoo-dev", source="foo", depends="docs"),
        *(binary(name) for name in ("tool", "docs", "app")),
    )

    assert awaited_sources(graph, ["app", "foo"]) == {"app": ["docs", "foo", "tool"]}


def test_what_is_installed_only_with_a_build_dependency_makes_nobody_wait() -> None:
    graph = graph_of(
        *(source(name) for name in ("lib", "tool")),
        source("app", "tool"),
        binary("tool", depends="lib"),
        binary("lib"),
    )

    assert awaited_sources(graph, ["app", "tool"]) == {"app": ["tool"]}


def test_of_alternatives_the_first_that_exists_is_waited_for() -> None:
    graph = graph_of(
        source("app", "zeta | alpha"),
        source("other", "gone | alpha"),
        source("old", "zeta (<< 1) | alpha"),
        *(source(name) for name in ("alpha", "zeta")),
        *(binary(name) for name in ("alpha", "zeta")),
    )

    found = awaited_sources(graph, ["app", "other", "old"])

    assert found == {"app": ["zeta"], "old": ["alpha"], "other": ["alpha"]}


def test_a_package_of_the_name_goes_before_one_that_provides_it() -> None:
    graph = graph_of(
        source("app", "mta"),
        source("web", "server"),
        *(source(name) for name in ("exim", "mta", "apache")),
        binary("exim", provides="mta"),
        binary("mta"),
        binary("apache", provides="server"),
    )

    assert awaited_sources(graph, ["app", "web"]) == {"app": ["mta"], "web": ["apache"]}


def test_nobody_waits_for_itself_for_profiles_or_for_what_is_unknown() -> None:
    graph = graph_of(
        source("app", "app, tool <stage1>, gone, tool [arm64]"),
        source("tool"),
        binary("app"),
        binary("tool"),
        binary("stray", source="nowhere"),
    )

    assert awaited_sources(graph, ["app", "unknown"]) == {}
