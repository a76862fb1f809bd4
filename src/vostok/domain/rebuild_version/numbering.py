"""What each scheme makes of a base: the mark and the number, before anything is proved."""

import re
from collections.abc import Sequence
from dataclasses import replace

from vostok.debian.version import kept_version
from vostok.domain.rebuild_version.present import (
    Base,
    Present,
    base_of,
    binnmu_number,
    own_suffix,
)
from vostok.domain.rebuild_version.schemes import (
    Marking,
    VersionScheme,
    counted,
    incremented,
)

_UBUNTU_END = re.compile(r"ubuntu[0-9]+(?:\.[0-9]+)*\Z")
_BUILD_END = re.compile(r"build[0-9]+(?:\.[0-9]+)*\Z")
_MARKS = re.compile(r"(?:[A-Za-z]+[0-9]+|\+b[0-9]+)+")
"""Of any scheme, one after the other; not those that are above every `+bN`."""
_MARKED = re.compile(r"(?:[A-Z]|\+c0)[a-z]+[0-9]+\Z")


def rebuild_version(
    marking: Marking, present: Present, base: Base, rebuild_no: int, *, is_source: bool
) -> str:
    """The version of a binary-only rebuild or of a no-change source.

    No source is versioned as `+bN`: dpkg takes that off, and so would have its binaries say that
    they are of the source before, and `${source:Version}` mean that.
    """
    known = (base.version, *present.own_versions, *present.issued)
    if marking.scheme is VersionScheme.SAFE or (
        is_source and marking.scheme is VersionScheme.BINNMU
    ):
        stem = _shortened(base.version, marking) if present.is_ours else base.version
        return f"{stem}{marking.word}{rebuild_no}"
    match marking.scheme:
        case VersionScheme.SAME:
            return present.source_version
        case VersionScheme.BINNMU:
            tail = kept_version(base.version).binnmu_tail
            form = f"{base.version.removesuffix(tail)}+b"
        case VersionScheme.UBUNTU:
            if _UBUNTU_END.search(base.version):
                return _unused(incremented(base.version), known)
            form = f"{_BUILD_END.sub('', base.version)}build"
        case VersionScheme.VENDOR:
            form = f"{re.sub(rf'{marking.vendor}[0-9]+$', '', base.version)}{marking.vendor}"
    return f"{form}{counted(known, form)}"


def changed_version(marking: Marking, present: Present, rebuild_no: int) -> str:
    """The version of a source with a fix of this archive's own.

    Over a base with a `+bN` it is above every `+bN`: its binaries have to be above those that
    are there, and the parent's next ones must not hide the fix.
    """
    source = present.source_version
    known = (source, *present.own_versions, *present.issued)
    is_ubuntu = marking.scheme is VersionScheme.UBUNTU
    stem = _origin(present, marking)
    own = () if present.is_ours else present.own_versions  # rebuilds of ours end with it
    base = base_of(replace(present, source_version=stem, own_versions=own), marking)
    is_over_binnmu = base.binnmu > 0 or source[len(stem) :].startswith("+c0")
    if _is_below_binnmus(present):
        stem, is_over_binnmu = present.parent_version, True
    if is_ubuntu and _UBUNTU_END.search(source) and not (present.is_ours and is_over_binnmu):
        return _unused(incremented(source), known)
    is_counted = marking.scheme in {VersionScheme.UBUNTU, VersionScheme.VENDOR}
    if is_over_binnmu:
        form = f"{stem}{marking.over_binnmu}"
    else:  # a capital letter has to go behind that of a rebuild in a derived parent
        form = f"{stem if is_counted else base.version}{marking.word}"
    return f"{form}{counted(known, form) if is_counted else rebuild_no}"


def _origin(present: Present, marking: Marking) -> str:
    """The version without what was appended to it here: a change replaces that."""
    origin = present.source_version
    if present.is_ours or marking.scheme is VersionScheme.VENDOR:
        origin = own_suffix(marking.tag, marking.word).sub("", origin)
    if marking.scheme is VersionScheme.UBUNTU:
        return _BUILD_END.sub("", origin)
    return origin


def _is_below_binnmus(present: Present) -> bool:
    """Whether a source of ours, by its marks, is one that the parents' next binNMU is above.

    Such are `1.2-3+b1Xexp1`, and `1.2-3Xexp1` since the parents have `1.2-3+b1`; not
    `1.2-3Xexp1+b1Xexp2`, whose `+b1` was made here.
    """
    theirs = present.parent_version
    if not present.is_ours or not theirs or not present.source_version.startswith(theirs):
        return False
    marks = present.source_version[len(theirs) :]
    has_binnmus = any(binnmu_number(v[len(theirs) :]) for v in present.binary_versions)
    return _MARKS.fullmatch(marks) is not None and (has_binnmus or marks.startswith("+b"))


def _unused(version: str, known: Sequence[str]) -> str:
    """The version, or the next of its form that was not there yet."""
    stem = version.rstrip("0123456789")
    return f"{stem}{max(counted(known, stem), int(version[len(stem) :]))}"


def _shortened(version: str, marking: Marking) -> str:
    """`1.2-3Xexp1` of `1.2-3Xexp1Xexp2`: a no-change source is rebuilt without growing.

    One suffix stays, so that the name of the next fix is not taken: `1.2-3Xexp2`.
    """
    shorter = own_suffix(marking.tag, marking.word).sub("", version)
    return shorter if shorter != version and _MARKED.search(shorter) else version
