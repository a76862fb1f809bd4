"""Vostok's main job on seven real packages, by the commands that anybody would type.

    make demo          the job; run again, it makes a second campaign in the same archive
    make demo-clean    stop the demo's server and remove all that it made

Every command is printed before its output. The server stays up afterwards, so that its pages can
be looked at; the last lines say where they are and how to stop it.
"""

# A script, not a module; printing and running commands is its purpose; it makes the environment of
# the commands that it runs.
# ruff: noqa: INP001, S603, T201, TID251

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

VOSTOK: Final = Path(sys.executable).with_name("vostok")
ARCHIVE: Final = "trial"
TOOLCHAIN: Final = "gcc-11"
PACKAGES: Final[Mapping[str, tuple[str, str]]] = {
    "hello": ("hello", "autotools, C"),
    "tree": ("tree", "a plain Makefile, C"),
    "tinyxml2": ("libtinyxml2-9", "cmake, C++"),
    "libslirp": ("libslirp0", "meson, C"),
    "python-mysqldb": ("python3-mysqldb", "setuptools, a Python extension in C"),
    "cowsay": ("cowsay", "architecture-independent"),
    "lazy": ("python3-lazy", "architecture-independent, Python"),
}
"""Source package: one of its binary packages, and how it is built."""

PORT: Final = 8600
FREE_BYTES_MIN: Final = 4 << 30
COMMAND_SECONDS_MAX: Final = 1800
START_SECONDS_MAX: Final = 60
STOP_SECONDS_MAX: Final = 60
EXIT_WORK_FAILED: Final = 8

WIDTH_WITHOUT_TERMINAL: Final = 160
CONSOLE: Final = Console(
    highlight=False, width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL
)


class DemoError(Exception):
    """The demo cannot go on; the sentence says why and what to do."""


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0 when every package was rebuilt, or missing on the mirror."""
    root = demo_root()
    if list(arguments) == ["--clean"]:
        return clean(root)
    if arguments:
        print("usage: demo.py [--clean]", file=sys.stderr)
        return 2
    started = time.monotonic()
    demo = Demo(start_server(root))
    demo.import_and_derive()
    number = demo.rebuild()
    builds = demo.results(number)
    return demo.report(builds, number, root, minutes=(time.monotonic() - started) / 60)


class Demo:
    """The commands, in order; each prints what it runs."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.architecture = run_quietly(["dpkg", "--print-architecture"])

    def vostok(self, *arguments: str, may_fail: bool = False) -> int:
        """The exit code of a command; its output goes to the terminal.

        Raises:
            DemoError: it failed, and `may_fail` does not say that it may.
        """
        show_command("vostok", *arguments)
        command = [str(VOSTOK), *arguments]
        done = subprocess.run(
            command, env=self.environment, check=False, timeout=COMMAND_SECONDS_MAX
        )
        print(flush=True)
        if done.returncode and not may_fail:
            raise DemoError(f"vostok {arguments[0]} {arguments[1]} ended with {done.returncode}")
        return done.returncode

    def answer(self, *arguments: str) -> dict[str, Any]:
        """What a command says under ``--json``, or nothing if it failed."""
        done = subprocess.run(
            [str(VOSTOK), *arguments, "--json"],
            env=self.environment,
            capture_output=True,
            check=False,
            timeout=COMMAND_SECONDS_MAX,
        )
        return dict(json.loads(done.stdout)) if done.returncode == 0 else {}

    def import_and_derive(self) -> None:
        """Debian, a toolchain, and an archive of our own; what is there already stays."""
        where = ("--suite", "bookworm", "--component", "main")
        self.vostok("archive", "import", "debian", *where, "--architecture", self.architecture)
        compilers = ("--compiler", "gcc=gcc-11", "--compiler", "g++=g++-11")
        self.vostok("toolchain", "create", TOOLCHAIN, *compilers)
        if self.answer("archive", "show", ARCHIVE):
            print(f"(archive {ARCHIVE} is there from an earlier run: another campaign follows)\n")
        else:
            selection = ("--select", ",".join(PACKAGES), "--toolchain", TOOLCHAIN)
            self.vostok("archive", "derive", ARCHIVE, "--parent", "debian/bookworm", *selection)
        self.vostok("toolchain", "preflight", TOOLCHAIN, "--archive", ARCHIVE)

    def rebuild(self) -> int:
        """The number of the campaign that rebuilt all of it; its binaries are published."""
        request = ("rebuild", "request", ARCHIVE, "--select", "all")
        reason = ("--reason", "Does it build with GCC 11?")
        self.vostok(*request, *reason, "--dry-run")
        self.vostok(*request, *reason)
        campaigns = self.answer("campaign", "list", ARCHIVE)["campaigns"]
        number = max(int(campaign["number"]) for campaign in campaigns)
        self.vostok("campaign", "show", ARCHIVE, str(number), "--watch", may_fail=True)
        self.vostok("publication", "publish", ARCHIVE)
        self.vostok("publication", "list", ARCHIVE)
        return number

    def results(self, number: int) -> list[dict[str, Any]]:
        """The builds of the campaign, by source."""
        builds = self.answer("campaign", "show", ARCHIVE, str(number))["builds"]
        return sorted(builds, key=lambda build: str(build["source"]))

    def report(
        self, builds: list[dict[str, Any]], number: int, root: Path, *, minutes: float
    ) -> int:
        """The exit code, after the table, apt's own answer, the stanza and the addresses."""
        stanza = str(self.answer("archive", "show", ARCHIVE)["stanza"])
        built = [build for build in builds if build["state"] == "built"]
        if built:
            ask_apt(stanza, [PACKAGES[build["source"]][0] for build in built])
        CONSOLE.print(result_table(builds))
        print("\nFor apt, as /etc/apt/sources.list.d/trial.sources:\n")
        print(stanza)
        address = (data_root(root) / "address").read_text().strip()
        print(f"Look at   {address}/archives/{ARCHIVE}/campaigns/{number}")
        print(f"Ask it    export VOSTOK_DATA_ROOT={data_root(root)}; {VOSTOK} archive list")
        print("Stop it   make demo-clean (removes all of it), or: kill", server_id(root))
        missing = [build for build in builds if build["state"] == "source-unavailable"]
        print(f"\n{len(built)} of {len(builds)} builds done in {minutes:.1f} minutes.")
        return 0 if built and len(built) + len(missing) == len(builds) else EXIT_WORK_FAILED


