"""Packages that swap a suite's compilers, of each toolchain, and what these call themselves."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import seconds
from vostok.domain.package import DeltaKind

_SOURCE = schema.source_release
_DELTA_SOURCE = schema.delta_source
_SWAP = schema.toolchain_swap


class SqlSwaps:
    """Implements what `services.repositories.Deltas` has of swapped toolchains."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def swapped_sources(self, suite_id: int) -> frozenset[str]:
        """Names of the sources that toolchains of a suite make anew."""
        rows = self._connection.execute(
            sa.select(_SOURCE.c.name)
            .join(_DELTA_SOURCE, _DELTA_SOURCE.c.package_id == _SOURCE.c.id)
            .where(
                _DELTA_SOURCE.c.suite_id == suite_id,
                _DELTA_SOURCE.c.kind == DeltaKind.TOOLCHAIN,
            )
        )
        return frozenset(rows.scalars())

    def forget_swaps(self, suite_id: int) -> None:
        """Have the packages of every toolchain made anew when they are needed next."""
        self._connection.execute(_SWAP.delete().where(_SWAP.c.suite_id == suite_id))

    def swap_suffix(self, suite_id: int, toolchain_id: int) -> str | None:
        """The version suffix of the packages that swap the toolchain, if they are made."""
        query = sa.select(_SWAP.c.suffix).where(
            _SWAP.c.suite_id == suite_id,
            _SWAP.c.toolchain_id == toolchain_id,
        )
        return self._connection.execute(query).scalar_one_or_none()

    def add_swap(
        self,
        suite_id: int,
        toolchain_id: int,
        *,
        suffix: str,
        producers: Mapping[str, Sequence[str]],
        at: datetime,
    ) -> None:
        """Note that the packages that swap the toolchain are made, and what they compile as."""
        self._connection.execute(
            _SWAP.insert().values(
                suite_id=suite_id,
                toolchain_id=toolchain_id,
                suffix=suffix,
                producers={name: list(patterns) for name, patterns in producers.items()},
                at=seconds(at),
            )
        )

    def swap_producers(self, suite_id: int, toolchain_id: int, architecture: str) -> list[str]:
        """Patterns of what the toolchain's compilers call themselves on an architecture."""
        query = sa.select(_SWAP.c.producers).where(
            _SWAP.c.suite_id == suite_id, _SWAP.c.toolchain_id == toolchain_id
        )
        producers: dict[str, list[str]] = (
            self._connection.execute(query).scalar_one_or_none() or {}
        )
        return producers.get(architecture, [])
