"""Runs commands as the build user in a pid namespace that dies with the builder.

How it dies: the kernel kills `unshare` when the thread that started it ends (`setpriv
--pdeathsig`), and the namespace's first process when `unshare` ends (again `--pdeathsig`, set
after the change of user, because the kernel clears it at that change); with its first process
the whole namespace goes. So the thread that calls `run` must live as long as the command.

What enforces which bound:

- wall clock, silence, size of the output: the loop below, which kills the namespace;
- memory: the loop adds up all processes; besides, each process has it as RLIMIT_DATA;
- processes: the loop counts them; twice the bound is RLIMIT_NPROC, against fork bombs;
- disk: the loop stops when less than DISK_FREE_BYTES_MIN is free. (No RLIMIT_FSIZE: test suites
  write huge sparse files. What a build may deliver is bounded when it is collected.)
"""

import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from vostok.adapters.sbuild.build_user import CLOSED_PATH, BuildUser, IdRange
from vostok.adapters.sbuild.process_tree import process_tree
from vostok.domain.build_log import Ending
from vostok.errors import UnavailableError
from vostok.services.building.builder_ports import Bounds, SandboxExit, StopSignal

DIE_WITH_PARENT = ("setpriv", "--pdeathsig", "KILL")
READ_BYTES = 65_536
POLL_SECONDS = 0.2
INSPECT_SECONDS = 2.0
KILL_SECONDS_MAX = 10.0
REMOVE_SECONDS_MAX = 600
DISK_FREE_BYTES_MIN = 1024**3
TOOLS = ("sbuild", "mmdebstrap", "unshare", "setpriv", "prlimit", "newuidmap", "dpkg-deb")


