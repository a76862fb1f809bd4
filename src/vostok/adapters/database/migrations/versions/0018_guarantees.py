"""Who handed a person a way in, managing people by a grant; and who was shut out by such a one."""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'


def upgrade() -> None:
    """Apply. By now only administrators handed out ways in, and shut anybody out."""
    op.create_table('guarantee',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('guarantor_id', sa.Integer(), nullable=False),
    sa.Column('since', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['guarantor_id'], ['person.id'], name=op.f('fk_guarantee_guarantor_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_guarantee_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_guarantee')),
    sa.UniqueConstraint('person_id', 'guarantor_id', name=op.f('uq_guarantee_person_id_guarantor_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_guarantee_guarantor_id'), 'guarantee', ['guarantor_id'], unique=False)
    op.add_column('webhook', sa.Column('answerable', sa.Text(), nullable=False, server_default=''))
    op.execute('update webhook set answerable = created_by')
    op.add_column('person', sa.Column('disabled_by_manager', sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo. Whoever has a guarantor is shut out: they could do more than was meant."""
    op.execute(
        "update person set disabled_at = 0 where disabled_at is null"
        " and id in (select person_id from guarantee)"
    )
    op.drop_column('webhook', 'answerable')
    op.drop_column('person', 'disabled_by_manager')
    op.drop_index(op.f('ix_guarantee_guarantor_id'), table_name='guarantee')
    op.drop_table('guarantee')
