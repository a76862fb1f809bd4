"""The version scheme of an archive: proved on all sources that it takes before it is set."""

from dataclasses import dataclass, replace

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, Suite
from vostok.domain.rebuild_plan import version_of
from vostok.domain.rebuild_version.issuing import issuer_of
from vostok.domain.rebuild_version.schemes import Purpose, VersionScheme, check_vendor
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.audit import note
from vostok.services.ports import Clock
from vostok.services.rebuild_candidates import list_candidates
from vostok.services.repositories import Database, Transaction
from vostok.services.version_facts import habits_of, marking_of

EXAMPLES_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeProof:
    """How a scheme does on all sources that an archive takes."""

    sources: int
    warned: int
    refused: int
    examples: tuple[str, ...]
    """The first of the refused, else of those with a warning."""


class VersionService:
    """Sets how archives make the versions of their rebuilds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def set_scheme(
        self, principal: Principal, name: str, scheme: VersionScheme, vendor: str
    ) -> SchemeProof:
        """Let an archive make its versions by another scheme. O(taken sources).

        Raises:
            ConflictError: a taken source would have no safe version. The scheme `safe` is set all
                the same: it is the way back, and such sources wait for their next version.
            InvalidInputError: the vendor's word is missing or malformed, or the archive external.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        check_vendor(scheme, vendor)
        with self._database.write() as transaction:
            archive = transaction.archives.named(name)
            if archive.kind is not ArchiveKind.DERIVED:
                raise InvalidInputError(
                    f"{name} is an image of somebody else's archive; it has no version scheme",
                    hint=f"say that it makes none: vostok archive set {name} --binnmus no",
                )
            if archive.state is not ArchiveState.ACTIVE:
                raise ConflictError(f"the archive {name} is {archive.state}, not active")
            suite = transaction.archives.suites(archive.id)[0]
            proof = prove_scheme(
                transaction, replace(archive, scheme=scheme, vendor=vendor), suite
            )
            transaction.archives.set_scheme(archive.id, scheme=scheme, vendor=vendor)
            note(
                transaction, self._clock, principal, Action.CHANGE_ARCHIVE, archive=name,
                detail=f"scheme {_words(archive.scheme, archive.vendor)} "
                f"to {_words(scheme, vendor)}",
            )  # fmt: skip
        return proof

    def declare_binnmus(self, principal: Principal, name: str, *, are_made: bool) -> None:
        """Say whether somebody else's archive makes binNMUs; only a declared `no` is believed.

        Raises:
            InvalidInputError: the archive is derived: what it makes is said by its scheme.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.write() as transaction:
            archive = transaction.archives.named(name)
            if archive.kind is not ArchiveKind.EXTERNAL:
                raise InvalidInputError(
                    f"{name} is derived; what it makes of versions is said by its scheme",
                    hint=f"vostok archive set {name} --scheme binnmu",
                )
            transaction.archives.set_makes_binnmus(archive.id, makes_binnmus=are_made)
            note(
                transaction, self._clock, principal, Action.CHANGE_ARCHIVE, archive=name,
                detail=f"binNMUs {_made(archive.makes_binnmus)} to {_made(are_made)}",
            )  # fmt: skip


def _words(scheme: VersionScheme, vendor: str) -> str:
    return f"{scheme} {vendor}".rstrip()


def _made(are_made: object) -> str:
    return "made" if are_made else "not made"


def prove_scheme(transaction: Transaction, archive: Archive, suite: Suite) -> SchemeProof:
    """The proof of an archive's scheme on all sources that its suite takes, in sets.

    Raises:
        ConflictError: it is another than `safe`, and a source would have no version.
    """
    issuer = issuer_of(
        marking_of(transaction, archive, suite), habits_of(transaction, archive, suite)
    )
    warnings: list[str] = []
    refusals: list[str] = []
    candidates = list_candidates(transaction, archive, suite, "all")
    for candidate in candidates:
        try:
            issued = version_of(candidate, Purpose.BINARY_ONLY, issuer)
        except ConflictError as error:
            refusals.append(f"{candidate.source.name}: {error}")
        else:
            if issued.warning:
                warnings.append(f"{candidate.source.name}: {issued.warning}")
    proof = SchemeProof(
        sources=len(candidates),
        warned=len(warnings),
        refused=len(refusals),
        examples=tuple((refusals or warnings)[:EXAMPLES_MAX]),
    )
    if refusals and archive.scheme is not VersionScheme.SAFE:
        raise ConflictError(
            f"the scheme {archive.scheme} has no safe version for {len(refusals)} of "
            f"{len(candidates)} sources of {archive.name}: {'; '.join(proof.examples)}",
            hint="the scheme «safe» has one for each; binnmu is for parents that are declared "
            "to make none: vostok archive set PARENT --binnmus no",
        )
    return proof


def proof_sentences(proof: SchemeProof) -> list[str]:
    """What people should know of a proof, in sentences; none if there is nothing."""
    sentences = []
    if proof.refused:
        sentences.append(
            f"{proof.refused} of {proof.sources} sources cannot be rebuilt until they have a "
            "newer version"
        )
    if proof.warned:
        sentences.append(f"{proof.warned} of {proof.sources} versions come with a warning")
    return [*sentences, *proof.examples]
