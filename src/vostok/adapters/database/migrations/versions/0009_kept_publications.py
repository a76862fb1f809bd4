"""Publications that somebody keeps, under a name of theirs or without one."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'


def upgrade() -> None:
    """Apply."""
    op.add_column('publication', sa.Column('kept_as', sa.Text(), nullable=True))
    op.add_column('publication', sa.Column('kept_by', sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo."""
    op.drop_column('publication', 'kept_by')
    op.drop_column('publication', 'kept_as')
