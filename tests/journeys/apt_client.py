"""Debian's own apt as the client: in a clean bookworm, and in a directory for sources."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vostok.adapters.sbuild.build_user import build_user

CLIENT_SECONDS_MAX: Final = 1800
MARK: Final = "@@@"
ENVIRONMENT: Final = {
    "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
    "LC_ALL": "C.UTF-8",
    "DEBIAN_FRONTEND": "noninteractive",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one command said, on both channels, and its exit status."""

    command: str
    status: int
    text: str


def answers_in_clean_bookworm(
    mirror: str, commands: Sequence[str], *, stanza: str, stanza_before: str
) -> list[Answer]:
    """What commands say one after the other in a new minimal bookworm with this host's network.

    Args:
        mirror: it is made from there.
        commands: for a shell inside; a failing one does not stop the others.
        stanza: apt's source that is added.
        stanza_before: the command before which that happens.
    """
    lines = []
    for number, command in enumerate(commands):
        if command == stanza_before:
            place = '"$1/etc/apt/sources.list.d/trial.sources"'
            lines.append(f"cat > {place} <<'END-OF-STANZA'\n{stanza.rstrip()}\nEND-OF-STANZA")
        quoted = command.replace("'", "'\\''")
        lines.append(f"echo '{MARK} begin {number}'; chroot \"$1\" sh -c '{quoted}' 2>&1")
        lines.append(f'echo "{MARK} end {number} $?"')
    hook = "exec 1>&2\n" + "\n".join(lines)
    made = subprocess.run(
        [
            *_as_build_user(),
            *("mmdebstrap", "--mode=unshare", "--variant=apt", "--format=null"),
            *(f"--customize-hook={hook}", "bookworm", "/dev/null"),
            f"deb {mirror} bookworm main",
        ],
        cwd="/",
        env=ENVIRONMENT | {"HOME": str(build_user().home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=CLIENT_SECONDS_MAX,
    )
    assert made.returncode == 0, made.stderr
    return [_answer(made.stderr, number, command) for number, command in enumerate(commands)]


def _answer(text: str, number: int, command: str) -> Answer:
    _, _, rest = text.partition(f"{MARK} begin {number}\n")
    said, _, after = rest.partition(f"{MARK} end {number} ")
    return Answer(command=command, status=int(after.split(maxsplit=1)[0]), text=said)


def _as_build_user() -> list[str]:
    """Its own user namespace needs subordinate ids, which root has none of."""
    user = build_user()
    if user.is_own:
        return []
    return ["setpriv", f"--reuid={user.uid}", f"--regid={user.gid}", "--init-groups", "--"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AptDirectory:
    """An apt of its own in a directory, that knows only the sources it is given.

    Below `root` it also has a dpkg of its own, so that it can install what has no maintainer
    scripts and needs nothing of a system.
    """

    root: Path
    architecture: str

    @property
    def system(self) -> Path:
        """Where packages are installed."""
        return self.root / "system"

    def create(self, stanzas: Sequence[str], *, foreign_architectures: Sequence[str] = ()) -> None:
        """Make it, and have it read its sources."""
        known = " ".join(f'"{name}";' for name in (self.architecture, *foreign_architectures))
        own = ("lists/partial", "cache/archives/partial", "sources", "trusted", "state")
        for folder in (*own, "apt.conf.d", "preferences.d"):
            (self.root / folder).mkdir(parents=True)
        for folder in ("info", "updates"):
            (self.system / "var" / "lib" / "dpkg" / folder).mkdir(parents=True)
        (self.system / "var" / "log").mkdir()
        status = self.system / "var" / "lib" / "dpkg" / "status"
        status.touch()
        for number, stanza in enumerate(stanzas):
            (self.root / "sources" / f"{number}.sources").write_text(stanza)
        (self.root / "apt.conf").write_text(
            f'Dir::State "{self.root}/state"; Dir::State::Lists "{self.root}/lists";\n'
            f'Dir::State::status "{status}"; Dir::Cache "{self.root}/cache";\n'
            f'Dir::Etc "{self.root}"; Dir::Etc::sourcelist "/dev/null";\n'
            'Dir::Etc::sourceparts "sources"; Dir::Etc::trustedparts "trusted";\n'
            f'Dir::Log "{self.root}";\n'
            f'APT::Architecture "{self.architecture}"; APT::Architectures {{ {known} }};\n'
            'APT::Sandbox::User "root"; Acquire::Languages "none";\n'
            f'DPkg::Options {{ "--root={self.system}"; "--force-not-root"; }};\n'
        )
        self.update()

    def update(self) -> None:
        """Read its sources again."""
        update = self.run("apt-get", "update", directory=self.root)
        assert update.status == 0, update.text
        assert not [line for line in update.text.splitlines() if line[:2] in {"W:", "E:"}], update

    def change(self, *words: str) -> str:
        """What `apt-get install hello` or another change says, which has to succeed."""
        done = self.run("apt-get", "--yes", *words, directory=self.root)
        assert done.status == 0, done.text
        return done.text

    def installed(self) -> dict[str, str]:
        """Package -> version, of what is installed."""
        query = ("dpkg-query", f"--admindir={self.system}/var/lib/dpkg")
        said = self.run(*query, "-Wf", "${Package} ${Version}\\n", directory=self.root)
        return dict(line.split() for line in said.text.splitlines() if " " in line)

    def run(self, *words: str, directory: Path) -> Answer:
        """What a command says in the directory."""
        done = subprocess.run(
            words,
            cwd=directory,
            env=ENVIRONMENT | {"APT_CONFIG": str(self.root / "apt.conf")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=CLIENT_SECONDS_MAX,
        )
        return Answer(command=" ".join(words), status=done.returncode, text=done.stdout)

    def source(self, package: str, version: str, directory: Path) -> Path:
        """The `.dsc` of a source, downloaded into a new directory with all its files."""
        directory.mkdir()
        wanted = f"{package}={version}"
        got = self.run("apt-get", "source", "--download-only", wanted, directory=directory)
        assert got.status == 0, got.text
        (dsc,) = directory.glob("*.dsc")
        return dsc
