"""The tables of a page, and the links to the same for programs that stand behind each."""

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from httpx2 import Response

LINKS = "table-links"
_BETWEEN_DAY_AND_HOUR = re.compile(r"(?<=[0-9])T(?=[0-9]{2}:)")
IN_OTHER_WORDS = frozenset(
    {
        "Delivery", "Publication",  # said in front of a number
        "Every archive", "Every person",  # the defaults: `default archives`
        "Only on the left", "Only on the right", "Higher on the left", "Higher on the right",
        "Same version, other bytes",  # groups: `only-left`
    }
)  # fmt: skip
"""Heads of rows that are words for people, where programs get others."""


@dataclass(slots=True, kw_only=True)
class PageTable:
    """A table, or several in a row that are pieces of one: with the same columns, or one name.

    Attributes:
        name: by which its pieces are told, where their columns differ; empty for most.
        columns: the texts of its head.
        row_count: rows of all its bodies; of a table that lies on its side, its columns.
        titles: the first words in the head of each row.
        links: hrefs of what stands behind it, in front of the next table.
    """

    name: str = ""
    columns: tuple[str, ...] = ()
    row_count: int = 0
    titles: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


def tables_of(text: str) -> list[PageTable]:
    """All tables of a page, in their order."""
    parser = _Tables()
    parser.feed(text)
    return parser.found


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOfPrograms:
    """What a link gave.

    Attributes:
        kind: `csv` or `json`; a sentence if it gave neither.
        row_count: lines below the head; of a document, items of its longest list.
        words: everything that stands in it.
    """

    kind: str
    row_count: int = 0
    words: str = ""


def read_for_programs(answer: Response) -> TableOfPrograms:
    """An answer as CSV or JSON, with every row as long as the head."""
    if answer.status_code != 200:
        return TableOfPrograms(kind=f"{answer.url} is answered with {answer.status_code}")
    if answer.headers["content-type"].startswith("text/csv"):
        head, *rows = csv.reader(io.StringIO(answer.text, newline=""), strict=True)
        if {len(row) for row in rows} - {len(head)}:
            return TableOfPrograms(kind=f"{answer.url} has rows of other lengths than its head")
        return TableOfPrograms(kind="csv", row_count=len(rows), words=_plain(str(rows)))
    content = json.loads(answer.text)
    return TableOfPrograms(kind="json", row_count=_longest(content), words=_plain(str(content)))


def faults_of(table: PageTable, found: Sequence[TableOfPrograms]) -> Iterator[str]:
    """What is wrong with that which stands behind a table, for programs."""
    yield from (each.kind for each in found if each.kind not in {"csv", "json"})
    for kind in ("csv", "json"):
        there = [each for each in found if each.kind == kind]
        if not there:
            yield f"it has no {kind}"
        elif all(each.row_count < table.row_count for each in there):
            yield f"it has {table.row_count} rows, and fewer as {kind}"
        else:
            missing = [
                title
                for title in table.titles
                if title not in IN_OTHER_WORDS
                and all(_plain(title) not in each.words for each in there)
            ]
            yield from (f"its row {title} is not in the {kind}" for title in missing[:3])


def _longest(content: object) -> int:
    inner: Sequence[object]
    match content:
        case dict():
            inner = list(content.values())
        case list():
            inner = content
        case _:
            return 0
    return max(len(inner), *map(_longest, inner)) if inner else 0


def _plain(text: str) -> str:
    """A text without what sets words apart, which people and programs are told in other signs."""
    text = _BETWEEN_DAY_AND_HOUR.sub("", text.removesuffix(" UTC")).lower()
    return "".join(character for character in text if character.isalnum())


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[PageTable] = []
        self._current: PageTable | None = None
        self._is_in_body = False
        self._is_on_its_side = False
        self._heads: list[str] = []
        self._words: list[str] | None = None
        self._is_among_links = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        match tag:
            case "table":
                self._current = PageTable(name=given.get("data-table", ""))
                self._is_on_its_side = "data-sideways" in given
                self._heads = []
            case "tbody":
                self._is_in_body = True
            case "tr" if self._current is not None and self._is_in_body:
                self._current.row_count += not self._is_on_its_side
            case "th" if self._current is not None:
                self._words = []
            case "p":
                self._is_among_links = given.get("class") == LINKS
            case "a" if self._is_among_links and self.found:
                self.found[-1].links.append(given["href"])

    def handle_data(self, data: str) -> None:
        if self._words is not None:
            self._words.append(data)

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "th" if self._words is not None and self._current is not None:
                words = [" ".join(word.split()) for word in self._words if word.strip()]
                if self._is_in_body:  # behind a name stand badges and remarks
                    self._current.titles += words[:1]
                else:
                    self._heads.append(" ".join(words))
                self._words = None
            case "tbody":
                self._is_in_body = False
            case "p":
                self._is_among_links = False
            case "table" if self._current is not None:
                self._finish(self._current)
                self._current = None

    def _finish(self, table: PageTable) -> None:
        table.columns = tuple(self._heads)
        if self._is_on_its_side:
            table.row_count, table.titles = len(self._heads) - 1, []
        before = self.found[-1] if self.found else None
        if before is not None and not before.links and _is_one(before, table):
            before.row_count += table.row_count
            before.titles += table.titles
        else:
            self.found.append(table)


def _is_one(first: PageTable, second: PageTable) -> bool:
    if first.name or second.name:
        return first.name == second.name
    return first.columns == second.columns
