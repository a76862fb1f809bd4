"""One run of the command line, and the options that every command takes."""

import inspect
import os
import sys
from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, Final, ParamSpec

import typer

from vostok.entrypoints.cli.output import Output, OutputForm

if TYPE_CHECKING:
    from vostok.client import Client
    from vostok.config import Settings

EXIT_BROKEN_PIPE: Final = 141
OUTPUT: Final = "--output"

P = ParamSpec("P")


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """The options that are accepted before and after every command; None is «not given»."""

    is_json: bool | None = None
    output_form: OutputForm | None = None
    url: str | None = None
    token: str | None = None
    data_root: Path | None = None
    config_file: Path | None = None
    is_debug: bool | None = None

    def output(self) -> Output:
        """Where and in which form the command writes; `--json` is the older word."""
        return Output(
            is_json=bool(self.is_json) or self.output_form is OutputForm.JSON,
            is_tsv=not self.is_json and self.output_form is OutputForm.TSV,
        )

    def over(self, other: "SharedOptions") -> "SharedOptions":
        """These options, and the other's where these are not given."""
        nearer = {
            item.name: value
            for item in fields(self)
            if (value := getattr(self, item.name)) is not None
        }
        farther = {item.name: getattr(other, item.name) for item in fields(other)}
        return SharedOptions(**{**farther, **nearer})


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """What a command needs besides its own arguments: output, settings, the server."""

    options: SharedOptions
    output: Output = field(repr=False)

    def without_json(self) -> "Invocation":
        """The same, for a step whose own answer programs do not ask for."""
        return replace(self, output=Output(is_json=False))

    def settings(self, **given: object) -> "Settings":
        """The settings, with those given on the command line over all others."""
        # 0.2 s that `--help` need not wait for.
        from vostok.config import load_settings  # noqa: PLC0415

        shared = {
            "url": self.options.url,
            "token": self.options.token,
            "data_root": self.options.data_root,
        }
        return load_settings({**shared, **given}, config_file=self.options.config_file)

    def client(self) -> "Client":
        """A client of the server, to be used in a `with` statement."""
        # 0.2 s that `--help` need not wait for.
        from vostok.entrypoints.cli.connection import connect  # noqa: PLC0415

        return connect(self.settings())


_ALL_NAMES: Final = frozenset(item.name for item in fields(SharedOptions))
_CONTEXT: Final = inspect.Parameter(
    "context", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context
)


def shared_parameters(*, visible: Container[str]) -> list[inspect.Parameter]:
    """The shared options as parameters of a command; those not visible are left out of its help.

    A switch has no opposite, so that «not given» and «off» are the same.
    """

    def option(name: str, kind: object, flag: str, text: str) -> inspect.Parameter:
        information = typer.Option(flag, help=text, show_default=False, hidden=name not in visible)
        return inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=None,
            annotation=Annotated[kind, information],
        )

    switch, text, path = bool | None, str | None, Path | None
    return [
        option("is_json", switch, "--json", "Print data as JSON on stdout, and nothing else."),
        option(
            "output_form", OutputForm | None, OUTPUT, "Form of what is printed: json is as --json."
        ),
        option("url", text, "--url", "URL of the server (VOSTOK_URL)."),
        option("token", text, "--token", "Bearer token; VOSTOK_TOKEN hides it from other users."),
        option("data_root", path, "--data-root", "Data root (VOSTOK_DATA_ROOT)."),
        option("config_file", path, "--config", "TOML file of settings (VOSTOK_CONFIG)."),
        option("is_debug", switch, "--debug", "Show the traceback when something fails."),
    ]


def command(
    app: typer.Typer,
    name: str,
    *,
    examples: Sequence[str],
    visible: Container[str] = frozenset({"is_json", "output_form"}),
) -> Callable[[Callable[Concatenate[Invocation, P], None]], Callable[..., None]]:
    """Registers a function as a command that also takes the shared options.

    Args:
        app: group of commands it belongs to.
        name: the word it is called by.
        examples: command lines shown at the end of its help.
        visible: names of the shared options that its help shows.

    Returns:
        A decorator. The function gets the `Invocation` first, then its own parameters by name.
    """

    def register(function: Callable[Concatenate[Invocation, P], None]) -> Callable[..., None]:
        registered = _with_shared_options(function, visible=visible)
        app.command(name, epilog=_epilog(examples))(registered)
        return registered

    return register


