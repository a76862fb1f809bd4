"""Mail to those who subscribed, and what is told of that left no other row."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'


def upgrade() -> None:
    """Apply."""
    op.create_table('mail_address',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('nonce', sa.Text(), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('asked_at', sa.Double(), nullable=True),
    sa.Column('confirmed_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_mail_address_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_address')),
    sa.UniqueConstraint('person_id', name=op.f('uq_mail_address_person_id')),
    sqlite_autoincrement=True
    )
    op.create_table('subscription',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('archive_id', sa.Integer(), nullable=False),
    sa.Column('campaign', sa.BigInteger(), nullable=False),
    sa.Column('topics', sa.JSON(), nullable=False),
    sa.Column('position', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_subscription_archive_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_subscription_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription')),
    sa.UniqueConstraint('person_id', 'archive_id', 'campaign', name=op.f('uq_subscription_person_id_archive_id_campaign')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_subscription_archive_id'), 'subscription', ['archive_id'], unique=False)
    op.create_table('letter',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('item', sa.Text(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('payload', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('next_at', sa.Double(), nullable=True),
    sa.Column('status', sa.BigInteger(), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_letter_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter')),
    sa.UniqueConstraint('person_id', 'item', name=op.f('uq_letter_person_id_item')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_letter_due', 'letter', ['state', 'next_at'], unique=False)
    op.create_table('notice',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('archive_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('campaign', sa.BigInteger(), nullable=True),
    sa.Column('job_id', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_notice_archive_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notice')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_notice_archive_id_id', 'notice', ['archive_id', 'id'], unique=False)
    op.add_column('campaign', sa.Column('ended_at', sa.Double(), nullable=True))
    # What ended before is not news; those that have builds to come are found to go on.
    op.execute("update campaign set ended_at = created_at where state <> 'preparing'")


def downgrade() -> None:
    """Take them away again."""
    op.drop_column('campaign', 'ended_at')
    op.drop_index('ix_notice_archive_id_id', table_name='notice')
    op.drop_table('notice')
    op.drop_index('ix_letter_due', table_name='letter')
    op.drop_table('letter')
    op.drop_index(op.f('ix_subscription_archive_id'), table_name='subscription')
    op.drop_table('subscription')
    op.drop_table('mail_address')
