"""The logs of jobs."""

import sqlalchemy as sa
from alembic import op

revision = '0021'
down_revision = '0020'


def upgrade() -> None:
    """Apply. Jobs of before have no log."""
    op.create_table('job_line',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('done', sa.BigInteger(), nullable=False),
    sa.Column('total', sa.BigInteger(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['job_id'], ['job.id'], name=op.f('fk_job_line_job_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_job_line')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_job_line_job_id'), 'job_line', ['job_id'], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_index(op.f('ix_job_line_job_id'), table_name='job_line')
    op.drop_table('job_line')
