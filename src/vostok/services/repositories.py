"""The database as the services see it: repositories of one transaction."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from vostok.domain.access import Principal, Role
from vostok.domain.archive import (
    Archive,
    ArchiveKind,
    ArchiveState,
    DependencyMode,
    Keep,
    RebuildPolicy,
    Serve,
    Suite,
    SuiteRole,
)
from vostok.domain.build import (
    Attempt,
    AttemptFile,
    Build,
    Builder,
    BuildEvent,
    BuildState,
    Fate,
    NewBuild,
)
from vostok.domain.campaign import Campaign, CampaignState
from vostok.domain.deletion import Candidate, CandidateKind, Tombstone
from vostok.domain.derivation import Derivation, OnRemoval, Pin, Removal
from vostok.domain.estimate import Measured
from vostok.domain.file_answer import FileAnswer, LostFile
from vostok.domain.index_plan import PartName
from vostok.domain.job import Job, JobKind, JobState
from vostok.domain.package import (
    BinaryMember,
    BinaryParagraph,
    BinaryRelease,
    BinarySize,
    DeltaKind,
    IndexedBinary,
    Membership,
    NewBinary,
    NewSource,
    OwnBinary,
    OwnMember,
    SourceMember,
    SourceParagraph,
    SourceRelease,
    SourceSize,
)
from vostok.domain.publication import IndexFile, Publication, View
from vostok.domain.snapshot import PartChange, Snapshot, SnapshotHead
from vostok.domain.storage import FileUse, ListedFile
from vostok.domain.sync import Decision, LocalChange
from vostok.domain.toolchain_revision import ToolchainRevision
from vostok.domain.workload import Actual, SizedSource
from vostok.services.graph_cache import GraphCache


class Archives(Protocol):
    """Archives, their suites, and tokens."""

    def add(
        self,
        *,
        name: str,
        kind: ArchiveKind,
        at: datetime,
        requested_by: str,
        tag: str = "",
        policy: RebuildPolicy = RebuildPolicy.NEVER,
        toolchain_id: int | None = None,
        keep: Keep = Keep.NEEDED,
        serve: Serve = Serve.FETCH,
    ) -> Archive:
        """A new archive in state `preparing`."""

    def find(self, name: str) -> Archive | None:
        """The archive of that name."""

    def named(self, name: str) -> Archive:
        """The archive of that name; NotFoundError if there is none."""

    def by_id(self, archive_id: int) -> Archive | None:
        """The archive of that id."""

    def all(self) -> list[Archive]:
        """All archives by name."""

    def set_state(self, archive_id: int, state: ArchiveState) -> None:
        """Mark how far the archive is."""

    def set_key(self, archive_id: int, fingerprint: str) -> None:
        """Remember the archive's signing key."""

    def set_storage(self, archive_id: int, *, keep: Keep, serve: Serve) -> None:
        """Say how the archive gets and gives files that only its parents have."""

    def add_suite(
        self,
        *,
        archive_id: int,
        name: str,
        codename: str,
        components: Sequence[str],
        architectures: Sequence[str],
        mirror: str | None = None,
        mirrors: Mapping[str, str] | None = None,
        role: SuiteRole = SuiteRole.SUITE,
        dependencies: DependencyMode = DependencyMode.OWN,
        on_removal: OnRemoval = OnRemoval.DROP,
    ) -> Suite:
        """A new suite, empty, at snapshot, derivation, edition and publication 0."""

    def suite(self, suite_id: int) -> Suite:
        """The suite of that id."""

    def suites(self, archive_id: int) -> list[Suite]:
        """The suites of an archive that people see, in the order in which they came."""

    def find_suite(
        self, archive_id: int, name: str, role: SuiteRole = SuiteRole.SUITE
    ) -> Suite | None:
        """The suite of that name or codename."""

    def set_snapshot(self, suite_id: int, number: int) -> None:
        """Note the number of an image's newest snapshot."""

    def set_suite_source(
        self,
        suite_id: int,
        *,
        codename: str,
        components: Sequence[str],
        architectures: Sequence[str],
        mirror: str,
        mirrors: Mapping[str, str],
    ) -> None:
        """Note what the newest import of an external suite held."""

    def derived_from(self, archive_id: int) -> list[str]:
        """Names of the archives that have, or had, a suite of this one as parent."""

    def put_token(self, *, token_hash: str, name: str, role: Role, at: datetime) -> None:
        """Let a token in, and no other of the same name."""

    def principal_of(self, token_hash: str) -> Principal | None:
        """Whom a token stands for."""


