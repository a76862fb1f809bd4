"""The proof of one version, for people who want to see what it is compared with."""

from dataclasses import dataclass

from vostok.debian.version import Version
from vostok.documents import VersionProofView
from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import Archive, ArchiveKind, Suite
from vostok.domain.rebuild_version.issuing import proof_of
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.proof import Proof
from vostok.domain.rebuild_version.schemes import Purpose, VersionScheme
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.selecting import taken_sources
from vostok.services.versions.candidates import list_candidates
from vostok.services.versions.facts import habits_of, marking_of, with_scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRequest:
    """A version that somebody wants to see proved; nothing is issued."""

    archive: str
    source: str
    base: str | None = None
    """A version of its binaries that is supposed instead of all that is there: `1.2-3+b1`."""
    scheme: VersionScheme | None = None
    """None: that of the archive, with its vendor's word."""
    vendor: str = ""
    purpose: Purpose = Purpose.BINARY_ONLY


class VersionExplanations:
    """Proves versions as for a rebuild, and shows the proofs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def explain(self, principal: Principal, request: ProofRequest) -> VersionProofView:
        """The whole proof of the version that a source would get, also of one that is refused.

        Raises:
            NotFoundError: the archive takes no source of that name, and no base is supposed.
            InvalidInputError: base or vendor's word is malformed, or the archive is an image.
        """
        require(principal, Action.VIEW, request.archive)
        with self._database.read() as transaction:
            archive = _supposed(transaction.archives.named(request.archive), request)
            suite = transaction.archives.suites(archive.id)[0]
            habits = habits_of(transaction, archive, suite)
            marking = marking_of(transaction, archive, suite)
            present, rebuild_no = _present(transaction, archive, suite, request, habits)
        proof = proof_of(request.purpose, marking, present, rebuild_no=rebuild_no)
        return _document(request, archive, present, rebuild_no, proof)


def _supposed(archive: Archive, request: ProofRequest) -> Archive:
    """The archive, with the scheme that is asked for."""
    if archive.kind is not ArchiveKind.DERIVED:
        raise InvalidInputError(
            f"{archive.name} is an image of somebody else's archive; no versions are made in it",
            hint=f"derive one from it: vostok archive derive NAME --parent {archive.name}/SUITE",
        )
    return with_scheme(archive, request.scheme, request.vendor)


def _present(
    transaction: Transaction,
    archive: Archive,
    suite: Suite,
    request: ProofRequest,
    habits: ParentHabits,
) -> tuple[Present, int]:
    """(what there is of the source, or is supposed; the number that its rebuild would get)."""
    if request.base is not None:
        base = Version.parse(request.base)
        is_binnmu = bool(base.binnmu_tail)
        number = transaction.campaigns.last_rebuild_numbers(archive.id).get(request.source, 0)
        supposed = Present(
            source_version=base.without_binnmu,
            binary_versions=(base.text,) if is_binnmu else (),
            habits=habits,
        )
        return supposed, number + 1
    if request.source not in taken_sources(transaction, suite):
        raise NotFoundError(
            f"{archive.name} takes no source {request.source}",
            hint=f"see those that it takes: vostok archive sources {archive.name}; or suppose a "
            "version: --base 1.2-3+b1",
        )
    [candidate] = list_candidates(transaction, archive, suite, request.source)
    present = Present(**candidate.versions._asdict(), habits=habits)
    return present, candidate.last_rebuild_no + 1


def _document(
    request: ProofRequest, archive: Archive, present: Present, rebuild_no: int, proof: Proof
) -> VersionProofView:
    there = {present.source_version, *present.binary_versions, *present.own_versions}
    if present.parent_version:
        there.add(present.parent_version)
    result = "refused" if proof.refusal else "warned" if proof.warning else "issued"
    return {
        "archive": archive.name,
        "source": request.source,
        "scheme": archive.scheme,
        "vendor": archive.vendor,
        "purpose": request.purpose,
        "source_version": present.source_version,
        "present": sorted(there, key=Version.parse),
        "base": proof.base,
        "rebuild_no": rebuild_no,
        "version": proof.version,
        "result": result,
        "sentence": proof.refusal or proof.warning,
        "comparisons": [
            {
                "what": line.what,
                "version": line.version,
                "order": "above" if line.is_below else "below",
                "level": line.level,
                "result": line.verdict,
            }
            for line in proof.lines
        ],
    }
