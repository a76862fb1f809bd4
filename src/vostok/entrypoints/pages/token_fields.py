"""The form of a token: what it opens, and the token that it asks for."""

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request

from vostok.domain.access import TokenScope
from vostok.entrypoints.pages.asked import is_number
from vostok.entrypoints.pages.visits import Form, asker, reader_of
from vostok.errors import InvalidInputError
from vostok.services.people.persons import TokenRequest

SCOPES: Final[Mapping[TokenScope, str]] = {
    TokenScope.EVERYTHING: "all that its owner may do, granting and managing people too",
    TokenScope.READ: "see archives, and fetch from private ones",
    TokenScope.UPLOAD: "send sources, as dput does",
    TokenScope.REBUILD: "ask for new builds",
    TokenScope.RETRY: "retry and cancel builds, and publish",
    TokenScope.MERGE: "sync with the parents, and say what is held",
    TokenScope.CREATE: "import and derive archives, and make toolchains",
    TokenScope.ADMINISTER: "settings, selections, syncs, scores and deletion of archives",
    TokenScope.BUILDERS: "pause and remove builders, and revoke their tokens",
    TokenScope.FEED: "read feeds, whose addresses hold the token; alone",
}
"""What each scope opens, of what the person may do."""


def token_for_apt(archive: str) -> Form:
    """The fields of the form for a token that reads one archive and is good for nothing else."""
    name = f"apt {archive}".replace("+", "-")
    return Form([("token_name", name), ("scope", TokenScope.READ), ("archive", archive)])


def token_request(person: str, sent: Form) -> TokenRequest:
    """The token that a form asks for.

    Raises:
        InvalidInputError: there is no such scope, or no such number of days.
    """
    days = sent.text("days")
    unknown = [scope for scope in sent.all("scope") if scope not in set(TokenScope)]
    if unknown:
        raise InvalidInputError(
            f"a token is not for {unknown[0][:40]!r}",
            hint=f"choose one or several of: {', '.join(TokenScope)}",
        )
    if days and not is_number(days):
        raise InvalidInputError(
            f"{days[:40]!r} is no number of days", hint="leave it empty for a token without an end"
        )
    return TokenRequest(
        person=person,
        name=sent.text("token_name"),
        scopes=frozenset(map(TokenScope, sent.all("scope"))),
        archive=sent.maybe("archive"),
        days=int(days) if days else None,
    )


def archives_followed(request: Request, asked: TokenRequest) -> list[str]:
    """The archives whose feeds a token opens, as far as whoever asks can know them.

    What another person sees is not what the asker sees, so none are named for them.
    """
    if asked.archive is not None:
        return [asked.archive]
    if asked.person != asker(request).name:
        return []
    return reader_of(request).archive_names()
