"""Two persons who edit one archive at the same moment: the second is told what the first did."""

import threading
from collections.abc import Callable

import pytest
from tests.adapters.database.race import SECONDS_MAX, outcomes_at_once
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.archive import RebuildPolicy
from vostok.domain.revision import archive_thing
from vostok.errors import ChangedError
from vostok.services.deed_terms import DeedDatabase, RepeatedRequestService, terms_of_request
from vostok.services.deriving.archive_settings import AskedSettings, SettingService
from vostok.services.people.rights import RightsService
from vostok.services.revisions import Condition, RevisionService


@pytest.fixture(
    params=["derived", pytest.param("derived_on_postgresql", marks=pytest.mark.database)]
)
def world(request: pytest.FixtureRequest) -> Installation:
    """`trial` on SQLite, and on PostgreSQL, where writers run beside each other."""
    found: Installation = request.getfixturevalue(request.param)
    return found


def on_condition(
    world: Installation, persons: int
) -> Callable[[Callable[[DeedDatabase], object]], Callable[[], None]]:
    """Makes deeds that each begin with what is seen now, and go on once all of them have begun."""
    seen = RevisionService(world.database).of(ADMINISTRATOR, archive_thing("trial"))
    condition = Condition(thing=archive_thing("trial"), revisions=[seen.revision])
    have_begun = threading.Barrier(persons)
    database = DeedDatabase(world.database, world.clock, kept_seconds=60)
    requests = RepeatedRequestService(world.database, world.clock)

    def made(deed: Callable[[DeedDatabase], object]) -> Callable[[], None]:
        def do() -> None:
            with terms_of_request():
                requests.begin(ADMINISTRATOR, None, condition)
                have_begun.wait(SECONDS_MAX)
                deed(database)

        return do

    return made


def set_policy(world: Installation, policy: RebuildPolicy) -> Callable[[DeedDatabase], object]:
    def deed(database: DeedDatabase) -> object:
        service = SettingService(database, world.keeping, world.clock)
        return service.set(ADMINISTRATOR, "trial", AskedSettings(policy=policy))

    return deed


def set_private(world: Installation) -> Callable[[DeedDatabase], object]:
    def deed(database: DeedDatabase) -> object:
        return RightsService(database, world.clock).set_private(
            ADMINISTRATOR, "trial", is_private=True
        )

    return deed


def test_of_two_who_change_one_setting_one_does_and_the_other_is_told_to_what(
    world: Installation,
) -> None:
    made = on_condition(world, 2)
    wanted = [RebuildPolicy.NEVER, RebuildPolicy.ON_EVERY_SYNC]

    outcomes = outcomes_at_once([made(set_policy(world, policy)) for policy in wanted])

    [refused] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(refused, ChangedError), outcomes
    winner = wanted[outcomes.index(None)]
    assert (refused.changed, refused.now) == (("policy",), {"policy": winner})
    assert world.archive().policy == winner


def test_of_two_who_change_different_things_one_does_and_the_other_looks_again(
    world: Installation,
) -> None:
    made = on_condition(world, 2)

    outcomes = outcomes_at_once(
        [made(set_policy(world, RebuildPolicy.NEVER)), made(set_private(world))]
    )

    [refused] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(refused, ChangedError), outcomes
    is_policy_set = outcomes[0] is None
    assert refused.now == ({"policy": "never"} if is_policy_set else {"visibility": True})
    assert (world.archive().policy == "never", world.archive().is_private) == (
        is_policy_set,
        not is_policy_set,
    )


def test_of_many_exactly_one_does(world: Installation) -> None:
    made = on_condition(world, 6)

    outcomes = outcomes_at_once([made(set_policy(world, RebuildPolicy.NEVER))] * 6)

    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, ChangedError) for outcome in outcomes) == 5
