"""A server with something on every page, all of it hostile, and all its pages, looked at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.entrypoints.hostile.foreign_text import HOSTILE, poison
from tests.entrypoints.hostile.pages_read import Looked, Walk
from tests.entrypoints.installation import Installation
from tests.entrypoints.pages.site import WHO, all_addresses, whole_site
from tests.entrypoints.pages.visitor import add_person, sign_in

from vostok.domain.delivery import NewDelivery
from vostok.domain.mail import MAILED_BY_DEFAULT, LetterKind, MailAddress, payload_of
from vostok.domain.news import NewsPosition
from vostok.domain.outgoing import OutgoingSource

LOG = (HOSTILE * 3 + "\n").encode() + b"\x1b]0;title\x07\xff\xfe\x00\x9b31m\n" + b"x" * 300_000
SHOWN = {
    ("build", "sentence"), ("campaign", "reason"), ("campaign", "selection"), ("job", "message"),
    ("job", "error"), ("attempt", "result"), ("webhook", "address"), ("person", "email"),
    ("webhook_delivery", "answer"), ("event", "sentence"), ("audit_entry", "detail"),
    ("builder", "reason"), ("session", "agent"), ("token", "name"), ("build", "source"),
    ("source_release", "name"), ("binary_release", "name"), ("person_identity", "subject"),
    ("derivation", "reason"), ("suite", "mirror"), ("upload", "sentence"), ("upload", "source"),
    ("upload_file", "name"), ("letter", "answer"), ("mail_address", "sentence"),
    ("outgoing_source", "warning"), ("outgoing_source", "maintainer"), ("job_line", "text"),
}  # fmt: skip
"""Some of what must be among the fields: else there was nothing to poison."""


@pytest.fixture(scope="session")
def site(
    tmp_path_factory: pytest.TempPathFactory, filled_root: Path
) -> Iterator[tuple[Installation, str]]:
    """A server with something on every page, all of it hostile."""
    with whole_site(filled_root, tmp_path_factory.mktemp("hostile")) as (installation, url):
        sign_in(installation, "lou")
        add_person(installation, "vic")
        _add_letters_and_outgoing(installation)
        root = installation.settings.data_root
        reached = poison(root / "vostok.db")
        for log in (root / "logs").rglob("*.log"):
            log.write_bytes(LOG + log.read_bytes() + LOG)
        assert reached >= SHOWN, SHOWN - reached
        yield installation, url


def _add_letters_and_outgoing(installation: Installation) -> None:
    """What no other test needs on a page: letters of two persons, and a source for elsewhere."""
    letter = NewDelivery(key="k", item="i", topic=LetterKind.NEWS, payload=payload_of([]))
    with installation.services.database.write() as transaction:
        archive = transaction.archives.named("trial")
        at = archive.created_at
        for person in map(transaction.people.named, ("lou", WHO)):
            transaction.mail.put_address(
                MailAddress(
                    person_id=person.id, address=person.email or "", nonce="n",
                    sentence="was asked", asked_at=at, confirmed_at=None,
                )
            )  # fmt: skip
            transaction.mail.put(
                person.id, archive.id, None, MAILED_BY_DEFAULT, position=NewsPosition(), at=at
            )
            transaction.letters.put(person.id, [letter], at=at)
        transaction.outgoing.put(
            archive.id,
            [
                OutgoingSource(
                    source="lamp", source_version="1", version="1build1", warning="it is shadowed",
                    distribution="sid", maintainer="A B <a@example.org>", reason="for libfoo",
                    scheme="ubuntu", requested_by="lou", at=at,
                )
            ],
        )  # fmt: skip


@pytest.fixture(scope="session")
def looked(site: tuple[Installation, str]) -> Looked:
    """All pages and tables, each looked at once by the administrator."""
    installation, _ = site
    return Walk(installation, sign_in(installation, WHO)).looked(all_addresses(installation))
