"""Routes of versions: proofs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from vostok.bootstrap import Services
from vostok.documents import VersionProofView
from vostok.domain.rebuild_version.schemes import Purpose, VersionScheme
from vostok.entrypoints.api.parameters import Name, NameInPath
from vostok.services.versions.explaining import ProofRequest


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of versions."""

    @router.get("/archives/{name}/versions/{source}")
    def explain_version(  # noqa: PLR0913 - each parameter is a field of the path or the query
        name: NameInPath,
        source: NameInPath,
        who: asker,
        *,
        base: Annotated[Name | None, Query()] = None,
        scheme: VersionScheme | None = None,
        vendor: Annotated[Name, Query()] = "",
        purpose: Purpose = Purpose.BINARY_ONLY,
    ) -> VersionProofView:
        """The version that a source would get next, and all that it is compared with.

        `base` supposes a version of its binaries, `scheme` with `vendor` another scheme than
        the archive's. Nothing is issued.
        """
        return services.version_explanations.explain(
            who,
            ProofRequest(
                archive=name,
                source=source,
                base=base,
                scheme=scheme,
                vendor=vendor,
                purpose=purpose,
            ),
        )
