"""An OpenID Connect provider over HTTP: the code flow with PKCE, by Authlib.

Source: OpenID Connect Core 1.0, sections 3.1 and 5.3; OpenID Connect Discovery 1.0, section 4.
"""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from vostok.domain.identity import Identity, SignInTrip
from vostok.errors import NotAuthenticatedError, UnavailableError
from vostok.services.people.open_id import checked_identity

SCOPE: Final = "openid email profile"
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "ES384", "EdDSA")
"""Only with a key that the provider publishes; none by a shared secret, and not `none`."""
TIMEOUTS: Final = httpx2.Timeout(10.0, connect=5.0)
ANSWER_BYTES_MAX: Final = 1 << 20
KNOWN_SECONDS: Final = 3_600.0
KEYS_KNOWN_SECONDS_MIN: Final = 60.0
"""Whoever brings an answer with an unknown key has the keys fetched no more often than this."""
CLOCKS_APART_SECONDS_MAX: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class _Metadata:
    """What a provider says of itself. Source: OpenID Connect Discovery 1.0, section 3."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None


class HttpOpenIdProvider:
    """Implements `services.ports.OpenIdProvider`.

    Args:
        name: what people call it.
        issuer: its address, without the path of discovery.
        client_id: under which name this server is known there.
        client_secret: given there; None for a public client.
        back: the address here to which it sends browsers back.
    """

    def __init__(
        self, *, name: str, issuer: str, client_id: str, client_secret: str | None, back: str
    ) -> None:
        self._name = name
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._back = back
        self._lock = threading.Lock()
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    @property
    def name(self) -> str:
        """What people call it."""
        return self._name

    @property
    def issuer(self) -> str:
        """Its address."""
        return self._issuer

    def address_for(self, trip: SignInTrip) -> str:
        """Where a browser goes to be asked who its owner is."""
        endpoint = self._found().authorization_endpoint
        with self._client() as client:
            address, _ = client.create_authorization_url(
                endpoint, state=trip.state, code_verifier=trip.verifier, nonce=trip.nonce
            )
        return str(address)

    def identity(self, trip: SignInTrip, code: str) -> Identity:
        """Whom the code stands for. See `services.ports.OpenIdProvider`."""
        metadata = self._found()
        with _said_plainly(self._issuer), self._client() as client:
            answer = client.fetch_token(
                metadata.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=trip.verifier,
            )
            claims = self._believed(answer, trip)
            if "email" not in claims and metadata.userinfo_endpoint:
                told = _document(client, metadata.userinfo_endpoint)
                # Source: OpenID Connect Core 1.0, section 5.3.2.
                if told.get("sub") == claims["sub"]:
                    claims = {**told, **claims}
        return checked_identity(
            Identity(
                issuer=self._issuer,
                subject=str(claims["sub"]),
                email=_text(claims, "email"),
                is_email_verified=claims.get("email_verified") is True,
                preferred_name=_text(claims, "preferred_username"),
            )
        )

    def _believed(self, answer: Mapping[str, Any], trip: SignInTrip) -> dict[str, Any]:
        """The claims of the signed answer, all checked.

        Source: OpenID Connect Core 1.0, section 3.1.3.7.
        """
        signed = answer.get("id_token")
        if not isinstance(signed, str):
            raise NotAuthenticatedError("the provider's answer has no ID token")
        try:
            token = jwt.decode(signed, self._published_keys(), algorithms=list(ALGORITHMS))
        except InvalidKeyIdError:
            keys = self._published_keys(newer_than=KEYS_KNOWN_SECONDS_MIN)
            token = jwt.decode(signed, keys, algorithms=list(ALGORITHMS))
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": self._issuer},
                "aud": {"essential": True, "value": self._client_id},
            },
            params={
                "nonce": trip.nonce,
                "client_id": self._client_id,
                "access_token": answer.get("access_token"),
            },
        )
        claims.validate(leeway=CLOCKS_APART_SECONDS_MAX)
        return dict(claims)

    def _client(self) -> OAuth2Client:
        return OAuth2Client(
            client_id=self._client_id,
            client_secret=self._client_secret,
            token_endpoint_auth_method=(
                "client_secret_basic" if self._client_secret is not None else "none"
            ),
            scope=SCOPE,
            redirect_uri=self._back,
            code_challenge_method="S256",
            timeout=TIMEOUTS,
            follow_redirects=False,
        )

    def _found(self) -> _Metadata:
        """What the provider says of itself, asked for once an hour."""
        with self._lock:
            if self._metadata is None or self._metadata[0] < time.monotonic() - KNOWN_SECONDS:
                address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
                with _said_plainly(self._issuer), _reader() as client:
                    found = _metadata(_document(client, address), self._issuer)
                self._metadata = time.monotonic(), found
            return self._metadata[1]

    def _published_keys(self, *, newer_than: float = KNOWN_SECONDS) -> KeySet:
        address = self._found().jwks_uri
        with self._lock:
            if self._keys is None or self._keys[0] < time.monotonic() - newer_than:
                with _reader() as client:
                    keys = KeySet.import_key_set(_document(client, address))  # type: ignore[arg-type]
                self._keys = time.monotonic(), keys
            return self._keys[1]


def _reader() -> httpx2.Client:
    return httpx2.Client(timeout=TIMEOUTS, follow_redirects=False)


@contextmanager
def _said_plainly(issuer: str) -> Iterator[None]:
    """Say what went wrong at a provider in words of this program; details stay away from users."""
    try:
        yield
    except (httpx2.HTTPError, OSError) as error:
        raise UnavailableError(
            f"{issuer} does not answer: {type(error).__name__}",
            hint="try again later, or sign in with a password",
        ) from error
    except (AuthlibBaseError, JoseError, ValueError, KeyError) as error:
        raise NotAuthenticatedError(
            f"the answer of {issuer} cannot be believed: {type(error).__name__}",
            hint="begin again: /sign-in",
        ) from error


def _document(client: httpx2.Client, address: str) -> dict[str, Any]:
    """A JSON object at an address, of bounded size.

    Raises:
        ValueError: it is none, or too large.
    """
    with client.stream("GET", address, headers={"Accept": "application/json"}) as answer:
        answer.raise_for_status()
        content = b""
        for part in answer.iter_bytes():
            content += part
            if len(content) > ANSWER_BYTES_MAX:
                raise ValueError("too large")
    found = httpx2.Response(200, content=content).json()
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 - the provider's fault, not the caller's
    return found


def _metadata(document: Mapping[str, Any], issuer: str) -> _Metadata:
    """What a provider says of itself, checked.

    Raises:
        UnavailableError: it speaks for another, or names addresses that would not do.
    """
    if document.get("issuer") != issuer:
        raise UnavailableError(
            f"{issuer} says that it is {str(document.get('issuer'))[:200]!r}",
            hint="set open_id_issuer to exactly what the provider calls itself",
        )
    wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    for name in (*wanted, *(("userinfo_endpoint",) if "userinfo_endpoint" in document else ())):
        address = document.get(name)
        if not isinstance(address, str) or not _is_as_safe(address, issuer):
            raise UnavailableError(f"the {name} of {issuer} is {str(address)[:200]!r}")
    return _Metadata(
        **{name: document[name] for name in wanted},
        userinfo_endpoint=document.get("userinfo_endpoint"),
    )


def _is_as_safe(address: str, issuer: str) -> bool:
    """Whether it is https, or on this machine where the provider itself is."""
    parts, own = urlsplit(address), urlsplit(issuer)
    if parts.scheme == "https":
        return bool(parts.hostname)
    return parts.scheme == own.scheme == "http" and parts.hostname == own.hostname


def _text(claims: Mapping[str, Any], name: str) -> str:
    found = claims.get(name)
    return found if isinstance(found, str) else ""
