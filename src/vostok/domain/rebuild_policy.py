"""Whether an archive lets its sources be built again: one answer for every door."""

from vostok.domain.archive import Archive, ArchiveKind, ArchiveState, RebuildPolicy
from vostok.errors import ConflictError, InvalidInputError

POLICY_SENTENCES = {
    RebuildPolicy.NEVER: "no rebuild is accepted; a build that failed may be retried",
    RebuildPolicy.ON_REQUEST: "rebuilds are made when somebody asks for them",
    RebuildPolicy.ON_EVERY_SYNC: "also every sync has the sources rebuilt that it updated",
}


def check_rebuildable(archive: Archive) -> None:
    """Nothing, if sources of the archive may be built again now.

    Raises:
        InvalidInputError: it is an image of somebody else's.
        ConflictError: it is not active, or its policy forbids it.
    """
    if archive.kind is not ArchiveKind.DERIVED:
        raise InvalidInputError(
            f"{archive.name} is an image of somebody else's archive; nothing is built in it",
            hint=f"derive one from it: vostok archive derive NAME --parent {archive.name}/SUITE",
        )
    if archive.state is not ArchiveState.ACTIVE:
        raise ConflictError(
            f"the archive {archive.name} is {archive.state}, not active",
            reason="not-active",
            hint="see what is at work: vostok job list",
        )
    if archive.policy is RebuildPolicy.NEVER:
        raise ConflictError(
            f"the policy of {archive.name} allows no rebuilds: it is {archive.policy}",
            hint=f"allow them: vostok archive set {archive.name} --policy on-request",
            reason="policy-never",
        )
