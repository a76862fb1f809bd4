"""Quotas at every door of the services: what is refused whole, what waits, and what is told."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import source_package
from tests.services.signed_upload import Uploader, changes_text, local, signed

from vostok.domain.access import ANONYMOUS, Action, Principal, Role, TokenScope
from vostok.domain.archive import Keep
from vostok.domain.attempt import Outcome
from vostok.domain.audit import AuditFilter
from vostok.domain.build import Build, BuildState
from vostok.domain.build_change import BuildChange
from vostok.domain.job import JobState
from vostok.domain.quota import EVERY_ARCHIVE, EVERY_PERSON, Limits, Subject, SubjectKind
from vostok.domain.rights import EVERY_SOURCE, Holder, HolderKind, Right
from vostok.errors import (
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    QuotaExceededError,
)
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.people.persons import TokenRequest
from vostok.services.people.quotas import QuotaService
from vostok.services.people.rights import GrantRequest, RightsService
from vostok.services.rebuilding.planning import RebuildRequest

TRIAL = Subject(kind=SubjectKind.ARCHIVE, name="trial")
LOU = Subject(kind=SubjectKind.PERSON, name="lou")


@pytest.fixture
def quotas(derived: Installation) -> QuotaService:
    return QuotaService(derived.database, derived.clock)


@pytest.fixture
def lou(derived: Installation) -> Principal:
    """A member who may make archives from debian."""
    derived.people.add(ADMINISTRATOR, "lou", email="lou@example.org", role=Role.MEMBER)
    rights = RightsService(derived.database, derived.clock)
    for archive, right in ((None, Right.CREATE), ("debian", Right.DERIVE)):
        holder = Holder(kind=HolderKind.PERSON, name="lou")
        request = GrantRequest(archive=archive, holder=holder, right=right, limit=EVERY_SOURCE)
        rights.give(ADMINISTRATOR, request)
    _, token = derived.people.create_token(ADMINISTRATOR, TokenRequest(person="lou", name="t"))
    return derived.people.principal(token, address="192.0.2.1")


def derive(world: Installation, who: Principal, name: str) -> None:
    world.deriving.request(who, DeriveRequest(name=name, parents=["debian/bookworm"]))
    world.engine.run_all()


def ask(selection: str = "all") -> RebuildRequest:
    return RebuildRequest(archive="trial", selection=selection, reason="a test")


def stored(world: Installation, data: bytes) -> bool:
    return world.store.has(hashlib.sha256(data).hexdigest())


def refused(deed: Callable[[], object]) -> tuple[str, int | None, int | None, int]:
    """Which limit refused a deed: what is counted, the limit, what is used, what was asked."""
    with pytest.raises(QuotaExceededError) as caught:
        deed()
    error = caught.value
    return error.measure, error.limit, error.used, error.asked


def test_a_person_makes_as_many_archives_as_they_may(
    derived: Installation, quotas: QuotaService, lou: Principal
) -> None:
    quotas.set(ADMINISTRATOR, EVERY_PERSON, Limits(archives=2))
    derive(derived, lou, "one")
    derive(derived, lou, "two")
    third = DeriveRequest(name="three", parents=["debian/bookworm"])

    real = refused(lambda: derived.deriving.request(lou, third))
    estimate = refused(lambda: derived.deriving.estimate(lou, third))

    assert real == estimate == ("archives", 2, 2, 1)
    with pytest.raises(NotFoundError):
        derived.archive("three")
    assert quotas.of(lou, LOU).usage.archives == 2
    derived.deriving.request(ADMINISTRATOR, third)  # the installation's token has no archives


def test_a_request_over_the_limit_is_refused_whole_and_by_a_dry_run_alike(
    derived: Installation, quotas: QuotaService
) -> None:
    count = len(derived.rebuilding.plan(ADMINISTRATOR, ask()).accepted)
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=count - 1))

    told = {
        refused(lambda: derived.rebuilding.plan(ADMINISTRATOR, ask())),
        refused(lambda: derived.rebuilding.estimate(ADMINISTRATOR, ask())),
        refused(lambda: derived.rebuilding.request(ADMINISTRATOR, ask())),
    }

    assert told == {("builds", count - 1, 0, count)}
    with derived.database.read() as transaction:
        assert transaction.builds.unfinished(derived.archive().id) == []
        assert transaction.campaigns.of_archive(derived.archive().id) == []
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=count))
    derived.rebuild("all")
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.builds == count


def test_an_equal_request_joins_what_is_there_however_full_it_is(
    derived: Installation, quotas: QuotaService
) -> None:
    campaign = derived.rebuild("hello")
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=1))

    again = derived.rebuilding.request(ADMINISTRATOR, ask("hello"))

    assert (again.is_joined, again.campaign.id) == (True, campaign.id)


def test_a_retry_needs_room_one_by_one_and_in_bulk(
    derived: Installation, quotas: QuotaService
) -> None:
    derived.rebuild("hello")
    machine = BuildMachine(derived)
    machine.report(machine.claim(), Outcome.FAILED)
    derived.engine.run_all()
    build = derived.build("hello")
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=0))
    choice = BuildChoice(archive="trial", states=[BuildState.FAILED])
    changes = derived.build_changes

    told = {
        refused(lambda: derived.builds.retry(ADMINISTRATOR, build.id)),
        refused(lambda: changes.retry(ADMINISTRATOR, choice)),
        refused(lambda: changes.plan(ADMINISTRATOR, BuildChange.RETRY, choice)),
    }

    assert told == {("builds", 0, 0, 1)}
    assert derived.build("hello").state is BuildState.FAILED
    quotas.remove(ADMINISTRATOR, TRIAL)
    assert derived.builds.retry(ADMINISTRATOR, build.id).state is BuildState.NEEDS_BUILD


STAGE1 = RebuildRequest(
    archive="trial", selection="hello", reason="a loop", build_profiles=["stage1"]
)


def failed_under_a_profile(world: Installation, builds: int) -> Build:
    """The first of two builds, of which as many have failed."""
    campaign, job, _ = world.rebuilding.request(ADMINISTRATOR, STAGE1)
    world.done(job)
    machine = BuildMachine(world)
    for _ in range(builds):
        machine.report(machine.claim(), Outcome.FAILED)
        world.engine.run_all()
    return min(world.builds_of(campaign), key=lambda build: build.rebuild_no)


@pytest.mark.parametrize("failed", [1, 2])
def test_a_retry_under_a_profile_needs_room_for_what_it_adds_to_the_unfinished(
    derived: Installation, quotas: QuotaService, failed: int
) -> None:
    first = failed_under_a_profile(derived, failed)
    before = quotas.of(ADMINISTRATOR, TRIAL).usage.builds
    choice = BuildChoice(archive="trial", states=[BuildState.FAILED])
    changes = derived.build_changes
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=1))

    told = {
        refused(lambda: derived.builds.retry(ADMINISTRATOR, first.id)),
        refused(lambda: changes.retry(ADMINISTRATOR, choice)),
        refused(lambda: changes.plan(ADMINISTRATOR, BuildChange.RETRY, choice)),
    }

    assert (before, told) == (2 - failed, {("builds", 1, 2 - failed, failed)})
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=2))
    changes.plan(ADMINISTRATOR, BuildChange.RETRY, choice)
    changes.retry(ADMINISTRATOR, choice)
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.builds == 2


def test_a_request_needs_no_room_for_what_it_replaces(
    derived: Installation, quotas: QuotaService
) -> None:
    _, job, _ = derived.rebuilding.request(ADMINISTRATOR, STAGE1)
    derived.done(job)
    machine = BuildMachine(derived)
    machine.report(machine.claim(), Outcome.CHROOT_PROBLEM)
    derived.engine.run_all()
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=1))
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.builds == 1  # the full build, which is planned

    both = {
        refused(lambda: derived.rebuilding.plan(ADMINISTRATOR, ask("hello,indep"))),
        refused(lambda: derived.rebuilding.request(ADMINISTRATOR, ask("hello,indep"))),
    }
    planned = derived.rebuilding.plan(ADMINISTRATOR, ask("hello"))
    derived.rebuild("hello")

    assert both == {("builds", 1, 1, 1)}
    assert len(planned.accepted) == 1
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.builds == 1


def test_a_request_that_replaces_as_many_builds_is_refused_too_once_all_bytes_are_used(
    derived: Installation, quotas: QuotaService
) -> None:
    _, job, _ = derived.rebuilding.request(ADMINISTRATOR, STAGE1)
    derived.done(job)
    machine = BuildMachine(derived)
    machine.report(machine.claim(), Outcome.CHROOT_PROBLEM)
    derived.engine.run_all()
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=0))

    told = {
        refused(lambda: derived.rebuilding.plan(ADMINISTRATOR, ask("hello")))[0],
        refused(lambda: derived.rebuilding.request(ADMINISTRATOR, ask("hello")))[0],
    }

    assert told == {"bytes"}


def test_an_upload_needs_no_room_for_what_it_replaces(
    derived: Installation, quotas: QuotaService
) -> None:
    derived.rebuild("hello")
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=1))

    Uploader(derived).upload(local())

    assert derived.build("hello").version == "1.2-3+local1"
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.builds == 1


def test_an_upload_needs_room_for_its_files_and_for_its_builds(
    derived: Installation, quotas: QuotaService
) -> None:
    richard = Uploader(derived)
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=0))
    builds = refused(lambda: richard.upload(local()))
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=10))

    size = refused(lambda: richard.upload(local()))

    assert builds == ("builds", 0, 0, 1)
    assert size[:2] == ("bytes", 10)
    with derived.database.read() as transaction:
        assert transaction.deltas.local_changes(derived.suite().id) == {}
    quotas.remove(ADMINISTRATOR, TRIAL)
    richard.upload(local())
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.upload_bytes > 10


def test_of_a_file_that_has_no_room_nothing_is_kept(
    derived: Installation, quotas: QuotaService
) -> None:
    richard = Uploader(derived)
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=10))
    read: list[bytes] = []

    def body() -> Iterator[bytes]:
        for _ in range(100):
            read.append(b"12345678")
            yield read[-1]

    told = refused(lambda: derived.uploading.put(richard.principal, "trial", "a_1.tar", body()))

    assert told == ("bytes", 10, 0, 16)
    assert len(read) == 2
    assert not stored(derived, b"12345678" * 2)
    assert not stored(derived, b"".join(read))


def test_files_of_all_senders_that_wait_count_and_what_meets_no_room_is_deleted(
    derived: Installation, quotas: QuotaService
) -> None:
    richard, andrea = Uploader(derived), Uploader(derived, "andrea")
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=10))
    richard.send("a_1.tar", b"123456")

    def meanwhile() -> Iterator[bytes]:
        yield b"abcd"
        richard.send("b_1.tar", b"789")

    told = refused(lambda: andrea.send("c_1.tar", b"abcde"))
    late = refused(
        lambda: derived.uploading.put(andrea.principal, "trial", "c_1.tar", meanwhile())
    )

    assert told == ("bytes", 10, 6, 5)
    assert late == ("bytes", 10, 9, 4)
    assert not stored(derived, b"abcd")
    assert stored(derived, b"123456")
    andrea.send("c_1.tar", b"x")
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.bytes == 0


def test_numbers_of_an_owner_and_of_teams_are_for_those_who_may_know_them(
    derived: Installation, quotas: QuotaService, lou: Principal
) -> None:
    derive(derived, lou, "one")
    developer = Principal(name="dev", role=Role.DEVELOPER)
    request = RebuildRequest(archive="one", selection="hello", reason="a test")
    quotas.set(ADMINISTRATOR, LOU, Limits(builds=0))
    known = refused(lambda: derived.rebuilding.request(ADMINISTRATOR, request))

    deeds = (derived.rebuilding.plan, derived.rebuilding.request)
    for deed in deeds:
        with pytest.raises(QuotaExceededError) as caught:
            deed(developer, request)

        error = caught.value
        assert str(error) == "whoever owns one has no room for 1 unfinished build more"
        assert (error.subject, error.limit, error.used) == ("whoever owns one", None, None)
        assert "lou" not in str(error.hint)
    assert known == ("builds", 0, 0, 1)
    quotas.set(ADMINISTRATOR, Subject(kind=SubjectKind.ARCHIVE, name="one"), Limits(builds=0))
    assert refused(lambda: deeds[0](developer, request)) == ("builds", 0, 0, 1)


def test_a_refused_upload_is_recorded_without_the_numbers_of_the_owner(
    derived: Installation, quotas: QuotaService, lou: Principal
) -> None:
    derive(derived, lou, "one")
    richard = Uploader(derived)
    quotas.set(ADMINISTRATOR, LOU, Limits(builds=0))
    source = local()
    files = source_package(source)
    files["hello_1.2-3+local1_source.changes"] = changes = signed(
        richard.name, changes_text(source, files).encode()
    )

    def send() -> None:
        for name, data in files.items():
            derived.uploading.put(ADMINISTRATOR, "one", name, [data])

    told = refused(send)

    [upload] = derived.uploading.uploads(ADMINISTRATOR, "one")
    assert told == ("builds", 0, 0, 1)
    assert upload.sentence.startswith("whoever owns one has no room for 1 unfinished build more")
    assert not stored(derived, changes)


def test_what_runs_is_accepted_over_the_limit_and_what_waits_is_not_begun(
    derived: Installation, quotas: QuotaService
) -> None:
    derived.rebuild("hello,indep")
    machine = BuildMachine(derived)
    claim = machine.claim()
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=1))

    machine.send(claim, upload_for(claim).files)
    machine.report(claim)
    derived.engine.run_all()

    assert derived.build(claim.source.name, claim.architecture).state is BuildState.BUILT
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.build_bytes > 1
    assert machine.find_claim() is None
    assert refused(lambda: derived.rebuilding.request(ADMINISTRATOR, ask("libfoo")))[0] == "bytes"
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=1 << 30))
    assert machine.find_claim() is not None


def test_an_archive_fetches_ahead_what_it_has_room_for(
    derived: Installation, quotas: QuotaService
) -> None:
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=10))
    job = derived.set(keep=Keep.ALL).job
    assert job is not None

    failed = derived.done(job)

    assert failed.state is JobState.FAILED
    assert "archive trial has 0 bytes and may have 10; this would add" in str(failed.error)
    quotas.remove(ADMINISTRATOR, TRIAL)
    again = derived.set(keep=Keep.VIEW).job
    assert again is not None
    fetched = derived.done(again).result or {}
    assert quotas.of(ADMINISTRATOR, TRIAL).usage.fetched_bytes == fetched["fetched_bytes"]


def test_a_lower_limit_takes_nothing_away(derived: Installation, quotas: QuotaService) -> None:
    derived.rebuild("hello,indep")

    found = quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=1))

    assert found.usage.builds == 2
    assert derived.build("hello").state is BuildState.NEEDS_BUILD


def test_everything_that_was_set_is_told_from_what_to_what(
    derived: Installation, quotas: QuotaService
) -> None:
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=5))
    quotas.set(ADMINISTRATOR, TRIAL, Limits(builds=5))
    quotas.set(ADMINISTRATOR, TRIAL, Limits(bytes=7))
    quotas.set(ADMINISTRATOR, EVERY_ARCHIVE, Limits(builds=9))
    quotas.remove(ADMINISTRATOR, TRIAL)
    quotas.remove(ADMINISTRATOR, TRIAL)

    rights = RightsService(derived.database, derived.clock)
    told = rights.audit(ADMINISTRATOR, AuditFilter(action=Action.MANAGE_QUOTAS))

    assert [(entry.archive, entry.subject, entry.detail) for entry in reversed(told)] == [
        ("trial", "archive trial", "none to 5 builds"),
        ("trial", "archive trial", "5 builds to 7 bytes"),
        (None, "every archive", "none to 9 builds"),
        ("trial", "archive trial", "7 bytes taken away"),
    ]
    held = quotas.of(ADMINISTRATOR, TRIAL)
    assert (held.is_own, held.limits) == (False, Limits(builds=9))


def test_only_administrators_set_limits_and_persons_see_their_own(
    quotas: QuotaService, lou: Principal
) -> None:
    deeds: list[Callable[[Principal], object]] = [
        lambda who: quotas.set(who, TRIAL, Limits(builds=1)),
        lambda who: quotas.remove(who, TRIAL),
        lambda who: quotas.of(who, EVERY_PERSON),
        quotas.all,
    ]
    for deed in deeds:
        with pytest.raises(NotAllowedError):
            deed(lou)
        with pytest.raises(NotAuthenticatedError):
            deed(ANONYMOUS)

    assert quotas.of(lou, LOU).usage.archives == 0
    assert quotas.of(ANONYMOUS, TRIAL).usage.archives == 1
    with pytest.raises(NotAllowedError):
        quotas.of(lou, Subject(kind=SubjectKind.PERSON, name="ann"))


@pytest.mark.parametrize(
    "narrowed",
    [
        {"scopes": frozenset({TokenScope.FEED})},
        {"scopes": frozenset({TokenScope.UPLOAD, TokenScope.READ})},
        {"archive": "trial"},
    ],
    ids=["feed", "upload and read", "archive"],
)
def test_a_token_that_is_narrowed_tells_nothing_of_its_person(
    quotas: QuotaService, lou: Principal, narrowed: dict[str, Any]
) -> None:
    with pytest.raises(NotAllowedError):
        quotas.of(replace(lou, **narrowed), LOU)


def test_of_a_private_archive_outsiders_are_told_nothing(
    derived: Installation, quotas: QuotaService, lou: Principal
) -> None:
    rights = RightsService(derived.database, derived.clock)
    rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    _, token = derived.people.create_token(ADMINISTRATOR, TokenRequest(person="lou", name="t2"))
    outsider = derived.people.principal(token, address="192.0.2.1")

    assert outsider.name == lou.name
    with pytest.raises(NotFoundError, match="there is no archive trial"):
        quotas.of(outsider, TRIAL)


def test_an_image_of_somebody_elses_archive_has_no_limits(quotas: QuotaService) -> None:
    with pytest.raises(InvalidInputError, match="an image of somebody else's"):
        quotas.set(
            ADMINISTRATOR, Subject(kind=SubjectKind.ARCHIVE, name="debian"), Limits(builds=1)
        )


def test_the_list_has_derived_archives_their_owners_and_whoever_has_limits(
    derived: Installation, quotas: QuotaService, lou: Principal
) -> None:
    derive(derived, lou, "one")
    derived.people.add(ADMINISTRATOR, "meg", email="meg@example.org", role=Role.MEMBER)
    quotas.set(ADMINISTRATOR, Subject(kind=SubjectKind.PERSON, name="meg"), Limits(archives=0))

    found = quotas.all(ADMINISTRATOR)

    assert [str(each.subject) for each in found] == [
        "archive one", "archive trial", "every archive", "every person", "person lou",
        "person meg",
    ]  # fmt: skip
