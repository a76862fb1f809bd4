"""Values of Debian's kinds for property tests: legal ones, leaning to where mistakes are made."""

import string

from hypothesis import strategies as st

from vostok.debian.relations import Groups, Relation
from vostok.debian.version import Version

_LETTERS = string.ascii_letters
_UPSTREAM_PIECES = ("", "0", "00", "1", "01", "9", "10", "~", "~~", ".", "+", "a", "Z", "X", "rc")
_ARCHITECTURES = ("amd64", "arm64", "armhf", "i386", "x32", "hurd-i386", "kfreebsd-amd64")
_WILDCARDS = ("any", "linux-any", "any-amd64", "any-arm", "hurd-any", "gnu-any-any")
_OPERATORS = ("<<", "<=", "=", ">=", ">>")
_NAME_CHARACTERS = string.ascii_lowercase + string.digits


def version_texts() -> st.SearchStrategy[str]:
    """Legal versions; short and of few characters, so that many are equal or nearly so."""
    piece = st.sampled_from(_UPSTREAM_PIECES) | st.text(
        f"{_LETTERS}{string.digits}.+~", max_size=3
    )
    epoch = st.sampled_from(["", "", "", "0:", "1:", "01:", "2147483647:"])
    first = st.sampled_from(["0", "1", "2", "10", "00"])
    upstream = st.lists(piece, max_size=3).map("".join)
    hyphenated = st.sampled_from(["", "", "-", "-1", "~-"])
    revision = st.lists(piece, max_size=3).map("".join).filter(bool).map("-{}".format)
    tail = st.sampled_from(
        ["", "", "+b1", "+b2", "+b10", "Xexp1", "+deb12u1", "ubuntu1", "build1"]
    )
    plain = st.tuples(epoch, first, upstream, tail).map("".join)
    revised = st.tuples(epoch, first, upstream, hyphenated, revision, tail).map("".join)
    return plain | revised


def versions() -> st.SearchStrategy[Version]:
    """Legal versions, parsed."""
    return version_texts().map(Version.parse)


def package_names() -> st.SearchStrategy[str]:
    """Legal names of source and binary packages."""
    tail = st.text(f"{_NAME_CHARACTERS}+.-", min_size=1, max_size=12)
    return st.tuples(st.sampled_from(_NAME_CHARACTERS), tail).map("".join)


def architectures() -> st.SearchStrategy[str]:
    """Names of machines' architectures, irregular ones among them."""
    return st.sampled_from(_ARCHITECTURES)


def wildcards() -> st.SearchStrategy[str]:
    """Names and wildcards, as fields of sources have them."""
    return st.sampled_from(_ARCHITECTURES + _WILDCARDS)


def relations() -> st.SearchStrategy[Relation]:
    """Build relations with every kind of restriction."""
    profile = st.sampled_from(["nocheck", "!nocheck", "cross", "!stage1", "pkg.foo.bar"])
    positive = st.lists(wildcards(), max_size=3, unique=True)
    negative = positive.map(lambda names: [f"!{name}" for name in names])
    bounds = st.none() | st.tuples(st.sampled_from(_OPERATORS), versions())
    return st.builds(
        _relation,
        name=package_names(),
        qualifier=st.none() | st.sampled_from(["any", "native", "amd64"]),
        bound=bounds,
        architectures=(positive | negative).map(tuple),
        profiles=st.lists(st.lists(profile, min_size=1, max_size=2).map(tuple), max_size=2),
    )


def relation_groups() -> st.SearchStrategy[Groups]:
    """Whole relation fields."""
    group = st.lists(relations(), min_size=1, max_size=3).map(tuple)
    return st.lists(group, max_size=4).map(tuple)


def sha256_digests() -> st.SearchStrategy[str]:
    """64 lower-case hexadecimal digits."""
    return st.binary(min_size=32, max_size=32).map(bytes.hex)


def hostile_texts(*examples: str) -> st.SearchStrategy[str]:
    """Anything at all, and good examples with a slice replaced by something else."""
    anything = st.text(max_size=200)
    noise = anything | st.sampled_from(
        [
            "\n",
            "\n\n",
            " ",
            "\r",
            "\0",
            "\ud800",
            "\u2028",
            ":",
            "..",
            "/",
            "9" * 300,
            "(",
            ")",
            "|",
        ]
    )
    if not examples:
        return anything
    return anything | st.builds(
        _spliced, st.sampled_from(examples), st.floats(0, 1), st.integers(0, 40), noise
    )


def _spliced(text: str, where: float, removed_characters: int, noise: str) -> str:
    start = int(where * len(text))
    return text[:start] + noise + text[start + removed_characters :]


def _relation(
    *,
    name: str,
    qualifier: str | None,
    bound: tuple[str, Version] | None,
    architectures: tuple[str, ...],
    profiles: list[tuple[str, ...]],
) -> Relation:
    operator, version = bound or (None, None)
    return Relation(
        name=name,
        qualifier=qualifier,
        operator=operator,
        version=version,
        architectures=architectures,
        profiles=tuple(profiles),
    )
