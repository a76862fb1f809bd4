"""What every log store does: the fake, and the files of this machine."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fakes import FakeLogStore

from vostok.adapters.log_store import LocalLogStore
from vostok.errors import ConflictError
from vostok.services.ports import LogStore


@pytest.fixture(params=["fake", "local"])
def logs(request: pytest.FixtureRequest, tmp_path: Path) -> LogStore:
    return FakeLogStore() if request.param == "fake" else LocalLogStore(tmp_path / "logs")


def whole(logs: LogStore, build_id: int = 1, attempt: int = 1) -> bytes:
    return logs.read(build_id, attempt, offset=0, size_max=10_000)


def test_a_log_that_nobody_wrote_is_empty(logs: LogStore) -> None:
    assert (whole(logs), logs.size(1, 1), logs.delete(1)) == (b"", 0, 0)


def test_pieces_are_put_one_behind_the_other(logs: LogStore) -> None:
    sizes = [
        logs.append(1, 1, offset=0, data=b"one\n"),
        logs.append(1, 1, offset=4, data=b"two\n"),
    ]

    assert (sizes, whole(logs), logs.size(1, 1)) == ([4, 8], b"one\ntwo\n", 8)


def test_a_piece_sent_again_changes_nothing(logs: LogStore) -> None:
    logs.append(1, 1, offset=0, data=b"one\n")

    assert logs.append(1, 1, offset=0, data=b"one\n") == 4
    assert logs.append(1, 1, offset=0, data=b"ONE") == 4
    assert whole(logs) == b"one\n"


def test_of_a_piece_that_overlaps_the_new_part_counts(logs: LogStore) -> None:
    logs.append(1, 1, offset=0, data=b"one\n")

    assert logs.append(1, 1, offset=2, data=b"XXtwo\n") == 8
    assert whole(logs) == b"one\ntwo\n"


def test_a_piece_beyond_the_end_is_refused_and_leaves_the_log(logs: LogStore) -> None:
    logs.append(1, 1, offset=0, data=b"one\n")

    with pytest.raises(ConflictError, match="the log has 4 bytes; 5 is beyond its end"):
        logs.append(1, 1, offset=5, data=b"x")

    assert whole(logs) == b"one\n"


def test_a_part_of_a_log_can_be_read(logs: LogStore) -> None:
    logs.append(1, 1, offset=0, data=b"0123456789")

    assert logs.read(1, 1, offset=3, size_max=4) == b"3456"
    assert logs.read(1, 1, offset=8, size_max=4) == b"89"
    assert logs.read(1, 1, offset=10, size_max=4) == b""
    assert logs.read(1, 1, offset=99, size_max=4) == b""


def test_attempts_have_logs_of_their_own_and_go_with_their_build(logs: LogStore) -> None:
    logs.append(1, 1, offset=0, data=b"first")
    logs.append(1, 2, offset=0, data=b"second")
    logs.append(11, 1, offset=0, data=b"another build")

    freed = logs.delete(1)

    assert freed == len(b"firstsecond")
    assert (whole(logs, 1, 1), whole(logs, 1, 2)) == (b"", b"")
    assert whole(logs, 11, 1) == b"another build"


@settings(
    max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    data=st.binary(max_size=60), cuts=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)))
)
def test_a_log_sent_in_any_pieces_again_and_again_is_the_log(
    logs: LogStore, data: bytes, cuts: list[tuple[int, int]]
) -> None:
    logs.delete(7)
    logs.append(7, 1, offset=0, data=data[:1])

    for start, end in cuts:
        if start <= logs.size(7, 1):
            logs.append(7, 1, offset=start, data=data[start:end])
    logs.append(7, 1, offset=0, data=data)

    assert whole(logs, 7) == data


def test_the_logs_of_a_build_are_summed_and_builds_listed(logs: LogStore) -> None:
    logs.append(7, 1, offset=0, data=b"one")
    logs.append(7, 2, offset=0, data=b"four")
    logs.append(9, 1, offset=0, data=b"x")

    assert (logs.total(7), logs.total(8)) == (7, 0)
    assert sorted(logs.builds()) == [7, 9]