class Derivations(Protocol):
    """Derivations of suites, and what holds for single sources from one to another."""

    def add(self, suite_id: int, derivation: Derivation) -> None:
        """Make this the suite's newest derivation.

        Raises:
            ConflictError: its number does not follow the newest one's any more.
        """

    def numbered(self, suite_id: int, number: int) -> Derivation:
        """One derivation of a suite; NotFoundError if there is none of that number."""

    def of_suite(self, suite_id: int) -> list[Derivation]:
        """All derivations of a suite, the newest first."""

    def taken(self, suite_id: int, number: int) -> dict[str, str]:
        """Source -> why it is taken, at a derivation whose selection is not «all»."""

    def set_taken(self, suite_id: int, number: int, reasons: Mapping[str, str]) -> None:
        """Say which sources are taken from derivation `number` on, and why. O(taken)."""

    def pins(self, suite_id: int, number: int) -> dict[str, Pin]:
        """The sources that stay behind their parents at a derivation."""

    def set_pins(self, suite_id: int, number: int, pins: Iterable[Pin]) -> None:
        """Say which sources stay behind from derivation `number` on."""

    def put_decisions(self, suite_id: int, number: int, decisions: Iterable[Decision]) -> None:
        """Keep what a sync decided when it made derivation `number`."""

    def decisions(self, suite_id: int, number: int) -> list[Decision]:
        """What was decided about each source that derivation `number` did not leave alone."""

    def removals(self, suite_id: int, number: int) -> dict[str, Removal]:
        """The sources that are taken out of a suite at a derivation."""

    def set_removals(self, suite_id: int, number: int, removals: Iterable[Removal]) -> None:
        """Say which sources are taken out from derivation `number` on."""


class Members(Protocol):
    """Which packages are members of a suite at a number, in short rows."""

    def sources(
        self, membership: Membership, names: Iterable[str] | None = None
    ) -> list[SourceMember]:
        """The sources of a suite at a number, of some names or all. O(archive) for all."""

    def binaries(
        self, membership: Membership, names: Iterable[str] | None = None
    ) -> list[BinaryMember]:
        """The entries of the Packages files, of some names or all. O(archive) for all."""

    def binaries_of_sources(
        self, membership: Membership, sources: Iterable[str]
    ) -> list[BinaryMember]:
        """The entries of the Packages files whose source has one of these names."""

    def changed_names(self, suite_id: int, one: int, other: int) -> tuple[set[str], set[str]]:
        """Names of the sources, and of the binaries, that a suite has not alike at two numbers.

        It looks at the rows that begin or end between the two, so it costs a scan of the suite's
        members and then the difference.
        """

    def names_without_source(self, membership: Membership) -> tuple[set[str], set[str]]:
        """Binaries whose source has no current version here: names of these sources, and theirs.

        O(archive).
        """

    def dsc_sha256(self, source_ids: Iterable[int]) -> dict[int, str]:
        """Source release id -> SHA-256 of its .dsc, where it lists one."""

    def own_names(self, suite_id: int, publication: int) -> tuple[set[str], set[str]]:
        """Names of the sources and of the binaries of what a publication shows of a suite's own.

        O(own binaries).
        """

    def changed_own_names(self, suite_id: int, one: int, other: int) -> tuple[set[str], set[str]]:
        """The same of what only one of two publications shows. A scan of the own binaries."""

    def own_binaries(
        self, suite_id: int, publication: int, names: Iterable[str] | None = None
    ) -> list[OwnMember]:
        """What a publication shows of a suite's own, of some names or all, the oldest first."""

    def own_binaries_of_sources(
        self, suite_id: int, publication: int, sources: Iterable[str]
    ) -> list[OwnMember]:
        """The same, of the sources of these names."""

    def own_sources(self, suite_id: int, names: Iterable[str] | None = None) -> list[SourceMember]:
        """The sources made in a suite, of some names or all; publications show some of them."""

    def pool_bytes(self, membership: Membership) -> int:
        """The size of all files that a suite lists at a number, each once.

        O(1) for a snapshot, which knows it, else O(archive).
        """

    def replace(
        self,
        suite_id: int,
        number: int,
        *,
        sources: Sequence[SourceMember],
        binaries: Sequence[BinaryMember],
    ) -> None:
        """Make these releases the suite's members from `number` on. O(members)."""


class Measures(Protocol):
    """How large sources and their packages are, and what their builds took. All O(archive)."""

    def sources(self, membership: Membership) -> list[SizedSource]:
        """The current sources of a suite at a number, with the size of all their files."""

    def binary_bytes(self, membership: Membership) -> dict[tuple[str, str], int]:
        """(source, architecture or `all`) -> size of its packages, each once."""

    def history(self) -> Mapping[tuple[str, str], Measured]:
        """(source, architecture or `all`) -> medians over its successful builds anywhere."""

    def actual(self, campaign_id: int) -> Actual:
        """What the builds of a campaign took so far, failed attempts and all."""


class ReleaseSpool(Protocol):
    """Releases that were read and checked, and are about to be stored."""

    def add_source(self, digest: bytes, source: NewSource) -> None:
        """Take a source whose stanza has this SHA-256."""

    def add_binary(self, digest: bytes, binary: NewBinary) -> None:
        """Take a binary whose stanza has this SHA-256."""

    def sources(self) -> Iterator[list[tuple[Any, ...]]]:
        """The sources in batches, as the database that made the spool stores them."""

    def binaries(self) -> Iterator[list[tuple[Any, ...]]]:
        """The binaries in batches, as the database that made the spool stores them."""


