"""What a new installation still needs, in the order in which one is of use to the next."""

from dataclasses import dataclass
from enum import StrEnum


class FirstStep(StrEnum):
    """One of the things that are done once."""

    SIGN_IN = "sign-in"
    """With the administrator's token: nobody has a password yet."""
    PERSON = "person"
    """An administrator of one's own name, with a password."""
    IMPORT = "import"
    """An image of somebody else's archive."""
    TOOLCHAIN = "toolchain"
    """Another compiler or other flags. Not needed to rebuild with the parent's."""
    BUILDER = "builder"
    """A machine that builds; `vostok up` brings one along."""
    DERIVE = "derive"
    REBUILD = "rebuild"
    APT = "apt"
    """A machine that fetches from the archive."""


class StepState(StrEnum):
    """How far a step is."""

    DONE = "done"
    NEXT = "next"
    LATER = "later"
    IF_WANTED = "if-wanted"
    """It can be left out."""


OPTIONAL = frozenset({FirstStep.TOOLCHAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What there is already.

    Attributes:
        administrators: the names of persons who administer, with a password or without.
        image: the name of an image; None: there is none.
        derived: that of an archive that is derived; None: there is none.
    """

    has_password: bool
    administrators: tuple[str, ...]
    image: str | None
    has_toolchain: bool
    has_builder: bool
    derived: str | None
    is_rebuilt: bool


def next_steps(begun: Begun) -> tuple[tuple[FirstStep, StepState], ...]:
    """Every step and how far it is, in order; of those that are not done the first is next.

    Nothing, when something was rebuilt: whoever did that needs no list.
    """
    if begun.is_rebuilt:
        return ()
    done = {
        FirstStep.SIGN_IN: True,
        FirstStep.PERSON: begun.has_password,
        FirstStep.IMPORT: begun.image is not None,
        FirstStep.TOOLCHAIN: begun.has_toolchain,
        FirstStep.BUILDER: begun.has_builder,
        FirstStep.DERIVE: begun.derived is not None,
        FirstStep.REBUILD: False,
        FirstStep.APT: False,
    }
    following = next(step for step, is_done in done.items() if not (is_done or step in OPTIONAL))
    return tuple((step, _state(step, following, is_done=done[step])) for step in FirstStep)


def _state(step: FirstStep, following: FirstStep, *, is_done: bool) -> StepState:
    if is_done:
        return StepState.DONE
    if step is following:
        return StepState.NEXT
    return StepState.IF_WANTED if step in OPTIONAL else StepState.LATER
