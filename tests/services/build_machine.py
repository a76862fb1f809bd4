"""A builder of the tests: claims over the service, makes tiny packages, returns them, may lie."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.services.installation import BUILDER, Installation
from tests.services.packages import (
    TinySource,
    binaries_of,
    checksum_lines,
)
from tests.services.parent import BY_NAME

from vostok.domain.attempt import AttemptResult, Claim, Outcome, Stage
from vostok.domain.build import Attempt, Part

URL = "http://127.0.0.1:8600"
NAME = "host-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """What a build makes: its files, and what the .changes and .buildinfo say of them.

    Lies are told by making another Upload: `lying` replaces a text in both, or in one.
    """

    claim: Claim
    packages: Mapping[str, bytes]
    changes: str
    buildinfo: str
    extra: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def stem(self) -> str:
        version = self.claim.version.rpartition(":")[2]
        architecture = "all" if self.claim.part is Part.ALL else self.claim.architecture
        return f"{self.claim.source.name}_{version}_{architecture}"

    @property
    def files(self) -> dict[str, bytes]:
        """Every file by name, the .changes last."""
        return {
            **self.packages,
            f"{self.stem}.buildinfo": self.buildinfo.encode(),
            **self.extra,
            f"{self.stem}.changes": self.changes.encode(),
        }


def upload_for(
    claim: Claim,
    packages: Mapping[str, bytes] | None = None,
    *,
    compiler: str = "gcc-11 (= 11.3.0-12)",
) -> Upload:
    """An honest upload of what the claim asks for, or of these packages, made with a compiler."""
    uploaded = TinySource(name=claim.source.name, version=claim.source.version, binaries=())
    source = BY_NAME.get(claim.source.name, uploaded)
    version = claim.version
    source_version = source.version if claim.part is Part.ANY else version
    if packages is None:
        packages = binaries_of(
            source,
            claim.architecture,
            part=claim.part,
            version=version,
            source_version=source_version,
        )
    said = source.name if source_version == version else f"{source.name} ({source_version})"
    architecture = claim.architecture if claim.part is Part.ANY else "all"
    binaries = " ".join(sorted({n.partition("_")[0] for n in packages if n.endswith(".deb")}))
    buildinfo = (
        f"Format: 1.0\nSource: {said}\nBinary: {binaries}\nArchitecture: {architecture}\n"
        f"Version: {version}\nChecksums-Sha256:{checksum_lines(dict(packages), 'sha256')}\n"
        f"Build-Origin: Debian\nBuild-Architecture: {claim.architecture}\n"
        "Build-Date: Thu, 01 Jan 2026 00:00:00 +0000\n"
        f'Installed-Build-Depends:\n {compiler}\nEnvironment:\n LANG="C.UTF-8"\n'
    )
    plain = Upload(claim=claim, packages=packages, changes="", buildinfo=buildinfo)
    return Upload(
        claim=claim,
        packages=packages,
        changes=changes_text(plain, said, binaries, architecture),
        buildinfo=buildinfo,
    )


def changes_text(upload: Upload, source: str, binaries: str, architecture: str) -> str:
    """A .changes file that tells the truth."""
    listed = {n: d for n, d in upload.files.items() if not n.endswith(".changes")}
    mark = "Binary-Only: yes\n" if upload.claim.part is Part.ANY else ""
    profiles = " ".join(upload.claim.build_profiles)
    mark += f"Built-For-Profiles: {profiles}\n" if profiles else ""
    return (
        f"Format: 1.8\nDate: Thu, 01 Jan 2026 00:00:00 +0000\nSource: {source}\n"
        f"Binary: {binaries}\nArchitecture: {architecture}\nVersion: {upload.claim.version}\n"
        f"{mark}Distribution: {upload.claim.codename}\n"
        f"Checksums-Sha256:{checksum_lines(listed, 'sha256')}\n"
        f"Files:{checksum_lines(listed, 'md5', 'misc optional ')}\n"
    )


class BuildMachine:
    """Does what the real builder does, over the services."""

    def __init__(self, installation: Installation, *architectures: str, name: str = NAME) -> None:
        self._services = installation
        self._name = name
        self._architectures = architectures or ("amd64",)

    def claim(self) -> Claim:
        """The next build."""
        claim = self.find_claim()
        assert claim is not None, "there is nothing to build"
        return claim

    def find_claim(self) -> Claim | None:
        """The next build, or None."""
        return self._services.builds.claim(
            BUILDER, builder=self._name, architectures=self._architectures, url=URL
        )

    def attempt(self, claim: Claim) -> Attempt:
        """The attempt, by its token."""
        return self._services.builds.attempt_of_token(claim.attempt_id, claim.attempt_token)

    def send(self, claim: Claim, files: Mapping[str, bytes]) -> None:
        """Return files."""
        attempt = self.attempt(claim)
        for name, data in files.items():
            self._services.builds.put_file(
                attempt, name, iter([data]), sha256=hashlib.sha256(data).hexdigest()
            )

    def report(
        self, claim: Claim, outcome: Outcome = Outcome.BUILT, sentence: str = "as told"
    ) -> None:
        """Say how the attempt ended."""
        self._services.builds.report(
            self.attempt(claim),
            AttemptResult(outcome=outcome, stage=Stage.BUILD, sentence=sentence),
        )

    def build_next(self, change: Callable[[Upload], Upload] = lambda upload: upload) -> Claim:
        """One build from its claim to its end; an upload may be changed before it is sent."""
        claim = self.claim()
        self.finish(claim, change)
        return claim

    def finish(
        self, claim: Claim, change: Callable[[Upload], Upload] = lambda upload: upload
    ) -> None:
        """What was claimed, to its end."""
        self.send(claim, change(upload_for(claim)).files)
        self.report(claim)
        self._services.engine.run_all()

    def build_all(self) -> int:
        """All that waits; how many builds."""
        for count in range(1000):
            if self.find_claim_and_build() is None:
                return count
        raise AssertionError("builds without end")

    def find_claim_and_build(self) -> Claim | None:
        claim = self.find_claim()
        if claim is not None:
            self.send(claim, upload_for(claim).files)
            self.report(claim)
            self._services.engine.run_all()
        return claim
