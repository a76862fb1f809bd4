"""Settings of every Vostok process: a TOML file, the environment, the command line.

The only module that reads the environment. What is set nearer wins: an option of the command,
then ``VOSTOK_*``, then the file named by ``--config`` or ``VOSTOK_CONFIG``, then the default.

``VOSTOK_PORT=8601`` sets `Settings.port`, ``VOSTOK_LIMITS_PROCESSES_MAX=512`` sets
`BuildLimits.processes_max`; in the file they are ``port = 8601`` and, under ``[limits]``,
``processes_max = 512``.
"""

import os
import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from vostok.domain.mail import MailSecurity, check_mailable
from vostok.domain.webhook import parse_networks
from vostok.errors import InvalidInputError

SYSTEM_DATA_ROOT: Final = Path("/var/lib/vostok")
CONFIG_BYTES_MAX: Final = 1 << 20

_PREFIX: Final = "VOSTOK_"
_CONFIG_VARIABLE: Final = "VOSTOK_CONFIG"
_SECRET: Final = (("token",), ("database_url",))
_CHILD_VARIABLES: Final = (
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "TZ",
    "TMPDIR",
    "XDG_DATA_HOME",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
)

Seconds = Annotated[int, Field(ge=1, le=7 * 24 * 3600)]
Bytes = Annotated[int, Field(ge=1 << 20, le=1 << 46)]


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _networks(text: str) -> str:
    parse_networks(text)
    return text


