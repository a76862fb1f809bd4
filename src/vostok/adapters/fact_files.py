"""What a base and its binaries say of its sources, as JSON files, which can be made again.

A file that is torn, of another format or of other members is as good as none.
"""

import json
import secrets
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, TypeVar

from vostok.domain.estimate import SourceFacts
from vostok.domain.package import Membership
from vostok.domain.plain_sources import KnownSources, SourceKind
from vostok.domain.workload import Sizes
from vostok.services.repositories.fact_cache import BaseFacts, BinaryFacts

FORMAT: Final = 2
"""Raise it whenever the facts or what they mean change: older files are then ignored."""

_Kept = TypeVar("_Kept")
FACTS, SIZES = ".facts", ".sizes"
NUMBERS_KEPT_MAX: Final = 3
"""Of one suite, the newest."""


class LocalFactFiles:
    """Implements `services.fact_cache.FactCache`; threads and processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._last: tuple[Membership, str, BaseFacts] | None = None
        """What was found last: a dry run is followed by the request."""

    def find(self, members: Membership, fingerprint: str) -> BaseFacts | None:
        """What was kept of exactly these members, if it is here and whole."""
        last = self._last
        if last is not None and last[:2] == (members, fingerprint):
            return last[2]
        found = self._found(FACTS, members, fingerprint, _facts)
        if found is not None:
            self._last = (members, fingerprint, found)
        return found

    def numbers(self, suite_id: int) -> list[int]:
        """The numbers of a suite of which there seems to be something, the highest first."""
        return self._numbers(FACTS, suite_id)

    def put(self, members: Membership, fingerprint: str, facts: BaseFacts) -> None:
        """Keep facts; older ones of the suite may go."""
        self._keep(FACTS, members, fingerprint, _facts_document(facts))

    def find_sizes(self, members: Membership, fingerprint: str) -> Sizes | None:
        """What was kept of the sizes of exactly these members, if it is here and whole."""
        return self._found(SIZES, members, fingerprint, _sizes)

    def put_sizes(self, members: Membership, fingerprint: str, sizes: Sizes) -> None:
        """Keep sizes; older ones of the suite may go."""
        self._keep(SIZES, members, fingerprint, _sizes_document(sizes))

    def forget(self, suite_ids: Collection[int]) -> None:
        """Take away all facts and sizes of some suites."""
        self._last = None
        for suite_id in suite_ids:
            for suffix in (FACTS, SIZES):
                for place in self._root.glob(f"{suite_id}-*{suffix}"):
                    place.unlink(missing_ok=True)

    def _found(
        self, suffix: str, members: Membership, fingerprint: str, read: Callable[[Any], _Kept]
    ) -> _Kept | None:
        try:
            found = json.loads(self._place(suffix, members).read_bytes())
            if found["format"] != FORMAT or found["fingerprint"] != fingerprint:
                return None
            return read(found)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def _keep(
        self, suffix: str, members: Membership, fingerprint: str, kept: Mapping[str, object]
    ) -> None:
        document = {"format": FORMAT, "fingerprint": fingerprint, **kept}
        with suppress(OSError):  # a full disk costs the next one some time, not this one's work
            self._write(self._place(suffix, members), json.dumps(document))
            for number in self._numbers(suffix, members.suite_id)[NUMBERS_KEPT_MAX:]:
                old = Membership(suite_id=members.suite_id, number=number)
                self._place(suffix, old).unlink(missing_ok=True)

    def _numbers(self, suffix: str, suite_id: int) -> list[int]:
        places = self._root.glob(f"{suite_id}-*{suffix}")
        texts = [place.stem.rpartition("-")[2] for place in places]
        return sorted((int(text) for text in texts if text.isdecimal()), reverse=True)

    def _write(self, place: Path, text: str) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        temporary = self._root / f"incoming.{secrets.token_hex(8)}"
        try:
            temporary.write_text(text, encoding="utf-8")
            temporary.replace(place)
        finally:
            temporary.unlink(missing_ok=True)

    def _place(self, suffix: str, members: Membership) -> Path:
        return self._root / f"{members.suite_id}-{members.number}{suffix}"


def _facts_document(facts: BaseFacts) -> dict[str, object]:
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


def _sizes_document(sizes: Sizes) -> dict[str, object]:
    return {
        "sources": list(zip(*((field, *facts) for field, facts in sizes.sources), strict=True)),
        "binaries": [(*slot, size) for slot, size in sizes.binary_bytes.items()],
    }


def _sizes(document: Any) -> Sizes:  # noqa: ANN401 - JSON
    fields, *columns = document["sources"] or [()]
    facts = map(SourceFacts._make, zip(*columns, strict=True))
    return Sizes(
        list(zip(fields, facts, strict=True)),
        {(source, architecture): size for source, architecture, size in document["binaries"]},
    )
