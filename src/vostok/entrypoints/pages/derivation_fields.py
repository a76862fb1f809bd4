"""What a new archive is to be, as fields of a form and as the service is asked for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeVar

from vostok.domain.archive import Keep, Serve, check_tag, tag_of
from vostok.domain.derivation import DerivationMode, OnRemoval, Unbuilt
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.pages.setting_fields import (
    KEEP_FIELD,
    SCHEME,
    SERVE_FIELD,
    VENDOR,
    Choice,
    SettingField,
    scheme_field,
)
from vostok.entrypoints.pages.visits import Form
from vostok.errors import InvalidInputError
from vostok.services.deriving.derivations import DeriveRequest

TAG: Final = "tag"
UNBUILT: Final = "unbuilt"
ON_REMOVAL: Final = "on_removal"
DEFAULTS: Final[Mapping[str, str]] = {
    SCHEME: VersionScheme.SAFE,
    UNBUILT: Unbuilt.PARENT,
    ON_REMOVAL: OnRemoval.DROP,
    KEEP_FIELD.name: Keep.NEEDED,
    SERVE_FIELD.name: Serve.FETCH,
}
"""What holds of a choice that nobody made."""
_UNBUILT_FIELD: Final = SettingField(
    name=UNBUILT,
    legend="What is not built here yet",
    about="What apt gets of a taken source until its first build here is published.",
    choices=[
        Choice(value=Unbuilt.PARENT, label="packages of the parent",
               effect="as they are there, byte for byte"),
        Choice(value=Unbuilt.NONE, label="nothing",
               effect="only what was built here is published; not in the mode light"),
    ],
)  # fmt: skip
_ON_REMOVAL_FIELD: Final = SettingField(
    name=ON_REMOVAL,
    legend="A source that no parent has any more",
    about="What a sync does with it. What was changed here is kept in any case.",
    choices=[
        Choice(value=OnRemoval.DROP, label="goes", effect="as it went from the parents"),
        Choice(value=OnRemoval.KEEP, label="stays", effect="as it was when it was last there"),
    ],
)  # fmt: skip

Kind = TypeVar("Kind", VersionScheme, Unbuilt, OnRemoval, Keep, Serve)


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form as it was filled in.

    Attributes:
        parent: the first one, `ARCHIVE/SUITE`.
        more: the others, one on each line, as the command line takes them.
        tag: letters in the versions of its rebuilds; empty: those of the name.
        vendor: the word of the scheme vendor, which no other one has.
        chosen: name of each of `fields_of` -> what was chosen.
    """

    parent: str = ""
    more: str = ""
    selection: str = "all"
    architectures: tuple[str, ...] = ()
    toolchain: str = ""
    mode: str = str(DerivationMode.FULL)
    name: str = ""
    is_private: bool = False
    tag: str = ""
    vendor: str = ""
    chosen: Mapping[str, str] = field(default_factory=lambda: DEFAULTS)

    @property
    def parents(self) -> list[str]:
        """All parents in their order."""
        lines = [self.parent, *self.more.splitlines()]
        return [line.strip() for line in lines if line.strip()]

    @property
    def is_ordinary(self) -> bool:
        """Whether nothing was asked for that most archives do without."""
        return not self.tag and not self.vendor and dict(self.chosen) == DEFAULTS

    def request(self, name: str) -> DeriveRequest:
        """What the service is asked for.

        Raises:
            InvalidInputError: a choice has a value that nobody was offered.
        """
        return DeriveRequest(
            name=name,
            parents=self.parents,
            selection=self.selection,
            architectures=list(self.architectures) or None,
            toolchain=self.toolchain or None,
            tag=self.tag or None,
            mode=DerivationMode.LIGHT
            if self.mode == DerivationMode.LIGHT
            else DerivationMode.FULL,
            unbuilt=self._chosen(UNBUILT, Unbuilt),
            on_removal=self._chosen(ON_REMOVAL, OnRemoval),
            keep=self._chosen(KEEP_FIELD.name, Keep),
            serve=self._chosen(SERVE_FIELD.name, Serve),
            scheme=self._chosen(SCHEME, VersionScheme),
            vendor=self.vendor,
            is_private=self.is_private,
        )

    def _chosen(self, name: str, kind: type[Kind]) -> Kind:
        value = self.chosen[name]
        try:
            return kind(value)
        except ValueError:
            raise InvalidInputError(
                f"there is no choice {value[:40]!r} of {name}",
                hint=f"choose one of: {', '.join(kind)}",
            ) from None


def typed_in(sent: Form) -> Typed:
    """What was typed; a choice that was not sent is as of most archives."""
    chosen = {name: sent.text(name) or default for name, default in DEFAULTS.items()}
    return Typed(
        parent=sent.text("parent"),
        more=sent.text("more").replace("\r", ""),
        selection=sent.text("selection").replace("\r", ""),
        architectures=tuple(sent.all("architecture")),
        toolchain=sent.text("toolchain"),
        mode=sent.text("mode"),
        name=sent.text("name"),
        is_private=sent.text("private") == "yes",
        tag=sent.text(TAG).strip(),
        # Left in the field under another scheme, the word says nothing.
        vendor=sent.text(VENDOR).strip() if chosen[SCHEME] == VersionScheme.VENDOR else "",
        chosen=chosen,
    )


def fields_of(typed: Typed) -> Sequence[SettingField]:
    """What can be chosen of a new archive, apart from what everybody chooses."""
    mark = typed.tag or tag_of(typed.name) or "tag"
    return [scheme_field(f"X{mark}"), _UNBUILT_FIELD, _ON_REMOVAL_FIELD, KEEP_FIELD, SERVE_FIELD]


def check_typed_tag(tag: str) -> None:
    """Nothing, if versions can carry the tag, or none was typed.

    Raises:
        InvalidInputError: it is not letters alone, or too long.
    """
    if not tag:
        return
    try:
        check_tag(tag)
    except InvalidInputError as error:
        raise InvalidInputError(str(error), hint="leave it empty for those of the name") from error
