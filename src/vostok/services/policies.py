"""Setting whether an archive lets its sources be built again."""

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import ArchiveKind, ArchiveState, RebuildPolicy
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.audit import note
from vostok.services.ports import Clock
from vostok.services.repositories import Database


class PolicyService:
    """Sets policies; who asks for rebuilds is answered by them in `RebuildService`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def set(self, principal: Principal, name: str, policy: RebuildPolicy) -> None:
        """Say when sources of an archive may be built again. Builds that are queued stay so.

        Raises:
            InvalidInputError: it is an image of somebody else's archive.
            ConflictError: it is not active.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.write() as transaction:
            archive = transaction.archives.named(name)
            if archive.kind is not ArchiveKind.DERIVED:
                raise InvalidInputError(
                    f"{name} is an image of somebody else's archive; nothing is built in it"
                )
            if archive.state is not ArchiveState.ACTIVE:
                raise ConflictError(f"the archive {name} is {archive.state}, not active")
            transaction.archives.set_policy(archive.id, policy)
            note(
                transaction, self._clock, principal, Action.CHANGE_ARCHIVE,
                archive=name, detail=f"policy {archive.policy} to {policy}",
            )  # fmt: skip
