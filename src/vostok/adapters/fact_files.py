"""What a base and its binaries say of its sources, as JSON files, which can be made again.

A file that is torn, of another format or of other members is as good as none.
"""

import json
import secrets
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from vostok.domain.package import Membership
from vostok.domain.plain_sources import KnownSources, SourceKind
from vostok.services.fact_cache import BaseFacts, BinaryFacts

FORMAT: Final = 2
"""Raise it whenever the facts or what they mean change: older files are then ignored."""

SUFFIX: Final = ".facts"
NUMBERS_KEPT_MAX: Final = 3
"""Of one suite, the newest."""


class LocalFactFiles:
    """Implements `services.fact_cache.FactCache`; threads and processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, members: Membership, fingerprint: str) -> BaseFacts | None:
        """What was kept of exactly these members, if it is here and whole."""
        try:
            found = json.loads(self._place(members).read_bytes())
            if found["format"] != FORMAT or found["fingerprint"] != fingerprint:
                return None
            return _facts(found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def numbers(self, suite_id: int) -> list[int]:
        """The numbers of a suite of which there seems to be something, the highest first."""
        texts = [place.stem.rpartition("-")[2] for place in self._of_suite(suite_id)]
        return sorted((int(text) for text in texts if text.isdecimal()), reverse=True)

    def put(self, members: Membership, fingerprint: str, facts: BaseFacts) -> None:
        """Keep facts; older ones of the suite may go."""
        document = {"format": FORMAT, "fingerprint": fingerprint, **_document(facts)}
        with suppress(OSError):  # a full disk costs the next one some time, not this one's work
            self._write(self._place(members), json.dumps(document))
            for number in self.numbers(members.suite_id)[NUMBERS_KEPT_MAX:]:
                old = Membership(suite_id=members.suite_id, number=number)
                self._place(old).unlink(missing_ok=True)

    def forget(self, suite_ids: Collection[int]) -> None:
        """Take away all facts of some suites."""
        for suite_id in suite_ids:
            for place in self._of_suite(suite_id):
                place.unlink(missing_ok=True)

    def _write(self, place: Path, text: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        temporary = self._root / f"incoming.{secrets.token_hex(8)}"
        try:
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)

    def _of_suite(self, suite_id: int) -> list[Path]:
        return list(self._root.glob(f"{suite_id}-*{SUFFIX}"))

    def _place(self, members: Membership) -> Path:
        return self._root / f"{members.suite_id}-{members.number}{SUFFIX}"


def _document(facts: BaseFacts) -> dict[str, object]:
    """Columns of the sources and not rows, which take twice as long to read."""
    return {
        "sources": list(zip(*facts.sources.rows, strict=True)),
        "kinds": facts.sources.kinds,
        **facts.binaries._asdict(),
    }


def _facts(document: Any) -> BaseFacts:  # noqa: ANN401 - JSON
    continued = document["continued"].items()
    return BaseFacts(
        KnownSources(
            list(zip(*document["sources"], strict=True)),
            list(map(SourceKind._make, document["kinds"])),
        ),
        BinaryFacts(
            dict(document["breaking"]),
            dict(document["unclear"]),
            {name: {of: tuple(vs) for of, vs in versions.items()} for name, versions in continued},
        ),
    )
