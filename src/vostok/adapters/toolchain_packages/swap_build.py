"""Makes the source package of a swap and builds its binaries from exactly that source."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from vostok.adapters.toolchain_packages.binary_file import list_paths, read_binary
from vostok.domain.toolchain_preflight import PackageFacts, available_targets, names_to_replace
from vostok.domain.toolchain_source import SwapOrder, SwapPlan, swap_plan
from vostok.domain.toolchain_swap import ParentBinary, ParentDefaults
from vostok.errors import InvalidInputError, UnavailableError

COMMAND_SECONDS_MAX: Final = 300
LOG_TAIL_CHARACTERS_MAX: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapResult:
    """The files of a swap, all below the working directory."""

    plan: SwapPlan
    source_files: tuple[Path, ...]
    """The `.dsc` first, then what it names."""
    binaries: tuple[Path, ...]
    """In the order of `plan.binaries`."""


def build_swap(
    order: SwapOrder,
    packages: Mapping[str, Mapping[str, PackageFacts]],
    parent_debs: Sequence[Path],
    workdir: Path,
    *,
    compiler_debs: Sequence[Path] = (),
) -> SwapResult:
    """The source and binary packages that make a toolchain an archive's default.

    The same arguments give the same bytes. Nothing of the parent's packages is run; what runs is
    dpkg-dev and the generated debian/rules.

    Args:
        order: what to make.
        packages: architecture -> name -> what the parent's view has there (with `all`).
        parent_debs: the files of all that `names_to_replace` names, of all architectures.
        workdir: an empty directory; it holds the results, and its removal is the caller's.
        compiler_debs: files of the target compilers, all of them or none. Their lists of names
            serve to leave out links that would lead nowhere.

    Raises:
        InvalidInputError: a file is missing, superfluous or malformed, or has not the shape that
            a swap needs.
        UnavailableError: dpkg-dev is missing or did not end in time.
    """
    binaries = [read_binary(path) for path in parent_debs]
    paths = frozenset[str]().union(*(list_paths(path) for path in compiler_debs))
    parents = {
        architecture: ParentDefaults(
            binaries=_expected(order, architecture, facts, binaries),
            packages=facts,
            compiler_paths=paths if compiler_debs else None,
        )
        for architecture, facts in packages.items()
    }
    plan = swap_plan(order, parents)
    source_files = _build_source(plan, workdir)
    return SwapResult(
        plan=plan, source_files=source_files, binaries=_build_binaries(plan, source_files[0])
    )


def _expected(
    order: SwapOrder,
    architecture: str,
    facts: Mapping[str, PackageFacts],
    binaries: Sequence[ParentBinary],
) -> tuple[ParentBinary, ...]:
    """Those of the binaries that the architecture's swap starts from, each exactly once."""
    if not available_targets(order.spec, facts) and order.spec.compilers:
        raise InvalidInputError(
            f"no compiler of toolchain {order.toolchain} is there on {architecture}",
            hint=f"vostok toolchain preflight {order.toolchain} --archive NAME",
        )
    given = {(one.name, one.version, one.architecture): one for one in binaries}
    expected = []
    for one in names_to_replace(order.spec, facts):
        binary = given.get((one.name, one.version, one.architecture))
        if binary is None:
            raise InvalidInputError(
                f"the file of {one.name} {one.version} ({one.architecture}) is not given"
            )
        expected.append(binary)
    return tuple(expected)


def _build_source(plan: SwapPlan, workdir: Path) -> tuple[Path, ...]:
    tree = workdir / f"{plan.source}-{plan.version}"
    for file in plan.files:
        path = tree / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.content)
        path.chmod(0o755 if file.is_executable else 0o644)
    moment = int(plan.at.timestamp())
    for path in (tree, *tree.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
        os.utime(path, (moment, moment))
    _run(["dpkg-source", "--build", tree.name], directory=workdir, plan=plan)
    stem = f"{plan.source}_{plan.version}"
    return (workdir / f"{stem}.dsc", workdir / f"{stem}.tar.xz")


def _build_binaries(plan: SwapPlan, dsc: Path) -> tuple[Path, ...]:
    build = dsc.parent / "build"
    build.mkdir()
    unpack = ["dpkg-source", "--no-check", "--extract", str(dsc.resolve()), "source"]
    _run(unpack, directory=build, plan=plan)
    for number, architecture in enumerate(plan.architectures):
        # binary-indep once, for packages of architecture `all` are the same everywhere.
        target = "binary" if number == 0 else "binary-arch"
        _run(
            ["dpkg-architecture", f"--host-arch={architecture}", "--force",
             "--command", f"debian/rules {target}"],
            directory=build / "source",
            plan=plan,
        )  # fmt: skip
    files = tuple(build / binary.file_name for binary in plan.binaries)
    built = set(build.glob("*.deb"))
    if built != set(files):
        difference = ", ".join(sorted(path.name for path in built ^ set(files)))
        raise InvalidInputError(f"the build of {dsc.name} and its plan differ in {difference}")
    return files


def _run(command: Sequence[str], *, directory: Path, plan: SwapPlan) -> None:
    """Run one command of dpkg-dev; its output lies in the working directory afterwards."""
    log = directory / f"{command[0]}.log"
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "LC_ALL": "C.UTF-8",
        "SOURCE_DATE_EPOCH": str(int(plan.at.timestamp())),
    }
    with log.open("wb") as output:
        try:
            process = subprocess.Popen(  # noqa: S603 - an argument list, no shell
                list(command),
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError as fault:
            raise UnavailableError(
                f"{command[0]} is not installed", hint="install the package dpkg-dev"
            ) from fault
        try:
            code = process.wait(timeout=COMMAND_SECONDS_MAX)
        except subprocess.TimeoutExpired as fault:
            raise UnavailableError(
                f"{command[0]} for {plan.source} {plan.version} took more than"
                f" {COMMAND_SECONDS_MAX} s"
            ) from fault
        finally:
            _end_session(process)
    if code:
        tail = log.read_text(errors="replace")[-LOG_TAIL_CHARACTERS_MAX:].strip()
        raise InvalidInputError(
            f"{command[0]} for {plan.source} {plan.version} ended with {code}: {tail}"
        )


def _end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the command and its children; nothing if all has ended."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
