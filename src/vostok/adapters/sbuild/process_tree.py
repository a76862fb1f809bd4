"""The processes below one process, read from /proc."""

import os
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
BYTES_PER_KIBIBYTE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    pid: int
    parent: int
    resident_pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessTree:
    """A process and everything below it, at one moment."""

    pids: tuple[int, ...]
    resident_bytes: int

    def proportional_bytes(self) -> int:
        """Memory with shared pages counted once; slower, so only asked near the limit."""
        return sum(_proportional_bytes(pid) for pid in self.pids)


def process_tree(root: int) -> ProcessTree:
    """The tree below process `root`, itself included. O(processes of the machine).

    `resident_bytes` counts a page once for each process that shares it: an upper bound.
    """
    children: dict[int, list[_Process]] = {}
    found: dict[int, _Process] = {}
    for entry in PROC.iterdir():
        if entry.name.isdecimal() and (process := _read(int(entry.name))):
            children.setdefault(process.parent, []).append(process)
            found[process.pid] = process
    waiting = [found[root]] if root in found else []
    tree: list[_Process] = []
    while waiting:
        process = waiting.pop()
        tree.append(process)
        waiting.extend(children.get(process.pid, ()))
    return ProcessTree(
        pids=tuple(process.pid for process in tree),
        resident_bytes=sum(process.resident_pages for process in tree) * PAGE_BYTES,
    )


def _read(pid: int) -> _Process | None:
    try:
        # The command's name, in parentheses, may hold spaces and parentheses itself.
        fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return _Process(pid=pid, parent=int(fields[1]), resident_pages=int(fields[21]))


def _proportional_bytes(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    sizes = (line.split()[1] for line in lines if line.startswith("Pss:"))
    return int(next(sizes, "0")) * BYTES_PER_KIBIBYTE
