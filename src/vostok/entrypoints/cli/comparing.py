"""``vostok archive compare``: what differs between two archives, counts first."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from vostok.client.messages import (
    ComparedPackage,
    ComparedSide,
    Comparison,
    ComparisonRequest,
    Difference,
)
from vostok.domain.comparison import Group
from vostok.entrypoints.cli.arguments import selection_text
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text

if TYPE_CHECKING:
    from vostok.client import Client

DIFFERENCES_PER_PAGE: Final = 10_000
PAGES_MAX: Final = 200
"""Of one list: more than two archives, or two campaigns, can differ in."""
ROWS_PER_GROUP: Final = 100
SHA256_DIGITS_SHOWN: Final = 12
EXIT_DIFFERENT: Final = 8

_WORDS: Final = {
    Group.ONLY_LEFT: "only in {left}",
    Group.ONLY_RIGHT: "only in {right}",
    Group.HIGHER_LEFT: "higher in {left}",
    Group.HIGHER_RIGHT: "higher in {right}",
    Group.OTHER_BYTES: "same version, other bytes",
}


def add_compare(app: typer.Typer) -> None:
    """Register the command in its group."""
    command(
        app,
        "compare",
        examples=[
            "vostok archive compare trial debian/bookworm",
            "vostok archive compare debian/bookworm@1 debian/bookworm@2 --select 'gcc-*'",
            "vostok archive compare trial@3 trial@4 --only other-bytes --exit-code",
        ],
    )(compare_archives)


def compare_archives(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    left: Annotated[
        str, typer.Argument(metavar="A", help="ARCHIVE[/SUITE][@NUMBER or @DATE]: one side.")
    ],
    right: Annotated[str, typer.Argument(metavar="B", help="The other side, written alike.")],
    *,
    select: Annotated[
        str | None,
        typer.Option(
            metavar="EXPR", help="Only sources selected on either side; @FILE reads from a file."
        ),
    ] = None,
    only: Annotated[Group | None, typer.Option(help="Only the differences of this group.")] = None,
    limit: Annotated[
        int,
        typer.Option(min=0, metavar="N", help="Rows shown of each group; 0: all. Not for --json."),
    ] = ROWS_PER_GROUP,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 8 if something differs.")
    ] = False,
) -> None:
    """Compare what two archives show: versions of sources and binaries, and their bytes.

    A and B are snapshots of imported suites or publications of derived ones; without a number
    the newest. `@DATE` is the newest at the end of that day, or at that moment, in UTC.
    """
    request: ComparisonRequest = {
        "left": left,
        "right": right,
        "selection": None if select is None else selection_text(select),
        "group": None if only is None else only.value,
        "limit": DIFFERENCES_PER_PAGE if invocation.output.is_json else 0,
    }
    with invocation.client() as client:
        found = client.compare(request)
        # From here on the same two, even if something is published meanwhile.
        request["left"] = found["left"]["reference"]
        request["right"] = found["right"]["reference"]
        if invocation.output.is_json:
            invocation.output.document(_complete(client, request, found))
        else:
            _show(invocation.output, client, request, found, rows_max=limit)
    if exit_code and not found["is_equal"]:
        raise typer.Exit(EXIT_DIFFERENT)


def _complete(client: "Client", request: ComparisonRequest, found: Comparison) -> Comparison:
    """The comparison with all differences in it, not only those of its page."""
    differences = found["differences"]
    if found["next"] is not None:
        rest: ComparisonRequest = {**request, "cursor": found["next"]}
        differences += _listed(client, rest, found["total"])
    return {**found, "limit": len(differences), "next": None, "differences": differences}


def _listed(client: "Client", request: ComparisonRequest, rows_max: int) -> list[Difference]:
    """The first of the differences that are asked for, page by page."""
    differences: list[Difference] = []
    for _ in range(PAGES_MAX):
        size = min(DIFFERENCES_PER_PAGE, rows_max - len(differences))
        page = client.compare({**request, "limit": size})
        differences += page["differences"]
        if page["next"] is None or len(differences) >= rows_max:
            break
        request = {**request, "cursor": page["next"]}
    return differences


def _show(
    output: Output,
    client: "Client",
    request: ComparisonRequest,
    found: Comparison,
    *,
    rows_max: int,
) -> None:
    left, right = found["left"]["reference"], found["right"]["reference"]
    output.fields([("A", _side(found["left"])), ("B", _side(found["right"]))])
    for side, there in (("A", "architectures_only_left"), ("B", "architectures_only_right")):
        if names := found[there]:  # type: ignore[literal-required]  # one of two keys
            output.note(f"not compared, as only {side} has them: {', '.join(names)}")
    if found["is_equal"]:
        output.text("no differences")
        return
    output.text("")
    _show_counts(output, found)
    counts = found["counts"]
    for group in Group:
        total = counts["sources"][group] + counts["binaries"][group]
        if not total or request["group"] not in (None, group):
            continue
        rows = min(total, rows_max or total)
        listed = _listed(client, {**request, "group": group.value}, rows)
        output.heading(f"\n{_WORDS[group].format(left=left, right=right)}")
        _show_group(output, listed)
        if rows < total:
            output.note(f"{total - rows} more: --only {group} --limit 0")


def _side(side: ComparedSide) -> str:
    return f"{side['reference']} ({side['kind']} of {time_text(side['at'])})"


def _show_counts(output: Output, found: Comparison) -> None:
    """How many of each group, and how many of them stand in each architecture's index."""
    left, right = found["left"]["reference"], found["right"]["reference"]
    counts = found["counts"]
    architectures = counts["architectures"]
    output.table(
        [
            Column(title="GROUP"),
            Column(title="SOURCES", kind="number"),
            Column(title="BINARIES", kind="number"),
            *(Column(title=f"ON {name}", kind="number") for name in architectures),
            Column(title="MEANING"),
        ],
        [
            [
                group,
                str(counts["sources"][group]),
                str(counts["binaries"][group]),
                *(str(of_groups[group]) for of_groups in architectures.values()),
                _WORDS[group].format(left=left, right=right),
            ]
            for group in Group
        ],
    )


def _show_group(output: Output, listed: Iterable[Difference]) -> None:
    output.table(
        [
            Column(title="KIND"),
            Column(title="NAME"),
            Column(title="ON"),
            Column(title="A"),
            Column(title="B"),
        ],
        [
            [
                difference["kind"],
                difference["name"],
                ", ".join(difference["architectures"]),
                _package(difference, difference["left"]),
                _package(difference, difference["right"]),
            ]
            for difference in listed
        ],
    )


def _package(difference: Difference, package: ComparedPackage | None) -> str:
    if package is None:
        return ""
    if difference["group"] != Group.OTHER_BYTES:
        return package["version"]
    return f"{package['version']} {package['sha256'][:SHA256_DIGITS_SHOWN]}…"
