"""``vostok completion``: have a shell complete commands and options."""

from enum import StrEnum
from typing import Annotated, Final

import typer
from typer._completion_classes import completion_init
from typer._completion_shared import get_completion_script

from vostok.entrypoints.cli.invocation import Invocation, command

VARIABLE: Final = "_VOSTOK_COMPLETE"
"""Set by the script, in the environment of the command that is asked what could follow."""


class Shell(StrEnum):
    """A shell that a script is there for."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def register(app: typer.Typer) -> None:
    """Adds the command, and lets the others answer what could follow."""
    completion_init()

    @command(
        app,
        "completion",
        examples=[
            "vostok completion bash > ~/.local/share/bash-completion/completions/vostok",
            "vostok completion zsh > ~/.zfunc/_vostok",
            "vostok completion fish > ~/.config/fish/completions/vostok.fish",
        ],
        visible=frozenset(),
    )
    def print_completion(
        invocation: Invocation,
        shell: Annotated[Shell, typer.Argument(help="For which shell.")],
    ) -> None:
        """Print the script that has a shell complete commands and options."""
        script = get_completion_script(
            prog_name="vostok", complete_var=VARIABLE, shell=shell.value
        )
        invocation.output.text(script)
