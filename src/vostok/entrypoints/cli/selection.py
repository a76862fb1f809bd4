"""``vostok selection``: preview."""

from typing import Annotated, Final

import typer

from vostok.client.messages import Preview
from vostok.entrypoints.cli.arguments import Architectures, selection_text
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, bytes_text

SOURCES_SHOWN: Final = 50
SOURCES_MAX: Final = 100_000
"""As many as the server lists in one answer."""

app = typer.Typer(help="Which sources an expression selects.")


@command(
    app,
    "preview",
    examples=[
        "vostok selection preview debian/bookworm 'lib* and not essential'",
        "vostok selection preview debian/bookworm 'closure(hello)' --all",
        "vostok selection preview debian/bookworm 'needs(libgtk-3-dev, installed)' --json",
    ],
)
def preview(
    invocation: Invocation,
    parent: Annotated[
        str, typer.Argument(metavar="PARENT", help="ARCHIVE/SUITE, or an archive of one suite.")
    ],
    expression: Annotated[
        str,
        typer.Argument(
            metavar="EXPR",
            help="The selection; @FILE in it stands for a file's, @- for standard input's.",
        ),
    ],
    *,
    architecture: Architectures = None,
    show_all: Annotated[
        bool, typer.Option("--all", help=f"List all sources, not only the first {SOURCES_SHOWN}.")
    ] = False,
) -> None:
    """Show what a selection takes: counts, sizes, and each source with the reason.

    Nothing is changed. The language is described in docs/reference/selection.md. With --json all
    sources are listed.
    """
    output = invocation.output
    with invocation.client() as client:
        found = client.preview_selection(
            {
                "parent": parent,
                "selection": selection_text(expression),
                "architectures": architecture or None,
                "limit": SOURCES_MAX if show_all or output.is_json else SOURCES_SHOWN,
            }
        )
    if output.is_json:
        output.document(found)
    else:
        _show(output, found)


def _show(output: Output, found: Preview) -> None:
    sources, selected = found["sources"], found["selected"]
    binaries = [
        f"{row['count']} {row['architecture']} ({bytes_text(row['bytes'])})"
        for row in found["binaries"]
    ]
    output.fields(
        [
            ("parent", f"{found['parent']} at {found['number']}"),
            (
                "sources",
                f"{sources['count']} of {sources['total']} ({bytes_text(sources['bytes'])})",
            ),
            ("binaries", ", ".join(binaries) or "none"),
        ]
    )
    if selected:
        output.text("")
        output.table(
            [Column(title="SOURCE"), Column(title="VERSION"), Column(title="REASON")],
            [[row["source"], row["version"], row["reason"]] for row in selected],
        )
    if len(selected) < sources["count"]:
        output.note(f"{sources['count'] - len(selected)} more: --all lists them")
