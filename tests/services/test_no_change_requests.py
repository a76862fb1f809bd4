"""Sources that differ by one changelog entry only, asked for as such."""

from dataclasses import replace

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.build import BuildState, RebuildForm
from vostok.domain.campaign import CampaignKind
from vostok.errors import ConflictError
from vostok.services.rebuilding.planning import RebuildRequest

REQUEST = RebuildRequest(archive="trial", selection="hello", reason="a test", is_no_change=True)


def test_a_new_source_is_made_and_built(derived: Installation) -> None:
    campaign, _, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    derived.engine.run_all()
    claim = BuildMachine(derived).claim()

    [build] = derived.builds_of(campaign)
    assert campaign.kind is CampaignKind.NO_CHANGE
    assert (build.form, build.version) == (RebuildForm.SOURCE, "1.2-3Xtrial1")
    assert build.new_source_id is not None
    assert (claim.source.version, claim.changelog_entry) == ("1.2-3Xtrial1", "")


def test_asked_again_it_makes_nothing_new(derived: Installation) -> None:
    first, _, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    derived.engine.run_all()
    for build in derived.builds_of(first):
        derived.builds.cancel(ADMINISTRATOR, build.id)

    again = derived.rebuilding.plan(ADMINISTRATOR, REQUEST)
    rebuild = derived.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, is_no_change=False))

    assert {build.state for build in derived.builds_of(first)} == {BuildState.CANCELLED}
    assert again.accepted == ()
    assert [(r.code, r.sentence) for r in again.refused] == [
        (
            "already-made",
            "hello 1.2-3 has the no-change source 1.2-3Xtrial1 for that reason already",
        )
    ]
    assert [build.version for build in rebuild.accepted] == ["1.2-3Xtrial2"]


def test_for_another_reason_there_is_another_source(derived: Installation) -> None:
    first, _, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    derived.engine.run_all()
    for build in derived.builds_of(first):
        derived.builds.cancel(ADMINISTRATOR, build.id)

    plan = derived.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, reason="the next transition"))

    assert [build.version for build in plan.accepted] == ["1.2-3Xtrial2"]


def test_the_same_key_gets_the_same_campaign_whatever_became_of_it(derived: Installation) -> None:
    request = replace(REQUEST, idempotency_key="once")
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, request)
    derived.engine.run_all()
    for build in derived.builds_of(campaign):
        derived.builds.cancel(ADMINISTRATOR, build.id)

    again, same_job, _ = derived.rebuilding.request(ADMINISTRATOR, request)

    assert (again.number, same_job.id) == (campaign.number, job.id)
    with pytest.raises(ConflictError, match="'once' came with another request before"):
        derived.rebuilding.request(ADMINISTRATOR, replace(request, reason="another"))


def test_a_refusal_names_the_command_that_shows_all_reasons(derived: Installation) -> None:
    derived.rebuilding.request(ADMINISTRATOR, REQUEST)

    for request, command in (
        (replace(REQUEST, reason="other"), "vostok rebuild nochange trial … --dry-run"),
        (replace(REQUEST, is_no_change=False), "vostok rebuild request trial … --dry-run"),
    ):
        with pytest.raises(ConflictError) as caught:
            derived.rebuilding.request(ADMINISTRATOR, request)
        assert caught.value.hint == f"look at all reasons: {command}"
