"""Identities that only an administrator links again; no digests of what was said, without keys."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'


def upgrade() -> None:
    """Apply."""
    op.add_column('person_identity', sa.Column('withdrawn_at', sa.Double(), nullable=True))
    # Who unlinked them was not noted: the careful guess.
    op.execute('update person_identity set withdrawn_at = unlinked_at')
    # Their digests are those of another time, some of passwords; they would have lasted a day.
    op.execute('delete from repeated_request')


def downgrade() -> None:
    """Undo; the requests are forgotten."""
    op.drop_column('person_identity', 'withdrawn_at')
