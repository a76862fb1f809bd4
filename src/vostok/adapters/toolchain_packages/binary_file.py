"""Reads a binary package's file without running or unpacking anything of it.

What is read becomes part of a package that builders install, so only plain trees pass: root's
directories, small files and links. Everything else is refused, with the member's name.
"""

import io
import subprocess
import tarfile
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, TypeAlias

from vostok.debian.stanza import parse_stanza
from vostok.domain.toolchain_swap import ParentBinary, TreeFile, TreeLink
from vostok.errors import InvalidInputError, UnavailableError

FILE_BYTES_MAX: Final = 1024 * 1024
"""Of one member that is copied; gcc-defaults' largest has 7 KiB."""

TREE_BYTES_MAX: Final = 16 * 1024 * 1024
"""Of a package that is copied, unpacked."""

COMPILER_BYTES_MAX: Final = 2 * 1024 * 1024 * 1024
"""Of a compiler's package, unpacked, of which only the names are read."""

MEMBERS_MAX: Final = 20_000
READ_SECONDS_MAX: Final = 120
READ_BYTES: Final = 64 * 1024
ERROR_CHARACTERS_MAX: Final = 300

_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
_GENERATED_MEMBERS: Final = frozenset({"control", "md5sums"})
_CONTROL_MEMBERS: Final = frozenset(
    {"conffiles", "config", "postinst", "postrm", "preinst", "prerm", "shlibs", "symbols",
     "templates", "triggers"}
)  # fmt: skip

_Accept: TypeAlias = Callable[[tarfile.TarInfo, tarfile.TarFile], None]


def read_binary(path: Path) -> ParentBinary:
    """The package in a `.deb`: its control fields, scripts and tree.

    Raises:
        InvalidInputError: it is no binary package, or has what a swap does not copy: devices,
            hard links, set-user-id bits, others' files, paths outside the tree, large files.
        UnavailableError: dpkg-deb is missing or did not end in time.
    """
    members = _Members(path)
    _visit(path, "--ctrl-tarfile", TREE_BYTES_MAX, members.add_control)
    _visit(path, "--fsys-tarfile", TREE_BYTES_MAX, members.add_tree)
    return members.binary()


def list_paths(path: Path) -> frozenset[str]:
    """The paths of all files and links in a `.deb`, without leading slash; contents are not kept.

    Raises:
        InvalidInputError: it is no binary package, or is over a bound.
        UnavailableError: dpkg-deb is missing or did not end in time.
    """
    paths = set()

    def accept(member: tarfile.TarInfo, _archive: tarfile.TarFile) -> None:
        if not member.isdir():
            paths.add(member.name.removeprefix("./").rstrip("/"))

    _visit(path, "--fsys-tarfile", COMPILER_BYTES_MAX, accept)
    return frozenset(paths)