class Snapshots(Protocol):
    """Snapshots of external suites."""

    def add(
        self,
        suite: Suite,
        head: SnapshotHead,
        changes: Sequence[PartChange],
        spool: ReleaseSpool,
    ) -> Snapshot:
        """The next snapshot of a suite: its newest one, but for the changes.

        Args:
            suite: as it was when the changes were found.
            head: what is known of it apart from its packages.
            changes: one for each part that differs.
            spool: made by the same database; has all that comes and that the suite had not.

        Raises:
            ConflictError: the suite has a newer snapshot than the one it was read with.
            InvalidInputError: one name or path would stand for different bytes.
        """

    def find(self, suite_id: int, number: int) -> Snapshot | None:
        """One snapshot of a suite."""

    def parts(self, suite_id: int) -> list[PartName]:
        """The parts of which the newest snapshot has packages. O(suite)."""

    def stanza_digests(self, suite_id: int, part: PartName) -> dict[bytes, int]:
        """What the newest snapshot lists: SHA-256 of each stanza -> id of its release. O(part)."""

    def files(self, suite_id: int, number: int) -> list[IndexFile]:
        """The mirror's index files of which a snapshot was made, by path; none if dropped."""

    def drop_old_files(self, suite_id: int) -> set[str]:
        """Forget the index files of snapshots that nobody derives from, but for the newest.

        Their SHA-256s; something else may still need some of them.
        """


class Packages(Protocol):
    """Releases, and which external suite has which of them."""

    def source_names(self, membership: Membership) -> frozenset[str]:
        """Names of the sources that can be taken: those that have a current version."""

    def source_count(self, membership: Membership) -> int:
        """How many sources have a current version."""

    def sources_named(
        self, membership: Membership, names: Iterable[str], *, with_extra: bool = False
    ) -> list[SourceRelease]:
        """The current releases of these sources by name; `with_extra` also those not current.

        Older versions are not, and what is there because something was built using it.
        """

    def sources_with_files(
        self, membership: Membership, hashes: Iterable[str]
    ) -> list[tuple[str, str]]:
        """(name, version) of the sources that have one of these files."""

    def binaries_of_sources(
        self, membership: Membership, names: Iterable[str]
    ) -> list[BinaryRelease]:
        """The binaries whose source has one of these names, each once."""

    def indexed_binaries(
        self, membership: Membership, source_names: Iterable[str] | None = None
    ) -> list[IndexedBinary]:
        """Every entry of the Packages files, of some sources or of all. O(archive)."""

    def binaries_matching(
        self, membership: Membership, *, architecture: str, patterns: Sequence[str]
    ) -> list[IndexedBinary]:
        """Entries of one architecture's Packages whose name is LIKE one of the patterns."""

    def counts(self, membership: Membership) -> tuple[int, int]:
        """How many sources and binaries a suite has at a number."""

    def source(self, source_id: int) -> SourceRelease:
        """One source release; its component is that of whoever has it, «main» if nobody."""

    def source_files(self, source_id: int) -> list[tuple[str, int, str]]:
        """(name, size, SHA-256) of a source's files."""

    def files_of_sources(self, source_ids: Sequence[int]) -> dict[int, list[tuple[str, int, str]]]:
        """The files of many sources, as `source_files`."""

    def locations(self, sha256: str) -> list[str]:
        """Addresses at which a parent has a file of these bytes."""


class Paragraphs(Protocol):
    """What selections and the dependency graph read of a whole archive. All O(archive).

    A source is current if it is what is built: of its name the version that counts, and not there
    only because something was built using it (Extra-Source-Only).
    """

    def sources(self, membership: Membership) -> Iterator[SourceParagraph]:
        """The current sources with their paragraphs."""

    def binaries(
        self, membership: Membership, architectures: Sequence[str]
    ) -> Iterator[BinaryParagraph]:
        """The entries of some Packages files with their paragraphs."""

    def versions(self, membership: Membership) -> dict[str, str]:
        """Current source -> its version."""

    def components(self, membership: Membership) -> dict[str, str]:
        """Current source -> its component."""

    def builders_of(
        self, membership: Membership, architectures: Sequence[str]
    ) -> list[tuple[str, str]]:
        """(binary package, its source), each pair once."""

    def source_sizes(self, membership: Membership) -> list[SourceSize]:
        """The version and the bytes of each current source."""

    def binary_sizes(
        self, membership: Membership, architectures: Sequence[str]
    ) -> list[BinarySize]:
        """How many entries of which bytes each source has in each Packages file."""

    def fingerprint(self, membership: Membership) -> str:
        """A text that differs when the members do."""


