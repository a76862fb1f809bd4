"""What a request's header Authorization shows."""

import base64

from vostok.errors import NotAuthenticatedError


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
