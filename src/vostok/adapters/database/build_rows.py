"""Build records as rows, and the values that they stand for."""

from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import moment, moment_or_none
from vostok.domain.build import Build, BuildState, Fate, Part, Reach, RebuildForm

_BUILD = schema.build
_CAMPAIGN = schema.campaign
BUILDS = (
    sa.select(
        _BUILD,
        schema.archive.c.name.label("archive"),
        schema.suite.c.name.label("suite"),
        _CAMPAIGN.c.number.label("campaign"),
    )
    .join(schema.archive, schema.archive.c.id == _BUILD.c.archive_id)
    .join(schema.suite, schema.suite.c.id == _BUILD.c.suite_id)
    .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _BUILD.c.campaign_id)
)
"""Whole records."""


def build_value(row: sa.Row[Any]) -> Build:
    """The record that a row of `BUILDS` stands for."""
    return Build(
        id=row.id,
        archive_id=row.archive_id,
        archive=row.archive,
        suite_id=row.suite_id,
        suite=row.suite,
        source_id=row.source_id,
        source=row.source,
        source_version=row.source_version,
        architecture=row.architecture,
        builder_architecture=row.builder_architecture,
        part=Part(row.part),
        form=RebuildForm(row.form),
        new_source_id=row.new_source_id,
        reach=Reach(row.reach),
        control_of=row.control_of,
        warning=row.warning,
        rebuild_no=row.rebuild_no,
        campaign_id=row.campaign_id,
        campaign=row.campaign,
        version=row.version,
        version_before=row.version_before,
        state=BuildState(row.state),
        fate=Fate(row.fate),
        sentence=row.sentence,
        score=row.score,
        attempt=row.attempt,
        created_at=moment(row.created_at),
        finished_at=moment_or_none(row.finished_at),
    )
