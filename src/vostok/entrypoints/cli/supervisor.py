"""Keeps a few child processes running: starts them in order, restarts them, stops them in reverse.

Each child runs below a `guard`, in a session of its own: Ctrl-C reaches only the supervisor, and
when the supervisor dies, even by SIGKILL, every child dies with all that it started.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vostok.client.problems import WorkFailedError
from vostok.entrypoints.cli import guard
from vostok.entrypoints.cli.child_log import ChildLog

CHUNK_BYTES: Final = 65_536
PROBE_SECONDS: Final = 0.2
KILL_SECONDS_MAX: Final = 1.0
ORPHAN_GRACE_SECONDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """A child process to be kept running.

    Attributes:
        name: for messages and for the name of its log.
        command: words; the first is a path.
        find_obstacle: asked after the first start until it returns None: why the child is not
            ready yet. It runs in a thread and has to come back within seconds. None: not asked.
        on_ready: called when it is ready for the first time.
        stop_seconds_max: time between SIGTERM and SIGKILL at the end.
        umask: of the files it makes.
    """

    name: str
    command: tuple[str, ...]
    find_obstacle: Callable[[], str | None] | None = None
    on_ready: Callable[[], None] | None = None
    stop_seconds_max: float = 3.0
    umask: int = 0o077


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """How often a child may die: `restarts_max` times in `window_seconds`."""

    restarts_max: int = 5
    window_seconds: float = 60.0
    delay_seconds_first: float = 0.25
    delay_seconds_max: float = 4.0
    ready_seconds_max: float = 60.0

    def delay_seconds(self, restarts: int) -> float:
        """Pause before a restart that is number `restarts` in the window; doubles each time."""
        return min(self.delay_seconds_first * 2.0 ** (restarts - 1), self.delay_seconds_max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all children get, and where what they say goes.

    Attributes:
        environment: all of it that they get.
        log_directory: holds NAME.log and its predecessors NAME.log.1, ….
        announce: gets a sentence for people when something happens to a child.
        echo: also gets each line of the children, after the child's name.
    """

    environment: Mapping[str, str]
    log_directory: Path
    announce: Callable[[str], None]
    echo: Callable[[str], None] | None = None


