"""Runs one command and outlives all its descendants; the supervisor starts each child through it.

A program of its own with nothing but the standard library, run by path and without `site`::

    python3 -I -S guard.py GRACE_SECONDS PARENT_PID COMMAND...

It closes the gap that process groups and parent-death signals leave. A signal at the parent's
death reaches one process, not the processes which that one started; a group can be left by
`setsid`. As «child subreaper» of all its descendants (prctl(2)) this process inherits those that
lose their parent, so when the command ends, however it ends, none is left running.

- SIGTERM (also sent by the kernel when the supervisor dies) is passed on to the command.
  It may come repeatedly: the kernel sends it anew for each thread of the supervisor that dies.
- SIGUSR1, or `GRACE_SECONDS` after SIGTERM, kills the command.
- The command's own end kills what is left, and its exit status becomes this process's.
- If this process is killed itself, the kernel kills the command.
"""

import ctypes
import math
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SIGNALS = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGUSR1)
WAIT_SECONDS_MAX = 3_600.0
SWEEP_ROUNDS_MAX = 250
SWEEP_SECONDS = 0.02


def run(words: list[str], *, grace_seconds: float) -> int:
    """Starts the command, passes signals on, waits for its end; returns an exit status.

    Signals are blocked and taken one by one, so none can come between two steps.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    # setpriv becomes the command by exec, so this is the command's process id.
    guarded = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *words]
    environment = os.environ  # noqa: TID251 - handed on unread
    defaults = (signal.SIGPIPE, signal.SIGXFSZ)
    pid = os.posix_spawn(guarded[0], guarded, environment, setsigmask=(), setsigdef=defaults)
    deadline = math.inf
    while (status := _status_of(pid)) is None:
        left_seconds = min(deadline - time.monotonic(), WAIT_SECONDS_MAX)
        taken = signal.sigtimedwait(SIGNALS, max(left_seconds, 0))
        number = None if taken is None else taken.si_signo
        if number == signal.SIGUSR1 or time.monotonic() >= deadline:
            os.kill(pid, signal.SIGKILL)
            deadline = math.inf
        elif number in {signal.SIGTERM, signal.SIGINT} and deadline == math.inf:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + grace_seconds
    return 128 - status if status < 0 else status


def _status_of(pid: int) -> int | None:
    """The exit status of the process if it has ended; buries all others that have."""
    while True:
        ended, status = os.waitpid(-1, os.WNOHANG)
        if ended == 0:
            return None
        if ended == pid:
            return os.waitstatus_to_exitcode(status)


def kill_orphans() -> None:
    """Kills every process that is left below this one; those of the killed come up in turn."""
    for _ in range(SWEEP_ROUNDS_MAX):
        for pid in _children():
            os.kill(pid, signal.SIGKILL)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(SWEEP_SECONDS)


def _children() -> list[int]:
    own = str(os.getpid())
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        if len(fields) > 1 and fields[1] == own:
            found.append(int(entry.name))
    return found


def main(arguments: list[str]) -> int:
    """Takes GRACE_SECONDS, PARENT_PID and the command's words."""
    grace_seconds, parent_pid, *words = arguments
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value in ((PR_SET_CHILD_SUBREAPER, 1), (PR_SET_PDEATHSIG, signal.SIGTERM)):
        if libc.prctl(option, value, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), f"prctl {option}")
    if os.getppid() != int(parent_pid):
        return 128 + signal.SIGTERM  # the parent died before the kernel knew whom to tell
    status = run(words, grace_seconds=float(grace_seconds))
    kill_orphans()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
