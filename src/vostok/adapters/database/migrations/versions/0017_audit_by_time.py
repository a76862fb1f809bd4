"""The audit log is read by time, whoever's and whatever it is; nothing replaces an entry."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'

INDEXES = {
    'ix_audit_entry_at': ['at', 'id'],
    'ix_audit_entry_actor': ['actor', 'at', 'id'],
    'ix_audit_entry_archive': ['archive', 'at', 'id'],
    'ix_audit_entry_action': ['action', 'at', 'id'],
    'ix_audit_entry_actor_action': ['actor', 'action', 'at', 'id'],
}
BEFORE = {'ix_audit_entry_actor': ['actor', 'id'], 'ix_audit_entry_archive': ['archive', 'id']}


def upgrade() -> None:
    """Apply."""
    for name in BEFORE:
        op.drop_index(name, table_name='audit_entry')
    for name, columns in INDEXES.items():
        op.create_index(name, 'audit_entry', columns, unique=False)
    if op.get_bind().dialect.name == 'sqlite':
        # `insert or replace` takes the old row away without asking the trigger on deletion.
        op.execute(sa.text(
            'create trigger audit_entry_no_replacement before insert on audit_entry '
            'when exists (select 1 from audit_entry where id = new.id) '
            "begin select raise(abort, 'the audit log is only added to'); end"
        ))
        return
    # Also for a session that was told to be a replica's, which passes over other triggers.
    op.execute(sa.text('alter table audit_entry enable always trigger audit_entry_is_kept'))


def downgrade() -> None:
    """Undo."""
    for name in INDEXES:
        op.drop_index(name, table_name='audit_entry')
    for name, columns in BEFORE.items():
        op.create_index(name, 'audit_entry', columns, unique=False)
    if op.get_bind().dialect.name == 'sqlite':
        op.execute(sa.text('drop trigger audit_entry_no_replacement'))
        return
    op.execute(sa.text('alter table audit_entry enable trigger audit_entry_is_kept'))
