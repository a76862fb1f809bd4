"""Terms on which whoever asks wants a deed done: only once, only if nothing changed.

They are kept to in the transaction of the deed, whichever service does it: an entry point says
them for a request with `terms_of_request`, and `DeedDatabase` has every writing transaction keep
to them. What only answers writes nothing, and so is asked anew each time.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar

from vostok.domain.access import Principal
from vostok.domain.repeated_request import ANSWER_BYTES_MAX, Answer, RequestMark
from vostok.errors import ConflictError
from vostok.services.ports import Clock
from vostok.services.repositories import Database, ReleaseSpool, Transaction
from vostok.services.revisions import Condition, check, check_beforehand

Seen = TypeVar("Seen")


@dataclass(slots=True, kw_only=True)
class DeedTerms:
    """The terms of one request, and how far it came.

    Attributes:
        mark: None for a request that may be done again.
        condition: None for one that is done whatever changed.
        trial: of a dry run: what it writes is looked at and leaves nothing behind.
        is_begun: whether what is written from here on is the deed: not so while it is only found
            out who asks.
        is_done: whether a transaction committed that kept to them.
        known: what was answered to the same request before. Then the deed is tried and leaves
            nothing behind, to find out whether whoever asks may still do it.
    """

    mark: RequestMark | None = None
    condition: Condition | None = None
    trial: "Trial[Any] | None" = None
    is_begun: bool = False
    is_done: bool = False
    known: Answer | None = None


@dataclass(slots=True, kw_only=True)
class Trial(Generic[Seen]):
    """A deed that is only tried, and how things stood before and after, as `look` sees them.

    None: nothing was written.
    """

    look: Callable[[Transaction], Seen]
    before: Seen | None = None
    after: Seen | None = None


class AnsweredBeforeError(Exception):
    """The request was done before, and may be done: its answer is there. So no `VostokError`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


_terms: ContextVar[DeedTerms | None] = ContextVar("deed_terms", default=None)


@contextmanager
def terms_of_request() -> Iterator[DeedTerms]:
    """The terms that hold for everything called within, in threads too that are given to it."""
    terms = DeedTerms()
    token = _terms.set(terms)
    try:
        yield terms
    finally:
        _terms.reset(token)


@contextmanager
def tried(look: Callable[[Transaction], Seen]) -> Iterator[Trial[Seen]]:
    """Whatever service is called within does all that it does, and nothing of it is left.

    It asks for the rights, keeps to the condition of the request, refuses what it refuses and
    answers what it answers: a dry run is the deed itself, in a transaction that is rolled back.
    """
    request = _terms.get()
    trial = Trial(look=look)
    condition = None if request is None else request.condition
    token = _terms.set(DeedTerms(condition=condition, trial=trial, is_begun=True))
    try:
        yield trial
    finally:
        _terms.reset(token)


class RepeatedRequestService:
    """Begins requests on their terms, and answers those that come again with the same key."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def begin(
        self, principal: Principal, mark: RequestMark | None, condition: Condition | None
    ) -> None:
        """From here on the deed of this request is done, on its terms.

        Raises:
            ChangedError: the condition does not hold.
            NotAllowedError, NotFoundError: it is on what the principal may not read, or that is
                not there.
            ConflictError: the key came with another request, or what was answered is not kept.
        """
        terms = _terms.get()
        if terms is None:
            return
        if mark is not None:
            terms.known = self._answer_to(mark)
        if condition is not None:
            with self._database.read() as transaction:
                condition = check_beforehand(transaction, principal, condition)
        terms.mark, terms.condition, terms.is_begun = mark, condition, True

    def _answer_to(self, mark: RequestMark) -> Answer | None:
        with self._database.read() as transaction:
            known = transaction.repeated_requests.find(mark, self._clock.now())
        if known is None:
            return None
        if known.digest != mark.digest:
            raise ConflictError(
                "this idempotency key came with another request before",
                hint="choose a new key for a new request",
                reason="idempotency-key-reused",
            )
        if known.answer is None:
            raise ConflictError(
                "this request was done already, and what was answered is not kept",
                hint="look at what there is now; a secret is told only once: revoke it and "
                "create another",
                reason="answer-not-kept",
            )
        return known.answer

    def keep(self, terms: DeedTerms, answer: Answer) -> None:
        """Keep the answer to a request whose deed was done, if it is not too large."""
        if terms.mark is None or not terms.is_done or len(answer.content) > ANSWER_BYTES_MAX:
            return
        with self._database.write() as transaction:
            transaction.repeated_requests.keep(terms.mark, answer)


class DeedDatabase:
    """A database whose writing transactions keep to the terms of the request."""

    def __init__(self, database: Database, clock: Clock, *, kept_seconds: float) -> None:
        self._database = database
        self._clock = clock
        self._kept = timedelta(seconds=kept_seconds)

    def read(self) -> AbstractContextManager[Transaction]:
        """A transaction that sees one moment and changes nothing."""
        return self._database.read()

    def trial(self) -> AbstractContextManager[Transaction]:
        """A writing transaction that leaves nothing behind, whatever it did."""
        return self._database.trial()

    def spool(self) -> AbstractContextManager[ReleaseSpool]:
        """Room for releases that are about to be stored."""
        return self._database.spool()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits at its end; the first of a request notes the request.

        Raises:
            AnsweredBeforeError: at its end, of which nothing is left, if the request was done
                before.
        """
        terms = _terms.get()
        if terms is not None and terms.is_begun and terms.known is not None:
            with self._database.trial() as transaction:
                yield transaction
            raise AnsweredBeforeError(terms.known)
        if terms is not None and terms.trial is not None:
            with self._tried(terms, terms.trial) as transaction:
                yield transaction
            return
        with self._database.write() as transaction:
            is_first = terms is not None and terms.is_begun and not terms.is_done
            if terms is not None and is_first:
                self._keep_to(transaction, terms)
            yield transaction
        if terms is not None and is_first:
            terms.is_done = True

    @contextmanager
    def _tried(self, terms: DeedTerms, trial: Trial[Any]) -> Iterator[Transaction]:
        with self._database.trial() as transaction:
            if terms.condition is not None:
                check(transaction, terms.condition)
            trial.before = trial.look(transaction)
            yield transaction
            trial.after = trial.look(transaction)

    def _keep_to(self, transaction: Transaction, terms: DeedTerms) -> None:
        if terms.mark is not None:
            self._note(transaction, terms.mark)
        if terms.condition is not None:
            check(transaction, terms.condition)

    def _note(self, transaction: Transaction, mark: RequestMark) -> None:
        now = self._clock.now()
        if not transaction.repeated_requests.add(mark, now=now, expires_at=now + self._kept):
            raise ConflictError(
                "a request with this idempotency key is being done at this moment",
                hint="send it again in a while: then it gets the same answer",
                reason="request-in-progress",
            )