def command_of_group(
    app: typer.Typer,
    *,
    examples: Sequence[str],
    visible: Container[str],
) -> Callable[[Callable[Concatenate[Invocation, P], None]], Callable[..., None]]:
    """Registers what a group of commands does by itself, where none of them is named.

    Args:
        app: the group.
        examples: command lines shown at the end of its help.
        visible: names of the shared options that its help shows.
    """

    def register(function: Callable[Concatenate[Invocation, P], None]) -> Callable[..., None]:
        registered = _with_shared_options(function, visible=visible)
        app.callback(invoke_without_command=True, epilog=_epilog(examples))(registered)
        return registered

    return register


def _epilog(examples: Sequence[str]) -> str:
    return "\b\n" + "\n".join(["Examples:", *(f"  {example}" for example in examples)])


def _flags(parameter: inspect.Parameter) -> Sequence[str]:
    """The words by which an option is given; none for what is no option."""
    said = getattr(parameter.annotation, "__metadata__", ())
    # Typer takes the first word for a default value until it reads the annotation.
    return [
        flag
        for found in said
        for flag in (getattr(found, "default", None), *(getattr(found, "param_decls", None) or ()))
        if isinstance(flag, str)
    ]


def _with_shared_options(
    function: Callable[..., None], *, visible: Container[str]
) -> Callable[..., None]:
    own = list(inspect.signature(function, eval_str=True).parameters.values())[1:]
    shared = shared_parameters(visible=visible)
    if any(OUTPUT in _flags(parameter) for parameter in own):  # there it is a directory
        shared = [parameter for parameter in shared if parameter.name != "output_form"]
    names = [parameter.name for parameter in shared]

    def run(context: typer.Context, **given: Any) -> None:  # noqa: ANN401 - of any command
        options = SharedOptions(**{name: given.pop(name) for name in names})
        if isinstance(context.obj, SharedOptions):
            options = options.over(context.obj)
        if context.invoked_subcommand is not None:  # what a group does by itself is not asked for
            context.obj = options
            return
        output = options.output()
        try:
            function(Invocation(options=options, output=output), **given)
            sys.stdout.flush()
        except BrokenPipeError:
            # Who read our output has seen enough, as in `vostok build log 7 | head`.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(EXIT_BROKEN_PIPE) from None

    keyword_only = [item.replace(kind=inspect.Parameter.KEYWORD_ONLY) for item in own]
    signature = inspect.Signature([_CONTEXT, *keyword_only, *shared])
    run.__signature__ = signature  # type: ignore[attr-defined]  # what typer reads
    run.__annotations__ = {}
    run.__doc__ = function.__doc__
    run.__name__ = function.__name__
    return run


def declare_root(app: typer.Typer, *, version: str) -> None:
    """Lets the application itself take the shared options, before any command, and --version."""

    def root(context: typer.Context, **given: Any) -> None:  # noqa: ANN401 - see the signature
        given.pop("is_version")
        context.obj = SharedOptions(**given)

    def show_version(is_asked: bool) -> None:  # noqa: FBT001 - as typer calls it
        if is_asked:
            sys.stdout.write(f"vostok {version}\n")
            raise typer.Exit

    information = typer.Option(
        "--version", help="Print the version.", is_eager=True, callback=show_version
    )
    version_parameter = inspect.Parameter(
        "is_version",
        inspect.Parameter.KEYWORD_ONLY,
        default=False,
        annotation=Annotated[bool, information],
    )
    shared = shared_parameters(visible=_ALL_NAMES)
    signature = inspect.Signature([_CONTEXT, *shared, version_parameter])
    root.__signature__ = signature  # type: ignore[attr-defined]  # what typer reads
    root.__annotations__ = {}
    app.callback()(root)
