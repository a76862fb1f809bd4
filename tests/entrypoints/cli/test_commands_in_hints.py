"""A refusal that says which command helps names one that the command line takes."""

import re
import shlex
from collections.abc import Iterator
from itertools import product

import typer.main

from vostok.domain.access import Action, Principal, Role, TokenScope, require, require_somewhere
from vostok.domain.rights import Right, Rights
from vostok.entrypoints.cli import _application
from vostok.errors import NotAllowedError

NAMES = ("trial", "a b", "-x", "it's")
COMMAND = re.compile(r"vostok .*?(?=; and |$)")


def hints() -> Iterator[str]:
    """What each kind of principal is told who may not do something."""
    kinds = product(
        Role,
        ({TokenScope.EVERYTHING}, {TokenScope.READ}, {TokenScope.MERGE, TokenScope.RETRY}),
        (None, "other"),
        ((), ("meg",)),
        (frozenset[Right](), frozenset({Right.RETRY})),
    )
    for role, scopes, archive, guarantors, held in kinds:
        lou = Principal(
            name="lou",
            role=role,
            person_id=1,
            scopes=frozenset(scopes),
            archive=archive,
            rights=Rights(by_archive={"trial": held}, guarantors=guarantors),
        )
        for action, name in product(Action, NAMES):
            for ask, subject in ((require, name), (require_somewhere, f"build {len(name)}")):
                try:
                    ask(lou, action, subject)
                except NotAllowedError as refusal:
                    yield refusal.hint or ""


def test_every_command_that_a_refusal_names_is_taken() -> None:
    commands = {found for hint in hints() for found in COMMAND.findall(hint)}
    root = typer.main.get_command(_application())

    for line in commands:
        words = shlex.split(line)[1:]
        context = root.make_context("vostok", words)
        while hasattr(context.command, "resolve_command"):
            left = [*context._protected_args, *context.args]  # noqa: SLF001 - as its `invoke` does
            name, command, left = context.command.resolve_command(context, left)
            context = command.make_context(name, left, parent=context)

    assert {line.split()[1] for line in commands} == {"right", "token", "person"}
