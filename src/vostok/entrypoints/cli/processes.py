"""``vostok server``, ``executor``, ``builder``: one process of Vostok, as `vostok up` runs three.

Each becomes the process by exec: entry points do not import each other.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from vostok.entrypoints.cli.data_root import prepare_data_root
from vostok.entrypoints.cli.invocation import Invocation, command, command_of_group

_VISIBLE = frozenset({"data_root", "config_file"})


builder_app = typer.Typer()


def register(app: typer.Typer) -> None:
    """Adds the commands."""
    command(
        app, "server", examples=["vostok server --host 0.0.0.0 --port 8600"], visible=_VISIBLE
    )(run_server)
    command(app, "executor", examples=["vostok executor"], visible=_VISIBLE)(run_executor)


def run_server(
    invocation: Invocation,
    *,
    host: Annotated[
        str | None, typer.Option(metavar="H", help="Address to listen on. Default: 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(metavar="P", help="Port. Default: 8600.")] = None,
) -> None:
    """Run only the server.

    It has the API, the pages, the APT repositories and the gateway for builders.
    """
    settings = invocation.settings(host=host, port=port)
    prepare_data_root(settings.data_root)
    _become(
        invocation,
        "vostok.server",
        *("--data-root", str(settings.data_root)),
        *("--host", settings.host),
        *("--port", str(settings.port)),
    )


def run_executor(invocation: Invocation) -> None:
    """Run only an executor.

    It does the jobs and watches over builds.
    """
    root = invocation.settings().data_root
    prepare_data_root(root)
    _become(invocation, "vostok.entrypoints.executor", "--data-root", str(root))


@command_of_group(
    builder_app,
    examples=[
        "vostok builder --url http://vostok.example.org:8600 \\",
        "    --token-file builder.token --root /srv/builder --slots 4",
    ],
    visible=frozenset({"url"}),
)
def run_builder(
    invocation: Invocation,
    *,
    token_file: Annotated[
        Path | None,
        typer.Option(metavar="F", help="File with the builder's token. Default: data root's."),
    ] = None,
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Its chroots and builds. Default: data root's builder."),
    ] = None,
    slots: Annotated[
        int | None, typer.Option(metavar="N", help="Builds at a time. Default: 2.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its name. Default: the host name.")
    ] = None,
) -> None:
    """Run only a builder, or manage those of a server.

    It asks the server for builds and does them in sandboxes. The commands below manage the
    builders of a server instead.
    """
    # 0.3 s that `--help` need not wait for.
    from vostok.entrypoints.cli.connection import find_url  # noqa: PLC0415

    settings = invocation.settings(slots=slots, builder_name=name)
    _become(
        invocation,
        "vostok.entrypoints.builder",
        *("--url", find_url(settings)),
        *("--token-file", str((token_file or settings.builder_token_file).absolute())),
        *("--root", str((root or settings.data_root / "builder").absolute())),
        *("--slots", str(settings.slots)),
        *(("--name", settings.builder_name) if settings.builder_name else ()),
    )


def _become(invocation: Invocation, module: str, *words: str) -> None:
    # 0.2 s that `--help` need not wait for.
    from vostok.config import child_environment  # noqa: PLC0415

    sys.stdout.flush()
    environment = {**child_environment(invocation.settings()), "PYTHONUNBUFFERED": "1"}
    command_words = [sys.executable, "-P", "-m", module, *words]
    os.execve(sys.executable, command_words, environment)  # noqa: S606 - our own module
