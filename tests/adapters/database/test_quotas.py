"""Quotas in the database: limits, what is counted of archives, and two who ask at once."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from tests.adapters.database.race import outcomes_at_once
from tests.adapters.database.stage import Stage, add_derived, derived_archive
from tests.builders import NOW, later, new_build, sha256_of

from vostok.adapters.database import SqlDatabase, SqlTransaction, migrate, schema
from vostok.adapters.database.migration import MIGRATIONS
from vostok.domain.access import Principal, Role
from vostok.domain.build import AttemptFile, BuildState
from vostok.domain.quota import (
    EVERY_PERSON,
    Asked,
    Limits,
    Subject,
    SubjectKind,
    Usage,
)
from vostok.domain.rights import Holder, HolderKind
from vostok.domain.upload import NewUpload, SentFile, UploadState
from vostok.errors import NotFoundError, QuotaExceededError
from vostok.services.people.quotas import hold_room, hold_room_of_owner

ANDREA = Subject(kind=SubjectKind.PERSON, name="andrea")
KERNEL = Subject(kind=SubjectKind.TEAM, name="kernel")
TRIAL = Subject(kind=SubjectKind.ARCHIVE, name="trial")


def usage_of(stage: Stage, subject: Subject = TRIAL) -> Usage:
    with stage.read() as transaction:
        builds = transaction.quotas.unfinished_builds()
        return transaction.quotas.ledger().totals(builds).get(subject, Usage())


def put(stage: Stage, subject: Subject, **limits: int) -> None:
    with stage.write() as transaction:
        transaction.quotas.put(subject, Limits(**limits), by="ann", at=NOW)


def add_person(transaction: SqlTransaction, name: str) -> None:
    email = f"{name}@example.org"
    transaction.people.add(name, email=email, role=Role.MEMBER, by="ann", at=NOW)


def test_limits_are_kept_replaced_and_taken_away(stage: Stage) -> None:
    with stage.write() as transaction:
        add_person(transaction, "andrea")
        transaction.teams.add("kernel", by="ann", at=NOW)
    put(stage, TRIAL, builds=5)
    put(stage, TRIAL, bytes=7)
    put(stage, EVERY_PERSON, archives=2)
    for subject in (ANDREA, KERNEL):
        put(stage, subject, archives=1, builds=2, bytes=3)

    with stage.write() as transaction:
        was_there = transaction.quotas.remove(KERNEL)
        is_there = transaction.quotas.remove(KERNEL)
        found = transaction.quotas.all()

    assert (was_there, is_there) == (True, False)
    assert {known.subject: known.limits for known in found} == {
        TRIAL: Limits(bytes=7),
        EVERY_PERSON: Limits(archives=2),
        ANDREA: Limits(archives=1, builds=2, bytes=3),
    }
    assert {(known.set_by, known.set_at) for known in found} == {("ann", NOW)}


@pytest.mark.parametrize("kind", [SubjectKind.ARCHIVE, SubjectKind.PERSON, SubjectKind.TEAM])
def test_nobody_who_is_not_there_gets_limits(stage: Stage, kind: SubjectKind) -> None:
    with stage.write() as transaction, pytest.raises(NotFoundError):
        transaction.quotas.put(
            Subject(kind=kind, name="nobody"), Limits(builds=1), by="ann", at=NOW
        )


def test_bytes_are_counted_as_they_come_and_a_file_that_is_sent_again_once(stage: Stage) -> None:
    [build] = stage.request()
    _, attempt = stage.begin_attempt(build)
    for size in (100, 30):
        file = AttemptFile(name="hello.deb", size=size, sha256=sha256_of(str(size)))
        with stage.write() as transaction:
            transaction.builds.put_file(attempt.id, file)
    for size in (5, 12):
        with stage.write() as transaction:
            transaction.builds.set_log_bytes(attempt.id, size)
    with stage.write() as transaction:
        transaction.uploads.add(upload_of(stage, 40, 2))
        transaction.quotas.add_fetched(stage.archive.id, 1000)

    found = usage_of(stage)

    assert (found.build_bytes, found.log_bytes) == (30, 12)
    assert (found.upload_bytes, found.fetched_bytes) == (42, 1000)
    assert found.bytes == 1084
    assert found.build_bytes == summed(stage, schema.attempt_file)
    assert found.upload_bytes == summed(stage, schema.upload_file)


def upload_of(stage: Stage, *sizes: int) -> NewUpload:
    return NewUpload(
        archive_id=stage.archive.id,
        suite_id=stage.suite.id,
        person_id=None,
        uploaded_by="andrea",
        signed_by="",
        changes_name="hello.changes",
        changes_sha256=sha256_of("changes"),
        signature=sha256_of("signature"),
        source="hello",
        version="1",
        state=UploadState.ACCEPTED,
        sentence="",
        at=NOW,
        files=tuple(
            SentFile(name=f"file{size}", size=size, sha256=sha256_of(str(size))) for size in sizes
        ),
    )


def summed(stage: Stage, table: sa.Table) -> int:
    with stage.database.engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.sum(table.c.size))).scalar_one())


def test_builds_count_until_they_have_ended_and_those_that_are_to_follow_too(
    stage: Stage,
) -> None:
    waiting, running, ended = stage.request(
        *(new_build(stage.add_source(name), name) for name in ("one", "two", "three"))
    )
    planned = new_build(stage.add_source("four"), "four")
    stage.begin_attempt(running)
    stage.move(ended, BuildState.CANCELLED)
    with stage.write() as transaction:
        transaction.builds.add(
            stage.archive.id, stage.suite.id, waiting.campaign_id, [planned],
            score=0, actor="andrea", at=NOW, why="later", state=BuildState.PLANNED,
        )  # fmt: skip

    assert usage_of(stage).builds == 3


def test_a_team_uses_what_everybody_in_it_made_however_deep(stage: Stage) -> None:
    with stage.write() as transaction:
        add_person(transaction, "andrea")
        add_person(transaction, "lou")
        kernel = transaction.teams.add("kernel", by="ann", at=NOW)
        drivers = transaction.teams.add("drivers", by="ann", at=NOW)
        for team, member in (
            (kernel, Holder(kind=HolderKind.TEAM, name="drivers")),
            (drivers, Holder(kind=HolderKind.PERSON, name="andrea")),
        ):
            transaction.teams.put_in(team, member, by="ann", at=NOW)
        add_derived(transaction, "other", stage.parent_suite, tag="other")
    put(stage, KERNEL, archives=5)

    assert usage_of(stage, KERNEL).archives == 2
    assert usage_of(stage, ANDREA).archives == 2
    assert usage_of(stage, Subject(kind=SubjectKind.PERSON, name="lou")).archives == 0


def test_an_archive_that_goes_takes_its_limits_and_what_it_used_along(stage: Stage) -> None:
    put(stage, TRIAL, builds=5)
    with stage.write() as transaction:
        transaction.quotas.add_fetched(stage.archive.id, 9)

    with stage.write() as transaction:
        transaction.deletion.delete_rows(stage.archive.id)

    with stage.read() as transaction:
        assert transaction.quotas.all() == []
        assert "trial" not in {known.name for known in transaction.quotas.ledger().archives}
    assert not {"quota", "archive_usage"} & stage.row_counts().keys()


def test_a_team_that_goes_takes_its_limits_along(stage: Stage) -> None:
    with stage.write() as transaction:
        team = transaction.teams.add("kernel", by="ann", at=NOW)
    put(stage, KERNEL, builds=5)

    with stage.write() as transaction:
        transaction.teams.delete(team)

    with stage.read() as transaction:
        assert transaction.quotas.all() == []


def test_of_two_who_derive_at_once_only_one_has_room(stage: Stage) -> None:
    with stage.write() as transaction:
        add_person(transaction, "andrea")
    put(stage, EVERY_PERSON, archives=2)
    andrea = Principal(name="andrea", role=Role.MEMBER, person_id=1)

    def derive(name: str) -> str:
        with stage.write() as transaction:
            hold_room_of_owner(transaction, andrea, Asked(archives=1))
            return add_derived(transaction, name, stage.parent_suite, tag=name)[0].name

    outcomes = outcomes_at_once([lambda: derive("one"), lambda: derive("two")])

    assert {type(outcome) for outcome in outcomes} == {QuotaExceededError, str}
    assert usage_of(stage, ANDREA).archives == 2


def test_of_two_who_request_at_once_in_two_archives_of_one_owner_only_one_has_room(
    stage: Stage,
) -> None:
    with stage.write() as transaction:
        add_person(transaction, "andrea")
        other, other_suite = add_derived(transaction, "other", stage.parent_suite, tag="other")
    put(stage, ANDREA, builds=1)
    places = {"trial": (stage.archive, stage.suite), "other": (other, other_suite)}

    andrea = Principal(name="andrea", role=Role.MEMBER, person_id=1)

    def request(name: str) -> str:
        archive, suite = places[name]
        with stage.write() as transaction:
            hold_room(transaction, andrea, archive, Asked(builds=1))
            transaction.builds.add(
                archive.id, suite.id, None, [new_build(stage.hello_id)],
                score=0, actor="andrea", at=later(1), why="a test",
            )  # fmt: skip
            return name

    outcomes = outcomes_at_once([lambda: request("trial"), lambda: request("other")])

    assert {type(outcome) for outcome in outcomes} == {QuotaExceededError, str}
    assert usage_of(stage, ANDREA).builds == 1


def go_back(engine: sa.Engine, revision: str) -> None:
    """Undo the migrations after one, so that rows of today are rows of then."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    writing = engine.execution_options(vostok_writing=True)
    with writing.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, revision)


