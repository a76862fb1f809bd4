"""Routes of builds and their logs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from vostok.bootstrap import Services
from vostok.documents import BuildView
from vostok.domain.access import Principal
from vostok.domain.build import Build
from vostok.entrypoints.api.parameters import NUMBER_MAX, Body, NumberInPath, Text
from vostok.services.describing.overview import Overview

OFFSET_MAX = 1 << 50


class ReasonBody(Body):
    """What the build's event and the audit log say of the deed."""

    reason: Text | None = None


def add_routes(router: APIRouter, services: Services, asker: Any) -> None:  # noqa: ANN401 - an annotation, made at run time
    """Add the routes of builds."""

    def seen(who: Principal) -> Overview:
        return services.overview.seen_by(who)

    @router.get("/builds/{build_id}")
    def build(build_id: NumberInPath, who: asker) -> BuildView:
        """One build with attempts, files, proof and events."""
        return seen(who).build(build_id)

    @router.get("/builds/{build_id}/log", response_class=Response)
    def build_log(
        build_id: NumberInPath,
        who: asker,
        attempt: Annotated[int | None, Query(ge=1, le=NUMBER_MAX)] = None,
        offset: Annotated[int, Query(ge=0, le=OFFSET_MAX)] = 0,
    ) -> Response:
        """A piece of a log from an offset on.

        X-Log-Size is the size of the log so far; X-Log-Complete says whether it ends with this
        piece.
        """
        piece, is_complete = seen(who).log_of(build_id, attempt, offset)
        log_bytes = seen(who).log_bytes(build_id, attempt)
        return Response(
            piece,
            media_type="text/plain; charset=utf-8",
            headers={
                "X-Log-Size": str(log_bytes),
                "Cache-Control": "no-cache",
                "X-Log-Complete": "yes" if is_complete else "no",
                "X-Content-Type-Options": "nosniff",
            },
        )

    def shown(build: Build, who: Principal) -> BuildView:
        return seen(who).build(build.id)

    @router.post("/builds/{build_id}/retries")
    def retry_build(
        build_id: NumberInPath, who: asker, body: ReasonBody | None = None
    ) -> BuildView:
        """Have a failed build tried again; it may be said why."""
        reason = None if body is None else body.reason
        return shown(services.builds.retry(who, build_id, reason=reason), who)

    @router.post("/builds/{build_id}/cancellations")
    def cancel_build(
        build_id: NumberInPath, who: asker, body: ReasonBody | None = None
    ) -> BuildView:
        """Stop a build; it may be said why."""
        reason = None if body is None else body.reason
        return shown(services.builds.cancel(who, build_id, reason=reason), who)
