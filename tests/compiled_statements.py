"""Engines of a test process share the statements that they have compiled.

A test has an engine of its own, which lives for a moment; a third of its time would go into
compiling once more what the test before has compiled. A process of Vostok has one engine, and
compiles a statement once.
"""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.util import LRUCache

STATEMENTS_MAX: Final = 4_000
PLAIN: Final = (str, int, bool, tuple, type, type(None))

_first: dict[tuple[object, ...], sa.Dialect] = {}
_compiled: dict[sa.Dialect, LRUCache[object, object]] = {}


def share_compiled_statements() -> None:
    """Have each engine that connects from now on use what others like it have compiled."""
    sa.event.listen(sa.Engine, "engine_connect", _share)


def _share(connection: sa.Connection) -> None:
    engine = connection.engine
    if engine.dialect not in _compiled:
        dialect = _first.setdefault(_kind(engine.dialect), engine.dialect)
        _compiled.setdefault(dialect, LRUCache(STATEMENTS_MAX))
        engine.dialect = dialect  # with it statements are found again
        engine.update_execution_options(compiled_cache=_compiled[dialect])
    connection.dialect = engine.dialect
    connection.execution_options(compiled_cache=_compiled[engine.dialect])


def _kind(dialect: sa.Dialect) -> tuple[object, ...]:
    """Dialects with the same plain attributes, its database's version among them, are alike."""
    plain = {name: value for name, value in vars(dialect).items() if isinstance(value, PLAIN)}
    return (type(dialect), *sorted(plain.items(), key=lambda item: item[0]))
