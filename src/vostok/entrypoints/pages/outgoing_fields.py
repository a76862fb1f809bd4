"""The form that asks for outgoing sources: what was typed, and the request that it makes."""

from dataclasses import dataclass, fields
from datetime import datetime

from vostok.debian.changelog import changelog_entry
from vostok.domain.rebuild_version.schemes import VersionScheme, check_vendor
from vostok.entrypoints.pages.typed_fields import (
    Faults,
    FieldChecks,
    TypedTexts,
    check_reason,
    check_selection,
    check_texts,
)
from vostok.entrypoints.pages.visits import Form
from vostok.errors import InvalidInputError
from vostok.services.rebuilding.outgoing import OutgoingRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed(TypedTexts):
    """What the fields hold, as it was typed; the names are those of the form."""

    selection: str = ""
    reason: str = ""
    maintainer: str = ""
    distribution: str = ""
    scheme: str = ""
    vendor: str = ""


def typed_of(sent: Form) -> Typed:
    """What a form or an address holds.

    Raises:
        InvalidInputError: it holds a null character, which no database keeps.
    """
    texts = {field.name: sent.text(field.name).replace("\r", "") for field in fields(Typed)}
    check_texts(*texts.values())
    return Typed(**texts)


def request_of(typed: Typed, archive: str, now: datetime) -> tuple[OutgoingRequest, Faults]:
    """The request that was typed, and every fault that needs no look at the archive."""
    checks = FieldChecks()
    checks.check("selection", lambda: check_selection(typed.selection))
    checks.check("reason", lambda: _check_reason(typed.reason, now))
    checks.check("maintainer", lambda: _trial_entry(now, maintainer=typed.maintainer))
    if typed.distribution:
        checks.check("distribution", lambda: _trial_entry(now, distribution=typed.distribution))
    scheme = checks.check("scheme", lambda: _scheme(typed.scheme))
    if scheme is not None:
        checks.check("vendor", lambda: check_vendor(scheme, typed.vendor))
    elif typed.vendor:
        checks.check("vendor", lambda: _refuse_vendor(typed.vendor))
    return (
        OutgoingRequest(
            archive=archive,
            selection=typed.selection,
            reason=typed.reason,
            maintainer=typed.maintainer,
            distribution=typed.distribution or None,
            scheme=scheme,
            vendor=typed.vendor,
        ),
        checks.faults,
    )


def _check_reason(reason: str, now: datetime) -> None:
    check_reason(reason)
    _trial_entry(now, reason=reason)


def _trial_entry(
    now: datetime,
    *,
    reason: str = "a trial",
    maintainer: str = "A Trial <trial@example.org>",
    distribution: str = "unstable",
) -> None:
    """Nothing, if a changelog entry can say so."""
    changelog_entry(
        source="trial",
        version="1",
        distribution=distribution,
        text_lines=[f"No-change rebuild: {reason}"],
        maintainer=maintainer,
        date=now,
        binary_only=False,
    )


def _scheme(text: str) -> VersionScheme | None:
    try:
        return VersionScheme(text) if text else None
    except ValueError:
        raise InvalidInputError(f"{text[:60]!r} is none of those to choose from") from None


def _refuse_vendor(vendor: str) -> None:
    raise InvalidInputError(
        f"the vendor's word {vendor[:60]!r} says nothing without its scheme",
        hint="choose the scheme vendor, or take the word out",
    )
