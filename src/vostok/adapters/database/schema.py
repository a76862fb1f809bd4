"""The tables. Rows of packages are shared by all archives; what an archive has is membership.

Membership is an interval of numbers, `since` (first) and `until` (first without it, or null): a
snapshot of an external suite, an edition of a derived suite's views, and a publication are all
read as «since <= N and (until is null or until > N)», so each costs the rows that changed.
"""

from typing import Any

import sqlalchemy as sa

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = sa.MetaData(naming_convention=NAMING)

LIVE = "state in ('needs-build', 'dep-wait', 'building', 'uploading', 'cancelling')"


def _id() -> sa.Column[int]:
    """An id that is never given twice: workflows, logs and addresses outlive deleted rows.

    On SQLite that needs `sqlite_autoincrement` on the table.
    """
    return sa.Column("id", sa.Integer, primary_key=True, autoincrement=True)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _integer(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, sa.ForeignKey(target), nullable=nullable, index=index)


def _at(name: str, *, nullable: bool = False) -> sa.Column[float]:
    """A moment: seconds since 1970 in UTC, the same on both databases."""
    return sa.Column(name, sa.Double, nullable=nullable)


stanza = sa.Table(
    "stanza",
    metadata,
    _id(),
    sa.Column("sha256", sa.LargeBinary(32), nullable=False, unique=True),
    _text("text"),
    sqlite_autoincrement=True,
)
source_release = sa.Table(
    "source_release",
    metadata,
    _id(),
    _text("name"),
    _text("version"),
    _text("architecture"),
    _text("directory"),
    sa.Column("is_extra", sa.Boolean, nullable=False),  # Extra-Source-Only: kept for I7, not taken
    _ref("stanza_id", "stanza.id"),
    sa.UniqueConstraint("stanza_id"),
    sa.Index(None, "name"),
    sqlite_autoincrement=True,
)
source_file = sa.Table(
    "source_file",
    metadata,
    _ref("source_id", "source_release.id"),
    _text("name"),
    _integer("size"),
    _text("sha256"),
    sa.PrimaryKeyConstraint("source_id", "name"),
    sa.Index(None, "sha256"),
)
binary_release = sa.Table(
    "binary_release",
    metadata,
    _id(),
    _text("name"),
    _text("version"),
    _text("architecture"),
    _text("source_name"),
    _text("source_version"),
    _text("filename"),
    _integer("size"),
    _text("sha256"),
    _ref("stanza_id", "stanza.id"),
    sa.UniqueConstraint("stanza_id"),
    sa.Index(None, "name"),
    sa.Index(None, "source_name"),
    sa.Index(None, "filename"),
    sa.Index(None, "sha256"),
    sqlite_autoincrement=True,
)

