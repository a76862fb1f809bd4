"""A builder for tiny sources on any architecture: it claims and answers over the real gateway.

It has no chroot. What a source builds with comes from the attempt's view, into a directory.
"""

import gzip
import hashlib
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import apt_pkg
from tests.journeys.installation import get
from tests.tiny_parent.binary_packages import Sysroot
from tests.tiny_parent.source_packages import attempted, run

from vostok.adapters.gateway_client import HttpAttemptGateway, HttpGateway
from vostok.domain.attempt import AttemptResult, Claim, Outcome, Stage
from vostok.domain.build import Part
from vostok.services.building.builder_ports import BuiltFile

BUILD_TOOLS: Final = ("cc", "libfoo1", "libfoo-dev", "loopa", "loopb")
"""The packages of the tiny parent that others of it build with."""
BUILD_ESSENTIAL: Final = """\
Package: build-essential
Version: 12.9
Architecture: all
Status: install ok installed

"""
"""Without a word of it there is nothing to stand under Installed-Build-Depends."""
CLAIMS_MAX: Final = 100
EXCERPT_LINES_MAX: Final = 10
UNMET_BUILD_DEPENDENCIES: Final = 3
"""The status in which dpkg-buildpackage ends then."""


@dataclass
class ScriptedBuilder:
    """It builds what it claims, in `directory`; a test may have it fail instead."""

    url: str
    token: str
    architectures: Sequence[str]
    directory: Path
    name: str = "script"
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @contextmanager
    def gateway(self) -> Iterator[HttpGateway]:
        gateway = HttpGateway(
            self.url, self.token, builder=self.name, architectures=self.architectures
        )
        yield gateway
        gateway.close()

    def build_all(self) -> list[Claim]:
        """Build whatever there is to claim, until there is nothing more."""
        done: list[Claim] = []
        with self.gateway() as gateway:
            while claim := gateway.claim():
                assert len(done) < CLAIMS_MAX
                self.build(gateway.attempt(claim), claim)
                done.append(claim)
        return done

    def build(self, attempt: HttpAttemptGateway, claim: Claim) -> None:
        """Try what the claim asks for by dpkg-buildpackage, and report what came of it."""
        place = self.directory / f"{next(self.numbers)}-{claim.source.name}"
        tried = self.try_to_build(attempt, claim, place)
        head = f"Vostok: build {claim.build_id}, by a script\n"
        attempt.append_log(0, f"{head}{tried.stdout}{tried.stderr}".encode())
        if tried.returncode != 0:
            attempt.report(_failure(tried))
            return
        files = _files_of(place)
        for file in files:
            attempt.upload_file(file)
        attempt.report(
            AttemptResult(
                outcome=Outcome.BUILT,
                stage=Stage.BUILD,
                sentence="built",
                files=tuple(file.name for file in files),
                seconds={"total": 1.0},
            )
        )

    @staticmethod
    def fail(attempt: HttpAttemptGateway, sentence: str) -> None:
        """Report that the package does not build."""
        attempt.report(AttemptResult(outcome=Outcome.FAILED, stage=Stage.BUILD, sentence=sentence))

    def try_to_build(
        self, attempt: HttpAttemptGateway, claim: Claim, place: Path
    ) -> "subprocess.CompletedProcess[str]":
        """How dpkg-buildpackage ended, in an empty directory; its files lie there."""
        place.mkdir(parents=True)
        for file in claim.source.files:
            attempt.download_source(file, place / file.name)
        tree = place / "tree"
        run("dpkg-source", "--no-check", "--extract", claim.source.dsc, "tree", directory=place)
        if claim.changelog_entry:
            changelog = tree / "debian" / "changelog"
            changelog.write_text(f"{claim.changelog_entry.rstrip()}\n\n{changelog.read_text()}")
        sysroot = self.sysroot(claim, place)
        part = "any" if claim.part is Part.ANY else "all"
        return attempted(
            *("dpkg-buildpackage", "--no-sign", "--no-pre-clean", f"--build={part}"),
            *(f"--host-arch={claim.architecture}", f"--admindir={place / 'dpkg'}"),
            directory=tree,
            environment={
                "SYSROOT": str(sysroot.directory),
                "DEB_BUILD_OPTIONS": " ".join(claim.build_options),
                "DEB_BUILD_PROFILES": " ".join(claim.build_profiles),
                "SOURCE_DATE_EPOCH": "",
            },
        )

    def sysroot(self, claim: Claim, place: Path) -> Sysroot:
        """What the view offers of the tools, laid out; dpkg's status says that they are there."""
        (uri,) = re.findall(r"^URIs: (\S+)$", claim.view.sources_deb822, re.MULTILINE)
        found = get(f"{uri}/dists/{claim.codename}/main/binary-{claim.architecture}/Packages.gz")
        sysroot = Sysroot(directory=place / "sysroot", architecture=claim.architecture)
        status = BUILD_ESSENTIAL
        for text in gzip.decompress(found.raise_for_status().content).decode().split("\n\n"):
            package = apt_pkg.TagSection(f"{text.strip()}\n\n") if text.strip() else {}
            if package.get("Package") not in BUILD_TOOLS:
                continue
            content = get(f"{uri}/{package['Filename']}").raise_for_status().content
            (place / "tool.deb").write_bytes(content)
            sysroot.unpack([place / "tool.deb"])
            status += f"Status: install ok installed\n{text.strip()}\n\n"
        (place / "dpkg" / "info").mkdir(parents=True)
        (place / "dpkg" / "status").write_text(status)
        return sysroot


def _failure(tried: "subprocess.CompletedProcess[str]") -> AttemptResult:
    lines = tried.stderr.splitlines()
    is_for_want = tried.returncode == UNMET_BUILD_DEPENDENCIES
    return AttemptResult(
        outcome=Outcome.BD_UNINSTALLABLE if is_for_want else Outcome.FAILED,
        stage=Stage.INSTALL_DEPS if is_for_want else Stage.BUILD,
        sentence=next(line for line in lines if "error:" in line),
        excerpt="\n".join(lines[-EXCERPT_LINES_MAX:]),
    )


def _files_of(place: Path) -> tuple[BuiltFile, ...]:
    """What a build's .changes names, and itself as the last."""
    (changes,) = place.glob("*.changes")
    names = re.findall(r"^ [0-9a-f]{64} \d+ (\S+)$", changes.read_text(), re.MULTILINE)
    return tuple(_built(place / name) for name in (*names, changes.name))


def _built(path: Path) -> BuiltFile:
    content = path.read_bytes()
    return BuiltFile(path=path, size=len(content), sha256=hashlib.sha256(content).hexdigest())
