"""What a sync decides about one source: all cases, and what holds for every one of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vostok.debian.version import Version
from vostok.domain.derivation import OnRemoval
from vostok.domain.sync import Decision, LocalChange, Standing, Verdict, decide, decisions

VERSIONS = ["1-1", "1-1ubuntu1", "1-2", "1-2~rc1", "2-1"]


def local(version: str = "1-1ubuntu1", base: str | None = "1-1") -> LocalChange:
    return LocalChange(source="brk", version=version, base_version=base)


def decided(  # noqa: PLR0913 - what a decision depends on
    before: str | None,
    offered: str | None,
    *,
    change: LocalChange | None = None,
    removed: str | None = None,
    is_held: bool = False,
    is_selected: bool = True,
    on_removal: OnRemoval = OnRemoval.DROP,
) -> Decision:
    return decide(
        Standing(
            source="brk",
            before=before,
            offered=offered,
            local=change,
            removed_against=removed,
            is_held=is_held,
            is_selected=is_selected,
        ),
        on_removal=on_removal,
    )


def test_a_source_that_only_the_parents_changed_follows_them() -> None:
    decision = decided("1-1", "1-2")

    assert (decision.verdict, decision.after) == (Verdict.UPDATED, "1-2")
    assert decision.sentence == "brk goes from 1-1 to 1-2"


def test_a_source_that_nobody_changed_stays() -> None:
    decision = decided("1-1", "1-1")

    assert (decision.verdict, decision.after) == (Verdict.UNCHANGED, "1-1")


def test_a_source_that_only_we_changed_is_kept() -> None:
    decision = decided("1-1", "1-1", change=local())

    assert (decision.verdict, decision.after) == (Verdict.KEPT, "1-1ubuntu1")
    assert "the parents still have 1-1, which it was made from" in decision.sentence


@pytest.mark.parametrize("ours", ["1-1ubuntu1", "3-1"])
def test_a_source_that_both_changed_needs_a_merge_whichever_is_higher(ours: str) -> None:
    decision = decided("1-1", "1-2", change=local(ours))

    assert (decision.verdict, decision.after) == (Verdict.NEEDS_MERGE, ours)
    assert decision.stays
    assert decision.sentence == (
        f"brk {ours}, made from 1-1, is kept and needs a merge: a parent has 1-2"
    )


def test_a_source_of_our_own_that_a_parent_gets_as_well_needs_a_merge() -> None:
    decision = decided(None, "1-2", change=local(base=None))

    assert decision.verdict is Verdict.NEEDS_MERGE
    assert decision.takes_nothing
    assert "new here when it was made" in decision.sentence


def test_a_local_change_that_the_parents_took_is_kept_and_then_followed_by_theirs() -> None:
    taken = decided("1-1", "1-1ubuntu1", change=local())
    followed = decided("1-1", "1-2", change=local(base="1-1ubuntu1"))

    assert (taken.verdict, taken.merges_back) == (Verdict.KEPT, True)
    assert (followed.verdict, followed.ends_local) == (Verdict.UPDATED, True)
    assert followed.after == "1-2"


def test_a_local_change_outlives_the_parents_source() -> None:
    decision = decided("1-1", None, change=local())

    assert (decision.verdict, decision.after, decision.stays) == (Verdict.KEPT, "1-1ubuntu1", True)


@pytest.mark.parametrize(
    ("on_removal", "verdict", "after", "stays"),
    [
        (OnRemoval.DROP, Verdict.REMOVED, None, False),
        (OnRemoval.KEEP, Verdict.RETAINED, "1-1", True),
    ],
)
def test_what_no_parent_has_any_more_goes_or_stays_by_policy(
    on_removal: OnRemoval, verdict: Verdict, after: str | None, *, stays: bool
) -> None:
    decision = decided("1-1", None, on_removal=on_removal)

    assert (decision.verdict, decision.after, decision.stays) == (verdict, after, stays)


def test_what_the_selection_leaves_out_goes() -> None:
    decision = decided("1-1", "1-2", is_selected=False)

    assert (decision.verdict, decision.after) == (Verdict.REMOVED, None)
    assert "the selection leaves it out" in decision.sentence


def test_what_is_held_stays_where_it_is() -> None:
    held = decided("1-1", "1-2", is_held=True)
    new = decided(None, "1-2", is_held=True)
    ours = decided("1-1", "1-2", change=local(), is_held=True)

    assert (held.verdict, held.after, held.stays) == (Verdict.HELD, "1-1", True)
    assert (new.verdict, new.after, new.takes_nothing) == (Verdict.HELD, None, True)
    assert (ours.verdict, ours.after, ours.stays) == (Verdict.HELD, "1-1ubuntu1", True)


def test_what_was_removed_here_stays_removed() -> None:
    decision = decided(None, "1-2", removed="1-1")

    assert (decision.verdict, decision.after) == (Verdict.LEFT_OUT, None)
    assert decision.takes_nothing
    assert decision.sentence == "brk was removed here and stays so; a parent has 1-2 now"


def test_what_is_removed_just_now_goes() -> None:
    decision = decided("1-1", "1-1", removed="1-1")

    assert (decision.verdict, decision.before, decision.after) == (Verdict.LEFT_OUT, "1-1", None)
    assert decision.sentence == "brk 1-1 goes: it is removed here"


def test_an_update_to_a_lower_version_says_so() -> None:
    assert "which is lower" in decided("1-2", "1-1").sentence


STANDINGS = st.builds(
    Standing,
    source=st.just("brk"),
    before=st.none() | st.sampled_from(VERSIONS),
    offered=st.none() | st.sampled_from(VERSIONS),
    local=st.none()
    | st.builds(
        LocalChange,
        source=st.just("brk"),
        version=st.sampled_from(VERSIONS),
        base_version=st.none() | st.sampled_from(VERSIONS),
    ),
    removed_against=st.none() | st.sampled_from(VERSIONS),
    is_held=st.booleans(),
    is_selected=st.booleans(),
)


@given(standing=STANDINGS, on_removal=st.sampled_from(OnRemoval))
def test_a_local_change_is_lost_only_where_the_parents_contain_it(
    standing: Standing, on_removal: OnRemoval
) -> None:
    decision = decide(standing, on_removal=on_removal)

    if standing.local is not None and decision.after != standing.local.version:
        assert standing.local.base_version == standing.local.version
        assert decision.ends_local
        assert Version.parse(str(decision.after)) > Version.parse(standing.local.version)


@given(standing=STANDINGS, on_removal=st.sampled_from(OnRemoval))
def test_a_decision_never_contradicts_itself(standing: Standing, on_removal: OnRemoval) -> None:
    decision = decide(standing, on_removal=on_removal)

    assert decision.sentence.startswith("brk ")
    assert not (decision.stays and decision.takes_nothing)
    assert not decision.stays or standing.before is not None
    if decision.verdict is Verdict.UPDATED:
        assert decision.after == standing.offered


def test_decisions_come_by_name() -> None:
    found = decisions(
        [Standing(source=name, before="1", offered="1") for name in ("b", "a")],
        on_removal=OnRemoval.DROP,
    )

    assert [decision.source for decision in found] == ["a", "b"]
