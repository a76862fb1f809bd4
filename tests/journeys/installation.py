"""A Vostok of the tests' own: `vostok up` on its own data root, and the CLI that talks to it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx

from vostok.adapters.sbuild.process_tree import process_tree
from vostok.adapters.sbuild.workplace import ATTEMPTS_NAME

VOSTOK: Final = Path(sys.executable).with_name("vostok")
COMMAND_SECONDS_MAX: Final = 900
START_SECONDS_MAX: Final = 120
STOP_SECONDS_MAX: Final = 60
ANSWER_SECONDS_MAX: Final = 60
"""Real builds beside the journeys keep the disk busy: a file that is to be kept takes its time."""
WAIT_SECONDS_MAX: Final = 900
POLL_SECONDS: Final = 0.2
LEASE_SECONDS: Final = 60
MODULES: Final = {
    "server": "vostok.server",
    "executor": "vostok.entrypoints.executor",
    "builder": "vostok.entrypoints.builder",
}

Document = dict[str, Any]
Found = TypeVar("Found")


def eventually(
    find: Callable[[], Found | None], what: str, *, seconds_max: float = WAIT_SECONDS_MAX
) -> Found:
    """What `find` returns once it is true; the test fails when that never comes."""
    deadline = time.monotonic() + seconds_max
    while not (found := find()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(POLL_SECONDS)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process, told from later ones of the same id by when it started."""

    pid: int
    start: str

    @property
    def is_alive(self) -> bool:
        """Whether it still runs; one that only waits to be buried does not."""
        state, start = _state_and_start(self.pid)
        return bool(start) and start == self.start and state != "Z"


def process_of(pid: int) -> Process:
    return Process(pid=pid, start=_state_and_start(pid)[1])


