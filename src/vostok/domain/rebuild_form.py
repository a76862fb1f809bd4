"""Whether a source is rebuilt by its binaries alone or as a no-change source, and for which part.

A binary-only rebuild leaves the packages for all architectures as they are. That breaks a source
whose `all` package wants another of its packages in one exact version, or the other way round by
`${binary:Version}`, and it makes no `all` packages anew: such sources, and those of which these
are asked for, need a new source, from which everything is built.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from vostok.debian.architecture import builds_on, has_all_part, has_any_part
from vostok.domain.build import Part, RebuildForm
from vostok.domain.publication import ALL


class FormChoice(StrEnum):
    """What a request says of the form of its rebuilds."""

    AUTO = "auto"
    BINARY_ONLY = "binary-only"
    SOURCE = "source"


class Skew(StrEnum):
    """What becomes of a source that must agree on all architectures, of which some are asked."""

    REFUSE = "refuse"
    WIDEN = "widen"
    ALLOW = "allow"


class Slot(NamedTuple):
    """One build that a source needs."""

    part: Part
    architecture: str
    """The slot's: one, or `all`."""
    builder_architecture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a request covers.

    Attributes:
        architectures: those asked for; `all` among them if the packages for all architectures
            of every source are to be made anew.
        enabled: all of the suite's.
        architecture_of_all: the one on which `all` packages are built.
    """

    architectures: tuple[str, ...]
    enabled: tuple[str, ...]
    architecture_of_all: str
    form: FormChoice = FormChoice.AUTO
    skew: Skew = Skew.REFUSE


class ChosenForm(NamedTuple):
    """A form, and the sentence that says why."""

    form: RebuildForm
    reason: str


def chosen_form(
    field: str, exact_relation: str, choice: FormChoice, *, is_all_asked: bool = False
) -> ChosenForm:
    """The form in which a source of this Architecture field is rebuilt.

    Args:
        field: `any all`.
        exact_relation: `foo-data depends on foo (= 1.2-3)`, if packages of the two parts want each
            other so that a rebuild of one part alone breaks it, or may.
        choice: what the request says. Sources of `all` packages only have one form.
        is_all_asked: whether it asks for packages for all architectures by name.
    """
    if not has_any_part(field):
        return ChosenForm(RebuildForm.SOURCE, "it makes packages for all architectures only")
    if choice is FormChoice.SOURCE:
        return ChosenForm(RebuildForm.SOURCE, "asked for")
    if choice is FormChoice.AUTO and exact_relation:
        return ChosenForm(RebuildForm.SOURCE, exact_relation)
    if not has_all_part(field):
        return ChosenForm(RebuildForm.BINARY_ONLY, "it makes no packages for all architectures")
    if choice is FormChoice.AUTO and is_all_asked:
        return ChosenForm(
            RebuildForm.SOURCE, "its packages for all architectures are to be rebuilt"
        )
    return ChosenForm(RebuildForm.BINARY_ONLY, "its packages for all architectures may stay")


def slots_of(
    field: str, form: RebuildForm, architectures: Sequence[str], architecture_of_all: str
) -> list[Slot]:
    """The builds that a source of this Architecture field needs on some architectures."""
    slots = []
    if has_any_part(field):
        slots = [
            Slot(Part.ANY, architecture, architecture)
            for architecture in architectures
            if architecture != ALL and builds_on(field, architecture)
        ]
    is_all_made = form is RebuildForm.SOURCE and has_all_part(field)
    if is_all_made and {ALL, architecture_of_all} & {*architectures}:
        slots.append(Slot(Part.ALL, ALL, architecture_of_all))
    return slots


def left_out(field: str, form: RebuildForm, scope: Scope) -> list[str]:
    """The enabled architectures on which a source would stay behind."""
    out = [
        architecture
        for architecture in scope.enabled
        if architecture not in scope.architectures
        and has_any_part(field)
        and builds_on(field, architecture)
    ]
    is_all_left = (
        form is RebuildForm.SOURCE
        and has_all_part(field)
        and not {ALL, scope.architecture_of_all} & {*scope.architectures}
    )
    return [*out, ALL] if is_all_left else out
