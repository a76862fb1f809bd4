"""The page that proves a version: what a source would get next, and all that it stands above."""

from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from vostok.bootstrap import Services
from vostok.documents import VersionProofView
from vostok.domain.rebuild_version.schemes import Purpose, VersionScheme
from vostok.entrypoints.pages.asked import wants_json
from vostok.entrypoints.pages.responses import data, page, status_of
from vostok.entrypoints.pages.table_columns import VERSION_COMPARISONS
from vostok.entrypoints.pages.tables import Table, csv_answer, wants_csv
from vostok.entrypoints.pages.visits import Door, asker, reader_of
from vostok.errors import InvalidInputError, NotFoundError
from vostok.services.versions.explaining import ProofRequest

TEXT_CHARACTERS_MAX: Final = 200
PURPOSES: Final = {
    Purpose.BINARY_ONLY: "a rebuild of its binaries",
    Purpose.NO_CHANGE: "a no-change source",
    Purpose.CHANGED: "a source that was changed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Typed:
    """The fields of the form."""

    source: str
    base: str
    scheme: str
    vendor: str
    purpose: Purpose


def add_routes(router: APIRouter, door: Door, services: Services) -> None:
    """Add the page."""

    def look(request: Request) -> Response:
        name, typed = request.path_params["name"], _typed(request)
        archive = reader_of(request).archive(name)
        is_for_programs = wants_json(request) or wants_csv(request)
        proof: VersionProofView | None = None
        error: InvalidInputError | NotFoundError | None = None
        if typed.source or is_for_programs:
            try:
                asked = _request(name, typed)
                proof = services.version_explanations.explain(asker(request), asked)
            except (InvalidInputError, NotFoundError) as fault:
                if is_for_programs:
                    raise
                error = fault
        if proof is not None and wants_csv(request):
            rows = proof["comparisons"]
            table = Table(name="comparisons", columns=VERSION_COMPARISONS, rows=rows)
            return csv_answer(request, table)
        if wants_json(request):
            return data(proof)
        return page(
            request,
            "versions.html",
            200 if error is None else status_of(error),
            archive=archive,
            name=name,
            typed=typed,
            proof=proof,
            error=error,
            purposes=PURPOSES,
            schemes=list(VersionScheme),
            query=request.url.query,
        )

    for suffix in (".json", ".csv", ""):
        door.add_page(router, f"/archives/{{name}}/versions{suffix}", look)


def _typed(request: Request) -> _Typed:
    def text(name: str) -> str:
        return request.query_params.get(name, "").strip()[:TEXT_CHARACTERS_MAX]

    scheme, purpose = text("scheme"), text("purpose")
    return _Typed(
        source=text("source"),
        base=text("base"),
        scheme=scheme if scheme in set(VersionScheme) else "",
        vendor=text("vendor"),
        purpose=Purpose(purpose) if purpose in set(Purpose) else Purpose.BINARY_ONLY,
    )


def _request(name: str, typed: _Typed) -> ProofRequest:
    return ProofRequest(
        archive=name,
        source=typed.source,
        base=typed.base or None,
        scheme=VersionScheme(typed.scheme) if typed.scheme else None,
        vendor=typed.vendor,
        purpose=typed.purpose,
    )
