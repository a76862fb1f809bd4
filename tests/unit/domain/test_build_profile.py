"""What profiles and options do to packages, and which a build is made with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.domain.build_profile import NO_WORDS, BuildWords, check_words, words_of
from vostok.domain.rebuild_request import SourceTests
from vostok.errors import InvalidInputError

profiles = st.lists(
    st.sampled_from(["nocheck", "nodoc", "stage1", "noudeb", "pkg.gcc.nolang"]), max_size=4
)
options = st.lists(st.sampled_from(["nocheck", "nodoc", "parallel=2", "noopt"]), max_size=4)
words = st.builds(lambda p, o: BuildWords(profiles=tuple(p), options=tuple(o)), profiles, options)


@pytest.mark.parametrize(
    ("asked", "changing"),
    [
        (BuildWords(), ()),
        (BuildWords(profiles=("nocheck",), options=("nocheck", "parallel=2")), ()),
        (BuildWords(profiles=("stage1", "nocheck")), ("stage1",)),
        (BuildWords(profiles=("noudeb",)), ("noudeb",)),
        (BuildWords(profiles=("nodoc",), options=("nodoc",)), ("nodoc",)),
        (BuildWords(options=("nodoc",)), ("nodoc",)),
        (BuildWords(profiles=("pkg.gcc.nolang",)), ("pkg.gcc.nolang",)),
    ],
)
def test_every_profile_but_that_without_tests_changes_packages(
    asked: BuildWords, changing: tuple[str, ...]
) -> None:
    assert asked.changing == changing


def test_a_profile_that_is_also_an_option_is_given_as_both() -> None:
    made = words_of(BuildWords(options=("noopt",)), BuildWords(profiles=("nodoc", "stage1")), None)

    assert made == BuildWords(profiles=("nodoc", "stage1"), options=("noopt", "nodoc"))


@given(own=words, asked=words, tests=st.sampled_from([None, *SourceTests]))
def test_what_is_made_holds_what_was_asked_once_and_full_changes_nothing(
    own: BuildWords, asked: BuildWords, tests: SourceTests | None
) -> None:
    made = words_of(own, asked, tests)

    assert len(set(made.profiles)) == len(made.profiles)
    assert len(set(made.options)) == len(made.options)
    assert set(made.profiles) - {"nocheck"} == {*own.profiles, *asked.profiles} - {"nocheck"}
    if tests is not None:
        assert ("nocheck" in made.profiles) is (tests is SourceTests.OFF)
    assert made.full.changing == ()
    assert made.full == made or made.changing
    assert ("nocheck" in made.full.profiles) is ("nocheck" in made.profiles)


def test_all_faults_of_the_words_are_named_at_once() -> None:
    asked = BuildWords(profiles=("Stage 1", "nocheck"), options=("a'b",))

    with pytest.raises(InvalidInputError) as caught:
        check_words(asked, SourceTests.ON)

    assert str(caught.value) == (
        "'Stage 1' is no build profile; \"a'b\" is no build option; "
        "tests are asked for, and nocheck too"
    )
    check_words(NO_WORDS, SourceTests.ON)
