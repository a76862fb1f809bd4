"""What builds see of a suite, and what clients do."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)

view = sa.Table(
    "view",
    metadata,
    identity(),
    reference("suite_id", "suite.id"),
    integer("derivation"),
    integer("edition"),
    integer("toolchain_id"),  # 0 for none, so that the constraint below holds
    text("dependencies"),
    moment("created_at"),
    moment("indexed_at", nullable=True),
    sa.UniqueConstraint("suite_id", "edition", "toolchain_id", "dependencies"),
    sqlite_autoincrement=True,
)
view_file = sa.Table(
    "view_file",
    metadata,
    reference("view_id", "view.id"),
    text("path"),
    integer("size"),
    text("sha256"),
    sa.PrimaryKeyConstraint("view_id", "path"),
    sa.Index(None, "sha256"),
)
publication = sa.Table(
    "publication",
    metadata,
    identity(),
    reference("suite_id", "suite.id"),
    integer("number"),
    integer("derivation"),
    moment("at"),
    text("reason"),
    integer("sources"),
    integer("binaries"),
    integer("bytes"),
    text("base_shown"),  # `BaseShown`
    text("kept_as", nullable=True),  # what somebody who keeps it calls it, perhaps ""
    text("kept_by", nullable=True),
    sa.UniqueConstraint("suite_id", "number"),
    sqlite_autoincrement=True,
)
publication_file = sa.Table(
    "publication_file",
    metadata,
    reference("publication_id", "publication.id"),
    text("path"),
    integer("size"),
    text("sha256"),
    sa.PrimaryKeyConstraint("publication_id", "path"),
    sa.Index(None, "sha256"),
)
publication_pool = sa.Table(
    "publication_pool",
    metadata,
    reference("suite_id", "suite.id"),
    text("path"),
    integer("size"),
    text("sha256"),
    integer("since"),
    integer("until", nullable=True),
    sa.PrimaryKeyConstraint("suite_id", "path"),
    sa.Index(None, "sha256"),
)
# What publications do not show of the base, although its sources are taken; and which binaries,
# own ones too, they do not show because their source builds them no more.
publication_hidden = sa.Table(
    "publication_hidden",
    metadata,
    reference("suite_id", "suite.id"),
    text("kind"),  # binary: `name` is its file's path; source, not-built: the release's id
    text("name"),
    integer("since"),
    integer("until", nullable=True),
    sa.PrimaryKeyConstraint("suite_id", "kind", "name", "since"),
)
