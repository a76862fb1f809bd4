"""What attempts were built with: Installed-Build-Depends, each package stored once for all."""

import struct
from collections.abc import Callable, Collection, Iterator, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from vostok.adapters.database import schema
from vostok.adapters.database.given_rows import given_rows
from vostok.domain.build import Reach

_PACKAGE = schema.installed_package
_ENVIRONMENT = schema.attempt_environment
_ATTEMPT = schema.attempt
_BUILD = schema.build
ROWS_PER_FETCH = 5_000
_NAMED = ("name", "version", "architecture")


class SqlEnvironments:
    """Implements `services.repositories.Environments`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def record(self, attempt_id: int, packages: Sequence[tuple[str, str, str]]) -> None:
        """Keep the (name, version, architecture) that an attempt was built with. Twice is once."""
        ids = sorted(self._ids(sorted(set(packages))))
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        self._connection.execute(
            dialect.insert(_ENVIRONMENT)
            .values(attempt_id=attempt_id, packages=packed(ids))
            .on_conflict_do_nothing()
        )

    def _ids(self, packages: Sequence[tuple[str, str, str]]) -> list[int]:
        """Ids of packages, entered if new; in their order, lest two wait for each other."""
        columns = {name: _PACKAGE.c[name].type for name in _NAMED}
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        found: list[int] = []
        for given in given_rows(self._connection, columns, packages):
            is_known = sa.and_(*(_PACKAGE.c[name] == given.c[name] for name in _NAMED))
            new = sa.select(*given.c).where(~sa.exists().where(is_known))
            self._connection.execute(
                dialect.insert(_PACKAGE).from_select(list(_NAMED), new).on_conflict_do_nothing()
            )
            query = sa.select(_PACKAGE.c.id).join(given, is_known)
            found += self._connection.execute(query).scalars()
        return found

    def packages(self, attempt_id: int) -> list[tuple[str, str, str]]:
        """(name, version, architecture) of what an attempt was built with, by name."""
        found = self._connection.execute(
            sa.select(_ENVIRONMENT.c.packages).where(_ENVIRONMENT.c.attempt_id == attempt_id)
        ).scalar_one_or_none()
        ids = [(number,) for number in unpacked(found or b"")]
        rows: list[tuple[str, str, str]] = []
        for given in given_rows(self._connection, {"id": _PACKAGE.c.id.type}, ids):
            query = sa.select(*(_PACKAGE.c[name] for name in _NAMED)).join(
                given, given.c.id == _PACKAGE.c.id
            )
            rows += [(row.name, row.version, row.architecture) for row in
                     self._connection.execute(query)]  # fmt: skip
        return sorted(rows)

    def built_with(
        self, archive_id: int, name: str, is_meant: Callable[[str], bool]
    ) -> dict[int, str]:
        """Build -> the version of a package that it was built with, where that is meant.

        Of the attempt that was accepted, of every build of the archive. The versions are looked
        at once each, the environments as arrays: O(packages in the environments), in C.

        Args:
            archive_id: whose builds.
            name: of the installed package.
            is_meant: whether a version of it is.
        """
        versions: dict[int, str] = {
            row.id: row.version
            for row in self._connection.execute(
                sa.select(_PACKAGE.c.id, _PACKAGE.c.version).where(_PACKAGE.c.name == name)
            )
            if is_meant(row.version)
        }
        if not versions:
            return {}
        wanted = frozenset(versions)
        found: dict[int, str] = {}
        for build_id, packages in self._accepted(archive_id):
            there = wanted.intersection(unpacked(packages))
            if there:
                found[build_id] = versions[min(there)]
        return found

    def recorded(self, archive_id: int) -> frozenset[int]:
        """The builds of an archive whose environment is known."""
        return frozenset(
            self._connection.execute(
                sa.select(_ATTEMPT.c.build_id)
                .join(_ENVIRONMENT, _ENVIRONMENT.c.attempt_id == _ATTEMPT.c.id)
                .join(_BUILD, _BUILD.c.id == _ATTEMPT.c.build_id)
                .where(_BUILD.c.archive_id == archive_id)
            ).scalars()
        )

    def _accepted(self, archive_id: int) -> Iterator[tuple[int, bytes]]:
        rows = self._connection.execute(
            sa.select(_ATTEMPT.c.build_id, _ENVIRONMENT.c.packages)
            .join(_ENVIRONMENT, _ENVIRONMENT.c.attempt_id == _ATTEMPT.c.id)
            .join(_BUILD, _BUILD.c.id == _ATTEMPT.c.build_id)
            .where(
                _BUILD.c.archive_id == archive_id,
                _BUILD.c.reach != Reach.NOWHERE,
                _BUILD.c.attempt == _ATTEMPT.c.number,
            )
            .execution_options(yield_per=ROWS_PER_FETCH)
        )
        for row in rows:
            yield row.build_id, row.packages


def packed(ids: Collection[int]) -> bytes:
    """Ids as 32-bit numbers, the least significant byte first."""
    return struct.pack(f"<{len(ids)}I", *ids)


def unpacked(packages: bytes) -> tuple[int, ...]:
    """The ids that `packed` packed."""
    return struct.unpack(f"<{len(packages) // 4}I", packages)
