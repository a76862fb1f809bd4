"""The schema: how a database gets it, and that it is the one that the code speaks of."""

# ruff: noqa: S608 - the statements are texts of this module

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from dbos import run_dbos_database_migrations
from tests.adapters.database.race import outcomes_at_once
from tests.builders import NOW, sha256_of

from vostok.adapters.database import SqlDatabase, migrate, schema
from vostok.adapters.database.migration import MIGRATIONS, newest_revision
from vostok.domain.access import Role
from vostok.domain.build import LIVE_STATES, BuildState
from vostok.domain.package import Membership

VERSION_TABLE = "vostok_schema"
TOKEN_HASH = sha256_of("a token")
OLD_MEMBERS = """
insert into person (id, name, email, role, created_by, created_at)
  values (1, 'ed', 'ed@example.org', 'member', 'ann', 1);
insert into team (id, name, created_by, created_at)
  values (1, 'kernel', 'ann', 1), (2, 'drivers', 'ann', 1);
insert into team_member (team_id, person_id, member_team_id)
  values (1, 1, null), (1, null, 2), (2, 1, null);
insert into audit_entry (at, actor, action, subject, detail) values
  (2, 'max', 'manage-people', 'team kernel', 'person ed put in'),
  (3, 'ann', 'manage-people', 'team kernel', 'person ed taken out'),
  (4, 'meg', 'manage-people', 'team kernel', 'person ed put in'),
  (5, 'ann', 'manage-people', 'team kernel', 'team drivers put in')
"""


def test_an_empty_database_gets_every_table(empty_engine: sa.Engine) -> None:
    migrate(empty_engine)

    assert tables_of(empty_engine) == {*schema.metadata.tables, VERSION_TABLE}


def test_the_migrated_schema_is_the_one_that_the_code_speaks_of(database: SqlDatabase) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )

        differences = compare_metadata(context, schema.metadata)

    assert differences == []


def test_partial_indexes_have_the_conditions_that_the_code_speaks_of(
    database: SqlDatabase,
) -> None:
    column = {"sqlite": "sql", "postgresql": "indexdef"}[database.engine.dialect.name]
    table = {"sqlite": "sqlite_master", "postgresql": "pg_indexes"}[database.engine.dialect.name]
    name = {"sqlite": "name", "postgresql": "indexname"}[database.engine.dialect.name]
    with database.engine.connect() as connection:
        made: str = connection.execute(
            sa.select(sa.column(column))
            .select_from(sa.table(table))
            .where(sa.column(name) == "uq_build_live")
        ).scalar_one()

    assert "UNIQUE" in made
    assert {state for state in BuildState if f"'{state}'" in made} == LIVE_STATES


def test_the_newest_migration_is_the_last_file(empty_engine: sa.Engine) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_heads() == [newest_revision()]
    migrate(empty_engine, "0001")
    migrate(empty_engine)
    assert tables_of(empty_engine) == {*schema.metadata.tables, VERSION_TABLE}


def test_migrating_again_changes_nothing(database: SqlDatabase) -> None:
    with database.write() as transaction:
        transaction.people.put_token(
            token_hash=TOKEN_HASH, name="andrea", role=Role.ADMINISTRATOR, at=NOW
        )
    before = tables_of(database.engine)

    migrate(database.engine)

    assert tables_of(database.engine) == before
    with database.read() as transaction:
        assert transaction.people.principal_of(TOKEN_HASH, NOW) is not None


def test_two_that_migrate_at_once_do_not_hinder_each_other(empty_engine: sa.Engine) -> None:
    outcomes = outcomes_at_once([lambda: migrate(empty_engine)] * 2)

    assert outcomes == [None, None]
    assert tables_of(empty_engine) == {*schema.metadata.tables, VERSION_TABLE}


