"""A campaign's table of packages: what the address asks to see of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from vostok.domain.build_list import BuildList, BuildOrder
from vostok.entrypoints.pages.looks import TROUBLE, UNFINISHED_BUILDS, WAITING_BUILDS

ROWS_MAX = 200
"""On one page: 200 KB, which a phone takes in a moment; the whole table is in the CSV."""
TEXT_MAX = 200
_PAGE_NUMBER = re.compile("[1-9][0-9]{0,5}")
GROUPS = {"trouble": TROUBLE, "unfinished": UNFINISHED_BUILDS, "waiting": WAITING_BUILDS}
DEFAULT_SORT = BuildOrder.STATE
_ORDERS = frozenset(BuildOrder)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableQuery:
    """What the reader asked to see; each change of it is another address."""

    state: str = ""
    text: str = ""
    architecture: str = ""
    sort: BuildOrder = DEFAULT_SORT
    descending: bool = False
    page: int = 1

    @property
    def states(self) -> frozenset[str]:
        """The states that are asked for; none: any."""
        return self.states_of(self.state)

    @staticmethod
    def states_of(state: str) -> frozenset[str]:
        """The states of a group, or the one that is named; none for any."""
        return GROUPS.get(state, frozenset({state} if state else ()))

    @property
    def builds(self) -> BuildList:
        """The piece of the campaign's list that this is."""
        return BuildList(
            states=self.states,
            text=self.text,
            architecture=self.architecture,
            order=self.sort,
            descending=self.descending,
            offset=(self.page - 1) * ROWS_MAX,
            limit=ROWS_MAX,
        )

    @property
    def is_narrowed(self) -> bool:
        """Whether rows are left out."""
        return bool(self.state or self.text or self.architecture)

    @property
    def sort_parameter(self) -> str:
        """The sort as it stands in the address; empty for the usual one."""
        if self.sort == DEFAULT_SORT and not self.descending:
            return ""
        return f"-{self.sort}" if self.descending else self.sort

    @property
    def given(self) -> Mapping[str, str]:
        """The fields of the address, but for the page; without the empty ones."""
        fields = {
            "state": self.state,
            "architecture": self.architecture,
            "q": self.text,
            "sort": str(self.sort_parameter),
        }
        return {name: value for name, value in fields.items() if value}

    def address(self, **changes: str | int) -> str:
        """This page's query with some of it changed: `?…`, or `?` for all rows in usual order."""
        changed = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]  # replace() checks the names, not mypy
        page = {"page": str(changed.page)} if changed.page > 1 else {}
        return "?" + urlencode({**changed.given, **page})

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
        architecture=parameters.get("architecture", "")[:TEXT_MAX],
        text=parameters.get("q", "")[:TEXT_MAX].strip(),
        sort=BuildOrder(column) if column in _ORDERS else DEFAULT_SORT,
        descending=column in _ORDERS and sort.startswith("-"),
        page=int(page) if _PAGE_NUMBER.fullmatch(page) else 1,
    )


def page_count(rows: int) -> int:
    """Pages that hold so many rows; at least one."""
    return max(1, -(-rows // ROWS_MAX))