class Rebuildable(Protocol):
    """What decides how sources are rebuilt, read in sets and without their paragraphs.

    Costs the names that are asked for; of over 10,000 names, the suite.
    """

    def current_sources(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[int, str, str, str]]:
        """(id, name, version, architectures) of the sources of these names by name."""

    def continued_versions(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[str, str, str]]:
        """(source, its version, version) of binaries whose version continues their source's.

        `1.2-3+b1` of `1.2-3`, but neither `1.2-3` itself nor `4:12` of `1.2-3`. Each once.
        """

    def independent_with_exact_relations(
        self, membership: Membership, names: Collection[str]
    ) -> list[tuple[str, str, str]]:
        """(source, name, paragraph) of `all` packages that want something in an exact version.

        Not of sources that make nothing else than `all` packages.
        """

    def dependent_packages(
        self, membership: Membership, names: Collection[str]
    ) -> set[tuple[str, str]]:
        """(source, name) of the packages of these sources that are made per architecture."""


class Deltas(Protocol):
    """What derived suites have of their own."""

    def add(
        self,
        suite_id: int,
        *,
        kind: DeltaKind,
        sources: Sequence[NewSource],
        binaries: Sequence[NewBinary],
        build_id: int | None = None,
        toolchain_id: int | None = None,
        base_version: str | None = None,
        superseded_by: int | None = None,
    ) -> None:
        """Store releases made here; no edition and no publication shows them yet.

        `base_version` is the parents' version that a source was made against; `superseded_by` the
        derivation in which the parents had a newer one already, so that it is never shown.

        Raises:
            ConflictError: a binary has the name, version and architecture of one that the
                archive has already, and other bytes (I6).
        """

    def has_shown(self, suite_id: int, toolchain_id: int | None) -> bool:
        """Whether clients see something made in a suite, or will with the next publication."""

    def has_pending(self, suite_id: int) -> bool:
        """Whether something waits for the next edition."""

    def cut_edition(self, suite_id: int, at: datetime) -> int:
        """The next edition, which shows all that waited for it; its number."""

    def edition_at(self, suite_id: int) -> float | None:
        """When the newest edition was cut, in seconds since 1970."""

    def publish(self, suite_id: int, number: int, delta_ids: Iterable[int]) -> None:
        """Show these binaries from publication `number` on, in the place of older ones."""

    def binaries_in_edition(
        self, suite_id: int, edition: int, toolchain_id: int | None
    ) -> list[OwnBinary]:
        """Own binaries that a view shows: those of no toolchain, and those of this one."""

    def published_binaries(self, suite_id: int, publication: int) -> list[OwnBinary]:
        """Own binaries that a publication shows."""

    def unpublished_binaries(self, suite_id: int) -> list[OwnBinary]:
        """Accepted own binaries that no publication has shown and none newer replaced."""

    def own_binaries_of(self, suite_id: int, source: str) -> list[OwnBinary]:
        """All accepted own binaries of a source that nothing newer replaced in the view."""

    def own_sources(self, suite_id: int) -> list[SourceRelease]:
        """Every source release made here."""

    def local_changes(self, suite_id: int) -> dict[str, LocalChange]:
        """The newest source of somebody's own for each name, unless the parents took its place."""

    def supersede(
        self, suite_id: int, derivation: int, sources: Iterable[str], kinds: Iterable[DeltaKind]
    ) -> None:
        """Let the parents' own packages of these sources stand in the place of what was made here.

        Views and publications that are there show what they showed; the next ones do not.
        """

    def contradicting(self, suite_id: int, base: Membership) -> BinaryMember | None:
        """A binary of a base that was made here as well, under the same version, with other bytes.

        O(own binaries).
        """

    def set_base_versions(self, suite_id: int, versions: Mapping[str, str]) -> None:
        """Note what local changes are compared with from now on: source -> parents' version."""

    def own_bytes(self, suite_id: int) -> int:
        """How large the packages made here are, each file once."""

    def swapped_sources(self, suite_id: int) -> frozenset[str]:
        """Names of the sources that toolchains of a suite make anew."""

    def forget_swaps(self, suite_id: int) -> None:
        """Have the packages of every toolchain made anew when they are needed next."""

    def swap_suffix(self, suite_id: int, toolchain_id: int) -> str | None:
        """The version suffix of the packages that swap the toolchain, if they are made."""

    def add_swap(
        self,
        suite_id: int,
        toolchain_id: int,
        *,
        suffix: str,
        producers: Mapping[str, Sequence[str]],
        at: datetime,
    ) -> None:
        """Note that the packages that swap the toolchain are made, and what they compile as."""

    def swap_producers(self, suite_id: int, toolchain_id: int, architecture: str) -> list[str]:
        """Patterns of what the toolchain's compilers call themselves on an architecture."""


