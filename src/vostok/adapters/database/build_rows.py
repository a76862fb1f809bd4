"""Build records as rows, and the values that they stand for."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.mass_rows import plain_rows
from vostok.adapters.database.rows import moment
from vostok.domain.build import Build, BuildState, Fate, Part, Reach, RebuildForm

_BUILD = schema.build
_CAMPAIGN = schema.campaign
_ELSEWHERE = {
    "archive": schema.archive.c.name,
    "suite": schema.suite.c.name,
    "campaign": _CAMPAIGN.c.number,
}
_NAMES = Build._fields
BUILDS = (
    sa.select(*(_ELSEWHERE[n].label(n) if n in _ELSEWHERE else _BUILD.c[n] for n in _NAMES))
    .select_from(_BUILD)
    .join(schema.archive, schema.archive.c.id == _BUILD.c.archive_id)
    .join(schema.suite, schema.suite.c.id == _BUILD.c.suite_id)
    .outerjoin(_CAMPAIGN, _CAMPAIGN.c.id == _BUILD.c.campaign_id)
)
"""Whole records, their columns in the order of the fields of `Build`."""

_PARTS = {str(part): part for part in Part}
_FORMS = {str(form): form for form in RebuildForm}
_REACHES = {str(reach): reach for reach in Reach}
_STATES = {str(state): state for state in BuildState}
_FATES = {str(fate): fate for fate in Fate}
_MOMENTS_MAX = 1_000
_moment = lru_cache(maxsize=_MOMENTS_MAX)(moment)
"""Builds of one request were made at one moment."""


def build_value(row: Sequence[Any]) -> Build:
    """The record that a row of `BUILDS` stands for, whatever stands behind its columns."""
    (
        build_id, archive_id, archive, suite_id, suite, source_id, source, source_version,
        architecture, builder_architecture, part, form, new_source_id, reach, control_of, warning,
        rebuild_no, campaign_id, campaign, version, version_before, state, fate, sentence, score,
        attempt, created_at, finished_at,
    ) = row[: len(_NAMES)]  # fmt: skip
    return Build(  # by place: there may be 43,000
        build_id, archive_id, archive, suite_id, suite, source_id, source, source_version,
        architecture, builder_architecture, _PARTS[part], _FORMS[form], new_source_id,
        _REACHES[reach], control_of, warning, rebuild_no, campaign_id, campaign, version,
        version_before, _STATES[state], _FATES[fate], sentence, score, attempt,
        _moment(created_at), None if finished_at is None else _moment(finished_at),
    )  # fmt: skip


def build_values(connection: sa.Connection, query: sa.Select[Any]) -> list[Build]:
    """The records of a query of `BUILDS`: it may be for 43,000 of them."""
    rows: Iterable[Sequence[Any]] = plain_rows(connection, query)
    return list(map(build_value, rows))
