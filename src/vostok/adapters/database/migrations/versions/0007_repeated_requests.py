"""Requests that came with a key, and what was answered."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'


def upgrade() -> None:
    """Apply."""
    op.create_table('repeated_request',
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('operation', sa.Text(), nullable=False),
    sa.Column('key_hash', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('archive', sa.Text(), nullable=True),
    sa.Column('status', sa.BigInteger(), nullable=True),
    sa.Column('media_type', sa.Text(), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('expires_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('person', 'operation', 'key_hash', name=op.f('pk_repeated_request'))
    )
    op.create_index(op.f('ix_repeated_request_expires_at'), 'repeated_request', ['expires_at'], unique=False)
