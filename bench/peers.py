"""The same work by aptly and reprepro, as Debian packages them, each in a directory of its own.

Both fetch every package before they have imported anything, so they get the indices whose packages
are a few tiny files. aptly asks for each file once; reprepro asks for it once for each package.
They read only the binaries; Vostok, beside them, the sources too.
"""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.indices import COMPONENT, Prepared, State
from bench.measuring import CommandFailedError, Cost, run_measured
from bench.mirror import Mirror
from bench.rebuilt import rebuilt_deb
from bench.report import Row

SECONDS_MAX: Final = 1_800.0
SETUP_SECONDS_MAX: Final = 60
KEY_ID_DIGITS: Final = 16
FORMATS_APTLY: Final = "writes gz and bz2"
FORMATS_REPREPRO: Final = "writes plain and gz"
SERVED: Final = "for-peers"

_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}


class Peer:
    """One peer in its directory, with the prepared indices' key to check and to sign with."""

    def __init__(self, name: str, root: Path, prepared: Prepared, mirror: Mirror) -> None:
        self.name = name
        self.root = root
        self.prepared = prepared
        self.url = mirror.url(SERVED)
        self.rows: list[Row] = []
        self._mirror = mirror
        self._environment = {**_ENVIRONMENT, "HOME": str(root), "GNUPGHOME": str(root / "gnupg")}
        self.key = self._import_key()

    def show(self, directory: Path) -> None:
        """Has the mirror show a repository from now on."""
        self._mirror.show(SERVED, directory)

    def run(self, *words: str) -> Cost:
        """What one command took."""
        _, cost = run_measured(
            words, seconds_max=SECONDS_MAX, environment=self._environment, directory=self.root
        )
        return cost

    def run_all(self, *commands: Sequence[str]) -> Cost:
        """What commands took, one after the other."""
        total = Cost(wall_seconds=0.0, cpu_seconds=0.0, peak_bytes=0)
        for words in commands:
            total = total.plus(self.run(*words))
        return total

    def measure(self, task: str, what: str, work: Callable[[], Cost], *, note: str = "") -> None:
        """Notes the row of some work, or why it could not be done."""
        try:
            cost = work()
        except CommandFailedError as error:
            self.rows.append(
                Row(task=task, what=what, system=self.name, cost=None, note=f"failed: {error}")
            )
            return
        self.rows.append(Row(task=task, what=what, system=self.name, cost=cost, note=note))

    def forget_key(self) -> None:
        """Ends the agent that GnuPG started for this directory."""
        self._gpg("gpgconf", "--kill", "all")

    def _import_key(self) -> str:
        """The key's fingerprint, when GnuPG knows it: secret, and as aptly's trusted keyring."""
        home = self.root / "gnupg"
        home.mkdir(mode=0o700, parents=True)
        secret, public = self.root / "secret.asc", self.root / "public.asc"
        secret.write_bytes(self.prepared.key)
        public.write_bytes(self.prepared.certificate)
        self._gpg("gpg", "--batch", "--import", str(secret))
        keyring = str(home / "trustedkeys.gpg")
        options = ("--batch", "--no-default-keyring", "--keyring", keyring)
        self._gpg("gpg", *options, "--import", str(public))
        listed = self._gpg("gpg", "--batch", "--with-colons", "--list-secret-keys")
        return next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))

    def _gpg(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603 - GnuPG, for this directory
            words, check=True, capture_output=True, text=True, timeout=SETUP_SECONDS_MAX,
            env=self._environment,
        )  # fmt: skip
        return done.stdout


@contextmanager
def _prepared_peer(name: str, root: Path, prepared: Prepared, mirror: Mirror) -> Iterator[Peer]:
    place = root / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    peer = Peer(name, place, prepared, mirror)
    try:
        yield peer
    except CommandFailedError as error:  # in what a measurement needs: its rows end here
        peer.rows.append(
            Row(task="rest", what="the rest", system=name, cost=None, note=f"failed: {error}")
        )
    finally:
        peer.forget_key()


def version_of(name: str) -> str:
    """The version of a Debian package on this machine; empty if it is not installed."""
    done = subprocess.run(  # noqa: S603 - two names of this module
        ["/usr/bin/dpkg-query", "--show", "--showformat=${Version}", name],
        capture_output=True, check=False, env=_ENVIRONMENT, text=True, timeout=SETUP_SECONDS_MAX,
    )  # fmt: skip
    return done.stdout.strip()


