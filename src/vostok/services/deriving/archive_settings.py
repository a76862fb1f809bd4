"""The settings of an archive: all that are asked for at once are changed, or none."""

from dataclasses import dataclass, replace

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Keep, RebuildPolicy, Serve
from vostok.domain.job import Job
from vostok.domain.rebuild_version.schemes import VersionScheme, check_vendor
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.audit import note
from vostok.services.deriving.declarations import contradictions
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction
from vostok.services.versions.facts import marking_of
from vostok.services.versions.settings import SchemeProof, proof_sentences, prove_scheme
from vostok.services.views.keeping import KeepService, ListedAhead


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedSettings:
    """What is to be different of an archive; None: as before."""

    keep: Keep | None = None
    serve: Serve | None = None
    binaries: bool | None = None
    """Whether uploads may hold binaries beside their source."""
    policy: RebuildPolicy | None = None
    scheme: VersionScheme | None = None
    vendor: str = ""
    binnmus: bool | None = None
    """Whether somebody else's archive makes binNMUs; only a declared `no` is believed."""
    ubuntu_versions: bool | None = None
    """The same of versions with `buildN` or `ubuntuN`."""

    @property
    def is_storage(self) -> bool:
        """Whether it is about the parents' files, so that some may have to be fetched."""
        return self.keep is not None or self.serve is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedSettings:
    """What follows from a change."""

    after: Archive
    """The archive with its new settings; of a trial, as it would be."""
    job: Job | None
    """Fetches what is to be kept now, if there is anything to fetch ahead; none of a trial."""
    differences: tuple[str, ...]
    """What became of each setting that is another now: `policy never to on-request`."""
    proof: SchemeProof | None
    """How the scheme does that was asked for."""
    contradictions: tuple[str, ...] = ()
    """What speaks against a declaration."""
    ahead: ListedAhead | None = None
    """Of a trial: what the job would see to, that the archive keeps ahead of need."""

    @property
    def notes(self) -> list[str]:
        """What people should know of it, in sentences."""
        proved = [] if self.proof is None else proof_sentences(self.proof)
        return [*self.contradictions, *proved]


class SettingService:
    """Sets what archives keep, serve and take, when they are rebuilt, and under which versions."""

    def __init__(self, database: Database, keeping: KeepService, clock: Clock) -> None:
        self._database = database
        self._keeping = keeping
        self._clock = clock

    def set(self, principal: Principal, name: str, asked: AskedSettings) -> ChangedSettings:
        """Change settings in one transaction. O(taken sources) for a scheme, else O(1).

        Builds that are queued stay so, whatever the new policy is. Each setting that becomes
        another has a line in the audit log, from what to what.

        Raises:
            ConflictError: the archive is not active, or a taken source would have no safe version
                under the scheme. The scheme `safe` is set all the same: it is the way back, and
                such sources wait for their next version.
            InvalidInputError: the vendor's word is missing or malformed, or a setting is not one
                of archives of this kind.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        _check_words(asked)
        with self._database.write() as transaction:
            changed = self._set(transaction, principal, name, asked)
            if not asked.is_storage:
                return changed
            job = self._keeping.submit(transaction, changed.after, principal)
            return replace(changed, job=job)

    def plan(self, principal: Principal, name: str, asked: AskedSettings) -> ChangedSettings:
        """What `set` would do, found out by doing it and taking it back; without its job.

        Raises:
            VostokError: what `set` raises.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        _check_words(asked)
        with self._database.trial() as transaction:
            changed = self._set(transaction, principal, name, asked)
            if not asked.is_storage:
                return changed
            return replace(changed, ahead=self._keeping.listed(transaction, changed.after))

    def mark(self, principal: Principal, name: str) -> str:
        """What the safe scheme writes behind a version in a derived archive: `Xtrial`."""
        require(principal, Action.VIEW, name)
        with self._database.read() as transaction:
            archive = transaction.archives.named(name)
            marking = marking_of(transaction, archive, transaction.archives.suites(archive.id)[0])
        return marking.letter + marking.tag

    def _set(
        self, transaction: Transaction, principal: Principal, name: str, asked: AskedSettings
    ) -> ChangedSettings:
        transaction.archives.lock(transaction.archives.named(name).id)
        archive = transaction.archives.named(name)
        if archive.state is not ArchiveState.ACTIVE:
            raise ConflictError(f"the archive {name} is {archive.state}, not active")
        _check_kind(archive, asked)
        after = _changed(archive, asked)
        proof = None
        if asked.scheme is not None:
            suite = transaction.archives.suites(archive.id)[0]
            proof = prove_scheme(transaction, after, suite)
        differences = self._store(transaction, principal, archive, after)
        against = contradictions(
            transaction, archive, binnmus=asked.binnmus, ubuntu_versions=asked.ubuntu_versions
        )
        return ChangedSettings(
            after=after, job=None, differences=differences, proof=proof, contradictions=against
        )

    def _store(
        self, transaction: Transaction, principal: Principal, before: Archive, after: Archive
    ) -> tuple[str, ...]:
        archives = transaction.archives
        if (before.keep, before.serve) != (after.keep, after.serve):
            archives.set_storage(after.id, keep=after.keep, serve=after.serve)
        if before.accepts_binaries != after.accepts_binaries:
            archives.set_accepts_binaries(after.id, is_accepted=after.accepts_binaries)
        if before.policy != after.policy:
            archives.set_policy(after.id, after.policy)
        if before.makes_binnmus != after.makes_binnmus:
            archives.set_makes_binnmus(after.id, makes_binnmus=after.makes_binnmus)
        if before.makes_ubuntu_versions != after.makes_ubuntu_versions:
            are_made = after.makes_ubuntu_versions
            archives.set_makes_ubuntu_versions(after.id, are_made=are_made)
        if (before.scheme, before.vendor) != (after.scheme, after.vendor):
            archives.set_scheme(after.id, scheme=after.scheme, vendor=after.vendor)
        differences = _differences(before, after)
        for detail in differences:
            note(
                transaction, self._clock, principal, Action.CHANGE_ARCHIVE,
                archive=after.name, detail=detail,
            )  # fmt: skip
        return differences


