"""What mirrors answered when they were asked for a file, and what follows from it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class AnswerStatus(StrEnum):
    """Why a mirror's answer brought no file."""

    MISSING = "missing"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileAnswer:
    """The bad answer of one address, as it is remembered."""

    url: str
    at: datetime
    status: AnswerStatus
    message: str

    @property
    def sentence(self) -> str:
        """What was looked at, and when."""
        return f"{self.message} ({self.at:%Y-%m-%d %H:%M:%S} UTC)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LostFile:
    """A file that is not here and that no address has any more, as far as was looked."""

    sha256: str
    at: datetime
    sentence: str


def addresses_to_ask(
    urls: Sequence[str], known: Iterable[FileAnswer], *, now: datetime, kept: timedelta
) -> tuple[list[str], dict[str, FileAnswer]]:
    """The addresses that are worth asking now, in order, and what is still known of the others."""
    fresh = {answer.url: answer for answer in known if now - answer.at < kept}
    return (
        [url for url in urls if url not in fresh],
        {url: fresh[url] for url in urls if url in fresh},
    )


def places_sentence(name: str, answers: Mapping[str, FileAnswer]) -> str:
    """That a file is not to be had, with every place that was looked at and when."""
    looked = "; ".join(answer.sentence for answer in answers.values())
    return f"{name} is not to be had: {looked or 'no mirror lists it'}"
