"""What an import remembers for the next one: whom to trust, and what the mirrors sent."""

import base64
from collections.abc import Mapping
from typing import Any

from vostok.domain.access import SYSTEM, Principal
from vostok.domain.import_trust import DEBIAN_KEYS, ImportTrust
from vostok.domain.job import Job
from vostok.domain.mirror_answer import MirrorAnswer
from vostok.services.audit import note
from vostok.services.ports import Clock
from vostok.services.repositories import Database


class ImportMemory:
    """Remembers for imports; what a failed import was told is not remembered."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def trust(self, arguments: Mapping[str, Any]) -> ImportTrust:
        """Whom a job trusts: those that it was told, else those of the archive's imports."""
        with self._database.read() as transaction:
            archive = transaction.archives.find(arguments["name"])
            known = DEBIAN_KEYS if archive is None else transaction.imports.trust(archive.id)
        return known.changed_by(_asked(arguments))

    def answers(self, name: str, suite: str) -> dict[str, MirrorAnswer]:
        """Address -> what its mirror sent when a suite was last read; empty for a new suite."""
        with self._database.read() as transaction:
            archive = transaction.archives.find(name)
            found = None if archive is None else transaction.archives.find_suite(archive.id, suite)
            return {} if found is None else transaction.imports.answers(found.id)

    def remember(self, job: Job, answers: Mapping[str, Mapping[str, MirrorAnswer]]) -> None:
        """Keep what a job that succeeded was told and sent; the audit log tells of other keys.

        Args:
            job: an import whose archive and suites are there.
            answers: suite -> address -> what its mirror sent, where that is not known yet.
        """
        asked = _asked(job.arguments)
        if asked == DEBIAN_KEYS and not answers:
            return
        with self._database.write() as transaction:
            archive = transaction.archives.named(str(job.arguments["name"]))
            for name, sent in answers.items():
                suite = transaction.archives.find_suite(archive.id, name)
                if suite is not None:
                    transaction.imports.set_answers(suite.id, sent)
            known = transaction.imports.trust(archive.id)
            now = known.changed_by(asked)
            if now != known:
                transaction.imports.set_trust(archive.id, now)
                note(
                    transaction,
                    self._clock,
                    Principal(name=job.requested_by, role=SYSTEM.role),
                    job.kind,
                    archive=archive.name,
                    detail=f"job {job.id}; trusts {now}; before it trusted {known}",
                )


def answers_document(answers: Mapping[str, MirrorAnswer]) -> dict[str, list[str]]:
    """Answers as the steps of a job leave them for one another."""
    return {
        url: [base64.b64encode(answer.body).decode(), answer.etag, answer.last_modified]
        for url, answer in answers.items()
    }


def answers_of(document: Mapping[str, list[str]]) -> dict[str, MirrorAnswer]:
    """The answers of such a document."""
    return {
        url: MirrorAnswer(body=base64.b64decode(body), etag=etag, last_modified=last_modified)
        for url, (body, etag, last_modified) in document.items()
    }


def _asked(arguments: Mapping[str, Any]) -> ImportTrust:
    keyring = arguments["keyring"]
    return ImportTrust(
        keyring=base64.b64decode(keyring) if keyring else None,
        fingerprints=tuple(arguments["fingerprints"]),
    )
