"""Every door of a server: operations of the API, forms of pages, and pages with what is hidden."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from httpx2 import Response
from sqlalchemy.exc import IntegrityError
from tests.entrypoints.access_matrix.asked_rights import ASKED, ASKING_NOTHING, HERE, Ask, Asks
from tests.entrypoints.access_matrix.comers import Comer
from tests.entrypoints.api.test_access import QUERIES, body_of
from tests.entrypoints.installation import ADMINISTRATOR, Installation
from tests.entrypoints.pages.visitor import ORIGIN
from tests.entrypoints.test_every_door import DEEDS_OF_PAGES, READ_ON_PAGES

from vostok.domain.access import Action
from vostok.entrypoints.pages import create_router

KEPT_OUT: Final = "nothing is written here"
"""What the database says to everybody who was let in: their deeds are all taken back."""
SERVER_FAULT: Final = 500
TOO_MANY: Final = 429
READING: Final = frozenset({Action.VIEW, Action.PREVIEW_SELECTION})
SESSION: Final = "vostok-session"


Send = Callable[..., Response]


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One of them, with what is sent to it.

    Attributes:
        name: for the message of a mismatch.
        asks: what it asks for.
        is_page: whether a session opens it, and no token.
    """

    name: str
    asks: Asks
    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    is_page: bool = False

    @property
    def is_form(self) -> bool:
        """Whether it is one of a page, which only who has signed in sends."""
        return self.is_page and self.method == "POST"

    @property
    def is_for_readers(self) -> bool:
        """Whether everybody comes in who sees the archive."""
        return {ask.action for ask in self.asks} <= READING and self.asks[0].archive == HERE

    def lets_in(self, send: Send, comer: Comer, *, form_token: str | None = None) -> bool:
        """Whether somebody is let in, who then fails on whatever they do."""
        given: dict[str, Any] = {"params": self.query, "headers": comer.headers}
        if self.is_page:
            token = comer.form_token if form_token is None else form_token
            cookie = {"Cookie": f"{SESSION}={comer.session}"} if comer.session else {}
            given["headers"] = {**cookie, **(ORIGIN if self.is_form else {})}
            if self.is_form:
                given["data"] = {**self.body, "form_token": token}
        elif self.body is not None:
            given["json"] = self.body
        try:
            answer = send(self.method, self.path, **given)
        except IntegrityError as error:
            if KEPT_OUT not in str(error):
                raise
            return True
        assert answer.status_code < SERVER_FAULT, (self.name, answer.text)
        assert answer.status_code != TOO_MANY, self.name
        to_sign_in = answer.headers.get("location", "").startswith("/sign-in")
        return answer.status_code not in {401, 403, 404} and not to_sign_in


def all_doors(installation: Installation) -> list[Door]:
    """Operations, forms, pages of what operations tell, and the builders' door."""
    known = _places(installation)
    return [
        *_operations(installation, known),
        *_forms(installation, known),
        *_pages(installation, known),
        Door(
            name="the builders' door",
            asks=(Ask(Action.CLAIM_BUILD, None),),
            method="POST",
            path="/builder/claim",
            body={"builder": "host-1", "architectures": ["amd64"]},
        ),
        Door(
            name="API audit of an archive",
            asks=(Ask(Action.SEE_RIGHTS, HERE),),
            method="GET",
            path="/api/v1/audit",
            query={"archive": HERE},
        ),
    ]


def _operations(installation: Installation, known: dict[str, str]) -> Iterator[Door]:
    for path, item in installation.app.openapi()["paths"].items():
        for method, operation in item.items():
            name = operation["operationId"]
            if name in ASKING_NOTHING:
                continue
            is_read = method == "get"
            yield Door(
                name=f"API {name}",
                asks=ASKED.get(name, ()),
                method=method.upper(),
                path=path.format(**known | _named(path) | _numbers(installation, known, name)),
                query={**QUERIES.get(path, {})} if is_read else {},
                body=BODY.get(name, body_of(method.upper(), path)),
            )


def _forms(installation: Installation, known: dict[str, str]) -> Iterator[Door]:
    for route in create_router(installation.services).routes:
        path = str(getattr(route, "path", ""))
        if "POST" not in (getattr(route, "methods", None) or ()) or OF_ONESELF.match(path):
            continue
        operations = sorted(DEEDS_OF_PAGES[path] - ASKING_NOTHING.keys())
        asks = tuple(dict.fromkeys(ask for name in operations for ask in ASKED.get(name, ())))
        yield Door(
            name=f"form {path}",
            asks=ASKED_BY_FORM.get(path, asks),
            method="POST",
            path=path.format(**known | _named(path) | _numbers(installation, known, path)),
            body=_fields(path, known),
            is_page=True,
        )


def _pages(installation: Installation, known: dict[str, str]) -> Iterator[Door]:
    """Each with what the operation asks that tells the same, and its tables as data.

    Tables of what everybody sees are tried in `hostile/test_private_pages.py`.
    """
    there = {
        str(getattr(route, "path", "")) for route in create_router(installation.services).routes
    }
    told: dict[str, str] = {}
    for name, path in READ_ON_PAGES.items():
        told.setdefault(path, name)
    for path, name in told.items():
        if OF_ONESELF.match(path) or name in ASKING_NOTHING:
            continue
        asks = ASKED_BY_PAGE.get(path, ASKED.get(name, ()))
        is_for_readers = {ask.action for ask in asks} <= READING
        for suffix in ("",) if is_for_readers else ("", ".json", ".csv"):
            if path + suffix in there:
                yield Door(
                    name=f"page {path}{suffix}",
                    asks=asks,
                    method="GET",
                    path=path.format(**known | _named(path)) + suffix,
                    query=ASKED_OF_PAGE.get(path, {}),
                    is_page=True,
                )


