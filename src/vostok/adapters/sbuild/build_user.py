"""The user as whom everything of a build runs."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from vostok.errors import UnavailableError

BUILD_USER = "vostok-build"
BUILD_USER_HOME = Path("/var/lib/vostok-build")
USERADD_SECONDS_MAX = 60
SUBORDINATE_IDS_MIN = 65_536
SUBORDINATE_ID_TABLES = (Path("/etc/subuid"), Path("/etc/subgid"))
SUBORDINATE_ID_FIELDS = 3
CLOSED_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildUser:
    """`is_own` is True when the builder runs as this user itself, and cannot change users."""

    name: str
    uid: int
    gid: int
    home: Path
    is_own: bool


def build_user() -> BuildUser:
    """The user for builds: `vostok-build`, made if need be, for root; else whoever runs this.

    Raises:
        UnavailableError: the user cannot be made or has too few subordinate ids.
    """
    uid = os.geteuid()
    entry = pwd.getpwuid(uid) if uid else _entry(BUILD_USER) or _make_user()
    _check_subordinate_ids(entry.pw_name, entry.pw_uid)
    return BuildUser(
        name=entry.pw_name,
        uid=entry.pw_uid,
        gid=entry.pw_gid,
        home=Path(entry.pw_dir),
        is_own=uid != 0,
    )


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _make_user() -> pwd.struct_passwd:
    # -F: a system user gets no subordinate ids otherwise.
    command = ["useradd", "--system", "-F", "--create-home", "--home-dir", str(BUILD_USER_HOME)]
    done = subprocess.run(  # noqa: S603 - constants only
        [*command, "--shell", "/usr/sbin/nologin", BUILD_USER],
        env={"PATH": CLOSED_PATH, "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
        timeout=USERADD_SECONDS_MAX,
    )
    entry = _entry(BUILD_USER)
    if entry is None:
        raise UnavailableError(
            f"user {BUILD_USER} could not be made: {done.stderr.strip()}",
            hint=f"make it by hand: useradd --system -F --create-home {BUILD_USER}",
        )
    return entry


def _check_subordinate_ids(name: str, uid: int) -> None:
    for table in SUBORDINATE_ID_TABLES:
        lines = table.read_text().splitlines() if table.exists() else []
        fields = [line.split(":") for line in lines]
        counts = [
            int(line[2])
            for line in fields
            if len(line) == SUBORDINATE_ID_FIELDS and line[0] in {name, str(uid)}
        ]
        if max(counts, default=0) < SUBORDINATE_IDS_MIN:
            option = "--add-subuids" if table.name == "subuid" else "--add-subgids"
            raise UnavailableError(
                f"user {name} has no {SUBORDINATE_IDS_MIN} subordinate ids in {table}",
                hint=f"as root: usermod {option} 200000-265535 {name}",
            )
