"""Publications that somebody keeps: no collection takes them, however old they become."""

from dataclasses import dataclass

from vostok.domain.access import Action, Principal, require
from vostok.domain.archive import ArchiveKind
from vostok.domain.publication import Publication, check_label
from vostok.errors import ConflictError, NotFoundError
from vostok.services.audit import note
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAs:
    """How a publication was kept when somebody saw it: under a label, perhaps "", or not."""

    label: str | None


class KeptPublicationService:
    """Keeps publications, and lets them go again."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def keep(
        self,
        principal: Principal,
        name: str,
        number: int,
        *,
        label: str,
        seen: KeptAs | None = None,
    ) -> Publication:
        """Keep a publication, under a label or, if that is empty, without one.

        One that is kept already is called otherwise from then on.

        Args:
            principal: who asks.
            name: of the archive.
            number: of the publication.
            label: what it is to be called.
            seen: how it is kept, as far as whoever asks knows; None: that is all the same.

        Raises:
            InvalidInputError: the label is malformed.
            NotFoundError: there is no such publication; GoneError: it was collected.
            ConflictError: another publication of the archive has the label, or it is not kept as
                it was seen.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        if label:
            check_label(label)
        with self._database.write() as transaction:
            publication = _numbered(transaction, name, number)
            _check_seen(publication, name, seen)
            for other in transaction.publications.of_suite(publication.suite_id):
                if label and other.kept_as == label and other.number != number:
                    raise ConflictError(
                        f"publication {other.number} of {name} is called {label}",
                        hint=f"vostok publication release {name} {other.number}",
                    )
            transaction.old_publications.keep(publication.id, label=label, by=principal.name)
            called = f" as {label}" if label else ""
            note(
                transaction, self._clock, principal, "keep-publication", archive=name,
                detail=f"publication {number} of {publication.at:%Y-%m-%d %H:%M} UTC{called}"
                f"; {_kept_words(publication)}",
            )  # fmt: skip
            return transaction.publications.numbered(publication.suite_id, number)

    def release(
        self, principal: Principal, name: str, number: int, *, seen: KeptAs | None = None
    ) -> Publication:
        """Let a publication go as it would if nobody had kept it; its label is free.

        Raises:
            NotFoundError: there is no such publication; GoneError: it was collected.
            ConflictError: it is not kept as it was seen.
        """
        require(principal, Action.CHANGE_ARCHIVE, name)
        with self._database.write() as transaction:
            publication = _numbered(transaction, name, number)
            _check_seen(publication, name, seen)
            if publication.kept_as is None:
                return publication
            transaction.old_publications.release(publication.id)
            note(
                transaction, self._clock, principal, "release-publication", archive=name,
                detail=f"publication {number} of {publication.at:%Y-%m-%d %H:%M} UTC"
                f"; {_kept_words(publication)}",
            )  # fmt: skip
            return transaction.publications.numbered(publication.suite_id, number)


def _kept_words(publication: Publication) -> str:
    """How a publication was kept until now, for the audit log."""
    if publication.kept_as is None:
        return "nobody kept it before"
    called = f" as {publication.kept_as}" if publication.kept_as else ""
    return f"{publication.kept_by} kept it{called} before"


def _check_seen(publication: Publication, archive: str, seen: KeptAs | None) -> None:
    if seen is None or seen.label == publication.kept_as:
        return
    called = f" as {publication.kept_as}" if publication.kept_as else ""
    now = "released" if publication.kept_as is None else f"kept{called} by {publication.kept_by}"
    raise ConflictError(
        f"meanwhile publication {publication.number} of {archive} was {now}",
        hint="look at it again, then decide again",
    )


def _numbered(transaction: Transaction, name: str, number: int) -> Publication:
    archive = transaction.archives.named(name)
    if archive.kind is not ArchiveKind.DERIVED:
        raise NotFoundError(
            f"{name} is somebody else's archive and has no publications",
            hint="see your own: vostok archive list",
        )
    transaction.archives.lock(archive.id)
    [suite, *_] = transaction.archives.suites(archive.id)
    return transaction.publications.numbered(suite.id, number)