toolchain = sa.Table(
    "toolchain",
    metadata,
    _id(),
    _text("name"),
    _integer("revision"),
    sa.Column("spec", sa.JSON, nullable=False),
    _text("created_by"),
    _at("created_at"),
    sa.UniqueConstraint("name", "revision"),
    sqlite_autoincrement=True,
)
archive = sa.Table(
    "archive",
    metadata,
    _id(),
    _text("name"),
    _text("kind"),
    _text("state"),
    _at("created_at"),
    _text("requested_by"),
    _text("tag"),
    _text("policy"),
    _ref("toolchain_id", "toolchain.id", nullable=True),
    _text("key_fingerprint", nullable=True),
    _text("keep"),  # which of the parents' files are fetched before somebody needs them
    _text("serve"),  # whether clients get an absent file from here or are sent to the parent
    sa.UniqueConstraint("name"),
    sqlite_autoincrement=True,
)
suite = sa.Table(
    "suite",
    metadata,
    _id(),
    _ref("archive_id", "archive.id"),
    _text("role"),  # a suite that people see, or one that only holds packages of one (`SuiteRole`)
    _text("name"),
    _text("codename"),
    sa.Column("components", sa.JSON, nullable=False),
    sa.Column("architectures", sa.JSON, nullable=False),
    _text("mirror", nullable=True),
    sa.Column("mirrors", sa.JSON, nullable=False),  # architecture -> mirror, where it has another
    _integer("snapshot"),
    _integer("derivation"),
    _integer("edition"),
    _integer("publication"),
    _at("edition_at", nullable=True),
    _text("dependencies"),
    _text("on_removal"),
    sa.UniqueConstraint("archive_id", "role", "name"),
    sqlite_autoincrement=True,
)
snapshot = sa.Table(
    "snapshot",
    metadata,
    _ref("suite_id", "suite.id"),
    _integer("number"),
    _at("at"),
    _at("release_date", nullable=True),
    _at("valid_until", nullable=True),
    sa.Column("is_expiry_overridden", sa.Boolean, nullable=False),
    _text("release_sha256"),
    _text("signed_by"),
    _text("snapshots_url"),  # field Snapshots of the Release: where old states can be had, or ""
    _integer("sources"),
    _integer("binaries"),
    _integer("udebs"),
    _integer("pool_bytes"),  # of all files that it lists, each once
    sa.PrimaryKeyConstraint("suite_id", "number"),
)
# The mirror's own index files: a publication that shows a whole snapshot shows these very files.
snapshot_file = sa.Table(
    "snapshot_file",
    metadata,
    _ref("suite_id", "suite.id"),
    _integer("number"),
    _text("path"),
    _integer("size"),
    _text("sha256"),
    sa.PrimaryKeyConstraint("suite_id", "number", "path"),
    sa.Index(None, "sha256"),
)
# How a derived suite came to be what it is. A new one for each sync, selection and removal; the
# base is a membership: the parent's own, or one composed here under a suite of role `base`.
derivation = sa.Table(
    "derivation",
    metadata,
    _ref("suite_id", "suite.id"),
    _integer("number"),
    _at("at"),
    _text("requested_by"),
    _text("reason"),
    _text("selection"),
    sa.Column("is_all", sa.Boolean, nullable=False),
    _integer("taken"),
    _text("mode"),
    _text("unbuilt"),
    _ref("base_suite_id", "suite.id", index=True),
    _integer("base_number"),
    sa.PrimaryKeyConstraint("suite_id", "number"),
)
derivation_parent = sa.Table(
    "derivation_parent",
    metadata,
    _ref("suite_id", "suite.id"),
    _integer("derivation"),
    _integer("position"),
    _ref("parent_suite_id", "suite.id", index=True),
    _integer("number"),  # of the parent's snapshot, or of its publication if it is derived itself
    _ref("members_suite_id", "suite.id", index=True),
    _integer("rank"),
    _text("only"),
    sa.PrimaryKeyConstraint("suite_id", "derivation", "position"),
)


def _of_derivations(name: str, *more: sa.Column[Any]) -> sa.Table:
    """Facts about sources of a derived suite, each holding for an interval of derivations."""
    return sa.Table(
        name,
        metadata,
        _ref("suite_id", "suite.id"),
        _text("source"),
        *more,
        _integer("since"),
        _integer("until", nullable=True),
        sa.PrimaryKeyConstraint("suite_id", "source", "since"),
    )


taken_source = _of_derivations("taken_source", _text("reason"))
# Sources that stay at what an earlier derivation showed, though the parents have moved on.
pinned_source = _of_derivations("pinned_source", _text("kind"), _text("sentence"))
removed_source = _of_derivations("removed_source", _text("base_version"), _text("removed_by"))
# What a sync decided about each source that it did not leave as it was.
sync_decision = sa.Table(
    "sync_decision",
    metadata,
    _ref("suite_id", "suite.id"),
    _integer("derivation"),
    _text("source"),
    _text("verdict"),
    _text("before", nullable=True),
    _text("after", nullable=True),
    _text("offered", nullable=True),
    _text("sentence"),
    sa.PrimaryKeyConstraint("suite_id", "derivation", "source"),
)


def _membership(name: str, package: str, *more: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        _ref("suite_id", "suite.id"),
        _ref("package_id", f"{package}.id", index=True),
        _text("component"),
        *more,
        _integer("since"),
        _integer("until", nullable=True),
        sa.Index(None, "suite_id", "package_id"),
    )


suite_source = _membership(
    "suite_source",
    "source_release",
    # Not what is built: Extra-Source-Only, or another version of the name is the current one.
    sa.Column("is_extra", sa.Boolean, nullable=False),
)
suite_binary = _membership("suite_binary", "binary_release", _text("index_architecture"))
# Packages of the installer: a table of their own, so that no view, publication or plan of a build
# can take them for packages of the suite.
suite_udeb = _membership("suite_udeb", "binary_release", _text("index_architecture"))


