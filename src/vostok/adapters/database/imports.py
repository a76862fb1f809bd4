"""What an import remembers for the next one."""

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from vostok.adapters.database import schema
from vostok.adapters.database.rows import parts_of
from vostok.domain.import_trust import DEBIAN_KEYS, ImportTrust
from vostok.domain.mirror_answer import MirrorAnswer

_TRUST = schema.import_trust
_ANSWER = schema.mirror_answer


class SqlImports:
    """Implements `services.repositories.Imports`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def trust(self, archive_id: int) -> ImportTrust:
        """The keys that the archive's imports use. See `services.repositories.Imports`."""
        return self.trust_of([archive_id])[archive_id]

    def trust_of(self, archive_ids: Collection[int]) -> dict[int, ImportTrust]:
        """Those of several archives. See `services.repositories.Imports`."""
        found = dict.fromkeys(archive_ids, DEBIAN_KEYS)
        for part in parts_of(archive_ids):
            query = sa.select(_TRUST).where(_TRUST.c.archive_id.in_(part))
            for row in self._connection.execute(query):
                found[row.archive_id] = ImportTrust(
                    keyring=None if row.keyring is None else bytes(row.keyring),
                    fingerprints=tuple(row.fingerprints),
                )
        return found

    def set_trust(self, archive_id: int, trust: ImportTrust) -> None:
        """Use these from now on."""
        self._connection.execute(_TRUST.delete().where(_TRUST.c.archive_id == archive_id))
        self._connection.execute(
            _TRUST.insert().values(
                archive_id=archive_id,
                keyring=trust.keyring,
                fingerprints=list(trust.fingerprints),
            )
        )

    def answers(self, suite_id: int) -> dict[str, MirrorAnswer]:
        """Address -> what its mirror sent when the suite was last read."""
        rows = self._connection.execute(sa.select(_ANSWER).where(_ANSWER.c.suite_id == suite_id))
        return {
            row.url: MirrorAnswer(
                body=bytes(row.body), etag=row.etag, last_modified=row.last_modified
            )
            for row in rows
        }

    def set_answers(self, suite_id: int, answers: Mapping[str, MirrorAnswer]) -> None:
        """Keep these, in the place of those from before."""
        self._connection.execute(_ANSWER.delete().where(_ANSWER.c.suite_id == suite_id))
        if not answers:
            return
        self._connection.execute(
            _ANSWER.insert(),
            [
                {
                    "suite_id": suite_id,
                    "url": url,
                    "body": answer.body,
                    "etag": answer.etag,
                    "last_modified": answer.last_modified,
                }
                for url, answer in answers.items()
            ],
        )
