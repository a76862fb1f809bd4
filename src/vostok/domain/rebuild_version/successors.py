"""What may follow a version: from the parents, from other vendors, and from this archive."""

import re
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from vostok.debian.version import Version, kept_version
from vostok.domain.rebuild_version.present import (
    Base,
    Present,
    binnmu_number,
    own_suffix_of_any_scheme,
    rebuild_base,
)
from vostok.domain.rebuild_version.schemes import Marking, VersionScheme, incremented

HABIT_SOURCES_MIN = 10
HABIT_SHARE_MIN = 0.01
"""A vendor's form is a habit of a parent if so many of its sources carry it, or such a share."""

_NUMBERED = re.compile(r"[0-9]+")
_NMU = re.compile(r"\+nmu[0-9]+\Z")
_STABLE = re.compile(r"(?P<before>.*[+~]deb)(?P<release>[0-9]+)u(?P<number>[0-9]+)\Z")
_UBUNTU = re.compile(r"ubuntu[0-9.]+\Z")
_BUILD = re.compile(r"build[0-9.]+\Z")
_VENDOR_FORM = re.compile(r"(?<=[0-9])(\+?[a-z]{2,})[0-9]+(?:\.[0-9]+)*\Z")
_OVER_BINNMU = re.compile(r"\+c0[A-Z]?[a-z]+[0-9]+\Z")
_REBUILT = re.compile(r"[A-Z][a-z]+[0-9]+\Z")
_OWN_MARK = re.compile(r"(?:\+c0)?(?:[A-Z][a-z]+|[a-z]{2,})[1-9][0-9]*\Z")
_OWN_MARKS = re.compile(r"(?:(?:\+c0)?(?:[A-Z][a-z]+|[a-z]+)[1-9][0-9]*|\+b[1-9][0-9]*)+")
"""Of any scheme with any word. A tag may be a single letter: `+c0a5`."""
_NO_VENDORS = frozenset(
    {
        "+b",
        "+deb",
        "+nmu",
        "+dfsg",
        "dfsg",
        "+ds",
        "ds",
        "+really",
        "rc",
        "+git",
        "git",
        "+exp",
        "debian",
    }
)
_UBUNTU_FORMS = ("ubuntu", "build")


class Level(StrEnum):
    """What it means if a version is not below something that may follow."""

    MUST = "must"
    """The version is refused."""
    WARN = "warn"
    """It is issued, and says so."""
    PURPOSE = "on purpose"
    """It is what such a version is for; it is issued, and says so."""


class Successor(NamedTuple):
    """A version that may come one day."""

    what: str
    version: str
    level: Level = Level.MUST


def successors(
    present: Present, base: Base, marking: Marking, new: str, *, is_changed: bool
) -> list[Successor]:
    """All that may follow the source's version, from anybody but this archive itself.

    Those that what is there now is above already are among them: they cannot come any more.
    O(1) per source.

    Args:
        present: what there is.
        base: what the new version was appended to.
        marking: how this archive marks versions.
        new: the version that is to be below them.
        is_changed: whether it is that of a source with a fix.

    Source: Policy 5.6.12; Developer's Reference 5.11.2 and 5.8.5.4 (NMUs, stable updates);
    dpkg's and wanna-build's `+bN`; Ubuntu's version strings in its packaging guide.
    """
    version = kept_version(present.source_version)
    # After a source of ours come our own versions, which the next fix stands for.
    is_next = present.is_ours and (is_changed or _stem(new) == _stem(present.source_version))
    found = list(_finals(version))
    if is_next:
        found += _next_release(_without_marks(present, marking))
    else:
        found += _others(version, present, marking, is_changed=is_changed)
    if not present.is_ours:
        found += _binnmus(present.source_version, base.binnmu, present, new)
        found += _fixes(present.source_version, present)
        is_purpose = is_changed and base.version != present.source_version
        level = Level.PURPOSE if is_purpose else Level.MUST
        found += _derived_parents(present, base.version, present.source_version, level)
    found += _of_replaced(present, marking, new, is_changed=is_changed)
    if present.habits.takes_ours and _is_counted_on(version.text, present, marking):
        found = [
            found_one._replace(level=Level.PURPOSE)
            if _is_between(found_one, version)
            else found_one
            for found_one in found
        ]
    once: dict[str, Successor] = {}
    for successor in found:
        once.setdefault(successor.version, successor)
    return list(once.values())


def _others(
    version: Version, present: Present, marking: Marking, *, is_changed: bool
) -> list[Successor]:
    """What somebody may make of a version: its maintainers, stable releases, other vendors."""
    found = [
        *_uploads(version),
        *_stable_updates(version),
        *_ubuntu_forms(version, present, marking, is_changed=is_changed),
        *_vendor_forms(version, present, marking),
    ]
    if not _is_counted_on(version.text, present, marking) or present.habits.takes_ours:
        return found
    return [
        successor._replace(level=Level.WARN) if _is_between(successor, version) else successor
        for successor in found
        if successor.version != incremented(version.text)
    ]


