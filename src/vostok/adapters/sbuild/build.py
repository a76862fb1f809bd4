"""Runs sbuild for one claim."""

import hashlib
import os
import platform
import re
import stat
import subprocess
from pathlib import Path

from vostok.adapters.sbuild.build_user import CLOSED_PATH
from vostok.domain.attempt import Claim
from vostok.domain.build import Part
from vostok.errors import InvalidInputError
from vostok.services.building.builder_ports import (
    AttemptLog,
    Bounds,
    BuiltFile,
    Chroot,
    Sandbox,
    SandboxExit,
    StopSignal,
)

CONFIG_NAME = "sbuildrc"
OUTPUT_NAME = "out"
TEMPORARY_NAME = "tmp.XXXXXXXXXX"
CHANGES_BYTES_MAX = 4 * 1024 * 1024
BUILT_FILES_MAX = 10_000
HASH_READ_BYTES = 1024 * 1024
SECONDS_PER_MINUTE = 60
VERSION_SECONDS_MAX = 10
END_OF_SOURCES = "END-OF-SOURCES"

NETWORK_NOTICE = (
    "Network: sbuild's apt phases (update, installing build dependencies) use this machine's"
    " network for now;\nthe build itself (dpkg-buildpackage) has none.\n"
)
_CHECKSUM_LINE = re.compile(r"^ ([0-9a-f]{64}) (\d+) ([A-Za-z0-9][A-Za-z0-9.+~_:-]{0,254})$")


class SbuildExecutor:
    """Builds with `sbuild --chroot-mode=unshare`."""

    def __init__(self, sandbox: Sandbox, *, builder: str) -> None:
        self._sandbox = sandbox
        self._environment = {
            "executor": "sbuild",
            "builder": builder,
            "sbuild": _sbuild_version(),
            "kernel": platform.release(),
        }

    @property
    def environment(self) -> dict[str, str]:
        """What of this machine may matter for a result: name -> version."""
        return dict(self._environment)

    def build(  # noqa: PLR0913 - each is one facet of a build
        self,
        claim: Claim,
        *,
        chroot: Chroot,
        source: Path,
        work: Path,
        log: AttemptLog,
        stop: StopSignal,
    ) -> SandboxExit:
        """Build the source in directory `source`; what it makes lies below `work` then."""
        config = work.parent / CONFIG_NAME
        config.write_text(sbuild_config(claim, temporary=work))
        config.chmod(0o644)
        output = work / OUTPUT_NAME
        self._sandbox.make_directory(output)
        log.write(NETWORK_NOTICE.encode())
        limits = claim.limits
        return self._sandbox.run(
            sbuild_command(claim, chroot=chroot, dsc=source / claim.source.dsc),
            directory=output,
            environment={"SBUILD_CONFIG": str(config)},
            write=log.write,
            bounds=Bounds(
                wall_seconds_max=limits.wall_seconds_max,
                silence_seconds_max=limits.silence_seconds_max,
                output_bytes_max=max(limits.log_bytes_max - log.size_bytes, 1),
                memory_bytes_max=limits.memory_bytes_max,
                processes_max=limits.processes_max,
            ),
            stop=stop,
        )

    def built_files(self, claim: Claim, *, work: Path) -> tuple[BuiltFile, ...]:
        """All files that the `.changes` names, then the `.changes`.

        Raises:
            InvalidInputError: there is not exactly one `.changes`, a file is missing or not
                regular, or together they are larger than the claim allows.
        """
        output = work / OUTPUT_NAME
        changes = sorted(output.glob("*.changes"))
        if len(changes) != 1:
            raise InvalidInputError(f"the build left {len(changes)} .changes files, not one")
        names = [*files_of_changes(_small_text(changes[0])), changes[0].name]
        sizes = [_regular_size(output / name) for name in names]
        if sum(sizes) > claim.limits.output_bytes_max:
            raise InvalidInputError(
                f"the build made {sum(sizes)} bytes, more than {claim.limits.output_bytes_max}"
            )
        return tuple(
            BuiltFile(path=output / name, size=size, sha256=_sha256(output / name))
            for name, size in zip(names, sizes, strict=True)
        )


