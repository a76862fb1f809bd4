"""What an import remembers for the next one."""

import sqlalchemy as sa

from vostok.adapters.database.schema.columns import document, metadata, reference, text

import_trust = sa.Table(
    "import_trust",
    metadata,
    reference("archive_id", "archive.id"),
    sa.Column("keyring", sa.LargeBinary, nullable=True),  # OpenPGP certificates; null: Debian's
    document("fingerprints"),  # one of these must have signed, if there are any
    sa.PrimaryKeyConstraint("archive_id"),
)
# The signed files of a suite's Release as the mirror sent them: it is asked for newer ones only.
mirror_answer = sa.Table(
    "mirror_answer",
    metadata,
    reference("suite_id", "suite.id"),
    text("url"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    text("etag"),
    text("last_modified"),
    sa.PrimaryKeyConstraint("suite_id", "url"),
)