class BuildLimits(BaseModel):
    """What one attempt of a build may use; beyond any of these it is killed and failed."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    wall_seconds_max: Seconds = 14_400
    """Wall-clock time from the claim to the end of the build."""

    silence_seconds_max: Seconds = 3_600
    """Time without a new line in the log."""

    log_bytes_max: Bytes = 100 << 20
    """Size of the build log."""

    output_bytes_max: Bytes = 4 << 30
    """Size of all files that the build makes for upload, together."""

    memory_bytes_max: Bytes = 8 << 30
    """Memory of all processes of the sandbox, together."""

    processes_max: Annotated[int, Field(ge=16, le=1 << 20)] = 4_096
    """Processes in the sandbox at one time."""


class Settings(BaseModel):
    """All settings, checked; `load_settings` makes one and every process passes it on."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    data_root: Annotated[Path, AfterValidator(_absolute)] = Field(
        default_factory=lambda: _default_data_root(_own_environment())
    )
    """Directory of everything Vostok keeps on this machine. Default: /var/lib/vostok for root,
    else vostok in the user's data directory (XDG_DATA_HOME, ~/.local/share)."""

    host: Annotated[str, Field(min_length=1, max_length=253)] = "127.0.0.1"
    """Address the server listens on."""

    port: Annotated[int, Field(ge=0, le=65_535)] = 8_600
    """Port the server listens on; 0 takes a free one."""

    url: Annotated[str, Field(pattern=r"^https?://[^/?#@\s]+(/[^?#@\s]*)?$")] | None = None
    """URL of the server as clients and builders reach it. Default: of the host and port it
    listens on; for the command line, that of `vostok login`, else what the data root's file
    `address` says."""

    token: Annotated[str, Field(min_length=1, max_length=4_096)] | None = Field(
        default=None, repr=False
    )
    """Bearer token of the command line. Default: that of `vostok login`, else the data root's file
    `admin.token`."""

    database_url: Annotated[str, Field(pattern=r"^(sqlite|postgresql)(\+\w+)?://")] | None = Field(
        default=None, repr=False
    )
    """SQLAlchemy URL of the database. Default: `vostok.db` in the data root."""

    slots: Annotated[int, Field(ge=1, le=64)] = 2
    """Builds that this machine's builder runs at a time."""

    builder_name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")] | None = None
    """Name under which this machine's builder works. Default: the host name."""

    edition_seconds: Seconds = 600
    """Age at which an archive's view edition (what its builds see) is cut anew, if it changed."""

    lease_seconds: Seconds = 60
    """Silence of a builder after which its attempt is lost and the build is tried again."""

    heartbeat_seconds: Seconds = 5
    """Time between two signs of life of a builder; also the delay of a cancellation."""

    attempts_max: Annotated[int, Field(ge=1, le=100)] = 3
    """Attempts of one build that end without a verdict on its package (a lost builder, a failed
    chroot, a missing source) before the build fails."""

    tombstone_days: Annotated[int, Field(ge=0, le=36_500)] = 365
    """Days for which the addresses of a deleted archive answer that it was deleted, by whom and
    when; afterwards, and at once with 0, nothing is known of it. The name is free all the time.
    Of a private archive it is remembered for good, so that its name stays hidden."""

    file_answer_seconds: Seconds = 1_800
    """Time for which a mirror that lacks a file, or has other bytes, is not asked for it again."""

    collect_grace_seconds: Seconds = 86_400
    """Age below which `vostok store collect` leaves what nobody names: it may be named soon."""

    publications_kept: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Newest publications of a suite that stay, however old they are."""

    publication_seconds: Seconds = 604_800
    """Time for which an older publication stays after the next one took its place: clients may
    still be reading it. It goes after the next publication, or with `vostok store collect`."""

    view_index_seconds: Seconds = 3_600
    """Time for which the indices of a view stay that no running attempt reads and a newer edition
    has replaced; they are written again when somebody asks for them."""

    upload_file_bytes_max: Bytes = 4 << 30
    """Size of one file of an upload."""

    spool_bytes_max: Bytes = 8 << 30
    """Size of all files together that one sender may have waiting in one archive for the .changes
    that names them."""

    spool_seconds: Seconds = 86_400
    """Time after which a file that was sent, and that no .changes has named, is forgotten; so is
    one that was begun and never completed."""

    session_seconds: Seconds = 43_200
    """Time after which whoever signed in to the pages has to sign in again."""

    idempotency_seconds: Seconds = 86_400
    """Time for which a request sent again with its `Idempotency-Key` gets its first answer."""

    open_id_issuer: (
        Annotated[
            str,
            Field(pattern=r"^(https://|http://(127\.0\.0\.1|localhost|\[::1\])(:|/|$))[^?#@\s]*$"),
        ]
        | None
    ) = None
    """Address of an OpenID Connect provider by which people sign in to the pages, beside
    passwords."""

    open_id_client: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Under which name this server is known to that provider (client id)."""

    open_id_secret_file: Path | None = None
    """File with the secret that the provider gave for that name; none for a public client."""

    open_id_name: Annotated[str, Field(min_length=1, max_length=60)] = "OpenID Connect"
    """What people call the provider, for the button on the page to sign in."""

    open_id_new_persons: bool = False
    """Whether those whom nobody has added become members, who may do what is granted to them, by
    signing in; else only persons sign in whose address the provider has verified."""

    webhook_networks: Annotated[str, AfterValidator(_networks)] = ""
    """Networks of this machine or inside that webhooks may reach, with commas between them, as
    10.1.0.0/16. Without any, all addresses outside are reached, and no other."""

    mail_host: Annotated[str, Field(min_length=1, max_length=253)] | None = None
    """Mail server that letters to subscribers are handed to. Default: none, and nothing is
    mailed."""

    mail_port: Annotated[int, Field(ge=1, le=65_535)] = 587
    """Port of the mail server; with tls commonly 465, without either 25."""

    mail_security: MailSecurity = MailSecurity.STARTTLS
    """How the connection to the mail server is kept secret: by `starttls`, by `tls` from its
    beginning, or not (`none`), which is for a server on this machine."""

    mail_user: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    """Name under which to sign in at the mail server; without one nobody signs in."""

    mail_password_file: Path | None = None
    """File with the password for that name; of one line."""

    mail_from: Annotated[str, AfterValidator(check_mailable)] | None = None
    """Address that letters come from; needed where `mail_host` is set."""

    mail_seconds: Annotated[int, Field(ge=60, le=7 * 24 * 3600)] = 900
    """Time between two letters to one person: what happens in it comes together in one."""

    limits: BuildLimits = BuildLimits()
    """What one attempt may use."""

    @property
    def admin_token_file(self) -> Path:
        """Where `vostok up` keeps the administrator's token, readable by its user only."""
        return self.data_root / "admin.token"

    @property
    def builder_token_file(self) -> Path:
        """Where `vostok up` keeps the token with which a builder claims builds."""
        return self.data_root / "builder.token"

    @property
    def address_file(self) -> Path:
        """Holds the URL of the server while `vostok up` runs."""
        return self.data_root / "address"

    @property
    def database(self) -> str:
        """`database_url`, or the URL of the SQLite file in the data root."""
        return self.database_url or f"sqlite:///{self.data_root / 'vostok.db'}"