def _is_counted_on(version: str, present: Present, marking: Marking) -> bool:
    """Whether the number at a version's end is one that this archive may count on with.

    Nobody else does, by declaration; or it is for an upload to who does.
    """
    habits = present.habits
    match marking.scheme:
        case VersionScheme.UBUNTU:
            is_ours = habits.takes_ours or not habits.makes_ubuntu_versions
            return is_ours and has_ubuntu_form(version)
        case VersionScheme.VENDOR:
            return habits.takes_ours and _has_form(version, marking.vendor)
        case VersionScheme.SAFE | VersionScheme.BINNMU | VersionScheme.SAME:
            return False


def has_ubuntu_form(version: str) -> bool:
    """Whether a version ends with a number as Ubuntu counts: `build1`, `ubuntu0.24.04.1`."""
    return bool(_UBUNTU.search(version) or _BUILD.search(version))


def _is_between(successor: Successor, version: Version) -> bool:
    """Whether it is one that the next number of the version's own form is above, or is itself."""
    text = version.text
    return successor.version.startswith(text) or successor.version == incremented(text)


def vendor_forms(versions: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(habits, strays): what stands before the last number of the versions' Debian revisions.

    `ubuntu` of `1.2-3ubuntu4`, `+rpt` of `1.2-3+rpt1`. Debian's own marks are none. O(versions).
    """
    counts: dict[str, int] = {}
    total = 0
    for version in versions:
        total += 1
        _, hyphen, revision = version.rpartition("-")
        match = _VENDOR_FORM.search(revision) if hyphen else None
        if match and match[1] not in _NO_VENDORS:
            # `aubuntu` of `1.2-3aubuntu1` is Ubuntu's as well.
            form = next((own for own in _UBUNTU_FORMS if match[1].endswith(own)), match[1])
            counts[form] = counts.get(form, 0) + 1
    enough = min(HABIT_SOURCES_MIN, max(1, total * HABIT_SHARE_MIN))
    habits = sorted(form for form, count in counts.items() if count >= enough)
    return tuple(habits), tuple(sorted(counts.keys() - set(habits)))


def _next_release(version: Version) -> Iterator[Successor]:
    text, revision = version.text, version.revision
    if revision is None:
        upstream = _UBUNTU.sub("", _BUILD.sub("", text))  # `2.0` of `2.0ubuntu1`
        if upstream[-1].isdigit():
            yield Successor("the next upstream version", incremented(upstream))
    elif number := _NUMBERED.match(revision):
        stem = text.removesuffix(revision)
        yield Successor("the next revision", f"{stem}{int(number.group()) + 1}")


def _uploads(version: Version) -> Iterator[Successor]:
    """The maintainer's next one, and those of others on their behalf."""
    text = version.text
    yield from _next_release(version)
    if version.is_native:
        yield Successor("a point release", f"{text}.1")
        yield Successor("an NMU of a native package", f"{text}+nmu1")
        yield Successor("the same with a Debian revision", f"{text}-1", Level.WARN)
    else:
        yield Successor("an NMU", f"{text}.1")
    if text[-1].isdigit():
        yield Successor("the next of the same form", incremented(text))
    else:
        yield Successor("the same with a number at its end", f"{text}1", Level.WARN)


def _stable_updates(version: Version) -> Iterator[Successor]:
    match = _STABLE.match(version.text)
    if match is None:
        yield Successor("a stable update", f"{version}+deb12u1")
        return
    before, release = match["before"], int(match["release"])
    yield Successor("the next stable update", f"{before}{release}u{int(match['number']) + 1}")
    yield Successor("an update of the next release", f"{before}{release + 1}u1")


def _finals(version: Version) -> Iterator[Successor]:
    """`1.2-3` of the backport `1.2-3~bpo12+1`, `1.2-1` of `1.2~rc1-3`."""
    upstream, revision = version.upstream, version.revision
    prefix = version.text.removesuffix(upstream if revision is None else f"{upstream}-{revision}")
    if revision is not None and "~" in revision:
        yield Successor(
            "the version that it comes before",
            f"{prefix}{upstream}-{revision.rpartition('~')[0] or '0'}",
        )
    if "~" in upstream:
        final = upstream.rpartition("~")[0]
        revised = "" if revision is None else "-1"
        yield Successor("the upstream version that it comes before", f"{prefix}{final}{revised}")


def _binnmus(source_version: str, number: int, present: Present, new: str) -> Iterator[Successor]:
    """Args: the parent's version and the highest N that it has, what there is, the new version."""
    if present.habits.makes_binnmus:
        is_above = _OVER_BINNMU.search(new) is not None
        yield Successor(
            "the parent's next binNMU",
            f"{source_version}+b{number + 1}",
            Level.PURPOSE if is_above else Level.MUST,
        )


def _ubuntu_forms(
    version: Version, present: Present, marking: Marking, *, is_changed: bool
) -> Iterator[Successor]:
    """Rebuilds, changes and security updates as Ubuntu marks them, unless that is ourselves."""
    text = version.text
    level = _level_of(_UBUNTU_FORMS, present, marking)
    if _UBUNTU.search(text):
        yield Successor("an update of Ubuntu's stable releases", f"{text}.1", level)
        yield Successor("a security update of Ubuntu", f"{text}.24.04.1", level)
        return
    stem = _BUILD.sub("", text)
    is_own = marking.scheme is VersionScheme.UBUNTU and level is not Level.MUST
    if is_own and is_changed:
        return
    if not is_own:
        rebuilt = f"{stem}build1" if stem == text else f"{text}.1"
        yield Successor("a rebuild of Ubuntu", rebuilt, level)
    for what, tail in (
        ("a security update of Ubuntu", "ubuntu0.24.04.1"),
        ("an update of Ubuntu's stable releases", "ubuntu0.1"),
        ("a change of Ubuntu", "ubuntu1"),
        ("a later change of Ubuntu's stable releases", "ubuntu1.1"),
    ):
        yield Successor(what, f"{stem}{tail}", level)


def _vendor_forms(version: Version, present: Present, marking: Marking) -> Iterator[Successor]:
    habits = present.habits
    for forms, level in ((habits.vendor_forms, Level.MUST), (habits.stray_forms, Level.WARN)):
        for form in forms:
            if form in _UBUNTU_FORMS or _has_form(version.text, form):
                continue  # it is the next of the same form
            is_own = form == marking.word
            if is_own and habits.takes_ours:
                continue  # it is this very version
            # Of one word there may come two versions of the same name.
            own = Level.MUST if is_own else level
            yield Successor("a vendor's change as the parent has", f"{version}{form}1", own)


def _has_form(version: str, form: str) -> bool:
    return re.search(rf"(?<=[0-9]){re.escape(form)}[0-9]+\Z", version) is not None


def _derived_parents(
    present: Present, base: str, source: str, level: Level
) -> Iterator[Successor]:
    """Args: what there is, the newest that the parents have, of which source of theirs."""
    if _REBUILT.search(base, len(source)):
        yield Successor("the next rebuild in a derived parent", incremented(base), level)
    for mark in present.habits.markings:
        if not _stem(base).endswith(mark):
            yield Successor("a rebuild in a derived parent", f"{base}{mark}1", level)


def _fixes(version: str, present: Present) -> Iterator[Successor]:
    """The next local change of derived parents: never below one of an archive over them."""
    for mark in present.habits.fixes:
        if not _stem(version).endswith(mark):  # else it is the next of the same form
            yield Successor("the next local change of a derived parent", f"{version}{mark}1")


def _without_marks(present: Present, marking: Marking) -> Version:
    """`1.2-3` of our `1.2-3Xexp1`, `1.2-3+b1Xexp1`, `1.2-3Xexp1+b1` and `1.2-3+c0exp1`.

    Marks of all schemes, for the archive may have had others before.
    """
    source, theirs = present.source_version, present.parent_version
    if theirs and source.startswith(theirs) and _OWN_MARKS.fullmatch(source, len(theirs)):
        return kept_version(theirs)
    suffix, text, shorter = own_suffix_of_any_scheme(marking.tag, marking.vendor), "", source
    while shorter != text:
        text = shorter
        is_made_here = text in present.issued or text in present.own_versions
        pattern = _OWN_MARK if is_made_here else suffix
        shorter = kept_version(pattern.sub("", text) or text).without_binnmu
    return kept_version(text)


def _of_replaced(
    present: Present, marking: Marking, new: str, *, is_changed: bool
) -> Iterator[Successor]:
    """What may follow the parents' version that ours stands in the place of."""
    if not present.is_ours:
        return
    theirs = (
        kept_version(present.parent_version)
        if present.parent_version
        else _without_marks(present, marking)
    )
    if theirs.text == present.source_version:
        return
    newest = rebuild_base(theirs.text, present.binary_versions)
    yield from _others(theirs, present, marking, is_changed=is_changed)
    yield from _binnmus(theirs.text, binnmu_number(newest[len(theirs.text) :]), present, new)
    yield from _fixes(theirs.text, present)
    level = Level.PURPOSE if _OVER_BINNMU.search(new) else Level.MUST
    yield from _derived_parents(present, newest, theirs.text, level)


def _stem(version: str) -> str:
    return version.rstrip("0123456789")


def _level_of(forms: Collection[str], present: Present, marking: Marking) -> Level:
    habits = present.habits
    if marking.scheme is VersionScheme.UBUNTU and (
        habits.takes_ours or not habits.makes_ubuntu_versions
    ):
        return Level.WARN
    if marking.scheme is VersionScheme.SAFE or not set(forms).isdisjoint(habits.vendor_forms):
        return Level.MUST
    return Level.WARN
