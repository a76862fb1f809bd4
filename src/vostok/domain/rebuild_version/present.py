"""What there is of a source before it gets another version, and the base of that version."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vostok.debian.version import kept_version
from vostok.domain.rebuild_version.schemes import LETTERS, Marking

_CAPITALS = f"[{LETTERS[-1]}-{LETTERS[0]}]"
_CONTINUATION = re.compile(rf"(?:\+b[1-9][0-9]{{0,8}}|{_CAPITALS}[a-z]+[1-9][0-9]{{0,8}})+")
"""What Debian's rebuilds append to a source's version, and those of derived parents."""
_BINNMU = re.compile(r"\+b([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentHabits:
    """What an archive's parents are known to do with versions."""

    makes_binnmus: bool = True
    makes_ubuntu_versions: bool = True
    """Whether a `buildN` or `ubuntuN` of theirs may be followed by their own next one."""
    takes_ours: bool = False
    """Whether the version is for an upload to the parent, whose own next one it then is."""
    vendor_forms: Sequence[str] = ()
    """`ubuntu`, `kali`, `+rpt`: what their versions carry before a last number. A tuple."""
    stray_forms: Sequence[str] = ()
    """The same of so few sources that it is no habit. A tuple."""
    markings: Sequence[str] = ()
    """Letter and tag of the derived archives among them, through any number. A tuple."""
    fixes: Sequence[str] = ()
    """What these mark a fix over a binNMUed base with: `+c0exp`. A tuple."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What there is of one source. Of versions only those that continue the source's count."""

    source_version: str
    binary_versions: Sequence[str] = ()
    """Of its binaries in all parents on all architectures. A tuple."""
    own_versions: Sequence[str] = ()
    """Of its binaries and no-change sources here, on all architectures. A tuple."""
    issued: Sequence[str] = ()
    """All that this archive ever made for the source's name, whatever became of it. A tuple."""
    is_ours: bool = False
    """Whether the source's version was made in the archive that the new one is for."""
    parent_version: str = ""
    """The version of the parents' source that ours stands in the place of, if any."""
    was_shown: bool = True
    """Whether clients ever could see the parents' binaries of the source here."""
    habits: ParentHabits = ParentHabits()


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The version that a rebuild's suffix is appended to."""

    version: str
    binnmu: int
    """N of its `+bN`; 0 without."""


def rebuild_base(
    source_version: str,
    binary_versions: Collection[str],
    own_suffix: re.Pattern[str] | None = None,
) -> str:
    """The version that a rebuild's suffix is appended to.

    It is the source's version plus the highest `+bN` tail among its binaries whose version
    starts with it: a rebuild of `1.2-3` whose binaries are `1.2-3+b2` must be above them. Also
    `1.2-3Xexp1` continues it, where the parent is a derived archive. Binaries with versions of
    their own (gcc-defaults) do not count here; they are checked on acceptance. Where these end
    with the source's, as `2.40+2+b1` of the source `2`, their rebuilds do count.

    Args:
        source_version: of the source that is rebuilt.
        binary_versions: of its binaries in the parents and here, on all architectures.
        own_suffix: matches the end of versions made here: it is no part of a base.
    """
    if not binary_versions:  # most sources of an archive; the proof parses the version
        return source_version
    found = kept_version(source_version)
    for version in binary_versions:
        if version == source_version or not version.startswith(source_version):
            continue
        tail = version[len(source_version) :]
        if (at := tail.rfind(f"+{source_version}+b")) >= 0:
            tail = tail[at + 1 + len(source_version) :]
        if own_suffix is not None:
            tail = own_suffix.sub("", tail)
        if _CONTINUATION.fullmatch(tail):
            found = max(found, kept_version(source_version + tail))
    return str(found)


def base_of(present: Present, marking: Marking) -> Base:
    """The base of what is there; suffixes of earlier rebuilds here are no part of it."""
    source = present.source_version
    base = rebuild_base(source, present.binary_versions)
    if present.own_versions:
        base = rebuild_base(
            source, [base, *present.own_versions], own_suffix(marking.tag, marking.word)
        )
    return Base(version=base, binnmu=binnmu_number(base[len(source) :]))


def binnmu_number(tail: str) -> int:
    """N of the first `+bN` in what follows a source's version; 0 without."""
    match = _BINNMU.search(tail)
    return int(match[1]) if match else 0


@lru_cache(maxsize=1_000)
def own_suffix(tag: str, word: str) -> re.Pattern[str]:
    """Matches what an archive appended at the end of a version.

    `Xexp1`, `+c0exp1`, `+c0Wexp1`, `acme1`, `+c0acme1`.

    A mark of the scheme that it had before does not count, except for the safe one.
    """
    marks = [rf"(?:(?:\+c0)?{_CAPITALS}|\+c0){tag}", rf"(?:\+c0)?{word}"]
    if word == "ubuntu":
        marks.append("build")
    return re.compile(rf"(?:{'|'.join(marks)})[1-9][0-9]{{0,8}}\Z")


@lru_cache(maxsize=1_000)
def own_suffix_of_any_scheme(tag: str, vendor: str) -> re.Pattern[str]:
    """The same, and what the other schemes of the archive would have appended."""
    words = [word for word in ("ubuntu", "build", vendor) if word]
    safe = rf"(?:(?:\+c0)?{_CAPITALS}|\+c0){tag}"
    return re.compile(rf"(?:{safe}|(?:\+c0)?(?:{'|'.join(words)}))[1-9][0-9]{{0,8}}\Z")
