"""Reading .deb files without running anything of them."""

import hashlib
from pathlib import Path

import apt_inst
import apt_pkg

from vostok.debian.stanza import parse_stanza
from vostok.errors import InvalidInputError
from vostok.services.ports import DebFile

CHUNK_BYTES = 1 << 20


class AptDebReader:
    """Implements `services.ports.DebReader` with apt's own library."""

    def read(self, path: Path) -> DebFile:
        """The control file of a .deb, and its hashes."""
        md5, sha256, size = hashlib.md5(usedforsecurity=False), hashlib.sha256(), 0
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                md5.update(chunk)
                sha256.update(chunk)
                size += len(chunk)
        try:
            control = apt_inst.DebFile(str(path)).control.extractdata("control")
            text = control.decode()
        except (apt_pkg.Error, LookupError, SystemError, UnicodeDecodeError) as error:
            raise InvalidInputError(f"{path.name} is no Debian package: {error}") from error
        return DebFile(
            control=dict(parse_stanza(text).items()),
            md5sum=md5.hexdigest(),
            sha256=sha256.hexdigest(),
            size=size,
        )
