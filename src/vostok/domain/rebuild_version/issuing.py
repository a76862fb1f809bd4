"""Issuing a version: made by the archive's scheme, proved, or refused."""

from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from vostok.debian.version import VERSION_CHARACTERS_MAX, kept_version
from vostok.domain.rebuild_version.numbering import changed_version, rebuild_version
from vostok.domain.rebuild_version.present import Base, ParentHabits, Present, base_of
from vostok.domain.rebuild_version.proof import Proof, prove, prove_same
from vostok.domain.rebuild_version.schemes import Marking, Purpose, VersionScheme
from vostok.domain.rebuild_version.shapes import (
    SourceVersions,
    is_alone,
    shape_of,
    stem_of,
    versions_of,
    with_stem,
)
from vostok.domain.rebuild_version.successors import Successor
from vostok.errors import ConflictError

_SHAPES_MAX = 20_000
_ISSUERS_MAX = 20
_CHARACTERS_SHOWN = 60


class IssuedVersion(NamedTuple):
    """A version that was proved, and what is to be said of it."""

    version: str
    warning: str = ""


def issue_version(
    purpose: Purpose, marking: Marking, present: Present, *, rebuild_no: int
) -> IssuedVersion:
    """The version of a rebuild or of a changed source, proved before it is issued.

    It is above what is there and below all that may follow; where something may follow that it
    cannot be below, it says so.

    Args:
        purpose: what the version is for.
        marking: the archive's scheme with its tag and vendor's word.
        present: what there is of the source.
        rebuild_no: the number of the rebuild; schemes that count use numbers of their own.

    Raises:
        ConflictError: it cannot be issued; the message names what it would beat.
        InvalidInputError: the source's version is none.
    """
    issuer = issuer_of(marking, present.habits)
    return issuer.issue(purpose, versions_of(present), rebuild_no=rebuild_no)


class _Proved(NamedTuple):
    """What is known of all versions of one shape."""

    proof: Proof
    tail: str
    """What the version has behind the stem."""
    is_silent: bool
    """Whether there is neither a refusal nor a warning, which name the versions."""


class Issuer:
    """Issues the versions of one archive, of all its sources if need be.

    What was proved for one shape holds for every version of it: O(shapes) proofs, a thousand for
    all of Debian, and for each other version only its shape is made.
    """

    def __init__(self, marking: Marking, habits: ParentHabits) -> None:
        self._marking = marking
        self._habits = habits
        self._proved: dict[tuple[Purpose, int, str, SourceVersions], _Proved] = {}
        self._tails: dict[tuple[Purpose, int, bool, str], str] = {}
        """What is silent of sources of which there is nothing but the source: what their versions
        have behind the stem, and whether that has a tilde -> what the issued ones have there."""

    def issue(
        self, purpose: Purpose, versions: SourceVersions, *, rebuild_no: int
    ) -> IssuedVersion:
        """The same as `issue_version`, of what there is of one source."""
        place = None
        if is_alone(versions):
            version = versions.source_version
            stem = stem_of(version)
            if stem:
                place = (purpose, rebuild_no, "~" in stem, version[len(stem) :])
                tail = self._tails.get(place)
                if tail is not None:
                    return IssuedVersion(_bounded(stem + tail))
        proved, stem, substitute = self._proved_of(purpose, versions, rebuild_no)
        if proved.is_silent:
            if place is not None:
                self._tails[place] = proved.tail
            return IssuedVersion(_bounded(stem + proved.tail))
        proof = proved.proof
        if stem:
            proof = with_stem(proof, stem, substitute) or self._proof(
                purpose, versions, rebuild_no
            )
        if proof.refusal:
            raise ConflictError(
                f"the scheme {self._marking.scheme} has no version for "
                f"{versions.source_version}: {proof.refusal}",
                hint="look at the whole proof: vostok version explain ARCHIVE SOURCE",
            )
        return IssuedVersion(_bounded(proof.version), proof.warning)

    def _proved_of(
        self, purpose: Purpose, versions: SourceVersions, rebuild_no: int
    ) -> tuple[_Proved, str, str]:
        """What is known of the versions' shape, with their stem and what stands for it."""
        stem, substitute, shape = shape_of(versions)
        key = (purpose, rebuild_no, substitute, shape)
        proved = self._proved.get(key)
        if proved is None:
            proof = self._proof(purpose, shape, rebuild_no)
            is_silent = not (proof.refusal or proof.warning)
            proved = _Proved(proof, proof.version[len(substitute) :], is_silent)
            if len(self._proved) >= _SHAPES_MAX:
                self._proved.clear()
                self._tails.clear()
            self._proved[key] = proved
        return proved, stem, substitute

    def _proof(self, purpose: Purpose, versions: SourceVersions, rebuild_no: int) -> Proof:
        present = Present(**versions._asdict(), habits=self._habits)
        return proof_of(purpose, self._marking, present, rebuild_no=rebuild_no)


@lru_cache(maxsize=_ISSUERS_MAX)
def issuer_of(marking: Marking, habits: ParentHabits) -> Issuer:
    """The one issuer of an archive that marks versions so, over parents of such habits."""
    return Issuer(marking, habits)


def proof_of(purpose: Purpose, marking: Marking, present: Present, *, rebuild_no: int) -> Proof:
    """The whole proof of the version that would be issued, also of one that is refused."""
    is_changed = purpose is Purpose.CHANGED
    if marking.scheme is VersionScheme.SAME and not is_changed:
        return prove_same(present)
    new = _made(purpose, marking, present, rebuild_no)
    return _proved(new, marking, present, rebuild_no, is_changed=is_changed)


def proof_of_chosen(new: str, marking: Marking, present: Present, *, rebuild_no: int) -> Proof:
    """The whole proof of a version that somebody chose for a changed source."""
    return _proved(new, marking, present, rebuild_no, is_changed=True)


def _proved(
    new: str, marking: Marking, present: Present, rebuild_no: int, *, is_changed: bool
) -> Proof:
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
        highest = max(map(kept_version, present.own_versions))
        if not kept_version(new) > highest:
            base = Base(version=highest.text, binnmu=base.binnmu)
            there = replace(present, source_version=highest.text)
            return _marked(purpose, marking, there, base, rebuild_no)
    return new


def _marked(
    purpose: Purpose, marking: Marking, present: Present, base: Base, rebuild_no: int
) -> str:
    if purpose is Purpose.CHANGED:
        return changed_version(marking, present, rebuild_no)
    is_source = purpose is Purpose.NO_CHANGE
    return rebuild_version(marking, present, base, rebuild_no, is_source=is_source)


def check_raised(package: str, *, published: str, built: str) -> None:
    """Nothing, if the built version is above the published one.

    Raises:
        ConflictError: it is not, so that no client would upgrade to it.
    """
    if not kept_version(built) > kept_version(published):
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