class _Members:
    """The members of one package so far, each checked."""

    def __init__(self, path: Path) -> None:
        self._file_name = path.name
        self._control: str | None = None
        self._directories: list[str] = []
        self._files: list[TreeFile] = []
        self._links: list[TreeLink] = []
        self._scripts: list[TreeFile] = []
        self._paths: set[str] = set()

    def add_control(self, member: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
        name = self._plain_path(member)
        if name is None:
            return
        if not member.isreg() or name not in _GENERATED_MEMBERS | _CONTROL_MEMBERS:
            raise self._refusal(member, "is no member that a control archive of this kind has")
        content = self._content(member, archive)
        if name == "control":
            self._control = self._text(member, content)
        elif name not in _GENERATED_MEMBERS:
            self._scripts.append(self._file(name, content, member))

    def add_tree(self, member: tarfile.TarInfo, archive: tarfile.TarFile) -> None:
        name = self._plain_path(member)
        if name is None:
            return
        if name in self._paths:
            raise self._refusal(member, "is there twice")
        self._paths.add(name)
        if member.uid or member.gid:
            raise self._refusal(member, "does not belong to root")
        if member.issym():
            self._links.append(TreeLink(path=name, target=member.linkname))
        elif member.mode & 0o7000:
            raise self._refusal(member, f"has the mode {member.mode:o}")
        elif member.isdir():
            self._directories.append(name)
        elif member.isreg():
            self._files.append(self._file(name, self._content(member, archive), member))
        else:
            raise self._refusal(member, "is neither file nor directory nor symbolic link")

    def binary(self) -> ParentBinary:
        if self._control is None:
            raise InvalidInputError(f"{self._file_name} has no control file")
        return ParentBinary(
            control=parse_stanza(self._control),
            directories=tuple(self._directories),
            files=tuple(self._files),
            links=tuple(self._links),
            scripts=tuple(self._scripts),
        )

    def _plain_path(self, member: tarfile.TarInfo) -> str | None:
        """The path below the root; None for the root itself."""
        name = member.name.removeprefix("./").rstrip("/")
        if member.isdir() and name in {"", "."}:
            return None
        if name.startswith("/") or not name or {"", ".", ".."} & set(name.split("/")):
            raise self._refusal(member, "is a path outside the package's tree")
        return name

    def _content(self, member: tarfile.TarInfo, archive: tarfile.TarFile) -> bytes:
        if member.size > FILE_BYTES_MAX:
            raise self._refusal(
                member, f"has {member.size} bytes, over the bound of {FILE_BYTES_MAX}"
            )
        stream = archive.extractfile(member)
        return b"" if stream is None else stream.read()

    def _text(self, member: tarfile.TarInfo, content: bytes) -> str:
        try:
            return content.decode()
        except UnicodeDecodeError as fault:
            raise self._refusal(member, "is not UTF-8") from fault

    @staticmethod
    def _file(name: str, content: bytes, member: tarfile.TarInfo) -> TreeFile:
        return TreeFile(path=name, content=content, is_executable=bool(member.mode & 0o100))

    def _refusal(self, member: tarfile.TarInfo, reason: str) -> InvalidInputError:
        return InvalidInputError(f"{self._file_name}: {member.name!r} {reason}")


def _visit(path: Path, option: str, bytes_max: int, accept: _Accept) -> None:
    """Show the members of one of the two archives in a `.deb` to a function, in their order.

    A stream: the content of a member can be read only while it is shown.
    """
    with _dpkg_deb(path, option) as output:
        bounded = _BoundedStream(output, bytes_max, path.name)
        try:
            with tarfile.open(fileobj=bounded, mode="r|") as archive:
                for count, member in enumerate(archive):
                    if count == MEMBERS_MAX:
                        raise InvalidInputError(f"{path.name} has more than {MEMBERS_MAX} members")
                    accept(member, archive)
        except tarfile.TarError as fault:
            raise InvalidInputError(f"{path.name} has a broken archive: {fault}") from fault
        while bounded.read(READ_BYTES):
            pass


@contextmanager
def _dpkg_deb(path: Path, option: str) -> Iterator[IO[bytes]]:
    """The output of dpkg-deb, which has ended, one way or the other, when the caller is done."""
    overdue = threading.Event()
    with tempfile.TemporaryFile() as errors, _started(path, option, errors) as process:

        def stop() -> None:
            overdue.set()
            process.kill()

        timer = threading.Timer(READ_SECONDS_MAX, stop)
        timer.start()
        try:
            if process.stdout is not None:
                yield process.stdout
            code = process.wait()
        finally:
            timer.cancel()
            process.kill()
        if overdue.is_set():
            raise UnavailableError(f"reading {path.name} took more than {READ_SECONDS_MAX} s")
        if code:
            errors.seek(0)
            text = errors.read(ERROR_CHARACTERS_MAX).decode(errors="replace").strip()
            raise InvalidInputError(f"{path.name} is not a readable binary package: {text}")


def _started(path: Path, option: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - an argument list, no shell
            ["dpkg-deb", option, str(path.resolve())],  # noqa: S607 - found on a closed PATH
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            env=_ENVIRONMENT,
        )
    except FileNotFoundError as fault:
        raise UnavailableError(
            "dpkg-deb is not installed", hint="install the package dpkg"
        ) from fault


class _BoundedStream(io.RawIOBase):
    """Reads on, up to a bound: compressed data says nothing about its size."""

    def __init__(self, stream: IO[bytes], bytes_max: int, file_name: str) -> None:
        super().__init__()
        self._stream = stream
        self._left = bytes_max
        self._bytes_max = bytes_max
        self._file_name = file_name

    def read(self, size: int = READ_BYTES) -> bytes:
        data = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise InvalidInputError(
                f"{self._file_name} unpacks to more than {self._bytes_max} bytes"
            )
        return data