class Toolchains(Protocol):
    """Toolchains and their revisions."""

    def add(
        self, name: str, revision: int, spec: Mapping[str, object], *, by: str, at: datetime
    ) -> ToolchainRevision:
        """A new revision.

        Raises:
            ConflictError: somebody else made a revision of that number meanwhile.
        """

    def newest(self, name: str) -> ToolchainRevision | None:
        """The newest revision of a toolchain."""

    def named(self, name: str) -> ToolchainRevision:
        """The newest revision; NotFoundError if there is none."""

    def by_id(self, toolchain_id: int) -> ToolchainRevision:
        """One revision."""

    def all(self) -> list[ToolchainRevision]:
        """All revisions, by name and number."""


class Campaigns(Protocol):
    """Campaigns and the counters of rebuilds."""

    def add(
        self,
        archive_id: int,
        *,
        reason: str,
        requested_by: str,
        selection: str,
        architectures: Sequence[str],
        toolchain_id: int | None,
        dependencies: str,
        at: datetime,
    ) -> Campaign:
        """The archive's next campaign, in state `preparing`."""

    def by_id(self, campaign_id: int) -> Campaign:
        """One campaign."""

    def numbered(self, archive_id: int, number: int) -> Campaign:
        """One campaign of an archive; NotFoundError if there is none of that number."""

    def of_archive(self, archive_id: int) -> list[Campaign]:
        """All campaigns of an archive, the newest first."""

    def set_state(self, campaign_id: int, state: CampaignState, sentence: str) -> None:
        """Mark how far its preparation is."""

    def set_estimate(self, campaign_id: int, estimate: Mapping[str, object]) -> None:
        """Keep what was expected of its builds."""

    def estimate(self, campaign_id: int) -> Mapping[str, object] | None:
        """What was expected of its builds, if that was said."""

    def counts(self, campaign_ids: Iterable[int]) -> dict[int, dict[str, int]]:
        """How many builds of each campaign are in each state."""

    def last_rebuild_numbers(self, archive_id: int) -> dict[str, int]:
        """The highest number ever given to each source of an archive."""

    def take_rebuild_numbers(self, archive_id: int, numbers: Mapping[str, int]) -> None:
        """Never give these numbers, or lower ones, again (I3).

        Raises:
            ConflictError: one of them, or a higher one, was given meanwhile.
        """


class Builds(Protocol):
    """Build records, attempts, files, events."""

    def add(
        self,
        archive_id: int,
        suite_id: int,
        campaign_id: int,
        builds: Sequence[NewBuild],
        *,
        score: int,
        actor: str,
        at: datetime,
    ) -> None:
        """New records in state `needs-build`, with their first event, in two statements.

        Raises:
            ConflictError: a slot has a live build already (I2), or a number was given (I3).
        """

    def by_id(self, build_id: int) -> Build:
        """One record; NotFoundError if there is none."""

    def of_campaign(self, campaign_id: int) -> list[Build]:
        """The records of a campaign by source and architecture."""

    def of_slot(self, archive_id: int, source: str, architecture: str) -> list[Build]:
        """All records of a source on one architecture, the newest first."""

    def live_slots(self, archive_id: int) -> dict[str, frozenset[str]]:
        """The architectures on which each source has an unfinished build."""

    def with_fate(self, archive_id: int, fate: Fate) -> list[Build]:
        """Records of an archive whose binaries have that fate."""

    def unaccepted_siblings(self, archive_id: int) -> dict[tuple[str, int], str]:
        """(source, rebuild_no) -> an architecture on which that rebuild is not accepted."""

    def unfinished(self, archive_id: int) -> list[Build]:
        """Records of an archive that still move by themselves."""

    def running(self, archive_id: int) -> bool:
        """Whether something of an archive is being built at this moment."""

    def built_versions(self, archive_id: int) -> dict[tuple[str, str], str]:
        """(source, its version) -> the version of its newest successful rebuild."""

    def has_next(self, architectures: Sequence[str]) -> bool:
        """Whether a builder of these architectures could take something."""

    def of_source(self, archive_id: int, source: str) -> list[Build]:
        """All records of a source on all architectures, the newest rebuild first."""

    def next_to_build(self, architectures: Sequence[str]) -> Build | None:
        """The record with the highest score that a builder of these architectures can take."""

    def move(
        self,
        build: Build,
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str | None = None,
        fate: Fate | None = None,
    ) -> Build:
        """Take a record to another state and write the event.

        Raises:
            ConflictError: the table forbids it, the record has moved since it was read, or
                another record of the slot is live (I2).
        """

    def move_all(
        self,
        builds: Iterable[Build],
        after: BuildState,
        *,
        actor: str,
        at: datetime,
        sentence: str,
    ) -> int:
        """Take records to another state in sets, with their events; how many there were.

        One that has moved since it was read stays where it is now.

        Raises:
            ConflictError: the table forbids it to one of them.
        """

    def set_fate(self, build_ids: Iterable[int], fate: Fate) -> None:
        """Note what became of builds' binaries."""

    def events(self, build_id: int) -> list[BuildEvent]:
        """What happened to a record, the oldest first."""

    def add_attempt(
        self,
        build: Build,
        *,
        builder: str,
        edition: int,
        view_id: int,
        token_hash: str,
        view_token_hash: str,
        at: datetime,
    ) -> Attempt:
        """The next attempt of a build; the older ones stay as they are.

        Raises:
            ConflictError: the build does not wait for a builder, or moved since it was read.
        """

    def attempt(self, attempt_id: int) -> Attempt:
        """One attempt; NotFoundError if there is none."""

    def attempt_of_token(self, attempt_id: int, token_hash: str) -> Attempt | None:
        """The attempt, if that is the hash of its token and it has not ended."""

    def attempt_of_view_token(self, view_token_hash: str) -> Attempt | None:
        """The running attempt that may read a view with that token."""

    def attempts(self, build_ids: Iterable[int]) -> dict[int, list[Attempt]]:
        """The attempts of builds, in order."""

    def current_attempt(self, build: Build) -> Attempt | None:
        """The newest attempt of a build."""

    def saw_attempt(self, attempt_id: int, at: datetime) -> None:
        """Note that the builder of an attempt is alive."""

    def set_log_bytes(self, attempt_id: int, size: int) -> None:
        """Note how long an attempt's log is."""

    def set_result(self, attempt_id: int, result: Mapping[str, object]) -> None:
        """Keep what the builder reported first; it is judged afterwards."""

    def finish_attempt(self, attempt_id: int, *, outcome: str, at: datetime) -> None:
        """End an attempt: its tokens are worth nothing from now on."""

    def silent_attempts(self, before: datetime) -> list[Attempt]:
        """Running attempts whose builder was not heard of since a moment."""

    def put_file(self, attempt_id: int, file: AttemptFile) -> None:
        """Enter a file that the builder sent; sent again, the newest counts.

        Raises:
            GoneError: the attempt has ended, and what it brought stays as it is.
        """

    def files(self, attempt_ids: Iterable[int]) -> dict[int, list[AttemptFile]]:
        """The files of attempts by name."""