def run_aptly(root: Path, prepared: Prepared, mirror: Mirror) -> list[Row]:
    """The rows of aptly: a mirror, snapshots of it, a publication that is switched."""
    with _prepared_peer("aptly", root, prepared, mirror) as peer:
        configuration = {"rootDir": str(peer.root), "gpgProvider": "gpg"}
        (peer.root / "aptly.conf").write_text(json.dumps(configuration))

        def aptly(*words: str) -> tuple[str, ...]:
            return ("aptly", f"-config={peer.root / 'aptly.conf'}", *words)

        _aptly_imports(peer, aptly)
        _aptly_deletes(peer, aptly)
    return peer.rows


def _aptly_imports(peer: Peer, aptly: Callable[..., tuple[str, ...]]) -> None:
    suite = peer.prepared.suite
    only = f"-architectures={suite.architecture}"
    removed = f"$Source ({peer.prepared.source_names[0]})"
    sign = (f"-gpg-key={peer.key}", "-batch")

    def snapshot(name: str) -> tuple[str, ...]:
        return aptly("snapshot", "create", name, "from", "mirror", "parent")

    def switch(name: str) -> tuple[str, ...]:
        return aptly("publish", "switch", "-skip-contents", *sign, suite.name, name)

    update = aptly("mirror", "update", "-max-tries=2", "parent")
    peer.show(peer.prepared.small(State.FIRST))
    peer.run(*aptly("mirror", "create", only, "parent", peer.url, suite.name, COMPONENT))
    peer.measure("import", "mirror update", lambda: peer.run(*update))
    peer.measure("import-again", "mirror update", lambda: peer.run(*update))
    publish = aptly(
        "publish", "snapshot", "-skip-contents", *sign, f"-distribution={suite.name}", "first"
    )
    peer.measure(
        "publish",
        "snapshot create, publish",
        lambda: peer.run_all(snapshot("first"), publish),
        note=FORMATS_APTLY,
    )
    less = aptly("snapshot", "filter", "first", "less", f"!({removed})")
    peer.measure(
        "publish-less-one",
        "snapshot filter, publish switch",
        lambda: peer.run_all(less, switch("less")),
        note=FORMATS_APTLY,
    )
    second = f"$Source ({peer.prepared.source_names[1]})"
    again = aptly("snapshot", "filter", "less", "less-two", f"!({second})")
    peer.measure(
        "publish-removed",
        "snapshot filter, publish switch",
        lambda: peer.run_all(again, switch("less-two")),
        note=FORMATS_APTLY,
    )
    deb = rebuilt_deb(peer.root, peer.prepared.source_names[2], suite.architecture)
    peer.run(*aptly("repo", "create", "built"))
    peer.measure(
        "publish-rebuilt",
        "repo add, snapshot create, snapshot merge, publish switch",
        lambda: peer.run_all(
            aptly("repo", "add", "built", str(deb)),
            aptly("snapshot", "create", "built", "from", "repo", "built"),
            aptly("snapshot", "merge", "-latest", "merged", "less-two", "built"),
            switch("merged"),
        ),
        note=FORMATS_APTLY,
    )
    peer.show(peer.prepared.small(State.PERCENT))
    peer.measure("import-percent", "mirror update", lambda: peer.run(*update))
    peer.measure(
        "publish-percent",
        "snapshot create, publish switch",
        lambda: peer.run_all(snapshot("percent"), switch("percent")),
        note=FORMATS_APTLY,
    )
    peer.show(peer.prepared.small(State.HUNDRED))
    peer.run_all(update, snapshot("hundred"))
    diff = aptly("snapshot", "diff", "-only-matching=false", "percent", "hundred")
    peer.measure("compare", "snapshot diff", lambda: peer.run(*diff))


def _aptly_deletes(peer: Peer, aptly: Callable[..., tuple[str, ...]]) -> None:
    suite = peer.prepared.suite
    peer.show(peer.prepared.own)
    only = f"-architectures={suite.architecture}"
    peer.run_all(
        aptly("mirror", "create", only, "own", peer.url, suite.name, COMPONENT),
        aptly("mirror", "update", "-max-tries=2", "own"),
        aptly("snapshot", "create", "own", "from", "mirror", "own"),
        aptly("publish", "snapshot", "-skip-contents", f"-gpg-key={peer.key}", "-batch",
              "-distribution=own", "own", "own"),
    )  # fmt: skip
    peer.measure(
        "delete",
        "publish drop, snapshot drop, mirror drop, db cleanup",
        lambda: peer.run_all(
            aptly("publish", "drop", "own", "own"),
            aptly("snapshot", "drop", "own"),
            aptly("mirror", "drop", "own"),
            aptly("db", "cleanup"),
        ),
    )


