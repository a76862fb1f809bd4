"""Derivations with several parents, pins and removals; index files of snapshots; tombstones."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'


def upgrade() -> None:
    """Apply. What archives were derived from becomes their first derivation."""
    _create_tables()
    _add_columns()
    _move_derivations()
    given = _last_suite_id()
    with op.batch_alter_table('suite', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.drop_index(op.f('ix_suite_parent_suite_id'))
        batch_op.drop_constraint(op.f('uq_suite_archive_id_name'), type_='unique')
        batch_op.create_unique_constraint(op.f('uq_suite_archive_id_role_name'), ['archive_id', 'role', 'name'])
        batch_op.drop_constraint(op.f('fk_suite_parent_suite_id'), type_='foreignkey')
        for column in ('parent_suite_id', 'parent_snapshot', 'selection', 'taken', 'mode', 'unbuilt'):
            batch_op.drop_column(column)
    if given is not None:
        op.get_bind().execute(
            sa.text("update sqlite_sequence set seq = :given where name = 'suite'"), {'given': given}
        )


def _last_suite_id() -> int | None:
    """On SQLite, where the table is made anew: the highest id ever given, which it must go on from."""
    if op.get_bind().dialect.name != 'sqlite':
        return None
    return op.get_bind().execute(
        sa.text("select seq from sqlite_sequence where name = 'suite'")
    ).scalar_one_or_none()


def _create_tables() -> None:
    op.create_table('file_answer',
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('sha256', 'url', name=op.f('pk_file_answer'))
    )
    op.create_table('request_key',
    sa.Column('principal', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('job_id', sa.Text(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.PrimaryKeyConstraint('principal', 'key', name=op.f('pk_request_key'))
    )
    op.create_table('deletion_candidate',
    sa.Column('archive_id', sa.BigInteger(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('is_shared', sa.Boolean(), nullable=False),
    sa.Column('is_done', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('archive_id', 'kind', 'name', name=op.f('pk_deletion_candidate'))
    )
    op.create_index(op.f('ix_build_source_id'), 'build', ['source_id'], unique=False)
    op.create_index(op.f('ix_chroot_package_binary_id'), 'chroot_package', ['binary_id'], unique=False)
    op.create_index(op.f('ix_attempt_view_id'), 'attempt', ['view_id'], unique=False)
    op.create_table('tombstone',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('archive_id', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('deleted_by', sa.Text(), nullable=False),
    sa.Column('report', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_tombstone'))
    )
    op.create_table('derivation',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.Double(), nullable=False),
    sa.Column('requested_by', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('selection', sa.Text(), nullable=False),
    sa.Column('is_all', sa.Boolean(), nullable=False),
    sa.Column('taken', sa.BigInteger(), nullable=False),
    sa.Column('mode', sa.Text(), nullable=False),
    sa.Column('unbuilt', sa.Text(), nullable=False),
    sa.Column('base_suite_id', sa.Integer(), nullable=False),
    sa.Column('base_number', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['base_suite_id'], ['suite.id'], name=op.f('fk_derivation_base_suite_id')),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_derivation_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'number', name=op.f('pk_derivation'))
    )
    op.create_index(op.f('ix_derivation_base_suite_id'), 'derivation', ['base_suite_id'], unique=False)

    op.create_table('derivation_parent',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('derivation', sa.BigInteger(), nullable=False),
    sa.Column('position', sa.BigInteger(), nullable=False),
    sa.Column('parent_suite_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('members_suite_id', sa.Integer(), nullable=False),
    sa.Column('rank', sa.BigInteger(), nullable=False),
    sa.Column('only', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['members_suite_id'], ['suite.id'], name=op.f('fk_derivation_parent_members_suite_id')),
    sa.ForeignKeyConstraint(['parent_suite_id'], ['suite.id'], name=op.f('fk_derivation_parent_parent_suite_id')),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_derivation_parent_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'derivation', 'position', name=op.f('pk_derivation_parent'))
    )
    op.create_index(op.f('ix_derivation_parent_members_suite_id'), 'derivation_parent', ['members_suite_id'], unique=False)
    op.create_index(op.f('ix_derivation_parent_parent_suite_id'), 'derivation_parent', ['parent_suite_id'], unique=False)

    op.create_table('pinned_source',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_pinned_source_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'source', 'since', name=op.f('pk_pinned_source'))
    )
    op.create_table('removed_source',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('base_version', sa.Text(), nullable=False),
    sa.Column('removed_by', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_removed_source_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'source', 'since', name=op.f('pk_removed_source'))
    )
    op.create_table('snapshot_file',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.BigInteger(), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('sha256', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_snapshot_file_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'number', 'path', name=op.f('pk_snapshot_file'))
    )
    op.create_index(op.f('ix_snapshot_file_sha256'), 'snapshot_file', ['sha256'], unique=False)

    op.create_table('sync_decision',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('derivation', sa.BigInteger(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('verdict', sa.Text(), nullable=False),
    sa.Column('before', sa.Text(), nullable=True),
    sa.Column('after', sa.Text(), nullable=True),
    sa.Column('offered', sa.Text(), nullable=True),
    sa.Column('sentence', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_sync_decision_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'derivation', 'source', name=op.f('pk_sync_decision'))
    )

    op.create_table('suite_udeb',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('package_id', sa.Integer(), nullable=False),
    sa.Column('component', sa.Text(), nullable=False),
    sa.Column('index_architecture', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['package_id'], ['binary_release.id'], name=op.f('fk_suite_udeb_package_id')),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_suite_udeb_suite_id'))
    )
    op.create_index(op.f('ix_suite_udeb_package_id'), 'suite_udeb', ['package_id'], unique=False)
    op.create_index(op.f('ix_suite_udeb_suite_id_package_id'), 'suite_udeb', ['suite_id', 'package_id'], unique=False)

    op.create_table('taken_source',
    sa.Column('suite_id', sa.Integer(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('since', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.BigInteger(), nullable=True),
    sa.ForeignKeyConstraint(['suite_id'], ['suite.id'], name=op.f('fk_taken_source_suite_id')),
    sa.PrimaryKeyConstraint('suite_id', 'source', 'since', name=op.f('pk_taken_source'))
    )


def _add_columns() -> None:
    """New columns; the defaults are for the rows that are there."""
    for table, name, kind, default in (
        ('archive', 'keep', sa.Text(), 'needed'),
        ('archive', 'serve', sa.Text(), 'fetch'),
        ('publication', 'derivation', sa.BigInteger(), '1'),
        ('view', 'derivation', sa.BigInteger(), '1'),
        ('snapshot', 'is_expiry_overridden', sa.Boolean(), sa.false()),
        ('snapshot', 'snapshots_url', sa.Text(), ''),
        ('snapshot', 'pool_bytes', sa.BigInteger(), '0'),
        ('snapshot', 'udebs', sa.BigInteger(), '0'),
        ('suite', 'mirrors', sa.JSON(), '{}'),
        ('suite', 'role', sa.Text(), 'suite'),
        ('suite', 'derivation', sa.BigInteger(), '0'),
        ('suite', 'on_removal', sa.Text(), 'drop'),
        ('suite_source', 'is_extra', sa.Boolean(), sa.false()),
    ):
        op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    nullable: tuple[tuple[str, str, sa.types.TypeEngine[Any]], ...] = (
        ('campaign', 'estimate', sa.JSON()),
        ('delta_binary', 'superseded_by', sa.BigInteger()),
        ('delta_source', 'superseded_by', sa.BigInteger()),
        ('delta_source', 'base_version', sa.Text()),
        ('snapshot', 'valid_until', sa.Double()),
    )
    for table, name, column_type in nullable:
        op.add_column(table, sa.Column(name, column_type, nullable=True))


def _move_derivations() -> None:
    connection = op.get_bind()
    connection.execute(sa.text(
        'update suite_source set is_extra = true where package_id in '
        '(select id from source_release where is_extra)'
    ))
    connection.execute(sa.text(
        'insert into derivation (suite_id, number, at, requested_by, reason, selection, is_all, taken, mode, '
        'unbuilt, base_suite_id, base_number) '
        "select suite.id, 1, archive.created_at, archive.requested_by, 'derived', suite.selection, false, "
        'suite.taken, suite.mode, suite.unbuilt, suite.parent_suite_id, suite.parent_snapshot '
        'from suite join archive on archive.id = suite.archive_id where suite.parent_suite_id is not null'
    ))
    connection.execute(sa.text(
        'insert into derivation_parent (suite_id, derivation, position, parent_suite_id, number, '
        'members_suite_id, rank, "only") '
        "select suite_id, 1, 0, base_suite_id, base_number, base_suite_id, 1, '' from derivation"
    ))
    connection.execute(sa.text('update suite set derivation = 1 where parent_suite_id is not null'))
    for row in connection.execute(sa.text('select * from derivation')).all():
        patterns = row.selection.replace(',', ' ').split()
        if 'all' in patterns:
            connection.execute(
                sa.text('update derivation set is_all = true where suite_id = :suite'), {'suite': row.suite_id}
            )
            continue
        names = connection.execute(
            sa.text(
                'select distinct source_release.name from suite_source '
                'join source_release on source_release.id = suite_source.package_id '
                'where suite_source.suite_id = :suite and not suite_source.is_extra '
                'and suite_source.since <= :number and (suite_source.until is null or suite_source.until > :number)'
            ),
            {'suite': row.base_suite_id, 'number': row.base_number},
        ).scalars()
        taken = [
            {'suite': row.suite_id, 'source': name, 'reason': reason} for name, reason in _matching(names, patterns)
        ]
        if taken:
            connection.execute(
                sa.text(
                    'insert into taken_source (suite_id, source, reason, since) '
                    'values (:suite, :source, :reason, 1)'
                ),
                taken,
            )


def _matching(names: Iterable[str], patterns: list[str]) -> list[tuple[str, str]]:
    found = []
    for name in names:
        hits = [pattern for pattern in patterns if fnmatchcase(name, pattern)]
        if hits:
            found.append((name, f'name {hits[0]}'))
    return found


def downgrade() -> None:
    """Not possible: what several parents hold cannot be told in the former tables."""
    raise NotImplementedError
