"""Indices of what few builds have, without the others: each build of a request had an entry."""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'

_SPARSE = ('new_source_id', 'control_of')


def upgrade() -> None:
    """Apply."""
    for column in _SPARSE:
        op.drop_index(op.f(f'ix_build_{column}'), table_name='build')
        has_one = sa.text(f'{column} is not null')
        op.create_index(op.f(f'ix_build_{column}'), 'build', [column], unique=False, sqlite_where=has_one, postgresql_where=has_one)


def downgrade() -> None:
    """Take them away again."""
    for column in _SPARSE:
        op.drop_index(op.f(f'ix_build_{column}'), table_name='build')
        op.create_index(op.f(f'ix_build_{column}'), 'build', [column], unique=False)
