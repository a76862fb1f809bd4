"""What the steps of an import leave for one another, and at last for who asked, as documents.

They outlive the process that made them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from vostok.debian.indices import IndexEntry
from vostok.domain.counting import counted
from vostok.domain.index_plan import IndexOffer, PartKind, PartName
from vostok.domain.job import Job
from vostok.domain.publication import IndexFile
from vostok.domain.snapshot import Snapshot, SnapshotHead
from vostok.services.importing.memory import answers_document
from vostok.services.importing.release_reading import PlacedOffer, ReadSuite
from vostok.services.importing.signed_release import Answers
from vostok.services.job_runner import Carry

Document = dict[str, Any]


def suite_document(read: ReadSuite, mirror: str, *, is_unchanged: bool, kept: Answers) -> Document:
    """A suite as it was read; of an unchanged one its name, and what is not `kept` yet."""
    answers = None if read.answers == kept else answers_document(read.answers)
    if is_unchanged:
        return {"suite": read.name, "is_unchanged": True, "files": [], "answers": answers}
    return {
        "suite": read.name,
        "answers": answers,
        "mirror": mirror,
        "is_unchanged": False,
        "codename": read.codename,
        "sha256": read.sha256,
        "date": read.date.timestamp(),
        "valid_until": None if read.valid_until is None else read.valid_until.timestamp(),
        "is_expired": read.is_expired,
        "signed_by": read.signed_by,
        "snapshots_url": read.snapshots_url,
        "release": read.text,
        "parts": [
            {
                "kind": placed.part.name.kind,
                "component": placed.part.name.component,
                "architecture": placed.part.name.architecture,
                "indices": [_offer_document(offer) for offer in placed.offers],
            }
            for placed in read.parts
        ],
        "translations": [_offer_document(offer) for offer in read.translations],
    }


def suite_placed_offers(document: Mapping[str, Any]) -> list[PlacedOffer]:
    """The indices of a suite that are to be fetched, each once."""
    if document["is_unchanged"]:
        return []
    offers = [index for part in document["parts"] for index in part["indices"]]
    found = {(o["base"], o["path"]): o for o in [*offers, *document["translations"]]}
    return [_offer(offer) for offer in found.values()]


def suite_parts(document: Mapping[str, Any]) -> list[tuple[PartName, list[tuple[str, str]]]]:
    """The parts of a suite, each with (base, plain path) of the indices that list it."""
    return [
        (
            PartName(
                kind=PartKind(part["kind"]),
                component=part["component"],
                architecture=part["architecture"],
            ),
            [(index["base"], index["path"]) for index in part["indices"]],
        )
        for part in document["parts"]
    ]


def suite_head(
    document: Mapping[str, Any], at: datetime, files: Sequence[IndexFile]
) -> SnapshotHead:
    """The head of the snapshot that a document becomes."""
    return SnapshotHead(
        at=at,
        release_date=_moment(document["date"]),
        valid_until=_moment(document["valid_until"]),
        is_expiry_overridden=document["is_expired"],
        release_sha256=document["sha256"],
        signed_by=document["signed_by"],
        snapshots_url=document["snapshots_url"],
        files=files,
    )


def each_path_once(files: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Files by path. Two mirrors may have one path: the first keeps it, the other says whose."""
    found: dict[str, Mapping[str, Any]] = {}
    for file in files:
        there = found.setdefault(file["path"], file)
        if there["sha256"] != file["sha256"]:
            path = f"{file['base']}/{file['path']}"
            found[path] = {**file, "path": path}
    return list(found.values())


def import_result(job: Job, carry: Carry, snapshots: Sequence[Snapshot]) -> Carry:
    """What a job says when it is done: of one suite, or of several with one line each."""
    made = iter(snapshots)
    sentences, suites = [], []
    for document in carry["suites"]:
        label = f"{job.arguments['name']}/{document['suite']}"
        if document["is_unchanged"]:
            sentences.append(f"{label} has not changed since the last import")
            suites.append({"suite": document["suite"], "snapshot": None})
            continue
        snapshot = next(made)
        sentences.append(
            f"{label}: snapshot {snapshot.number} with "
            f"{counted(snapshot.sources, 'source')} and "
            f"{counted(snapshot.binaries, 'binary', 'binaries')}"
        )
        suites.append(
            {
                "suite": document["suite"],
                "snapshot": snapshot.number,
                "sources": snapshot.sources,
                "binaries": snapshot.binaries,
            }
        )
    return {"message": "; ".join(sentences), "suites": suites}


def _offer_document(placed: PlacedOffer) -> Document:
    return {
        "base": placed.base,
        "is_by_hash": placed.is_by_hash,
        "path": placed.offer.path,
        "plain_bytes": placed.offer.plain_bytes,
        "plain_sha256": placed.offer.plain_sha256,
        "variants": [[entry.path, entry.size, entry.sha256] for entry in placed.offer.variants],
    }


def _offer(document: Mapping[str, Any]) -> PlacedOffer:
    return PlacedOffer(
        base=document["base"],
        is_by_hash=document["is_by_hash"],
        offer=IndexOffer(
            path=document["path"],
            plain_bytes=document["plain_bytes"],
            plain_sha256=document["plain_sha256"],
            variants=tuple(
                IndexEntry(path=path, size=size, sha256=sha256)
                for path, size, sha256 in document["variants"]
            ),
        ),
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
