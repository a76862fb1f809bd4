"""Types of what requests say, each with its bound."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from vostok.debian.architecture import check_architecture
from vostok.domain.archive import check_archive_name
from vostok.domain.derivation import parse_parent
from vostok.domain.selection.parser import parse_selection
from vostok.errors import InvalidInputError

TEXT_LENGTH_MAX = 2_000_000
LIST_LENGTH_MAX = 1_000
MOMENT_CHARACTERS_MAX = 64
"""More than a moment with its zone can have; what is longer is not one."""
NUMBER_MAX = (1 << 31) - 1


def without_nul(text: str) -> str:
    """A text that a database keeps.

    Raises:
        ValueError: it holds a null character.
    """
    if "\x00" in text:
        raise ValueError("holds a null character, which no database keeps")
    return text


def checked(check: Callable[[Any], object]) -> AfterValidator:
    """A validator that has a rule of the domain judge a field, beside the others of its body.

    So all fields are told of at once, each with the sentence and the reason of its own rule.
    """

    def judged(text: Any) -> Any:  # noqa: ANN401 - what the field is
        try:
            check(text)
        except InvalidInputError as error:
            told = {"sentence": str(error)}
            known = {"hint": error.hint, "reason": error.reason}
            told.update({key: value for key, value in known.items() if value is not None})
            raise PydanticCustomError("refused", "{sentence}", told) from None
        return text

    return AfterValidator(judged)


Name = Annotated[str, Field(max_length=200), AfterValidator(without_nul)]
Text = Annotated[str, Field(max_length=TEXT_LENGTH_MAX), AfterValidator(without_nul)]
Names = Annotated[list[Name], Field(max_length=LIST_LENGTH_MAX)]
ArchiveName = Annotated[Name, checked(check_archive_name)]
Selection = Annotated[Text, checked(parse_selection)]
Parent = Annotated[Text, checked(parse_parent)]
Architectures = Annotated[
    list[Annotated[Name, checked(check_architecture)]], Field(max_length=LIST_LENGTH_MAX)
]
NameInPath = Annotated[Name, Path()]
NumberInPath = Annotated[int, Path(ge=1, le=NUMBER_MAX)]
Moment = Annotated[AwareDatetime, Field(json_schema_extra={"maxLength": MOMENT_CHARACTERS_MAX})]
Document = dict[str, Any]
DryRun = Annotated[bool, Query(description="Only say what would be; nothing is changed")]
"""Of requests without a body; where there is one, it is a field of it."""


class Body(BaseModel):
    """What a request says; a key that is not known is a fault of the request."""

    model_config = ConfigDict(extra="forbid")


def decoded(text: str) -> bytes:
    """The bytes of a field in Base64.

    Raises:
        InvalidInputError: it is not Base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInputError(f"it is not base64: {error}", reason="not-base64") from None
