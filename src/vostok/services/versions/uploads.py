"""The version of an upload: above all that is there, and told if it hides what may follow."""

from collections.abc import Mapping

from vostok.debian.version import Version
from vostok.domain.archive import Archive, Suite
from vostok.domain.rebuild_version.issuing import proof_of, proof_of_chosen
from vostok.domain.rebuild_version.present import ParentHabits, Present
from vostok.domain.rebuild_version.schemes import Purpose
from vostok.domain.upload import check_above, check_of_source, epoch_words
from vostok.services.repositories import Transaction
from vostok.services.versions.facts import habits_of, marking_of
from vostok.services.views.editions import base_of


def check_version(
    transaction: Transaction, archive: Archive, suite: Suite, source: str, version: str
) -> str:
    """What an uploaded version would hide of all that may follow, as a sentence, or "".

    Somebody chose it, so that refuses nothing.

    Raises:
        ConflictError: it is not above all that is or was there; the hint has one that is, as the
            archive's scheme makes it for a changed source.
        InvalidInputError: it is one that only binaries can have.
    """
    check_of_source(source, version)
    there = _versions_there(transaction, archive, suite, source)
    if not there:
        return ""
    marking = marking_of(transaction, archive, suite)
    habits = habits_of(transaction, archive, suite)
    present = _present(transaction, suite, source, there, habits)
    number = transaction.campaigns.last_rebuild_number(archive.id, source) + 1
    suggested = proof_of(Purpose.CHANGED, marking, present, rebuild_no=number).version
    check_above(source, version, there, suggested)
    if new_epoch := epoch_words(version, there):
        return new_epoch
    proof = proof_of_chosen(version, marking, present, rebuild_no=number)
    return "; ".join(filter(None, (proof.refusal, proof.warning)))


def _versions_there(
    transaction: Transaction, archive: Archive, suite: Suite, source: str
) -> Mapping[str, str]:
    """Version -> whose it is: of all that an upload of a source must be above."""
    base = base_of(suite)
    versions = {
        version: "which the parents' binaries of it have"
        for _, _, version in transaction.rebuildable.continued_versions(base, [source])
    }
    for known in transaction.packages.sources_named(base, [source]):
        versions[known.version] = "which the parents have"
    for build in transaction.builds.of_source(archive.id, source):
        versions[build.version] = f"which was issued here (build {build.id})"
    for of, version in transaction.outgoing.versions(archive.id):
        if of == source:
            versions[version] = "which a source made here for another archive has"
    for own in transaction.members.own_sources(suite.id, [source]):
        versions[own.version] = "which is here already"
    return versions


def _present(
    transaction: Transaction,
    suite: Suite,
    source: str,
    there: Mapping[str, str],
    habits: ParentHabits,
) -> Present:
    """What there is of a source, as the prover wants it: the newest is what would be changed."""
    base = base_of(suite)
    theirs = [known.version for known in transaction.packages.sources_named(base, [source])]
    parents = max(theirs, key=Version.parse, default="")
    local = [own.version for own in transaction.uploads.current_sources(suite.id, [source])]
    current = max([*local, *theirs] or there, key=Version.parse)
    binaries = tuple(
        version
        for _, of, version in transaction.rebuildable.continued_versions(base, [source])
        if of == parents
    )
    return Present(
        source_version=current,
        binary_versions=binaries,
        own_versions=tuple(v for v in there if v not in {*theirs, *binaries, current}),
        issued=tuple(there),
        is_ours=current != parents,
        parent_version=parents if current != parents else "",
        habits=habits,
    )
