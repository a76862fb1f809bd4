"""dpkg's and apt's own tools, and a source package built by them to ask them about."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

BUILD_SECONDS_MAX: Final = 300

_FILES: Final = {
    "debian/source/format": "3.0 (native)\n",
    "debian/control": """\
Source: libtiny
Section: libs
Priority: optional
Maintainer: Ann Example <ann@example.org>
Uploaders: Bob Example <bob@example.org>
Build-Depends: libc6 (>= 2) [linux-any] <!nocheck>, g++:native | cc
Standards-Version: 4.6.2
Homepage: https://example.org/tiny
Vcs-Git: https://example.org/tiny.git
Rules-Requires-Root: no
X-Unknown: kept

Package: libtiny1
Architecture: any
Multi-Arch: same
Provides: tiny
Depends: ${missing:Depends}
Description: tiny example
 Its first paragraph.
 .
   Indented.

Package: tiny-data
Architecture: all
Section: misc
Build-Profiles: <!nodata>
X-Zeta: 1
XB-Alpha: 2
Description: data of the tiny example
 Nothing more.
""",
    "debian/changelog": """\
libtiny (1:1.2) unstable; urgency=medium

  * First item. (Closes: #123, #456)

 -- Ann Example <ann@example.org>  Thu, 01 Jan 2026 00:00:00 +0100
""",
    "debian/rules": """\
#!/usr/bin/make -f
build build-arch build-indep clean:
binary: binary-arch binary-indep
binary-arch:
\tmkdir -p debian/libtiny1/DEBIAN debian/libtiny1/usr/share/libtiny1
\tdpkg-gencontrol -plibtiny1 -Pdebian/libtiny1
\tdpkg-deb --root-owner-group --build debian/libtiny1 ..
binary-indep:
\tmkdir -p debian/tiny-data/DEBIAN debian/tiny-data/usr/share/tiny-data
\tdpkg-gencontrol -ptiny-data -Pdebian/tiny-data
\tdpkg-deb --root-owner-group --build debian/tiny-data ..
.PHONY: build build-arch build-indep clean binary binary-arch binary-indep
""",
}


def build_tiny_package(directory: Path) -> None:
    """Put into a directory what dpkg-buildpackage makes of the tiny source: all of its files."""
    tree = directory / "libtiny-1.2"
    write_tree(tree, _FILES)
    (tree / "debian/rules").chmod(0o755)
    run("dpkg-buildpackage", "-us", "-uc", "-d", cwd=tree)


def write_tree(root: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def run(*command: str, cwd: Path) -> str:
    """Standard output of a command that must succeed."""
    result = subprocess.run(
        command,
        cwd=cwd,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(cwd)},
        check=False,
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS_MAX,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout
