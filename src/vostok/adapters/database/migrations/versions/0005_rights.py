"""Teams, granted rights, private archives, and the audit log."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    """Apply. Archives that are there stay public."""
    _create_teams()
    _create_grants()
    _create_audit()
    for table in ('archive', 'tombstone'):
        op.add_column(table, sa.Column('is_private', sa.Boolean(), nullable=False, server_default=sa.false()))


def _create_teams() -> None:
    op.create_table('team',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Text(), nullable=False),
    sa.Column('created_at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team')),
    sa.UniqueConstraint('name', name=op.f('uq_team_name')),
    sqlite_autoincrement=True
    )
    op.create_table('team_member',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('member_team_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_team_member_team_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_team_member_person_id')),
    sa.ForeignKeyConstraint(['member_team_id'], ['team.id'], name=op.f('fk_team_member_member_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_team_member')),
    sa.UniqueConstraint('team_id', 'person_id', name=op.f('uq_team_member_team_id_person_id')),
    sa.UniqueConstraint('team_id', 'member_team_id', name=op.f('uq_team_member_team_id_member_team_id')),
    sqlite_autoincrement=True
    )
    op.create_index(op.f('ix_team_member_person_id'), 'team_member', ['person_id'], unique=False)
    op.create_index(op.f('ix_team_member_member_team_id'), 'team_member', ['member_team_id'], unique=False)


def _create_grants() -> None:
    op.create_table('access_grant',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('archive_id', sa.Integer(), nullable=True),
    sa.Column('person_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('right', sa.Text(), nullable=False),
    sa.Column('narrowed_to', sa.JSON(), nullable=False),
    sa.Column('granted_by', sa.Text(), nullable=False),
    sa.Column('granted_at', sa.Double(), nullable=False),
    sa.Column('revoked_by', sa.Text(), nullable=True),
    sa.Column('revoked_at', sa.Double(), nullable=True),
    sa.ForeignKeyConstraint(['archive_id'], ['archive.id'], name=op.f('fk_access_grant_archive_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_access_grant_person_id')),
    sa.ForeignKeyConstraint(['team_id'], ['team.id'], name=op.f('fk_access_grant_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_grant')),
    sqlite_autoincrement=True
    )
    for column in ('archive_id', 'person_id', 'team_id'):
        op.create_index(op.f(f'ix_access_grant_{column}'), 'access_grant', [column], unique=False)


def _create_audit() -> None:
    op.create_table('audit_entry',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('action', sa.Text(), nullable=False),
    sa.Column('archive', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry')),
    sqlite_autoincrement=True
    )
    op.create_index('ix_audit_entry_archive', 'audit_entry', ['archive', 'id'], unique=False)
    op.create_index('ix_audit_entry_actor', 'audit_entry', ['actor', 'id'], unique=False)
    if op.get_bind().dialect.name == 'sqlite':
        for change in ('update', 'delete'):
            op.execute(sa.text(
                f'create trigger audit_entry_no_{change} before {change} on audit_entry '
                "begin select raise(abort, 'the audit log is only added to'); end"
            ))
        return
    op.execute(sa.text(
        'create function audit_entry_is_kept() returns trigger language plpgsql as '
        "$$ begin raise exception 'the audit log is only added to'; end $$"
    ))
    op.execute(sa.text(
        'create trigger audit_entry_is_kept before update or delete or truncate on audit_entry '
        'for each statement execute function audit_entry_is_kept()'
    ))


def downgrade() -> None:
    """Not possible: what was private would be public."""
    raise NotImplementedError
