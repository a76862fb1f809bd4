"""No-change sources that were made as files for other archives."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'


def upgrade() -> None:
    """Apply."""
    op.create_table('outgoing_source',
    sa.Column('archive_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('source_version', sa.Text(), nullable=False),
    sa.Column('version', sa.Text(), nullable=False),
    sa.Column('warning', sa.Text(), nullable=False),
    sa.Column('distribution', sa.Text(), nullable=False),
    sa.Column('maintainer', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('requested_by', sa.Text(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_outgoing_source_archive_id')),
    sa.PrimaryKeyConstraint('archive_id', 'source', 'source_version', name=op.f('pk_outgoing_source'))
    )
