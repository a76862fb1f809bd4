"""A campaign's table of packages: filtered, sorted and cut into pages by what the address asks."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from vostok.debian.version import Version
from vostok.entrypoints.pages.looks import ATTENTION, TROUBLE, UNFINISHED_BUILDS, rank
from vostok.entrypoints.pages.proofs import compilers_found
from vostok.errors import InvalidInputError
from vostok.services.documents import BuildView

ROWS_MAX = 500
TEXT_MAX = 200
_PAGE_NUMBER = re.compile("[1-9][0-9]{0,5}")
GROUPS = {"trouble": TROUBLE, "unfinished": UNFINISHED_BUILDS}
DEFAULT_SORT = "state"


def _version_key(build: BuildView) -> tuple[Any, ...]:
    """Debian's order; what is no version comes first, by its text."""
    text = build.get("version") or ""
    try:
        return (1, Version(text))
    except InvalidInputError:
        return (0, text)


_KEYS: dict[str, Callable[[BuildView], tuple[Any, ...]]] = {
    "source": lambda build: (build["source"],),
    "architecture": lambda build: (build["architecture"],),
    "rebuild": lambda build: (build["rebuild_no"],),
    "version": _version_key,
    "state": lambda build: (rank(build["state"], ATTENTION), build["state"]),
    "seconds": lambda build: (build.get("seconds") or 0,),
    "compiler": lambda build: (compilers_found(build),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuery:
    """What the reader asked to see; each change of it is another address."""

    state: str = ""
    text: str = ""
    sort: str = DEFAULT_SORT
    descending: bool = False
    page: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether rows are left out."""
        return bool(self.state or self.text)

    @property
    def sort_parameter(self) -> str:
        """The sort as it stands in the address; empty for the usual one."""
        if self.sort == DEFAULT_SORT and not self.descending:
            return ""
        return f"-{self.sort}" if self.descending else self.sort

    def address(self, **changes: str | int) -> str:
        """This page's query with some of it changed: `?…`, or `?` for all rows in usual order."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]  # replace() checks the names, not mypy
        page = str(changed.page) if changed.page > 1 else ""
        given = {
            "state": changed.state,
            "q": changed.text,
            "sort": changed.sort_parameter,
            "page": page,
        }
        return "?" + urlencode({name: value for name, value in given.items() if value})

    def sorted_by(self, column: str) -> str:
        """The address that sorts by a column; a second time, the other way round."""
        turned = self.sort == column and not self.descending
        return self.address(sort=column, descending=turned)

    def direction(self, column: str) -> str:
        """The column's `aria-sort`."""
        if self.sort != column:
            return "none"
        return "descending" if self.descending else "ascending"


def table_query(parameters: Mapping[str, str]) -> TableQuery:
    """The query in an address; what it does not know counts as not asked."""
    sort = parameters.get("sort", "")
    column = sort.removeprefix("-")
    page = parameters.get("page", "")
    return TableQuery(
        state=parameters.get("state", "")[:TEXT_MAX],
        text=parameters.get("q", "")[:TEXT_MAX].strip(),
        sort=column if column in _KEYS else DEFAULT_SORT,
        descending=column in _KEYS and sort.startswith("-"),
        page=int(page) if _PAGE_NUMBER.fullmatch(page) else 1,
    )


def selected(builds: Sequence[BuildView], query: TableQuery) -> list[BuildView]:
    """The builds that the query asks for, in its order; equal ones by source. O(n log n)."""
    states = GROUPS.get(query.state, frozenset({query.state}))
    text = query.text.casefold()
    found = [
        build
        for build in builds
        if (not query.state or build["state"] in states)
        and (not text or text in build["source"].casefold())
    ]
    found.sort(key=lambda build: (build["source"], build["architecture"], build["rebuild_no"]))
    return sorted(found, key=_KEYS[query.sort], reverse=query.descending)


def page_count(rows: int) -> int:
    """Pages that hold so many rows; at least one."""
    return max(1, -(-rows // ROWS_MAX))


def page_rows(builds: Sequence[BuildView], page: int) -> Sequence[BuildView]:
    """The rows of one page, which counts from one."""
    start = (min(page, page_count(len(builds))) - 1) * ROWS_MAX
    return builds[start : start + ROWS_MAX]
