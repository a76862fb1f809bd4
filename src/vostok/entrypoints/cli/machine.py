"""All of Vostok on one machine, as the children of one supervisor."""

import errno
import os
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Final

from vostok.client import Client
from vostok.config import Settings, child_environment
from vostok.entrypoints.cli.data_root import (
    claimed_data_root,
    find_closed_directory,
    prepare_data_root,
    remove_unfinished_files,
    write_atomically,
)
from vostok.entrypoints.cli.output import Output
from vostok.entrypoints.cli.supervisor import ChildSpec, Surroundings, run_children
from vostok.errors import ConflictError, InvalidInputError, VostokError

# Together below 10 s, with what kills may add.
BUILDER_STOP_SECONDS_MAX: Final = 5.0
EXECUTOR_STOP_SECONDS_MAX: Final = 2.0
SERVER_STOP_SECONDS_MAX: Final = 2.0

_EVERYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - named, not bound here


def run_machine(
    settings: Settings,
    output: Output,
    *,
    is_verbose: bool,
    specs: Callable[[Settings, str], Sequence[ChildSpec]],
) -> int:
    """Runs Vostok under the settings' data root until a signal ends it.

    Args:
        settings: their port may be 0.
        output: says where the server is, and what happens to the children.
        is_verbose: whether it also gets the children's logs.
        specs: the children for settings with a port and a URL of the server: `whole_system`,
            or `without_builder`.

    Returns:
        128 + the number of the signal.

    Raises:
        VostokError: it cannot start, or a child died too often.
    """
    root = settings.data_root
    prepare_data_root(root)
    with claimed_data_root(root):
        remove_unfinished_files(root)
        settings = settings.model_copy(update={"port": free_port(settings.host, settings.port)})
        url = local_url(settings.host, settings.port)
        public = settings.model_copy(update={"url": settings.url or url})
        output.note(f"starting Vostok in {root}")
        try:
            return run_children(
                specs(settings, url),
                Surroundings(
                    environment={**child_environment(public), "PYTHONUNBUFFERED": "1"},
                    log_directory=root / "log",
                    announce=output.note,
                    echo=output.note if is_verbose else None,
                ),
                on_ready=lambda: _announce_ready(settings, output, url=url),
            )
        finally:
            settings.address_file.unlink(missing_ok=True)


def whole_system(settings: Settings, url: str) -> list[ChildSpec]:
    """Server, executor and builder, in the order of their start.

    Raises:
        InvalidInputError: root's builds could not reach the data root.
    """
    if os.geteuid() == 0 and (closed := find_closed_directory(settings.data_root)) is not None:
        raise InvalidInputError(
            f"data root {settings.data_root} is out of the build user's reach:"
            f" {closed} is closed to other users",
            hint="name another one with --data-root, or build elsewhere: vostok up --no-builder",
        )
    builder = ChildSpec(
        name="builder",
        command=_module(
            "vostok.entrypoints.builder",
            *("--url", url),
            *("--token-file", str(settings.builder_token_file)),
            *("--root", str(settings.data_root / "builder")),
            *("--slots", str(settings.slots)),
            *(("--name", settings.builder_name) if settings.builder_name else ()),
        ),
        stop_seconds_max=BUILDER_STOP_SECONDS_MAX,
        umask=0o022,  # the build user reads what it is given
    )
    return [*without_builder(settings, url), builder]


def without_builder(settings: Settings, url: str) -> list[ChildSpec]:
    """Server and executor, in the order of their start."""
    root = str(settings.data_root)
    server = ChildSpec(
        name="server",
        command=_module(
            "vostok.server",
            *("--data-root", root),
            *("--host", settings.host),
            *("--port", str(settings.port)),
        ),
        find_obstacle=lambda: server_obstacle(settings, url),
        on_ready=lambda: write_atomically(settings.address_file, url + "\n", mode=0o644),
        stop_seconds_max=SERVER_STOP_SECONDS_MAX,
    )
    executor = ChildSpec(
        name="executor",
        command=_module("vostok.entrypoints.executor", "--data-root", root),
        stop_seconds_max=EXECUTOR_STOP_SECONDS_MAX,
    )
    return [server, executor]


def server_obstacle(settings: Settings, url: str) -> str | None:
    """Why the server does not answer yet; None when it does."""
    token = settings.admin_token_file.read_text(encoding="ascii").strip()
    try:
        with Client(url, token, answer_seconds_max=2.0) as client:
            client.status()
    except VostokError as error:
        return str(error)
    return None


def free_port(host: str, port: int) -> int:
    """The port, or a free one for 0.

    Raises:
        ConflictError: something listens there already.
        InvalidInputError: the host is no address of this machine.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            chosen: int = probe.getsockname()[1]
            return chosen
    except socket.gaierror as error:
        raise InvalidInputError(f"host {host!r} is no address: {error.strerror}") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise ConflictError(
                f"port {port} of {host} is in use already",
                hint="take a free one: vostok up --port 0",
            ) from error
        raise InvalidInputError(
            f"cannot listen on port {port} of {host}: {error.strerror}"
        ) from error


def local_url(host: str, port: int) -> str:
    """The URL at which this machine reaches a server that listens on the host."""
    reachable = _EVERYWHERE.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


def _module(name: str, *words: str) -> tuple[str, ...]:
    # -P: a file in the working directory must not be taken for a module.
    return (sys.executable, "-P", "-m", name, *words)


def _announce_ready(settings: Settings, output: Output, *, url: str) -> None:
    token_file = str(settings.admin_token_file)
    if output.is_json:
        output.document({"url": url, "token_file": token_file, "pid": os.getpid()})
        return
    output.fields(
        [
            ("Vostok runs at", url),
            ("administrator's token", token_file),
            ("logs", str(settings.data_root / "log")),
        ]
    )
    output.note(f"sign in at {url}/sign-in; without any password yet, with that token")
    output.note("Ctrl-C stops it")
