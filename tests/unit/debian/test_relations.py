"""Relation fields: what they say, written again, and for one architecture under profiles."""

import subprocess

import apt_pkg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.strategies import architectures, relation_groups

from vostok.debian.relations import (
    RELATION_FIELD_CHARACTERS_MAX,
    RELATIONS_MAX,
    Groups,
    Relation,
    parse_relations,
    relevant,
    render_relations,
)
from vostok.debian.version import Version
from vostok.errors import InvalidInputError

# dpkg's own answer for a field, an architecture and build profiles.
REDUCE_BY_DPKG = """
use Dpkg::Deps;
my ($architecture, $profiles, $field) = @ARGV;
my $deps = deps_parse($field, build_dep => 1, reduce_restrictions => 1,
    host_arch => $architecture, build_arch => $architecture,
    build_profiles => [split / /, $profiles]);
print $deps->output();
"""


@pytest.fixture(scope="module", autouse=True)
def _apt() -> None:
    apt_pkg.init_config()
    apt_pkg.init_system()


def names(groups: Groups) -> list[list[str]]:
    return [[relation.name for relation in group] for group in groups]


@given(relation_groups())
def test_what_is_rendered_is_parsed_back(groups: Groups) -> None:
    assert parse_relations(render_relations(groups)) == groups


@pytest.mark.debian
@settings(max_examples=300, deadline=None)
@given(relation_groups(), architectures())
def test_what_holds_on_an_architecture_is_what_apt_says(groups: Groups, architecture: str) -> None:
    field = render_relations(groups)
    # apt writes strict operators with one sign, and has no build profiles by its configuration.
    groups_of_apt = apt_pkg.parse_src_depends(field, False, architecture)  # noqa: FBT003 - its API
    expected = [list(group) for group in groups_of_apt]

    actual = [
        [
            (
                f"{relation.name}:{relation.qualifier}" if relation.qualifier else relation.name,
                str(relation.version or ""),
                {"<<": "<", ">>": ">"}.get(relation.operator or "", relation.operator or ""),
            )
            for relation in group
        ]
        for group in relevant(groups, architecture=architecture)
    ]

    assert actual == expected


@pytest.mark.debian
@settings(max_examples=40, deadline=None)
@given(
    relation_groups(),
    architectures(),
    st.sets(st.sampled_from(["nocheck", "cross", "stage1", "pkg.foo.bar"])),
)
def test_what_holds_under_profiles_is_what_dpkg_says(
    groups: Groups, architecture: str, profiles: set[str]
) -> None:
    field = render_relations(groups)
    command = ["perl", "-e", REDUCE_BY_DPKG, architecture, " ".join(profiles), field]
    reduced = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    expected = parse_relations(reduced.stdout)

    actual = relevant(groups, architecture=architecture, profiles=frozenset(profiles))

    # dpkg drops repetitions too.
    assert list(dict.fromkeys(actual)) == list(dict.fromkeys(expected))


def test_a_relation_has_all_its_parts() -> None:
    field = "g++:native (>= 4:12~) [linux-any hurd-any] <!nocheck> <stage1 !cross>"

    ((relation,),) = parse_relations(field)

    assert relation == Relation(
        name="g++",
        qualifier="native",
        operator=">=",
        version=Version("4:12~"),
        architectures=("linux-any", "hurd-any"),
        profiles=(("!nocheck",), ("stage1", "!cross")),
    )


def test_commas_are_and_and_bars_are_or() -> None:
    groups = parse_relations("a | b (>= 1), c,\n d[amd64]<x>\n,")

    assert names(groups) == [["a", "b"], ["c"], ["d"]]


def test_an_empty_field_demands_nothing() -> None:
    assert parse_relations(" \n ") == ()


