"""How derived suites came to be what they are."""

from typing import Any

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import integer, metadata, moment, reference, text

# How a derived suite came to be what it is. A new one for each sync, selection and removal; the
# base is a membership: the parent's own, or one composed here under a suite of role `base`.
derivation = sa.Table(
    "derivation",
    metadata,
    reference("suite_id", "suite.id"),
    integer("number"),
    moment("at"),
    text("requested_by"),
    text("reason"),
    text("selection"),
    sa.Column("is_all", sa.Boolean, nullable=False),
    integer("taken"),
    text("mode"),
    text("unbuilt"),
    reference("base_suite_id", "suite.id", index=True),
    integer("base_number"),
    sa.PrimaryKeyConstraint("suite_id", "number"),
)
derivation_parent = sa.Table(
    "derivation_parent",
    metadata,
    reference("suite_id", "suite.id"),
    integer("derivation"),
    integer("position"),
    reference("parent_suite_id", "suite.id", index=True),
    integer("number"),  # of the parent's snapshot, or of its publication if it is derived itself
    reference("members_suite_id", "suite.id", index=True),
    integer("rank"),
    text("only"),
    sa.PrimaryKeyConstraint("suite_id", "derivation", "position"),
)


def _of_derivations(name: str, *more: sa.Column[Any]) -> sa.Table:
    """Facts about sources of a derived suite, each holding for an interval of derivations."""
    return sa.Table(
        name,
        metadata,
        reference("suite_id", "suite.id"),
        text("source"),
        *more,
        integer("since"),
        integer("until", nullable=True),
        sa.PrimaryKeyConstraint("suite_id", "source", "since"),
    )


taken_source = _of_derivations("taken_source", text("reason"))
# Sources that stay at what an earlier derivation showed, though the parents have moved on.
pinned_source = _of_derivations("pinned_source", text("kind"), text("sentence"))
removed_source = _of_derivations("removed_source", text("base_version"), text("removed_by"))
# What a sync decided about each source that it did not leave as it was.
sync_decision = sa.Table(
    "sync_decision",
    metadata,
    reference("suite_id", "suite.id"),
    integer("derivation"),
    text("source"),
    text("verdict"),
    text("before", nullable=True),
    text("after", nullable=True),
    text("offered", nullable=True),
    text("sentence"),
    sa.PrimaryKeyConstraint("suite_id", "derivation", "source"),
)
