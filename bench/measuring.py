"""What work costs: wall time, CPU time and peak memory of other processes, as the kernel counts.

CPU times are exact to the nanosecond while a process lives (clock_getcpuclockid(3)); what its
ended children used is known in ticks of 10 ms (`/proc/PID/stat`).
"""

import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

PROCESSES_MAX: Final = 1_000
STOP_SECONDS_MAX: Final = 20.0
SAMPLE_MILLISECONDS: Final = 50

_TICKS_PER_SECOND: Final = os.sysconf("SC_CLK_TCK")
_CPU_OF_ALL_THREADS: Final = 2
_CHILDREN_USER, _CHILDREN_SYSTEM = 13, 14  # fields of /proc/PID/stat behind the name, from 0
_RESET_PEAK: Final = "5"

Answer = TypeVar("Answer")


class CommandFailedError(Exception):
    """A measured command ended with another status than 0, or ran out of its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one piece of work took."""

    wall_seconds: float
    cpu_seconds: float
    """User and system time of all processes that count."""
    peak_bytes: int
    """The most memory each process held, added up; libraries that they share count in each."""

    def plus(self, other: "Cost") -> "Cost":
        """Both, one after the other."""
        return Cost(
            wall_seconds=self.wall_seconds + other.wall_seconds,
            cpu_seconds=self.cpu_seconds + other.cpu_seconds,
            peak_bytes=max(self.peak_bytes, other.peak_bytes),
        )


class WatchedProcesses:
    """Long-running processes and all their descendants, whose work is measured from outside."""

    def __init__(self, roots: Iterable[int], *, helping: Iterable[int] = ()) -> None:
        """Watches processes; of the helping ones only the CPU time, for they share their memory.

        PostgreSQL's processes would each count the buffers that all of them look at.
        """
        self._roots = tuple(roots)
        self._helping = tuple(helping)

    def cost_of(self, work: Callable[[], Answer]) -> tuple[Answer, Cost]:
        """The work's answer, and what these processes spent from its begin to its end."""
        for pid in _with_descendants(self._roots):
            with suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text(_RESET_PEAK)
        cpu_before, begin = self._cpu_seconds(), time.perf_counter()
        answer = work()
        wall_seconds = time.perf_counter() - begin
        return answer, Cost(
            wall_seconds=wall_seconds,
            cpu_seconds=self._cpu_seconds() - cpu_before,
            peak_bytes=sum(map(_peak_bytes, _with_descendants(self._roots))),
        )

    def _cpu_seconds(self) -> float:
        return sum(map(_cpu_seconds, _with_descendants([*self._roots, *self._helping])))


def run_measured(
    command: Sequence[str],
    *,
    seconds_max: float,
    environment: Mapping[str, str],
    directory: Path,
) -> tuple[str, Cost]:
    """Run a command to its end: what it wrote, and what it and the children it waited for took.

    Raises:
        CommandFailedError: its status is not 0, or it was killed after `seconds_max`.
    """
    log = directory / "command.log"
    with log.open("w+b") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the peers' programs, by the caller
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=directory,
            start_new_session=True,
        )
        peak_bytes, in_time = _peak_until_end(process.pid, begin + seconds_max)
        if not in_time:
            os.killpg(process.pid, signal.SIGKILL)
        _, status, usage = os.wait4(process.pid, 0)
        wall_seconds = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        written = output.read().decode(errors="replace")
    if not in_time or process.returncode != 0:
        why = f"ended with {process.returncode}" if in_time else f"took over {seconds_max:.0f} s"
        raise CommandFailedError(f"{' '.join(command)} {why}: {written[-2_000:].strip()}")
    return written, Cost(
        wall_seconds=wall_seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_bytes=peak_bytes,
    )


@contextmanager
def running(
    command: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path
) -> Iterator[int]:
    """The process id of a command that runs while the block lasts; then it gets SIGTERM."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - Vostok's own processes and PostgreSQL's
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=directory,
        )
    try:
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _peak_until_end(pid: int, deadline: float) -> tuple[int, bool]:
    """The most memory a child held until it ended; whether it ended before the deadline."""
    peak_bytes = 0
    descriptor = os.pidfd_open(pid)
    try:
        end = select.poll()
        end.register(descriptor, select.POLLIN)
        while time.perf_counter() < deadline:
            peak_bytes = max(peak_bytes, _peak_bytes(pid))
            if end.poll(SAMPLE_MILLISECONDS):
                return peak_bytes, True
    finally:
        os.close(descriptor)
    return peak_bytes, False


def _with_descendants(pids: Iterable[int]) -> list[int]:
    found = list(pids)
    for pid in found:  # grows while it is read: children of children
        found += _children(pid)
        if len(found) > PROCESSES_MAX:
            raise CommandFailedError(f"more than {PROCESSES_MAX} processes are to be watched")
    return found


def _cpu_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        alive = time.clock_gettime((~pid << 3) | _CPU_OF_ALL_THREADS)
    except OSError:  # it has just ended, and its parent counts it
        return 0.0
    ended = int(fields[_CHILDREN_USER]) + int(fields[_CHILDREN_SYSTEM])
    return alive + ended / _TICKS_PER_SECOND


def _peak_bytes(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        return 0
    return 0


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in _threads(pid):
        with suppress(OSError):
            found += map(int, Path(f"/proc/{pid}/task/{thread}/children").read_text().split())
    return found


def _threads(pid: int) -> list[str]:
    try:
        return [thread.name for thread in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
