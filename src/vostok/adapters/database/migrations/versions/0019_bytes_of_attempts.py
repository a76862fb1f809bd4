"""How many bytes the files of an attempt have: pages of campaigns need no row of each file."""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'


def upgrade() -> None:
    """Apply. What attempts brought by now is added up once."""
    op.add_column('attempt', sa.Column('file_bytes', sa.BigInteger(), nullable=False, server_default='0'))
    op.execute(
        "update attempt set file_bytes = (select cast(sum(attempt_file.size) as bigint)"
        " from attempt_file where attempt_file.attempt_id = attempt.id)"
        " where id in (select attempt_id from attempt_file)"
    )


def downgrade() -> None:
    """Undo. Nothing is lost: the rows of the files say the same."""
    op.drop_column('attempt', 'file_bytes')
