from datetime import UTC, datetime

import pytest

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, RebuildPolicy
from vostok.domain.archive_list import EVERY_ARCHIVE, ArchiveList
from vostok.domain.list_filter import ListFilter

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
    ("narrowed", "by", "is_meant"),
    [
        (ListFilter(), None, True),
        (ListFilter(text="GCC"), None, True),
        (ListFilter(text="clang"), None, False),
        (ListFilter(kinds=frozenset({"derived"})), None, True),
        (ListFilter(kinds=frozenset({"derived", "external"})), None, True),
        (ListFilter(kinds=frozenset({"external"})), None, False),
        (ListFilter(states=frozenset({"deleting"})), None, False),
        (ListFilter(states=frozenset({"active", "deleting"})), None, True),
        (ListFilter(), "meg", True),
        (ListFilter(), "lou", False),
        (ListFilter(text="gcc"), "lou", False),
    ],
)
def test_each_thing_that_is_said_narrows(
    narrowed: ListFilter, by: str | None, *, is_meant: bool
) -> None:
    wanted = ArchiveList(narrowed=narrowed, by=by)

    assert wanted.admits(TRIAL) is is_meant
    assert wanted.is_narrowed is (wanted != EVERY_ARCHIVE)
