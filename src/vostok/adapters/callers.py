"""From where a request comes."""

from starlette.requests import HTTPConnection


def address_of(request: HTTPConnection) -> str:
    """The network address of whoever asks; a proxy on this machine says whose it is."""
    return "" if request.client is None else request.client.host
