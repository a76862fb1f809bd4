"""Archives at full size: Vostok's figures, and those of aptly and reprepro beside them.

    python -m bench.archives --cache DIR [--databases sqlite,postgresql] [--peers aptly,reprepro]

Prints a table, writes JSON. What is measured and what cannot be compared:
docs/explanation/speed.md.
"""

import argparse
import os
import platform
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.indices import Prepared, Suite, downloaded, machines_mirror, prepared
from bench.installation import (
    NotAvailableError,
    RequestFailedError,
    installed,
    version_of_postgresql,
)
from bench.mirror import Mirror, serving
from bench.peers import run_aptly, run_reprepro, version_of
from bench.report import PEERS, Row, print_table, write_json
from bench.vostok_work import Course, run_small, run_untouched
from vostok import __version__

DATABASES: Final = ("sqlite", "postgresql")
TABLE_WIDTH: Final = 170

_RUNS: Final = {"untouched": run_untouched, "small": run_small}
_RUNS_OF_PEERS: Final = {"aptly": run_aptly, "reprepro": run_reprepro}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what is asked; 0 also when targets are missed, for figures are no test."""
    asked = _parser().parse_args(arguments)
    notes = Console(stderr=True)
    suite = Suite(
        name=asked.suite, architecture=asked.architecture, directory=asked.cache / asked.suite
    )
    mirror_address = asked.mirror
    downloaded(suite, machines_mirror if mirror_address is None else lambda: mirror_address)
    work = Path(tempfile.mkdtemp(prefix="vostok-bench.", dir=asked.work)).absolute()
    rows: list[Row] = []
    try:
        notes.print(f"preparing the indices of {suite.name}")
        ready = prepared(
            suite, asked.cache / "prepared", work / "repositories", sources_max=asked.sources
        )
        try:
            _measure(asked, work, ready, notes, rows)
        finally:  # after an interruption too: half of the figures took a quarter of an hour
            print_table(rows, Console(width=TABLE_WIDTH))
            if asked.json is not None:
                write_json(asked.json, rows, _facts(ready, asked.sources))
    finally:
        if not asked.keep:
            notes.print(f"removing {work}")
            shutil.rmtree(work, ignore_errors=True)
    return 0


def _measure(
    asked: argparse.Namespace, work: Path, ready: Prepared, notes: Console, rows: list[Row]
) -> None:
    """Appends the rows of everything that is asked for."""
    with serving() as mirror:
        for name in asked.databases:
            for kind in _RUNS if asked.only is None else (asked.only,):
                notes.print(f"vostok, {name}, {kind} indices")
                rows += _vostok_rows(work, name, kind, ready, mirror)
        for name in asked.peers:
            notes.print(name)
            rows += _peer_rows(name, work, ready, mirror)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.archives", description=__doc__)
    add = parser.add_argument
    add("--cache", type=Path, required=True, help="directory of the indices; kept between runs")
    add("--suite", default="sid", help="suite of Debian (sid)")
    add("--architecture", default="amd64", help="its architecture (amd64)")
    add("--mirror", help="where to download it, if not from apt's own mirror")
    add("--sources", type=int, metavar="N", help="only N sources with their binaries: a trial")
    add("--databases", type=_names(DATABASES), default=list(DATABASES), help="of Vostok; or none")
    add("--peers", type=_names(PEERS), default=list(PEERS), help="or none")
    add("--only", choices=tuple(_RUNS), help="one of Vostok's two runs")
    add("--work", type=Path, default=Path("/var/tmp"), help="for data roots (/var/tmp)")  # noqa: S108 - a directory of its own is made there
    add("--keep", action="store_true", help="leave the data roots there")
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser


def _names(known: Sequence[str]) -> Callable[[str], list[str]]:
    def parse(text: str) -> list[str]:
        names = [] if text == "none" else text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: one of {', '.join(known)}")
        return names

    return parse


def _vostok_rows(
    work: Path, database: str, kind: str, ready: Prepared, mirror: Mirror
) -> list[Row]:
    with installed(work / f"{database}-{kind}", database) as installation:
        installation.warm_up(mirror.url("nowhere"))
        course = Course(installation, ready, mirror)
        try:
            _RUNS[kind](course)
        except (NotAvailableError, RequestFailedError) as error:
            course.note_failure("rest", "the rest", error)
        return course.rows


def _peer_rows(name: str, work: Path, ready: Prepared, mirror: Mirror) -> list[Row]:
    if not version_of(name):
        note = "not installed: bench/setup"
        return [Row(task="import", what="import", system=name, cost=None, note=note)]
    return _RUNS_OF_PEERS[name](work, ready, mirror)


def _facts(ready: Prepared, sources_max: int | None) -> dict[str, object]:
    return {
        "made_at": datetime.fromtimestamp(Path("/proc/self").stat().st_mtime, UTC).isoformat(),
        "machine": {
            "cpus": os.cpu_count(),
            "processor": _processor(),
            "kernel": platform.release(),
            "load_average_at_the_end": os.getloadavg(),
        },
        "versions": {
            "vostok": __version__,
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
            "postgresql": version_of_postgresql(),
            **{name: version_of(name) for name in PEERS},
        },
        "input": {
            "suite": ready.suite.name,
            "architecture": ready.suite.architecture,
            "sources": len(ready.source_names),
            "binaries": ready.binaries,
            "is_whole": sources_max is None,
        },
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    sys.exit(main())
