"""Architecture names and wildcards (Policy 11.1), and what a source builds where."""

import re
from typing import Final, NamedTuple

from vostok.debian.excerpt import excerpt
from vostok.errors import InvalidInputError

ARCHITECTURE_CHARACTERS_MAX: Final = 64
ARCHITECTURES_MAX: Final = 1000
"""Words in one Architecture field."""

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,3}")

_CPUS: Final = frozenset(
    {
        "alpha",
        "amd64",
        "arc",
        "arm",
        "arm64",
        "armeb",
        "avr32",
        "hppa",
        "i386",
        "ia64",
        "loong64",
        "m32r",
        "m68k",
        "mips",
        "mips64",
        "mips64el",
        "mips64r6",
        "mips64r6el",
        "mipsel",
        "mipsr6",
        "mipsr6el",
        "nios2",
        "or1k",
        "powerpc",
        "powerpcel",
        "ppc64",
        "ppc64el",
        "riscv64",
        "s390",
        "s390x",
        "sh3",
        "sh3eb",
        "sh4",
        "sh4eb",
        "sparc",
        "sparc64",
        "tilegx",
    }
)
_SYSTEMS: Final = {
    "": ("gnu", "linux"),
    "musl-linux": ("musl", "linux"),
    "uclibc-linux": ("uclibc", "linux"),
    "hurd": ("gnu", "hurd"),
    "kfreebsd": ("gnu", "kfreebsd"),
    "knetbsd": ("gnu", "knetbsd"),
    "kopensolaris": ("gnu", "kopensolaris"),
    "darwin": ("bsd", "darwin"),
    "dragonflybsd": ("bsd", "dragonflybsd"),
    "freebsd": ("bsd", "freebsd"),
    "netbsd": ("bsd", "netbsd"),
    "openbsd": ("bsd", "openbsd"),
    "aix": ("sysv", "aix"),
    "solaris": ("sysv", "solaris"),
    "uclinux": ("uclibc", "uclinux"),
}


class _Tuple(NamedTuple):
    """What dpkg compares: see dpkg-architecture(1), «DEBIAN TUPLES»."""

    abi: str
    libc: str
    os: str
    cpu: str


_IRREGULAR: Final = {
    "arm64ilp32": _Tuple("ilp32", "gnu", "linux", "arm64"),
    "armel": _Tuple("eabi", "gnu", "linux", "arm"),
    "armhf": _Tuple("eabihf", "gnu", "linux", "arm"),
    "kfreebsd-armhf": _Tuple("eabihf", "gnu", "kfreebsd", "arm"),
    "mint-m68k": _Tuple("base", "tos", "mint", "m68k"),
    "mips64": _Tuple("abi64", "gnu", "linux", "mips64"),
    "mips64el": _Tuple("abi64", "gnu", "linux", "mips64el"),
    "mips64r6": _Tuple("abi64", "gnu", "linux", "mips64r6"),
    "mips64r6el": _Tuple("abi64", "gnu", "linux", "mips64r6el"),
    "mipsn32": _Tuple("abin32", "gnu", "linux", "mips64"),
    "mipsn32el": _Tuple("abin32", "gnu", "linux", "mips64el"),
    "mipsn32r6": _Tuple("abin32", "gnu", "linux", "mips64r6"),
    "mipsn32r6el": _Tuple("abin32", "gnu", "linux", "mips64r6el"),
    "musl-linux-armhf": _Tuple("eabihf", "musl", "linux", "arm"),
    "powerpcspe": _Tuple("spe", "gnu", "linux", "powerpc"),
    "uclibc-linux-armel": _Tuple("eabi", "uclibc", "linux", "arm"),
    "uclinux-armel": _Tuple("eabi", "uclibc", "uclinux", "arm"),
    "x32": _Tuple("x32", "gnu", "linux", "amd64"),
}


def check_architecture(name: str) -> str:
    """The name, when it has the form of an architecture or wildcard, known or not.

    Raises:
        InvalidInputError: it has not.
    """
    if len(name) > ARCHITECTURE_CHARACTERS_MAX or not _NAME.fullmatch(name):
        raise InvalidInputError(
            f"{excerpt(name)} is not the name of an architecture",
            hint="names are like amd64, hurd-i386 or the wildcard linux-any: dpkg-architecture -L",
        )
    return name


def matches(architecture: str, wildcard: str) -> bool:
    """Whether an architecture is what a name or wildcard means.

    `all` is no machine's architecture: only `all` itself matches it, not `any`. An architecture
    that is not in the tables (a newer port) is matched by its own name and by `any`.

    Source: Policy 11.1; dpkg-architecture(1), `-i`.
    """
    if "all" in (architecture, wildcard):
        return architecture == wildcard
    if wildcard in (architecture, "any"):
        return True
    actual, wanted = _tuple_of(architecture), _tuple_of_wildcard(wildcard)
    if actual is None or wanted is None:
        return False
    return all(ours in (theirs, "any") for ours, theirs in zip(wanted, actual, strict=True))


def builds_on(source_architectures: str, architecture: str) -> bool:
    """Whether a source whose Architecture field this is builds something for an architecture.

    Args:
        source_architectures: as in a .dsc or Sources: `any all`, `linux-any`, `amd64 arm64`.
        architecture: of a machine, or `all` for the architecture-independent part.
    """
    return any(matches(architecture, word) for word in _words(source_architectures))


def has_any_part(source_architectures: str) -> bool:
    """Whether a source builds packages that are made per architecture (on some architecture)."""
    return any(word != "all" for word in _words(source_architectures))


def has_all_part(source_architectures: str) -> bool:
    """Whether a source builds architecture-independent packages."""
    return "all" in _words(source_architectures)


def _words(field: str) -> list[str]:
    words = field.split(maxsplit=ARCHITECTURES_MAX)
    if len(words) > ARCHITECTURES_MAX:
        raise InvalidInputError(
            f"the architecture field {excerpt(field)} has more than {ARCHITECTURES_MAX} words"
        )
    return words


def _tuple_of(architecture: str) -> _Tuple | None:
    name = architecture.removeprefix("linux-")
    if name in _IRREGULAR:
        return _IRREGULAR[name]
    system, _, cpu = name.rpartition("-")
    if system not in _SYSTEMS or cpu not in _CPUS:
        return None
    return _Tuple("base", *_SYSTEMS[system], cpu)


def _tuple_of_wildcard(wildcard: str) -> _Tuple | None:
    parts = wildcard.split("-", 3)
    if "any" not in parts:
        return _tuple_of(wildcard)
    abi, libc, os, cpu = ["any"] * (4 - len(parts)) + parts
    return _Tuple(abi, libc, os, cpu)
