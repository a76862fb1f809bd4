"""Estimates of rebuilds and of derivations: from history where there is some, else the model."""

from dataclasses import replace

import pytest
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation
from tests.services.parent import SUITE

from vostok.adapters.database import schema
from vostok.domain.derivation import DerivationMode
from vostok.domain.job import JobState
from vostok.domain.workload import Workload
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.selection.estimating import DerivationPlan

REQUEST = RebuildRequest(archive="trial", selection="all", reason="a test")
DERIVATION = DeriveRequest(name="", parents=[f"debian/{SUITE}"])
HOUR = 3_600


def estimated(
    world: Installation, selection: str = "all", *, builders: int | None = None
) -> Workload:
    request = replace(REQUEST, selection=selection)
    return world.rebuilding.estimate(ADMINISTRATOR, request, builders=builders)[1]


def planned(world: Installation, request: DeriveRequest = DERIVATION) -> DerivationPlan:
    return world.deriving.estimate(ADMINISTRATOR, request)


def build_slowly(world: Installation, machine: BuildMachine, source: str, seconds: float) -> None:
    """A rebuild of one source that takes so long."""
    world.rebuild(source)
    claim = machine.claim()
    world.clock.advance(seconds)
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)
    world.engine.run_all()


def row_counts(world: Installation) -> dict[str, int]:
    with world.database.engine.connect() as connection:
        return {
            name: len(connection.execute(table.select()).all())
            for name, table in schema.metadata.tables.items()
        }


def test_an_estimate_is_of_exactly_the_builds_that_a_dry_run_shows(multi: Installation) -> None:
    plan, workload = multi.rebuilding.estimate(ADMINISTRATOR, REQUEST)

    assert plan == multi.rebuilding.plan(ADMINISTRATOR, REQUEST)
    assert sum(workload.builds.values()) == len(plan.accepted)
    assert workload.sources == len({build.source for build in plan.accepted})
    assert set(workload.builds) == {"all", "amd64", "arm64"}
    assert workload.builders == {"amd64": 1, "arm64": 1}


def test_without_history_all_is_from_the_model(derived: Installation) -> None:
    workload = estimated(derived)

    assert workload.sources_measured == 0
    assert 0 < workload.machine_seconds.p50 < workload.machine_seconds.p90
    assert workload.speed.factor == 1


def test_what_was_built_here_is_estimated_by_what_it_took(
    derived: Installation, machine: BuildMachine
) -> None:
    build_slowly(derived, machine, "only", 2 * HOUR)

    again = estimated(derived, "only")

    assert again.sources_measured == 1
    assert again.machine_seconds.p50 == pytest.approx(2 * HOUR, rel=0.05)
    assert again.machine_seconds.p90 < 1.5 * again.machine_seconds.p50


def test_what_was_built_here_tells_how_fast_the_builders_are(
    derived: Installation, machine: BuildMachine
) -> None:
    before = estimated(derived, "libfoo")
    build_slowly(derived, machine, "only", 2 * HOUR)

    after = estimated(derived, "libfoo")

    assert (after.sources_measured, after.speed.factor > 1) == (0, True)
    assert after.machine_seconds.p50 > before.machine_seconds.p50


def test_another_archives_builds_are_history_as_well(
    derived: Installation, machine: BuildMachine
) -> None:
    build_slowly(derived, machine, "only", 2 * HOUR)

    plan = planned(derived, replace(DERIVATION, selection="only,hello"))

    assert (plan.workload.sources, plan.workload.sources_measured) == (2, 1)


def test_history_counts_only_for_the_architecture_it_was_made_on(multi: Installation) -> None:
    build_slowly(multi, BuildMachine(multi, "amd64"), "hello", 2 * HOUR)
    arm64 = replace(REQUEST, selection="hello", architectures=["arm64"])

    multi.derive("second")

    _, second = multi.rebuilding.estimate(ADMINISTRATOR, replace(arm64, archive="second"))

    assert (second.sources, second.sources_measured) == (1, 0)


def test_more_builders_are_done_earlier_and_take_the_same_machine_time(
    derived: Installation,
) -> None:
    one, many = estimated(derived, builders=1), estimated(derived, builders=50)

    assert many.finished_after.p50 < one.finished_after.p50
    assert one.finished_after.p50 == pytest.approx(one.machine_seconds.p50)
    assert one.finished_after.p90 == pytest.approx(one.machine_seconds.p90)
    assert many.machine_seconds == one.machine_seconds
    assert many.finished_after.p50 >= many.critical_seconds.p50


