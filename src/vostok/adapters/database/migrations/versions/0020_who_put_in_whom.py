"""Who put a member into a team, and when; and a person's tokens may have the same name."""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'

PUT_IN = ' put in'


def upgrade() -> None:
    """Apply. What the audit log tells of members that are there now is taken over."""
    op.add_column('team_member', sa.Column('put_in_by', sa.Text(), nullable=True))
    op.add_column('team_member', sa.Column('put_in_at', sa.Double(), nullable=True))
    told = op.get_bind().execute(sa.text(
        "select subject, detail, actor, at from audit_entry "
        "where subject like 'team %' and detail like '% put in' order by id"
    ))
    newest = {(row.subject, row.detail): row for row in told}
    members = op.get_bind().execute(sa.text(
        'select team_member.id as id, team.name as team, person.name as person, '
        'inside.name as member_team from team_member join team on team.id = team_member.team_id '
        'left join person on person.id = team_member.person_id '
        'left join team as inside on inside.id = team_member.member_team_id'
    )).all()
    for row in members:
        member = f'team {row.member_team}' if row.person is None else f'person {row.person}'
        entry = newest.get((f'team {row.team}', member + PUT_IN))
        if entry is not None:
            op.get_bind().execute(
                sa.text('update team_member set put_in_by = :by, put_in_at = :at where id = :id'),
                {'by': entry.actor, 'at': entry.at, 'id': row.id},
            )
    op.drop_index('uq_token_of_person', table_name='token')
    op.create_index('ix_token_of_person', 'token', ['person_id', 'name'], unique=False)


def downgrade() -> None:
    """Undo. Of tokens of one name, all but one are named for their hash too."""
    op.execute(sa.text(
        "update token set name = name || ' ' || substr(hash, 1, 8) where exists ("
        'select 1 from token as other where other.person_id = token.person_id '
        'and other.name = token.name and other.hash < token.hash)'
    ))
    op.drop_index('ix_token_of_person', table_name='token')
    op.create_index('uq_token_of_person', 'token', ['person_id', 'name'], unique=True)
    op.drop_column('team_member', 'put_in_at')
    op.drop_column('team_member', 'put_in_by')