def result_table(builds: list[dict[str, Any]]) -> Table:
    """One row for each build."""
    table = Table("package", "built by", "version before", "version after", "state", "seconds")
    table.add_column("compiler that the proof found")
    for build in builds:
        proof = build.get("proof") or {}
        seconds = build.get("seconds")
        table.add_row(
            build["source"],
            PACKAGES[build["source"]][1],
            build["version_before"] or "",
            build["version"] if build["state"] == "built" else "",
            build["state"],
            "" if seconds is None else f"{float(seconds):.0f}",
            str(proof.get("sentence") or build.get("sentence") or ""),
        )
    return table


def ask_apt(stanza: str, packages: list[str]) -> None:
    """Debian's apt, in a directory of its own: what it sees and downloads from the archive."""
    with tempfile.TemporaryDirectory(prefix="vostok-demo-apt.") as name:
        directory = Path(name)
        for folder in ("lists/partial", "cache/archives/partial", "sources", "trusted", "state"):
            (directory / folder).mkdir(parents=True)
        (directory / "state" / "status").touch()
        (directory / "sources" / "trial.sources").write_text(stanza)
        (directory / "apt.conf").write_text(apt_configuration(directory))
        environment = {**os.environ, "APT_CONFIG": str(directory / "apt.conf"), "LC_ALL": "C"}
        print("An apt that knows this archive only, and trusts only the key of its stanza:\n")
        for command in (
            ["apt-get", "update"],
            ["apt-cache", "policy", *packages],
            ["apt-get", "-q", "download", *packages],
        ):
            show_command(*command)
            subprocess.run(
                command, cwd=directory, env=environment, check=True, timeout=COMMAND_SECONDS_MAX
            )
            print(flush=True)


def apt_configuration(directory: Path) -> str:
    """Nothing of the machine's apt but its programs and its own apt.conf.d."""
    values = {
        "Dir::State": directory / "state",
        "Dir::State::lists": directory / "lists",
        "Dir::State::status": directory / "state" / "status",
        "Dir::Cache": directory / "cache",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": directory / "sources",
        "Dir::Etc::trusted": "/dev/null",
        "Dir::Etc::trustedparts": directory / "trusted",
        "APT::Sandbox::User": "root",
    }
    return "".join(f'{name} "{value}";\n' for name, value in values.items())


