"""Forms of rebuilds, what a request asked, persons with keys and tokens, uploads."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'


def upgrade() -> None:
    """Apply. What was rebuilt before has the one form and reach that there was."""
    _create_tables()
    _add_columns()
    _add_references()
    op.get_bind().execute(sa.text("update build set form = 'source' where part = 'all'"))
    # Publications were recorded file by file, but for those that show a whole base.
    op.get_bind().execute(sa.text(
        "update publication set base_shown = 'whole' where exists (select 1 from derivation "
        "where derivation.suite_id = publication.suite_id "
        "and derivation.number = publication.derivation "
        "and derivation.is_all and derivation.unbuilt = 'parent' "
        "and not exists (select 1 from derivation_parent "
        "where derivation_parent.suite_id = derivation.suite_id "
        "and derivation_parent.derivation = derivation.number "
        "and derivation_parent.members_suite_id <> derivation_parent.parent_suite_id))"
    ))


def _create_tables() -> None:
    op.create_table('publication_hidden',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_publication_hidden_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'kind', 'name', 'since', name=op.f('pk_publication_hidden'))
    )
    op.create_index(op.f('ix_source_release_directory'), 'source_release', ['directory'], unique=False)
    op.create_table('installed_package',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('architecture', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_installed_package')),
    sa.UniqueConstraint('name', 'version', 'architecture', name=op.f('uq_installed_package_name_version_architecture')),
    sqlite_autoincrement=True
    )
    op.create_table('attempt_environment',
    sa.Column('attempt_id', sa.Integer(), nullable=False),
    sa.Column('packages', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['attempt_id'], ['attempt.id'], name=op.f('fk_attempt_environment_attempt_id')),
    sa.PrimaryKeyConstraint('attempt_id', name=op.f('pk_attempt_environment'))
    )
    op.create_table('person',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('email', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.Column('disabled_at', sa.Double(), nullable=True),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person')),
    sa.UniqueConstraint('name', name=op.f('uq_person_name')),
    sqlite_autoincrement=True
    )
    op.create_table('session',
    sa.Column('hash', sa.Text(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('token_hash', sa.Text(), nullable=True),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.Column('expires_at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_session_person_id')),
    sa.PrimaryKeyConstraint('hash', name=op.f('pk_session'))
    )
    op.create_index(op.f('ix_session_person_id'), 'session', ['person_id'], unique=False)
    op.create_table('person_key',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('fingerprint', sa.Text(), nullable=False),
    sa.Column('certificate', sa.Text(), nullable=False),
    sa.Column('added_by', sa.Text(), nullable=False),
    sa.Column('added_at', sa.Double(), nullable=False),
    sa.Column('revoked_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_key_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_key')),
    sa.UniqueConstraint('fingerprint', name=op.f('uq_person_key_fingerprint')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_person_key_person_id'), 'person_key', ['person_id'], unique=False)
    op.create_table('upload',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('archive_id', sa.Integer(), nullable=False),
    sa.Column('suite_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('uploaded_by', sa.Text(), nullable=False),
    sa.Column('signed_by', sa.Text(), nullable=False),
    sa.Column('changes_name', sa.Text(), nullable=False),
    sa.Column('changes_sha256', sa.Text(), nullable=False),
    sa.Column('signature_sha256', sa.Text(), nullable=True),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_upload_archive_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_upload_person_id')),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_upload_suite_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload')),
    sa.UniqueConstraint('signature_sha256', name=op.f('uq_upload_signature_sha256')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_upload_archive_id'), 'upload', ['archive_id'], unique=False)
    op.create_index(op.f('ix_upload_person_id'), 'upload', ['person_id'], unique=False)
    op.create_table('upload_file',
    sa.Column('upload_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['upload_id'], ['upload.id'], name=op.f('fk_upload_file_upload_id')),
    sa.PrimaryKeyConstraint('upload_id', 'name', name=op.f('pk_upload_file'))
    )
    op.create_index(op.f('ix_upload_file_sha256'), 'upload_file', ['sha256'], unique=False)
    op.create_table('spool_file',
    sa.Column('archive_id', sa.Integer(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_spool_file_archive_id')),
    sa.PrimaryKeyConstraint('archive_id', 'owner', 'name', name=op.f('pk_spool_file'))
    )
    op.create_index(op.f('ix_spool_file_sha256'), 'spool_file', ['sha256'], unique=False)


def _add_columns() -> None:
    """New columns; the defaults are for the rows that are there."""
    for table, name, kind, default in (
        ('archive', 'scheme', sa.Text(), 'safe'),
        ('archive', 'vendor', sa.Text(), ''),
        ('archive', 'makes_binnmus', sa.Boolean(), sa.true()),
        ('archive', 'accepts_binaries', sa.Boolean(), sa.false()),
        ('campaign', 'kind', sa.Text(), 'rebuild'),
        ('campaign', 'scheme', sa.Text(), 'safe'),
        ('campaign', 'score', sa.BigInteger(), '-100'),
        ('campaign', 'request', sa.JSON(), '{}'),
        ('build', 'form', sa.Text(), 'binary-only'),
        ('build', 'reach', sa.Text(), 'publication'),
        ('build', 'warning', sa.Text(), ''),
        ('delta_binary', 'is_view_only', sa.Boolean(), sa.false()),
        ('token', 'scope', sa.Text(), 'everything'),
        ('publication', 'base_shown', sa.Text(), 'nothing'),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    nullable: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
        ('token', 'expires_at', sa.Double()),
        ('token', 'used_at', sa.Double()),
        ('token', 'revoked_at', sa.Double()),
    )
    for table, name, column_type in nullable:
        op.add_column(table, sa.Column(name, column_type, nullable=True))


def _add_references() -> None:
    """Columns that refer to other rows; SQLite takes them with their constraint only so."""
    for table, name, target in (
        ('build', 'new_source_id', 'source_release'),
        ('build', 'control_of', 'build'),
        ('token', 'person_id', 'person'),
        ('token', 'archive_id', 'archive'),
    ):
        if op.get_bind().dialect.name == 'sqlite':
            op.execute(sa.text(
                f'alter table {table} add column {name} integer '
                f'constraint fk_{table}_{name} references {target} (id)'
            ))
        else:
            op.add_column(table, sa.Column(name, sa.Integer(), nullable=True))
            op.create_foreign_key(op.f(f'fk_{table}_{name}'), table, target, [name], ['id'])
        op.create_index(op.f(f'ix_{table}_{name}'), table, [name], unique=False)
    op.create_index('uq_token_of_person', 'token', ['person_id', 'name'], unique=True)


def downgrade() -> None:
    """Not possible: uploads and forms of rebuilds have no place in the former tables."""
    raise NotImplementedError
