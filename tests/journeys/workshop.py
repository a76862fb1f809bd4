"""A Vostok for journeys on the tiny parent in which scripts build: no chroot, any architecture."""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.journeys.apt_client import AptDirectory
from tests.journeys.installation import Document, Installation, get
from tests.journeys.scripted_builder import ScriptedBuilder
from tests.journeys.tiny_mirror import SUITE, TinyMirror
from tests.tiny_parent.parent import TinyParent

from vostok.adapters.gateway_client import HttpAttemptGateway
from vostok.debian.stanza import parse_stanza
from vostok.domain.attempt import Claim


@dataclass
class Workshop:
    """An installation without a builder of its own, and whose archives come from the mirror."""

    vostok: Installation
    parent: TinyParent
    mirror: TinyMirror
    directory: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def architecture(self) -> str:
        """The machine's own."""
        return self.parent.architectures[0]

    @property
    def other_architecture(self) -> str:
        return self.parent.architectures[1]

    def import_tiny(self, name: str, mirror: TinyMirror | None = None) -> None:
        """Import the tiny parent, or bring it up to date."""
        mirror = mirror or self.mirror
        keyring = self.directory / f"{name}.asc"
        mirror.write_keyring(keyring)
        self.vostok.say(
            *("archive", "import", name, "--mirror", mirror.url, "--keyring", str(keyring)),
            *("--suite", SUITE, "--component", "main"),
            *(f"--architecture={architecture}" for architecture in mirror.architectures),
        )

    def derive(self, name: str, selection: str, *words: str, parent: str = "tiny") -> str:
        """The name of a new archive."""
        chosen = ("--parent", f"{parent}/{SUITE}", "--select", selection)
        return self.vostok.derive(name, *chosen, *words)

    def builder(self, *architectures: str) -> ScriptedBuilder:
        """A builder for some architectures, by default for all."""
        return ScriptedBuilder(
            url=self.vostok.url,
            token=self.vostok.builder_token,
            architectures=architectures or self.parent.architectures,
            directory=self.directory / f"builder-{next(self.numbers)}",
        )

    @contextmanager
    def attempt(self, archive: str) -> Iterator[tuple[Claim, HttpAttemptGateway]]:
        """The next attempt that there is to make in an archive, claimed.

        What a journey that failed has left in others is built first.
        """
        builder = self.builder()
        with builder.gateway() as gateway:
            while claim := gateway.claim():
                build = self.vostok.ask("build", "show", str(claim.build_id))
                if build["archive"] == archive:
                    yield claim, gateway.attempt(claim)
                    return
                builder.build(gateway.attempt(claim), claim)
        raise AssertionError(f"there is nothing to build in {archive}")

    def rebuild(self, archive: str, selection: str, *words: str) -> Document:
        """A campaign, after scripts have built all of it and clients see what was built."""
        reason = ("--select", selection, "--reason", "a journey")
        asked = self.vostok.ask("rebuild", "request", archive, *reason, *words)
        self.builder().build_all()
        number = str(asked["campaign"]["number"])
        self.vostok.say("campaign", "show", archive, number, "--watch")
        campaign = self.vostok.ask("campaign", "show", archive, number)
        for build in campaign["builds"]:
            if build["state"] == "built":
                self.vostok.wait_until_published(build["id"])
        return campaign

    def index(
        self, archive: str, architecture: str, *, publication: int | None = None
    ) -> dict[str, str]:
        """Package -> version, as clients of that architecture see it."""
        edition = "" if publication is None else f"/publications/{publication}"
        place = f"{archive}{edition}/dists/{SUITE}/main/binary-{architecture}/Packages.gz"
        got = get(f"{self.vostok.url}/archives/{place}").raise_for_status()
        paragraphs = gzip.decompress(got.content).decode().split("\n\n")
        stanzas = [parse_stanza(text) for text in paragraphs if text.strip()]
        return {stanza["Package"]: stanza["Version"] for stanza in stanzas}

    def client(self, *archives: str) -> AptDirectory:
        """An apt that knows these archives."""
        client = AptDirectory(
            root=self.directory / f"client-{next(self.numbers)}", architecture=self.architecture
        )
        client.create([self.stanza(archive) for archive in archives])
        return client

    def stanza(self, archive: str) -> str:
        return self.vostok.say("archive", "show", archive, "--stanza")


def by_slot(builds: Sequence[Document]) -> dict[tuple[str, str], Document]:
    """(source, architecture) -> build."""
    return {(build["source"], build["architecture"]): build for build in builds}
