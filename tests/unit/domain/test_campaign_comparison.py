"""Two campaigns beside each other: one group for each source and architecture."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import NOW

from vostok.domain.build import (
    LIVE_STATES,
    Build,
    BuildState,
    Fate,
    Part,
    Reach,
    RebuildForm,
)
from vostok.domain.campaign_comparison import (
    GROUP_SENTENCES,
    CampaignGroup,
    Ending,
    compared_builds,
    ending_of,
    group_of,
    listed_builds,
    sentence_of,
)

S, G = BuildState, CampaignGroup
HELLO = Build(
    id=1,
    archive_id=1,
    archive="trial",
    suite_id=1,
    suite="bookworm",
    source_id=1,
    source="hello",
    source_version="2.10-3",
    architecture="amd64",
    builder_architecture="amd64",
    part=Part.ANY,
    form=RebuildForm.BINARY_ONLY,
    new_source_id=None,
    reach=Reach.PUBLICATION,
    control_of=None,
    warning="",
    rebuild_no=1,
    campaign_id=1,
    campaign=1,
    version="2.10-3Xtrial1",
    version_before="2.10-3",
    state=S.BUILT,
    fate=Fate.PENDING,
    sentence="",
    score=0,
    attempt=1,
    created_at=NOW,
    finished_at=NOW,
)


@pytest.mark.parametrize(
    ("first", "second", "group"),
    [
        (S.BUILT, S.FAILED, G.NOW_FAILS),
        (S.BUILT, S.BD_UNINSTALLABLE, G.NOW_FAILS),
        (S.FAILED, S.BUILT, G.NOW_BUILDS),
        (S.FAILED, S.CHROOT_PROBLEM, G.FAILS_IN_BOTH),
        (S.BUILT, S.BUILT, G.BUILT_IN_BOTH),
        (S.BUILT, None, G.ONLY_FIRST),
        (S.BUILDING, None, G.ONLY_FIRST),
        (None, S.FAILED, G.ONLY_SECOND),
        (S.BUILT, S.DEP_WAIT, G.UNFINISHED),
        (S.CANCELLED, S.BUILDING, G.UNFINISHED),
        (S.CANCELLED, S.FAILED, G.NO_VERDICT),
        (S.BUILT, S.SUPERSEDED, G.NO_VERDICT),
        (S.BUILT, S.NOT_FOR_US, G.NO_VERDICT),
    ],
)
def test_two_states_are_in_the_group_that_says_what_changed(
    first: BuildState | None, second: BuildState | None, group: CampaignGroup
) -> None:
    assert group_of(first, second) is group


@pytest.mark.parametrize(("first", "second"), list(product(BuildState, BuildState)))
def test_the_other_way_round_only_what_builds_and_what_fails_change_places(
    first: BuildState, second: BuildState
) -> None:
    mirrored = {G.NOW_FAILS: G.NOW_BUILDS, G.NOW_BUILDS: G.NOW_FAILS}

    group = group_of(first, second)

    assert group_of(second, first) is mirrored.get(group, group)
    assert (group is G.UNFINISHED) is bool({first, second} & LIVE_STATES)


def test_a_build_in_neither_campaign_has_no_group() -> None:
    with pytest.raises(ValueError, match="neither"):
        group_of(None, None)


@pytest.mark.parametrize("state", [S.CANCELLED, S.SUPERSEDED, S.NOT_FOR_US])
def test_what_was_cancelled_or_superseded_says_nothing_of_the_source(state: BuildState) -> None:
    assert ending_of(state) is Ending.NO_VERDICT


def test_each_group_has_a_sentence_with_the_numbers() -> None:
    assert set(GROUP_SENTENCES) == set(CampaignGroup)
    assert sentence_of(G.NOW_FAILS, first=3, second=7).startswith(
        "built in campaign 3, fails in 7"
    )


def test_what_fails_now_comes_first_and_architectures_are_apart() -> None:
    arm64 = HELLO._replace(id=2, architecture="arm64")
    failed = arm64._replace(id=3, state=S.FAILED, campaign=2)

    rows = compared_builds([HELLO, arm64], [HELLO._replace(id=4, campaign=2), failed])

    assert [(row.architecture, row.group) for row in rows] == [
        ("arm64", G.NOW_FAILS),
        ("amd64", G.BUILT_IN_BOTH),
    ]
    assert [row.failed for row in rows] == [failed, None]


def test_of_two_builds_in_one_campaign_the_newest_rebuild_counts() -> None:
    newer = HELLO._replace(id=2, rebuild_no=2, state=S.FAILED)

    [row] = compared_builds([HELLO], [newer, HELLO])

    assert row.second == newer


def test_what_was_built_in_both_is_listed_only_if_it_is_asked_for() -> None:
    rows = compared_builds([HELLO], [HELLO])

    assert listed_builds(rows, None, has_unchanged=False) == []
    assert listed_builds(rows, None, has_unchanged=True) == list(rows)
    assert listed_builds(rows, G.BUILT_IN_BOTH, has_unchanged=False) == list(rows)
    assert listed_builds(rows, G.NOW_FAILS, has_unchanged=True) == []


_BUILDS = st.lists(
    st.builds(
        HELLO._replace,
        source=st.sampled_from(["a", "b", "c"]),
        architecture=st.sampled_from(["amd64", "all"]),
        state=st.sampled_from(BuildState),
        rebuild_no=st.integers(1, 3),
    ),
    max_size=8,
)


@given(_BUILDS, _BUILDS)
def test_every_source_and_architecture_of_either_campaign_is_in_one_row(
    first: list[Build], second: list[Build]
) -> None:
    rows = compared_builds(first, second)

    places = [(row.source, row.architecture) for row in rows]
    assert len(places) == len(set(places))
    assert set(places) == {(build.source, build.architecture) for build in first + second}
