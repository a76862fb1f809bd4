"""What a request's header Authorization shows."""

import base64

from vostok.errors import NotAuthenticatedError


def apt_line(url: str, login: str, token: str, archive: str | None) -> str:
    """The line of a file in /etc/apt/auth.conf.d with which apt shows a token for reading.

    Args:
        url: the server's.
        login: whose token it is; apt wants a name, the server looks at the token alone.
        token: what is shown.
        archive: for which; None: for all of the server.

    Source: apt_auth.conf(5), which begins an address with `http://` where no TLS protects it.
    """
    place = f"/archives/{archive}" if archive else ""
    return f"machine {url.rstrip('/')}{place} login {login} password {token}"


def shown_token(authorization: str) -> str | None:
    """The token of a request: as such, or as the password that apt has from its auth.conf.

    Raises:
        NotAuthenticatedError: something was shown that is neither.
    """
    scheme, _, shown = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip()
    if scheme.lower() != "basic":
        return None
    try:
        _, _, password = base64.b64decode(shown.strip(), validate=True).decode().partition(":")
    except ValueError:
        raise NotAuthenticatedError(
            "the credentials cannot be read",
            hint="apt has them from /etc/apt/auth.conf.d: "
            "machine ADDRESS login NAME password TOKEN",
        ) from None
    return password
