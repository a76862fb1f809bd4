"""Issuing a version: made by the archive's scheme, proved, or refused."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from vostok.debian.version import VERSION_CHARACTERS_MAX, Version
from vostok.domain.rebuild_version.numbering import changed_version, rebuild_version
from vostok.domain.rebuild_version.present import Base, Present, base_of
from vostok.domain.rebuild_version.proof import Proof, prove, prove_same
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.domain.rebuild_version.successors import Successor
from vostok.errors import ConflictError

_SHAPES_MAX = 20_000
_NUMERIC_STEM = re.compile(r"(?:[0-9]+:)?[0-9][0-9.]*(?<!\.)")
_CHARACTERS_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedVersion:
    """A version that was proved, and what is to be said of it."""

    version: str
    warning: str = ""


def issue_version(
    purpose: Purpose, marking: Marking, present: Present, *, rebuild_no: int
) -> IssuedVersion:
    """The version of a rebuild or of a changed source, proved before it is issued.

    It is above what is there and below all that may follow; where something may follow that it
    cannot be below, it says so. What was proved for one version holds for all that differ only
    in what everything compared has in common, so it is proved once: O(shapes) proofs.

    Args:
        purpose: what the version is for.
        marking: the archive's scheme with its tag and vendor's word.
        present: what there is of the source.
        rebuild_no: the number of the rebuild; schemes that count use numbers of their own.

    Raises:
        ConflictError: it cannot be issued; the message names what it would beat.
        InvalidInputError: the source's version is none.
    """
    stem, substitute, shape = _shape_of(present)
    proof = _proved(purpose, marking, shape, rebuild_no)
    if proof.refusal or proof.warning:  # with the words of this very version
        proof = proof_of(purpose, marking, present, rebuild_no=rebuild_no)
        if proof.refusal:
            raise ConflictError(
                f"the scheme {marking.scheme} has no version for {present.source_version}: "
                f"{proof.refusal}",
                hint="look at the whole proof: vostok version explain VERSION",
            )
        return IssuedVersion(version=_bounded(proof.version), warning=proof.warning)
    return IssuedVersion(version=_bounded(stem + proof.version[len(substitute) :]))


def proof_of(purpose: Purpose, marking: Marking, present: Present, *, rebuild_no: int) -> Proof:
    """The whole proof of the version that would be issued, also of one that is refused."""
    is_changed = purpose is Purpose.CHANGED
    if marking.scheme is VersionScheme.SAME and not is_changed:
        return prove_same(present)
    new = _made(purpose, marking, present, rebuild_no)
    later = replace(
        present, own_versions=(*present.own_versions, new), issued=(*present.issued, new)
    )
    if is_changed:
        later = replace(later, source_version=new, is_ours=True)
    fix = _made(Purpose.CHANGED, marking, later, rebuild_no + 1)
    return prove(
        new,
        present,
        marking,
        Successor("this archive's next local change", fix),
        is_changed=is_changed,
    )


def _made(purpose: Purpose, marking: Marking, present: Present, rebuild_no: int) -> str:
    """What the scheme makes of what is there, before it is proved.

    What an earlier scheme of the archive made may be above that: then it goes on from there.
    """
    base = base_of(present, marking)
    new = _marked(purpose, marking, present, base, rebuild_no)
    if present.own_versions:
        highest = max(map(Version.parse, present.own_versions))
        if not Version.parse(new) > highest:
            base = Base(version=highest.text, binnmu=base.binnmu)
            there = replace(present, source_version=highest.text)
            return _marked(purpose, marking, there, base, rebuild_no)
    return new


def _marked(
    purpose: Purpose, marking: Marking, present: Present, base: Base, rebuild_no: int
) -> str:
    if purpose is Purpose.CHANGED:
        return changed_version(marking, present, rebuild_no)
    return rebuild_version(marking, present, base, rebuild_no)


def check_raised(package: str, *, published: str, built: str) -> None:
    """Nothing, if the built version is above the published one.

    Raises:
        ConflictError: it is not, so that no client would upgrade to it.
    """
    if not Version.parse(built) > Version.parse(published):
        raise ConflictError(
            f"version not raised: {package} {built} is not above the published {published}",
            hint="this package computes its own version; it needs a sourceful upload",
        )


def _bounded(version: str) -> str:
    if len(version) > VERSION_CHARACTERS_MAX:
        raise ConflictError(
            f"the version {version[:_CHARACTERS_SHOWN]}… would be longer than "
            f"{VERSION_CHARACTERS_MAX} characters",
            hint="upload the source with a shorter version of its own",
        )
    return version


@lru_cache(maxsize=_SHAPES_MAX)
def _proved(purpose: Purpose, marking: Marking, shape: Present, rebuild_no: int) -> Proof:
    return proof_of(purpose, marking, shape, rebuild_no=rebuild_no)


def _shape_of(present: Present) -> tuple[str, str, Present]:
    """(what all versions have in common, what stands for it, the same with that in its place).

    Of `2:1.18.4-2` that is `2:1.18.4`: nothing that may follow is told apart by it.
    """
    version = present.source_version
    stem, hyphen, _ = version.rpartition("-")
    substitute = "1~1" if "~" in stem else "1"
    if not hyphen:
        match = _NUMERIC_STEM.match(version)
        stem = match.group() if match else ""
    if not stem:
        return "", "", present

    def shaped(texts: Sequence[str]) -> tuple[str, ...]:
        return tuple(
            substitute + text[len(stem) :]
            for text in texts
            if text.startswith(stem) and text[len(stem) : len(stem) + 1] not in _OF_STEMS
        )

    return (
        stem,
        substitute,
        Present(
            source_version=substitute + version[len(stem) :],
            binary_versions=shaped(present.binary_versions) if present.binary_versions else (),
            own_versions=shaped(present.own_versions) if present.own_versions else (),
            issued=shaped(present.issued) if present.issued else (),
            is_ours=present.is_ours,
            parent_version=next(iter(shaped([present.parent_version])), ""),
            was_shown=present.was_shown,
            habits=present.habits,
        ),
    )


_OF_STEMS = frozenset("0123456789.")
