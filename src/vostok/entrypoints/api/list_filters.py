"""Filters of lists: `q`, `kind` and `state`, one way for all of them."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from inspect import Parameter, Signature
from typing import Annotated, Any

from fastapi import Query
from pydantic import AfterValidator, Field

from vostok.domain.list_filter import TEXT_CHARACTERS_MAX, ListFilter
from vostok.entrypoints.api.parameters import without_nul

Text = Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX), AfterValidator(without_nul)]


def filtered_by(
    *, kind: type[StrEnum] | None = None, state: type[StrEnum] | None = None
) -> Callable[..., ListFilter]:
    """The dependency of a route that lists things, by what they have."""

    def asked(q: str = "", kind: Sequence[str] = (), state: Sequence[str] = ()) -> ListFilter:
        return ListFilter(text=q, kinds=frozenset(kind), states=frozenset(state))

    parameters = [_parameter("q", Text, "")]
    for name, words in (("kind", kind), ("state", state)):
        if words is not None:
            several = Annotated[list[words], Query(max_length=len(words))]  # type: ignore[valid-type]  # made at run time
            parameters.append(_parameter(name, several, []))
    asked.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # FastAPI reads it
    return asked


def _parameter(name: str, annotation: object, default: Any) -> Parameter:  # noqa: ANN401 - of any type
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