def load_settings(
    given: Mapping[str, object] | None = None,
    *,
    config_file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings of this process.

    Args:
        given: settings from the command line by name; None values count as not given.
        config_file: TOML file instead of the one that VOSTOK_CONFIG names.
        environment: instead of this process's own.

    Raises:
        InvalidInputError: a key that is no setting, a value that does not fit, or an unreadable
            file; every fault is named, each with where it was set.
    """
    variables = _own_environment() if environment is None else environment
    file = config_file or (
        Path(variables[_CONFIG_VARIABLE]) if variables.get(_CONFIG_VARIABLE) else None
    )
    values: dict[str, object] = {}
    from_file = {} if file is None else _values_of_file(file)
    from_environment = _values_of_environment(variables)
    from_command = {name: value for name, value in (given or {}).items() if value is not None}
    for layer in (from_file, from_environment, from_command):
        values = _merged(values, layer)
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        raise InvalidInputError(
            "; ".join(
                _fault_sentence(fault["loc"], fault["msg"], fault["input"])
                for fault in error.errors()
            ),
            hint=None if file is None else f"see {file} and the VOSTOK_ variables",
        ) from error


def child_environment(
    settings: Settings, *, environment: Mapping[str, str] | None = None
) -> dict[str, str]:
    """All that a child process of Vostok gets of the environment, these settings included.

    Paths, locale, proxies, and the settings as they were found here, so that a child needs no
    file; not the administrator's token, and nothing that would configure a library behind
    Vostok's back.
    """
    variables = _own_environment() if environment is None else environment
    kept = {
        name: value
        for name, value in variables.items()
        if name in _CHILD_VARIABLES or name.startswith("LC_")
    }
    dumped = settings.model_dump(mode="json", exclude={"token", "limits"}, exclude_none=True)
    limits = settings.limits.model_dump(mode="json")
    return {
        **kept,
        **{_PREFIX + name.upper(): str(value) for name, value in dumped.items()},
        **{f"{_PREFIX}LIMITS_{name.upper()}": str(value) for name, value in limits.items()},
    }


def _values_of_file(file: Path) -> dict[str, object]:
    try:
        with file.open("rb") as stream:
            text = stream.read(CONFIG_BYTES_MAX + 1)
    except OSError as error:
        raise InvalidInputError(
            f"configuration file {file} cannot be read: {error.strerror}"
        ) from error
    if len(text) > CONFIG_BYTES_MAX:
        raise InvalidInputError(f"configuration file {file} is over {CONFIG_BYTES_MAX} bytes")
    try:
        values = tomllib.loads(text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"configuration file {file} is not TOML: {error}") from error
    known = set(Settings.model_fields)
    limits = values.get("limits")
    unknown = [key for key in values if key not in known]
    if isinstance(limits, dict):
        unknown += [f"limits.{key}" for key in limits if key not in BuildLimits.model_fields]
    known |= {f"limits.{name}" for name in BuildLimits.model_fields}
    _refuse_unknown(unknown, known, where=f"in {file}")
    return values


def _values_of_environment(variables: Mapping[str, str]) -> dict[str, object]:
    names = {
        f"{_PREFIX}{name.upper()}": name for name in Settings.model_fields if name != "limits"
    }
    limit_names = {f"{_PREFIX}LIMITS_{name.upper()}": name for name in BuildLimits.model_fields}
    known = {*names, *limit_names, _CONFIG_VARIABLE}
    _refuse_unknown(
        [name for name in variables if name.startswith(_PREFIX) and name not in known],
        known,
        where="in the environment",
    )
    values: dict[str, object] = {
        name: variables[variable] for variable, name in names.items() if variables.get(variable)
    }
    limits = {
        name: variables[variable]
        for variable, name in limit_names.items()
        if variables.get(variable)
    }
    return {**values, "limits": limits} if limits else values


def _refuse_unknown(unknown: list[str], known: set[str], *, where: str) -> None:
    if not unknown:
        return
    near = {key: get_close_matches(key, known, n=1) for key in unknown}
    raise InvalidInputError(
        f"unknown setting{'s' if len(unknown) > 1 else ''} {where}: {', '.join(sorted(unknown))}",
        hint="; ".join(f"did you mean {match[0]}?" for match in near.values() if match) or None,
    )


def _merged(values: dict[str, object], nearer: Mapping[str, object]) -> dict[str, object]:
    merged = {**values, **nearer}
    below, above = values.get("limits"), nearer.get("limits")
    if isinstance(below, dict) and isinstance(above, dict):
        merged["limits"] = {**below, **above}
    return merged


def _fault_sentence(location: tuple[int | str, ...], message: str, value: object) -> str:
    name = ".".join(str(part) for part in location)
    shown = "" if location[:1] in _SECRET else f", got {value!r}"
    return f"setting {name}: {message[:1].lower()}{message[1:]}{shown}"


def login_file(environment: Mapping[str, str] | None = None) -> Path:
    """Where `vostok login` keeps a server's address and token, for this user."""
    variables = _own_environment() if environment is None else environment
    directory = variables.get("XDG_CONFIG_HOME") or ""
    base = Path(directory) if directory.startswith("/") else Path.home() / ".config"
    return base / "vostok" / "login.json"


def developer_of_environment(environment: Mapping[str, str] | None = None) -> str | None:
    """`Name <address>` of who works here, from the variables that dch reads; None without them.

    Source: debchange(1): DEBFULLNAME, DEBEMAIL, NAME, EMAIL.
    """
    variables = _own_environment() if environment is None else environment
    said = variables.get("DEBEMAIL") or variables.get("EMAIL") or ""
    name, before, address = said.rpartition("<")
    name = variables.get("DEBFULLNAME") or variables.get("NAME") or name
    address = address.removesuffix(">") if before else said
    if not name.strip() or not address.strip():
        return None
    return f"{name.strip()} <{address.strip()}>"


def _own_environment() -> Mapping[str, str]:
    return os.environ  # noqa: TID251 - the one place that may


def _default_data_root(variables: Mapping[str, str]) -> Path:
    if os.geteuid() == 0:
        return SYSTEM_DATA_ROOT
    home = Path(variables.get("HOME") or "~").expanduser()
    data_home = variables.get("XDG_DATA_HOME") or str(home / ".local" / "share")
    return Path(data_home) / "vostok"
