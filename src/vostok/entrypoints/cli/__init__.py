"""The command line: an HTTP client of the API, and the start of Vostok's own processes.

Light on purpose: what a command needs beyond its words is imported when it runs.
"""

import sys
import traceback
from collections.abc import Sequence
from functools import cache

import typer

from vostok import __version__
from vostok.entrypoints.cli import (
    archive,
    audit,
    build,
    build_changes,
    builders,
    campaign,
    comparing_campaigns,
    completion,
    deletion,
    derivation,
    finding,
    job,
    login,
    news,
    no_change,
    people,
    processes,
    publication,
    quotas,
    rebuild,
    rights,
    robots,
    selection,
    status,
    storage,
    subscription,
    teams,
    toolchain,
    up,
    upload,
    version,
    ways_in,
    webhook,
)
from vostok.entrypoints.cli.failures import EXIT_BUG, EXIT_INTERRUPTED, EXIT_USAGE, exit_code
from vostok.entrypoints.cli.invocation import declare_root
from vostok.entrypoints.cli.output import printable
from vostok.errors import VostokError

_EPILOG = """\b
Examples:
  vostok up
  vostok archive import debian --suite bookworm --component main --architecture amd64
  vostok archive derive trial --parent debian/bookworm --select hello
  vostok rebuild request trial --select all --reason 'first try'
  vostok campaign show trial 1 --watch

\b
Exit codes: 0 done, 1 a bug, 2 wrong input, 3 not found, 4 deleted, 5 not allowed,
  6 conflict, 7 unavailable, 8 the work failed, 130 interrupted, 141 reader gone.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code; the console script `vostok`.

    Args:
        arguments: words after the program's name; by default those of this process.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = _application()(args=words or ["--help"], prog_name="vostok", standalone_mode=False)
        sys.stdout.flush()
    except (VostokError, typer.TyperException, KeyboardInterrupt, typer.Abort) as error:
        if "--debug" in words:
            traceback.print_exc()
        return _report(error)
    except Exception as error:  # noqa: BLE001 - the last resort of a person's command
        if "--debug" in words:
            traceback.print_exc()
        _complain(f"{type(error).__name__}: {error}", "this is a bug; --debug shows where")
        return EXIT_BUG
    return code if isinstance(code, int) else 0


@cache
def _application() -> typer.Typer:
    """All commands. Made once: some modules add theirs to the groups of others."""
    app = typer.Typer(
        name="vostok",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        epilog=_EPILOG,
        help="Derive a Debian archive, rebuild it with another toolchain, publish the result.",
    )
    declare_root(app, version=__version__)
    for name, group in (
        ("archive", deletion.archive_app),
        ("toolchain", toolchain.app),
        ("rebuild", rebuild.app),
        ("selection", selection.app),
        ("version", version.app),
        ("campaign", campaign.app),
        ("build", build.app),
        ("publication", publication.app),
        ("job", job.app),
        ("store", storage.app),
        ("upload", upload.app),
        ("person", people.person_app),
        ("key", people.key_app),
        ("token", people.token_app),
        ("robot", robots.app),
        ("session", ways_in.session_app),
        ("identity", ways_in.identity_app),
        ("right", rights.right_app),
        ("team", teams.app),
        ("quota", quotas.app),
        ("builder", processes.builder_app),
        ("audit", audit.app),
        ("webhook", webhook.app),
        ("subscription", subscription.app),
    ):
        app.add_typer(group, name=name)
    ways_in.register(people.person_app)
    no_change.register(rebuild.app)
    comparing_campaigns.register(campaign.app)
    derivation.register(archive.app)
    news.register(archive.app)
    build_changes.register(build.app)
    builders.register(processes.builder_app)
    for module in (status, finding, up, processes, login, completion):
        module.register(app)
    return app


def _report(error: BaseException) -> int:
    """Says what went wrong and returns the exit code for it."""
    match error:
        case VostokError():
            _complain(str(error), error.hint)
            return exit_code(error)
        case typer.TyperException():
            context = getattr(error, "ctx", None)
            path = context.command_path if context is not None else "vostok"
            _complain(error.format_message(), f"{path} --help")
            return EXIT_USAGE
        case _:
            sys.stderr.write("\n")
            return EXIT_INTERRUPTED


def _complain(message: str, hint: str | None) -> None:
    sys.stderr.write(f"error: {printable(message)}\n")
    if hint:
        sys.stderr.write(f"hint: {printable(hint)}\n")