def run_reprepro(root: Path, prepared: Prepared, mirror: Mirror) -> list[Row]:
    """The rows of reprepro: a distribution that is updated, its copy, one that is taken away."""
    with _prepared_peer("reprepro", root, prepared, mirror) as peer:
        # Exporting is measured apart from updating.
        _reprepro_configuration(peer, ("parent", "own"))
        _reprepro_imports(peer)
        _reprepro_deletes(peer)
    return peer.rows


def _reprepro_imports(peer: Peer) -> None:
    update = ("reprepro", "--silent", "--export=never", "update", "parent")
    removed = f"$Source (= {peer.prepared.source_names[0]})"
    peer.show(peer.prepared.small(State.FIRST))
    peer.measure("import", "update, without export", lambda: peer.run(*update))
    peer.measure("import-again", "update, without export", lambda: peer.run(*update))
    copy = ("reprepro", "--silent", "--export=never", "copymatched", "copy", "parent", "*")
    export = ("reprepro", "--silent", "export", "copy")
    peer.measure(
        "publish",
        "copymatched, export",
        lambda: peer.run_all(copy, export),
        note=FORMATS_REPREPRO,
    )
    peer.measure(
        "publish-less-one",
        "removefilter, which exports",
        lambda: peer.run("reprepro", "--silent", "removefilter", "copy", removed),
        note=FORMATS_REPREPRO,
    )
    second = f"$Source (= {peer.prepared.source_names[1]})"
    peer.measure(
        "publish-removed",
        "removefilter, which exports",
        lambda: peer.run("reprepro", "--silent", "removefilter", "copy", second),
        note=FORMATS_REPREPRO,
    )
    suite = peer.prepared.suite
    deb = rebuilt_deb(peer.root, peer.prepared.source_names[2], suite.architecture)
    peer.measure(
        "publish-rebuilt",
        "includedeb, which exports",
        lambda: peer.run("reprepro", "--silent", "includedeb", "copy", str(deb)),
        note=FORMATS_REPREPRO,
    )
    peer.show(peer.prepared.small(State.PERCENT))
    peer.measure("import-percent", "update, without export", lambda: peer.run(*update))
    pull = ("reprepro", "--silent", "pull", "copy")
    peer.measure(
        "publish-percent", "pull, which exports", lambda: peer.run(*pull), note=FORMATS_REPREPRO
    )


def _reprepro_deletes(peer: Peer) -> None:
    peer.show(peer.prepared.own)
    peer.run("reprepro", "--silent", "update", "own")

    def delete() -> Cost:
        _reprepro_configuration(peer, ("parent",))
        return peer.run("reprepro", "--silent", "--delete", "clearvanished")

    peer.measure("delete", "clearvanished, which deletes its files", delete)


def _reprepro_configuration(peer: Peer, updated: Sequence[str]) -> None:
    suite = peer.prepared.suite
    configuration = peer.root / "conf"
    configuration.mkdir(exist_ok=True)
    like = (
        f"Architectures: {suite.architecture}\nComponents: {COMPONENT}\n"
        f"SignWith: {peer.key}\nDebIndices: Packages Release . .gz\n"
    )
    paragraphs = [f"Codename: {name}\n{like}Update: {name}\n" for name in updated]
    paragraphs.append(f"Codename: copy\n{like}Pull: parent\n")
    (configuration / "distributions").write_text("\n".join(paragraphs))
    (configuration / "pulls").write_text("Name: parent\nFrom: parent\n")
    updates = [
        f"Name: {name}\nMethod: {peer.url}\nSuite: {suite.name}\n"
        f"Architectures: {suite.architecture}\nComponents: {COMPONENT}\n"
        f"VerifyRelease: {peer.key[-KEY_ID_DIGITS:]}!+\n"
        for name in updated
    ]
    (configuration / "updates").write_text("\n".join(updates))
