"""Which packages suites have, and what derived ones have of their own."""

from typing import Any

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    flag,
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)


def _membership(name: str, package: str, *more: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        reference("suite_id", "suite.id"),
        reference("package_id", f"{package}.id", index=True),
        text("component"),
        *more,
        integer("since"),
        integer("until", nullable=True),
        sa.Index(None, "suite_id", "package_id"),
    )


suite_source = _membership(
    "suite_source",
    "source_release",
    # Not what is built: Extra-Source-Only, or another version of the name is the current one.
    sa.Column("is_extra", sa.Boolean, nullable=False),
)
suite_binary = _membership("suite_binary", "binary_release", text("index_architecture"))
# Packages of the installer: a table of their own, so that no view, publication or plan of a build
# can take them for packages of the suite.
suite_udeb = _membership("suite_udeb", "binary_release", text("index_architecture"))


def _delta(name: str, package: str, *more: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        identity(),
        reference("suite_id", "suite.id"),
        reference("package_id", f"{package}.id", index=True),
        text("component"),
        text("kind"),
        reference("build_id", "build.id", nullable=True, index=True),
        reference("toolchain_id", "toolchain.id", nullable=True),
        # The derivation since which the parents' own version stands here again.
        integer("superseded_by", nullable=True),
        *more,
        sa.Index(None, "suite_id", "package_id"),
        sqlite_autoincrement=True,
    )


# An own source needs no interval: it is published exactly while a published binary names it (I7).
delta_source = _delta(
    "delta_source",
    "source_release",
    text("base_version", nullable=True),  # the parents' version it was made against
)
delta_binary = _delta(
    "delta_binary",
    "binary_release",
    flag("is_view_only"),  # never published: built under a profile that changes binaries
    integer("since_edition", nullable=True),
    integer("until_edition", nullable=True),
    integer("since_publication", nullable=True),
    integer("until_publication", nullable=True),
)
toolchain_swap = sa.Table(
    "toolchain_swap",
    metadata,
    reference("suite_id", "suite.id"),
    reference("toolchain_id", "toolchain.id"),
    text("suffix"),
    sa.Column("producers", sa.JSON, nullable=False),
    moment("at"),
    sa.PrimaryKeyConstraint("suite_id", "toolchain_id"),
)
