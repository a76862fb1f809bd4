from datetime import UTC, datetime
from typing import Any

import pytest

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, RebuildPolicy
from vostok.domain.archive_list import EVERY_ARCHIVE, ArchiveList

TRIAL = Archive(
    id=1,
    name="trial-gcc13",
    kind=ArchiveKind.DERIVED,
    state=ArchiveState.ACTIVE,
    created_at=datetime(2026, 11, 1, tzinfo=UTC),
    requested_by="meg",
    tag="trial",
    policy=RebuildPolicy.ON_REQUEST,
    toolchain_id=None,
    key_fingerprint=None,
)


@pytest.mark.parametrize(
    ("asked", "is_meant"),
    [
        ({}, True),
        ({"text": "GCC"}, True),
        ({"text": "clang"}, False),
        ({"kind": ArchiveKind.DERIVED}, True),
        ({"kind": ArchiveKind.EXTERNAL}, False),
        ({"state": ArchiveState.DELETING}, False),
        ({"by": "meg"}, True),
        ({"by": "lou"}, False),
        ({"text": "gcc", "by": "lou"}, False),
    ],
)
def test_each_thing_that_is_said_narrows(asked: dict[str, Any], *, is_meant: bool) -> None:
    wanted = ArchiveList(**asked)

    assert wanted.admits(TRIAL) is is_meant
    assert wanted.is_narrowed is (wanted != EVERY_ARCHIVE)
