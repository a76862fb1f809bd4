"""Build profiles and options: what they do to packages, and which a build is made with.

Source: https://wiki.debian.org/BuildProfileSpec for the profiles, Policy 4.9.1 for the options.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from vostok.domain.rebuild_request import NO_TESTS, SourceTests
from vostok.domain.toolchain_faults import BUILD_OPTION, BUILD_PROFILE
from vostok.errors import InvalidInputError

WORDS_MAX = 50
HARMLESS_PROFILES = frozenset({NO_TESTS})
"""Those under which a source makes the same packages; any other may drop some, or parts of them.

Also `noudeb`, `nodoc` or `noinsttest` do: the packages that are not made would be missing.
"""

_OPTION_OF_PROFILE = {NO_TESTS: NO_TESTS, "nodoc": "nodoc"}
"""The profiles that are to be given as an option as well."""

_CHANGING_OPTIONS = frozenset({"nodoc"})
"""An option that does to packages what the profile of its name does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildWords:
    """DEB_BUILD_OPTIONS and DEB_BUILD_PROFILES of a build, or what is asked of them."""

    options: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()

    @property
    def changing(self) -> tuple[str, ...]:
        """The words under which packages are others than without, or are not made."""
        profiles = [word for word in self.profiles if word not in HARMLESS_PROFILES]
        options = [word for word in self.options if word in _CHANGING_OPTIONS]
        return tuple(dict.fromkeys([*profiles, *options]))

    @property
    def full(self) -> "BuildWords":
        """The same without the words that change packages."""
        changing = frozenset(self.changing)
        return BuildWords(
            options=tuple(word for word in self.options if word not in changing),
            profiles=tuple(word for word in self.profiles if word not in changing),
        )


NO_WORDS = BuildWords()


def words_of(own: BuildWords, asked: BuildWords, tests: SourceTests | None) -> BuildWords:
    """What a build is made with.

    Args:
        own: the toolchain's.
        asked: the request's, which come on top.
        tests: whether they run; None: as both say.
    """
    profiles = list(dict.fromkeys([*own.profiles, *asked.profiles]))
    options = list(dict.fromkeys([*own.options, *asked.options]))
    options += [
        _OPTION_OF_PROFILE[word]
        for word in profiles
        if word in _OPTION_OF_PROFILE and _OPTION_OF_PROFILE[word] not in options
    ]
    if tests is not None:
        profiles, options = _without_tests(profiles), _without_tests(options)
    if tests is SourceTests.OFF:
        profiles.append(NO_TESTS)
        options.append(NO_TESTS)
    return BuildWords(options=tuple(options), profiles=tuple(profiles))


def _without_tests(words: Sequence[str]) -> list[str]:
    return [word for word in words if word != NO_TESTS]


def check_words(asked: BuildWords, tests: SourceTests | None) -> None:
    """Nothing, if a request can ask for these words.

    Raises:
        InvalidInputError: a word is malformed, there are too many, or tests are asked for and
            excluded at once; all such faults are named.
    """
    faults = [
        f"{word[:60]!r} is no build {what}"
        for what, words, form in (
            ("profile", asked.profiles, BUILD_PROFILE),
            ("option", asked.options, BUILD_OPTION),
        )
        for word in words[:WORDS_MAX]
        if not form.fullmatch(word)
    ]
    faults += [
        f"{len(words)} build {what} are given; at most {WORDS_MAX}"
        for what, words in (("profiles", asked.profiles), ("options", asked.options))
        if len(words) > WORDS_MAX
    ]
    if tests is SourceTests.ON and NO_TESTS in {*asked.profiles, *asked.options}:
        faults.append(f"tests are asked for, and {NO_TESTS} too")
    if faults:
        raise InvalidInputError(
            "; ".join(faults), hint="for example: --profile stage1 --build-option parallel=2"
        )