class Builders(Protocol):
    """Builders, as they last asked for work."""

    def find(self, name: str) -> Builder | None:
        """The builder of that name, if it ever asked for work."""

    def saw(self, name: str, architectures: Sequence[str], at: datetime) -> None:
        """Note that a builder asked for work."""

    def all(self) -> list[Builder]:
        """All builders by name."""


class Publications(Protocol):
    """Publications and views."""

    def add(
        self,
        suite_id: int,
        number: int,
        *,
        derivation: int,
        at: datetime,
        reason: str,
        sources: int,
        indices: Iterable[IndexFile],
        pool: Iterable[IndexFile],
        binaries: int,
        base_bytes: int = 0,
    ) -> Publication:
        """Make this what clients see of a suite. One transaction, so they see it whole.

        Of a suite that shows its whole base `pool` names the suite's own files only: the base's
        are found in the base, whose size is `base_bytes`.

        Raises:
            ConflictError: it does not follow the suite's newest, or a pool path would stand for
                other bytes than it ever did (I6).
        """

    def numbered(self, suite_id: int, number: int) -> Publication:
        """One publication of a suite; NotFoundError if it is none or was collected."""

    def of_suite(self, suite_id: int) -> list[Publication]:
        """All publications of a suite, the newest first."""

    def indices(self, publication_id: int) -> list[IndexFile]:
        """The index files of a publication."""

    def find_index(self, publication_id: int, path: str) -> IndexFile | None:
        """The file of that path in one publication."""

    def find_by_hash(self, suite_id: int, sha256: str) -> IndexFile | None:
        """The index file of that hash in any publication that is kept."""

    def find_pool_file(self, archive_id: int, path: str) -> IndexFile | None:
        """The file that a pool path of an archive stands for, in any kept publication."""

    def contradicted(self, base: Membership, files: Sequence[IndexFile]) -> IndexFile | None:
        """The first of the files whose path stands for other bytes in a base; None if none."""

    def ensure_view(
        self,
        suite_id: int,
        *,
        derivation: int,
        edition: int,
        toolchain_id: int | None,
        dependencies: str,
        at: datetime,
    ) -> View:
        """The view of that edition, toolchain and mode; its indices may have to be made yet."""

    def view(self, view_id: int) -> View:
        """One view."""

    def set_view_indices(self, view_id: int, files: Iterable[IndexFile], at: datetime) -> None:
        """Enter a view's index files; entered twice, the first stay."""

    def find_view_index(self, view_id: int, path: str) -> IndexFile | None:
        """The index file of that path in a view."""

    def find_view_by_hash(self, view_id: int, sha256: str) -> IndexFile | None:
        """The index file of that hash in a view."""

    def find_view_pool_file(
        self, view: View, base: Membership | None, path: str
    ) -> IndexFile | None:
        """The file that a pool path stands for in a view: an own one, else the base's."""


