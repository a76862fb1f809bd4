"""Outgoing sources are found by their words, and a declaration about `buildN` and `ubuntuN`."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'


def upgrade() -> None:
    """Apply."""
    _set_key()
    op.add_column(
        'outgoing_source',
        sa.Column('scheme', sa.Text(), nullable=False, server_default='safe'),
    )
    op.add_column(
        'archive',
        sa.Column('makes_ubuntu_versions', sa.Boolean(), nullable=False, server_default=sa.true()),
    )


def downgrade() -> None:
    """Not possible: of one source there may be several outgoing ones now."""
    raise NotImplementedError


def _set_key() -> None:
    with op.batch_alter_table('outgoing_source') as batch:
        batch.drop_constraint(op.f('pk_outgoing_source'), type_='primary')
        batch.create_primary_key(op.f('pk_outgoing_source'), ['archive_id', 'source', 'version'])