OF_ONESELF: Final = re.compile(r"/me/|/mail/|/sign-")
"""Forms that ask for nothing but that it is oneself: `test_ways_in` and `hostile` try them."""
MANAGED: Final = (Ask(Action.MANAGE_PEOPLE, None),)
ASKED_BY_FORM: Final[dict[str, Asks]] = {
    "/people/{name}/mail/{subscription}/remove": MANAGED,
    "/people/{name}/mail/letters/{letter}/again": MANAGED,
}
"""What a form asks otherwise than the operation, which is about oneself."""
ASKED_BY_PAGE: Final[dict[str, Asks]] = {
    "/archives/{name}/delete": (Ask(Action.DELETE_ARCHIVE, HERE),),
    "/archives/{name}/uploads/{number}/files/{file}": (Ask(Action.VIEW, HERE),),
    "/quotas/{kind}/{name}": (Ask(Action.VIEW, HERE),),
}
ASKED_OF_PAGE: Final = {
    "/compare": {"left": f"{HERE}/bookworm", "right": "debian/bookworm"},
    "/toolchains/{name}/preflight": {"archive": HERE},
}
"""Of pages that name the archive in their query."""
BODY: Final[dict[str, Any]] = {
    "grant_right": {"right": "upload", "person": "nil"},
    "grant_general_right": {"right": "create", "person": "nil"},
    "put_into_team": {"persons": ["nil"]},
    "add_robot": {"name": "another-robot", "purpose": "x", "answerable": "nil"},
}


def _fields(path: str, known: dict[str, str]) -> dict[str, str]:
    """What is typed into a form that names nothing, or is shown again, where it is empty."""
    person = {
        "keys/revoke": {"fingerprint": known["fingerprint"]},
        "tokens/revoke": {"token_name": known["token"]},
        "sessions/end": {"session": known["session"]},
        "identities/link": {"number": known["identity"]},
        "identities/unlink": {"number": known["identity"]},
    }
    return {
        "/archives/derive": {"do": "derive", "parent": "debian/bookworm", "name": "another"},
        "/archives/{name}/packages/remove": {"names": "lamp"},
        "/robots": {"name": "another-robot", "purpose": "x", "answerable": "nil"},
        "/people/{name}/robot": {"purpose": "x", "answerable": "nil"},
        "/archives/{name}/packages/restore": {"names": "lamp"},
        **{f"/people/{{name}}/{deed}": typed for deed, typed in person.items()},
    }.get(path, {})


def _named(path: str) -> dict[str, str]:
    """What `{name}` is, by where it stands."""
    kind = path.removeprefix("/api/v1").split("/")[1]
    return {"name": NAMES.get(kind, HERE)}


NAMES: Final = {"people": "nil", "teams": "nobodies", "builders": "host-7", "toolchains": "gcc-11"}


def _places(installation: Installation) -> dict[str, str]:
    """What stands in the places of the other parameters: all of it is there."""
    services = installation.services
    jobs = services.jobs.newest(ADMINISTRATOR)
    job = next(job.id for job in jobs if job.archive == HERE)
    ways_in = services.ways_in.of(ADMINISTRATOR, "nil")
    mail, letters = services.subscriptions.of, services.subscriptions.letters
    return {
        "number": "1", "other": "2", "build_id": "1", "delivery": "1", "person": "nil",
        "robot": "nil-robot",
        "fingerprint": "A" * 40, "token": "laptop", "file": "cc_2-1_source.changes",
        "session": ways_in.sessions[0].id, "identity": str(ways_in.identities[0].number),
        "team": "nobodies", "source": "lamp",
        "version": "1.0-1", "subject": "archive", "builder": "host-7", "rebuild_no": "1",
        "architecture": "amd64", "kind": "archive", "job_id": job, "identifier": job,
        "subscription": str(mail(ADMINISTRATOR, "nil").subscriptions[0].number),
        "letter": str(letters(ADMINISTRATOR, "nil")[0].id),
    }  # fmt: skip


OTHER_NAMES: Final = {
    "archive_person": {"person": "vic"},
    "/people/{name}/robot": {"name": "nil-robot"},
    "/people/{name}/delete": {"name": "nil-robot"},
}


def _numbers(installation: Installation, known: dict[str, str], name: str) -> dict[str, str]:
    """Of doors whose numbers and names are others than elsewhere."""
    services = installation.services
    match name:
        case "revoke_right" | "/archives/{name}/rights/{number}/revoke":
            return {"number": str(services.rights.grants(ADMINISTRATOR, HERE)[0].id)}
        case "revoke_general_right" | "/rights/{number}/revoke":
            return {"number": str(services.rights.grants(ADMINISTRATOR, None)[0].id)}
        case "unlink_identity" | "link_identity":
            return {"number": known["identity"]}
        case "outgoing_parts" | "outgoing_file":
            with services.database.read() as transaction:
                archive = transaction.archives.named(HERE)
                source, version = transaction.outgoing.versions(archive.id)[0]
            parts = services.outgoing.parts(ADMINISTRATOR, HERE, source, version)
            return {"source": source, "version": version, "file": parts.files[0][0]}
        case _:
            return OTHER_NAMES.get(name, {})
