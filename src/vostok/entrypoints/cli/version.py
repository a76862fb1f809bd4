"""``vostok version``: explain."""

from typing import Annotated

import typer

from vostok.client.messages import VersionProof
from vostok.domain.rebuild_version.schemes import Purpose, VersionScheme
from vostok.entrypoints.cli.arguments import ArchiveName
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output

app = typer.Typer(help="Which versions rebuilds get, and why.")


@command(
    app,
    "explain",
    examples=[
        "vostok version explain trial hello",
        "vostok version explain trial hello --base 1.2-3+b1 --purpose changed",
        "vostok version explain trial hello --scheme vendor --vendor acme --json",
    ],
)
def explain(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Name of a source package.")],
    *,
    base: Annotated[
        str | None,
        typer.Option(
            metavar="V",
            help="Suppose that there is nothing of the source but this version, `1.2-3+b1`; it "
            "need not be taken then.",
        ),
    ] = None,
    scheme: Annotated[
        VersionScheme | None, typer.Option(help="By default the archive's own.")
    ] = None,
    vendor: Annotated[
        str, typer.Option(metavar="WORD", help="The word of the scheme vendor.")
    ] = "",
    purpose: Annotated[
        Purpose,
        typer.Option(
            help="What the version is for: binaries alone, a no-change source, or a source with "
            "a fix."
        ),
    ] = Purpose.BINARY_ONLY,
) -> None:
    """Show the version that a source would get, and everything that it is compared with.

    ORDER says what the version has to be of the other one: above what is there, below what may
    come. Where it is not, LEVEL decides: must refuses, warn and «on purpose» issue and say so.
    «passed» could not come any more: what is there is above it already. Nothing is issued.
    """
    with invocation.client() as client:
        proof = client.explain_version(
            name,
            source,
            {
                "base": base,
                "scheme": scheme,
                "vendor": vendor,
                "purpose": purpose,
            },
        )
    if invocation.output.is_json:
        invocation.output.document(proof)
    else:
        _show(invocation.output, proof)


def _show(output: Output, proof: VersionProof) -> None:
    output.fields(
        [
            ("source", f"{proof['source']} {proof['source_version']}"),
            ("scheme", f"{proof['scheme']} {proof['vendor']}".strip()),
            ("purpose", proof["purpose"]),
            ("present", ", ".join(proof["present"])),
            ("base", proof["base"]),
            ("version", proof["version"]),
            ("result", proof["result"]),
            ("because", proof["sentence"]),
        ]
    )
    output.text("")
    output.table(
        [
            Column(title="ORDER"),
            Column(title="VERSION"),
            Column(title="WHAT"),
            Column(title="LEVEL"),
            Column(title="RESULT"),
        ],
        [
            [line["order"], line["version"], line["what"], line["level"], line["result"]]
            for line in proof["comparisons"]
        ],
    )
