"""The rows of a run: what was done, by whom, at what cost, against which target and which peer."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.measuring import Cost

_MIB: Final = 1 << 20
_UNITS: Final = {"wall_seconds": "s wall", "cpu_seconds": "s CPU", "peak_bytes": "MB peak"}
_SMALLEST_SECONDS: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A bound that a cost should keep."""

    quantity: str
    """Which of the fields of `Cost`."""
    limit: float
    allowance: float = 0.0
    """What does not count, in the same unit: decompression for instance."""

    def is_reached(self, cost: Cost) -> bool:
        """Whether the cost keeps it."""
        return float(getattr(cost, self.quantity)) - self.allowance <= self.limit

    def sentence(self, cost: Cost) -> str:
        """The bound, and whether it is kept."""
        scale = _MIB if self.quantity == "peak_bytes" else 1
        beyond = f" beyond {self.allowance / scale:.2f}" if self.allowance else ""
        verdict = "reached" if self.is_reached(cost) else "NOT reached"
        return f"≤ {self.limit / scale:g} {_UNITS[self.quantity]}{beyond}: {verdict}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement."""

    task: str
    """The same word for the same work of different systems: these are compared."""
    what: str
    system: str
    cost: Cost | None
    """None if it could not be done; the note says why."""
    targets: tuple[Target, ...] = ()
    note: str = ""


PEERS: Final = ("aptly", "reprepro")


def ratios(row: Row, rows: Iterable[Row]) -> dict[str, tuple[float, float]]:
    """Peer -> how many times as much wall and CPU time it took for the same work."""
    cost = row.cost
    if cost is None or row.system in PEERS:
        return {}
    return {
        other.system: (
            other.cost.wall_seconds / max(cost.wall_seconds, _SMALLEST_SECONDS),
            other.cost.cpu_seconds / max(cost.cpu_seconds, _SMALLEST_SECONDS),
        )
        for other in rows
        if other.system in PEERS and other.task == row.task and other.cost is not None
    }


def print_table(rows: Sequence[Row], console: Console) -> None:
    """All rows, those of one task together."""
    table = Table(title="Archives", show_lines=False, pad_edge=False)
    table.add_column("work", overflow="fold")
    table.add_column("by", no_wrap=True)
    for name in ("wall s", "CPU s", "peak MB"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("target", overflow="fold")
    table.add_column("peers need: times wall / CPU", overflow="fold")
    order = {task: number for number, task in enumerate(dict.fromkeys(r.task for r in rows))}
    task = ""
    for row in sorted(rows, key=lambda row: order[row.task]):
        if task not in ("", row.task):
            table.add_section()
        task = row.task
        table.add_row(*_cells(row, rows))
    console.print(table)


def _cells(row: Row, rows: Sequence[Row]) -> list[str]:
    what = f"{row.what} ({row.note})" if row.note else row.what
    if row.cost is None:
        return [what, row.system, "-", "-", "-", "", ""]
    against = ", ".join(
        f"{peer} {wall:.1f} / {cpu:.1f}" for peer, (wall, cpu) in ratios(row, rows).items()
    )
    return [
        what,
        row.system,
        f"{row.cost.wall_seconds:.3f}",
        f"{row.cost.cpu_seconds:.3f}",
        f"{row.cost.peak_bytes / _MIB:.0f}",
        "\n".join(target.sentence(row.cost) for target in row.targets),
        against,
    ]


def document(rows: Sequence[Row], facts: Mapping[str, object]) -> dict[str, object]:
    """The run as JSON: the facts, and each row with targets and ratios."""
    return {**facts, "rows": [_row_document(row, rows) for row in rows]}


def write_json(file: Path, rows: Sequence[Row], facts: Mapping[str, object]) -> None:
    """Writes the run's document."""
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document(rows, facts), indent=2, ensure_ascii=False)
    file.write_text(text + "\n")


def _row_document(row: Row, rows: Sequence[Row]) -> dict[str, object]:
    cost = row.cost
    return {
        "task": row.task,
        "what": row.what,
        "system": row.system,
        "note": row.note,
        "wall_seconds": None if cost is None else round(cost.wall_seconds, 4),
        "cpu_seconds": None if cost is None else round(cost.cpu_seconds, 4),
        "peak_bytes": None if cost is None else cost.peak_bytes,
        "targets": [
            {
                "quantity": target.quantity,
                "limit": target.limit,
                "allowance": target.allowance,
                "is_reached": None if cost is None else target.is_reached(cost),
            }
            for target in row.targets
        ],
        "peers": {
            peer: {"wall_ratio": round(wall, 2), "cpu_ratio": round(cpu, 2)}
            for peer, (wall, cpu) in ratios(row, rows).items()
        },
    }
