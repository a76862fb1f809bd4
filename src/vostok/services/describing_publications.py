"""Publications as the API's documents."""

from vostok.domain.not_built import NotBuilt
from vostok.domain.publication import Publication
from vostok.services.describing import moment_text
from vostok.services.documents import NotBuiltView, PublicationView
from vostok.services.documents.publications import NotBuiltBinaryView
from vostok.services.not_built import NotBuiltPackages


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


def not_built_document(found: NotBuiltPackages) -> NotBuiltView:
    """Both lists by name."""
    return {
        "gone": sorted(map(_binary, found.gone), key=lambda binary: binary["name"]),
        "kept": sorted(
            ({**_binary(binary), "reason": reason} for binary, reason in found.kept),
            key=lambda binary: binary["name"],
        ),
    }


def _binary(binary: NotBuilt) -> NotBuiltBinaryView:
    return {
        "name": binary.name,
        "version": binary.version,
        "architectures": list(binary.architectures),
        "source": binary.source,
        "built_from": binary.built_from,
        "source_version": binary.source_version,
    }