class Chroots(Protocol):
    """What each cached build environment holds."""

    def register(
        self,
        archive_id: int,
        *,
        architecture: str,
        recipe: str,
        packages: Sequence[tuple[str, str, str]],
        base: Membership | None,
        own: Sequence[OwnBinary],
        at: datetime,
    ) -> str:
        """The key of a chroot that holds these (name, version, architecture) packages of a view.

        The key is made of the packages' SHA-256s: an equal name and version may have other bytes
        in another archive.

        Raises:
            InvalidInputError: too many packages, or one that the view does not show.
        """

    def valid_keys(
        self,
        archive_id: int,
        architecture: str,
        *,
        base: Membership,
        own: Sequence[OwnBinary],
    ) -> list[str]:
        """Keys of chroots all of whose packages a view of this base and these own binaries shows.

        The newest first.
        """


class Deletion(Protocol):
    """Taking an archive's rows away, and what goes with them."""

    def hold_names(self) -> None:
        """Until this transaction ends nobody frees a file or a release.

        Whoever begins to name files that are stored asks for this first, and then whether they
        are (still) there. Many hold it at a time.
        """

    def lock_names(self) -> None:
        """Until this transaction ends nobody begins to name a file or a release.

        Whoever frees files asks for this first, and then whether anybody needs them.
        """

    def files_of(self, archive_id: int) -> set[str]:
        """SHA-256s of every file that an archive names in any way: the candidates for removal."""

    def still_needed(self, hashes: Iterable[str]) -> set[str]:
        """Those of the files that some row still names. O(candidates)."""

    def owners(self, hashes: Iterable[str]) -> dict[str, set[int]]:
        """Ids of the archives that name each of the files. O(files)."""

    def count_rows(self, archive_id: int, *, jobs_of: str) -> dict[str, int]:
        """How many rows of each table `delete_rows` would take away. O(rows of the archive)."""

    def builds_of(self, archive_id: int) -> list[int]:
        """Ids of an archive's builds; their logs are filed under them."""

    def note_candidates(
        self, archive_id: int, *, jobs_of: str | None = None, except_job: str = ""
    ) -> None:
        """Write down what may have to go with an archive, before the rows that say so do."""

    def delete_rows(
        self, archive_id: int, jobs_of: str | None = None, except_job: str | None = None
    ) -> dict[str, int]:
        """Take every row of an archive away; how many of each table. O(rows of the archive).

        Args:
            archive_id: of the archive.
            jobs_of: its name, by which its jobs are found, which go too; None keeps them.
            except_job: one of them that stays: the one that does this.
        """

    def candidates(
        self, archive_id: int, kind: CandidateKind, *, is_measured: bool, rows_max: int
    ) -> list[Candidate]:
        """What is left to be measured, or to be taken away, in the order of names."""

    def measure(
        self, archive_id: int, kind: CandidateKind, sizes: Sequence[tuple[str, int]]
    ) -> None:
        """Note how large candidates are."""

    def forget(self, archive_id: int, kind: CandidateKind, names: Iterable[str]) -> None:
        """Strike candidates off that are not there."""

    def settle(
        self, archive_id: int, kind: CandidateKind, names: Iterable[str], *, is_shared: bool
    ) -> None:
        """Note what became of candidates: taken away, or left to those who share them."""

    def settled(self, archive_id: int) -> dict[tuple[CandidateKind, bool], tuple[int, int]]:
        """(kind, whether it is shared) -> how many were settled, and their bytes."""

    def shared_candidates(self, archive_id: int, rows_max: int) -> list[Candidate]:
        """The largest files that were left to others."""

    def clear_candidates(self, archive_id: int) -> None:
        """Forget what had to go; it went."""


class Tombstones(Protocol):
    """What is left of deleted archives, until their names are used again."""

    def put(self, tombstone: Tombstone) -> None:
        """Set it, in the place of an older one of the name."""

    def find(self, name: str) -> Tombstone | None:
        """The tombstone of a name; none while an archive has the name."""

    def all(self) -> list[Tombstone]:
        """All tombstones, the newest first."""

    def set_report(self, archive_id: int, report: dict[str, object]) -> None:
        """Write on the tombstone of an archive, if it still stands."""

    def remove(self, name: str) -> None:
        """Take a tombstone away."""

    def before(self, at: datetime) -> list[str]:
        """Names on tombstones that were set before a moment."""


