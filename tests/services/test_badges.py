"""Badges: what was counted a moment ago is told again, to those who may see it now."""

import pytest
from tests.fakes import FakeClock
from tests.services.counting import statements_of
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.access import ANONYMOUS, Principal
from vostok.errors import NotFoundError
from vostok.services.describing import badges as badges_module
from vostok.services.describing.badges import BADGE_LASTING, BadgeService
from vostok.services.people.rights import RightsService, with_rights

CLOCK_READ_SECONDS = BADGE_LASTING.total_seconds() / 4


@pytest.fixture
def badges(derived: Installation) -> BadgeService:
    """It is asked for every fourth part of the time for which counts are kept."""
    return BadgeService(derived.database, FakeClock(step_seconds=CLOCK_READ_SECONDS))


def anybody(world: Installation) -> Principal:
    with world.database.read() as transaction:
        return with_rights(transaction, ANONYMOUS)


def test_builds_are_counted_once_for_all_who_ask_within_some_seconds(
    derived: Installation, badges: BadgeService
) -> None:
    campaign = derived.rebuild("hello, libfoo")
    with derived.database.read() as transaction:
        builds = transaction.builds.of_campaign(campaign.id)
    of_campaign = [badges.of_campaign(ANONYMOUS, "trial", 1).message]
    derived.builds.cancel(ADMINISTRATOR, builds[0].id)

    of_campaign += [badges.of_campaign(ANONYMOUS, "trial", 1).message for _ in range(4)]
    of_archive = [
        statements_of(derived.database, lambda: badges.of_archive(ANONYMOUS, "trial"))
        for _ in range(5)
    ]

    many = len(builds)
    assert of_campaign == [f"0/{many}"] * 4 + [f"0/{many - 1}"]
    assert len(set(of_archive[1:4])) == 1
    assert of_archive[0] == of_archive[4] > of_archive[1]


def test_of_those_that_are_kept_the_last_that_were_asked_for_stay(
    derived: Installation, badges: BadgeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(badges_module, "BADGES_KEPT_MAX", 1)

    def cost_of(name: str) -> int:
        return statements_of(derived.database, lambda: badges.of_archive(ANONYMOUS, name))

    costs = [cost_of(name) for name in ("trial", "trial", "debian", "trial")]

    assert costs[0] == costs[3] > costs[1]


def test_who_may_not_see_the_archive_any_more_is_told_nothing(
    derived: Installation, badges: BadgeService
) -> None:
    badges.of_archive(anybody(derived), "trial")
    rights = RightsService(derived.database, derived.clock)

    rights.set_private(ADMINISTRATOR, "trial", is_private=True)

    with pytest.raises(NotFoundError):
        badges.of_archive(anybody(derived), "trial")
    assert badges.of_archive(ADMINISTRATOR, "trial").is_private
