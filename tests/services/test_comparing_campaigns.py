"""Two campaigns of an archive: what fails now, what builds now, with the failure's excerpt."""

from dataclasses import replace

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.documents import CampaignComparisonView
from vostok.domain.access import Principal, Role
from vostok.domain.attempt import AttemptResult, Claim, Outcome, Stage
from vostok.domain.campaign_comparison import CampaignGroup
from vostok.errors import NotAllowedError, NotFoundError
from vostok.services.comparing import campaigns
from vostok.services.comparing.campaigns import CampaignCompareRequest, CampaignCompareService

BOTH = CampaignCompareRequest(archive="trial", first=1, second=2)


def campaign(
    world: Installation, machine: BuildMachine, selection: str, *, failing: frozenset[str]
) -> None:
    """A campaign all of whose builds end, some of them without success."""
    world.rebuild(selection)
    while (claim := machine.find_claim()) is not None:
        if claim.source.name in failing:
            fail(world, machine, excerpt=f"{claim.source.name}.c:1: error", claim=claim)
        else:
            machine.finish(claim)


def fail(world: Installation, machine: BuildMachine, *, excerpt: str, claim: Claim) -> None:
    world.builds.report(
        machine.attempt(claim),
        AttemptResult(
            outcome=Outcome.FAILED, stage=Stage.BUILD, sentence="it broke", excerpt=excerpt
        ),
    )
    world.engine.run_all()


def compare(world: Installation, request: CampaignCompareRequest = BOTH) -> CampaignComparisonView:
    return CampaignCompareService(world.database).compare(ADMINISTRATOR, request)


@pytest.fixture
def two(derived: Installation, machine: BuildMachine) -> Installation:
    """Two campaigns: «only» fails now, «static» fails in both, «libfoo» builds now."""
    campaign(derived, machine, "hello,only,static,libfoo", failing=frozenset({"static", "libfoo"}))
    campaign(derived, machine, "hello,only,static,libfoo", failing=frozenset({"static", "only"}))
    return derived


def test_each_build_is_in_one_group_and_counted(two: Installation) -> None:
    found = compare(two)

    groups = {row["source"]: row["group"] for row in found["builds"]}
    assert groups == {"only": "now-fails", "static": "fails-in-both", "libfoo": "now-builds"}
    assert {group: count for group, count in found["counts"].items() if count} == {
        "now-fails": 1,
        "fails-in-both": 1,
        "now-builds": 1,
        "built-in-both": 1,
    }
    assert (found["first"]["number"], found["second"]["number"]) == (1, 2)


def test_a_row_has_state_version_and_time_of_both_builds(two: Installation) -> None:
    row = compare(two)["builds"][0]

    first, second = row["first"], row["second"]
    assert first is not None
    assert second is not None
    assert (first["state"], second["state"]) == ("built", "failed")
    assert (first["rebuild_no"], second["rebuild_no"]) == (1, 2)
    assert first["version"] != second["version"]
    assert second["id"] == two.build("only").id
    assert second["finished_at"]
    assert second["seconds"] is not None
    assert row["sentence"].startswith("built in campaign 1, fails in 2")


def test_what_fails_now_or_in_both_has_the_excerpt_of_its_newest_attempt(
    two: Installation, machine: BuildMachine
) -> None:
    two.builds.retry(ADMINISTRATOR, two.build("only").id)
    fail(two, machine, excerpt="the second try", claim=machine.claim())

    excerpts = {row["source"]: row["excerpt"] for row in compare(two)["builds"]}

    assert excerpts == {
        "only": "the second try",
        "static": "static.c:1: error",
        "libfoo": None,
    }


def test_what_did_not_change_is_listed_if_that_is_asked(two: Installation) -> None:
    every = compare(two, replace(BOTH, has_unchanged=True))
    of_group = compare(two, replace(BOTH, group=CampaignGroup.BUILT_IN_BOTH))

    assert every["total"] == 4
    assert [row["source"] for row in of_group["builds"]] == ["hello"]


def test_pages_together_are_the_whole(two: Installation) -> None:
    pages = [compare(two, replace(BOTH, offset=offset, limit=1)) for offset in range(4)]

    assert [[row["source"] for row in page["builds"]] for page in pages] == [
        ["only"],
        ["static"],
        ["libfoo"],
        [],
    ]
    assert {page["total"] for page in pages} == {3}


def test_what_only_one_campaign_has_waits_or_was_cancelled_is_no_failure(
    derived: Installation, machine: BuildMachine
) -> None:
    campaign(derived, machine, "hello,only,libfoo", failing=frozenset())
    derived.rebuild("hello,only,static")
    derived.builds.cancel(ADMINISTRATOR, derived.build("only").id)

    found = compare(derived)

    assert {row["source"]: row["group"] for row in found["builds"]} == {
        "hello": "unfinished",
        "only": "no-verdict",
        "static": "only-second",
        "libfoo": "only-first",
    }
    assert {row["excerpt"] for row in found["builds"]} == {None}


def test_a_campaign_that_is_not_there_is_not_found(two: Installation) -> None:
    with pytest.raises(NotFoundError):
        compare(two, replace(BOTH, second=3))


def test_builders_may_not_compare(two: Installation) -> None:
    builders = Principal(name="builders", role=Role.BUILDER)

    with pytest.raises(NotAllowedError):
        CampaignCompareService(two.database).compare(builders, BOTH)


def test_all_builds_are_settled_once_whatever_happens_while_they_are_read(
    two: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaigns, "COMPARED_PER_PAGE", 1)
    expected = [row["source"] for row in compare(two)["builds"]]

    read = CampaignCompareService(two.database).all_builds(ADMINISTRATOR, BOTH)
    first = next(read)
    two.builds.retry(ADMINISTRATOR, two.build("only").id)  # it is in another group now
    rows = [first, *read]

    assert [row["source"] for row in rows] == expected
    assert len(expected) == 3
    assert compare(two)["builds"][0]["source"] != expected[0]