def test_who_put_in_those_who_are_in_teams_is_taken_from_the_audit_log(
    empty_engine: sa.Engine,
) -> None:
    migrate(empty_engine, "0018")
    with empty_engine.begin() as connection:
        for statement in OLD_MEMBERS.split(";"):
            connection.execute(sa.text(statement))

    migrate(empty_engine)

    with empty_engine.connect() as connection:
        told = connection.execute(
            sa.text("select put_in_by, put_in_at from team_member order by id")
        )
        assert [tuple(row) for row in told] == [("meg", 4), ("ann", 5), (None, None)]


def test_the_job_engines_tables_are_left_alone(empty_engine: sa.Engine) -> None:
    url = empty_engine.url.render_as_string(hide_password=False)
    run_dbos_database_migrations(system_database_url=url)
    before = definitions_of(empty_engine)

    migrate(empty_engine)

    after = definitions_of(empty_engine)
    assert before
    assert {name: after[name] for name in before} == before
    assert not {name for name in before if name in schema.metadata.tables}


def test_what_was_derived_before_derivations_had_numbers_becomes_the_first_one(
    empty_engine: sa.Engine,
) -> None:
    migrate(empty_engine, "0001")
    with empty_engine.begin() as connection:
        for statement in OLD_ROWS:
            blob = "bytea" if empty_engine.dialect.name == "postgresql" else "blob"
            connection.execute(sa.text(statement.replace("{blob}", blob)))

    migrate(empty_engine)

    with SqlDatabase(empty_engine).read() as transaction:
        whole = transaction.archives.suites(2)[0].derivation
        some = transaction.archives.suites(3)[0].derivation
        taken = transaction.derivations.taken(3, 1)
        children = transaction.archives.derived_from(1)
    assert whole is not None
    assert some is not None
    assert (whole.number, whole.is_all, whole.base) == (1, True, Membership(suite_id=1, number=4))
    assert [str(parent) for parent in some.parents] == ["debian/sid"]
    assert (some.is_all, taken) == (False, {"hello": "name hel*"})
    assert children == ["some", "whole"]


OLD_ROWS = (
    *(
        "insert into archive (id, name, kind, state, created_at, requested_by, tag, policy) "
        f"values ({number}, '{name}', '{kind}', 'active', 1, 'ann', 'x', 'never')"
        for number, name, kind in (
            (1, "debian", "external"), (2, "whole", "derived"), (3, "some", "derived"),
        )
    ),
    *(
        "insert into suite (id, archive_id, name, codename, components, architectures, snapshot, "
        "edition, publication, parent_suite_id, parent_snapshot, selection, taken, mode, unbuilt, "
        f"dependencies) values ({number}, {number}, 'sid', 'sid', '[]', '[]', 4, 0, 0, {parent}, "
        f"{snapshot}, '{selection}', 1, 'full', 'parent', 'own')"
        for number, parent, snapshot, selection in (
            (1, "null", "null", ""), (2, 1, 4, "all"), (3, 1, 4, "hel*,tree"),
        )
    ),
    *(
        f"insert into stanza (id, sha256, text) values ({number}, {digest}, '')"
        for number, digest in ((1, "cast('a' as {blob})"), (2, "cast('b' as {blob})"))
    ),
    *(
        "insert into source_release (id, name, version, architecture, directory, is_extra, "
        f"stanza_id) values ({number}, '{name}', '1', 'any', 'pool', false, {number})"
        for number, name in ((1, "hello"), (2, "world"))
    ),
    *(
        "insert into suite_source (suite_id, package_id, component, since) "
        f"values (1, {number}, 'main', 1)"
        for number in (1, 2)
    ),
)  # fmt: skip
"""What a database of the first release may hold of a parent and two archives derived from it."""


def tables_of(engine: sa.Engine) -> set[str]:
    return set(sa.inspect(engine).get_table_names())


def definitions_of(engine: sa.Engine) -> dict[str, list[str]]:
    """The columns of each table, also of those in the schema `dbos`."""
    inspector = sa.inspect(engine)
    places = [place for place in (None, "dbos") if place in (None, *inspector.get_schema_names())]
    return {
        table: [f"{column['name']} {column['type']}" for column in columns]
        for place in places
        for (_, table), columns in inspector.get_multi_columns(schema=place).items()
    }
