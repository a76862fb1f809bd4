"""The version scheme of an archive, proved on all sources that it takes before it has it."""

from dataclasses import dataclass

from vostok.domain.archive import Archive, Suite
from vostok.domain.counting import counted
from vostok.domain.rebuild_plan import version_of
from vostok.domain.rebuild_version.issuing import issuer_of
from vostok.domain.rebuild_version.schemes import Purpose, VersionScheme
from vostok.errors import ConflictError
from vostok.services.repositories import Transaction
from vostok.services.versions.candidates import list_candidates
from vostok.services.versions.facts import habits_of, marking_of

EXAMPLES_MAX = 3
_HINTS = {
    VersionScheme.BINNMU: "the scheme «safe» has one for each; binnmu is for parents that are "
    "declared to make none: vostok archive set PARENT --binnmus no",
    VersionScheme.UBUNTU: "the scheme «safe» has one for each; ubuntu goes on with the numbers of "
    "parents that are declared to make none: vostok archive set PARENT --ubuntu-versions no",
}


class SchemeRefusedError(ConflictError):
    """A scheme has no version for some of the sources that an archive takes.

    Attributes:
        summary: how many, of how many.
        examples: sentences of the first of them.
    """

    def __init__(self, summary: str, examples: tuple[str, ...], *, hint: str) -> None:
        super().__init__(f"{summary}: {'; '.join(examples)}", hint=hint)
        self.summary = summary
        self.examples = examples


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeProof:
    """How a scheme does on all sources that an archive takes."""

    sources: int
    warned: int
    refused: int
    examples: tuple[str, ...]
    """The first of the refused, else of those with a warning."""


def prove_scheme(transaction: Transaction, archive: Archive, suite: Suite) -> SchemeProof:
    """The proof of an archive's scheme on all sources that its suite takes, in sets.

    Raises:
        SchemeRefusedError: it is another than `safe`, and a source would have no version.
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
        raise SchemeRefusedError(
            f"the scheme {archive.scheme} has no safe version for {len(refusals)} of "
            f"{counted(len(candidates), 'source')} of {archive.name}",
            proof.examples,
            hint=_HINTS.get(archive.scheme, "the scheme «safe» has one for each"),
        )
    return proof


def proof_sentences(proof: SchemeProof) -> list[str]:
    """What people should know of a proof, in sentences; none if there is nothing."""
    sentences = []
    if proof.refused:
        sentences.append(
            f"{proof.refused} of {counted(proof.sources, 'source')} cannot be rebuilt until "
            "there is a newer version"
        )
    if proof.warned:
        sentences.append(f"{proof.warned} of {counted(proof.sources, 'version')} with a warning")
    return [*sentences, *proof.examples]
