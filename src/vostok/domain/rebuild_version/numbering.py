"""What each scheme makes of a base: the mark and the number, before anything is proved."""

import re
from collections.abc import Sequence
from dataclasses import replace

from vostok.debian.version import Version
from vostok.domain.rebuild_version.present import (
    Base,
    Present,
    base_of,
    own_suffix,
)
from vostok.domain.rebuild_version.schemes import (
    Marking,
    VersionScheme,
    counted,
    incremented,
)

_UBUNTU_END = re.compile(r"ubuntu[0-9]+(?:\.[0-9]+)*\Z")
_BUILD_END = re.compile(r"build[0-9]+\Z")
_MARKED = re.compile(r"(?:[A-Z]|\+c0)[a-z]+[0-9]+\Z")


def rebuild_version(marking: Marking, present: Present, base: Base, rebuild_no: int) -> str:
    """The version of a binary-only rebuild or of a no-change source."""
    known = (base.version, *present.own_versions, *present.issued)
    match marking.scheme:
        case VersionScheme.SAFE:
            stem = _shortened(base.version, marking) if present.is_ours else base.version
            return f"{stem}{marking.word}{rebuild_no}"
        case VersionScheme.SAME:
            return present.source_version
        case VersionScheme.BINNMU:
            tail = Version.parse(base.version).binnmu_tail
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
    if is_ubuntu and _UBUNTU_END.search(source):
        return _unused(incremented(source), known)
    stem = source
    if present.is_ours or marking.scheme is VersionScheme.VENDOR:
        stem = own_suffix(marking.tag, marking.word).sub("", source)
    if is_ubuntu:
        stem = _BUILD_END.sub("", stem)
    base = base_of(replace(present, source_version=stem), marking)
    is_counted = marking.scheme in {VersionScheme.UBUNTU, VersionScheme.VENDOR}
    if base.binnmu or source[len(stem) :].startswith("+c0"):
        form = f"{stem}{marking.over_binnmu}"
    else:  # a capital letter has to go behind that of a rebuild in a derived parent
        form = f"{stem if is_counted else base.version}{marking.word}"
    return f"{form}{counted(known, form) if is_counted else rebuild_no}"


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
