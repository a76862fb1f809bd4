"""Reading .deb files without running anything of them."""

import hashlib
import os
import subprocess
import threading
from pathlib import Path

import apt_inst
import apt_pkg

from vostok.debian.stanza import parse_stanza
from vostok.errors import InvalidInputError
from vostok.services.ports import DebFile

CHUNK_BYTES = 1 << 20
CONTROL_BYTES_MAX = 64 << 20
"""Of the control archive, unpacked: md5sums of a large package take some of them."""
UNPACK_SECONDS_MAX = 120
DPKG_DEB = "/usr/bin/dpkg-deb"


class AptDebReader:
    """Implements `services.ports.DebReader` with apt's own library."""

    def read(self, path: Path, *, name: str = "") -> DebFile:
        """The control file of a .deb, and its hashes. See `services.ports.DebReader`."""
        name = name or path.name
        md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                md5.update(chunk)
                sha256.update(chunk)
                size += len(chunk)
        _check_control_size(path, name)
        try:
            control = apt_inst.DebFile(str(path)).control.extractdata("control")
            text = control.decode()
        except (apt_pkg.Error, LookupError, SystemError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"{name} is no Debian package: {error}") from error
        return DebFile(
            control=dict(parse_stanza(text).items()),
            md5sum=md5.hexdigest(),
            sha256=sha256.hexdigest(),
            size=size,
        )


def _check_control_size(path: Path, name: str) -> None:
    """Nothing, if the control archive is not too large: apt reads its members whole into memory.

    Some hundred kilobytes can hold gigabytes. dpkg-deb knows every compression, and is stopped.
    """
    with subprocess.Popen(  # noqa: S603 - an argument list, no shell
        [DPKG_DEB, "--ctrl-tarfile", str(path.absolute())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
    ) as unpacking:
        late = threading.Timer(UNPACK_SECONDS_MAX, unpacking.kill)
        late.start()
        left = CONTROL_BYTES_MAX
        while unpacking.stdout and left >= 0 and (chunk := unpacking.stdout.read(CHUNK_BYTES)):
            left -= len(chunk)
        if left < 0:
            unpacking.kill()
        code = unpacking.wait()
        late.cancel()
    if left < 0:
        raise InvalidInputError(
            f"{name} is no Debian package: its control archive has more than "
            f"{CONTROL_BYTES_MAX} bytes"
        )
    if code != 0:
        raise InvalidInputError(f"{name} is no Debian package: dpkg-deb cannot read it")
