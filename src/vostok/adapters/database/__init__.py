"""The database: SQLite on one machine, PostgreSQL when that is too small. Explicit SQL, no ORM."""

from vostok.adapters.database.connection import SqlDatabase, SqlTransaction, create_engine
from vostok.adapters.database.migration import migrate

__all__ = ["SqlDatabase", "SqlTransaction", "create_engine", "migrate"]
