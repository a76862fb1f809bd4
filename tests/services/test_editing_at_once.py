"""Two persons who edit one thing at the same moment, whatever it is: one does, one is told."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.adapters.database.race import SECONDS_MAX, outcomes_at_once
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.test_webhooks import FakeSender

from vostok.adapters.person_certificates import SequoiaCertificates
from vostok.domain.access import Principal, Role, TokenScope
from vostok.domain.news import NewsTopic
from vostok.domain.quota import Limits, Subject, SubjectKind
from vostok.domain.revision import Thing, ThingKind, archive_thing
from vostok.domain.rights import NO_RIGHTS, Holder, HolderKind, Right
from vostok.domain.toolchain import parse_spec
from vostok.domain.webhook import WebhookState
from vostok.errors import ChangedError, VostokError
from vostok.services.building.builders import BuilderService
from vostok.services.deed_terms import DeedDatabase, RepeatedRequestService, terms_of_request
from vostok.services.edited_things import EDITED
from vostok.services.people.guessing import GuessingGuard
from vostok.services.people.persons import PeopleService
from vostok.services.people.quotas import QuotaService
from vostok.services.people.rights import GrantRequest, RightsService
from vostok.services.repositories import Database
from vostok.services.revisions import Condition, RevisionService
from vostok.services.telling.webhooks import WebhookChange, WebhookRequest, WebhookService
from vostok.services.toolchains.revisions import ToolchainService

Deed = Callable[[Database], object]
ANN = Holder(kind=HolderKind.PERSON, name="ann")
BEN = Holder(kind=HolderKind.PERSON, name="ben")


@pytest.fixture(
    params=["derived", pytest.param("derived_on_postgresql", marks=pytest.mark.database)]
)
def world(request: pytest.FixtureRequest) -> Installation:
    """`trial` with people, a team, a builder, a webhook and a toolchain, on both databases."""
    found: Installation = request.getfixturevalue(request.param)
    filled(found)
    return found


def filled(found: Installation) -> None:
    for name in ("ann", "ben"):
        found.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=Role.MEMBER)
    rights(found)(found.database).add_team(ADMINISTRATOR, "kernel")
    builders(found)(found.database).add(ADMINISTRATOR, "host-7")
    webhooks(found)(found.database).add(
        ADMINISTRATOR, WebhookRequest(archive="trial", address="https://example.org/hook")
    )
    toolchains(found)(found.database).create(ADMINISTRATOR, "gcc-x", parse_spec(cflags=["-O0"]))


def people(world: Installation, database: Database) -> PeopleService:
    return PeopleService(database, SequoiaCertificates(), GuessingGuard(world.clock), world.clock)


def rights(world: Installation) -> Callable[[Database], RightsService]:
    return lambda database: RightsService(database, world.clock)


def builders(world: Installation) -> Callable[[Database], BuilderService]:
    return lambda database: BuilderService(database, world.engine, world.clock)


def toolchains(world: Installation) -> Callable[[Database], ToolchainService]:
    return lambda database: ToolchainService(database, world.clock)


def webhooks(world: Installation) -> Callable[[Database], WebhookService]:
    return lambda database: WebhookService(
        database, FakeSender(), lambda: b"a key", world.clock, "http://vostok.example.org"
    )


def pairs(world: Installation) -> dict[ThingKind, tuple[Thing, Deed, Deed]]:
    """Of each kind but archives, which have a test of their own: a thing, and two deeds on it."""
    general = {
        right: GrantRequest(archive=None, holder=ANN, right=right)
        for right in (Right.CREATE, Right.BUILDERS)
    }
    on = ADMINISTRATOR

    def of(kind: ThingKind, name: str = "", number: int = 0) -> Thing:
        return Thing(kind=kind, name=name, number=number)

    def limited(kind: ThingKind, subject: SubjectKind, name: str) -> tuple[Thing, Deed, Deed]:
        who = Subject(kind=subject, name=name)
        return (
            of(kind, name),
            lambda d: QuotaService(d, world.clock).set(on, who, Limits(builds=1)),
            lambda d: QuotaService(d, world.clock).set(on, who, Limits(builds=2)),
        )

    return {
        ThingKind.ARCHIVE_LIMITS: limited(ThingKind.ARCHIVE_LIMITS, SubjectKind.ARCHIVE, "trial"),
        ThingKind.PERSON_LIMITS: limited(ThingKind.PERSON_LIMITS, SubjectKind.PERSON, "ann"),
        ThingKind.TEAM_LIMITS: limited(ThingKind.TEAM_LIMITS, SubjectKind.TEAM, "kernel"),
        ThingKind.DEFAULT_LIMITS: limited(
            ThingKind.DEFAULT_LIMITS, SubjectKind.DEFAULT, "archive"
        ),
        ThingKind.GENERAL_RIGHTS: (
            of(ThingKind.GENERAL_RIGHTS),
            lambda d: rights(world)(d).give(on, general[Right.CREATE]),
            lambda d: rights(world)(d).give(on, general[Right.BUILDERS]),
        ),
        ThingKind.TEAM: (
            of(ThingKind.TEAM, "kernel"),
            lambda d: rights(world)(d).put_in(on, "kernel", [ANN]),
            lambda d: rights(world)(d).put_in(on, "kernel", [BEN]),
        ),
        ThingKind.PERSON: (
            of(ThingKind.PERSON, "ann"),
            lambda d: people(world, d).set_disabled(on, "ann", is_disabled=True),
            lambda d: people(world, d).set_disabled(on, "ann", is_disabled=True),
        ),
        ThingKind.BUILDER: (
            of(ThingKind.BUILDER, "host-7"),
            lambda d: builders(world)(d).pause(on, "host-7", "a disk"),
            lambda d: builders(world)(d).renew_token(on, "host-7"),
        ),
        ThingKind.WEBHOOK: (
            of(ThingKind.WEBHOOK, "trial", 1),
            lambda d: webhooks(world)(d).change(
                on, "trial", 1, WebhookChange(topics=frozenset({NewsTopic.FAILED}))
            ),
            lambda d: webhooks(world)(d).change(
                on, "trial", 1, WebhookChange(state=WebhookState.OFF)
            ),
        ),
        ThingKind.TOOLCHAIN: (
            of(ThingKind.TOOLCHAIN, "gcc-x"),
            lambda d: toolchains(world)(d).create(on, "gcc-x", parse_spec(cflags=["-O1"])),
            lambda d: toolchains(world)(d).create(on, "gcc-x", parse_spec(cflags=["-O2"])),
        ),
    }


def both_at_once(
    world: Installation, thing: Thing, deeds: tuple[Deed, Deed]
) -> list[Exception | None]:
    """What becomes of two deeds that begin with the same sight, and go on once both have."""
    seen = RevisionService(world.database).of(ADMINISTRATOR, thing)
    condition = Condition(thing=thing, revisions=[seen.revision])
    have_begun = threading.Barrier(2)
    database = DeedDatabase(world.database, world.clock, kept_seconds=60)
    requests = RepeatedRequestService(world.database, world.clock)

    def made(deed: Deed) -> Callable[[], None]:
        def do() -> None:
            with terms_of_request():
                requests.begin(ADMINISTRATOR, None, condition)
                have_begun.wait(SECONDS_MAX)
                deed(database)

        return do

    return outcomes_at_once([made(deed) for deed in deeds])


def test_of_two_who_change_one_thing_one_does_and_the_other_is_told_that_it_changed(
    world: Installation,
) -> None:
    found = {
        kind: both_at_once(world, thing, (first, second))
        for kind, (thing, first, second) in pairs(world).items()
    }

    assert {*found, ThingKind.ARCHIVE} == set(ThingKind)
    assert {kind: outcomes.count(None) for kind, outcomes in found.items()} == dict.fromkeys(
        found, 1
    )
    refused = {
        kind: next(o for o in outcomes if o is not None) for kind, outcomes in found.items()
    }
    assert {
        kind for kind, error in refused.items() if not isinstance(error, ChangedError)
    } == set()


def narrowed() -> Iterator[Principal]:
    """Everybody with every token; who is a person sees `trial`, or does not know of it."""
    hidden = replace(NO_RIGHTS, hidden=frozenset({"trial"}))
    for role in Role:
        for scope in TokenScope:
            for archive in (None, "trial", "elsewhere"):
                who = Principal(
                    name="ann", role=role, scopes=frozenset({scope}), archive=archive, person_id=1
                )
                yield who
                yield replace(who, rights=hidden)


def is_told(world: Installation, who: Principal, thing: Thing) -> bool:
    """Whether a made-up revision gets an answer of how the thing stands, before or in a deed."""
    database = DeedDatabase(world.database, world.clock, kept_seconds=60)
    requests = RepeatedRequestService(world.database, world.clock)
    with terms_of_request():
        try:
            requests.begin(who, None, Condition(thing=thing, revisions=["made up"]))
            with database.write():
                return True
        except ChangedError:
            return True
        except VostokError:
            return False


def may_read(world: Installation, who: Principal, thing: Thing) -> bool:
    try:
        RevisionService(world.database).of(who, thing)
    except VostokError:
        return False
    return True


def test_only_who_may_read_a_thing_learns_from_a_condition_how_it_stands(
    derived: Installation,
) -> None:
    filled(derived)
    things = [thing for thing, _, _ in pairs(derived).values()] + [archive_thing("trial")]
    asked = [(who, thing) for who in narrowed() for thing in things]

    found = {case: is_told(derived, *case) for case in asked}

    assert {thing.kind for thing in things} == set(ThingKind)
    assert found == {case: may_read(derived, *case) for case in asked}
    assert {thing.kind for (_, thing), told in found.items() if told} == set(ThingKind)


def test_every_kind_of_thing_is_known() -> None:
    assert set(EDITED) == set(ThingKind)
