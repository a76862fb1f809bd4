"""Syncing a derived suite with its parents: one decision for each source, with its sentence.

The base of every comparison is the parents' version that stood here before. A rebuild without a
change is no local change: it is of a version of the parents', and goes with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from vostok.debian.version import Version
from vostok.domain.counting import counted
from vostok.domain.derivation import OnRemoval
from vostok.domain.news import NewsTopic, Notice

NAMES_TOLD_MAX: Final = 20
"""Of sources that need a merge, in the news."""


class Verdict(StrEnum):
    """What a sync decides about one source."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    KEPT = "kept"
    NEEDS_MERGE = "needs-merge"
    REMOVED = "removed"
    RETAINED = "retained"
    HELD = "held"
    LEFT_OUT = "left-out"


WORDS: Mapping[Verdict, str] = {
    Verdict.ADDED: "come new from a parent",
    Verdict.UPDATED: "follow their parent",
    Verdict.UNCHANGED: "stay as they are",
    Verdict.KEPT: "keep their local change",
    Verdict.NEEDS_MERGE: "need a merge: changed here and by a parent",
    Verdict.REMOVED: "go, as no parent has them or the selection does not take them",
    Verdict.RETAINED: "stay, though no parent has them any more",
    Verdict.HELD: "are held where they are",
    Verdict.LEFT_OUT: "are removed here, and stay so",
}
"""How the sources of each verdict are counted for people: «12 follow their parent»."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalChange:
    """The newest source of somebody's own, with what it was made against.

    Attributes:
        base_version: the parents' version at that time; None if they had none.
    """

    source: str
    version: str
    base_version: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All that the decision about one source depends on.

    Attributes:
        before: the parents' version that the suite stands on now; None if it takes none.
        offered: the version that the parents have now; None if none of them has it.
        local: the source of somebody's own, if there is one.
        removed_against: the parents' version when it was removed here; None if it was not.
        is_selected: whether the selection takes what is offered.
    """

    source: str
    before: str | None
    offered: str | None
    local: LocalChange | None = None
    removed_against: str | None = None
    is_held: bool = False
    is_selected: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one source, and why.

    Attributes:
        before: the version that stood here: the local one if there is one.
        after: the version that stands here then; None: none.
        offered: what the parents have.
        stays: whether the parents' packages of it stay as the suite has them now.
        takes_nothing: whether nothing that the parents have of it is taken.
        ends_local: whether the local change is contained in what is taken.
        merges_back: whether the parents now have the local version itself.
    """

    source: str
    verdict: Verdict
    before: str | None
    after: str | None
    offered: str | None
    sentence: str
    stays: bool = False
    takes_nothing: bool = False
    ends_local: bool = False
    merges_back: bool = False


def decide(standing: Standing, *, on_removal: OnRemoval) -> Decision:
    """What a sync does with one source.

    A local change is never given up: what the parents changed beside it waits for a merge, even
    where the local version is the higher one.
    """
    if standing.removed_against is not None and standing.local is None:
        return _left_out(standing)
    if standing.local is not None:
        return _with_local_change(standing, standing.local)
    return _of_parents(standing, on_removal)


def decisions(standings: Iterable[Standing], *, on_removal: OnRemoval) -> tuple[Decision, ...]:
    """The decisions about all sources, by name."""
    found = (decide(standing, on_removal=on_removal) for standing in standings)
    return tuple(sorted(found, key=lambda decision: decision.source))


def _left_out(standing: Standing) -> Decision:
    offered = standing.offered
    news = "" if offered in (None, standing.removed_against) else f"; a parent has {offered} now"
    sentence = (
        f"{standing.source} was removed here and stays so{news}"
        if standing.before is None
        else f"{standing.source} {standing.before} goes: it is removed here"
    )
    return Decision(
        source=standing.source,
        verdict=Verdict.LEFT_OUT,
        before=standing.before,
        after=None,
        offered=offered,
        sentence=sentence,
        takes_nothing=True,
    )


def _with_local_change(standing: Standing, local: LocalChange) -> Decision:
    name, offered, base = standing.source, standing.offered, local.base_version
    stands = f"{name} {local.version}"
    if standing.is_held:
        return _kept(standing, local, Verdict.HELD, f"{stands} is held as it is")
    if offered is None:
        why = f"it is a local change, and no parent has {name} now"
        return _kept(standing, local, Verdict.KEPT, f"{stands} is kept: {why}")
    if offered == local.version:
        why = "a parent has this very version now, and packages of it were made here"
        kept = _kept(standing, local, Verdict.KEPT, f"{stands} is kept: {why}")
        return replace(kept, merges_back=True)
    if offered == base:
        why = f"the parents still have {base}, which it was made from"
        kept = _kept(standing, local, Verdict.KEPT, f"{stands} is kept: {why}")
        return replace(kept, stays=False, takes_nothing=False)
    if base == local.version and Version.parse(offered) > Version.parse(local.version):
        return Decision(
            source=name,
            verdict=Verdict.UPDATED,
            before=local.version,
            after=offered,
            offered=offered,
            sentence=f"{name} goes from {local.version} to {offered}: the parents had taken the "
            "local change in",
            ends_local=True,
        )
    made_from = f"made from {base}" if base is not None else "new here when it was made"
    return _kept(
        standing,
        local,
        Verdict.NEEDS_MERGE,
        f"{stands}, {made_from}, is kept and needs a merge: a parent has {offered}",
    )


def _kept(standing: Standing, local: LocalChange, verdict: Verdict, sentence: str) -> Decision:
    """The local version stands as before, over what stands here of the parents', if anything."""
    is_there = standing.before is not None
    return Decision(
        source=standing.source,
        verdict=verdict,
        before=local.version,
        after=local.version,
        offered=standing.offered,
        sentence=sentence,
        stays=is_there,
        takes_nothing=not is_there,
    )