class UserSandbox:
    """The sandbox of one build user."""

    def __init__(self, user: BuildUser) -> None:
        self._user = user

    def command_line(
        self, command: Sequence[str], *, environment: dict[str, str], bounds: Bounds
    ) -> list[str]:
        """The whole argument list, from the builder down to the command."""
        user = self._user
        closed = {
            "PATH": CLOSED_PATH,
            "HOME": str(user.home),
            "USER": user.name,
            "LOGNAME": user.name,
            "LC_ALL": "C.UTF-8",
            **environment,
        }
        variables = [f"{name}={value}" for name, value in closed.items()]
        limits = [
            "prlimit",
            f"--data={bounds.memory_bytes_max}",
            f"--nproc={2 * bounds.processes_max}",
            "--core=0",
            "--",
        ]
        return [
            *DIE_WITH_PARENT, "--",
            *self._namespace(), "env", "-i", *variables,
            "setpriv", *self._change_of_user(), "--pdeathsig", "KILL", "--",
            *limits, *command,
        ]  # fmt: skip

    def _namespace(self) -> list[str]:
        """What makes the pid namespace.

        A builder that is not root needs a user namespace for it. There every id stands for
        itself, and the rights of its owner are kept, or the set-uid programs newuidmap and
        newgidmap could not make the further namespace in which sbuild is root.
        """
        user = self._user
        options = ["--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"]
        if user.is_own:
            options += ["--user", "--keep-caps"]
            options += [f"--map-user={user.uid}", f"--map-group={user.gid}"]
            options += [f"--map-users={_to_itself(user.subordinate_uids)}"]
            options += [f"--map-groups={_to_itself(user.subordinate_gids)}"]
        return ["unshare", *options]

    def _change_of_user(self) -> list[str]:
        user = self._user
        if user.is_own:
            return []
        return ["--reuid", user.name, "--regid", str(user.gid), "--init-groups", "--inh-caps=-all"]

    def run(  # noqa: PLR0913 - each is one facet of a process
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: dict[str, str],
        write: Callable[[bytes], None],
        bounds: Bounds,
        stop: StopSignal,
    ) -> SandboxExit:
        """Run to the end, or to the first bound or stop; both outputs go to `write`."""
        process = subprocess.Popen(  # noqa: S603 - an argument list of ours
            self.command_line(command, environment=environment, bounds=bounds),
            cwd=directory,
            env={"PATH": CLOSED_PATH},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            watch = _Watch(process, write=write, bounds=bounds, stop=stop, directory=directory)
            ending = watch.until_end()
        finally:
            _kill(process)
        return SandboxExit(ending=ending, returncode=process.returncode)

    def make_directory(self, path: Path) -> None:
        """Make a directory that belongs to the build user."""
        path.mkdir(mode=0o755)
        path.chmod(0o755)
        if not self._user.is_own:
            os.chown(path, self._user.uid, self._user.gid)

    def remove(self, directory: Path) -> None:
        """Remove a directory whatever user of the sandbox owns what is in it."""
        if not directory.exists():
            return
        if not self._user.is_own:
            shutil.rmtree(directory)
            return
        done = subprocess.run(  # noqa: S603 - an argument list of ours
            ["unshare", "--user", "--map-root-user", "--map-auto", "rm", "-rf", "--",  # noqa: S607
             str(directory)],
            env={"PATH": CLOSED_PATH},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=REMOVE_SECONDS_MAX,
        )  # fmt: skip
        if done.returncode:
            raise UnavailableError(f"{directory} could not be removed: {done.stderr.strip()}")


class _Watch:
    """Pumps one process' output and looks at its bounds."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        write: Callable[[bytes], None],
        bounds: Bounds,
        stop: StopSignal,
        directory: Path,
    ) -> None:
        self._process = process
        self._write = write
        self._bounds = bounds
        self._stop = stop
        self._directory = directory
        self._started = self._last_output = self._inspected = time.monotonic()
        self._output_bytes = 0

    def until_end(self) -> Ending:
        """What ended the process; it may still have to be killed."""
        output = self._process.stdout
        if output is None:
            raise AssertionError("the process was started with a pipe")
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            while True:
                if selector.select(POLL_SECONDS):
                    content = os.read(output.fileno(), READ_BYTES)
                    if not content:
                        break
                    self._take(content)
                ending = self._ending()
                if ending is not None:
                    return ending
        return self._wait_after_output()

    def _take(self, content: bytes) -> None:
        room = self._bounds.output_bytes_max - self._output_bytes
        self._output_bytes += len(content)
        self._last_output = time.monotonic()
        self._write(content[: max(room, 0)])

    def _wait_after_output(self) -> Ending:
        while self._process.poll() is None:
            if self._stop.wait(POLL_SECONDS):
                return Ending.STOPPED
            ending = self._ending()
            if ending is not None:
                return ending
        return Ending.EXITED

    def _ending(self) -> Ending | None:
        now = time.monotonic()
        if self._stop.is_set():
            return Ending.STOPPED
        if now - self._started > self._bounds.wall_seconds_max:
            return Ending.WALL
        if now - self._last_output > self._bounds.silence_seconds_max:
            return Ending.SILENCE
        if self._output_bytes > self._bounds.output_bytes_max:
            return Ending.OUTPUT
        if now - self._inspected > INSPECT_SECONDS:
            self._inspected = now
            return self._inspection()
        return None

    def _inspection(self) -> Ending | None:
        tree = process_tree(self._process.pid)
        if len(tree.pids) > self._bounds.processes_max:
            return Ending.PROCESSES
        memory_bytes_max = self._bounds.memory_bytes_max
        if tree.resident_bytes > memory_bytes_max < tree.proportional_bytes():
            return Ending.MEMORY
        if shutil.disk_usage(self._directory).free < DISK_FREE_BYTES_MIN:
            return Ending.DISK
        return None


def _to_itself(ids: IdRange) -> str:
    """A map of ids in the words of unshare: outside, inside, how many."""
    return f"{ids.start},{ids.start},{ids.count}"


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and everything below it, and wait until it is gone."""
    pids = process_tree(process.pid).pids if process.poll() is None else ()
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    process.wait(KILL_SECONDS_MAX)
    if process.stdout is not None:
        process.stdout.close()
    deadline = time.monotonic() + KILL_SECONDS_MAX
    while any(_is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS / 10)


def _is_alive(pid: int) -> bool:
    try:
        state = (Path("/proc") / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] not in {"Z", "X"}


def check_tools() -> None:
    """Say what is missing on this machine.

    Raises:
        UnavailableError: a program that builds need is not there.
    """
    missing = [tool for tool in TOOLS if shutil.which(tool, path=CLOSED_PATH) is None]
    if missing:
        raise UnavailableError(
            f"programs are missing: {', '.join(missing)}",
            hint="apt-get install sbuild mmdebstrap uidmap util-linux dpkg-dev",
        )
