"""Mail by SMTP (RFC 5321), encrypted unless the settings say otherwise.

Headers say that nobody wrote the letter by hand (RFC 3834), so that no robot answers it, and how
to end the subscription (RFC 2369; with one click where the server's address is https: RFC 8058).
"""

import smtplib
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

from vostok import __version__
from vostok.domain.delivery import ANSWER_BYTES_KEPT, SentAnswer
from vostok.domain.mail import Letter, MailSecurity

STEP_SECONDS_MAX: Final = 20.0
"""For each answer of the mail server."""
SEND_SECONDS_MAX: Final = 60.0
"""For all of one attempt behind the first connection, however slowly the other side is."""
_ACCEPTED: Final = 250
_REFUSED_FOR_GOOD: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The mail server, and how to sign in there.

    Attributes:
        sender: the address that letters come from.
        password: None: does not sign in.
        trust: makes what certificates are checked with.
    """

    host: str
    port: int
    security: MailSecurity
    sender: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context


class SmtpMailSender:
    """Implements `services.mailing.MailSender`; each letter has a connection of its own."""

    def __init__(self, server: MailServer) -> None:
        self._server = server

    def send(self, letter: Letter) -> SentAnswer:
        """What came of one attempt. See `MailSender.send`."""
        try:
            return self._send(letter)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = error.recipients[letter.to]
            return _answer(code, said, is_gone=code >= _REFUSED_FOR_GOOD)
        except smtplib.SMTPResponseException as error:
            return _answer(error.smtp_code, error.smtp_error)
        except (OSError, ValueError) as error:
            told = str(error) or type(error).__name__
            return SentAnswer(status=None, text=told[:ANSWER_BYTES_KEPT])

    def _send(self, letter: Letter) -> SentAnswer:
        server = self._server
        message = message_of(letter, server.sender)
        connection = self._connection()
        # Ends what a server that says a line now and then would keep open for ever.
        watchdog = threading.Timer(SEND_SECONDS_MAX, _shut, [connection])
        watchdog.daemon = True
        watchdog.start()
        try:
            if server.security is MailSecurity.STARTTLS:
                connection.starttls(context=server.trust())
            if server.user is not None and server.password is not None:
                connection.login(server.user, server.password)
            connection.send_message(message, server.sender, [letter.to])
            # It has the letter; how it takes the leave does not matter.
            with suppress(OSError):
                connection.quit()
        finally:
            watchdog.cancel()
            connection.close()
        return SentAnswer(status=_ACCEPTED, text="taken by the mail server")

    def _connection(self) -> smtplib.SMTP:
        server = self._server
        if server.security is MailSecurity.TLS:
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=STEP_SECONDS_MAX, context=server.trust()
            )
        return smtplib.SMTP(server.host, server.port, timeout=STEP_SECONDS_MAX)


def message_of(letter: Letter, sender: str) -> EmailMessage:
    """The letter with all its headers.

    No value can begin another header: the policy refuses line breaks, and addresses are put
    together from their parts.

    Raises:
        ValueError: a value cannot be one of a header.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Vostok", addr_spec=sender)
    message["To"] = Address(addr_spec=letter.to)
    message["Subject"] = letter.subject
    message["Date"] = letter.at
    message["Message-ID"] = f"<{letter.key}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["User-Agent"] = f"Vostok/{__version__}"
    if letter.unsubscribe is not None:
        message["Precedence"] = "list"
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        if letter.unsubscribe.startswith("https://"):
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content(letter.text)
    return message


def _answer(code: int, said: bytes | str, *, is_gone: bool = False) -> SentAnswer:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    shown = "".join(sign if sign.isprintable() else " " for sign in text)
    return SentAnswer(status=code, text=shown[:ANSWER_BYTES_KEPT], is_gone=is_gone)


def _shut(connection: smtplib.SMTP) -> None:
    found = connection.sock
    try:
        if found is not None:
            found.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself
