"""Robots and who answers for them, on both databases."""

import pytest
from tests.adapters.database.stage import Stage
from tests.builders import NOW, sha256_of

from vostok.domain.access import WHOLE, Role
from vostok.domain.person import Person, PersonKind
from vostok.domain.quota import Limits, Subject, SubjectKind
from vostok.domain.rights import EVERY_SOURCE, Holder, HolderKind, Right
from vostok.errors import ConflictError, GoneError, NotFoundError

HASH = sha256_of("token")
PURPOSE = "asks for the nightly rebuild of trial"


def add_robot(stage: Stage, name: str = "nightly-robot") -> Person:
    with stage.write() as transaction:
        lou = transaction.people.add(
            f"lou-of-{name}", email="lou@example.org", role=Role.MEMBER, by="ann", at=NOW
        )
        robot = transaction.people.add(name, email=None, role=Role.MEMBER, by="ann", at=NOW)
        transaction.robots.add(robot.id, purpose=PURPOSE, answerable_id=lou.id)
        transaction.people.add_token(
            robot, token_hash=HASH, name="cron", scopes=WHOLE, archive_id=None, at=NOW,
            expires_at=None,
        )  # fmt: skip
        return transaction.people.by_id(robot.id)


def test_a_robot_is_a_person_without_an_address_for_whom_somebody_answers(stage: Stage) -> None:
    robot = add_robot(stage)

    assert (robot.kind, robot.email) == (PersonKind.ROBOT, None)
    assert robot.robot is not None
    assert (robot.robot.purpose, robot.robot.answerable) == (PURPOSE, "lou-of-nightly-robot")
    with stage.read() as transaction:
        lou = transaction.people.named("lou-of-nightly-robot")
        assert lou.kind is PersonKind.PERSON
        assert transaction.robots.answered_by(lou.id) == [robot]
        assert transaction.robots.answered_by(robot.id) == []
        assert transaction.identities.persons_with_address("") == []


def test_a_robot_is_shut_out_while_the_person_who_answers_for_it_is(stage: Stage) -> None:
    robot = add_robot(stage)
    with stage.write() as transaction:
        lou = transaction.people.named("lou-of-nightly-robot")
        assert transaction.people.principal_of(HASH, NOW) is not None

        transaction.people.set_disabled(lou.id, NOW)

        assert transaction.people.principal_of(HASH, NOW) is None
        assert transaction.people.by_id(robot.id).is_shut_out
        transaction.people.set_disabled(lou.id, None)
        assert transaction.people.principal_of(HASH, NOW) is not None


def test_of_a_deleted_robot_nothing_is_left_but_its_name(stage: Stage) -> None:
    robot = add_robot(stage)
    holder = Holder(kind=HolderKind.PERSON, name=robot.name)
    with stage.write() as transaction:
        transaction.rights.give(
            stage.archive.id, holder, Right.UPLOAD, limit=EVERY_SOURCE, by="ann", at=NOW
        )
        team = transaction.teams.add("kernel", by="ann", at=NOW)
        transaction.teams.put_in(team, holder, by="ann", at=NOW)

        assert (transaction.robots.count(), transaction.robots.count_made("ann")) == (1, 1)
        assert (transaction.people.count(), transaction.people.count(created_by="ann")) == (1, 1)
        transaction.robots.delete(robot.id, by="lou", at=NOW)

    with stage.write() as transaction:
        assert (transaction.robots.count(), transaction.robots.count_made("ann")) == (0, 1)
        assert transaction.people.count() == 1
        assert transaction.people.principal_of(HASH, NOW) is None
        assert robot.name not in {person.name for person in transaction.people.all()}
        assert transaction.rights.grants(stage.archive.id) == []
        assert transaction.teams.named("kernel").members == ()
        with pytest.raises(GoneError, match="was deleted"):
            transaction.people.named(robot.name)
        with pytest.raises(NotFoundError):
            transaction.teams.put_in(team, holder, by="ann", at=NOW)
        quota_of = Subject(kind=SubjectKind.PERSON, name=robot.name)
        with pytest.raises(NotFoundError):
            transaction.quotas.put(quota_of, Limits(builds=3), by="ann", at=NOW)
        assert transaction.quotas.all() == []
        with pytest.raises(ConflictError):
            transaction.people.add(robot.name, email=None, role=Role.MEMBER, by="x", at=NOW)
