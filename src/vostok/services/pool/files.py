"""Files that are known by hash and fetched from a parent when they are first needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from vostok.domain.file_answer import (
    AnswerStatus,
    FileAnswer,
    addresses_to_ask,
    places_sentence,
)
from vostok.errors import GoneError, InvalidInputError, NotFoundError, UnavailableError
from vostok.services.ports import Clock, ContentStore, Downloads, IncomingFile
from vostok.services.repositories import Database

WAIT_SECONDS_MAX = 600.0
"""How long one waits for another who fetches the same file."""
ANSWER_SECONDS = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedFile:
    """A file by its hash, and what people call it."""

    sha256: str
    size: int
    name: str


class FileService:
    """Gets files; one fetch per file however many ask at a time, in whatever process."""

    def __init__(
        self,
        database: Database,
        store: ContentStore,
        downloads: Downloads,
        clock: Clock,
        *,
        answer_seconds: int = ANSWER_SECONDS,
    ) -> None:
        self._database = database
        self._store = store
        self._downloads = downloads
        self._clock = clock
        self._answers_kept = timedelta(seconds=answer_seconds)

    def ensure(self, sha256: str, *, size: int, name: str) -> Path:
        """A path to the file on this machine, fetched from a parent if it is not here yet.

        Looked for at every mirror that lists these bytes, then at the addresses where those
        keep old states. A bad answer is remembered, so that nobody waits for it again at once.

        Raises:
            NotFoundError: nobody has it any more; the message names where it was looked for,
                and when.
            UnavailableError: a mirror did not answer, or has other bytes than its index
                promised; or the disk is full.
            GoneError: the archive that needed it was deleted meanwhile.
        """
        if not self._store.has(sha256, size=size):
            wanted = WantedFile(sha256=sha256, size=size, name=name)
            with self._store.incoming(sha256, size=size, seconds_max=WAIT_SECONDS_MAX) as incoming:
                if incoming is not None:
                    self._fetch(wanted, incoming)
        return self._store.path(sha256)

    def find_elsewhere(self, sha256: str, *, size: int) -> str | None:
        """Where a client gets a file that is not here; None if it is, or nobody may have it."""
        if self._store.has(sha256, size=size):
            return None
        with self._database.read() as transaction:
            places = transaction.files.addresses(sha256)
            known = transaction.files.answers(sha256)
        worth_asking, _ = addresses_to_ask(
            places, known, now=self._clock.now(), kept=self._answers_kept
        )
        return worth_asking[0] if worth_asking else None

    def _fetch(self, wanted: WantedFile, incoming: IncomingFile) -> None:
        with self._database.read() as transaction:
            places = transaction.files.addresses(wanted.sha256)
            known = transaction.files.answers(wanted.sha256)
        to_ask, bad = addresses_to_ask(
            places, known, now=self._clock.now(), kept=self._answers_kept
        )
        silent: UnavailableError | None = None
        new: dict[str, FileAnswer] = {}
        for url in to_ask:
            try:
                answer = self._ask(url, wanted, incoming)
            except UnavailableError as error:
                silent = error
                continue
            if answer is None:
                self._came(wanted, had_answers=bool(known))
                return
            new[url] = answer
        self._remember(wanted, new, is_lost=silent is None)
        if silent is not None:
            raise silent
        raise _not_to_be_had(wanted, {**bad, **new})

    def _ask(self, url: str, wanted: WantedFile, incoming: IncomingFile) -> FileAnswer | None:
        """None if that address had the file, which is stored now; else why not.

        What a killed process or a power cut left of the file may be what is wrong with it: then
        the same address is asked for all of it.
        """
        had_before = incoming.size > 0
        try:
            self._downloads.download(url, incoming, size=wanted.size)
            incoming.keep()
        except NotFoundError as error:
            return self._answer(url, AnswerStatus.MISSING, str(error))
        except InvalidInputError as error:
            incoming.restart()
            if had_before:
                return self._ask(url, wanted, incoming)
            message = f"{url} is not the file that the parent's index names: {error}"
            return self._answer(url, AnswerStatus.WRONG, message)
        return None

    def _answer(self, url: str, status: AnswerStatus, message: str) -> FileAnswer:
        return FileAnswer(url=url, at=self._clock.now(), status=status, message=message)

    def _came(self, wanted: WantedFile, *, had_answers: bool) -> None:
        """Forget bad answers; and the file, if nobody needs it any more since it was asked for."""
        with self._database.read() as transaction:
            is_needed = bool(transaction.deletion.still_needed([wanted.sha256]))
        if not is_needed:
            self._store.delete(wanted.sha256)
            raise GoneError(f"the archive that needed {wanted.name} was deleted")
        if had_answers:
            with self._database.write() as transaction:
                transaction.files.forget_answers([wanted.sha256])

    def _remember(
        self, wanted: WantedFile, answers: Mapping[str, FileAnswer], *, is_lost: bool
    ) -> None:
        now = self._clock.now()
        with self._database.write() as transaction:
            transaction.files.remember(wanted.sha256, answers.values())
            if is_lost:
                known = transaction.files.answers(wanted.sha256)
                sentence = places_sentence(wanted.name, {answer.url: answer for answer in known})
                transaction.files.set_lost(wanted.sha256, sentence, now)


def _not_to_be_had(wanted: WantedFile, answers: Mapping[str, FileAnswer]) -> Exception:
    sentence = places_sentence(wanted.name, answers)
    if any(answer.status is AnswerStatus.WRONG for answer in answers.values()):
        return UnavailableError(
            sentence, hint="the mirror may be in the middle of an update; try again later"
        )
    return NotFoundError(
        sentence, hint="the mirror lacks the file; import the parent again, or retry later"
    )
