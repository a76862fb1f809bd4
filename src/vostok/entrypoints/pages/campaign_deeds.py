"""What a campaign's page offers for the builds that its filter leaves, and what was done."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from vostok.domain.access import Action
from vostok.domain.build_change import STATES_OF_CHANGE, BuildChange
from vostok.entrypoints.pages.asked import is_number
from vostok.entrypoints.pages.package_table import DEFAULT_SORT, TableQuery
from vostok.services.building.build_changes import ACTIONS

_TROUBLE: Final = "trouble"
USUAL_STATE: Final = MappingProxyType(
    {
        BuildChange.RETRY: _TROUBLE,
        BuildChange.CANCEL: "waiting",
        BuildChange.RESCORE: "waiting",
    }
)
"""What is meant when the table shows builds in any state."""

DONE: Final = MappingProxyType(
    {
        BuildChange.RETRY: "retried",
        BuildChange.CANCEL: "cancelled",
        BuildChange.RESCORE: "rescored",
    }
)
"""The word in the address to which a deed leads; with it comes the number of builds."""

_WORDS: Final = MappingProxyType({_TROUBLE: "failed"})
_AND_THEN: Final = MappingProxyType(
    {
        BuildChange.RETRY: " Builders take them by score.",
        BuildChange.RESCORE: " Builders take the highest score first.",
    }
)


class OfferedDeed(NamedTuple):
    """A link to the page that says what would be done."""

    change: str
    label: str
    address: str
    """Below the campaign's."""
    action: Action
    """What one must be allowed to do."""


def state_words(state: str) -> str:
    """A state or group of states, as in `Retry failed`."""
    return _WORDS.get(state, state)


def offered(query: TableQuery, counts: Mapping[str, int]) -> list[OfferedDeed]:
    """The deeds that can do something to builds in the states that the table shows.

    Args:
        query: the filters in force.
        counts: of all builds of the campaign, by state.
    """
    deeds = []
    for change, usual in USUAL_STATE.items():
        state = query.state or usual
        narrowed = query.address(state=state, sort=DEFAULT_SORT, descending=False)
        meant = query.states_of(state) & STATES_OF_CHANGE[change]
        if any(counts.get(name) for name in meant):
            deeds.append(
                OfferedDeed(
                    change=change,
                    label=f"{change} {_words_of(change, state)}…".capitalize(),
                    address=f"/{change}{narrowed}",
                    action=ACTIONS[change],
                )
            )
    return deeds


def _words_of(change: BuildChange, state: str) -> str:
    """What fails is retried; of what is in trouble only that is changed that waits yet."""
    is_vague = state == _TROUBLE and change is not BuildChange.RETRY
    return "those in trouble" if is_vague else state_words(state)


def told(parameters: Mapping[str, str]) -> list[str]:
    """What the page says of the deed that led to it."""
    said = []
    if parameters.get("joined"):
        said.append(
            "An equal request was under way already. This is its campaign; nothing was added."
        )
    for change, word in DONE.items():
        number = parameters.get(word, "")
        if is_number(number):
            said.append(_sentence(change, word, int(number), parameters.get("refused", "")))
    return said


def _sentence(change: BuildChange, word: str, number: int, refused: str) -> str:
    sentence = f"{number} build{' was' if number == 1 else 's were'} {word}"
    if is_number(refused) and int(refused):
        sentence += f"; {int(refused)} could not be"
    return f"{sentence}.{_AND_THEN.get(change, '')}"