class Files(Protocol):
    """Where files can be had, what mirrors answered, and which files are lost."""

    def addresses(self, sha256: str) -> list[str]:
        """Where these bytes may be had; the likeliest first.

        Mirrors that list them in their newest snapshot, those that once did, and then the places
        where old states of a mirror are kept, as the field Snapshots of its Release says.
        """

    def valid_until(self, membership: Membership) -> datetime | None:
        """Until when the Release of a snapshot says that it is valid, if it does."""

    def listed_binaries(
        self, membership: Membership, *, after: int, rows_max: int
    ) -> list[ListedFile]:
        """Files of the binaries of a suite at a number, in the order of ids, behind `after`."""

    def listed_sources(
        self, membership: Membership, *, after: int, rows_max: int
    ) -> list[ListedFile]:
        """Files of the sources of a suite at a number; all files of each of `rows_max` sources."""

    def listed_totals(self, membership: Membership, *, with_sources: bool) -> tuple[int, int]:
        """How many files a suite lists at a number, and their bytes. O(archive)."""

    def uses(self, hashes: Iterable[str]) -> dict[FileUse, dict[str, set[int]]]:
        """For each way of naming a file: hash -> ids of the archives that name it so. O(files)."""

    def own_names(self, *, after: str, rows_max: int) -> list[str]:
        """Hashes of files that no mirror is asked for: packages made here, indices, uploads.

        In their order, behind one of them.
        """

    def archives_of_builds(self, build_ids: Iterable[int]) -> dict[int, int]:
        """Build -> archive, of those builds that there are."""

    def answers(self, sha256: str) -> list[FileAnswer]:
        """Bad answers to questions for a file, by address."""

    def remember(self, sha256: str, answers: Iterable[FileAnswer]) -> None:
        """Keep bad answers, each in the place of an older one of its address."""

    def set_lost(self, sha256: str, sentence: str, at: datetime) -> None:
        """Note that no address has a file that is not here."""

    def forget_answers(self, hashes: Iterable[str]) -> None:
        """Forget what was answered about files, and that they are lost."""

    def forget_answers_before(self, at: datetime) -> int:
        """Forget answers that are older, but not that a file is lost; how many."""

    def lost(self, hashes: Iterable[str] | None = None) -> dict[str, LostFile]:
        """Files that are neither here nor anywhere, by hash: of these, or all. O(lost files)."""


class Jobs(Protocol):
    """Jobs as their askers see them."""

    def add(
        self,
        job_id: str,
        kind: JobKind,
        *,
        archive: str | None,
        arguments: Mapping[str, object],
        requested_by: str,
        at: datetime,
    ) -> Job:
        """A new job, queued."""

    def by_id(self, job_id: str) -> Job:
        """One job; NotFoundError if there is none."""

    def newest(self, archive: str | None = None) -> list[Job]:
        """The newest jobs, of one archive or of all."""

    def unfinished(self, kind: JobKind, archive: str) -> list[Job]:
        """Jobs of one kind on one archive that have not ended, the oldest first."""

    def begin(self, job_id: str, at: datetime) -> Job:
        """Mark a job as running, unless it ended; the job."""

    def progress(self, job_id: str, *, message: str, done: int, total: int, unit: str) -> bool:
        """Note how far a job is; whether somebody asked to cancel it."""

    def finish(
        self,
        job_id: str,
        state: JobState,
        *,
        at: datetime,
        message: str,
        result: Mapping[str, object] | None = None,
        error: Mapping[str, str | None] | None = None,
    ) -> None:
        """End a job that has not ended."""

    def find_request_key(self, principal: str, key: str) -> tuple[str, str] | None:
        """(digest of the request, job id) of what came with a key, if any did."""

    def put_request_key(
        self, principal: str, key: str, *, digest: str, job_id: str, at: datetime
    ) -> None:
        """Note which job a request with a key became; the newest counts."""

    def set_result(self, job_id: str, result: Mapping[str, object]) -> None:
        """Note what a job has brought so far, in the transaction that made it true."""

    def ask_cancel(self, job_id: str) -> None:
        """Ask a job to stop at its next step."""


class Transaction(Protocol):
    """The repositories, all in one transaction."""

    @property
    def archives(self) -> Archives: ...
    @property
    def derivations(self) -> Derivations: ...
    @property
    def members(self) -> Members: ...
    @property
    def measures(self) -> Measures: ...
    @property
    def snapshots(self) -> Snapshots: ...
    @property
    def packages(self) -> Packages: ...
    @property
    def paragraphs(self) -> Paragraphs: ...
    @property
    def graphs(self) -> GraphCache: ...
    @property
    def rebuildable(self) -> Rebuildable: ...
    @property
    def deltas(self) -> Deltas: ...
    @property
    def toolchains(self) -> Toolchains: ...
    @property
    def campaigns(self) -> Campaigns: ...
    @property
    def builds(self) -> Builds: ...
    @property
    def builders(self) -> Builders: ...
    @property
    def publications(self) -> Publications: ...
    @property
    def chroots(self) -> Chroots: ...
    @property
    def deletion(self) -> Deletion: ...
    @property
    def tombstones(self) -> Tombstones: ...
    @property
    def files(self) -> Files: ...
    @property
    def jobs(self) -> Jobs: ...


class Database(Protocol):
    """Where everything that must not be forgotten is."""

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that sees one moment and changes nothing."""

    def trial(self) -> AbstractContextManager[Transaction]:
        """A writing transaction that leaves nothing behind, whatever it did."""

    def write(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits at its end, or leaves nothing behind an exception."""

    def spool(self) -> AbstractContextManager[ReleaseSpool]:
        """Room for releases that are about to be stored; empty, and gone when the context ends."""
