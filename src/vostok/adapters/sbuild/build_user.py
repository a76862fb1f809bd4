"""The user as whom everything of a build runs."""

import fcntl
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
SUBUID_TABLE, SUBGID_TABLE = Path("/etc/subuid"), Path("/etc/subgid")
SUBORDINATE_ID_FIELDS = 3
CLOSED_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdRange:
    """Subordinate ids: `count` of them from `start` on."""

    start: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildUser:
    """`is_own` is True when the builder runs as this user itself, and cannot change users."""

    name: str
    uid: int
    gid: int
    home: Path
    is_own: bool
    subordinate_uids: IdRange
    subordinate_gids: IdRange


def build_user() -> BuildUser:
    """The user for builds: `vostok-build`, made if need be, for root; else whoever runs this.

    Raises:
        UnavailableError: the user cannot be made or has too few subordinate ids.
    """
    uid = os.geteuid()
    entry = pwd.getpwuid(uid) if uid else _own_user()
    return BuildUser(
        name=entry.pw_name,
        uid=entry.pw_uid,
        gid=entry.pw_gid,
        home=Path(entry.pw_dir),
        is_own=uid != 0,
        subordinate_uids=_subordinate_ids(entry, SUBUID_TABLE),
        subordinate_gids=_subordinate_ids(entry, SUBGID_TABLE),
    )


def _own_user() -> pwd.struct_passwd:
    """It is made once, and whole, however many builders start on the machine at a time."""
    place = os.open(BUILD_USER_HOME.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(place, fcntl.LOCK_EX)  # the user's ids are written after the user
        return _entry(BUILD_USER) or _make_user()
    finally:
        os.close(place)


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


def _subordinate_ids(entry: pwd.struct_passwd, table: Path) -> IdRange:
    """The user's largest range in a table whose lines read NAME-OR-ID:START:COUNT."""
    lines = table.read_text().splitlines() if table.exists() else []
    fields = (line.split(":") for line in lines)
    ranges = [
        IdRange(start=int(line[1]), count=int(line[2]))
        for line in fields
        if len(line) == SUBORDINATE_ID_FIELDS and line[0] in {entry.pw_name, str(entry.pw_uid)}
    ]
    largest = max(ranges, key=lambda ids: ids.count, default=IdRange(start=0, count=0))
    if largest.count < SUBORDINATE_IDS_MIN:
        option = "--add-subuids" if table == SUBUID_TABLE else "--add-subgids"
        raise UnavailableError(
            f"user {entry.pw_name} has no {SUBORDINATE_IDS_MIN} subordinate ids in {table}",
            hint=f"as root: usermod {option} 200000-265535 {entry.pw_name}",
        )
    return largest
