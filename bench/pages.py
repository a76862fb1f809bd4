"""Every page and every list of the API at full size: how long they take, and how large they are.

    python -m bench.pages --cache DIR [--database postgresql] [--stage DIR] [--only TEXT]

Prints a table and writes JSON; the exit status does not depend on the figures. What the
installation has in it is said in bench/full_size.py, the rest in docs/explanation/speed.md.
"""

import argparse
import json
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import httpx
from rich.console import Console
from rich.table import Table

from bench.archives import DATABASES
from bench.full_size import ARCHIVE, Sizes, make_full_size
from bench.indices import State, Suite, downloaded, machines_mirror, prepared
from bench.installation import Installation, installed
from bench.mirror import Mirror, serving
from bench.pages_asked import LISTS, PAGES, Asked
from bench.vostok_work import Course

SAMPLES: Final = 7
SLOW_SECONDS: Final = 0.2
TABLE_WIDTH: Final = 150
LOGGED_FILE: Final = "logged-build"
TRIAL: Final = Sizes(
    archives=10, persons=20, teams=10, publications=20, audit_entries=500, jobs=50, own_files=20,
    campaigns=("all", "all"),
)  # fmt: skip
_KIB: Final = 1 << 10
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one address took."""

    address: str
    status: int
    first_wall_seconds: float
    """Of the first request: nothing of it was kept yet."""
    wall_seconds: float
    """The median of the others."""
    worst_wall_seconds: float
    first_byte_seconds: float
    """The median until the answer began."""
    cpu_seconds: float
    """Of all processes, the mean of the others."""
    peak_bytes: int
    answer_bytes: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked; 0 also when something is slow, for figures are no test."""
    asked = _parser().parse_args(arguments)
    notes = Console(stderr=True)
    work = Path(tempfile.mkdtemp(prefix="vostok-pages.", dir=asked.work)).absolute()
    stage = (asked.stage or work / "stage").absolute()
    try:
        is_made = (stage / LOGGED_FILE).exists()
        with (
            serving() as mirror,  # to the end: server and executor keep their connections to it
            installed(
                stage, asked.database, keeps=is_made, stays=asked.stage is not None
            ) as installation,
        ):
            if not is_made:
                notes.print("making an installation of full size: minutes")
                _make(asked, work, installation, mirror, stage)
            found = _measure(installation, stage, asked, notes)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _print(found, Console(width=TABLE_WIDTH))
    if asked.json is not None:
        asked.json.write_text(json.dumps([asdict(each) for each in found], indent=2) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench.pages", description=__doc__)
    add = parser.add_argument
    add("--cache", type=Path, required=True, help="directory of the indices; kept between runs")
    add("--database", choices=DATABASES, default="sqlite")
    add(
        "--stage",
        type=Path,
        metavar="DIR",
        help="keep the installation there and go on with it the next time",
    )
    add("--only", metavar="REGEX", help="only addresses in which this is found")
    add("--samples", type=int, default=SAMPLES, help="requests to each address after the first")
    add("--sources", type=int, metavar="N", help="only N sources and few of all else: a trial")
    add("--work", type=Path, default=Path("/var/tmp"), help="for data roots (/var/tmp)")  # noqa: S108 - a directory of its own is made there
    add("--json", type=Path, metavar="FILE", help="write the figures there")
    return parser  # fmt: skip


def _make(
    asked: argparse.Namespace,
    work: Path,
    installation: Installation,
    mirror: Mirror,
    stage: Path,
) -> None:
    suite = Suite(name="sid", architecture="amd64", directory=asked.cache / "sid")
    downloaded(suite, machines_mirror)
    ready = prepared(
        suite, asked.cache / "prepared", work / "repositories", sources_max=asked.sources
    )
    sizes = Sizes() if asked.sources is None else TRIAL
    installation.warm_up(mirror.url("nowhere"))
    course = Course(installation, ready, mirror)
    course.show(ready.untouched(State.FIRST))
    logged = make_full_size(course, installation.settings, sizes)
    (stage / LOGGED_FILE).write_text(str(logged))


def _measure(
    installation: Installation, stage: Path, asked: argparse.Namespace, notes: Console
) -> list[Figures]:
    logged = installation.ask("GET", f"/builds/{(stage / LOGGED_FILE).read_text()}")
    jobs = installation.ask("GET", "/jobs?limit=1")["jobs"]
    names = {"archive": ARCHIVE, "build": logged["url"], "id": logged["id"], "job": jobs[0]["id"]}
    found = []
    base = str(installation.client.base_url)
    with httpx.Client(base_url=base, timeout=60) as visitor:
        _sign_in(visitor, installation)
        for each in [*PAGES, *LISTS]:
            address = each.address.format(**names)
            if asked.only and not re.search(asked.only, address):
                continue
            client = installation.client if address.startswith("/api/") else visitor
            for part in _parts(client, address, each):
                notes.print(part)
                found.append(_figures(installation, client, part, asked.samples))
    return found


def _sign_in(visitor: httpx.Client, installation: Installation) -> None:
    token = installation.settings.admin_token_file.read_text().strip()
    base = str(installation.client.base_url).rstrip("/")
    visitor.post("/sign-in", data={"token": token}, headers={"Origin": base})
    if not visitor.cookies:
        raise RuntimeError("the server did not let the administrator in")


def _parts(client: httpx.Client, address: str, asked: Asked) -> list[str]:
    """The address; of a list that goes on also its second and last pieces."""
    if not asked.goes_on:
        return [address]
    second = client.get(address).links.get("next", {}).get("url")
    return [address] if second is None else [address, second]


def _figures(
    installation: Installation, client: httpx.Client, address: str, samples: int
) -> Figures:
    (first, _, status, _), _ = installation.cost_of(lambda: _asked(client, address))
    walls, first_bytes, costs, size = [], [], [], 0
    for _ in range(samples):
        (wall, first_byte, status, size), cost = installation.cost_of(
            lambda: _asked(client, address)
        )
        walls.append(wall)
        first_bytes.append(first_byte)
        costs.append(cost)
    return Figures(
        address=address,
        status=status,
        first_wall_seconds=first,
        wall_seconds=statistics.median(walls),
        worst_wall_seconds=max(walls),
        first_byte_seconds=statistics.median(first_bytes),
        cpu_seconds=statistics.fmean(cost.cpu_seconds for cost in costs),
        peak_bytes=max(cost.peak_bytes for cost in costs),
        answer_bytes=size,
    )


def _asked(client: httpx.Client, address: str) -> tuple[float, float, int, int]:
    """(seconds until the end, until the first bytes, status, bytes) of one answer."""
    begin, size, first = time.perf_counter(), 0, None
    with client.stream("GET", address) as answer:
        for piece in answer.iter_raw():
            first = first or time.perf_counter() - begin
            size += len(piece)
    end = time.perf_counter() - begin
    return end, first or end, answer.status_code, size


def _print(found: Sequence[Figures], console: Console) -> None:
    table = Table(title="Pages and lists at full size", pad_edge=False)
    table.add_column("address", overflow="fold")
    for name in ("status", "wall s", "worst", "first", "first byte", "CPU s", "KiB", "peak MB"):
        table.add_column(name, justify="right", no_wrap=True)
    for each in sorted(found, key=lambda each: -each.wall_seconds):
        table.add_row(
            each.address,
            str(each.status),
            f"{each.wall_seconds:.3f}",
            f"{each.worst_wall_seconds:.3f}",
            f"{each.first_wall_seconds:.3f}",
            f"{each.first_byte_seconds:.3f}",
            f"{each.cpu_seconds:.3f}",
            f"{each.answer_bytes / _KIB:.0f}",
            f"{each.peak_bytes / _MIB:.0f}",
            style="bold" if each.first_byte_seconds > SLOW_SECONDS else "",
        )
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
