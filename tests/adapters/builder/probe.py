"""A small source package whose build does what the environment tells it."""

import subprocess
from hashlib import sha256
from pathlib import Path

from vostok.domain.attempt import (
    Claim,
    ClaimedSource,
    ClaimedToolchain,
    ClaimedView,
    Limits,
    SourceFile,
)
from vostok.domain.build import Part

NAME, VERSION = "vostok-probe", "1.0"
REBUILT_VERSION = "1.0Xtrial1"
TOKEN = "write-token-of-the-attempt"  # noqa: S105 - of a server in this process

CONTROL = """\
Source: vostok-probe
Section: misc
Priority: optional
Maintainer: Probe <probe@example.org>
{build_depends}Standards-Version: 4.6.2
Rules-Requires-Root: no

Package: vostok-probe
Architecture: any
Depends: ${{misc:Depends}}, ${{shlibs:Depends}}
Description: probe
 Says hello.

Package: vostok-probe-doc
Architecture: all
Depends: ${{misc:Depends}}
Description: probe, documentation
 Says how.
"""
WORKING_RULES = """\
#!/usr/bin/make -f
%:
\tdh $@

override_dh_auto_build:
\techo "environment: $(VOSTOK_PROBE)"
\tbash -c ': < /dev/tcp/127.0.0.1/$(VOSTOK_PORT)' || echo "network: none"
\t$(CC) $(CFLAGS) $(LDFLAGS) probe.c -o probe
"""
# Without debhelper a build begins at once.
FAILING_RULES = """\
#!/usr/bin/make -f
clean:
build-arch binary-arch:
\techo "configure: error: this one was only tried" || true
\t$(CC) -c broken.c -o broken.o
"""
SLEEPING_RULES = """\
#!/usr/bin/make -f
clean:
build-arch binary-arch:
\techo "begins to sleep"
\tfor n in 1 2 3; do setsid sleep 1000 & done; sleep 1000
"""
PROBE_C = '#include <stdio.h>\nint main(void) { puts("hello"); return 0; }\n'
BROKEN_C = "int main(void) { return undeclared_name; }\n"
CHANGELOG = """\
vostok-probe (1.0) bookworm; urgency=low

  * First.

 -- Probe <probe@example.org>  Fri, 01 Jan 2021 00:00:00 +0000
"""


def make_source(
    directory: Path,
    *,
    rules: str = WORKING_RULES,
    build_depends: str = "debhelper-compat (= 13)",
) -> Path:
    """A directory with the `.dsc` and the tar file of the probe."""
    relations = f"Build-Depends: {build_depends}\n" if build_depends else ""
    tree, output = directory / f"{NAME}-{VERSION}", directory / "source"
    (tree / "debian" / "source").mkdir(parents=True)
    output.mkdir()
    contents = {
        "debian/control": CONTROL.format(build_depends=relations),
        "debian/rules": rules,
        "debian/changelog": CHANGELOG,
        "debian/copyright": "Public domain.\n",
        "debian/source/format": "3.0 (native)\n",
        "debian/vostok-probe.install": "probe usr/bin\n",
        "debian/vostok-probe-doc.install": "probe.c usr/share/doc/vostok-probe-doc\n",
        "probe.c": PROBE_C,
        "broken.c": BROKEN_C,
    }
    for name, content in contents.items():
        (tree / name).write_text(content)
    (tree / "debian" / "rules").chmod(0o755)
    subprocess.run(
        ["dpkg-source", "-b", str(tree)], cwd=output, check=True, capture_output=True, timeout=60
    )
    return output


def claimed_source(directory: Path) -> ClaimedSource:
    files = tuple(
        SourceFile(
            name=path.name,
            size=path.stat().st_size,
            sha256=sha256(path.read_bytes()).hexdigest(),
        )
        for path in sorted(directory.iterdir())
    )
    return ClaimedSource(name=NAME, version=VERSION, dsc=f"{NAME}_{VERSION}.dsc", files=files)


def entry(*, is_binary_only: bool) -> str:
    tail = ", binary-only=yes" if is_binary_only else ""
    return (
        f"{NAME} ({REBUILT_VERSION}) bookworm; urgency=low{tail}\n\n  * Rebuild.\n\n"
        " -- Vostok <vostok@example.org>  Sat, 01 Jan 2022 00:00:00 +0000\n\n"
    )


def limits(
    *,
    wall_seconds_max: int = 600,
    silence_seconds_max: int = 300,
    log_bytes_max: int = 50_000_000,
    processes_max: int = 1_000,
) -> Limits:
    return Limits(
        wall_seconds_max=wall_seconds_max,
        silence_seconds_max=silence_seconds_max,
        log_bytes_max=log_bytes_max,
        output_bytes_max=1_000_000_000,
        memory_bytes_max=4 * 1024**3,
        processes_max=processes_max,
    )


def make_claim(  # noqa: PLR0913 - what tests vary
    attempt_id: int,
    source: Path,
    *,
    sources_deb822: str = "Types: deb\n",
    architecture: str = "amd64",
    part: Part = Part.ANY,
    environment: dict[str, str] | None = None,
    chroot_keys: tuple[str, ...] = (),
    allowed: Limits | None = None,
) -> Claim:
    is_all = part is Part.ALL
    return Claim(
        attempt_id=attempt_id,
        attempt_token=TOKEN,
        archive_id=1,
        archive="trial",
        codename="bookworm",
        build_id=attempt_id,
        attempt=1,
        rebuild_no=1,
        log_name=f"{NAME}_{REBUILT_VERSION}_{architecture}.build-{attempt_id}.attempt-1.log",
        source=claimed_source(source),
        architecture=architecture,
        part=part,
        version=REBUILT_VERSION,
        changelog_entry=entry(is_binary_only=not is_all),
        view=ClaimedView(sources_deb822=sources_deb822),
        chroot_keys=chroot_keys,
        environment=environment or {},
        build_options=("parallel=2",),
        build_profiles=(),
        toolchain=ClaimedToolchain(
            name="gcc-12", revision=1, producers=(r"GNU (C|C\+\+|GIMPLE)[0-9]* 12\.",)
        ),
        limits=allowed or limits(),
        heartbeat_seconds=1.0,
    )
