"""Builders in the database: what they said of themselves, and what was decided about them."""

import sqlalchemy as sa
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage
from tests.builders import NOW, later, new_build, sha256_of

from vostok.adapters.database import SqlDatabase, migrate
from vostok.domain.access import Role
from vostok.domain.builder import Builder, BuilderState, token_name_of

HASH = sha256_of("a token")


def test_a_builder_is_noted_when_it_asks_for_work(stage: Stage) -> None:
    for seconds, architectures in ((0, ["amd64"]), (5, ["amd64", "i386"])):
        with stage.write() as transaction:
            transaction.builders.saw("host-1", architectures, later(seconds))

    with stage.read() as transaction:
        found = transaction.builders.all()

    assert found == [Builder(name="host-1", architectures=("amd64", "i386"), seen_at=later(5))]


def test_what_was_decided_stays_when_it_asks_again(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.builders.admit("host-1", by="ann", at=NOW)
        transaction.builders.set_state(
            "host-1", BuilderState.PAUSED, reason="a disk", by="meg", at=later(1)
        )
    with stage.write() as transaction:
        transaction.builders.saw("host-1", ["amd64"], later(2))
        transaction.builders.own("host-1", by="lou", at=later(3))

    with stage.write() as transaction:
        found = transaction.builders.lock("host-1")

    assert found == Builder(
        name="host-1",
        architectures=("amd64",),
        seen_at=later(2),
        state=BuilderState.PAUSED,
        reason="a disk",
        changed_by="meg",
        changed_at=later(1),
        added_by="ann",
        added_at=NOW,
    )


def test_a_builder_that_came_with_the_token_of_all_can_get_its_own(stage: Stage) -> None:
    with stage.write() as transaction:
        transaction.builders.saw("host-1", ["amd64"], NOW)
        transaction.builders.own("host-1", by="lou", at=later(3))

    with stage.read() as transaction:
        found = transaction.builders.find("host-1")
        nobody = transaction.builders.find("host-2")

    assert found is not None
    assert (found.added_by, found.added_at) == ("lou", later(3))
    assert nobody is None


def test_its_running_attempts_are_found_and_no_others(stage: Stage) -> None:
    first, second = stage.request(
        *(new_build(stage.add_source(name), name) for name in ("one", "two"))
    )
    _, running = stage.begin_attempt(first, builder="host-1")
    _, ended = stage.begin_attempt(second, builder="host-1")
    with stage.write() as transaction:
        transaction.builds.finish_attempt(ended.id, outcome="lost", at=NOW)

    with stage.write() as transaction:
        found = transaction.builders.running_attempts("host-1")
        others = transaction.builders.running_attempts("host-2")

    assert [attempt.id for attempt in found] == [running.id]
    assert others == []


def test_its_token_is_told_of_until_it_is_dropped(stage: Stage) -> None:
    name = token_name_of("host-1")
    with stage.write() as transaction:
        transaction.people.put_token(token_hash=HASH, name=name, role=Role.BUILDER, at=NOW)
        before = transaction.people.tokens_used([name, "builders"])
        transaction.people.note_use(HASH, later(9))
        used = transaction.people.tokens_used([name])
        dropped = transaction.people.drop_token(name)
        again = transaction.people.drop_token(name)
        after = transaction.people.tokens_used([name])

    assert (before, used, after) == ({name: None}, {name: later(9)}, {})
    assert (dropped, again) == (True, False)


def test_two_who_see_a_new_builder_at_once_note_it_once(stage: Stage) -> None:
    def see() -> None:
        with stage.write() as transaction:
            transaction.builders.saw("host-1", ["amd64"], NOW)

    outcomes = outcomes_at_once([see] * 4)

    assert outcomes == [None] * 4
    with stage.read() as transaction:
        assert len(transaction.builders.all()) == 1


def test_builders_of_before_are_active(empty_engine: sa.Engine) -> None:
    migrate(empty_engine, "0012")
    with empty_engine.begin() as connection:
        connection.execute(
            sa.text(
                "insert into builder (name, architectures, seen_at) values ('h', '[\"a\"]', 1)"
            )
        )

    migrate(empty_engine)

    with SqlDatabase(empty_engine).read() as transaction:
        [found] = transaction.builders.all()
    assert (found.state, found.architectures, found.added_by) == (
        BuilderState.ACTIVE, ("a",), None,
    )  # fmt: skip
