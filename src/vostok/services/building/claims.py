"""Claims: everything that a builder needs to make one attempt, gathered from the rows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

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
    Reach,
    RebuildForm,
)
from vostok.domain.build_profile import NO_WORDS, BuildWords, words_of
from vostok.domain.publication import View
from vostok.domain.rebuild_request import SourceTests
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.errors import ConflictError, NotFoundError
from vostok.services.building.changelog_entries import entry_of
from vostok.services.ports import Signer
from vostok.services.repositories import Transaction
from vostok.services.views.editions import base_of_view, own_in_view, owner_of

CHROOT_KEYS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildTerms:
    """What every claim of this installation says."""

    limits: Limits
    heartbeat_seconds: float
    lease_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSetting:
    """What a build is made with: its campaign's, or for an upload the archive's own."""

    toolchain_id: int | None
    dependencies: str
    entry_at: datetime
    """Date of the changelog entry, if there is one: the same for all architectures."""
    tests: SourceTests | None = None
    """Whether they run; None: as the toolchain says."""
    asked: BuildWords = NO_WORDS
    """Profiles and options that the request asked for."""
    is_full: bool = True
    """Whether it may have no profile that changes packages: clients are to see them."""

    def words(self, toolchain: ToolchainRevision | None) -> BuildWords:
        """The profiles and options of a build with a toolchain."""
        own = NO_WORDS if toolchain is None else own_words(toolchain)
        words = words_of(own, self.asked, self.tests)
        return words.full if self.is_full else words


def own_words(toolchain: ToolchainRevision) -> BuildWords:
    """The profiles and options of a toolchain."""
    return BuildWords(options=toolchain.spec.build_options, profiles=toolchain.spec.build_profiles)


def words_of_attempt(transaction: Transaction, build: Build, attempt: Attempt) -> BuildWords:
    """The profiles and options that an attempt was made with."""
    toolchain_id = transaction.publications.view(attempt.view_id).toolchain_id
    toolchain = None if toolchain_id is None else transaction.toolchains.by_id(toolchain_id)
    return setting_of(transaction, build).words(toolchain)


def setting_of(transaction: Transaction, build: Build) -> BuildSetting:
    """What a build is to be made with."""
    if build.campaign_id is not None:
        campaign = transaction.campaigns.by_id(build.campaign_id)
        setting = BuildSetting(
            toolchain_id=campaign.toolchain_id,
            dependencies=campaign.dependencies,
            entry_at=campaign.created_at,
            tests=_tests_of(campaign.request),
            asked=asked_words(campaign.request),
            is_full=build.reach is Reach.PUBLICATION,
        )
        if build.control_of is None:
            return setting
        failed = setting_of(transaction, transaction.builds.by_id(build.control_of))
        return replace(  # as when it failed
            setting,
            tests=failed.tests if setting.tests is None else setting.tests,
            asked=failed.asked,
            is_full=failed.is_full,
        )
    suite = transaction.archives.suite(build.suite_id)
    return BuildSetting(
        toolchain_id=owner_of(transaction, suite).toolchain_id,
        dependencies=suite.dependencies,
        entry_at=build.created_at,
    )


def toolchain_words(transaction: Transaction, toolchain_id: int | None) -> str:
    """How a sentence ends that says what a build sees; "" where that is the parents' toolchain."""
    if toolchain_id is None:
        return ""
    toolchain = transaction.toolchains.by_id(toolchain_id)
    return f", with toolchain {toolchain.name}, revision {toolchain.revision}"


def _tests_of(request: Mapping[str, object]) -> SourceTests | None:
    asked = request.get("tests")
    return None if asked is None else SourceTests(str(asked))


def asked_words(request: Mapping[str, object]) -> BuildWords:
    """The profiles and options that a stored request asked for; older ones have none."""
    options, profiles = request.get("build_options"), request.get("build_profiles")
    return BuildWords(
        options=tuple(map(str, options)) if isinstance(options, list) else (),
        profiles=tuple(map(str, profiles)) if isinstance(profiles, list) else (),
    )


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
        setting: BuildSetting,
        suite: Suite,
        view: View,
        *,
        token: str,
        view_url: str,
    ) -> Claim:
        """The claim of an attempt that was just entered."""
        archive = owner_of(transaction, suite)
        architecture = build.builder_architecture
        # Not all that is own: that may be all of Debian, and nobody else writes meanwhile.
        names = transaction.chroots.package_names(archive.id, architecture)
        keys = transaction.chroots.valid_keys(
            archive.id,
            architecture,
            base=base_of_view(transaction, view),
            own=own_in_view(transaction, view, names=names) if names else (),
        )
        toolchain = None
        if setting.toolchain_id is not None:
            toolchain = transaction.toolchains.by_id(setting.toolchain_id)
        environment = {} if toolchain is None else dict(toolchain.spec.environment)
        words = setting.words(toolchain)
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
            changelog_entry=_entry(transaction, build, archive, suite),
            view=ClaimedView(sources_deb822=self._view_source(archive, suite, view_url)),
            chroot_keys=tuple(keys[:CHROOT_KEYS_MAX]),
            environment=environment,
            build_options=words.options,
            build_profiles=words.profiles,
            toolchain=self._claimed_toolchain(transaction, toolchain, suite, build),
            limits=self._terms.limits,
            heartbeat_seconds=self._terms.heartbeat_seconds,
        )

    def _view_source(self, archive: Archive, suite: Suite, url: str) -> str:
        if archive.key_fingerprint is None:
            raise ConflictError(
                f"the archive {archive.name} has no signing key",
                hint="it gets one when it is derived; see how that went: vostok job list",
            )
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
        for name, size, sha256 in transaction.packages.source_files(build.built_source_id)
    ]
    dsc = [file.name for file in files if file.name.endswith(".dsc")]
    if len(dsc) != 1:
        raise NotFoundError(f"{build.source} {build.source_version} names {len(dsc)} .dsc files")
    version = build.source_version if build.new_source_id is None else build.version
    return ClaimedSource(name=build.source, version=version, dsc=dsc[0], files=tuple(files))


def _entry(transaction: Transaction, build: Build, archive: Archive, suite: Suite) -> str:
    """The changelog entry that the builder adds; "" where the source has its version already."""
    if build.form is not RebuildForm.BINARY_ONLY:
        return ""
    return entry_of(transaction, build, archive, suite)[0]