def sbuild_command(claim: Claim, *, chroot: Chroot, dsc: Path) -> list[str]:
    """The argument list of one build; it never makes a source: builders are not trusted to."""
    command = [
        "sbuild", "--chroot-mode=unshare", f"--chroot={chroot.path}",
        f"--dist={claim.codename}", f"--arch={claim.architecture}",
    ]  # fmt: skip
    match claim.part:
        case Part.ANY:
            command += ["--arch-any", "--no-arch-all"]
        case Part.ALL:
            command += ["--arch-all", "--no-arch-any"]
    command += ["--no-source"]
    if chroot.is_current:
        command += ["--no-apt-upgrade", "--no-apt-distupgrade"]
    else:
        command += ["--apt-upgrade", "--apt-distupgrade"]
    if claim.build_profiles:
        command += [f"--profiles={','.join(claim.build_profiles)}"]
    if claim.changelog_entry:
        command += [f"--binNMU-changelog={claim.changelog_entry.rstrip()}"]
    return [*command, str(dsc)]


def sbuild_config(claim: Claim, *, temporary: Path) -> str:
    """The text of the configuration file, in Perl, for one build."""
    environment = dict(claim.environment)
    if claim.build_options:
        own = environment.get("DEB_BUILD_OPTIONS", "")
        environment["DEB_BUILD_OPTIONS"] = " ".join([*own.split(), *claim.build_options])
    pairs = ", ".join(f"{_perl(name)} => {_perl(value)}" for name, value in environment.items())
    # sbuild counts its own silence in whole minutes; the sandbox' bound comes first.
    stalled_minutes = claim.limits.silence_seconds_max // SECONDS_PER_MINUTE + 2
    return f"""\
$run_lintian = 0;
$run_piuparts = 0;
$run_autopkgtest = 0;
$clean_source = 0;
$nolog = 1;
$log_colour = 0;
$stalled_pkg_timeout = {stalled_minutes};
$unshare_tmpdir_template = {_perl(str(temporary / TEMPORARY_NAME))};
$build_environment = {{ {pairs} }};
$external_commands = {{ 'chroot-setup-commands' => [ {_perl(_write_sources(claim))} ] }};
1;
"""


def files_of_changes(text: str) -> tuple[str, ...]:
    """The names under Checksums-Sha256 of a `.changes`.

    Raises:
        InvalidInputError: a line is not a checksum of a plain file name.
    """
    section = re.search(r"^Checksums-Sha256:[ \t]*\n((?:[ \t].*\n)+)", text, re.MULTILINE)
    lines = section[1].splitlines() if section else []
    matches = [_CHECKSUM_LINE.match(line) for line in lines[: BUILT_FILES_MAX + 1]]
    names = tuple(match[3] for match in matches if match)
    if not names or len(names) != len(lines):
        raise InvalidInputError("the .changes of the build names no files or unusable ones")
    return names


def _write_sources(claim: Claim) -> str:
    """A shell command, run by sbuild as root in the chroot before anything of apt."""
    sources = claim.view.sources_deb822
    if END_OF_SOURCES in sources:
        raise InvalidInputError(f"the view's sources hold the line {END_OF_SOURCES}")
    return (
        f"cat > /etc/apt/sources.list.d/vostok.sources <<'{END_OF_SOURCES}'\n"
        f"{sources.rstrip()}\n{END_OF_SOURCES}"
    )


def _perl(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _open_regular(path: Path) -> int:
    """A descriptor of a regular file that is no link: the build user owns the directory."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise InvalidInputError(f"the build left no readable {path.name}: {error}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InvalidInputError(f"{path.name} of the build is not a regular file")
    return descriptor


def _small_text(path: Path) -> str:
    with os.fdopen(_open_regular(path), "rb") as file:
        content = file.read(CHANGES_BYTES_MAX + 1)
    if len(content) > CHANGES_BYTES_MAX:
        raise InvalidInputError(f"{path.name} is larger than {CHANGES_BYTES_MAX} bytes")
    return content.decode(errors="replace")


def _regular_size(path: Path) -> int:
    with os.fdopen(_open_regular(path), "rb") as file:
        return os.fstat(file.fileno()).st_size


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with os.fdopen(_open_regular(path), "rb") as file:
        while block := file.read(HASH_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _sbuild_version() -> str:
    done = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Version}", "sbuild"],  # noqa: S607 - closed PATH
        env={"PATH": CLOSED_PATH, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=VERSION_SECONDS_MAX,
    )
    return done.stdout.strip() or "unknown"
