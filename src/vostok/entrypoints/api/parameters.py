"""Types of what requests say, each with its bound."""

import base64
import binascii
from typing import Annotated, Any

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from vostok.errors import InvalidInputError

TEXT_LENGTH_MAX = 2_000_000
LIST_LENGTH_MAX = 1_000
NUMBER_MAX = (1 << 31) - 1


def _without_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("holds a null character, which no database keeps")
    return text


Name = Annotated[str, Field(max_length=200), AfterValidator(_without_nul)]
Text = Annotated[str, Field(max_length=TEXT_LENGTH_MAX), AfterValidator(_without_nul)]
Names = Annotated[list[Name], Field(max_length=LIST_LENGTH_MAX)]
NameInPath = Annotated[Name, Path()]
NumberInPath = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Document = dict[str, Any]


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
