"""Archives with their suites, snapshots of external ones, and toolchains."""

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

toolchain = sa.Table(
    "toolchain",
    metadata,
    identity(),
    text("name"),
    integer("revision"),
    sa.Column("spec", sa.JSON, nullable=False),
    text("created_by"),
    moment("created_at"),
    sa.UniqueConstraint("name", "revision"),
    sqlite_autoincrement=True,
)
archive = sa.Table(
    "archive",
    metadata,
    identity(),
    text("name"),
    text("kind"),
    text("state"),
    moment("created_at"),
    text("requested_by"),
    text("tag"),
    text("policy"),
    reference("toolchain_id", "toolchain.id", nullable=True),
    text("key_fingerprint", nullable=True),
    text("keep"),  # which of the parents' files are fetched before somebody needs them
    text("scheme"),  # how versions of rebuilds are made (`VersionScheme`)
    text("vendor"),  # the word that the schemes with a vendor's suffix append, or ""
    flag("makes_binnmus"),  # whether an external archive may rebuild as `+bN` itself
    flag("makes_ubuntu_versions"),  # whether it may make `buildN` and `ubuntuN` itself
    flag("is_private"),  # whether only those see it who were granted a right on it
    flag("accepts_binaries"),  # whether uploads may hold binaries beside their source
    text("serve"),  # whether clients get an absent file from here or are sent to the parent
    sa.UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
suite = sa.Table(
    "suite",
    metadata,
    identity(),
    reference("archive_id", "archive.id"),
    text("role"),  # a suite that people see, or one that only holds packages of one (`SuiteRole`)
    text("name"),
    text("codename"),
    sa.Column("components", sa.JSON, nullable=False),
    sa.Column("architectures", sa.JSON, nullable=False),
    text("mirror", nullable=True),
    sa.Column("mirrors", sa.JSON, nullable=False),  # architecture -> mirror, where it has another
    integer("snapshot"),
    integer("derivation"),
    integer("edition"),
    integer("publication"),
    moment("edition_at", nullable=True),
    text("dependencies"),
    text("on_removal"),
    sa.UniqueConstraint("archive_id", "role", "name"),
    sqlite_autoincrement=True,
)
snapshot = sa.Table(
    "snapshot",
    metadata,
    reference("suite_id", "suite.id"),
    integer("number"),
    moment("at"),
    moment("release_date", nullable=True),
    moment("valid_until", nullable=True),
    sa.Column("is_expiry_overridden", sa.Boolean, nullable=False),
    text("release_sha256"),
    text("signed_by"),
    text("snapshots_url"),  # field Snapshots of the Release: where old states can be had, or ""
    integer("sources"),
    integer("binaries"),
    integer("udebs"),
    integer("pool_bytes"),  # of all files that it lists, each once
    sa.PrimaryKeyConstraint("suite_id", "number"),
)
# The mirror's own index files: a publication that shows a whole snapshot shows these very files.
snapshot_file = sa.Table(
    "snapshot_file",
    metadata,
    reference("suite_id", "suite.id"),
    integer("number"),
    text("path"),
    integer("size"),
    text("sha256"),
    sa.PrimaryKeyConstraint("suite_id", "number", "path"),
    sa.Index(None, "sha256"),
)