def demo_root() -> Path:
    """Where the demo keeps everything; never below a data root that somebody works with."""
    if os.geteuid() == 0:
        return Path("/var/lib/vostok-demo")
    home = os.environ.get("XDG_DATA_HOME") or Path("~/.local/share").expanduser()
    return Path(home) / "vostok-demo"


def data_root(root: Path) -> Path:
    """Vostok's own directory; beside it lie the demo's log and its note of the process."""
    return root / "data"


def start_server(root: Path) -> dict[str, str]:
    """The environment in which the commands find the server, which is up now."""
    stop_server(root)
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    if not data_root(root).exists() and shutil.disk_usage(root).free < FREE_BYTES_MIN:
        raise DemoError(f"{root} has less than {FREE_BYTES_MIN >> 30} GiB free")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("VOSTOK_")},
        "VOSTOK_DATA_ROOT": str(data_root(root)),
        "VOSTOK_PORT": str(PORT if is_free(PORT) else 0),
    }
    print(f"Everything of this demo lies in {root}; remove it with: make demo-clean\n")
    show_command("export", f"VOSTOK_DATA_ROOT={data_root(root)}")
    show_command("vostok", "up", "&")
    log = root / "up.log"
    with log.open("ab") as output:
        server = subprocess.Popen(
            [str(VOSTOK), "up"],
            cwd="/",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    pid_file(root).write_text(f"{server.pid}\n")
    wait_until_up(server, environment, log)
    return environment


def wait_until_up(
    server: subprocess.Popen[bytes], environment: Mapping[str, str], log: Path
) -> None:
    """Nothing, once the server answers.

    Raises:
        DemoError: it ended, or does not answer in time.
    """
    deadline = time.monotonic() + START_SECONDS_MAX
    question = [str(VOSTOK), "archive", "list", "--json"]
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        answer = subprocess.run(
            question, env=environment, capture_output=True, check=False, timeout=START_SECONDS_MAX
        )
        if answer.returncode == 0:
            print(log.read_text().strip(), "\n", flush=True)
            return
        time.sleep(0.5)
    raise DemoError(f"the server did not come up; {log} ends:\n{log.read_text()[-2000:]}")


def stop_server(root: Path) -> None:
    """Let the server of an earlier run end cleanly."""
    running = server_id(root)
    if running is None:
        return
    os.kill(running, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS_MAX
    while server_id(root) is not None:
        if time.monotonic() > deadline:
            raise DemoError(f"the demo's earlier server, process {running}, does not stop")
        time.sleep(0.2)
    pid_file(root).unlink()


def server_id(root: Path) -> int | None:
    """The process of the demo's server, if it runs; a recycled number is not taken for it."""
    try:
        number = int(pid_file(root).read_text())
        command = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    is_ours = b"up" in command and any(word.endswith(b"/vostok") for word in command)
    return number if is_ours else None


def pid_file(root: Path) -> Path:
    """Where the demo remembers its server."""
    return root / "demo.pid"


def clean(root: Path) -> int:
    """The exit code, with server and data root gone."""
    stop_server(root)
    if root.exists():
        print(f"removing {root}")
        # A sandbox that was cut off leaves files of its mapped user ids: remove them as these.
        as_mapped_root = ["unshare", "--user", "--map-root-user", "--map-auto"]
        prefix = [] if os.geteuid() == 0 else as_mapped_root
        subprocess.run([*prefix, "rm", "-rf", "--", str(root)], check=True)
    return 0


def is_free(port: int) -> bool:
    """Whether nobody listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def run_quietly(command: list[str]) -> str:
    """What the command prints."""
    return subprocess.run(
        command, check=True, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX
    ).stdout.strip()


def show_command(*words: str) -> None:
    """The command as it would be typed."""
    shown = [f"'{word}'" if " " in word or "?" in word else word for word in words]
    CONSOLE.print("$ " + " ".join(shown), style="bold", markup=False, soft_wrap=True)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except DemoError as failure:
        print(f"error: {failure}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("interrupted; the server is still up: make demo-clean", file=sys.stderr)
        sys.exit(130)