def _delta(name: str, package: str, *more: sa.Column[Any]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        _id(),
        _ref("suite_id", "suite.id"),
        _ref("package_id", f"{package}.id", index=True),
        _text("component"),
        _text("kind"),
        _ref("build_id", "build.id", nullable=True, index=True),
        _ref("toolchain_id", "toolchain.id", nullable=True),
        # The derivation since which the parents' own version stands here again.
        _integer("superseded_by", nullable=True),
        *more,
        sa.Index(None, "suite_id", "package_id"),
        sqlite_autoincrement=True,
    )


# An own source needs no interval: it is published exactly while a published binary names it (I7).
delta_source = _delta(
    "delta_source",
    "source_release",
    _text("base_version", nullable=True),  # the parents' version it was made against
)
delta_binary = _delta(
    "delta_binary",
    "binary_release",
    _integer("since_edition", nullable=True),
    _integer("until_edition", nullable=True),
    _integer("since_publication", nullable=True),
    _integer("until_publication", nullable=True),
)
toolchain_swap = sa.Table(
    "toolchain_swap",
    metadata,
    _ref("suite_id", "suite.id"),
    _ref("toolchain_id", "toolchain.id"),
    _text("suffix"),
    sa.Column("producers", sa.JSON, nullable=False),
    _at("at"),
    sa.PrimaryKeyConstraint("suite_id", "toolchain_id"),
)

