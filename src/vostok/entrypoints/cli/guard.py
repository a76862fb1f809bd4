"""Runs one command and outlives all its descendants; the supervisor starts each child through it.

A program of its own with nothing but the standard library, run by path and without `site`::

    python3 -I -S guard.py GRACE_SECONDS PARENT_PID COMMAND...

It closes the gap that process groups and parent-death signals leave. A signal at the parent's
death reaches one process, not the processes which that one started; a group can be left by
`setsid`. As «child subreaper» of all its descendants (prctl(2)) this process inherits those that
lose their parent, so when the command ends, however it ends, none is left running.

- SIGTERM (also sent by the kernel when the supervisor dies) is passed on to the command.
- A second SIGTERM, or `GRACE_SECONDS` after the first, kills the command.
- The command's own end kills what is left, and its exit status becomes this process's.
- If this process is killed itself, the kernel kills the command.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SWEEP_ROUNDS_MAX = 250
SWEEP_SECONDS = 0.02


class Command:
    """The command, from its start to its end."""

    def __init__(self, grace_seconds: int) -> None:
        self._grace_seconds = grace_seconds
        self._pid: int | None = None
        self._is_ending = False

    def run(self, words: list[str]) -> int:
        """Starts the command, waits for its end, kills what it left; returns an exit status."""
        signal.signal(signal.SIGTERM, self._end)
        signal.signal(signal.SIGINT, self._end)
        signal.signal(signal.SIGALRM, self._kill)
        # setpriv becomes the command by exec, so this is the command's process id.
        guarded = ["/usr/bin/setpriv", "--pdeathsig", "KILL", "--", *words]
        defaults = [signal.SIGPIPE, signal.SIGXFSZ]
        environment = os.environ  # noqa: TID251 - handed on unread
        self._pid = os.posix_spawn(guarded[0], guarded, environment, setsigdef=defaults)
        if self._is_ending:
            self._kill()
        while True:
            pid, status = os.waitpid(-1, 0)
            if pid == self._pid:
                break
        code = os.waitstatus_to_exitcode(status)
        return 128 - code if code < 0 else code

    def _end(self, *_: object) -> None:
        if self._is_ending or self._pid is None:
            self._is_ending = True
            self._kill()
            return
        self._is_ending = True
        os.kill(self._pid, signal.SIGTERM)
        signal.alarm(self._grace_seconds)

    def _kill(self, *_: object) -> None:
        if self._pid is not None:
            os.kill(self._pid, signal.SIGKILL)


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
    status = Command(int(grace_seconds)).run(words)
    kill_orphans()
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
