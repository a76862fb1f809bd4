"""Passwords for one time, where sessions were begun, and identities that were unlinked."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'


def upgrade() -> None:
    """Apply."""
    op.add_column('person', sa.Column('password_good_until', sa.Double(), nullable=True))
    op.add_column('person_identity', sa.Column('unlinked_at', sa.Double(), nullable=True))
    op.add_column('session', sa.Column('address', sa.Text(), nullable=True))
    op.add_column('session', sa.Column('agent', sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column('session', 'agent')
    op.drop_column('session', 'address')
    op.drop_column('person_identity', 'unlinked_at')
    op.drop_column('person', 'password_good_until')
