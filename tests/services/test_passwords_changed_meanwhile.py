"""A password that is reset while it is being checked opens nothing any more."""

from collections.abc import Callable

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.passwords import PlainPasswords

from vostok.domain.access import Principal, Role
from vostok.domain.session import Visitor
from vostok.errors import NotAuthenticatedError
from vostok.services.people.passwords import PasswordService
from vostok.services.people.persons import TokenRequest
from vostok.services.people.sessions import SessionService

STOLEN = "correct horse battery"
FRESH = "another good password"
HOME = "192.0.2.1"


class SlowPasswords(PlainPasswords):
    """While one is found right, something else happens."""

    def __init__(self) -> None:
        self.meanwhile: list[Callable[[], object]] = []

    def is_right(self, password_hash: str | None, password: str) -> bool:
        is_right = super().is_right(password_hash, password)
        if self.meanwhile:
            self.meanwhile.pop()()
        return is_right


class Stage:
    """Lou has a password, which somebody else knows too."""

    def __init__(self, world: Installation) -> None:
        self.world, self.slow = world, SlowPasswords()
        self.passwords = PasswordService(world.database, self.slow, world.guard, world.clock)
        self.sessions = SessionService(
            world.database, self.passwords, world.guard, world.clock, session_seconds=3_600
        )
        world.people.add(ADMINISTRATOR, "lou", email="lou@example.org", role=Role.MEMBER)
        self.passwords.give(ADMINISTRATOR, "lou", STOLEN)

    def reset(self) -> None:
        self.passwords.give(ADMINISTRATOR, "lou", FRESH)

    def shut_out(self) -> None:
        self.world.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=True)

    def sign_in(self) -> None:
        self.sessions.sign_in("lou", STOLEN, address=HOME)

    def change(self) -> None:
        self.passwords.change("lou", STOLEN, "a password of the thief", address=HOME)

    def log_in(self) -> None:
        seen = self.passwords.known("lou", STOLEN, address=HOME)
        lou = Principal(name="lou", role=seen.person.role, person_id=seen.person.id)
        self.world.people.create_token(lou, TokenRequest(person="lou", name="t"), seen=seen)

    def ways_in(self) -> tuple[int, int, str]:
        """How many sessions and tokens lou has, and the password as it is kept."""
        with self.world.database.read() as transaction:
            lou = transaction.people.named("lou")
            known = transaction.sessions.person_with_password("lou", self.world.clock.now())
            sessions = transaction.sessions.of_person(lou.id, self.world.clock.now())
            tokens = transaction.people.tokens(lou.id)
        return len(sessions), len(tokens), "" if known is None else known.password_hash


@pytest.fixture
def stage(empty: Installation) -> Stage:
    return Stage(empty)


@pytest.mark.parametrize("use", [Stage.sign_in, Stage.change, Stage.log_in])
def test_a_password_that_is_reset_while_it_is_checked_opens_nothing(
    stage: Stage, use: Callable[[Stage], None]
) -> None:
    stage.slow.meanwhile.append(stage.reset)

    with pytest.raises(NotAuthenticatedError, match="was changed meanwhile"):
        use(stage)

    assert stage.ways_in() == (0, 0, stage.slow.hashed(FRESH))


@pytest.mark.parametrize("use", [Stage.sign_in, Stage.change, Stage.log_in])
def test_who_is_shut_out_while_their_password_is_checked_gets_nothing(
    stage: Stage, use: Callable[[Stage], None]
) -> None:
    stage.slow.meanwhile.append(stage.shut_out)

    with pytest.raises(NotAuthenticatedError, match="shut out"):
        use(stage)

    stage.world.people.set_disabled(ADMINISTRATOR, "lou", is_disabled=False)
    assert stage.ways_in() == (0, 0, stage.slow.hashed(STOLEN))


@pytest.mark.parametrize("use", [Stage.sign_in, Stage.change, Stage.log_in])
def test_a_password_that_nobody_changes_meanwhile_is_good(
    stage: Stage, use: Callable[[Stage], None]
) -> None:
    before = stage.ways_in()

    use(stage)

    assert stage.ways_in() != before


def test_no_session_follows_a_change_of_password_that_a_reset_overtook(stage: Stage) -> None:
    seen = stage.passwords.change("lou", STOLEN, "a password of the thief", address=HOME)
    stage.reset()

    with pytest.raises(NotAuthenticatedError, match="was changed meanwhile"):
        stage.sessions.begin_by_password(seen, Visitor(address=HOME))

    assert stage.ways_in()[0] == 0
