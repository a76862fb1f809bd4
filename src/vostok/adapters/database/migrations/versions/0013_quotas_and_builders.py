"""Quotas, what archives use of them, and what is decided about builders."""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'

_FILES = """
insert into archive_usage (archive_id, build_bytes, log_bytes, upload_bytes, fetched_bytes)
select archive.id,
    coalesce((
        select cast(sum(attempt_file.size) as bigint) from build
        join attempt on attempt.build_id = build.id
        join attempt_file on attempt_file.attempt_id = attempt.id
        where build.archive_id = archive.id), 0),
    coalesce((
        select cast(sum(attempt.log_bytes) as bigint) from build
        join attempt on attempt.build_id = build.id
        where build.archive_id = archive.id), 0),
    coalesce((
        select cast(sum(upload_file.size) as bigint) from upload
        join upload_file on upload_file.upload_id = upload.id
        where upload.archive_id = archive.id), 0),
    0
from archive
"""


def upgrade() -> None:
    """Apply. What archives have by now is counted; nobody has a limit."""
    op.create_table('quota',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('archive_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('default_of', sa.Text(), nullable=True),
    sa.Column('archives_max', sa.BigInteger(), nullable=True),
    sa.Column('builds_max', sa.BigInteger(), nullable=True),
    sa.Column('bytes_max', sa.BigInteger(), nullable=True),
    sa.Column('set_by', sa.Text(), nullable=False),
    sa.Column('set_at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_quota_archive_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_quota_person_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_quota_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_quota')),
    sa.UniqueConstraint('archive_id', name=op.f('uq_quota_archive_id')),
    sa.UniqueConstraint('person_id', name=op.f('uq_quota_person_id')),
    sa.UniqueConstraint('team_id', name=op.f('uq_quota_team_id')),
    sa.UniqueConstraint('default_of', name=op.f('uq_quota_default_of')),
    sqlite_autoincrement=True
    )
    op.create_table('archive_usage',
    sa.Column('archive_id', sa.Integer(), nullable=False),
    sa.Column('build_bytes', sa.BigInteger(), nullable=False),
    sa.Column('log_bytes', sa.BigInteger(), nullable=False),
    sa.Column('upload_bytes', sa.BigInteger(), nullable=False),
    sa.Column('fetched_bytes', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_archive_usage_archive_id')),
    sa.PrimaryKeyConstraint('archive_id', name=op.f('pk_archive_usage'))
    )
    op.execute(_FILES)
    planned = sa.text("state = 'planned'")
    op.create_index('ix_build_planned', 'build', ['archive_id'], unique=False, sqlite_where=planned, postgresql_where=planned)
    op.add_column('builder', sa.Column('state', sa.Text(), nullable=False, server_default='active'))
    for name in ('reason', 'changed_by', 'added_by'):
        op.add_column('builder', sa.Column(name, sa.Text(), nullable=True))
    for name in ('changed_at', 'added_at'):
        op.add_column('builder', sa.Column(name, sa.Double(), nullable=True))
    with op.batch_alter_table('builder') as table:
        table.alter_column('seen_at', existing_type=sa.Double(), nullable=True)


def downgrade() -> None:
    """Undo. Builders that never asked for work go."""
    op.execute('delete from builder where seen_at is null')
    with op.batch_alter_table('builder') as table:
        table.alter_column('seen_at', existing_type=sa.Double(), nullable=False)
        for name in ('state', 'reason', 'changed_by', 'added_by', 'changed_at', 'added_at'):
            table.drop_column(name)
    op.drop_index('ix_build_planned', table_name='build')
    op.drop_table('archive_usage')
    op.drop_table('quota')