@dataclass
class Installation:
    """Its data root is `root`; its port stays the same when it is started again.

    Attributes:
        has_builder: whether it builds by itself; else builds wait for whoever claims them.
    """

    root: Path
    port: int
    has_builder: bool = True
    up: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.root.parent),
            "LC_ALL": "C.UTF-8",
            "VOSTOK_DATA_ROOT": str(self.root),
            "VOSTOK_HEARTBEAT_SECONDS": "1",
            "VOSTOK_LEASE_SECONDS": str(LEASE_SECONDS),
        }

    @property
    def said(self) -> Path:
        """What `vostok up` has printed so far."""
        return self.root.with_suffix(".out")

    @property
    def url(self) -> str:
        return (self.root / "address").read_text().strip()

    def start(self) -> None:
        with self.said.open("ab") as output:
            self.up = subprocess.Popen(
                [
                    *(str(VOSTOK), "up", "--port", str(self.port)),
                    *(() if self.has_builder else ("--no-builder",)),
                ],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        eventually(self._is_ready, "vostok up to answer", seconds_max=START_SECONDS_MAX)

    def _is_ready(self) -> bool:
        assert self.up is not None
        assert self.up.poll() is None, self.said.read_text()
        wanted = len(MODULES) if self.has_builder else len(MODULES) - 1
        return self.run("status").returncode == 0 and len(self.children()) == wanted

    def stop(self) -> int:
        """Its exit status after a Ctrl-C."""
        if self.up is None or self.up.poll() is not None:
            return 0
        self.up.send_signal(signal.SIGINT)
        return self.up.wait(STOP_SECONDS_MAX)

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of the CLI, however it ends."""
        return subprocess.run(
            [str(VOSTOK), *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS_MAX,
        )

    def say(self, *words: str) -> str:
        """What a command prints that has to succeed."""
        done = self.run(*words)
        assert done.returncode == 0, f"vostok {' '.join(words)}\n{done.stdout}{done.stderr}"
        return done.stdout

    def ask(self, *words: str) -> Document:
        """What a command answers under ``--json`` that has to succeed."""
        return dict(json.loads(self.say(*words, "--json")))

    def glance(self, place: str) -> httpx.Response | None:
        """What the API answers of something that is waited for; None while it cannot.

        Asked five times a second, a command would take half of a processor that builds.
        """
        token = (self.root / "admin.token").read_text().strip()
        try:
            answer = httpx.get(
                f"{self.url}/api/v1/{place}",
                headers={"Authorization": f"Bearer {token}"},
                timeout=ANSWER_SECONDS_MAX,
            )
        except httpx.TransportError:
            return None
        return None if answer.is_server_error else answer

    def has_logged(self, build_id: int, needle: str, *, attempt: int | None = None) -> bool:
        """Whether the log of an attempt, by default the newest, has the needle by now."""
        which = "" if attempt is None else f"?attempt={attempt}"
        answer = self.glance(f"builds/{build_id}/log{which}")
        return answer is not None and answer.is_success and needle in answer.text

    def is_published(self, build_id: int) -> bool:
        """Whether clients see the packages of a build by now; it must not have failed."""
        answer = self.glance(f"builds/{build_id}")
        if answer is None:
            return False
        build = answer.raise_for_status().json()
        assert not build["finished_at"] or build["state"] == "built", build["sentence"]
        return bool(build["fate"] == "published")

    def has_ended(self, archive: str, campaign: int) -> bool:
        """Whether all builds of a campaign have ended by now."""
        answer = self.glance(f"archives/{archive}/campaigns/{campaign}")
        return answer is not None and bool(answer.raise_for_status().json()["state"] == "finished")

    def children(self) -> dict[str, Process]:
        """The server, executor and builder that run now."""
        assert self.up is not None
        found = {}
        for pid in process_tree(self.up.pid).pids:
            words = _words(pid)
            for name, module in MODULES.items():
                if words[1:4] == ["-P", "-m", module]:
                    found[name] = process_of(pid)
        return found

    def kill(self, name: str) -> None:
        """kill -9 of a child; returns when another one works in its place."""
        before = self.children()[name]
        os.kill(before.pid, signal.SIGKILL)
        eventually(lambda: self.children().get(name, before) != before, f"a new {name}")
        eventually(self._is_ready, f"vostok to answer with a new {name}")

    def kill_all(self) -> None:
        """kill -9 of `vostok up` itself."""
        assert self.up is not None
        self.up.kill()
        self.up.wait(STOP_SECONDS_MAX)

    def sandbox_processes(self) -> list[Process]:
        """All that runs below the builder now."""
        builder = self.children()["builder"].pid
        return [process_of(pid) for pid in process_tree(builder).pids if pid != builder]

    def request(self, archive: str, selection: str, *words: str) -> int:
        """The number of a new campaign."""
        wanted = ("--select", selection, "--reason", "journey", *words)
        asked = self.ask("rebuild", "request", archive, *wanted)
        return int(asked["campaign"]["number"])

    def campaign(self, archive: str, number: int) -> Document:
        """A campaign as it is now, with its builds."""
        return self.ask("campaign", "show", archive, str(number))

    def upload_of(self, archive: str, source: str) -> Document:
        """The newest upload of a source, with its files and builds."""
        listed = self.ask("upload", "list", archive)["uploads"]
        newest = max((item for item in listed if item["source"] == source), key=lambda u: u["id"])
        return self.ask("upload", "show", archive, str(newest["id"]))

    @property
    def builder_token(self) -> str:
        return (self.root / "builder.token").read_text().strip()

    def build_of(self, archive: str, campaign: int) -> Document:
        """The only build of a campaign, with its attempts."""
        (build,) = self.ask("campaign", "show", archive, str(campaign))["builds"]
        return self.ask("build", "show", str(build["id"]))

    def finished(self, archive: str, campaign: int) -> Document:
        """The only build of a campaign, once the campaign has finished."""
        self.say("campaign", "show", archive, str(campaign), "--watch")
        return self.build_of(archive, campaign)

    def wait_for_log(self, build_id: int, needle: str) -> None:
        """Returns when the newest attempt's log has the needle."""
        eventually(
            lambda: self.has_logged(build_id, needle), f"{needle!r} in the log of build {build_id}"
        )

    def stored_file(self, sha256: str) -> Path:
        return self.root / "files" / sha256[:2] / sha256

    def stored_hashes(self) -> set[str]:
        return {path.name for path in (self.root / "files").glob("??/*")}

    def chroot_directories(self) -> set[str]:
        """One for each archive of which the builder keeps chroots."""
        return {path.name for path in (self.root / "builder" / "chroots").iterdir()}

    def attempt_directories(self) -> set[str]:
        """One for each attempt of which the builder keeps anything."""
        return {path.name for path in (self.root / "builder" / ATTEMPTS_NAME).iterdir()}

    def mounts(self) -> list[str]:
        """What is mounted below the data root, as the machine sees it."""
        lines = Path("/proc/self/mountinfo").read_text().splitlines()
        return [line for line in lines if f"{self.root}/" in line]

    def derive(self, name: str, *words: str) -> str:
        """The name of a new archive, derived with these options."""
        self.say("archive", "derive", name, *words)
        return name

    def wait_until_published(self, build_id: int) -> Document:
        """The build, once clients see its packages."""

        eventually(lambda: self.is_published(build_id), f"build {build_id} to be published")
        return self.ask("build", "show", str(build_id))


def get(url: str, *, follow_redirects: bool = False) -> httpx.Response:
    """What an address answers, however it ends."""
    return httpx.get(url, follow_redirects=follow_redirects, timeout=ANSWER_SECONDS_MAX)


def newest_publication(installation: Installation, archive: str) -> int:
    listed = installation.ask("publication", "list", archive)["publications"]
    return max(int(publication["number"]) for publication in listed)


def command_output(*words: str) -> str:
    done = subprocess.run(
        words,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
        timeout=COMMAND_SECONDS_MAX,
    )
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _words(pid: int) -> Sequence[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")
    except OSError:
        return ()


def _state_and_start(pid: int) -> tuple[str, str]:
    """See proc(5), stat: the fields after the command's name, which may hold anything."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return "", ""
    return fields[0], fields[19]
