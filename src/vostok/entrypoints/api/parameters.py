"""Types of what requests say, each with its bound."""

import base64
import binascii
from typing import Annotated, Any

from fastapi import Header, Path, Request
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vostok.errors import InvalidInputError

TEXT_LENGTH_MAX = 2_000_000
LIST_LENGTH_MAX = 1_000
NUMBER_MAX = (1 << 31) - 1
NAME_SHOWN_CHARACTERS = 100
UNKNOWN_SHOWN_MAX = 20


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a null character, which no database keeps")
    return text


Name = Annotated[str, Field(max_length=200), AfterValidator(_without_nul)]
Text = Annotated[str, Field(max_length=TEXT_LENGTH_MAX), AfterValidator(_without_nul)]
Names = Annotated[list[Name], Field(max_length=LIST_LENGTH_MAX)]
IdempotencyKey = Annotated[Name | None, Header()]
NameInPath = Annotated[Name, Path()]
NumberInPath = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Document = dict[str, Any]


def check_query(request: Request) -> None:
    """Nothing, if the route knows every parameter of the query.

    A filter that is misspelt and passed over would have the answer look as if it were kept to.

    Raises:
        RequestValidationError: it does not know one; the message names those that it knows.
    """
    route = request.scope["route"]
    known = _known_parameters(route.dependant) if isinstance(route, APIRoute) else set()
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        there = f"there are {', '.join(sorted(known))}" if known else "there are none here"
        raise RequestValidationError(
            [
                {
                    "type": "unknown_parameter",
                    "loc": ("query", name[:NAME_SHOWN_CHARACTERS]),
                    "msg": f"no such parameter; {there}",
                    "input": None,
                }
                for name in unknown[:UNKNOWN_SHOWN_MAX]
            ]
        )


def _known_parameters(dependant: Dependant) -> set[str]:
    """The query parameters of a route and of all that it depends on."""
    known = {field.alias for field in dependant.query_params}
    return known.union(*map(_known_parameters, dependant.dependencies))


class Body(BaseModel):
    """What a request says; a key that is not known is a fault of the request."""

    model_config = ConfigDict(extra="forbid")


def decoded(text: str, *, of: str) -> bytes:
    """The bytes of a field in Base64.

    Raises:
        InvalidInputError: it is not Base64; the message names the field.
    """
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise InvalidInputError(f"{of} is not base64: {error}") from None
