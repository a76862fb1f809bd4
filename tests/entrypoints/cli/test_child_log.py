from pathlib import Path

from vostok.entrypoints.cli.child_log import LAST_LINES_MAX, LOGS_KEPT, ChildLog


def test_a_log_never_grows_over_its_bound_and_keeps_a_bounded_past(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "server.log", name="server", bytes_max=100)

    for number in range(60):
        log.write(b"line %02d 45678 0123\n" % number)

    names = sorted(file.name for file in tmp_path.iterdir())
    assert names == ["server.log", *(f"server.log.{n}" for n in range(1, LOGS_KEPT + 1))]
    assert all(file.stat().st_size <= 100 for file in tmp_path.iterdir())
    kept = b"".join((tmp_path / name).read_bytes() for name in [*names[:0:-1], names[0]])
    assert kept.startswith(b"line 40 ")
    assert kept.endswith(b"line 59 45678 0123\n")
    assert kept.count(b"\n") == 20


def test_the_last_lines_are_at_hand_without_the_file(tmp_path: Path) -> None:
    log = ChildLog(tmp_path / "missing" / "server.log", name="server")

    for number in range(100):
        log.write(b"line %d\n" % number)

    assert log.last_lines() == [f"line {n}" for n in range(100 - LAST_LINES_MAX, 100)]


def test_lines_are_echoed_whole_after_the_childs_name(tmp_path: Path) -> None:
    lines: list[str] = []
    log = ChildLog(tmp_path / "server.log", name="server", echo=lines.append)

    for chunk in (b"on", b"e\ntw", b"o\n\xff\nrest"):
        log.write(chunk)

    assert lines == ["server | one", "server | two", "server | \N{REPLACEMENT CHARACTER}"]


def test_a_line_without_an_end_is_not_kept_for_ever(tmp_path: Path) -> None:
    lines: list[str] = []
    log = ChildLog(tmp_path / "server.log", name="server", echo=lines.append)

    log.write(b"x" * 10_000)

    assert lines == ["server | " + "x" * 10_000]
