"""Forms that are sent twice, by a second click or a reload: the deed is done once.

A page writes a new key into each form that it shows. The same form with the same fields, sent
again by the same person, leads to where it led the first time; with other fields it is another
request. What was noted is in the transaction of the deed, as with the API's Idempotency-Key.
"""

import hashlib
from collections.abc import Callable
from secrets import token_hex
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from vostok.domain.repeated_request import KEY_CHARACTERS_MAX, Answer, request_mark
from vostok.entrypoints.pages.visits import Form, asker, redirection
from vostok.services.deed_terms import (
    AnsweredBeforeError,
    RepeatedRequestService,
    terms_of_request,
)
from vostok.services.revisions import Condition

KEY_FIELD: Final = "key"
SEE_OTHER: Final = 303
PATH_TYPE: Final = "text/plain"


def new_key() -> str:
    """What one showing of a form is known by."""
    return token_hex(16)


def done_once(  # noqa: PLR0913 - each is said by name
    repeated: RepeatedRequestService,
    request: Request,
    sent: Form,
    deed: Callable[[], str],
    *,
    archive: str | None = None,
    condition: Condition | None = None,
) -> Response:
    """Do what a form asks for, unless it was done; then lead to what came of it.

    Args:
        repeated: remembers what was done.
        request: that brought the form.
        sent: its fields.
        deed: does it, and gives the path of what came of it.
        archive: whose deletion forgets that it was done.
        condition: on which it is done; None: in any case.

    Raises:
        VostokError: what the deed raises; it may then be sent again.
    """
    who = asker(request)
    key = sent.text(KEY_FIELD)[:KEY_CHARACTERS_MAX]
    if not key and condition is None:
        return redirection(deed())
    mark = request_mark(
        person=who.name,
        operation=f"POST {request.url.path} by a form",
        key=f"{key} {hashlib.sha256(sent.content).hexdigest()}",
        content=sent.content,
        archive=archive,
    )
    with terms_of_request() as terms:
        repeated.begin(who, mark if key else None, condition)
        try:
            path = deed()
        except AnsweredBeforeError as known:
            return redirection(known.answer.content.decode())
    answer = Answer(status=SEE_OTHER, media_type=PATH_TYPE, content=path.encode())
    repeated.keep(terms, answer)
    return redirection(path)
