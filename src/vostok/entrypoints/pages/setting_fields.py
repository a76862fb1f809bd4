"""The settings of an archive as fields of a form: what each choice does, what was typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vostok.documents import ArchiveView
from vostok.domain.archive import ArchiveKind, Keep, RebuildPolicy, Serve
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.pages.visits import Form
from vostok.errors import InvalidInputError
from vostok.services.deriving.archive_settings import AskedSettings

VENDOR: Final = "vendor"
SCHEME: Final = "scheme"
YES: Final = "yes"
NO: Final = "no"
SEEN: Final = "seen_"
"""Before the name of a field: its value when the form was shown."""
PARTS: Final = frozenset(
    {
        "id", "state", "keep", "serve", "binaries", "policy", "scheme", "binnmus",
        "ubuntu_versions",
    }
)  # fmt: skip
"""The parts of an archive's revision that the form shows."""

Values = Mapping[str, str]
"""Name of a field -> its value; of an archive, or of a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One value that a setting can have, and what follows from it."""

    value: str
    label: str
    effect: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """A setting: one of some choices."""

    name: str
    legend: str
    about: str
    choices: Sequence[Choice]

    @property
    def values(self) -> list[str]:
        """What can be chosen."""
        return [choice.value for choice in self.choices]


def _field(name: str, legend: str, about: str, *choices: tuple[str, str, str]) -> SettingField:
    return SettingField(
        name=name,
        legend=legend,
        about=about,
        choices=[Choice(value=v, label=label, effect=effect) for v, label, effect in choices],
    )


_POLICY: Final = _field(
    "policy", "When its sources are built again",
    "Builds that are queued stay so. A build that failed may always be retried.",
    (RebuildPolicy.NEVER, "never", "every request for a rebuild is refused"),
    (RebuildPolicy.ON_REQUEST, "on request", "when somebody asks who has the right to"),
    (RebuildPolicy.ON_EVERY_SYNC, "on every sync", "and each sync asks for what it updated"),
)  # fmt: skip
_BINARIES: Final = _field(
    "binaries", "Uploads",
    "What is uploaded from now on; what is here stays.",
    (NO, "source only", "an upload with binaries is refused; all binaries are built here"),
    (YES, "binaries beside the source", "taken as they were built, if none is missing"),
)  # fmt: skip
KEEP_FIELD: Final = _field(
    "keep", "Files fetched ahead",
    "Fetching is a job. What is here stays, whatever is chosen.",
    (Keep.NEEDED, "none",
     "each when it is first needed; a mirror that moves may have dropped it by then"),
    (Keep.VIEW, "all binaries", "every binary package that builds see"),
    (Keep.ALL, "all binaries and sources", "a whole copy of what it stands on"),
)  # fmt: skip
SERVE_FIELD: Final = _field(
    "serve", "A file that apt asks for and that is not here",
    "Builds always get it from here.",
    (Serve.FETCH, "is fetched", "verified, kept, and sent from here"),
    (Serve.REDIRECT, "is left to the mirror", "apt is sent there"),
)  # fmt: skip
_BINNMUS: Final = _field(
    "binnmus", "binNMUs, as 1.2-3+b1",
    "Only a declared «none» is believed. It is answered with what speaks against it.",
    (YES, "it may make some", "archives derived from it stay below its next one"),
    (NO, "it makes none", "archives derived from it may have the scheme binnmu"),
)  # fmt: skip
_UBUNTUS: Final = _field(
    "ubuntu_versions", "Versions with buildN or ubuntuN",
    "For a release that is frozen, or one whose numbers are made here.",
    (YES, "it may make some", "archives derived from it do not go on with its numbers"),
    (NO, "it makes none", "archives of the scheme ubuntu go on with its numbers"),
)  # fmt: skip


