"""Shapes of versions: what is left of them without the stem that all comparisons have in common.

Nothing that may follow `2:1.18.4-2` is told apart by `2:1.18.4`: what is proved of `1-2` holds for
both. Debian's 43,000 sources have a thousand shapes.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from vostok.domain.rebuild_version.present import Present
from vostok.domain.rebuild_version.proof import SPOKEN, Proof

_NUMERIC_STEM = re.compile(r"(?:[0-9]+:)?[0-9][0-9.]*(?<!\.)")
_OF_STEMS = frozenset("0123456789.")
_SUBSTITUTE, _SUBSTITUTE_WITH_TILDE = "1", "1~1"


class SourceVersions(NamedTuple):
    """What there is of one source, as `Present` has it: an archive has tens of thousands."""

    source_version: str
    binary_versions: Sequence[str] = ()
    own_versions: Sequence[str] = ()
    issued: Sequence[str] = ()
    is_ours: bool = False
    parent_version: str = ""
    was_shown: bool = True


_ALONE = SourceVersions("")[1:]


def is_alone(versions: SourceVersions) -> bool:
    """Whether there is nothing but a parent's source, as of most in an archive."""
    return versions[1:] == _ALONE


def stem_of(version: str) -> str:
    """What stands before the revision, or the number that a native version begins with, or ""."""
    stem, hyphen, _ = version.rpartition("-")
    if hyphen:
        return stem
    match = _NUMERIC_STEM.match(version)
    return match.group() if match else ""


class Shape(NamedTuple):
    """The versions of a source with something else in the place of their stem."""

    stem: str
    """What they begin with: `2:1.18.4` of `2:1.18.4-2`. "" of versions that are no shape's."""
    substitute: str
    versions: SourceVersions


def versions_of(present: Present) -> SourceVersions:
    """What there is, without what the parents are known to do."""
    return SourceVersions(
        source_version=present.source_version,
        binary_versions=tuple(present.binary_versions),
        own_versions=tuple(present.own_versions),
        issued=tuple(present.issued),
        is_ours=present.is_ours,
        parent_version=present.parent_version,
        was_shown=present.was_shown,
    )


def shape_of(versions: SourceVersions) -> Shape:
    """The shape of what there is of a source; without stem where versions do not share one.

    Versions of other stems are left out where only those of the source's own count.
    """
    version, binaries, own, issued, is_ours, parents, was_shown = versions
    stem = stem_of(version)
    substitute = _SUBSTITUTE_WITH_TILDE if "~" in stem else _SUBSTITUTE
    own_shaped = _shaped(own, stem, substitute) if own else ()
    parents_shaped = _shaped((parents,), stem, substitute) if parents else ("",)
    if not stem or len(own_shaped) != len(own) or not parents_shaped:
        return Shape("", "", versions)
    return Shape(
        stem,
        substitute,
        SourceVersions(
            substitute + version[len(stem) :],
            _shaped(binaries, stem, substitute) if binaries else (),
            own_shaped,
            _shaped(issued, stem, substitute) if issued else (),
            is_ours,
            parents_shaped[0],
            was_shown,
        ),
    )


def with_stem(proof: Proof, stem: str, substitute: str) -> Proof | None:
    """A shape's proof in the words of the version with that stem: only lines that are spoken of.

    Returns:
        It; None if it speaks of a version that the stem alone does not lead to.
    """
    lines = []
    for line in proof.lines:
        if line.verdict in SPOKEN:
            [restored] = _shaped((line.version,), substitute, stem) or [""]
            if not restored:
                return None
            lines.append(line._replace(version=restored))
    return replace(
        proof, version=stem + proof.version[len(substitute) :], base="", lines=tuple(lines)
    )


def _shaped(versions: Sequence[str], stem: str, substitute: str) -> tuple[str, ...]:
    """Those of the versions that have the stem, with the substitute in its place."""
    length = len(stem)
    return tuple(
        substitute + version[length:]
        for version in versions
        if version.startswith(stem) and version[length : length + 1] not in _OF_STEMS
    )
