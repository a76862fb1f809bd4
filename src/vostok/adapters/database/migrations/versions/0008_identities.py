"""Identities at providers of them, by which persons sign in."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'


def upgrade() -> None:
    """Apply."""
    op.create_table('person_identity',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('issuer', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('linked_at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_person_identity_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_identity')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_person_identity_issuer_subject')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_person_identity_person_id'), 'person_identity', ['person_id'], unique=False)


def downgrade() -> None:
    """Undo."""
    op.drop_table('person_identity')
