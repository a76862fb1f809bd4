"""Mail from beginning to end: the server's and the executor's processes, and a mail server."""

import re
import time
from collections.abc import Callable
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

from bench.installation import Installation, installed
from tests.adapters.test_mail_sender import PostBox, mail_server

from vostok.adapters.clock import SystemClock
from vostok.bootstrap import build_services
from vostok.domain.archive import ArchiveKind, ArchiveState

WAIT_SECONDS_MAX = 60.0


def add_archive(installation: Installation) -> None:
    """An archive whose imports fail, for nobody listens at its mirror."""
    services = build_services(installation.settings, url="")
    with services.database.write() as transaction:
        archive = transaction.archives.add(
            name="debian", kind=ArchiveKind.EXTERNAL, at=SystemClock().now(), requested_by="ann"
        )
        transaction.archives.set_state(archive.id, ArchiveState.ACTIVE)


def subscribe(installation: Installation) -> None:
    installation.ask("POST", "/persons", {"name": "lou", "email": "lou@example.org"})
    made = installation.ask("POST", "/persons/lou/tokens", {"name": "mine"})
    answer = installation.client.post(
        "/api/v1/subscriptions",
        json={"archive": "debian", "topics": ["job-failed"]},
        headers={"Authorization": f"Bearer {made['token']}"},
    )
    assert answer.is_success, answer.text


def letter(box: PostBox, number: int) -> EmailMessage:
    """A letter that the mail server has been handed, once it has."""
    wait_until(lambda: len(box.envelopes) > number)
    found = message_from_bytes(box.envelopes[number][2], policy=default)
    assert isinstance(found, EmailMessage)
    return found


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not is_so():
        assert time.monotonic() < deadline, f"not within {WAIT_SECONDS_MAX} s"
        time.sleep(0.1)


def test_who_subscribes_confirms_the_address_and_is_told_of_a_job_that_failed(
    tmp_path: Path,
) -> None:
    box = PostBox()
    with mail_server(box) as server:
        settings = {
            "mail_host": server.host,
            "mail_port": str(server.port),
            "mail_security": "none",
            "mail_from": "vostok@example.org",
        }
        with installed(tmp_path / "stage", "sqlite", more=settings) as installation:
            add_archive(installation)
            subscribe(installation)
            asked = letter(box, 0)
            link = re.search(r"http://\S+/mail/confirm/\S+", asked.get_content())
            assert link is not None
            installation.client.post(urlsplit(link[0]).path).raise_for_status()
            installation.ask(
                "POST",
                "/imports",
                {"name": "debian", "suites": ["sid"], "mirror": "http://127.0.0.1:1/debian"},
            )

            told = letter(box, 1)

    assert [to for _, to, _ in box.envelopes] == [["lou@example.org"]] * 2
    assert told["Subject"] == "[Vostok] debian: 1 job failed"
    assert "/unsubscribe/" in told["List-Unsubscribe"]
