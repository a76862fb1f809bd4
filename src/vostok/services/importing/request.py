"""What is asked of an import, checked before a job begins."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vostok.debian.architecture import check_architecture
from vostok.debian.packages import check_component
from vostok.domain.archive import check_archive_name, check_suite_name
from vostok.domain.counting import counted
from vostok.domain.index_plan import ALL
from vostok.errors import InvalidInputError

KEYRING_BYTES_MAX = 4 << 20
SUITES_MAX = 100
ADDRESS_HINT = "for example http://mirror.example.org/debian: the directory that holds dists"
ADDRESS_CHARACTERS_SHOWN = 200
FINGERPRINT = re.compile(r"[0-9A-F]{40}([0-9A-F]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """Which suites to import, whence, and whom to trust.

    Attributes:
        name: of the archive that takes them.
        mirror: directory that holds `dists`; None: where a suite came from before, else where
            this machine's apt gets it.
        mirrors: architecture -> mirror of those that lie elsewhere (ports).
        keyring: OpenPGP keys; None: those of Debian.
        fingerprints: if there are any, one of these keys of the keyring must have signed.
        is_expired_allowed: take a Release whose Valid-Until has passed.
        is_older_allowed: take a Release that is older than that of the last import.
        makes_binnmus: what is declared of the archive; None: as before, at first that it does.
    """

    name: str
    suites: Sequence[str]
    components: Sequence[str] = ()
    architectures: Sequence[str] = ()
    mirror: str | None = None
    mirrors: Mapping[str, str] | None = None
    keyring: bytes | None = None
    fingerprints: Sequence[str] = ()
    is_expired_allowed: bool = False
    is_older_allowed: bool = False
    has_udebs: bool = False
    has_translations: bool = True
    makes_binnmus: bool | None = None


def check_request(request: ImportRequest) -> None:
    """Nothing, if the names of a request can be names.

    Raises:
        InvalidInputError: one can not, a mirror's address holds what must not be shown, there are
            too many suites, or the keyring is too large.
    """
    check_archive_name(request.name)
    for address in (request.mirror, *(request.mirrors or {}).values()):
        if address is not None:
            check_shown_address(address)
    for suite in request.suites:
        check_suite_name(suite)
    check_suites(request.suites)
    if request.keyring is not None:
        check_keyring(request.keyring)


def check_suites(suites: Sequence[str]) -> None:
    """Nothing, if that many suites can be imported at once.

    Raises:
        InvalidInputError: there is none, or there are too many.
    """
    if not 1 <= len(suites) <= SUITES_MAX:
        raise InvalidInputError(
            f"{counted(len(suites), 'suite')} asked for; name a suite, or up to {SUITES_MAX}",
            hint="for example bookworm and bookworm-updates",
        )


def check_keyring(keyring: bytes) -> None:
    """Nothing, if a keyring is not too large.

    Raises:
        InvalidInputError: it is.
    """
    if len(keyring) > KEYRING_BYTES_MAX:
        raise InvalidInputError(
            f"the keyring is larger than {KEYRING_BYTES_MAX} bytes",
            hint="export only the keys of that archive: gpg --export FINGERPRINT",
        )


def check_mirrors(mirrors: Mapping[str, str], architectures: Sequence[str]) -> None:
    """Nothing, if mirrors of architectures are named for some that are imported.

    Raises:
        InvalidInputError: one is named for what is no architecture, or is not imported.
    """
    if unused := [name for name in map(check_machine, mirrors) if name not in architectures]:
        raise InvalidInputError(
            f"a mirror is named for {', '.join(unused)}, which is not among the architectures",
            hint=f"name {unused[0]} among the architectures too, or no mirror for it",
        )


def check_shown_address(address: str) -> None:
    """Nothing, if a mirror's address may be shown: whoever sees the archive sees it.

    Raises:
        InvalidInputError: it holds a user name, a password or a fragment, or cannot be read.
    """
    try:
        place = urlsplit(address)
    except ValueError:
        raise InvalidInputError(
            f"{address[:ADDRESS_CHARACTERS_SHOWN]!r} is not an address of the web",
            hint=ADDRESS_HINT,
        ) from None
    if "@" in place.netloc or place.fragment:
        raise InvalidInputError(
            "the address of the mirror holds a user name, a password or a fragment, which "
            "everybody who sees the archive would be shown",
            hint="name one that needs none, for example a mirror that knows this machine by its "
            "network address",
        )


def job_arguments(
    request: ImportRequest, *, mirrors: Mapping[str, str], machine: Callable[[], str]
) -> dict[str, Any]:
    """The request as a job keeps it, with the defaults filled in and each name once.

    Args:
        request: a checked one.
        mirrors: suite -> where it is read.
        machine: asks for this machine's own architecture.

    Raises:
        InvalidInputError: an architecture, component or fingerprint is malformed, or a mirror is
            named for what is not imported.
    """
    architectures = list(dict.fromkeys(map(check_machine, request.architectures)))
    apart = request.mirrors or {}
    check_mirrors(apart, architectures)
    keyring = request.keyring
    return {
        "name": request.name,
        "suites": [
            {"suite": suite, "mirror": mirrors[suite]} for suite in dict.fromkeys(request.suites)
        ],
        "components": list(dict.fromkeys(map(check_component, request.components))) or ["main"],
        "architectures": architectures or [machine()],
        "mirrors": {name: address.rstrip("/") for name, address in apart.items()},
        "keyring": None if keyring is None else base64.b64encode(keyring).decode(),
        "fingerprints": [check_fingerprint(text) for text in request.fingerprints],
        "is_expired_allowed": request.is_expired_allowed,
        "is_older_allowed": request.is_older_allowed,
        "has_udebs": request.has_udebs,
        "has_translations": request.has_translations,
        "makes_binnmus": request.makes_binnmus,
    }


def asked_words(arguments: Mapping[str, Any]) -> str:
    """What an import was asked for as, for the audit log. Addresses have no password: see above.

    Args:
        arguments: as `job_arguments` makes them.
    """
    flags = [
        ("with udebs", arguments["has_udebs"]),
        ("without translations", not arguments["has_translations"]),
        ("even if expired", arguments["is_expired_allowed"]),
        ("even if older than before", arguments["is_older_allowed"]),
        ("trusting a keyring that was given", arguments["keyring"]),
        ("binNMUs are made", arguments["makes_binnmus"] is True),
        ("binNMUs are not made", arguments["makes_binnmus"] is False),
    ]
    suites = ", ".join(f"{each['suite']} at {each['mirror']}" for each in arguments["suites"])
    parts = [
        f"suites {suites}",
        f"components {' '.join(arguments['components'])}",
        f"architectures {' '.join(arguments['architectures'])}",
        *(f"{name} at {address}" for name, address in arguments["mirrors"].items()),
        *(words for words, is_so in flags if is_so),
        *(f"signed by {fingerprint}" for fingerprint in arguments["fingerprints"]),
    ]
    return "; ".join(parts)


def check_machine(architecture: str) -> str:
    """The name, if it can be the architecture of a machine.

    Raises:
        InvalidInputError: it can not.
    """
    if architecture in {ALL, "source"}:
        raise InvalidInputError(
            f"{architecture} is no architecture of a machine",
            hint="its packages come with every architecture: --architecture amd64",
        )
    return check_architecture(architecture)


def check_fingerprint(text: str) -> str:
    """The fingerprint in capitals without what people write between its digits.

    Raises:
        InvalidInputError: it is none.
    """
    fingerprint = text.replace(" ", "").upper().removeprefix("0X")
    if not FINGERPRINT.fullmatch(fingerprint):
        raise InvalidInputError(
            f"{text[:100]!r} is no fingerprint of an OpenPGP key",
            hint="40 hexadecimal digits, as gpg --fingerprint prints them",
        )
    return fingerprint