class Child:
    """One child process, over all its restarts."""

    def __init__(self, spec: ChildSpec, *, environment: Mapping[str, str], log: ChildLog) -> None:
        self.spec = spec
        self.log = log
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Starts it; it must not be running."""
        guarded = (
            sys.executable,
            "-I",
            "-S",
            guard.__file__,
            str(ORPHAN_GRACE_SECONDS),
            str(os.getpid()),
            *self.spec.command,
        )
        self._process = await asyncio.create_subprocess_exec(
            *guarded,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            cwd="/",
            start_new_session=True,
            umask=self.spec.umask,
        )
        if self._process.stdout is not None:
            self._reader = asyncio.create_task(self._copy(self._process.stdout))

    async def ended(self) -> int:
        """Waits for its end and returns its exit status, 128 + N for signal N."""
        if self._process is None:
            raise RuntimeError(f"{self.spec.name} was not started")
        code = await self._process.wait()
        if self._reader is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._reader, KILL_SECONDS_MAX)
        return 128 - code if code < 0 else code

    async def stop(self, *, at_once: asyncio.Event) -> None:
        """Ends it: SIGTERM, then SIGKILL for it and all it started when its time is over."""
        if not self.is_running:
            return
        self._signal(signal.SIGTERM)
        if not await self._ended_within(self.spec.stop_seconds_max, unless=at_once):
            self._signal(signal.SIGUSR1)  # the guard kills all below it
        if not await self._ended_within(KILL_SECONDS_MAX):
            self._kill_group()
        await self.ended()

    async def _ended_within(self, seconds: float, unless: asyncio.Event | None = None) -> bool:
        waits = {asyncio.ensure_future(self.ended())}
        if unless is not None:
            waits.add(asyncio.ensure_future(_status_after(unless)))
        _, pending = await asyncio.wait(
            waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
        )
        for task in pending:
            task.cancel()
        return not self.is_running

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)

    def _kill_group(self) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _copy(self, stream: asyncio.StreamReader) -> None:
        while chunk := await stream.read(CHUNK_BYTES):
            self.log.write(chunk)


class Supervisor:
    """A set of children, from the first one's start to the last one's end."""

    def __init__(
        self,
        children: Sequence[Child],
        *,
        policy: RestartPolicy,
        announce: Callable[[str], None],
    ) -> None:
        self._children = children
        self._policy = policy
        self._announce = announce
        self._stopping = asyncio.Event()
        self._at_once = asyncio.Event()
        self._signal: signal.Signals | None = None
        self._keepers: list[asyncio.Task[None]] = []

    async def run(self, *, on_ready: Callable[[], None]) -> int:
        """Runs the children until SIGINT or SIGTERM; a second signal kills them at once.

        Args:
            on_ready: called once, when all children run and those with a probe are ready.

        Returns:
            128 + the signal's number.

        Raises:
            WorkFailedError: a child did not become ready, or died too often. All are stopped.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop, number)
        try:
            await self._start_all()
            if not self._stopping.is_set():
                on_ready()
            await self._until_stopped()
        finally:
            self._stopping.set()
            for child in reversed(self._children):
                await child.stop(at_once=self._at_once)
            await asyncio.gather(*self._keepers, return_exceptions=True)
        return 128 + self._signal if self._signal is not None else 0

    def _stop(self, number: signal.Signals) -> None:
        if self._stopping.is_set():
            self._at_once.set()
            return
        self._signal = number
        self._stopping.set()
        self._announce("stopping; once more to stop at once")

    async def _start_all(self) -> None:
        for child in self._children:
            if self._stopping.is_set():
                return
            await child.start()
            await self._ready(child)
            if child.spec.on_ready is not None and not self._stopping.is_set():
                child.spec.on_ready()
            self._keepers.append(asyncio.create_task(self._keep(child)))

    async def _ready(self, child: Child) -> None:
        """Waits until the child is ready. Its death meanwhile is no accident: it is reported."""
        if child.spec.find_obstacle is None:
            return
        deadline = asyncio.get_running_loop().time() + self._policy.ready_seconds_max
        while not self._stopping.is_set():
            obstacle = await asyncio.to_thread(child.spec.find_obstacle)
            if not child.is_running:
                status = await child.ended()
                raise _failure(child, f"ended with {status_text(status)} before it was ready")
            if obstacle is None:
                return
            if asyncio.get_running_loop().time() > deadline:
                seconds = self._policy.ready_seconds_max
                raise _failure(child, f"was not ready after {seconds:.0f} s: {obstacle}")
            await asyncio.sleep(PROBE_SECONDS)

    async def _until_stopped(self) -> None:
        stopped = asyncio.create_task(self._stopping.wait())
        done, _ = await asyncio.wait(
            {stopped, *self._keepers}, return_when=asyncio.FIRST_COMPLETED
        )
        stopped.cancel()
        for task in done - {stopped}:
            task.result()  # raises what ended the keeper

    async def _keep(self, child: Child) -> None:
        """Restarts the child whenever it ends, until the supervisor stops."""
        loop = asyncio.get_running_loop()
        deaths: deque[float] = deque()
        while True:
            status = await child.ended()
            if self._stopping.is_set():
                return
            deaths.append(loop.time())
            while deaths[0] < loop.time() - self._policy.window_seconds:
                deaths.popleft()
            if len(deaths) > self._policy.restarts_max:
                seconds = self._policy.window_seconds
                raise _failure(
                    child,
                    f"died {len(deaths)} times in {seconds:.0f} s,"
                    f" the last time with {status_text(status)}",
                )
            self._announce(
                f"{child.spec.name} ended with {status_text(status)}, starting it again"
                f" ({len(deaths)} of {self._policy.restarts_max})"
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(
                    self._stopping.wait(), self._policy.delay_seconds(len(deaths))
                )
            if self._stopping.is_set():
                return
            await child.start()


def status_text(status: int) -> str:
    """An exit status in words; above 128 it is the signal that killed the process."""
    try:
        return f"signal {signal.Signals(status - 128).name}"
    except ValueError:
        return f"exit status {status}"


def run_children(
    specs: Sequence[ChildSpec],
    surroundings: Surroundings,
    *,
    on_ready: Callable[[], None],
    policy: RestartPolicy | None = None,
) -> int:
    """Runs children, given in the order of their start, as `Supervisor.run` does."""

    async def run() -> int:
        children = [
            Child(
                spec,
                environment=surroundings.environment,
                log=ChildLog(
                    surroundings.log_directory / f"{spec.name}.log",
                    name=spec.name,
                    echo=surroundings.echo,
                ),
            )
            for spec in specs
        ]
        supervisor = Supervisor(
            children, policy=policy or RestartPolicy(), announce=surroundings.announce
        )
        return await supervisor.run(on_ready=on_ready)

    return asyncio.run(run())


async def _status_after(event: asyncio.Event) -> int:
    await event.wait()
    return 0


def _failure(child: Child, what: str) -> WorkFailedError:
    lines = child.log.last_lines()
    shown = "".join(f"\n  {line}" for line in lines)
    return WorkFailedError(
        f"{child.spec.name} {what}" + (f"; its last lines:{shown}" if shown else ""),
        hint=f"its whole log: {child.log.file}",
    )