def declare_binnmus(transaction: Transaction, clock: Clock, job: Job, *, are_made: bool) -> None:
    """Note what an import says of the binNMUs of somebody else's archive."""
    before = transaction.archives.named(str(job.archive))
    after = replace(before, makes_binnmus=are_made)
    transaction.archives.set_makes_binnmus(before.id, makes_binnmus=are_made)
    for detail in _differences(before, after):
        transaction.audit.note(
            at=clock.now(),
            actor=job.requested_by,
            action=Action.CHANGE_ARCHIVE,
            archive=before.name,
            subject=before.name,
            detail=detail,
        )


def _check_words(asked: AskedSettings) -> None:
    if asked.scheme is not None:
        check_vendor(asked.scheme, asked.vendor)
    elif asked.vendor:
        raise InvalidInputError(
            f"the vendor's word {asked.vendor} says nothing without a scheme",
            hint=f"--scheme vendor --vendor {asked.vendor}",
        )


def _check_kind(archive: Archive, asked: AskedSettings) -> None:
    """Nothing, if archives of this kind have the settings that are asked for."""
    if archive.kind is ArchiveKind.DERIVED:
        if asked.binnmus is not None or asked.ubuntu_versions is not None:
            raise InvalidInputError(
                f"{archive.name} is derived; what it makes of versions is said by its scheme",
                hint=f"vostok archive set {archive.name} --scheme "
                f"{'ubuntu' if asked.binnmus is None else 'binnmu'}",
            )
        return
    image = f"{archive.name} is an image of somebody else's archive"
    if asked.scheme is not None:
        raise InvalidInputError(
            f"{image}; it has no version scheme",
            hint=f"say that it makes none: vostok archive set {archive.name} --binnmus no",
        )
    if asked.policy is not None:
        raise InvalidInputError(f"{image}; nothing is built in it")
    if asked.binaries is not None:
        raise InvalidInputError(
            f"{image}; it takes no uploads",
            hint=f"derive one from it: vostok archive derive NAME --parent {archive.name}/SUITE",
        )


def _changed(archive: Archive, asked: AskedSettings) -> Archive:
    binaries, binnmus, ubuntus = asked.binaries, asked.binnmus, asked.ubuntu_versions
    return replace(
        archive,
        keep=asked.keep or archive.keep,
        serve=asked.serve or archive.serve,
        accepts_binaries=archive.accepts_binaries if binaries is None else binaries,
        policy=asked.policy or archive.policy,
        scheme=asked.scheme or archive.scheme,
        vendor=archive.vendor if asked.scheme is None else asked.vendor,
        makes_binnmus=archive.makes_binnmus if binnmus is None else binnmus,
        makes_ubuntu_versions=archive.makes_ubuntu_versions if ubuntus is None else ubuntus,
    )


def _differences(before: Archive, after: Archive) -> tuple[str, ...]:
    """What became of each setting that is another now: `policy never to on-request`."""
    return tuple(
        f"{word} {one} to {other}"
        for (word, one), (_, other) in zip(_said(before), _said(after), strict=True)
        if one != other
    )


def _said(archive: Archive) -> list[tuple[str, str]]:
    """Each setting and its value, in the words of the audit log."""
    return [
        ("keep", archive.keep),
        ("serve", archive.serve),
        ("binaries in uploads", "taken" if archive.accepts_binaries else "refused"),
        ("policy", archive.policy),
        ("scheme", f"{archive.scheme} {archive.vendor}".rstrip()),
        ("binNMUs", "made" if archive.makes_binnmus else "not made"),
        ("buildN and ubuntuN", "made" if archive.makes_ubuntu_versions else "not made"),
    ]
