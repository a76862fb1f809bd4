"""The builder: claims attempts from a server and makes them, some at a time."""

import argparse
import logging
import platform
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from vostok.adapters.compiler_prover.prover import DwarfProver
from vostok.adapters.gateway_client import HttpGateway
from vostok.adapters.sbuild.build import SbuildExecutor
from vostok.adapters.sbuild.build_user import build_user
from vostok.adapters.sbuild.chroot import ChrootCache
from vostok.adapters.sbuild.sandbox import UserSandbox, check_tools
from vostok.adapters.sbuild.workplace import AttemptDirectories
from vostok.domain.attempt import Claim
from vostok.errors import UnavailableError, VostokError
from vostok.services.building.attempt import BuilderServices, run_attempt
from vostok.services.building.builder_ports import StopReason, StopSignal

CHROOTS_NAME = "chroots"
SLOTS_MAX = 64
IDLE_SECONDS_MIN, IDLE_SECONDS_MAX = 1.0, 2.0
AWAY_SECONDS = 5.0
ARCHIVES_SECONDS = 60.0
SHUTDOWN_SECONDS_MAX = 4.0

_log = logging.getLogger("vostok.builder")


def run(  # noqa: PLR0913 - the settings of one builder
    *,
    url: str,
    token: str,
    root: Path,
    name: str,
    slots: int,
    architectures: Sequence[str],
    stop: threading.Event | None = None,
) -> int:
    """Build until told to stop; the exit code.

    Args:
        url: the server's address.
        token: the builder's token.
        root: directory for chroots and attempts; every directory above it must be searchable
            for the build user.
        name: what the server calls this builder.
        slots: how many attempts at a time.
        architectures: what it can build.
        stop: ends it; without one SIGTERM and SIGINT do (only in the main thread). Whatever is
            being built is killed, and left to the server's lease.

    Raises:
        UnavailableError: a program or the build user's subordinate ids are missing.
        ConflictError: another builder runs in `root`.
    """
    ending = stop or _on_signals()
    logging.getLogger("httpx").setLevel(logging.WARNING)  # else one line for each heartbeat
    check_tools()
    user = build_user()
    sandbox = UserSandbox(user)
    with (
        closing(AttemptDirectories(root, sandbox)) as workplace,
        closing(HttpGateway(url, token, builder=name, architectures=architectures)) as gateway,
    ):
        left = workplace.sweep()
        _log.info("builder %s serves %s; %d attempts were left over", name, url, left)
        services = BuilderServices(
            gateway=gateway,
            executor=SbuildExecutor(sandbox, builder=name),
            chroots=ChrootCache(root / CHROOTS_NAME, sandbox),
            prover=DwarfProver(
                sandbox,
                uid=None if user.is_own else user.uid,
                gid=None if user.is_own else user.gid,
            ),
            workplace=workplace,
            clock=time.monotonic,
        )
        _serve(_Builder(services, ending), min(slots, SLOTS_MAX), ending)
    return 0


def _serve(builder: "_Builder", slots: int, ending: threading.Event) -> None:
    """Run all loops until the end is asked for, then a bounded time more.

    The threads are daemons: one that waits for a server that is away cannot hold up the end.
    """
    threads = [
        threading.Thread(target=builder.slot, name=f"slot-{number}", daemon=True)
        for number in range(slots)
    ]
    threads.append(threading.Thread(target=builder.forget_archives, name="archives", daemon=True))
    for thread in threads:
        thread.start()
    ending.wait()
    builder.shut_down()
    deadline = time.monotonic() + SHUTDOWN_SECONDS_MAX
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))


def _on_signals() -> threading.Event:
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    return ending


class _Builder:
    """The loops of one builder."""

    def __init__(self, services: BuilderServices, ending: threading.Event) -> None:
        self._services = services
        self._ending = ending
        self._guard = threading.Lock()
        self._running: set[StopSignal] = set()
        self._jitter = random.Random()  # noqa: S311 - spreads questions, nothing secret

    def slot(self) -> None:
        """Claim and build, one attempt after the other.

        The thread lives as long as the builder: the kernel kills what a thread started when
        that thread ends.
        """
        while not self._ending.is_set():
            pause = self._once()
            if pause:
                self._ending.wait(pause)

    def forget_archives(self) -> None:
        """Remove the caches of archives that are gone."""
        while not self._ending.wait(ARCHIVES_SECONDS):
            self._keep_known_archives()

    def shut_down(self) -> None:
        """Kill everything that is being built."""
        with self._guard:
            for stop in self._running:
                stop.set(StopReason.SHUTDOWN)

    def _once(self) -> float:
        """Seconds to wait before the next claim."""
        try:
            claim = self._services.gateway.claim()
        except UnavailableError as error:
            _log.info("no claim: %s", error)
            return AWAY_SECONDS
        except VostokError as error:
            _log.warning("no claim: %s", error)
            return AWAY_SECONDS
        if claim is None:
            # Spread the builders' questions; nothing here needs to be unpredictable.
            return self._jitter.uniform(IDLE_SECONDS_MIN, IDLE_SECONDS_MAX)
        self._attempt(claim)
        self._keep_known_archives()
        return 0.0

    def _attempt(self, claim: Claim) -> None:
        stop = StopSignal()
        with self._guard:
            self._running.add(stop)
            if self._ending.is_set():
                stop.set(StopReason.SHUTDOWN)
        label = f"build {claim.build_id} attempt {claim.attempt} ({claim.source.name})"
        _log.info("%s: begins", label)
        try:
            outcome = run_attempt(self._services, claim, stop=stop)
            _log.info("%s: %s", label, outcome or "left to the server")
        except Exception:  # noqa: BLE001 - logged with its traceback
            # This loop owns the slot: one attempt's bug must not end it. The lease ends the rest.
            _log.exception("%s: broken off", label)
            self._ending.wait(AWAY_SECONDS)
        finally:
            with self._guard:
                self._running.discard(stop)

    def _keep_known_archives(self) -> None:
        try:
            self._services.chroots.keep_only(self._services.gateway.archive_ids())
        except (VostokError, OSError) as error:
            _log.info("caches were not looked through: %s", error)


def main() -> int:
    """`python -m vostok.entrypoints.builder`, as `vostok up` and `vostok builder` start it."""
    parser = argparse.ArgumentParser(prog="vostok builder", description=__doc__)
    parser.add_argument("--url", required=True, help="the server's address")
    parser.add_argument("--token-file", type=Path, required=True, help="holds the builder's token")
    parser.add_argument("--root", type=Path, required=True, help="for chroots and attempts")
    parser.add_argument("--slots", type=int, default=1, help="attempts at a time")
    parser.add_argument("--name", default=_own_name(), help="what the server calls this builder")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        return run(
            url=arguments.url,
            token=arguments.token_file.read_text(encoding="ascii").strip(),
            root=arguments.root,
            name=arguments.name,
            slots=arguments.slots,
            architectures=[_own_architecture()],
        )
    except (VostokError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - this process's own output
        hint = error.hint if isinstance(error, VostokError) else None
        if hint:
            print(f"hint: {hint}", file=sys.stderr)  # noqa: T201 - as above
        return 1


def _own_name() -> str:
    return platform.node().partition(".")[0].lower() or "builder"


def _own_architecture() -> str:
    asked = subprocess.run(
        ["/usr/bin/dpkg", "--print-architecture"],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C.UTF-8"},
        text=True,
        timeout=60,
    )
    return asked.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
