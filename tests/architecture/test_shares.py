"""Tests that share what is made once run in one worker, those that are still to be written too."""

import ast
from pathlib import Path

import pytest
from tests.shares import REAL_BUILDS, real_builds_among, share_of

ROOT = Path(__file__).parents[2]
SCRIPTED = "journeys that scripts build in"
OF_JOURNEYS = sorted((ROOT / "tests" / "journeys").glob("test_*.py"))
OF_THE_BUILDER = sorted((ROOT / "tests" / "adapters" / "builder").glob("test_*.py"))


def by_path(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def asked_for(module: Path) -> set[str]:
    """The names of all that functions of a module are given: fixtures among them."""
    functions = [
        node
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    return {argument.arg for function in functions for argument in function.args.args}


@pytest.mark.parametrize("module", OF_JOURNEYS, ids=by_path)
def test_a_journey_in_which_sbuild_builds_is_named_in_a_share_of_such(module: Path) -> None:
    is_scripted = "workshop" in asked_for(module)

    share = share_of(by_path(module))

    assert (share == SCRIPTED) is is_scripted, f"see REAL_BUILDS in tests/shares.py: {share}"


def test_all_tests_of_the_builder_are_in_its_share() -> None:
    assert OF_THE_BUILDER
    assert {share_of(by_path(module)) for module in OF_THE_BUILDER} == {"the builder"}


def test_shares_name_what_is_there() -> None:
    named = [place for places in REAL_BUILDS.values() for place in places]

    assert [place for place in named if not (ROOT / place).exists()] == []


def test_two_shares_begin_at_once_and_the_rest_among_the_tests_that_compute() -> None:
    others = [f"tests/unit/test_{number:02}.py" for number in range(20)]
    shares = [places[0] for places in REAL_BUILDS.values()]

    ordered = real_builds_among(sorted([*others, *shares]), str)

    assert ordered == [*shares[:2], *others[:4], shares[2], *others[4:7], shares[3], *others[7:]]
