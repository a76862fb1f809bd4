"""Teams, grants and the audit log, on both databases."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from tests.adapters.database.stage import Stage
from tests.builders import NOW, later

from vostok.adapters.database import SqlDatabase
from vostok.domain.access import Role
from vostok.domain.audit import AuditFilter
from vostok.domain.deletion import Tombstone
from vostok.domain.quota import Limits, Subject, SubjectKind
from vostok.domain.rights import (
    EVERY_SOURCE,
    Grant,
    Holder,
    HolderKind,
    Right,
    Rights,
    SourceLimit,
)
from vostok.errors import ConflictError, NotFoundError


def person(name: str) -> Holder:
    return Holder(kind=HolderKind.PERSON, name=name)


def team(name: str) -> Holder:
    return Holder(kind=HolderKind.TEAM, name=name)


def add_person(database: SqlDatabase, name: str) -> int:
    with database.write() as transaction:
        return transaction.people.add(
            name, email=f"{name}@example.org", role=Role.MEMBER, by="admin", at=NOW
        ).id


def add_teams(database: SqlDatabase, *names: str) -> None:
    with database.write() as transaction:
        for name in names:
            transaction.teams.add(name, by="admin", at=NOW)


def put(database: SqlDatabase, name: str, *members: Holder) -> None:
    with database.write() as transaction:
        for member in members:
            transaction.teams.put_in(transaction.teams.named(name), member, by="ann", at=NOW)


def give(
    stage: Stage,
    holder: Holder,
    right: Right,
    *,
    everywhere: bool = False,
    limit: SourceLimit = EVERY_SOURCE,
) -> Grant:
    with stage.write() as transaction:
        return transaction.rights.give(
            None if everywhere else stage.archive.id, holder, right, limit=limit, by="meg", at=NOW
        )


def rights_of(stage: Stage, person_id: int | None) -> Rights:
    with stage.read() as transaction:
        return transaction.rights.of_person(person_id)


def test_a_grant_says_who_gave_it_and_when(stage: Stage) -> None:
    add_person(stage.database, "lou")
    limit = SourceLimit(component="contrib", sources=("linux-*",))

    given = give(stage, person("lou"), Right.UPLOAD, limit=limit)

    assert (given.archive, given.holder, given.right) == ("trial", person("lou"), Right.UPLOAD)
    assert (given.limit, given.granted_by, given.granted_at) == (limit, "meg", NOW)
    assert given.revoked_at is None


def test_granting_again_what_is_granted_changes_nothing(stage: Stage) -> None:
    add_person(stage.database, "lou")

    assert give(stage, person("lou"), Right.UPLOAD) == give(stage, person("lou"), Right.UPLOAD)


def test_a_right_comes_by_teams_however_deep_they_lie(stage: Stage) -> None:
    lou = add_person(stage.database, "lou")
    add_teams(stage.database, "hardware", "kernel", "drivers")
    put(stage.database, "hardware", team("kernel"))
    put(stage.database, "kernel", team("drivers"))
    put(stage.database, "drivers", person("lou"))

    give(stage, team("hardware"), Right.REBUILD)
    give(stage, team("drivers"), Right.CREATE, everywhere=True)

    rights = rights_of(stage, lou)
    assert rights.by_archive == {"trial": frozenset({Right.REBUILD})}
    assert rights.everywhere == frozenset({Right.CREATE})


def test_what_a_team_holds_its_outer_team_does_not(stage: Stage) -> None:
    lou = add_person(stage.database, "lou")
    add_teams(stage.database, "hardware", "kernel")
    put(stage.database, "hardware", team("kernel"), person("lou"))

    give(stage, team("kernel"), Right.REBUILD)

    assert rights_of(stage, lou) == Rights()


def test_a_team_cannot_lie_within_itself(database: SqlDatabase) -> None:
    add_teams(database, "hardware", "kernel", "drivers")
    put(database, "hardware", team("kernel"))
    put(database, "kernel", team("drivers"))

    for inner in ("drivers", "kernel", "hardware"):
        with pytest.raises(ConflictError, match=rf"{inner} is within hardware"):
            put(database, inner, team("hardware"))


def test_members_are_put_in_once_and_taken_out(database: SqlDatabase) -> None:
    add_person(database, "lou")
    add_teams(database, "hardware")
    put(database, "hardware", person("lou"), person("lou"))

    with database.write() as transaction:
        hardware = transaction.teams.named("hardware")
        without = transaction.teams.take_out(hardware, person("lou"))

    assert hardware.persons == ("lou",)
    assert without.persons == ()


def test_a_deleted_team_takes_its_grants_with_it(stage: Stage) -> None:
    lou = add_person(stage.database, "lou")
    add_teams(stage.database, "hardware", "kernel")
    put(stage.database, "hardware", team("kernel"))
    put(stage.database, "kernel", person("lou"))
    give(stage, team("kernel"), Right.REBUILD)

    with stage.write() as transaction:
        transaction.teams.delete(transaction.teams.named("kernel"))

    with stage.read() as transaction:
        assert [found.name for found in transaction.teams.all()] == ["hardware"]
        assert transaction.teams.named("hardware").teams == ()
    assert rights_of(stage, lou) == Rights()


def test_a_revoked_grant_holds_no_more_and_is_told_of(stage: Stage) -> None:
    lou = add_person(stage.database, "lou")
    given = give(stage, person("lou"), Right.UPLOAD)

    with stage.write() as transaction:
        revoked = transaction.rights.revoke(given.id, by="ann", at=later(9))
        again = transaction.rights.revoke(given.id, by="eve", at=later(99))

    assert (revoked.revoked_by, revoked.revoked_at) == ("ann", later(9))
    assert again == revoked
    assert rights_of(stage, lou) == Rights()
    with stage.read() as transaction:
        assert transaction.rights.grants(stage.archive.id) == []
        assert transaction.rights.grants(stage.archive.id, with_revoked=True) == [revoked]


def test_private_archives_and_their_tombstones_are_hidden_from_outsiders(stage: Stage) -> None:
    lou, meg = add_person(stage.database, "lou"), add_person(stage.database, "meg")
    give(stage, person("meg"), Right.VIEW)
    with stage.write() as transaction:
        transaction.rights.set_private(stage.archive.id, is_private=True)
        transaction.tombstones.put(
            Tombstone(
                name="old", kind="derived", archive_id=99, at=NOW, deleted_by="meg", report={},
                is_private=True,
            )
        )  # fmt: skip

    assert rights_of(stage, None).hidden == {"trial", "old"}
    assert rights_of(stage, lou).hidden == {"trial", "old"}
    assert rights_of(stage, meg).hidden == set()  # who deleted it knows of it
    with stage.read() as transaction:
        assert transaction.archives.named("trial").is_private


def test_what_a_guarantor_does_not_hold_is_of_no_use_however_far_away_they_are(
    stage: Stage,
) -> None:
    lou, meg, ann = (add_person(stage.database, name) for name in ("lou", "meg", "ann"))
    give(stage, person("lou"), Right.ADMINISTER)
    give(stage, person("meg"), Right.ADMINISTER)
    give(stage, person("ann"), Right.REBUILD)
    with stage.write() as transaction:
        for _ in range(2):
            transaction.guarantees.add(lou, meg, NOW)
        by_meg = transaction.rights.of_person(lou)
        transaction.guarantees.add(meg, ann, NOW)
        transaction.guarantees.add(ann, lou, NOW)  # and round again
        by_both = transaction.rights.of_person(lou)
        transaction.people.set_disabled(ann, NOW)
        by_nobody = transaction.rights.of_person(lou)
        names = transaction.guarantees.of(lou), transaction.guarantees.by(meg)
        transaction.guarantees.end(lou)

        assert by_meg.holds(Right.ADMINISTER, stage.archive.name)
        assert not by_both.holds(Right.ADMINISTER, stage.archive.name)
        assert by_both.holds(Right.REBUILD, stage.archive.name)
        assert by_both.guarantors == ("ann", "meg")
        assert not by_nobody.holds(Right.REBUILD, stage.archive.name)
        assert names == (["meg"], ["lou"])
        assert transaction.guarantees.all() == {"ann": ("lou",), "meg": ("ann",)}
        assert transaction.rights.of_person(lou) == transaction.rights.granted_to(lou)


def test_what_was_granted_is_found_for_all_at_once_as_for_each(stage: Stage) -> None:
    lou, meg = add_person(stage.database, "lou"), add_person(stage.database, "meg")
    add_teams(stage.database, "inner", "outer", "apart")
    put(stage.database, "outer", team("inner"))
    put(stage.database, "inner", person("lou"))
    give(stage, team("outer"), Right.UPLOAD, limit=SourceLimit(component="main"))
    give(stage, person("meg"), Right.CREATE, everywhere=True)
    limited = Subject(kind=SubjectKind.TEAM, name="outer")
    with stage.write() as transaction:
        transaction.quotas.put(limited, Limits(archives=1), by="ann", at=NOW)

        ids = {one.name: one.id for one in transaction.teams.all()}
        persons, teams = (
            transaction.rights.granted_to_persons(),
            transaction.rights.granted_to_teams(),
        )

        assert persons == {one: transaction.rights.granted_to(one) for one in (lou, meg)}
        assert persons[lou] == teams[ids["inner"]] == teams[ids["outer"]]
        assert teams[ids["apart"]] == Rights()
        assert transaction.rights.limited_teams() == {ids["inner"], ids["outer"]}


@pytest.mark.parametrize("holder", [person("nobody"), team("nobodies")])
def test_nothing_is_granted_to_nobody(stage: Stage, holder: Holder) -> None:
    with pytest.raises(NotFoundError, match=f"there is no {holder}"):
        give(stage, holder, Right.UPLOAD)


def note(database: SqlDatabase, actor: str, archive: str | None, seconds: float = 0) -> None:
    with database.write() as transaction:
        transaction.audit.note(
            at=later(seconds), actor=actor, action="upload", archive=archive, subject="hello",
            detail="2.10-4",
        )  # fmt: skip


def test_the_audit_log_is_read_by_who_where_and_since_when_the_newest_first(
    database: SqlDatabase,
) -> None:
    for actor, archive, seconds in (
        ("reader-a", "audit-x", 0), ("reader-b", "audit-x", 5), ("reader-a", "audit-y", 10),
        ("reader-a", None, 15),
    ):  # fmt: skip
        note(database, actor, archive, seconds)

    def told(**wanted: object) -> list[tuple[str, str | None]]:
        with database.read() as transaction:
            entries = transaction.audit.entries(AuditFilter(**wanted))  # type: ignore[arg-type]
        return [(entry.actor, entry.archive) for entry in entries]

    of_a = [("reader-a", None), ("reader-a", "audit-y"), ("reader-a", "audit-x")]
    assert told(actor="reader-a")[:3] == of_a
    assert told(archive="audit-x")[:2] == [("reader-b", "audit-x"), ("reader-a", "audit-x")]
    assert told(actor="reader-a", hidden=frozenset({"audit-y"}))[:2] == [of_a[0], of_a[2]]
    assert told(actor="reader-a", since=later(15))[:1] == [of_a[0]]
    with database.read() as transaction:
        first = transaction.audit.entries(AuditFilter(actor="reader-a", count=1))
        second = transaction.audit.entries(
            AuditFilter(actor="reader-a", count=1, before=first[0].number)
        )
    assert (first[0].archive, second[0].archive) == (None, "audit-y")


def test_the_audit_log_is_read_by_time_and_text_in_the_order_of_time(
    database: SqlDatabase,
) -> None:
    for subject, at in (("libfoo", 30), ("100%", 10), ("libbar", 20), ("libbar", 20)):
        with database.write() as transaction:
            transaction.audit.note(
                at=later(at), actor="timed", action="retry", archive=None, subject=subject,
                detail=f"{subject}: again",
            )  # fmt: skip

    def told(**wanted: object) -> list[str]:
        with database.read() as transaction:
            found = transaction.audit.entries(AuditFilter(actor="timed", **wanted))  # type: ignore[arg-type]
        return [entry.subject for entry in found]

    with database.read() as transaction:
        numbers = [e.number for e in transaction.audit.entries(AuditFilter(actor="timed"))]
    assert told()[:4] == ["libfoo", "libbar", "libbar", "100%"]
    assert told(since=later(20))[:3] == ["libfoo", "libbar", "libbar"]
    assert told(until=later(20))[0] == "100%"
    assert told(since=later(20), until=later(30)) == ["libbar", "libbar"]
    assert told(text="LIBB")[:2] == ["libbar", "libbar"]
    assert told(text="0%: again")[:1] == ["100%"]
    assert told(text="1_0%") == []
    assert told(before=numbers[1])[:2] == ["libbar", "100%"]
    assert told(after=numbers[2], count=2) == ["libfoo", "libbar"]
    assert told(after=numbers[3], count=1) == ["libbar"]
    assert told(after=numbers[0]) == []
    assert numbers[1] > numbers[2]
    assert told(action="retry", text="foo")[:1] == ["libfoo"]


REPLACEMENTS = {
    "sqlite": (
        (
            "insert or replace into audit_entry (id, at, actor, action, subject, detail) "
            "values ({}, 0, 'ann', 'upload', '', '')"
        ),
        (
            "replace into audit_entry (id, at, actor, action, subject, detail) "
            "values ({}, 0, 'ann', 'upload', '', '')"
        ),
    ),
    "postgresql": (
        "truncate audit_entry",
        "set local session_replication_role = replica; delete from audit_entry where id = {}",
    ),
}
BOTH = (
    "update audit_entry set actor = 'ann' where id = {}",
    "delete from audit_entry where id = {}",
    (
        "insert into audit_entry (id, at, actor, action, subject, detail) "
        "values ({}, 0, 'ann', 'upload', '', '') on conflict (id) do update set actor = 'ann'"
    ),
)


def test_an_entry_of_the_audit_log_can_in_no_way_be_changed_or_taken_away(
    database: SqlDatabase,
) -> None:
    note(database, "eve", "trial")
    with database.read() as transaction:
        before = transaction.audit.entries(AuditFilter(actor="eve", count=1))
    dialect = database.engine.dialect.name

    for statement in (*BOTH, *REPLACEMENTS[dialect]):
        text = sa.text(statement.format(before[0].number))
        with (
            pytest.raises(DBAPIError, match="only added to"),
            database.engine.begin() as connection,
        ):
            connection.execute(text)

    with database.read() as transaction:
        assert transaction.audit.entries(AuditFilter(actor="eve", count=1)) == before


def test_holders_and_colleagues_are_told_by_name_without_who_is_shut_out(stage: Stage) -> None:
    database = stage.database
    for name in ("lou", "meg", "ed", "max", "gone"):
        add_person(database, name)
    add_teams(database, "kernel", "porters", "others")
    put(database, "kernel", person("lou"), person("meg"), person("gone"))
    put(database, "porters", team("kernel"), person("ed"))
    put(database, "others", person("max"))
    give(stage, person("ed"), Right.UPLOAD)
    give(stage, team("others"), Right.REBUILD)
    give(stage, person("max"), Right.REBUILD, everywhere=True)
    with database.write() as transaction:
        lou, gone = transaction.people.named("lou").id, transaction.people.named("gone").id
        transaction.people.set_disabled(gone, NOW)
        robot = transaction.people.add("x-robot", email=None, role=Role.MEMBER, by="gone", at=NOW)
        transaction.robots.add(robot.id, purpose="works for gone", answerable_id=gone)
    give(stage, person("x-robot"), Right.UPLOAD)
    put(database, "kernel", person("x-robot"))

    with database.read() as transaction:
        on_trial = transaction.rights.holders([stage.archive.name], count_max=9)
        anywhere = transaction.rights.holders(None, count_max=9)
        around = transaction.teams.around(lou, count_max=9)
        few = transaction.teams.around(lou, count_max=1)

    assert on_trial == [team("others"), person("ed")]
    assert anywhere == [team("others"), person("ed"), person("max")]
    assert around == [
        team("kernel"), team("porters"), person("ed"), person("lou"), person("meg"),
    ]  # fmt: skip
    assert few == [team("kernel"), person("ed")]


def test_the_end_of_a_team_is_told_once_in_each_archive_in_which_it_holds_something(
    stage: Stage,
) -> None:
    add_teams(stage.database, "kernel", "other")
    for right in (Right.UPLOAD, Right.RETRY):
        give(stage, team("kernel"), right)
    give(stage, team("kernel"), Right.CREATE, everywhere=True)

    with stage.write() as transaction:
        for name in ("kernel", "other"):
            found = transaction.teams.named(name)
            transaction.audit.note_end_of_team(found, at=NOW, actor="ann", action="grant-rights")

    with stage.read() as transaction:
        entries = transaction.audit.entries(AuditFilter(archive=stage.archive.name))
    [entry] = [each for each in entries if each.action == "grant-rights"]
    assert (entry.actor, entry.at, entry.subject) == ("ann", NOW, "team kernel")
