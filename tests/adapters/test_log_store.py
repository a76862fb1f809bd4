"""The files behind a log store."""

from pathlib import Path

from vostok.adapters.log_store import LocalLogStore


def test_a_log_is_a_plain_file_that_an_administrator_finds(tmp_path: Path) -> None:
    LocalLogStore(tmp_path / "logs").append(7, 2, offset=0, data=b"line\n")

    assert (tmp_path / "logs" / "7" / "2.log").read_bytes() == b"line\n"


def test_another_process_goes_on_where_the_first_ended(tmp_path: Path) -> None:
    LocalLogStore(tmp_path / "logs").append(7, 1, offset=0, data=b"one\n")
    other = LocalLogStore(tmp_path / "logs")

    assert other.append(7, 1, offset=4, data=b"two\n") == 8
    assert other.read(7, 1, offset=0, size_max=100) == b"one\ntwo\n"


def test_deleting_leaves_no_directory(tmp_path: Path) -> None:
    logs = LocalLogStore(tmp_path / "logs")
    logs.append(7, 1, offset=0, data=b"one\n")

    logs.delete(7)

    assert list((tmp_path / "logs").iterdir()) == []