campaign = sa.Table(
    "campaign",
    metadata,
    _id(),
    _ref("archive_id", "archive.id"),
    _integer("number"),
    _text("reason"),
    _text("requested_by"),
    _text("selection"),
    sa.Column("architectures", sa.JSON, nullable=False),
    _ref("toolchain_id", "toolchain.id", nullable=True),
    _text("dependencies"),
    _text("state"),
    _text("sentence"),
    sa.Column("estimate", sa.JSON, nullable=True),
    _at("created_at"),
    sa.UniqueConstraint("archive_id", "number"),
    sqlite_autoincrement=True,
)
rebuild_counter = sa.Table(
    "rebuild_counter",
    metadata,
    _ref("archive_id", "archive.id"),
    _text("source"),
    _integer("last"),
    sa.PrimaryKeyConstraint("archive_id", "source"),
)
build = sa.Table(
    "build",
    metadata,
    _id(),
    _ref("archive_id", "archive.id"),
    _ref("suite_id", "suite.id"),
    _ref("source_id", "source_release.id", index=True),
    _text("source"),
    _text("source_version"),
    _text("architecture"),
    _text("builder_architecture"),
    _text("part"),
    _integer("rebuild_no"),
    _ref("campaign_id", "campaign.id", nullable=True, index=True),
    _text("version"),
    _text("version_before"),
    _text("state"),
    _text("fate"),
    _text("sentence"),
    _integer("score"),
    _integer("attempt"),
    _at("created_at"),
    _at("finished_at", nullable=True),
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
sa.Index(
    "ix_build_next",
    build.c.builder_architecture,
    build.c.score.desc(),
    build.c.id,
    sqlite_where=sa.text("state = 'needs-build'"),
    postgresql_where=sa.text("state = 'needs-build'"),
)
view = sa.Table(
    "view",
    metadata,
    _id(),
    _ref("suite_id", "suite.id"),
    _integer("derivation"),
    _integer("edition"),
    _integer("toolchain_id"),  # 0 for none, so that the constraint below holds
    _text("dependencies"),
    _at("created_at"),
    _at("indexed_at", nullable=True),
    sa.UniqueConstraint("suite_id", "edition", "toolchain_id", "dependencies"),
    sqlite_autoincrement=True,
)
view_file = sa.Table(
    "view_file",
    metadata,
    _ref("view_id", "view.id"),
    _text("path"),
    _integer("size"),
    _text("sha256"),
    sa.PrimaryKeyConstraint("view_id", "path"),
    sa.Index(None, "sha256"),
)
attempt = sa.Table(
    "attempt",
    metadata,
    _id(),
    _ref("build_id", "build.id"),
    _integer("number"),
    _text("builder"),
    _integer("edition"),
    _ref("view_id", "view.id", index=True),
    _text("token_hash"),
    _text("view_token_hash"),
    _at("started_at"),
    _at("seen_at"),
    _at("finished_at", nullable=True),
    _text("outcome", nullable=True),
    _integer("log_bytes"),
    sa.Column("result", sa.JSON, nullable=True),
    sa.UniqueConstraint("build_id", "number"),
    sa.UniqueConstraint("view_token_hash"),
    sqlite_autoincrement=True,
)
attempt_file = sa.Table(
    "attempt_file",
    metadata,
    _ref("attempt_id", "attempt.id"),
    _text("name"),
    _integer("size"),
    _text("sha256"),
    sa.PrimaryKeyConstraint("attempt_id", "name"),
    sa.Index(None, "sha256"),
)
event = sa.Table(
    "event",
    metadata,
    _id(),
    _ref("build_id", "build.id", index=True),
    _at("at"),
    _text("actor"),
    _text("state_before"),
    _text("state_after"),
    _text("sentence"),
    sqlite_autoincrement=True,
)
chroot = sa.Table(
    "chroot",
    metadata,
    _id(),
    _ref("archive_id", "archive.id"),
    _text("architecture"),
    _text("recipe"),
    _text("key"),
    _at("created_at"),
    sa.UniqueConstraint("archive_id", "key"),
    sqlite_autoincrement=True,
)
chroot_package = sa.Table(
    "chroot_package",
    metadata,
    _ref("chroot_id", "chroot.id"),
    _ref("binary_id", "binary_release.id", index=True),
    sa.PrimaryKeyConstraint("chroot_id", "binary_id"),
)

publication = sa.Table(
    "publication",
    metadata,
    _id(),
    _ref("suite_id", "suite.id"),
    _integer("number"),
    _integer("derivation"),
    _at("at"),
    _text("reason"),
    _integer("sources"),
    _integer("binaries"),
    _integer("bytes"),
    sa.UniqueConstraint("suite_id", "number"),
    sqlite_autoincrement=True,
)
publication_file = sa.Table(
    "publication_file",
    metadata,
    _ref("publication_id", "publication.id"),
    _text("path"),
    _integer("size"),
    _text("sha256"),
    sa.PrimaryKeyConstraint("publication_id", "path"),
    sa.Index(None, "sha256"),
)
publication_pool = sa.Table(
    "publication_pool",
    metadata,
    _ref("suite_id", "suite.id"),
    _text("path"),
    _integer("size"),
    _text("sha256"),
    _integer("since"),
    _integer("until", nullable=True),
    sa.PrimaryKeyConstraint("suite_id", "path"),
    sa.Index(None, "sha256"),
)

job = sa.Table(
    "job",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    _text("kind"),
    _text("archive", nullable=True),
    _text("state"),
    _text("message"),
    sa.Column("arguments", sa.JSON, nullable=False),
    _integer("done"),
    _integer("total"),
    _text("unit"),
    sa.Column("error", sa.JSON, nullable=True),
    sa.Column("result", sa.JSON, nullable=True),
    sa.Column("is_cancel_asked", sa.Boolean, nullable=False),
    _text("requested_by"),
    _at("created_at"),
    _at("started_at", nullable=True),
    _at("finished_at", nullable=True),
)
# What is left of a deleted archive: its address answers 410 until the name is used again.
tombstone = sa.Table(
    "tombstone",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    _text("kind"),
    _integer("archive_id"),
    _at("at"),
    _text("deleted_by"),
    sa.Column("report", sa.JSON, nullable=False),
)
# What may have to go with an archive whose rows are gone already; empty between deletions.
deletion_candidate = sa.Table(
    "deletion_candidate",
    metadata,
    _integer("archive_id"),
    _text("kind"),
    _text("name"),
    _integer("size", nullable=True),
    sa.Column("is_shared", sa.Boolean, nullable=False),
    sa.Column("is_done", sa.Boolean, nullable=False),
    sa.PrimaryKeyConstraint("archive_id", "kind", "name"),
)
# Bad answers of mirrors, remembered so that nobody waits for the same one again at once.
file_answer = sa.Table(
    "file_answer",
    metadata,
    _text("sha256"),
    _text("url"),
    _at("at"),
    _text("status"),
    _text("message"),
    sa.PrimaryKeyConstraint("sha256", "url"),
)
# Requests that carried a key of their sender's: asked again, they get the first answer.
request_key = sa.Table(
    "request_key",
    metadata,
    _text("principal"),
    _text("key"),
    _text("digest"),
    _text("job_id"),
    _at("at"),
    sa.PrimaryKeyConstraint("principal", "key"),
)
builder = sa.Table(
    "builder",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("architectures", sa.JSON, nullable=False),
    _at("seen_at"),
)
token = sa.Table(
    "token",
    metadata,
    sa.Column("hash", sa.Text, primary_key=True),
    _text("name"),
    _text("role"),
    _at("created_at"),
)
