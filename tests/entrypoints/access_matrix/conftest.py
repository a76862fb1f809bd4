"""A server with something behind every door, on which nothing is ever done, and all who come."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from httpx2 import ASGITransport, AsyncClient
from tests.entrypoints.access_matrix.asked_rights import HERE
from tests.entrypoints.access_matrix.comers import Comer, everybody
from tests.entrypoints.access_matrix.doors import KEPT_OUT, Door, Send, all_doors
from tests.entrypoints.installation import ADMINISTRATOR, URL, Installation
from tests.entrypoints.pages.site import whole_site

from vostok.adapters.database import schema
from vostok.domain.access import Role
from vostok.domain.delivery import NewDelivery
from vostok.domain.identity import Identity
from vostok.domain.mail import MAILED_BY_DEFAULT, LetterKind, payload_of
from vostok.domain.news import NewsPosition
from vostok.domain.person import Certificate
from vostok.domain.rights import Holder, HolderKind, Right
from vostok.domain.session import Visitor
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest
from vostok.services.people.robots import RobotRequest
from vostok.services.rebuilding.outgoing import OutgoingRequest

WRITTEN_BY_LOOKING = {"token", "session"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, filled_root: Path) -> Iterator[Installation]:
    with whole_site(filled_root, tmp_path_factory.mktemp("matrix")) as (installation, _):
        _add_whom_it_is_done_to(installation)
        yield installation


def _add_whom_it_is_done_to(installation: Installation) -> None:
    """A person and a team without rights, with all that a person can have."""
    services = installation.services
    services.people.add(ADMINISTRATOR, "nil", email="nil@example.org", role=Role.MEMBER)
    services.people.create_token(ADMINISTRATOR, TokenRequest(person="nil", name="laptop"))
    services.people.add(ADMINISTRATOR, "vic", email="vic@example.org", role=Role.MEMBER)
    vic = Holder(kind=HolderKind.PERSON, name="vic")
    seen = GrantRequest(archive=HERE, holder=vic, right=Right.VIEW)
    services.rights.give(ADMINISTRATOR, seen)  # whoever administers it is told of vic
    services.rights.add_team(ADMINISTRATOR, "nobodies")
    robot = RobotRequest(name="nil-robot", purpose="x", answerable="nil")
    services.robots.add(ADMINISTRATOR, robot)
    services.outgoing.request(
        ADMINISTRATOR,
        OutgoingRequest(
            archive=HERE, selection="lamp", reason="elsewhere", maintainer="A B <a@example.org>"
        ),
    )
    with services.database.write() as transaction:
        nil, archive = transaction.people.named("nil"), transaction.archives.named(HERE)
        at = archive.created_at
        transaction.identities.link(
            nil.id, Identity(issuer="https://id.example.org", subject="nil"), at
        )
        certificate = Certificate(
            fingerprint="A" * 40, armoured="of nobody", user_ids=(), expires_at=None
        )
        transaction.people.add_key(nil.id, certificate, by="ada", at=at)
        topics = MAILED_BY_DEFAULT
        transaction.mail.put(nil.id, archive.id, None, topics, position=NewsPosition(), at=at)
        letter = NewDelivery(key="k", item="i", topic=LetterKind.NEWS, payload=payload_of([]))
        transaction.letters.put(nil.id, [letter], at=at)
    services.sessions.begin_for(nil, Visitor(address="10.0.0.1", agent=""))


@pytest.fixture(scope="module")
def comers(world: Installation) -> dict[str, Comer]:
    found = everybody(world)
    _write_nothing(world)
    return found


@pytest.fixture(scope="module")
def doors(world: Installation) -> list[Door]:
    return all_doors(world)


@pytest.fixture(scope="module")
def send(world: Installation) -> Iterator[Send]:
    """Sends a request. Thousands are sent, and a test client would begin a thread for each."""
    loop = asyncio.new_event_loop()
    client = AsyncClient(transport=ASGITransport(app=world.app), base_url=URL)
    yield lambda *asked, **given: loop.run_until_complete(client.request(*asked, **given))
    loop.run_until_complete(client.aclose())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def _write_nothing(world: Installation) -> None:
    """From now on the database takes back whatever is done, so every door is tried in earnest."""
    with closing(sqlite3.connect(world.settings.data_root / "vostok.db")) as connection:
        for table in schema.metadata.tables.keys() - WRITTEN_BY_LOOKING:
            for change in ("insert", "update", "delete"):
                connection.execute(
                    f'create trigger "no_{change}_{table}" before {change} on "{table}" '
                    f"begin select raise(abort, '{KEPT_OUT}'); end"
                )
        connection.commit()


def set_private(world: Installation, archive: str) -> None:
    """Hide an archive, in a database that takes no deed any more."""
    with closing(sqlite3.connect(world.settings.data_root / "vostok.db")) as connection:
        connection.execute('drop trigger "no_update_archive"')
        connection.execute("update archive set is_private = 1 where name = ?", (archive,))
        connection.commit()