@pytest.mark.parametrize(("obsolete", "meaning"), [("<", "<="), (">", ">=")])
def test_the_obsolete_operators_mean_what_they_always_meant(obsolete: str, meaning: str) -> None:
    ((relation,),) = parse_relations(f"a ({obsolete} 1)")

    assert relation.operator == meaning


@pytest.mark.parametrize(
    ("field", "architecture", "profiles", "left"),
    [
        ("a [amd64], b [!amd64], c", "amd64", set(), [["a"], ["c"]]),
        ("a [amd64] | b [!amd64]", "i386", set(), [["b"]]),
        ("a [linux-any], b [any-i386]", "hurd-i386", set(), [["b"]]),
        ("a <!nocheck>, b <nocheck>", "amd64", set(), [["a"]]),
        ("a <!nocheck>, b <nocheck>", "amd64", {"nocheck"}, [["b"]]),
        ("a <!nocheck !stage1>", "amd64", {"stage1"}, []),
        ("a <!nocheck> <!stage1>", "amd64", {"stage1"}, [["a"]]),
        ("a <cross>", "amd64", set(), []),
    ],
)
def test_restrictions_drop_what_does_not_apply(
    field: str, architecture: str, profiles: set[str], left: list[list[str]]
) -> None:
    groups = relevant(
        parse_relations(field), architecture=architecture, profiles=frozenset(profiles)
    )

    assert names(groups) == left


def test_what_is_left_has_no_restrictions() -> None:
    groups = relevant(parse_relations("a:any (= 1) [amd64] <!x>"), architecture="amd64")

    assert render_relations(groups) == "a:any (= 1)"


@pytest.mark.parametrize(
    ("operator", "satisfied"),
    [
        ("<<", [True, False, False]),
        ("<=", [True, True, False]),
        ("=", [False, True, False]),
        (">=", [False, True, True]),
        (">>", [False, False, True]),
    ],
)
def test_a_version_satisfies_a_relation_by_dpkgs_order(
    operator: str, satisfied: list[bool]
) -> None:
    ((relation,),) = parse_relations(f"a ({operator} 1.2-3)")

    answers = [
        relation.is_satisfied_by(Version(text)) for text in ("1.2-2", "0:1.2-3", "1.2-3+b1")
    ]

    assert answers == satisfied


def test_any_version_satisfies_a_bare_relation() -> None:
    ((relation,),) = parse_relations("a")

    assert relation.is_satisfied_by(Version("0~"))


@pytest.mark.parametrize(
    "field",
    [
        *("a (>= )", "a (1)", "a (>= 1", "a >= 1", "a (=> 1)", "a (>= 1) (<< 2)", "a b", "(>= 1)"),
        *(
            "a |",
            "| a",
            "a || b",
            "a [amd64",
            "a []",
            "a [!]",
            "a [amd64 !]",
            "a <>",
            "a <x",
            "a <!>",
            "${misc:Depends}",
        ),
        *("a:", "a:b:c", "a [amd64] (= 1)", "a (= 1_2)", "a\0", "é", "-a", "a (= 1)\x0b b"),
    ],
)
def test_a_malformed_field_is_refused(field: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_relations(field)


def test_the_message_quotes_the_text_near_the_fault() -> None:
    with pytest.raises(InvalidInputError, match=r"libfoo-dev \(>> \)"):
        parse_relations(f"{'good (>= 1), ' * 1000} libfoo-dev (>> ), more")


def test_the_message_quotes_the_relation_of_a_bad_version() -> None:
    with pytest.raises(InvalidInputError, match=r"'1_2' is not a version .* 'b \(= 1_2\)'"):
        parse_relations("a, b (= 1_2), c")


def test_a_field_over_the_bounds_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=str(RELATIONS_MAX)):
        parse_relations("a," * (RELATIONS_MAX + 1))

    with pytest.raises(InvalidInputError, match=str(RELATION_FIELD_CHARACTERS_MAX)):
        parse_relations(" " * (RELATION_FIELD_CHARACTERS_MAX + 1))
