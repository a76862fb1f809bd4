"""Where Alembic finds connection and tables. It knows nothing of the job engine's tables."""

from alembic import context

from vostok.adapters.database.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table="vostok_schema",
    include_name=lambda name, kind, _parents: kind != "table" or name in metadata.tables,
)
context.run_migrations()
