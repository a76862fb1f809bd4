"""The schema: how a database gets it, and that it is the one that the code speaks of."""

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from dbos import run_dbos_database_migrations
from tests.adapters.database.race import outcomes_at_once
from tests.builders import NOW, sha256_of

from vostok.adapters.database import SqlDatabase, migrate, schema
from vostok.domain.access import Role
from vostok.domain.build import LIVE_STATES, BuildState

VERSION_TABLE = "vostok_schema"
TOKEN_HASH = sha256_of("a token")


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


def test_migrating_again_changes_nothing(database: SqlDatabase) -> None:
    with database.write() as transaction:
        transaction.archives.put_token(
            token_hash=TOKEN_HASH, name="andrea", role=Role.ADMINISTRATOR, at=NOW
        )
    before = tables_of(database.engine)

    migrate(database.engine)

    assert tables_of(database.engine) == before
    with database.read() as transaction:
        assert transaction.archives.principal_of(TOKEN_HASH) is not None


def test_two_that_migrate_at_once_do_not_hinder_each_other(empty_engine: sa.Engine) -> None:
    outcomes = outcomes_at_once([lambda: migrate(empty_engine)] * 2)

    assert outcomes == [None, None]
    assert tables_of(empty_engine) == {*schema.metadata.tables, VERSION_TABLE}


def test_the_job_engines_tables_are_left_alone(empty_engine: sa.Engine) -> None:
    url = empty_engine.url.render_as_string(hide_password=False)
    run_dbos_database_migrations(system_database_url=url)
    before = definitions_of(empty_engine)

    migrate(empty_engine)

    after = definitions_of(empty_engine)
    assert before
    assert {name: after[name] for name in before} == before
    assert not {name for name in before if name in schema.metadata.tables}


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
