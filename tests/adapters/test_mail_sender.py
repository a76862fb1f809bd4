"""Mail over real sockets: what a mail server gets, and what becomes of what it does not take."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from vostok.adapters import mail_sender
from vostok.adapters.mail_sender import MailServer, SmtpMailSender, message_of
from vostok.domain.mail import Letter, MailSecurity

LETTER = Letter(
    to="meg@example.org",
    subject="[Vostok] trial: 1 build failed",
    text="hello failed: größer als nötig\n",
    key="abc123",
    at=datetime(2026, 11, 27, 12, tzinfo=UTC),
    unsubscribe="https://vostok.example.org/mail/unsubscribe/1-0",
)


class PostBox:
    """What a mail server was handed; it answers to a recipient as it is told."""

    def __init__(self, answer: str = "250 OK") -> None:
        self.answer = answer
        self.envelopes: list[tuple[str, list[str], bytes]] = []
        self.is_encrypted: list[bool] = []

    async def handle_RCPT(  # noqa: N802 - the server calls it so
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(  # noqa: N802 - the server calls it so
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        assert envelope.mail_from is not None
        assert isinstance(envelope.content, bytes)
        self.is_encrypted.append(session.ssl is not None)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"

    def message(self) -> Message:
        [(_, _, content)] = self.envelopes
        return message_from_bytes(content, policy=default)


@contextmanager
def mail_server(
    box: PostBox,
    **settings: Any,  # noqa: ANN401 - of the server
) -> Iterator[MailServer]:
    """A mail server on this machine, as long as the context lasts."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=10, **settings)
    controller.start()
    try:
        yield MailServer(
            host="127.0.0.1",
            port=port,
            security=MailSecurity.NONE,
            sender="vostok@vostok.example.org",
        )
    finally:
        controller.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that signs itself, and its key."""
    place = tmp_path_factory.mktemp("tls")
    certificate, key = place / "cert.pem", place / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
         str(certificate)],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    return certificate, key


@pytest.fixture
def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


@pytest.fixture
def trust(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate[0]))


def test_a_letter_arrives_with_headers_that_no_robot_answers_and_that_end_it() -> None:
    box = PostBox()

    with mail_server(box) as server:
        answer = SmtpMailSender(server).send(LETTER)

    assert answer.is_taken
    [(sender, recipients, _)] = box.envelopes
    assert (sender, recipients) == ("vostok@vostok.example.org", ["meg@example.org"])
    message = box.message()
    assert message["Message-ID"] == "<abc123@vostok.example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == f"<{LETTER.unsubscribe}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message.get_content_type() == "text/plain"
    assert message.get_content().replace("\r\n", "\n") == LETTER.text  # type: ignore[attr-defined]  # of the policy's class


def test_the_same_letter_is_the_same_message_each_time() -> None:
    sender = "vostok@example.org"

    assert message_of(LETTER, sender).as_bytes() == message_of(LETTER, sender).as_bytes()


def test_one_click_is_offered_over_https_only() -> None:
    letter = replace(LETTER, unsubscribe="http://localhost/mail/unsubscribe/1-0")

    message = message_of(letter, "vostok@example.org")

    assert message["List-Unsubscribe"] is not None
    assert message["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("field", ["to", "subject", "key", "unsubscribe"])
def test_no_value_begins_another_header(field: str) -> None:
    box = PostBox()
    value = "x@example.org\r\nBcc: other@example.org"
    letter = replace(LETTER, **{field: value})  # type: ignore[arg-type]  # fields of text only

    with mail_server(box) as server:
        answer = SmtpMailSender(server).send(letter)

    assert not answer.is_taken
    assert box.envelopes == []


def test_it_is_encrypted_by_starttls(
    server_context: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    box = PostBox()

    with mail_server(box, tls_context=server_context, require_starttls=True) as server:
        secured = replace(server, security=MailSecurity.STARTTLS, trust=lambda: trust)
        answer = SmtpMailSender(secured).send(LETTER)

    assert answer.is_taken
    assert box.is_encrypted == [True]


def test_it_is_encrypted_from_the_beginning(
    server_context: ssl.SSLContext, trust: ssl.SSLContext
) -> None:
    box = PostBox()

    with mail_server(box, ssl_context=server_context) as server:
        secured = replace(server, security=MailSecurity.TLS, trust=lambda: trust)
        answer = SmtpMailSender(secured).send(LETTER)

    assert answer.is_taken
    assert len(box.envelopes) == 1


def test_nothing_is_sent_in_the_clear_to_a_server_that_offers_no_starttls() -> None:
    box = PostBox()

    with mail_server(box) as server:
        answer = SmtpMailSender(replace(server, security=MailSecurity.STARTTLS)).send(LETTER)

    assert not answer.is_taken
    assert not answer.is_gone
    assert box.envelopes == []


def test_nothing_is_sent_to_a_server_whose_certificate_nobody_vouches_for(
    server_context: ssl.SSLContext,
) -> None:
    box = PostBox()

    with mail_server(box, tls_context=server_context) as server:
        answer = SmtpMailSender(replace(server, security=MailSecurity.STARTTLS)).send(LETTER)

    assert "certificate" in answer.text.lower()
    assert box.envelopes == []


@pytest.mark.parametrize(("password", "taken"), [("secret", 1), ("wrong", 0)])
def test_it_signs_in_where_a_name_is_set(
    server_context: ssl.SSLContext, trust: ssl.SSLContext, password: str, taken: int
) -> None:
    def check(
        _server: SMTP, _session: Session, _envelope: Envelope, _how: str, shown: object
    ) -> AuthResult:
        assert isinstance(shown, LoginPassword)
        return AuthResult(success=shown.password == b"secret", handled=False)

    box = PostBox()
    with mail_server(
        box, tls_context=server_context, authenticator=check, auth_required=True
    ) as server:
        secured = replace(
            server, security=MailSecurity.STARTTLS, trust=lambda: trust, user="vostok",
            password=password,
        )  # fmt: skip
        answer = SmtpMailSender(secured).send(LETTER)

    assert answer.is_taken == (len(box.envelopes) == 1)
    assert len(box.envelopes) == taken
    assert not answer.is_gone, "a wrong password says nothing of the recipient"


@pytest.mark.parametrize("said", ["550 no such user", "450 greylisted"])
def test_a_recipient_that_is_refused_for_good_is_told_from_one_that_is_for_now(
    said: str,
) -> None:
    box = PostBox(said)

    with mail_server(box) as server:
        answer = SmtpMailSender(server).send(LETTER)

    assert (answer.is_taken, answer.is_gone) == (False, said.startswith("5"))
    assert (answer.status, answer.text) == (int(said[:3]), said[4:])


def test_a_server_that_is_not_there_is_an_answer_too() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = MailServer(
            host="127.0.0.1", port=taken.getsockname()[1], security=MailSecurity.NONE,
            sender="vostok@example.org",
        )  # fmt: skip

        answer = SmtpMailSender(server).send(LETTER)

    assert (answer.status, answer.is_gone) == (None, False)
    assert "refused" in answer.text


def test_a_server_that_says_nothing_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_sender, "STEP_SECONDS_MAX", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = MailServer(
            host="127.0.0.1", port=silent.getsockname()[1], security=MailSecurity.NONE,
            sender="vostok@example.org",
        )  # fmt: skip

        answer = SmtpMailSender(server).send(LETTER)

    assert "timed out" in answer.text