def scheme_field(mark: str) -> SettingField:
    """How the versions of an archive's rebuilds are made, told by examples.

    Args:
        mark: what the safe scheme writes behind its versions.
    """
    return _field(
        SCHEME, "Versions of its rebuilds",
        "What a rebuild of 1.2-3 is called. A scheme is proved on every taken source before it "
        "is set: one that would hide what may follow is refused.",
        (VersionScheme.SAFE, "safe", f"1.2-3{mark}1, below everything that may follow"),
        (VersionScheme.BINNMU, "binnmu", "1.2-3+b1; for parents that are declared to make none"),
        (VersionScheme.UBUNTU, "ubuntu", "1.2-3build1, and 1.2-3ubuntu2 after 1.2-3ubuntu1"),
        (VersionScheme.VENDOR, "vendor", "1.2-3acme1, with a word of your own"),
        (VersionScheme.SAME, "same", "1.2-3 as before; nobody ever gets the binaries: for trials"),
    )  # fmt: skip


def fields_of(archive: ArchiveView, mark: str) -> list[SettingField]:
    """What can be set of an archive.

    Args:
        archive: it.
        mark: what the safe scheme writes behind its versions.
    """
    if archive["kind"] == ArchiveKind.EXTERNAL:
        return [_BINNMUS, _UBUNTUS, KEEP_FIELD, SERVE_FIELD]
    return [_POLICY, scheme_field(mark), _BINARIES, KEEP_FIELD, SERVE_FIELD]


def values_of(archive: ArchiveView) -> dict[str, str]:
    """How an archive is set, as the form's fields have it."""
    document: Mapping[str, Any] = archive
    return {
        "policy": str(document.get("policy") or ""),
        SCHEME: str(document.get("scheme") or ""),
        VENDOR: str(document.get("vendor") or ""),
        "binaries": _said(document.get("accepts_binaries", False)),
        "keep": str(document["keep"]),
        "serve": str(document["serve"]),
        "binnmus": _said(document.get("makes_binnmus", True)),
        "ubuntu_versions": _said(document.get("makes_ubuntu_versions", True)),
    }


def typed_in(sent: Form, now: Values) -> dict[str, str]:
    """What was chosen; a field that was not sent is as it is now."""
    typed = {name: sent.text(name) or value for name, value in now.items() if name != VENDOR}
    # The word is of one scheme only; left in the field under another, it says nothing.
    typed[VENDOR] = sent.text(VENDOR) if typed[SCHEME] == VersionScheme.VENDOR else ""
    return typed


def seen_by(sent: Form, now: Values) -> dict[str, str]:
    """How the archive was set when the form was shown."""
    return {name: sent.text(SEEN + name) or (value if name != VENDOR else "")
            for name, value in now.items()}  # fmt: skip


def merged(typed: Values, seen: Values, now: Values) -> dict[str, str]:
    """What was typed over what is now: a field that was not touched follows the others."""
    return {name: now[name] if typed[name] == seen[name] else typed[name] for name in now}


def asked_settings(
    fields: Sequence[SettingField], typed: Values, seen: Values
) -> AskedSettings | None:
    """What is to be different; None for nothing.

    Raises:
        InvalidInputError: a field has a value that nobody was offered.
    """
    changed: dict[str, Any] = {}
    for field in fields:
        if typed[field.name] not in field.values:
            raise InvalidInputError(
                f"{field.legend}: there is no choice {typed[field.name][:40]!r}",
                hint=f"choose one of: {', '.join(field.values)}",
            )
        if typed[field.name] != seen[field.name]:
            changed[field.name] = _KINDS[field.name](typed[field.name])
    if any(field.name == SCHEME for field in fields) and (
        SCHEME in changed or typed[VENDOR] != seen[VENDOR]
    ):
        changed |= {SCHEME: VersionScheme(typed[SCHEME]), VENDOR: typed[VENDOR]}
    return AskedSettings(**changed) if changed else None


def _said(is_so: object) -> str:
    return YES if is_so else NO


def _is_yes(value: str) -> bool:
    return value == YES


_KINDS: Final = {
    "policy": RebuildPolicy,
    SCHEME: VersionScheme,
    "binaries": _is_yes,
    "keep": Keep,
    "serve": Serve,
    "binnmus": _is_yes,
    "ubuntu_versions": _is_yes,
}
