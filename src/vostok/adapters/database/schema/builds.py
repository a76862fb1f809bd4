"""Campaigns, build records with attempts and events, builders and their chroots."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import (
    document,
    identity,
    integer,
    metadata,
    moment,
    reference,
    text,
)

LIVE = "state in ('needs-build', 'dep-wait', 'building', 'uploading', 'cancelling')"

campaign = sa.Table(
    "campaign",
    metadata,
    identity(),
    reference("archive_id", "archive.id"),
    integer("number"),
    text("reason"),
    text("requested_by"),
    text("selection"),
    sa.Column("architectures", sa.JSON, nullable=False),
    reference("toolchain_id", "toolchain.id", nullable=True),
    text("dependencies"),
    text("kind"),  # `CampaignKind`
    text("scheme"),
    integer("score"),
    document("request"),  # everything that was asked, as it was asked
    text("state"),
    text("sentence"),
    sa.Column("estimate", sa.JSON, nullable=True),
    moment("created_at"),
    moment("ended_at", nullable=True),  # when the last of its builds was seen to have ended
    sa.UniqueConstraint("archive_id", "number"),
    sqlite_autoincrement=True,
)
rebuild_counter = sa.Table(
    "rebuild_counter",
    metadata,
    reference("archive_id", "archive.id"),
    text("source"),
    integer("last"),
    sa.PrimaryKeyConstraint("archive_id", "source"),
)
build = sa.Table(
    "build",
    metadata,
    identity(),
    reference("archive_id", "archive.id"),
    reference("suite_id", "suite.id"),
    reference("source_id", "source_release.id", index=True),
    text("source"),
    text("source_version"),
    text("architecture"),
    text("builder_architecture"),
    text("part"),
    text("form"),  # `RebuildForm`
    # The no-change source that is built in the place of `source_id`, once it is made.
    reference("new_source_id", "source_release.id", nullable=True),
    text("reach"),  # how far its binaries get: `Reach`
    # Of a control: the failed build that it repeats, in the same view edition.
    reference("control_of", "build.id", nullable=True),
    text("warning"),  # what its version is not proved against, or ""
    integer("rebuild_no"),
    reference("campaign_id", "campaign.id", nullable=True, index=True),
    text("version"),
    text("version_before"),
    text("state"),
    text("fate"),
    text("sentence"),
    integer("score"),
    integer("attempt"),
    moment("created_at"),
    moment("finished_at", nullable=True),
    sa.UniqueConstraint("archive_id", "source", "rebuild_no", "architecture"),
    sqlite_autoincrement=True,
)
sa.Index(
    "uq_build_live",
    build.c.archive_id,
    build.c.suite_id,
    build.c.source_id,
    build.c.architecture,
    unique=True,
    sqlite_where=sa.text(LIVE),
    postgresql_where=sa.text(LIVE),
)
for _sparse in (build.c.new_source_id, build.c.control_of):  # few builds have them
    _has_one = sa.text(f"{_sparse.name} is not null")
    sa.Index(None, _sparse, sqlite_where=_has_one, postgresql_where=_has_one)
sa.Index(
    "ix_build_next",
    build.c.builder_architecture,
    build.c.score.desc(),
    build.c.id,
    sqlite_where=sa.text("state = 'needs-build'"),
    postgresql_where=sa.text("state = 'needs-build'"),
)
# Those that are to follow others are few: how many there are is told without reading the rest.
sa.Index(
    "ix_build_planned",
    build.c.archive_id,
    sqlite_where=sa.text("state = 'planned'"),
    postgresql_where=sa.text("state = 'planned'"),
)
attempt = sa.Table(
    "attempt",
    metadata,
    identity(),
    reference("build_id", "build.id"),
    integer("number"),
    text("builder"),
    integer("edition"),
    reference("view_id", "view.id", index=True),
    text("token_hash"),
    text("view_token_hash"),
    moment("started_at"),
    moment("seen_at"),
    moment("finished_at", nullable=True),
    text("outcome", nullable=True),
    integer("log_bytes"),
    integer("file_bytes"),  # of its files: the sum of `attempt_file.size`
    sa.Column("result", sa.JSON, nullable=True),
    sa.UniqueConstraint("build_id", "number"),
    sa.UniqueConstraint("view_token_hash"),
    sqlite_autoincrement=True,
)
attempt_file = sa.Table(
    "attempt_file",
    metadata,
    reference("attempt_id", "attempt.id"),
    text("name"),
    integer("size"),
    text("sha256"),
    sa.PrimaryKeyConstraint("attempt_id", "name"),
    sa.Index(None, "sha256"),
)
event = sa.Table(
    "event",
    metadata,
    identity(),
    reference("build_id", "build.id", index=True),
    moment("at"),
    text("actor"),
    text("state_before"),
    text("state_after"),
    text("sentence"),
    sqlite_autoincrement=True,
)
# Installed-Build-Depends of attempts, each package once for all of them.
installed_package = sa.Table(
    "installed_package",
    metadata,
    identity(),
    text("name"),
    text("version"),
    text("architecture"),
    sa.UniqueConstraint("name", "version", "architecture"),
    sqlite_autoincrement=True,
)
attempt_environment = sa.Table(
    "attempt_environment",
    metadata,
    sa.Column("attempt_id", sa.Integer, sa.ForeignKey("attempt.id"), primary_key=True),
    sa.Column("packages", sa.LargeBinary, nullable=False),  # ids of installed_package, packed
)
chroot = sa.Table(
    "chroot",
    metadata,
    identity(),
    reference("archive_id", "archive.id"),
    text("architecture"),
    text("recipe"),
    text("key"),
    moment("created_at"),
    sa.UniqueConstraint("archive_id", "key"),
    sqlite_autoincrement=True,
)
chroot_package = sa.Table(
    "chroot_package",
    metadata,
    reference("chroot_id", "chroot.id"),
    reference("binary_id", "binary_release.id", index=True),
    sa.PrimaryKeyConstraint("chroot_id", "binary_id"),
)
builder = sa.Table(
    "builder",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("architectures", sa.JSON, nullable=False),  # none before it asked for work
    moment("seen_at", nullable=True),
    text("state"),  # `BuilderState`
    text("reason", nullable=True),  # why it is in that state
    text("changed_by", nullable=True),
    moment("changed_at", nullable=True),
    text("added_by", nullable=True),  # of one that was added by hand, with a token of its own
    moment("added_at", nullable=True),
)
