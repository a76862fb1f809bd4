"""The forms in which data is printed, and what a shell is told could follow."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console
from tests.entrypoints.cli.canned import RUNNING, SUCCEEDED, CannedServer, CommandLine

from vostok.entrypoints.cli import main
from vostok.entrypoints.cli.output import Column, Output

STATUS = {
    "url": "http://vostok.example.org",
    "version": "1",
    "builders": [
        {"name": "a\tb\nc", "architectures": ["amd64", "arm64"], "seen_at": None},
        {"name": "host-2", "architectures": ["riscv64"], "seen_at": "2026-01-02T03:04:05+00:00"},
    ],
}


@pytest.mark.parametrize("words", [("--output", "json", "status"), ("status", "--output", "json")])
def test_json_is_what_the_older_option_prints(
    server: CannedServer, vostok: CommandLine, words: tuple[str, ...]
) -> None:
    server.answer("GET", "status", STATUS)

    assert json.loads(vostok.run(*words).stdout) == STATUS
    assert vostok.run(*words).stdout == vostok.run("status", "--json").stdout


def test_tsv_has_one_tab_between_cells_and_one_row_a_line(
    server: CannedServer, vostok: CommandLine
) -> None:
    server.answer("GET", "status", STATUS)

    ran = vostok.run("status", "--output", "tsv")

    assert ran.stdout.splitlines() == [
        "server\thttp://vostok.example.org",
        "version\t1",
        "BUILDER\tARCHITECTURES\tSEEN",
        "a b c\tamd64, arm64\t",
        "host-2\triscv64\t2026-01-02 03:04:05 UTC",
    ]


def test_a_job_that_ended_says_what_it_did_and_no_more_how_far_it_was(
    server: CannedServer, vostok: CommandLine
) -> None:
    stale = {"progress": {"done": 0, "total": 2, "unit": "graphs"}}
    server.answer("GET", "jobs", {"jobs": [SUCCEEDED | stale, RUNNING]})
    server.answer("GET", "jobs/12", SUCCEEDED | stale)

    shown, listed = vostok.run("job", "show", "12").stdout, vostok.run("job", "list").stdout

    assert "imported" in shown
    assert "graphs" not in shown + listed
    assert "3 of 10 files" in listed


def test_a_long_cell_is_cut_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    columns = [Column(title="N", kind="number"), Column(title="REASON", characters_max=10)]
    rows = [["1", "0123456789"], ["2", "0123456789x"]]
    output, terminal = Output(is_json=False), io.StringIO()

    output.table(columns, rows)
    output.console = Console(file=terminal, force_terminal=True, color_system=None, width=80)
    output.table(columns, rows)

    assert "0123456789x\n" in capsys.readouterr().out
    lines = [line.strip() for line in terminal.getvalue().splitlines()]
    assert lines == ["N  REASON", "1  0123456789", "2  012345678…"]


def test_another_form_is_refused(vostok: CommandLine) -> None:
    ran = vostok.run("status", "--output", "xml")

    assert ran.code == 2
    assert "'table', 'json', 'tsv'" in ran.stderr


def test_a_shell_is_told_what_could_follow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", "bash"]) == 0
    assert "complete -o default -F _vostok_completion vostok" in capsys.readouterr().out
    monkeypatch.setenv("_VOSTOK_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "vostok arch")
    monkeypatch.setenv("COMP_CWORD", "1")

    with pytest.raises(SystemExit):
        main([])

    assert capsys.readouterr().out.split() == ["archive"]


def test_a_real_shell_completes_commands_options_and_choices(tmp_path: Path) -> None:
    command = tmp_path / "vostok"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -P -m vostok.entrypoints.cli "$@"\n')
    command.chmod(0o755)
    script = f"""
        set -eu
        PATH={tmp_path}:$PATH
        source <(vostok completion bash)
        completed() {{
            COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
            _vostok_completion vostok
            echo "${{COMPREPLY[@]}}"
        }}
        completed vostok archi
        completed vostok archive list --outp
        completed vostok archive list --output ""
    """

    ran = subprocess.run(
        ["/bin/bash", "--norc", "-c", script],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert ran.stdout.splitlines() == ["archive", "--output", "table json tsv"], ran.stderr