def test_builders_that_asked_for_work_are_those_known(derived: Installation) -> None:
    for name in ("host-1", "host-2", "host-3"):
        derived.builds.claim(BUILDER, builder=name, architectures=["amd64"], url="http://x")

    assert estimated(derived).builders == {"amd64": 3}


@pytest.mark.parametrize("builders", [0, -1, 100_001])
def test_an_estimate_needs_a_number_of_builders(derived: Installation, builders: int) -> None:
    with pytest.raises(InvalidInputError, match="not a number of builders"):
        estimated(derived, builders=builders)


def test_an_estimate_stores_nothing(derived: Installation) -> None:
    before = row_counts(derived)

    estimated(derived)
    planned(derived)

    assert row_counts(derived) == before
    assert derived.engine.jobs == []


def test_a_campaign_keeps_what_was_expected_of_it(derived: Installation) -> None:
    campaign = derived.rebuild("hello,only")

    with derived.database.read() as transaction:
        kept = transaction.campaigns.estimate(campaign.id)
        actual = transaction.measures.actual(campaign.id)

    assert kept is not None
    assert (kept["sources"], kept["basis"]) == (2, {"history": 0, "model": 2, "speed": 1.0})
    assert actual.attempts == 0


def test_an_estimate_of_a_derivation_takes_what_deriving_takes(imported: Installation) -> None:
    request = replace(DERIVATION, selection="hello,indep")

    plan = planned(imported, request)

    imported.derive("second", selection="hello,indep")
    suite = imported.suite("second")
    assert suite.derivation is not None
    assert plan.derivation.taken == suite.derivation.taken == 2
    assert plan.derivation.parents == suite.derivation.parents
    assert plan.suite.architectures == suite.architectures
    assert plan.workload.builds == {"all": 1, "amd64": 1}


def test_the_parents_bytes_are_those_of_the_taken_sources_and_their_binaries(
    imported: Installation,
) -> None:
    with imported.database.read() as transaction:
        debian = transaction.archives.named("debian")
        [suite] = transaction.archives.suites(debian.id)
        members = planned(imported).derivation.base
        [hello] = transaction.packages.sources_named(members, ["hello"])
        files = transaction.packages.source_files(hello.id)
        binaries = transaction.packages.binaries_of_sources(members, ["hello"])

    plan = planned(imported, replace(DERIVATION, selection="hello"))

    assert suite.id == members.suite_id
    assert plan.parent_bytes == sum(f[1] for f in files) + sum(b.size for b in binaries)
    assert plan.workload.pool_bytes == sum(b.size for b in binaries)


def test_nothing_is_built_at_first_in_mode_light(imported: Installation) -> None:
    plan = planned(imported, replace(DERIVATION, mode=DerivationMode.LIGHT))

    assert plan.derivation.taken > 0
    assert (plan.workload.sources, plan.workload.machine_seconds.p90) == (0, 0)


def test_composed_parents_are_estimated_as_they_would_be_derived(derived: Installation) -> None:
    derived.publish()
    parents = [f"trial/{SUITE}:2:only=hello", f"debian/{SUITE}:1:only=only"]

    plan = planned(derived, replace(DERIVATION, parents=parents))

    assert plan.derivation.taken == plan.workload.sources == 2


def test_a_derivation_that_would_be_refused_is_refused(derived: Installation) -> None:
    refused = [
        (replace(DERIVATION, name="trial"), ConflictError),
        (replace(DERIVATION, name="../x"), InvalidInputError),
        (replace(DERIVATION, selection="nope"), InvalidInputError),
        (replace(DERIVATION, parents=["debian/nope"]), NotFoundError),
        (replace(DERIVATION, toolchain="nope"), NotFoundError),
    ]

    for request, kind in refused:
        with pytest.raises(kind):
            planned(derived, request)


def test_only_who_may_ask_for_it_gets_an_estimate(derived: Installation) -> None:
    with pytest.raises(NotAllowedError):
        derived.rebuilding.estimate(BUILDER, REQUEST)
    with pytest.raises(NotAllowedError):
        derived.deriving.estimate(BUILDER, DERIVATION)


def test_a_campaigns_job_succeeds_with_its_estimate_kept(derived: Installation) -> None:
    campaign, job, _ = derived.rebuilding.request(ADMINISTRATOR, REQUEST)

    done = derived.done(job)

    assert done.state is JobState.SUCCEEDED
    assert done.result is not None
    assert done.result["campaign"] == campaign.number
