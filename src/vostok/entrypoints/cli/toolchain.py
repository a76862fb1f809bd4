"""``vostok toolchain``: create, show, list, preflight."""

import shlex
from collections.abc import Sequence
from typing import Annotated

import typer

from vostok.client.messages import (
    Preflight,
    PreflightArchitecture,
    PreflightProblem,
    Toolchain,
)
from vostok.entrypoints.cli.arguments import Search, values_by_key
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text
from vostok.errors import InvalidInputError

app = typer.Typer(help="Compilers and flags that builds get.")

NAMED_ROWS_MAX = 40
"""Sources that name a compiler themselves, in the table; of all of Debian there are hundreds."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the toolchain.")]


def _flags(option: str, variable: str) -> object:
    return typer.Option(
        option,
        metavar="FLAGS",
        help=f"Appended to {variable}; one string of flags, may be given repeatedly.",
    )


@command(
    app,
    "create",
    examples=[
        "vostok toolchain create gcc-11 --compiler gcc=gcc-11 --compiler g++=g++-11",
        "vostok toolchain create cc-2 --package cc:2-1",
        "vostok toolchain create hard --cflags '-O3 -fno-plt' --ldflags=-Wl,-z,now \\",
        "    --env MALLOC_PERTURB_=1 --build-option nocheck",
    ],
)
def create_toolchain(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: Name,
    *,
    compiler: Annotated[
        list[str] | None,
        typer.Option(metavar="TOOL=PACKAGE", help="Compiler behind a tool, as gcc=gcc-11."),
    ] = None,
    package: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE[:VERSION]",
            help="Source that was uploaded to the archive and built there, as cc or cc:2-1. "
            "Builds get its packages.",
        ),
    ] = None,
    cflags: Annotated[list[str] | None, _flags("--cflags", "CFLAGS")] = None,
    cxxflags: Annotated[list[str] | None, _flags("--cxxflags", "CXXFLAGS")] = None,
    ldflags: Annotated[list[str] | None, _flags("--ldflags", "LDFLAGS")] = None,
    cppflags: Annotated[list[str] | None, _flags("--cppflags", "CPPFLAGS")] = None,
    fflags: Annotated[list[str] | None, _flags("--fflags", "FFLAGS")] = None,
    env: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="Variable of the build's environment.")
    ] = None,
    build_option: Annotated[
        list[str] | None, typer.Option(metavar="OPTION", help="Word for DEB_BUILD_OPTIONS.")
    ] = None,
    build_profile: Annotated[
        list[str] | None, typer.Option(metavar="PROFILE", help="Word for DEB_BUILD_PROFILES.")
    ] = None,
) -> None:
    """Create a toolchain, or a new revision of it.

    Revisions never change: archives and campaigns name the one they use.
    """
    with invocation.client() as client:
        toolchain = client.create_toolchain(
            name,
            {
                "compilers": values_by_key(compiler or [], option="--compiler"),
                "cflags": _words(cflags),
                "cxxflags": _words(cxxflags),
                "ldflags": _words(ldflags),
                "cppflags": _words(cppflags),
                "fflags": _words(fflags),
                "environment": values_by_key(env or [], option="--env"),
                "build_options": build_option or [],
                "build_profiles": build_profile or [],
                "packages": package or [],
            },
        )
    if invocation.output.is_json:
        invocation.output.document(toolchain)
    else:
        _show(invocation.output, toolchain)


@command(app, "show", examples=["vostok toolchain show gcc-11"])
def show_toolchain(invocation: Invocation, name: Name) -> None:
    """Show the newest revision of a toolchain."""
    with invocation.client() as client:
        toolchain = client.toolchain(name)
    if invocation.output.is_json:
        invocation.output.document(toolchain)
    else:
        _show(invocation.output, toolchain)


@command(app, "list", examples=["vostok toolchain list", "vostok toolchain list --search gcc-11"])
def list_toolchains(invocation: Invocation, search: Search = "") -> None:
    """List the toolchains with their newest revisions."""
    with invocation.client() as client:
        toolchains = list(client.toolchains(text=search))
    if invocation.output.is_json:
        invocation.output.document({"toolchains": toolchains})
        return
    invocation.output.table(
        [
            Column(title="NAME"),
            Column(title="REVISION", kind="number"),
            Column(title="COMPILERS"),
            Column(title="CREATED"),
        ],
        [
            [
                toolchain["name"],
                str(toolchain["revision"]),
                _pairs(toolchain["spec"]["compilers"]),
                time_text(toolchain["created_at"]),
            ]
            for toolchain in toolchains
        ],
    )


@command(app, "preflight", examples=["vostok toolchain preflight gcc-11 --archive trial"])
def preflight(
    invocation: Invocation,
    name: Name,
    *,
    archive: Annotated[str, typer.Option(metavar="NAME", help="Archive to try it in.")],
) -> None:
    """Show what gcc, g++, cpp, ld and libc a build would get from a toolchain.

    Nothing is changed. Also lists the sources that name a compiler themselves, which the
    toolchain does not reach. A compiler that the parent lacks is an error that names others.
    """
    with invocation.client() as client:
        answer = client.preflight(name, archive=archive)
    if invocation.output.is_json:
        invocation.output.document(answer)
    else:
        _show_preflight(invocation.output, answer)
    _refuse(answer["problems"])


def _words(texts: list[str] | None) -> list[str]:
    try:
        return [word for text in texts or [] for word in shlex.split(text)]
    except ValueError as error:
        raise InvalidInputError(f"flags {texts} cannot be split into words: {error}") from error


def _pairs(values: dict[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in values.items())


def _show(output: Output, toolchain: Toolchain) -> None:
    specification = toolchain["spec"]
    output.heading(f"{toolchain['name']} revision {toolchain['revision']}")
    output.fields(
        [
            ("created", time_text(toolchain["created_at"])),
            ("compilers", _pairs(specification["compilers"])),
            ("packages", " ".join(specification.get("packages", []))),
            ("CPPFLAGS", shlex.join(specification["cppflags"])),
            ("CFLAGS", shlex.join(specification["cflags"])),
            ("CXXFLAGS", shlex.join(specification["cxxflags"])),
            ("FFLAGS", shlex.join(specification["fflags"])),
            ("LDFLAGS", shlex.join(specification["ldflags"])),
            ("environment", _pairs(specification["environment"])),
            ("build options", " ".join(specification["build_options"])),
            ("build profiles", " ".join(specification["build_profiles"])),
        ]
    )


def _show_preflight(output: Output, answer: Preflight) -> None:
    for architecture, found in answer["architectures"].items():
        output.heading(f"{answer['archive']} ({answer['suite']}) on {architecture}")
        _show_tools(output, found)
    relations: dict[str, list[str]] = {}
    for item in answer["names_compiler_itself"]:
        relations.setdefault(item["source"], []).append(item["relation"])
    if relations:
        output.heading(f"\n{len(relations)} taken sources name a compiler themselves")
        output.table(
            [Column(title="SOURCE"), Column(title="RELATIONS")],
            [[name, ", ".join(found)] for name, found in relations.items()][:NAMED_ROWS_MAX],
        )
    if len(relations) > NAMED_ROWS_MAX:
        output.text(f"and {len(relations) - NAMED_ROWS_MAX} more: --json shows all")


def _refuse(problems: Sequence[PreflightProblem]) -> None:
    """Nothing, if there are no problems.

    Raises:
        InvalidInputError: a compiler is not there.
    """
    if problems:
        sentences = dict.fromkeys(problem["sentence"] for problem in problems)
        raise InvalidInputError("; ".join(sentences), hint=problems[0]["hint"])


def _show_tools(output: Output, found: PreflightArchitecture) -> None:
    output.table(
        [
            Column(title="TOOL"),
            Column(title="COMMAND"),
            Column(title="PACKAGE"),
            Column(title="VERSION"),
            Column(title="FROM"),
        ],
        [
            [
                tool.get("tool", ""),
                tool.get("command", ""),
                tool.get("package", ""),
                tool.get("version", ""),
                tool.get("from", ""),
            ]
            for tool in found["tools"]
        ],
    )
    for kept in found["kept"]:
        output.text(f"{kept['driver']}: {kept['sentence']}")
