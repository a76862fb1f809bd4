"""The signed text of a suite's Release, with as few requests and bytes as the mirror lets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vostok.debian.clearsigned import check_one_signed_text
from vostok.domain.mirror_answer import MirrorAnswer
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.ports import Clock, Mirror, SignedText, Verifier

RELEASE_BYTES_MAX = 16 << 20
SIGNATURE_BYTES_MAX = 1 << 20
KEPT_BYTES_MAX = 1 << 20
"""A larger file is not kept: it is read whole with each import (that of Debian has 0.2 MB)."""

Answers = Mapping[str, MirrorAnswer]
"""Address -> what the mirror sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whose signature counts, and whether a Release may be past its time."""

    keyring: bytes
    fingerprints: Sequence[str]
    is_expired_allowed: bool


class SignedReleases:
    """Reads InRelease, or Release with Release.gpg where there is none, and checks who signed.

    A mirror that said by what it tells its files apart (`ETag`, `Last-Modified`) is asked only
    whether it has another one: one request, without a body if it has not. What was kept is
    checked as if it had come now: a key may have ended meanwhile, and others may be trusted.
    """

    def __init__(self, mirror: Mirror, verifier: Verifier, clock: Clock) -> None:
        self._mirror = mirror
        self._verifier = verifier
        self._clock = clock

    def read(
        self, suite: str, mirror: str, trust: Trust, kept: Answers
    ) -> tuple[SignedText, Answers]:
        """The verified text, and what to keep for the next time.

        Args:
            suite: of which.
            mirror: directory that holds `dists`.
            trust: whose signature counts.
            kept: from the last time; files of other addresses do not matter.

        Raises:
            NotFoundError: the mirror does not have the suite.
            InvalidInputError: it is signed by nobody trusted.
            UnavailableError: the mirror does not answer.
        """
        base = f"{mirror}/dists/{suite}"
        inline, plain, beside = (f"{base}/{n}" for n in ("InRelease", "Release", "Release.gpg"))
        if plain in kept and beside in kept and self._is_unchanged(plain, kept[plain]):
            answers = {plain: kept[plain], beside: kept[beside]}
            try:
                return self._verified_pair(answers[plain], answers[beside], trust), answers
            except InvalidInputError:
                pass  # the signature may be a newer one of the same text
        try:
            answer = self._read(inline, kept, RELEASE_BYTES_MAX)
        except NotFoundError as error:
            try:
                release = self._read(plain, kept, RELEASE_BYTES_MAX)
                signature = self._read(beside, {}, SIGNATURE_BYTES_MAX)
            except NotFoundError:
                raise NotFoundError(
                    f"the mirror {mirror} has no suite {suite}",
                    hint="check the suite's name and the mirror's address: --suite, --mirror",
                ) from error
            text = self._verified_pair(release, signature, trust)
            return text, _to_keep(release, {plain: release, beside: signature})
        check_one_signed_text(answer.body, of=f"the InRelease of the suite {suite}")
        text = self._verifier.verify(
            answer.body,
            keyring=trust.keyring,
            at=self._clock.now(),
            fingerprints=trust.fingerprints,
        )
        return text, _to_keep(answer, {inline: answer})

    def _is_unchanged(self, url: str, known: MirrorAnswer) -> bool:
        try:
            return self._read(url, {url: known}, RELEASE_BYTES_MAX) is known
        except NotFoundError:
            return False

    def _read(self, url: str, kept: Answers, size_max: int) -> MirrorAnswer:
        return self._mirror.read_again(url, size_max=size_max, before=kept.get(url))

    def _verified_pair(
        self, release: MirrorAnswer, signature: MirrorAnswer, trust: Trust
    ) -> SignedText:
        return self._verifier.verify_detached(
            release.body,
            signature.body,
            keyring=trust.keyring,
            at=self._clock.now(),
            fingerprints=trust.fingerprints,
        )


def _to_keep(asked: MirrorAnswer, answers: dict[str, MirrorAnswer]) -> Answers:
    """The answers, if the mirror can be asked again for the one that changes."""
    is_small = all(len(answer.body) <= KEPT_BYTES_MAX for answer in answers.values())
    return answers if asked.can_be_asked_again and is_small else {}
