"""Robots: persons that are programs, each with a purpose and a person who answers for it."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'


def upgrade() -> None:
    """Apply. Whoever is here is no robot, and a token has one scope, as before."""
    op.create_table('robot',
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('answerable_id', sa.Integer(), nullable=False),
    sa.Column('deleted_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['answerable_id'], ['person.id'], name=op.f('fk_robot_answerable_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_robot_person_id')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_robot'))
    )
    op.create_index(op.f('ix_robot_answerable_id'), 'robot', ['answerable_id'], unique=False)


def downgrade() -> None:
    """Undo. Robots are shut out, and tokens revoked whose scopes are not known before this."""
    op.execute(
        'update person set disabled_at = 0 where disabled_at is null'
        ' and id in (select person_id from robot)'
    )
    op.execute(
        "update token set revoked_at = coalesce(revoked_at, 0), scope = 'read'"
        " where scope not in ('everything', 'upload', 'read', 'feed')"
    )
    op.drop_index(op.f('ix_robot_answerable_id'), table_name='robot')
    op.drop_table('robot')
