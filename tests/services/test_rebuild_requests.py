"""What a request may ask beside its selection, and requests that meet others."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from tests.services.build_machine import NAME, BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.adapters.database import schema
from vostok.domain.access import Principal, Role
from vostok.domain.attempt import Outcome
from vostok.domain.campaign import SCORE_OF_REBUILDS
from vostok.domain.job import JOBS_LISTED, JobKind
from vostok.domain.rebuild_request import Filters, SourceTests
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from vostok.services.building.build_changes import BuildChoice
from vostok.services.rebuilding.planning import RebuildRequest

REQUEST = RebuildRequest(archive="trial", selection="hello,only,static", reason="a test")


def accepted(world: Installation, **filters: object) -> set[str]:
    """The sources that a request with these filters would have built."""
    request = replace(REQUEST, filters=Filters(**filters))  # type: ignore[arg-type]  # what tests differ in
    return {build.source for build in world.rebuilding.plan(ADMINISTRATOR, request).accepted}


def ended(world: Installation, machine: BuildMachine, *failing: str) -> None:
    """A campaign of three sources, of which these fail."""
    world.rebuild(REQUEST.selection)
    for _ in range(3):
        claim = machine.claim()
        if claim.source.name in failing:
            machine.report(claim, Outcome.FAILED)
            world.engine.run_all()
        else:
            machine.finish(claim)


def test_failures_are_asked_for_by_the_newest_record(
    derived: Installation, machine: BuildMachine
) -> None:
    ended(derived, machine, "hello", "only")
    derived.rebuild("only")
    machine.build_all()

    assert accepted(derived, failed=True) == {"hello"}


def test_what_an_old_compiler_built_is_found_in_the_recorded_environments(
    derived: Installation, machine: BuildMachine
) -> None:
    ended(derived, machine, "hello")

    assert accepted(derived, built_with="gcc-11 < 12") == {"only", "static"}
    assert accepted(derived, built_with="gcc-11 (>= 11.3.0-12)") == {"only", "static"}
    assert accepted(derived, built_with="gcc-11") == {"only", "static"}
    with pytest.raises(ConflictError, match="none of the selected sources"):
        accepted(derived, built_with="gcc-11 > 11.3.0-12")


def test_sources_without_a_recorded_environment_are_named(
    derived: Installation, machine: BuildMachine
) -> None:
    ended(derived, machine, "hello")
    only = derived.build("only")
    with derived.database.write() as transaction:
        attempt, environment = schema.attempt, schema.attempt_environment
        ids = sa.select(attempt.c.id).where(attempt.c.build_id == only.id)
        transaction.connection.execute(
            environment.delete().where(environment.c.attempt_id.in_(ids))
        )
    request = replace(REQUEST, filters=Filters(built_with="gcc-11"))

    plan = derived.rebuilding.plan(ADMINISTRATOR, request)

    assert {build.source for build in plan.accepted} == {"static"}
    assert plan.unrecorded == ("only",)
    nobody = replace(request, filters=Filters(built_with="gcc-11 > 99"))
    with pytest.raises(ConflictError, match=r"of 1 it is not recorded .* built with: only$"):
        derived.rebuilding.plan(ADMINISTRATOR, nobody)
    assert derived.rebuilding.plan(ADMINISTRATOR, REQUEST).unrecorded == ()


def test_all_faults_of_filters_are_named_at_once(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match=r"'gcc <' is not .*; there is no campaign 9"):
        accepted(derived, built_with="gcc <", older_than=9)


def test_what_a_builder_made_is_asked_for_by_its_name(
    derived: Installation, machine: BuildMachine
) -> None:
    ended(derived, machine, "hello")

    assert accepted(derived, built_on=NAME) == {"hello", "only", "static"}
    with pytest.raises(NotFoundError, match="no builder is called 'host-2', and none"):
        accepted(derived, built_on="host-2")


def test_a_builder_that_is_there_but_made_nothing_means_nothing(
    derived: Installation, machine: BuildMachine
) -> None:
    ended(derived, machine, "hello")
    with derived.database.write() as transaction:
        transaction.builders.saw("host-2", ["amd64"], derived.clock.now())

    with pytest.raises(ConflictError) as caught:
        accepted(derived, built_on="host-2")

    assert caught.value.reason == "nothing-meant"


def test_older_than_a_campaign_is_what_was_not_built_since(
    derived: Installation, machine: BuildMachine
) -> None:
    ended(derived, machine, "hello")
    derived.clock.advance(10)
    derived.rebuild("only")
    machine.build_all()

    assert accepted(derived, older_than=2) == {"hello", "static"}
    assert accepted(derived, older_than=1) == {"hello"}
    with pytest.raises(NotFoundError):
        accepted(derived, older_than=3)


def test_several_filters_must_all_hold(derived: Installation, machine: BuildMachine) -> None:
    ended(derived, machine, "hello")

    assert accepted(derived, failed=True, built_on=NAME) == {"hello"}
    with pytest.raises(ConflictError):
        accepted(derived, failed=True, built_with="gcc-11")


OLD, NEW = "gcc (= 4:12.2.0-3)", "gcc (= 4:13.1.0-1)"
OTHER = "host-2"


def story(world: Installation, source: str, *attempts: tuple[str, str, bool]) -> None:
    """Builds of a source, one after another: builder, compiler, whether it succeeded."""
    for name, compiler, is_good in attempts:
        world.rebuild(source)
        machine = BuildMachine(world, name=name)
        claim = machine.claim()
        assert claim.source.name == source
        if is_good:
            machine.finish(claim, lambda upload: upload_for(upload.claim, compiler=compiler))  # noqa: B023 - called at once
        else:
            machine.report(claim, Outcome.FAILED)
            world.engine.run_all()


def test_all_four_filters_together_mean_exactly_what_meets_each(derived: Installation) -> None:
    good, bad = True, False
    story(derived, "hello", (OTHER, OLD, good), (OTHER, OLD, bad))  # meets all
    story(derived, "gcc-12", (OTHER, OLD, good), (NAME, NEW, bad))  # so does this one
    story(derived, "only", (OTHER, OLD, good))  # did not fail
    story(derived, "static", (OTHER, NEW, good), (OTHER, NEW, bad))  # was built with another gcc
    story(derived, "ownversion", (NAME, OLD, good), (NAME, OLD, bad))  # was built elsewhere
    story(derived, "gcc-defaults", (OTHER, OLD, bad))  # was never built
    derived.clock.advance(10)
    story(derived, "gcc-11", (OTHER, OLD, good), (OTHER, OLD, bad))  # was built since campaign 10
    filters = Filters(failed=True, built_with="gcc < 4:13", built_on=OTHER, older_than=10)
    names = ["hello", "gcc-12", "only", "static", "ownversion", "gcc-defaults", "gcc-11"]
    request = replace(REQUEST, selection=",".join(names), filters=filters)

    plan = derived.rebuilding.plan(ADMINISTRATOR, request)
    campaign, _, _ = derived.rebuilding.request(ADMINISTRATOR, request)

    assert {build.source for build in plan.accepted} == {"hello", "gcc-12"}
    assert plan.refused == ()
    assert {build.source for build in derived.builds_of(campaign)} == {"hello", "gcc-12"}
    without = {
        "failed": replace(filters, failed=False),
        "built_with": replace(filters, built_with=None),
        "built_on": replace(filters, built_on=None),
        "older_than": replace(filters, older_than=None),
    }
    derived.build_changes.cancel(ADMINISTRATOR, BuildChoice(archive="trial", selection="all"))
    assert {
        left_out: {
            build.source
            for build in derived.rebuilding.plan(
                ADMINISTRATOR, replace(request, filters=fewer)
            ).accepted
        }
        - {"hello", "gcc-12"}
        for left_out, fewer in without.items()
    } == {
        "failed": {"only"},
        "built_with": {"static", "gcc-defaults"},
        "built_on": {"ownversion"},
        "older_than": {"gcc-11"},
    }


def test_who_selects_nothing_and_filters_nothing_is_told_of_the_selection(
    derived: Installation,
) -> None:
    request = replace(REQUEST, selection="hello and only")

    with pytest.raises(ConflictError) as caught:
        derived.rebuilding.plan(ADMINISTRATOR, request)

    assert str(caught.value) == "nothing that trial takes is selected by 'hello and only'"
    assert caught.value.reason == "nothing-selected"


@pytest.mark.parametrize("text", ["gcc <", "< 4:13", "Gcc", "gcc ~ 4", "gcc < 4:13 | clang"])
def test_a_condition_that_cannot_be_read_is_refused(derived: Installation, text: str) -> None:
    with pytest.raises(InvalidInputError):
        accepted(derived, built_with=text)


@pytest.mark.parametrize(
    ("tests", "words"), [(SourceTests.OFF, ("nocheck",)), (SourceTests.ON, ()), (None, ())]
)
def test_tests_are_left_out_by_option_and_profile(
    derived: Installation, machine: BuildMachine, tests: SourceTests | None, words: tuple[str, ...]
) -> None:
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, replace(REQUEST, tests=tests))
    derived.done(job)

    claim = machine.claim()

    assert (claim.build_options, claim.build_profiles) == (words, words)
    assert campaign.request["tests"] == tests


def test_a_score_is_that_of_the_campaign_and_of_its_builds(derived: Installation) -> None:
    campaign, _, _ = derived.rebuilding.request(ADMINISTRATOR, replace(REQUEST, score=7))

    assert campaign.score == 7
    assert {build.score for build in derived.builds_of(campaign)} == {7}


@pytest.mark.parametrize("score", [7, SCORE_OF_REBUILDS - 1])
def test_only_who_may_rescore_builds_asks_for_a_score(derived: Installation, score: int) -> None:
    richard = Principal(name="richard", role=Role.DEVELOPER)
    request = replace(REQUEST, score=score)

    for ask in (derived.rebuilding.plan, derived.rebuilding.estimate, derived.rebuilding.request):
        with pytest.raises(NotAllowedError):
            ask(richard, request)
    assert not derived.rebuilding.request(richard, REQUEST).is_joined


def test_an_equal_request_is_answered_with_the_campaign_that_is_there(
    derived: Installation,
) -> None:
    assert derived.rebuilding.plan(ADMINISTRATOR, REQUEST).joins is None
    first, job, is_joined = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    assert not is_joined

    dry = derived.rebuilding.plan(ADMINISTRATOR, REQUEST)
    again, same_job, is_joined = derived.rebuilding.request(ADMINISTRATOR, REQUEST)

    assert is_joined
    assert (again.number, same_job.id) == (first.number, job.id)
    assert (dry.accepted, dry.joins) == ((), first.number)
    with derived.database.read() as transaction:
        assert len(transaction.campaigns.of_archive(first.archive_id)) == 1


def test_many_other_jobs_do_not_hide_the_campaign_of_an_equal_request(
    derived: Installation,
) -> None:
    first, job, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    with derived.database.write() as transaction:
        for number in range(JOBS_LISTED):
            transaction.jobs.add(
                f"later-{number}", JobKind.PUBLISH, archive="trial", arguments={},
                requested_by="ann", at=job.created_at + timedelta(hours=1),
            )  # fmt: skip

    again, same_job, is_joined = derived.rebuilding.request(ADMINISTRATOR, REQUEST)

    assert is_joined
    assert (again.id, same_job.id) == (first.id, job.id)


def test_another_request_names_the_build_that_it_meets(derived: Installation) -> None:
    derived.rebuild("hello")

    plan = derived.rebuilding.plan(ADMINISTRATOR, REQUEST)

    assert {build.source for build in plan.accepted} == {"only", "static"}
    [refusal] = plan.refused
    assert refusal.code == "already-building"
    assert refusal.sentence.endswith(
        f"not finished yet: build {derived.build('hello').id} of campaign 1"
    )


def test_once_a_build_has_ended_an_equal_request_is_a_new_one(
    derived: Installation, machine: BuildMachine
) -> None:
    first, _, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)
    derived.engine.run_all()
    machine.build_next()

    second, _, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)

    assert second.number == first.number + 1
