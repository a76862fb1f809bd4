"""Dependency graphs as files of arrays. They can be made again, so nothing here is worth a sync.

A file that is torn, of another format or of other members is as good as none.
"""

import fcntl
import json
import secrets
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from vostok.domain.dependencies.graph import DependencyGraph, Edges, GraphPackages, MadeGraph
from vostok.domain.package import Membership
from vostok.services.repositories.graph_cache import GraphKey

FORMAT: Final = 2
"""Raise it whenever the arrays or what the graph means change: older files are then ignored."""

SUFFIX: Final = ".graph"
LOCK_SUFFIX: Final = ".lock"
GRAPHS_IN_MEMORY_MAX: Final = 4
"""A graph of sid takes about 60 MB once it was walked."""

NUMBERS_KEPT_MAX: Final = 3
"""Of one suite and architecture, the newest."""

Read = TypeVar("Read")


class LocalGraphFiles:
    """Implements `services.graph_cache.GraphCache`; threads and processes may share it."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._recent: OrderedDict[GraphKey, DependencyGraph] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, key: GraphKey) -> DependencyGraph | None:
        """The graph, if it is here and whole."""
        with self._lock:
            graph = self._recent.get(key)
            if graph is not None:
                self._recent.move_to_end(key)
                return graph
        graph = _read(self._place(key), key, _graph)
        if graph is not None:
            self._remember(key, graph)
        return graph

    def find_made(self, key: GraphKey) -> MadeGraph | None:
        """The graph with what is needed to change it, if it is here and whole."""
        return _read(self._place(key), key, _made)

    def numbers(self, suite_id: int, architecture: str) -> list[int]:
        """The numbers of a suite of which there seem to be graphs, the highest first."""
        found = self._root.glob(f"{suite_id}-{architecture}-*{SUFFIX}")
        texts = [place.stem.rpartition("-")[2] for place in found]
        return sorted((int(text) for text in texts if text.isdecimal()), reverse=True)

    def has(self, members: Membership, architecture: str) -> bool:
        """Whether there seems to be one; it may turn out to be torn, or of other members."""
        return self._place_of(members, architecture).exists()

    @contextmanager
    def making(self, key: GraphKey) -> Iterator[None]:
        """Have others who want to make the same graph wait; it ends with the process."""
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            lock = self._place(key).with_suffix(LOCK_SUFFIX).open("wb")
        except OSError:  # a full disk: two may do the same work
            yield
            return
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                yield
            finally:
                Path(lock.name).unlink(missing_ok=True)

    def put(self, key: GraphKey, made: MadeGraph) -> None:
        """Keep a graph; older ones of the suite and architecture may go."""
        self._remember(key, made.graph)
        with suppress(OSError):  # a full disk costs the next one some seconds, not this one's work
            self._write(key, made)
            self._drop_old(key)

    def forget(self, suite_ids: Collection[int]) -> None:
        """Take away all graphs of some suites."""
        with self._lock:
            for key in [key for key in self._recent if key.members.suite_id in suite_ids]:
                del self._recent[key]
        for suite_id in suite_ids:
            for place in self._root.glob(f"{suite_id}-*{SUFFIX}"):
                place.unlink(missing_ok=True)

    def _write(self, key: GraphKey, made: MadeGraph) -> None:
        self._root.mkdir(parents=True, exist_ok=True)
        temporary = self._root / f"incoming.{secrets.token_hex(8)}"
        try:
            with temporary.open("wb") as file:
                np.savez(file, allow_pickle=False, **_arrays(key, made))
            temporary.replace(self._place(key))
        finally:
            temporary.unlink(missing_ok=True)

    def _remember(self, key: GraphKey, graph: DependencyGraph) -> None:
        with self._lock:
            self._recent[key] = graph
            self._recent.move_to_end(key)
            while len(self._recent) > GRAPHS_IN_MEMORY_MAX:
                self._recent.popitem(last=False)

    def _drop_old(self, key: GraphKey) -> None:
        same = self._root.glob(f"{key.members.suite_id}-{key.architecture}-*{SUFFIX}")
        by_age = sorted(same, key=_changed_at, reverse=True)
        for place in by_age[NUMBERS_KEPT_MAX:]:
            place.unlink(missing_ok=True)

    def _place(self, key: GraphKey) -> Path:
        return self._place_of(key.members, key.architecture)

    def _place_of(self, members: Membership, architecture: str) -> Path:
        return self._root / f"{members.suite_id}-{architecture}-{members.number}{SUFFIX}"


def _changed_at(place: Path) -> float:
    try:
        return place.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _header(key: GraphKey, implicit: int) -> dict[str, object]:
    return {
        "format": FORMAT,
        "suite_id": key.members.suite_id,
        "number": key.members.number,
        "architecture": key.architecture,
        "fingerprint": key.fingerprint,
        "implicit": implicit,
    }


def _arrays(key: GraphKey, made: MadeGraph) -> dict[str, Any]:
    graph, packages = made.graph, made.packages
    return {
        "header": _packed(json.dumps(_header(key, graph.implicit))),
        "sources": _packed("\n".join(graph.sources)),
        "binaries": _packed("\n".join(graph.binaries)),
        "relations": _packed("\n".join(graph.relations)),
        "source_of": graph.source_of,
        "is_built": graph.is_built,
        "stated_starts": graph.stated.starts,
        "stated_targets": graph.stated.targets,
        "fields": graph.fields,
        "satisfied_starts": graph.satisfied_by.starts,
        "satisfied_targets": graph.satisfied_by.targets,
        "source_ids": packages.source_ids,
        "binary_ids": packages.binary_ids,
        "versions": _packed("\n".join(packages.versions)),
        "source_names": _packed("\n".join(packages.source_names)),
        "provided": _packed("\n".join(packages.provided)),
        "providers": packages.providers,
    }


def _read(place: Path, key: GraphKey, read: Callable[[Any, GraphKey], Read]) -> Read | None:
    """What is read of the arrays of a file; None if there is none, or it is not of this graph."""
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            header = json.loads(_unpacked(arrays["header"]))
            if not isinstance(header, dict) or header != _header(key, header.get("implicit", 0)):
                return None
            return read(arrays, key)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def _graph(arrays: Any, key: GraphKey) -> DependencyGraph:  # noqa: ANN401 - as below
    return DependencyGraph(
        architecture=key.architecture,
        sources=_lines(arrays["sources"]),
        binaries=_lines(arrays["binaries"]),
        relations=_lines(arrays["relations"]),
        source_of=arrays["source_of"],
        is_built=arrays["is_built"],
        stated=Edges(starts=arrays["stated_starts"], targets=arrays["stated_targets"]),
        fields=arrays["fields"],
        satisfied_by=Edges(starts=arrays["satisfied_starts"], targets=arrays["satisfied_targets"]),
        implicit=json.loads(_unpacked(arrays["header"]))["implicit"],
    )


def _made(arrays: Any, key: GraphKey) -> MadeGraph:  # noqa: ANN401 - as below
    return MadeGraph(
        graph=_graph(arrays, key),
        packages=GraphPackages(
            source_ids=arrays["source_ids"],
            binary_ids=arrays["binary_ids"],
            versions=_lines(arrays["versions"]),
            source_names=_lines(arrays["source_names"]),
            provided=_lines(arrays["provided"]),
            providers=arrays["providers"],
        ),
    )


def _packed(text: str) -> Any:  # noqa: ANN401 - an array of bytes
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _unpacked(array: Any) -> str:  # noqa: ANN401 - as above
    return str(array.tobytes().decode())


def _lines(array: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    text = _unpacked(array)
    return tuple(text.split("\n")) if text else ()