def _of_parents(standing: Standing, on_removal: OnRemoval) -> Decision:
    name, before, offered = standing.source, standing.before, standing.offered
    kept = Decision(
        source=name,
        verdict=Verdict.UNCHANGED,
        before=before,
        after=before,
        offered=offered,
        sentence=f"{name} {before} is what the parents have",
    )
    if standing.is_held and before != offered:
        return _held(standing, kept)
    if before is None:
        return replace(
            kept, verdict=Verdict.ADDED, after=offered, sentence=f"{name} {offered} comes new"
        )
    if offered is None and on_removal is OnRemoval.KEEP:
        sentence = f"{name} {before} stays, though no parent has it any more"
        return replace(kept, verdict=Verdict.RETAINED, sentence=sentence, stays=True)
    if offered is None or not standing.is_selected:
        why = "no parent has it any more" if offered is None else "the selection leaves it out"
        sentence = f"{name} {before} goes: {why}"
        return replace(kept, verdict=Verdict.REMOVED, after=None, sentence=sentence)
    if before == offered:
        return kept
    is_lower = Version.parse(offered) < Version.parse(before)
    warning = ", which is lower: clients keep what they have" if is_lower else ""
    sentence = f"{name} goes from {before} to {offered}{warning}"
    return replace(kept, verdict=Verdict.UPDATED, after=offered, sentence=sentence)


def _held(standing: Standing, kept: Decision) -> Decision:
    if standing.before is None:
        sentence = f"{standing.source} {standing.offered} is new and held back"
        return replace(kept, verdict=Verdict.HELD, sentence=sentence, takes_nothing=True)
    there = f"a parent has {standing.offered}" if standing.offered else "no parent has it any more"
    sentence = f"{standing.source} {standing.before} is held where it is; {there}"
    return replace(kept, verdict=Verdict.HELD, sentence=sentence, stays=True)


def unmerged_notice(archive: str, decisions: Sequence[Decision], *, actor: str) -> Notice | None:
    """What the news tell of sources that need a person; None if there are none."""
    names = [one.source for one in decisions if one.verdict is Verdict.NEEDS_MERGE]
    if not names:
        return None
    more = f" and {len(names) - NAMES_TOLD_MAX} more" if len(names) > NAMES_TOLD_MAX else ""
    return Notice(
        topic=NewsTopic.UNDECIDED,
        actor=actor,
        subject=archive,
        title=f"{archive}: {counted(len(names), 'source needs', 'sources need')} a merge",
        sentence=f"changed here and by a parent: {', '.join(names[:NAMES_TOLD_MAX])}{more}",
    )
