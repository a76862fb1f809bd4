"""What an import remembers: whom the archive's imports trust, and what its mirrors answered."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'


def upgrade() -> None:
    """Apply."""
    op.create_table('import_trust',
    sa.Column('archive_id', sa.Integer(), nullable=False),
    sa.Column('keyring', sa.LargeBinary(), nullable=True),
    sa.Column('fingerprints', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_import_trust_archive_id')),
    sa.PrimaryKeyConstraint('archive_id', name=op.f('pk_import_trust'))
    )
    op.create_table('mirror_answer',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('etag', sa.Text(), nullable=False),
    sa.Column('last_modified', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_mirror_answer_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'url', name=op.f('pk_mirror_answer'))
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table('mirror_answer')
    op.drop_table('import_trust')
