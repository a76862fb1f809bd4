import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from vostok.entrypoints.cli.data_root import (
    claimed_data_root,
    find_closed_directory,
    prepare_data_root,
    write_atomically,
)
from vostok.errors import ConflictError, InvalidInputError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_data_root_can_be_passed_by_others_and_its_secrets_cannot_be_read(
    tmp_path: Path,
) -> None:
    root = tmp_path / "a" / "root"

    prepare_data_root(root)

    assert mode(root) == 0o755
    assert mode(root / "builder") == 0o755
    for name in ("keys", "files", "logs", "log"):
        assert mode(root / name) == 0o700
    for name in ("admin.token", "builder.token"):
        assert mode(root / name) == 0o600


def test_the_two_tokens_differ_and_are_long(tmp_path: Path) -> None:
    prepare_data_root(tmp_path / "root")

    tokens = {(tmp_path / "root" / f"{name}.token").read_text() for name in ("admin", "builder")}

    assert len(tokens) == 2
    assert all(len(token.strip()) >= 43 for token in tokens)


def test_preparing_again_keeps_the_tokens(tmp_path: Path) -> None:
    prepare_data_root(tmp_path)
    token = (tmp_path / "admin.token").read_text()

    prepare_data_root(tmp_path)

    assert (tmp_path / "admin.token").read_text() == token


def test_a_directory_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    tmp_path.chmod(0o700)

    with pytest.raises(InvalidInputError, match=r"holds something else already.*thesis\.tex"):
        prepare_data_root(tmp_path)

    assert [entry.name for entry in tmp_path.iterdir()] == ["thesis.tex"]
    assert mode(tmp_path) == 0o700


def test_a_file_is_no_data_root(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(InvalidInputError, match="is no directory"):
        prepare_data_root(tmp_path / "file")
    with pytest.raises(InvalidInputError, match="is no directory"):
        prepare_data_root(tmp_path / "file" / "below")


def test_a_data_root_belongs_to_one_process_which_is_named(tmp_path: Path) -> None:
    prepare_data_root(tmp_path)
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from vostok.entrypoints.cli.data_root import claimed_data_root\n"
        "with claimed_data_root(Path(sys.argv[1])):\n"
        "    print('claimed', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "claimed\n"

    with pytest.raises(ConflictError, match=f"process {holder.pid}"), claimed_data_root(tmp_path):
        pass
    holder.kill()
    holder.communicate()

    with claimed_data_root(tmp_path):
        assert (tmp_path / "up.lock").read_text() == f"{os.getpid()}\n"


def test_a_file_is_replaced_whole_with_its_mode(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")

    write_atomically(file, "new", mode=0o640)

    assert file.read_text() == "new"
    assert mode(file) == 0o640
    assert list(tmp_path.iterdir()) == [file]


def test_the_directory_that_others_cannot_pass_is_found(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    found = find_closed_directory(closed / "a" / "root")

    assert found in {closed, *closed.parents}
    assert found is not None
    assert not mode(found) & 0o001


def test_nothing_is_found_on_an_open_way() -> None:
    assert find_closed_directory(Path("/var/lib/vostok")) is None
