"""Sends webhooks: one request to an address that was checked, and nothing behind it.

The name is resolved once and the connection goes to the very address that was judged, so that a
name cannot lead elsewhere the second time it is asked for. No proxy, no redirection, no cookie.
"""

import http
import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, urlsplit

from vostok import __version__
from vostok.domain.delivery import ANSWER_BYTES_KEPT, SentAnswer
from vostok.domain.webhook import Network, check_literal, is_reachable, unreachable
from vostok.errors import InvalidInputError

CONNECT_SECONDS_MAX: Final = 5.0
SEND_SECONDS_MAX: Final = 15.0
"""For all of one attempt behind the resolution of the name, however slowly the other side is."""
_PORTS: Final = {"http": 80, "https": 443}


class HttpWebhookSender:
    """Implements `services.webhooks.WebhookSender`."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)

    def check(self, address: str) -> None:
        """Nothing, if it is an address of http or https. See `WebhookSender.check`."""
        place = _place(address)
        check_literal(place.hostname or "", self._networks)

    def send(self, address: str, headers: dict[str, str], body: bytes) -> SentAnswer:
        """What came of one attempt. See `WebhookSender.send`."""
        try:
            place = _place(address)
            return self._send(place, headers, body)
        except (OSError, ValueError, http.client.HTTPException, InvalidInputError) as error:
            told = _told(error)
            return SentAnswer(status=None, text=told[:ANSWER_BYTES_KEPT])

    def _send(self, place: SplitResult, headers: dict[str, str], body: bytes) -> SentAnswer:
        with self._connection(place) as connected:
            # Closes what a receiver who sends a byte now and then would keep open for ever.
            watchdog = threading.Timer(SEND_SECONDS_MAX, _shut, [connected])
            watchdog.daemon = True
            watchdog.start()
            try:
                return _exchange(connected, place, headers, body)
            finally:
                watchdog.cancel()

    def _connection(self, place: SplitResult) -> socket.socket:
        host, port = place.hostname or "", place.port or _PORTS[place.scheme]
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, target = found[0]
        if not is_reachable(ip_address(str(target[0]).partition("%")[0]), self._networks):
            raise unreachable(host)
        connected = socket.socket(family, kind, protocol)
        try:
            connected.settimeout(CONNECT_SECONDS_MAX)
            connected.connect(target)
            if place.scheme == "https":
                connected = ssl.create_default_context().wrap_socket(
                    connected, server_hostname=host
                )
        except BaseException:
            connected.close()
            raise
        return connected


def _exchange(
    connected: socket.socket, place: SplitResult, headers: dict[str, str], body: bytes
) -> SentAnswer:
    connected.settimeout(SEND_SECONDS_MAX)
    port = "" if place.port is None else f":{place.port}"
    host = place.hostname or ""
    name = f"[{host}]" if ":" in host else host
    connection = http.client.HTTPConnection(host)
    connection.sock = connected
    target = (place.path or "/") + (f"?{place.query}" if place.query else "")
    connection.request(
        "POST",
        target,
        body,
        {
            **headers,
            "Host": name + port,
            "User-Agent": f"Vostok/{__version__}",
            "Connection": "close",
        },
    )
    answer = connection.getresponse()
    content = answer.read(ANSWER_BYTES_KEPT)
    return SentAnswer(
        status=answer.status,
        text=content.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}"),
        is_gone=answer.status == http.HTTPStatus.GONE,
    )


def _told(error: Exception) -> str:
    """What went wrong, as a sentence for who reads the log of a webhook."""
    match error:
        case socket.gaierror():
            is_passing = error.errno == socket.EAI_AGAIN
            return "the host name " + (
                "could not be looked up just now" if is_passing else "is not known"
            )
        case ConnectionRefusedError():
            return "the connection was refused"
        case TimeoutError():
            return "there was no answer in time"
        case ssl.SSLCertVerificationError():
            return f"the certificate is not trusted: {error.verify_message}"
        case OSError(strerror=str() as words):
            return words.lower()
        case _:
            pass
    return str(error) or type(error).__name__


def _shut(connected: socket.socket) -> None:
    try:
        connected.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has ended by itself


def _place(address: str) -> SplitResult:
    """The parts of an address.

    Raises:
        InvalidInputError: it is not one of http or https, or says more than where to send.
    """
    try:
        place = urlsplit(address)
        is_port = place.port is None or place.port > 0
        (place.hostname or "").encode("idna")  # as its resolution does: no label empty or too long
    except ValueError:
        place, is_port = urlsplit(""), False
    is_plain = address.isascii() and address.isprintable() and " " not in address
    if place.scheme not in _PORTS or not place.hostname or not is_port or not is_plain:
        raise InvalidInputError(
            f"{address[:200]!r} is no address of http or https",
            hint="give one like https://ci.example.org/vostok",
            reason="not-an-address",
        )
    if place.username is not None or place.password is not None or place.fragment:
        raise InvalidInputError(
            "the address holds a user name, a password or a fragment, which would be shown",
            hint="the receiver knows who sends by the signature: docs/how-to/follow-an-archive.md",
            reason="not-an-address",
        )
    return place
