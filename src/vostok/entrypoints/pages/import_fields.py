"""The form that imports an archive: what was typed, and the request that it makes."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from vostok.debian.packages import check_component
from vostok.domain.archive import check_archive_name, check_suite_name
from vostok.entrypoints.pages.typed_fields import (
    NAME_CHARACTERS_MAX,
    Faults,
    FieldChecks,
    words_of,
)
from vostok.entrypoints.pages.visits import Form
from vostok.errors import InvalidInputError
from vostok.services.importing.request import (
    ADDRESS_HINT,
    ImportRequest,
    check_fingerprint,
    check_keyring,
    check_machine,
    check_mirrors,
    check_shown_address,
    check_suites,
)

ARMOUR: Final = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
YES: Final = "yes"


class Keys(StrEnum):
    """Whose signatures an import takes."""

    KNOWN = "known"
    DEBIAN = "debian"
    TYPED = "typed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What the fields hold, as it was typed; the names are those of the form."""

    name: str = ""
    mirror: str = ""
    suites: str = ""
    components: str = "main"
    architectures: str = ""
    keys: str = Keys.KNOWN
    keyring: str = ""
    signed_by: str = ""
    mirrors: str = ""
    allow_older: bool = False
    allow_expired: bool = False
    udebs: bool = False
    translations: bool = True
    binnmus: str = ""
    is_again: bool = False
    """Whether it began with what was imported last."""

    @property
    def has_more(self) -> bool:
        """Whether something is asked that few ask for."""
        usual = Typed()
        return (self.mirrors, self.allow_older, self.allow_expired, self.udebs) != (
            usual.mirrors, usual.allow_older, usual.allow_expired, usual.udebs,
        ) or not self.translations or bool(self.binnmus)  # fmt: skip


def typed_of(sent: Form) -> Typed:
    """What a form that was sent holds."""
    return Typed(
        name=sent.text("name"),
        mirror=sent.text("mirror"),
        suites=sent.text("suites"),
        components=sent.text("components"),
        architectures=sent.text("architectures"),
        keys=sent.text("keys") or Keys.KNOWN,
        keyring=sent.text("keyring").replace("\r", ""),
        signed_by=sent.text("signed_by"),
        mirrors=sent.text("mirrors").replace("\r", ""),
        allow_older=sent.text("allow_older") == YES,
        allow_expired=sent.text("allow_expired") == YES,
        udebs=sent.text("udebs") == YES,
        translations=sent.text("translations") == YES,
        binnmus=sent.text("binnmus"),
        is_again=sent.text("again") == YES,
    )


def typed_again(request: ImportRequest) -> Typed:
    """The form as it asks for what was imported last."""
    return Typed(
        name=request.name,
        suites=" ".join(request.suites),
        components=" ".join(request.components),
        architectures=" ".join(request.architectures),
        mirrors="\n".join(f"{name}={url}" for name, url in (request.mirrors or {}).items()),
        udebs=request.has_udebs,
        translations=request.has_translations,
        is_again=True,
    )


def request_of(typed: Typed, keys_of_debian: Callable[[], bytes]) -> tuple[ImportRequest, Faults]:
    """The request that was typed, and every fault that needs no look at the archive.

    Args:
        typed: the form.
        keys_of_debian: gives Debian's keyring, if that is asked for.
    """
    checks = FieldChecks()
    checks.check("name", lambda: check_archive_name(typed.name))
    suites = checks.each("suites", words_of(typed.suites), check_suite_name)
    checks.check("suites", lambda: check_suites(suites)) if "suites" not in checks.faults else None
    components = checks.each("components", words_of(typed.components), check_component)
    architectures = checks.each("architectures", words_of(typed.architectures), check_machine)
    if typed.mirror:
        checks.check("mirror", lambda: _check_address(typed.mirror))
    mirrors = checks.pairs(
        "mirrors", typed.mirrors, example="alpha=http://ports.example.org/debian-ports"
    )
    checks.check("mirrors", lambda: _check_mirrors(mirrors, architectures))
    fingerprints = checks.each("signed_by", _fingerprints(typed.signed_by), check_fingerprint)
    keyring = checks.check("keyring", lambda: _keyring(typed, keys_of_debian))
    return (
        ImportRequest(
            name=typed.name,
            suites=suites,
            components=components,
            architectures=architectures,
            mirror=typed.mirror or None,
            mirrors=mirrors,
            keyring=keyring,
            fingerprints=fingerprints,
            is_expired_allowed=typed.allow_expired,
            is_older_allowed=typed.allow_older,
            has_udebs=typed.udebs,
            has_translations=typed.translations,
            makes_binnmus={"yes": True, "no": False}.get(typed.binnmus),
        ),
        checks.faults,
    )


def _check_address(address: str) -> None:
    if not address.startswith(("http://", "https://")) or len(address) > NAME_CHARACTERS_MAX:
        raise InvalidInputError(
            f"{address[:NAME_CHARACTERS_MAX]!r} is not an address of the web",
            hint=ADDRESS_HINT,
        )
    check_shown_address(address)


def _check_mirrors(mirrors: dict[str, str], architectures: list[str]) -> None:
    for address in mirrors.values():
        _check_address(address)
    check_mirrors(mirrors, architectures)


def _fingerprints(text: str) -> list[str]:
    """One on each line, or between commas: people copy them with blanks between the digits."""
    return [part.strip() for part in text.replace(",", "\n").splitlines() if part.strip()]


def _keyring(typed: Typed, keys_of_debian: Callable[[], bytes]) -> bytes | None:
    if typed.keyring and typed.keys != Keys.TYPED:
        raise InvalidInputError(
            "keys were pasted, but others are chosen",
            hint="choose the pasted ones, or take them out",
        )
    match typed.keys:
        case Keys.KNOWN:
            return None
        case Keys.DEBIAN:
            return keys_of_debian()
        case Keys.TYPED:
            return _pasted(typed.keyring)
        case _:
            raise InvalidInputError("choose whose signatures are taken")


def _pasted(text: str) -> bytes:
    content = text.encode()
    check_keyring(content)
    if ARMOUR not in text:
        raise InvalidInputError(
            "no public keys in armour are pasted here",
            hint=f"they begin with {ARMOUR}, as gpg --armor --export FINGERPRINT writes them",
        )
    return content + b"\n"
