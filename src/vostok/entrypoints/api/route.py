"""What every operation of the API does with a request before its own code runs."""

import inspect
from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property
from typing import Any, Final

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

NAME_SHOWN_CHARACTERS: Final = 100
UNKNOWN_SHOWN_MAX: Final = 20

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Operation(APIRoute):
    """A route that knows which parameters a query of it may have.

    A filter that is misspelt and passed over would have the answer look as if it were kept to.
    """

    def get_route_handler(self) -> Handler:
        """Refuse what is unknown together with everything else that is wrong; then go on."""
        handle = super().get_route_handler()
        known = _known_parameters(self.dependant)

        async def handled(request: Request) -> Response:
            unknown = _unknown(request, known)
            if unknown:
                raise RequestValidationError([*unknown, *await self._other_faults(request)])
            return await handle(request)

        return handled

    async def _other_faults(self, request: Request) -> list[Any]:
        try:
            await self._checked_only(request)
        except RequestValidationError as error:
            return list(error.errors())
        return []

    @cached_property
    def _checked_only(self) -> Handler:
        """The handler of a route that takes and checks the same, and does nothing."""

        def nothing(**_values: object) -> None:
            """Take what the operation takes."""

        signature = inspect.signature(self.endpoint)
        nothing.__signature__ = signature.replace(return_annotation=None)  # type: ignore[attr-defined]  # as `inspect` reads it
        twin = APIRoute(self.path, nothing, methods=self.methods, dependencies=self.dependencies)
        return twin.get_route_handler()


def _unknown(request: Request, known: set[str]) -> list[Mapping[str, Any]]:
    unknown = sorted(set(request.query_params) - known)
    there = f"there are {', '.join(sorted(known))}" if known else "there are none here"
    return [
        {
            "type": "unknown_parameter",
            "loc": ("query", name[:NAME_SHOWN_CHARACTERS]),
            "msg": f"no such parameter; {there}",
            "input": None,
        }
        for name in unknown[:UNKNOWN_SHOWN_MAX]
    ]


def _known_parameters(dependant: Dependant) -> set[str]:
    """The query parameters of a route and of all that it depends on."""
    known = {field.alias for field in dependant.query_params}
    return known.union(*map(_known_parameters, dependant.dependencies))
