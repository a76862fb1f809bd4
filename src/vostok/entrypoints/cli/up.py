"""``vostok up``: the whole system on one machine."""

from typing import Annotated

import typer

from vostok.entrypoints.cli.invocation import Invocation, command

_VISIBLE = frozenset({"is_json", "data_root", "config_file"})


def register(app: typer.Typer) -> None:
    """Adds the command."""
    examples = ["vostok up", "vostok up --data-root /srv/vostok --port 8601 --slots 4"]
    command(app, "up", examples=examples, visible=_VISIBLE)(up)


def up(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    *,
    host: Annotated[
        str | None, typer.Option(metavar="H", help="Address to listen on. Default: 127.0.0.1.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="P", help="Port; 0 takes a free one. Default: 8600.")
    ] = None,
    slots: Annotated[
        int | None, typer.Option(metavar="N", help="Builds at a time. Default: 2.")
    ] = None,
    no_builder: Annotated[
        bool, typer.Option("--no-builder", help="Build nothing on this machine.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Show the children's logs on stderr.")
    ] = False,
) -> None:
    """Run all of Vostok on this machine.

    Server, executor and builder, until Ctrl-C. Everything lies under the data root
    (/var/lib/vostok for root, else vostok in the user's data directory). A child that dies is
    started again; builds and jobs go on where they were. Ends with 130 after Ctrl-C, 143 after
    SIGTERM.
    """
    # 0.3 s that `--help` need not wait for.
    from vostok.entrypoints.cli import machine  # noqa: PLC0415

    settings = invocation.settings(host=host, port=port, slots=slots)
    specs = machine.without_builder if no_builder else machine.whole_system
    status = machine.run_machine(settings, invocation.output, is_verbose=verbose, specs=specs)
    raise typer.Exit(status)
