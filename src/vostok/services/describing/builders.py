"""How builders become the documents of the API."""

from datetime import datetime

from vostok.documents.builders import KnownBuilderView
from vostok.domain.queue import is_present
from vostok.services.building.builders import KnownBuilder
from vostok.services.describing.queueing import at_work_document
from vostok.services.describing.records import moment_text


def builder_document(known: KnownBuilder, now: datetime) -> KnownBuilderView:
    """A builder as the API shows it at a moment."""
    builder, seen_at = known.builder, known.seen_at
    return {
        "name": builder.name,
        "architectures": list(builder.architectures),
        "seen_at": _text(seen_at),
        "is_present": seen_at is not None and is_present(seen_at, now),
        "state": str(builder.state),
        "reason": builder.reason,
        "changed_by": builder.changed_by,
        "changed_at": _text(builder.changed_at),
        "added_by": builder.added_by,
        "added_at": _text(builder.added_at),
        "has_token": known.has_token,
        "token_used_at": _text(known.token_used_at),
        "at_work": [at_work_document(build) for build in known.at_work],
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment_text(moment)