def test_what_there_was_before_usage_was_counted_is_counted(empty_engine: sa.Engine) -> None:
    migrate(empty_engine)
    stage = derived_archive(SqlDatabase(empty_engine))
    [build] = stage.request()
    _, attempt = stage.begin_attempt(build)
    file, upload, upload_file = schema.attempt_file, schema.upload, schema.upload_file
    with empty_engine.begin() as connection:
        rows = [
            {"attempt_id": attempt.id, "name": name, "size": size, "sha256": "x"}
            for name, size in (("a.deb", 3), ("b.deb", 4))
        ]
        connection.execute(file.insert(), rows)
        connection.execute(schema.attempt.update().values(log_bytes=5))
        values = {column.name: "" for column in upload.c if isinstance(column.type, sa.Text)} | {
            "archive_id": stage.archive.id,
            "at": 1.0,
        }
        connection.execute(upload.insert().values(values))
        named = {"upload_id": 1, "name": "c.dsc", "size": 40, "sha256": "y"}
        connection.execute(upload_file.insert().values(named))
    go_back(empty_engine, "0012")

    migrate(empty_engine)

    found = usage_of(stage)
    assert (found.build_bytes, found.log_bytes, found.upload_bytes) == (7, 5, 40)
    assert usage_of(stage, Subject(kind=SubjectKind.ARCHIVE, name="debian")).bytes == 0
