"""Publications as the API's documents."""

from typing import Final

from vostok.documents import PublicationView
from vostok.documents.publications import NotBuiltBinaryView
from vostok.domain.not_built import NotBuilt
from vostok.domain.publication import Publication
from vostok.services.describing.records import moment_text

NOTHING_NEEDS_IT: Final = "nothing needs it"


def publication_document(archive: str, publication: Publication) -> PublicationView:
    """A publication with the address of its own repository."""
    return {
        "number": publication.number,
        "at": moment_text(publication.at),
        "sources": publication.sources,
        "binaries": publication.binaries,
        "bytes": publication.bytes,
        "reason": publication.reason,
        "url": f"/archives/{archive}/publications/{publication.number}/",
        "kept_as": publication.kept_as,
        "kept_by": publication.kept_by,
    }


def not_built_document(binary: NotBuilt, reason: str | None) -> NotBuiltBinaryView:
    """A binary that is built no more; without a reason nothing holds it back."""
    return {
        "name": binary.name,
        "version": binary.version,
        "architectures": list(binary.architectures),
        "source": binary.source,
        "built_from": binary.built_from,
        "source_version": binary.source_version,
        "is_held_back": reason is not None,
        "reason": NOTHING_NEEDS_IT if reason is None else reason,
    }
