"""Builders as people manage them: added with a token, paused, removed; and their builds."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.services.build_machine import URL, BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, BUILDER, Installation

from vostok.domain.access import ANONYMOUS, Action, Principal, Role, TokenScope
from vostok.domain.attempt import Claim, Outcome
from vostok.domain.audit import AuditFilter
from vostok.domain.build import BuildState
from vostok.domain.builder import BuilderState
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.errors import (
    ConflictError,
    GoneError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
    ScopeMissingError,
)
from vostok.services.building.builders import BuilderService
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest, RightsService

HERE = "192.0.2.1"
NAME = "host-1"
"""That of `BuildMachine`."""


@pytest.fixture
def builders(derived: Installation) -> BuilderService:
    return BuilderService(derived.database, derived.engine, derived.clock)


def claim_as(world: Installation, who: Principal, name: str = NAME) -> Claim | None:
    return world.builds.claim(who, builder=name, architectures=["amd64"], url=URL)


def told(world: Installation) -> list[tuple[str, str]]:
    rights = RightsService(world.database, world.clock)
    entries = rights.audit(ADMINISTRATOR, AuditFilter(action=Action.MANAGE_BUILDERS))
    return [(entry.subject, entry.detail) for entry in reversed(entries)]


def test_a_paused_builder_finishes_its_build_and_gets_no_other(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello,indep")
    machine = BuildMachine(derived)
    claim = machine.claim()

    paused = builders.pause(ADMINISTRATOR, NAME, " a disk is replaced ")
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)
    derived.engine.run_all()

    assert (paused.builder.state, paused.builder.reason) == (
        BuilderState.PAUSED, "a disk is replaced",
    )  # fmt: skip
    assert [build.build_id for build in paused.at_work] == [claim.build_id]
    assert derived.build(claim.source.name, "amd64").state is BuildState.BUILT
    assert machine.find_claim() is None
    assert claim_as(derived, BUILDER, "host-2") is not None
    builders.resume(ADMINISTRATOR, NAME)
    assert builders.one(ADMINISTRATOR, NAME).builder.reason is None


def test_what_a_removed_builder_was_building_is_built_elsewhere(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello")
    machine = BuildMachine(derived)
    claim = machine.claim()
    attempt = machine.attempt(claim)

    builders.remove(ADMINISTRATOR, NAME, "it was returned")

    build = derived.build("hello")
    assert build.state is BuildState.NEEDS_BUILD
    assert (
        build.sentence == "attempt 1 ended, as builder host-1 was removed by ann: it was returned"
    )
    with pytest.raises(GoneError):
        derived.builds.attempt_of_token(attempt.id, claim.attempt_token)
    with pytest.raises(NotAllowedError, match="was removed by ann: it was returned"):
        machine.find_claim()
    derived.engine.run_all()
    assert derived.build("hello").state is BuildState.NEEDS_BUILD
    elsewhere = claim_as(derived, BUILDER, "host-2")
    assert elsewhere is not None
    assert (elsewhere.build_id, elsewhere.attempt) == (claim.build_id, 2)
    assert told(derived) == [("builder host-1", "removed: it was returned; 1 build handed back")]


def test_a_build_that_was_to_stop_is_cancelled_when_its_builder_is_removed(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello")
    claim = BuildMachine(derived).claim()
    derived.builds.cancel(ADMINISTRATOR, claim.build_id)

    builders.remove(ADMINISTRATOR, NAME, "it was returned")

    assert derived.build("hello").state is BuildState.CANCELLED


def test_what_a_removed_builder_has_reported_is_judged_as_ever(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello")
    machine = BuildMachine(derived)
    claim = machine.claim()
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)

    builders.remove(ADMINISTRATOR, NAME, "it was returned")
    derived.engine.run_all()

    assert derived.build("hello").state is BuildState.BUILT


def test_a_failure_that_a_removed_builder_has_reported_stands(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello")
    machine = BuildMachine(derived)
    machine.report(machine.claim(), Outcome.FAILED, "foo.c:1: error")

    builders.remove(ADMINISTRATOR, NAME, "it was returned")
    derived.engine.run_all()

    build = derived.build("hello")
    assert (build.state, build.sentence) == (BuildState.FAILED, "foo.c:1: error")
    assert told(derived) == [("builder host-1", "removed: it was returned")]


def test_a_build_that_was_overtaken_is_superseded_when_its_builder_is_removed(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello")
    claim = BuildMachine(derived).claim()
    job = derived.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="hello"))
    derived.done(job)

    builders.remove(ADMINISTRATOR, NAME, "it was returned")

    build = derived.build("hello")
    with derived.database.read() as transaction:
        event = transaction.builds.events(claim.build_id)[-1]
    assert build.state is BuildState.SUPERSEDED
    assert build.sentence.startswith("attempt 1 was stopped: derivation 2,")
    assert event.sentence == (
        f"{build.sentence}; builder host-1 was removed by ann: it was returned"
    )


def test_a_builder_with_a_token_of_its_own_is_let_in_with_that_one_only(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello,indep")
    _, token = builders.add(ADMINISTRATOR, "host-7")
    own = derived.people.principal(token, address=HERE)

    assert (own.role, own.name) == (Role.BUILDER, "builder host-7")
    with pytest.raises(NotAllowedError, match="has a token of its own"):
        claim_as(derived, BUILDER, "host-7")
    with pytest.raises(NotAllowedError, match="this is the token of builder host-7"):
        claim_as(derived, own, "host-1")
    assert claim_as(derived, own, "host-7") is not None
    known = builders.one(ADMINISTRATOR, "host-7")
    assert (known.has_token, known.builder.architectures) == (True, ("amd64",))
    assert known.token_used_at is not None


def test_when_its_token_was_used_is_told_only_to_who_manages_builders(
    derived: Installation, builders: BuilderService
) -> None:
    """Who may not see an archive would learn that a builder is busy with it."""
    _, token = builders.add(ADMINISTRATOR, "host-7")
    derived.people.principal(token, address=HERE)

    told = [
        builders.one(who, "host-7").token_used_at is not None
        for who in (ADMINISTRATOR, ANONYMOUS, Principal(name="meg", role=Role.MEMBER))
    ]
    [listed] = [each for each in builders.all(ANONYMOUS) if each.builder.name == "host-7"]

    assert told == [True, False, False]
    assert listed.has_token
    assert listed.token_used_at is None


@pytest.mark.parametrize(
    "deed",
    [
        lambda builders: builders.renew_token(ADMINISTRATOR, "host-7"),
        lambda builders: builders.revoke_token(ADMINISTRATOR, "host-7"),
        lambda builders: builders.remove(ADMINISTRATOR, "host-7", "it was returned"),
    ],
)
def test_a_token_that_was_replaced_revoked_or_of_a_removed_builder_opens_nothing(
    derived: Installation, builders: BuilderService, deed: Callable[[BuilderService], object]
) -> None:
    _, token = builders.add(ADMINISTRATOR, "host-7")
    assert derived.people.find_principal(token, address=HERE) is not None

    deed(builders)

    assert derived.people.find_principal(token, address=HERE) is None
    with pytest.raises(NotAllowedError):
        claim_as(derived, BUILDER, "host-7")


def test_a_removed_builder_comes_back_when_it_is_added_again(
    derived: Installation, builders: BuilderService
) -> None:
    derived.rebuild("hello")
    builders.add(ADMINISTRATOR, "host-7")
    builders.remove(ADMINISTRATOR, "host-7", "it was returned")
    for change in (
        lambda: builders.resume(ADMINISTRATOR, "host-7"),
        lambda: builders.pause(ADMINISTRATOR, "host-7", "now"),
        lambda: builders.renew_token(ADMINISTRATOR, "host-7"),
    ):
        with pytest.raises(ConflictError, match="was removed by ann"):
            change()

    known, token = builders.add(ADMINISTRATOR, "host-7")

    assert (known.builder.state, known.builder.reason) == (BuilderState.ACTIVE, None)
    assert claim_as(derived, derived.people.principal(token, address=HERE), "host-7") is not None
    with pytest.raises(ConflictError, match="there is a builder host-7 already"):
        builders.add(ADMINISTRATOR, "host-7")


def test_a_builder_that_never_asked_for_work_is_listed(builders: BuilderService) -> None:
    builders.add(ADMINISTRATOR, "host-7")

    [known] = builders.all(ANONYMOUS)

    assert (known.builder.name, known.seen_at, known.builder.architectures) == ("host-7", None, ())


def test_who_was_granted_it_manages_builders_and_nobody_else(
    derived: Installation, builders: BuilderService
) -> None:
    derived.people.add(ADMINISTRATOR, "lou", email="lou@example.org", role=Role.MEMBER)
    _, token = derived.people.create_token(ADMINISTRATOR, TokenRequest(person="lou", name="t"))
    deeds: list[Callable[[Principal], object]] = [
        lambda who: builders.add(who, "host-7"),
        lambda who: builders.pause(who, "host-7", "now"),
        lambda who: builders.resume(who, "host-7"),
        lambda who: builders.renew_token(who, "host-7"),
        lambda who: builders.revoke_token(who, "host-7"),
        lambda who: builders.remove(who, "host-7", "now"),
    ]
    developer = Principal(name="dan", role=Role.DEVELOPER)
    for deed in deeds:
        for who in (derived.people.principal(token, address=HERE), developer, BUILDER):
            with pytest.raises(NotAllowedError):
                deed(who)
        with pytest.raises(NotAuthenticatedError):
            deed(ANONYMOUS)
    assert builders.all(ADMINISTRATOR) == []

    holder = Holder(kind=HolderKind.PERSON, name="lou")
    request = GrantRequest(archive=None, holder=holder, right=Right.BUILDERS)
    RightsService(derived.database, derived.clock).give(ADMINISTRATOR, request)
    for deed in deeds:
        deed(derived.people.principal(token, address=HERE))

    assert builders.one(ADMINISTRATOR, "host-7").builder.state is BuilderState.REMOVED
    assert [detail for _, detail in told(derived)] == [
        "added, with a token of its own", "paused: now", "active", "its token was replaced",
        "its token was revoked", "removed: now",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["", "../x", "a b", "-x", "x" * 64])
def test_a_name_that_no_builder_can_have_is_refused(builders: BuilderService, name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name of a builder"):
        builders.add(ADMINISTRATOR, name)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_pausing_and_removing_need_a_reason(builders: BuilderService, reason: str) -> None:
    builders.add(ADMINISTRATOR, "host-7")

    for deed in (builders.pause, builders.remove):
        with pytest.raises(InvalidInputError, match="it needs a reason"):
            deed(ADMINISTRATOR, "host-7", reason)


def test_a_builder_that_is_not_there_cannot_be_changed(builders: BuilderService) -> None:
    with pytest.raises(NotFoundError, match="there is no builder host-9"):
        builders.pause(ADMINISTRATOR, "host-9", "now")
    with pytest.raises(NotFoundError, match="there is no builder host-9"):
        builders.one(ADMINISTRATOR, "host-9")


def test_a_token_for_builders_alone_hands_out_no_token_that_would_outlast_it(
    builders: BuilderService,
) -> None:
    builders.add(ADMINISTRATOR, "host-7")
    narrowed = replace(ADMINISTRATOR, scopes=frozenset({TokenScope.BUILDERS}))

    for deed in (
        lambda: builders.add(narrowed, "host-8"),
        lambda: builders.renew_token(narrowed, "host-7"),
    ):
        with pytest.raises(ScopeMissingError, match="the scope everything is missing"):
            deed()

    assert builders.pause(narrowed, "host-7", "a disk").builder.state is BuilderState.PAUSED
    builders.revoke_token(narrowed, "host-7")
    removed = builders.remove(narrowed, "host-7", "it was returned")
    assert removed.builder.state is BuilderState.REMOVED
