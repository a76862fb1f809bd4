"""Requests that may come twice: repeated with its sender's key, one gets the first answer."""

import hashlib

from vostok.domain.access import Principal
from vostok.domain.job import Job
from vostok.errors import ConflictError, InvalidInputError, NotFoundError
from vostok.services.ports import Clock
from vostok.services.repositories import Transaction

KEY_LENGTH_MAX = 200


class RequestKeys:
    """Remembers which job a request with a key became."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    @staticmethod
    def find(
        transaction: Transaction, principal: Principal, key: str | None, request: object
    ) -> Job | None:
        """The job of an equal request with that key; None without a key, or for a new one.

        Raises:
            ConflictError: the key came with another request.
            InvalidInputError: it is empty or too long.
        """
        if key is None:
            return None
        if not 0 < len(key) <= KEY_LENGTH_MAX:
            raise InvalidInputError(
                f"an idempotency key has 1 to {KEY_LENGTH_MAX} characters, this one {len(key)}",
                hint="for example --idempotency-key nightly-2026-11-27",
            )
        known = transaction.jobs.find_request_key(principal.name, key)
        if known is None:
            return None
        digest, job_id = known
        if digest != _digest(request):
            raise ConflictError(
                f"the idempotency key {key!r} came with another request before",
                hint="choose a new key for a new request",
            )
        try:
            return transaction.jobs.by_id(job_id)
        except NotFoundError:  # it went with its archive, so this is a new request
            return None

    def remember(
        self,
        transaction: Transaction,
        principal: Principal,
        key: str | None,
        request: object,
        job: Job,
    ) -> None:
        """Note which job a request became."""
        if key is not None:
            transaction.jobs.put_request_key(
                principal.name, key, digest=_digest(request), job_id=job.id, at=self._clock.now()
            )


def _digest(request: object) -> str:
    """Of everything that a request says; requests are values, whose text is the whole of them."""
    return hashlib.sha256(repr(request).encode()).hexdigest()
