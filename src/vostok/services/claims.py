"""Claims: everything that a builder needs to make one attempt, gathered from the rows."""

from dataclasses import dataclass

from vostok.debian.changelog import changelog_entry
from vostok.debian.indices import deb822_source
from vostok.domain.archive import Archive, Suite
from vostok.domain.attempt import (
    Claim,
    ClaimedSource,
    ClaimedToolchain,
    ClaimedView,
    Limits,
    SourceFile,
)
from vostok.domain.build import (
    Attempt,
    Build,
    Part,
)
from vostok.domain.campaign import Campaign
from vostok.domain.publication import View
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.errors import ConflictError, NotFoundError
from vostok.services.ports import Signer
from vostok.services.repositories import Transaction
from vostok.services.views import base_of_view, own_in_view, owner_of

CHROOT_KEYS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildTerms:
    """What every claim of this installation says."""

    limits: Limits
    heartbeat_seconds: float
    lease_seconds: float


class ClaimWriter:
    """Writes claims."""

    def __init__(self, signer: Signer, terms: BuildTerms) -> None:
        self._signer = signer
        self._terms = terms

    def claim(
        self,
        transaction: Transaction,
        build: Build,
        attempt: Attempt,
        campaign: Campaign,
        suite: Suite,
        view: View,
        *,
        token: str,
        view_url: str,
    ) -> Claim:
        """The claim of an attempt that was just entered."""
        archive = owner_of(transaction, suite)
        own = own_in_view(transaction, view)
        keys = transaction.chroots.valid_keys(
            archive.id,
            build.builder_architecture,
            base=base_of_view(transaction, view),
            own=own,
        )
        toolchain = None
        if campaign.toolchain_id is not None:
            toolchain = transaction.toolchains.by_id(campaign.toolchain_id)
        environment = {} if toolchain is None else dict(toolchain.spec.environment)
        return Claim(
            attempt_id=attempt.id,
            attempt_token=token,
            archive_id=archive.id,
            archive=archive.name,
            codename=suite.name,
            build_id=build.id,
            attempt=attempt.number,
            rebuild_no=build.rebuild_no,
            log_name=log_name(build, attempt.number),
            source=_claimed_source(transaction, build),
            architecture=build.builder_architecture,
            part=build.part,
            version=build.version,
            changelog_entry=_entry(build, campaign, archive, suite),
            new_source=build.part is Part.ALL,
            view=ClaimedView(sources_deb822=self._view_source(archive, suite, view_url)),
            chroot_keys=tuple(keys[:CHROOT_KEYS_MAX]),
            environment=environment,
            build_options=() if toolchain is None else toolchain.spec.build_options,
            build_profiles=() if toolchain is None else toolchain.spec.build_profiles,
            toolchain=self._claimed_toolchain(transaction, toolchain, suite, build),
            limits=self._terms.limits,
            heartbeat_seconds=self._terms.heartbeat_seconds,
        )

    def _view_source(self, archive: Archive, suite: Suite, url: str) -> str:
        if archive.key_fingerprint is None:
            raise ConflictError(f"the archive {archive.name} has no signing key")
        return deb822_source(
            uri=url,
            suite=suite.name,
            components=suite.all_components,
            armoured_key=self._signer.public_key(archive.key_fingerprint),
        )

    @staticmethod
    def _claimed_toolchain(
        transaction: Transaction, toolchain: ToolchainRevision | None, suite: Suite, build: Build
    ) -> ClaimedToolchain | None:
        """What the proof must find; nothing if the toolchain brings no compilers."""
        if toolchain is None:
            return None
        producers = transaction.deltas.swap_producers(
            suite.id, toolchain.id, build.builder_architecture
        )
        if not producers:
            return None
        return ClaimedToolchain(
            name=toolchain.name, revision=toolchain.revision, producers=tuple(producers)
        )


def log_name(build: Build, attempt: int) -> str:
    """The name of a log: source, version (which ends in the number of the rebuild), slot, try."""
    version = build.version.partition(":")[2] or build.version
    return (
        f"{build.source}_{version}_{build.architecture}"
        f".rebuild-{build.rebuild_no}.attempt-{attempt}.log"
    )


def _claimed_source(transaction: Transaction, build: Build) -> ClaimedSource:
    files = [
        SourceFile(name=name, size=size, sha256=sha256)
        for name, size, sha256 in transaction.packages.source_files(build.source_id)
    ]
    dsc = [file.name for file in files if file.name.endswith(".dsc")]
    if len(dsc) != 1:
        raise NotFoundError(f"{build.source} {build.source_version} names {len(dsc)} .dsc files")
    return ClaimedSource(
        name=build.source, version=build.source_version, dsc=dsc[0], files=tuple(files)
    )


def _entry(build: Build, campaign: Campaign, archive: Archive, suite: Suite) -> str:
    """The changelog entry: one text and one date for all architectures of a rebuild."""
    return changelog_entry(
        source=build.source,
        version=build.version,
        distribution=suite.name,
        text_lines=[
            f"Rebuild {build.rebuild_no} in the derived archive {archive.name}; no source changes."
        ],
        maintainer=f"Archive {archive.name} <{archive.name}@vostok.invalid>",
        date=campaign.created_at.replace(microsecond=0),
        binary_only=build.part is Part.ANY,
    )
