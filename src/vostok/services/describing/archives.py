"""Documents of archives: of one, or of all of them with as many statements as for one."""

from collections.abc import Sequence
from functools import cache

from vostok.debian.indices import deb822_source
from vostok.documents import ArchiveView
from vostok.domain.archive import Archive, ArchiveKind, Suite
from vostok.domain.publication import component_for_clients
from vostok.services.describing.publications import publication_document
from vostok.services.describing.records import (
    SuiteSizes,
    moment_text,
    parent_document,
    suite_document,
    suite_sizes,
    toolchain_reference,
)
from vostok.services.ports import Signer
from vostok.services.repositories import Transaction
from vostok.services.views.editions import derivation_of, members_of
from vostok.services.views.keeping import LostFilesFinder, storage_warnings


class ArchiveDescriber:
    """Makes the documents of given archives.

    What differs from one to another is read for all at once. What they have in common is looked
    up once: two hundred copies of a suite stand on the same packages.
    """

    def __init__(
        self, transaction: Transaction, archives: Sequence[Archive], signer: Signer, url: str
    ) -> None:
        self._transaction = transaction
        self._signer = signer
        self._url = url
        ids = [archive.id for archive in archives]
        self._suites = transaction.archives.suites_of(ids)
        suite_ids = [suite.id for suites in self._suites.values() for suite in suites]
        self._campaigns = transaction.campaigns.counts_of_archives(ids)
        self._publications = transaction.publications.newest_of(suite_ids)
        self._own_bytes = transaction.deltas.own_bytes_of(suite_ids)
        images = [each.id for each in archives if each.kind is ArchiveKind.EXTERNAL]
        self._trust = transaction.imports.trust_of(images)
        self._lost = LostFilesFinder(transaction)
        self._snapshot = cache(
            lambda members: transaction.snapshots.find(members.suite_id, members.number)
        )
        self._valid_until = cache(transaction.files.valid_until)
        self._toolchain = cache(lambda found: toolchain_reference(transaction, found))

    def document(self, archive: Archive) -> ArchiveView:
        """Everything about one of the archives, but for its quota."""
        suites = self._suites.get(archive.id, [])
        lost = self._lost.document(suites)
        document: ArchiveView = {
            "name": archive.name,
            "kind": archive.kind,
            "state": archive.state,
            "created_at": moment_text(archive.created_at),
            "requested_by": archive.requested_by,
            "suites": [suite_document(suite, self._sizes(suite)) for suite in suites],
            "keep": archive.keep,
            "serve": archive.serve,
            "is_private": archive.is_private,
            "accepts_binaries": archive.accepts_binaries,
            "lost_files": lost["lost_files"],
            "lost": lost["lost"],
        }
        if archive.kind is ArchiveKind.EXTERNAL:
            document["makes_binnmus"] = archive.makes_binnmus
            document["makes_ubuntu_versions"] = archive.makes_ubuntu_versions
            trust = self._trust[archive.id]
            document["trust"] = {
                "keyring_sha256": trust.keyring_sha256,
                "fingerprints": list(trust.fingerprints),
            }
        if archive.kind is ArchiveKind.DERIVED and suites:
            self._add_derivation(document, archive, suites)
        return document

    def _sizes(self, suite: Suite) -> SuiteSizes:
        _, newest = self._publications.get(suite.id, (0, None))
        return suite_sizes(suite, self._snapshot(members_of(suite)), newest)

    def _add_derivation(
        self, document: ArchiveView, archive: Archive, suites: Sequence[Suite]
    ) -> None:
        suite = suites[0]
        publications, newest = self._publications.get(suite.id, (0, None))
        derivation = derivation_of(suite)
        more: ArchiveView = {
            **document,
            "parent": str(derivation.parents[0]),
            "parents": [parent_document(parent) for parent in derivation.parents],
            "derivation": derivation.number,
            "selection": derivation.selection,
            "taken": derivation.taken,
            "mode": derivation.mode,
            "unbuilt": derivation.unbuilt,
            "on_removal": suite.on_removal,
            "warnings": storage_warnings(archive, suites, self._valid_until),
            "dependencies": suite.dependencies,
            "policy": archive.policy,
            "scheme": archive.scheme,
            "vendor": archive.vendor,
            "tag": archive.tag,
            "toolchain": self._toolchain(archive.toolchain_id),
            "stanza": self._stanza(archive, suite),
            "key_fingerprint": archive.key_fingerprint,
            "campaigns": self._campaigns.get(archive.id, 0),
            "publications": publications,
            "last_publication": None
            if newest is None
            else publication_document(archive.name, newest),
            "disk_bytes": self._own_bytes.get(suite.id, 0),
        }
        document.update(more)

    def _stanza(self, archive: Archive, suite: Suite) -> str | None:
        if archive.key_fingerprint is None:
            return None
        return deb822_source(
            uri=f"{self._url}/archives/{archive.name}",
            suite=suite.name,
            components=component_for_clients(suite.all_components),
            armoured_key=self._signer.public_key(archive.key_fingerprint),
        )
