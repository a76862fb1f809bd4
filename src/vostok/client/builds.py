"""Calls of builds and their logs."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from vostok.client.asking import Asking, part, words
from vostok.client.messages import Build, BuildChoice, ChangedBuilds
from vostok.client.patience import Patience, intervals
from vostok.errors import UnavailableError

LOG_PART_BYTES_MAX: Final = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """A piece of a build log; `is_complete` says that the log grows no more."""

    content: bytes
    offset: int
    log_bytes: int
    is_complete: bool

    @property
    def end(self) -> int:
        """The offset at which the next part begins."""
        return self.offset + len(self.content)

    @property
    def is_last(self) -> bool:
        """Whether nothing comes after this part."""
        return self.is_complete and self.end >= self.log_bytes


class BuildCalls(Asking):
    """Calls of single builds, and of many at once."""

    def build(self, build_id: int) -> Build:
        """One build with its attempts."""
        return self._one(Build, "GET", f"builds/{build_id}")

    def retry_build(self, build_id: int, *, reason: str | None = None) -> Build:
        """The build, waiting for a new attempt."""
        return self._one(Build, "POST", f"builds/{build_id}/retries", {"reason": reason})

    def cancel_build(self, build_id: int, *, reason: str | None = None) -> Build:
        """The build, cancelled or about to be."""
        return self._one(Build, "POST", f"builds/{build_id}/cancellations", {"reason": reason})

    def retry_builds(self, archive: str, choice: BuildChoice) -> ChangedBuilds:
        """What became of failed builds that were to be tried again, or would become of them."""
        return self._many(archive, "retries", choice)

    def cancel_builds(self, archive: str, choice: BuildChoice) -> ChangedBuilds:
        """What became of builds that were to be stopped, or would become of them."""
        return self._many(archive, "cancellations", choice)

    def rescore_builds(self, archive: str, choice: BuildChoice) -> ChangedBuilds:
        """What became of builds that were to get another score, or would become of them."""
        return self._many(archive, "scores", choice)

    def build_log(self, build_id: int, *, attempt: int | None = None, offset: int = 0) -> LogPart:
        """A part of the log from `offset` on, of at most `LOG_PART_BYTES_MAX` bytes.

        Args:
            build_id: the build.
            attempt: number of the attempt; None is the newest.
            offset: bytes already read.
        """
        query = words({"offset": offset, "attempt": attempt})
        with self._stream(f"builds/{build_id}/log", query=query) as response:
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) >= LOG_PART_BYTES_MAX:
                    break
            piece = bytes(content[:LOG_PART_BYTES_MAX])
            return LogPart(
                content=piece,
                offset=offset,
                log_bytes=int(response.headers.get("X-Log-Size", offset + len(piece))),
                is_complete=response.headers.get("X-Log-Complete", "yes") == "yes",
            )

    def log_parts(
        self, build_id: int, *, attempt: int | None = None, follow: bool = False
    ) -> Iterator[LogPart]:
        """The log piece by piece, none of them empty; followed, it ends when it is complete.

        Args:
            build_id: the build.
            attempt: number of the attempt; None is the newest at the beginning, so that a retry
                meanwhile does not mix two logs.
            follow: whether to wait for more while the build goes on; a server that is away for a
                minute is waited for.
        """
        if attempt is None:
            attempts = self.build(build_id).get("attempts") or []
            attempt = max((known["number"] for known in attempts), default=None)
        offset, patience, pauses = 0, Patience(), intervals()
        while True:
            try:
                part = self.build_log(build_id, attempt=attempt, offset=offset)
                patience.answered()
            except UnavailableError as error:
                if not follow:
                    raise
                patience.bear(error)
                time.sleep(next(pauses))
                continue
            if part.content:
                yield part
                pauses = intervals()
            offset = part.end
            if part.is_last or (not follow and (offset >= part.log_bytes or not part.content)):
                return
            if not part.content:
                time.sleep(next(pauses))

    def _many(self, archive: str, changes: str, choice: BuildChoice) -> ChangedBuilds:
        path = f"archives/{part(archive)}/{changes}"
        return self._one(ChangedBuilds, "POST", path, choice)
