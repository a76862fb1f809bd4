"""Archives, their suites, and what one is derived from."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from vostok.domain.derivation import Derivation, OnRemoval
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.errors import InvalidInputError

NAME_LENGTH_MAX = 64
TAG_LENGTH_MAX = 32
NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")
SUITE_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")
RESERVED_NAMES = frozenset(
    {"all", "archives", "builds", "derive", "import", "jobs", "new", "toolchains"}
)
"""Names that would hide an address of the API or the pages."""
HIDDEN_MARK = "~deleted-"
"""What the name of an archive begins with that nobody finds any more: no other name can."""


class ArchiveKind(StrEnum):
    """Where an archive's packages come from."""

    EXTERNAL = "external"
    DERIVED = "derived"


class ArchiveState(StrEnum):
    """Whether an archive can be used yet, or still."""

    PREPARING = "preparing"
    ACTIVE = "active"
    DELETING = "deleting"


class DependencyMode(StrEnum):
    """Whose packages satisfy the build dependencies of a rebuild."""

    OWN = "own"
    PARENT = "parent"
    ISOLATED = "isolated"


class SuiteRole(StrEnum):
    """What a suite is there for. People see those of role `suite` only."""

    SUITE = "suite"
    BASE = "base"
    """Holds the composed base of a derived suite, numbered by its derivations."""
    IMAGE = "image"
    """Holds what publications of a derived suite showed, for the suites derived from it."""


class Keep(StrEnum):
    """Which of its parents' files an archive fetches before somebody needs them."""

    NEEDED = "needed"
    VIEW = "view"
    ALL = "all"


class Serve(StrEnum):
    """How a client gets a package that is not here yet."""

    FETCH = "fetch"
    REDIRECT = "redirect"


class RebuildPolicy(StrEnum):
    """When an archive lets its sources be built again."""

    NEVER = "never"
    ON_REQUEST = "on-request"
    ON_EVERY_SYNC = "on-every-sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """A named thing that can be published; its packages are in its suites."""

    id: int
    name: str
    kind: ArchiveKind
    state: ArchiveState
    created_at: datetime
    requested_by: str
    tag: str
    """Letters that mark versions rebuilt here; empty for external archives."""
    policy: RebuildPolicy
    toolchain_id: int | None
    key_fingerprint: str | None
    keep: Keep = Keep.NEEDED
    serve: Serve = Serve.FETCH
    scheme: VersionScheme = VersionScheme.SAFE
    vendor: str = ""
    """The word that versions carry under a scheme with a vendor's suffix."""
    makes_binnmus: bool = True
    """Whether an external archive rebuilds as `+bN` itself; only a declared `no` is believed."""
    makes_ubuntu_versions: bool = True
    """Whether it makes `buildN` and `ubuntuN` itself; only a declared `no` is believed."""
    is_private: bool = False
    """Whether only those see it who were granted a right on it."""
    accepts_binaries: bool = False
    """Whether uploads may hold binaries beside their source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One suite of an archive; of a derived one also its newest derivation.

    `snapshot`, `edition` and `publication` are the numbers of the newest of each, 0 for none.
    """

    id: int
    archive_id: int
    role: SuiteRole
    name: str
    codename: str
    components: tuple[str, ...]
    architectures: tuple[str, ...]
    mirror: str | None
    mirrors: Mapping[str, str]
    """Architecture -> mirror of those that lie on another one (ports)."""
    snapshot: int
    edition: int
    publication: int
    dependencies: DependencyMode
    on_removal: OnRemoval
    derivation: Derivation | None
    """The newest; none for a suite of somebody else's archive."""

    @property
    def architecture_of_all(self) -> str:
        """The architecture on which the `all` part of a source is built: the first."""
        return self.architectures[0]

    @property
    def all_components(self) -> tuple[str, ...]:
        """The components of the suite's own repository: the parent's, `debug` and `toolchain`."""
        return (*self.components, *(c for c in OWN_COMPONENTS if c not in self.components))


DEBUG_COMPONENT = "debug"
TOOLCHAIN_COMPONENT = "toolchain"
OWN_COMPONENTS = (DEBUG_COMPONENT, TOOLCHAIN_COMPONENT)


def check_archive_name(name: str) -> str:
    """The name, if it can be one of an archive.

    Raises:
        InvalidInputError: it is too long, reserved, or has other characters than `[a-z0-9+.-]`.
    """
    if len(name) > NAME_LENGTH_MAX or not NAME.fullmatch(name) or name.endswith(".json"):
        raise InvalidInputError(
            f"{name[:NAME_LENGTH_MAX]!r} cannot be the name of an archive",
            hint="use lower-case letters, digits, + . - and begin with a letter or digit; "
            f"at most {NAME_LENGTH_MAX} characters",
        )
    if name in RESERVED_NAMES:
        raise InvalidInputError(
            f"the name {name!r} is reserved", hint="choose another name for the archive"
        )
    return name


def check_suite_name(name: str) -> str:
    """The name, if it can be one of a suite that Vostok may ask a mirror for.

    Raises:
        InvalidInputError: characters that could leave the path `dists/NAME`.
    """
    parts = name.split("/")
    well_formed = all(SUITE_NAME.fullmatch(part) and ".." not in part for part in parts)
    if len(name) > NAME_LENGTH_MAX or len(parts) > 2 or not well_formed:  # noqa: PLR2004 - «bookworm/updates»
        raise InvalidInputError(
            f"{name[:NAME_LENGTH_MAX]!r} cannot be the name of a suite",
            hint="for example: bookworm",
        )
    return name


def tag_of(name: str) -> str:
    """The tag an archive gets when none is asked for: the letters of its name.

    Letters only: a digit would run into the number behind it, `gcc1` + `31` = `gcc13` + `1`.
    """
    return "".join(re.findall(r"[a-z]", name))[:TAG_LENGTH_MAX]


def check_tag(tag: str) -> str:
    """The tag, if versions can carry it.

    Raises:
        InvalidInputError: it is empty, too long, or has anything but lower-case letters.
    """
    if not re.fullmatch(rf"[a-z]{{1,{TAG_LENGTH_MAX}}}", tag):
        raise InvalidInputError(
            f"the tag {tag[:TAG_LENGTH_MAX]!r} is not 1 to {TAG_LENGTH_MAX} letters a-z",
            hint="name one: --tag LETTERS",
        )
    return tag
