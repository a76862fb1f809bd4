"""What sources build no more: it goes, unless what stays leads to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from vostok.debian.relations import parse_relations
from vostok.domain.not_built import BUILD_FIELDS, Needing, NotBuilt, kept_back, names_of

NAMES = ("a", "b", "c", "d", "e", "f")
VIRTUAL = ("v", "w")


def old(number: int, name: str, fields: str = "", *architectures: str) -> NotBuilt:
    return NotBuilt(
        id=number,
        name=name,
        version="1",
        architectures=architectures or ("amd64",),
        source="foo",
        built_from="1",
        source_version="2",
        stanza=f"Package: {name}\nVersion: 1\n{fields}",
    )


def stays(name: str, fields: str, *architectures: str) -> Needing:
    return Needing(
        label=name,
        architectures=architectures or ("amd64",),
        stanza=f"Package: {name}\nVersion: 1\n{fields}",
    )


def test_what_nobody_needs_goes() -> None:
    assert kept_back([old(1, "libfoo1")], [stays("bar", "Depends: libfoo2, libc6\n")]) == {}


def test_what_a_package_needs_stays_with_what_that_needs() -> None:
    binaries = [old(1, "libfoo-dev", "Depends: libfoo1 (= 1)\n"), old(2, "libfoo1"), old(3, "x")]

    reasons = kept_back(binaries, [stays("bar-dev", "Depends: libfoo-dev\n")])

    assert reasons == {
        1: "bar-dev needs libfoo-dev 1 (Depends)",
        2: "libfoo-dev 1, which stays, needs libfoo1 1 (Depends)",
    }


def test_what_a_source_needs_to_build_stays() -> None:
    source = Needing(
        label="the source bar",
        architectures=("amd64",),
        stanza="Package: bar\nBuild-Depends: debhelper, libfoo-dev <!nocheck>, x [arm64]\n",
        fields=BUILD_FIELDS,
    )

    reasons = kept_back([old(1, "libfoo-dev"), old(2, "x")], [source])

    assert reasons == {1: "the source bar needs libfoo-dev 1 (Build-Depends)"}


def test_every_alternative_and_whatever_is_provided_counts() -> None:
    binaries = [old(1, "libfoo1"), old(2, "foo-mta", "Provides: mta (= 5)\n")]

    reasons = kept_back(
        binaries, [stays("bar", "Depends: libfoo2 | libfoo1\nPre-Depends: mta (>= 4)\n")]
    )

    assert set(reasons) == {1, 2}
    assert names_of(binaries) == {"libfoo1", "foo-mta", "mta"}


def test_a_relation_that_another_version_is_meant_by_holds_nothing() -> None:
    assert kept_back([old(1, "libfoo1")], [stays("bar", "Depends: libfoo1 (>= 2)\n")]) == {}


def test_what_is_essential_stays() -> None:
    assert kept_back([old(1, "foo", "Essential: yes\n")], []) == {1: "foo 1 is essential"}


def test_a_package_of_all_architectures_stays_on_all_of_them_and_holds_there_too() -> None:
    binaries = [
        old(1, "foo-data", "Depends: libfoo1\n", "amd64", "arm64"),
        old(2, "libfoo1", "", "amd64"),
        old(3, "libfoo1", "", "arm64"),
        old(4, "foo", "", "amd64"),
    ]

    reasons = kept_back(binaries, [stays("bar", "Depends: foo-data, foo\n", "arm64")])

    assert set(reasons) == {1, 2, 3}


# No published package becomes uninstallable ---------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiny:
    """A package of a small archive, all in version 1."""

    name: str
    depends: tuple[tuple[str, ...], ...]
    provides: frozenset[str]
    conflicts: frozenset[str]

    @property
    def fields(self) -> str:
        depends = ", ".join(" | ".join(group) for group in self.depends)
        lines = {"Depends": depends, "Provides": ", ".join(sorted(self.provides))}
        return "".join(f"{field}: {text}\n" for field, text in lines.items() if text)


def installable(name: str, archive: Mapping[str, Tiny]) -> bool:
    """Whether some set of the packages holds it, all that each needs, and no conflict."""
    others = sorted(archive.keys() - {name})
    return any(
        _is_consistent({name, *some}, archive)
        for size in range(len(others) + 1)
        for some in combinations(others, size)
    )


def _is_consistent(names: set[str], archive: Mapping[str, Tiny]) -> bool:
    packages = [archive[name] for name in names]
    for package in packages:
        there = {
            called
            for other in packages
            if other is not package
            for called in (other.name, *other.provides)
        }
        if package.conflicts & there:
            return False
        own = {package.name, *package.provides}
        if any(not {_plain(one) for one in group} & (there | own) for group in package.depends):
            return False
    return True


def _plain(alternative: str) -> str:
    [[relation]] = parse_relations(alternative)
    return relation.name


def tiny(name: str) -> st.SearchStrategy[Tiny]:
    called = st.sampled_from((*NAMES, *VIRTUAL))
    return st.builds(
        Tiny,
        name=st.just(name),
        depends=st.lists(st.lists(called, min_size=1, max_size=3).map(tuple), max_size=3).map(
            tuple
        ),
        provides=st.frozensets(st.sampled_from(VIRTUAL), max_size=1),
        conflicts=st.frozensets(called, max_size=2),
    )


@given(packages=st.tuples(*map(tiny, NAMES)), stale=st.frozensets(st.sampled_from(NAMES)))
def test_nothing_that_stays_becomes_uninstallable(
    packages: tuple[Tiny, ...], stale: frozenset[str]
) -> None:
    archive = {package.name: package for package in packages}
    binaries = [old(n, p.name, p.fields) for n, p in enumerate(packages) if p.name in stale]

    kept = kept_back(binaries, [stays(p.name, p.fields) for p in packages if p.name not in stale])

    gone = {binary.name for binary in binaries if binary.id not in kept}
    left = {name: package for name, package in archive.items() if name not in gone}
    for name in left:
        assert installable(name, left) or not installable(name, archive)
