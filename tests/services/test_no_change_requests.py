"""Sources that differ by one changelog entry only, asked for as such."""

from dataclasses import replace

from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.build import BuildState, RebuildForm
from vostok.domain.campaign import CampaignKind
from vostok.services.rebuilding import RebuildRequest

REQUEST = RebuildRequest(archive="trial", selection="hello", reason="a test", is_no_change=True)


def test_a_new_source_is_made_and_built(derived: Installation) -> None:
    campaign, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    derived.engine.run_all()
    claim = BuildMachine(derived).claim()

    [build] = derived.builds_of(campaign)
    assert campaign.kind is CampaignKind.NO_CHANGE
    assert (build.form, build.version) == (RebuildForm.SOURCE, "1.2-3Xtrial1")
    assert build.new_source_id is not None
    assert (claim.source.version, claim.changelog_entry) == ("1.2-3Xtrial1", "")


def test_asked_again_it_makes_nothing_new(derived: Installation) -> None:
    first, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    derived.engine.run_all()
    for build in derived.builds_of(first):
        derived.builds.cancel(ADMINISTRATOR, build.id)

    again = derived.rebuilding.plan(ADMINISTRATOR, REQUEST)
    rebuild = derived.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, is_no_change=False))

    assert {build.state for build in derived.builds_of(first)} == {BuildState.CANCELLED}
    assert again.accepted == ()
    assert [(r.code, r.sentence) for r in again.refused] == [
        ("already-made", "hello 1.2-3 has the no-change source 1.2-3Xtrial1 already")
    ]
    assert [build.version for build in rebuild.accepted] == ["1.2-3Xtrial2"]
