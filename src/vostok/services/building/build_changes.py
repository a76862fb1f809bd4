"""Retry, cancel and rescore many builds: chosen by id, state, selection or campaign, in sets."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from vostok.domain.access import Action, Principal, require
from vostok.domain.build import Build, BuildState
from vostok.domain.build_change import (
    CHOSEN_IDS_MAX,
    STATES_OF_CHANGE,
    BuildChange,
    RefusedBuild,
    by_state,
    check_score,
    reason_words,
)
from vostok.domain.counting import counted
from vostok.domain.quota import Asked
from vostok.errors import InvalidInputError
from vostok.services.audit import note
from vostok.services.building.builds import BuildService
from vostok.services.building.retrying import retriable
from vostok.services.building.successors import begun_by_retry
from vostok.services.people.quotas import look_for_room
from vostok.services.ports import Clock
from vostok.services.repositories import Database, Transaction
from vostok.services.selection.selecting import selected_here

_SELECTION_SHOWN = 200
BUILDS_NAMED_MAX = 10
"""In the audit log, of all that were changed at once."""

ACTIONS = {
    BuildChange.RETRY: Action.RETRY_BUILD,
    BuildChange.CANCEL: Action.CANCEL_BUILD,
    BuildChange.RESCORE: Action.RESCORE_BUILD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildChoice:
    """Which builds of an archive are meant: those to which everything that is given applies."""

    archive: str
    ids: Sequence[int] | None = None
    states: Sequence[BuildState] = ()
    selection: str | None = None
    campaign: int | None = None
    architecture: str | None = None
    """The slot's: one, or `all`."""
    text: str = ""
    """Part of the source's name."""

    @property
    def words(self) -> str:
        """With what it was done, in events: `, with all of campaign 2 in state failed`."""
        if self.ids is not None:
            return f", one of {len(self.ids)} that were named" if self.ids[1:] else ""
        return ", with " + " ".join(
            [
                "all",
                *(f"of campaign {number}" for number in (self.campaign,) if number is not None),
                *(f"of {text[:_SELECTION_SHOWN]}" for text in (self.selection,) if text),
                *([f"on {self.architecture}"] if self.architecture else []),
                *([f"with {self.text} in the name"] if self.text else []),
                *([f"in state {' or '.join(self.states)}"] if self.states else []),
            ]
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedBuilds:
    """What a change did, or would do.

    Attributes:
        changed: the builds as they were before it.
        refused: those that were named, by id or state, and stay as they are.
        left_alone: how many others were meant whose state the change is not for.
    """

    change: BuildChange
    changed: Sequence[Build]
    refused: Sequence[RefusedBuild]
    left_alone: int


class BuildChangeService:
    """Changes many builds at once; one is changed by the same rules."""

    def __init__(self, database: Database, builds: BuildService, clock: Clock) -> None:
        self._database = database
        self._builds = builds
        self._clock = clock

    def plan(
        self,
        principal: Principal,
        change: BuildChange,
        choice: BuildChoice,
        *,
        reason: str | None = None,
    ) -> ChangedBuilds:
        """What the change would do; decided as for a real one."""
        require(principal, ACTIONS[change], choice.archive)
        reason_words(reason)
        with self._database.read() as transaction:
            decided = self._decided(transaction, change, choice)
            if change is BuildChange.RETRY:
                archive = transaction.archives.named(choice.archive)
                asked = Asked(builds=begun_by_retry(transaction, decided.changed))
                look_for_room(transaction, principal, archive, asked)
            return decided

    def retry(
        self, principal: Principal, choice: BuildChoice, *, reason: str | None = None
    ) -> ChangedBuilds:
        """Have failed builds tried again; their former attempts stay. Events say why."""
        require(principal, Action.RETRY_BUILD, choice.archive)
        why = reason_words(reason)
        with self._database.write() as transaction:
            # Beside requests and other retries: of two, the second sees what the first made.
            transaction.archives.lock(transaction.archives.named(choice.archive).id)
            decided = self._decided(transaction, BuildChange.RETRY, choice)
            self._note(transaction, principal, choice, decided, why)
            self._builds.retry_many(
                transaction, decided.changed, principal, also=choice.words, why=why
            )
            return decided

    def cancel(
        self, principal: Principal, choice: BuildChoice, *, reason: str | None = None
    ) -> ChangedBuilds:
        """Stop builds; those that are running are gone within a heartbeat. Events say why."""
        require(principal, Action.CANCEL_BUILD, choice.archive)
        why = reason_words(reason)
        words = f"{principal.name} cancelled it{choice.words}{why}"
        with self._database.write() as transaction:
            decided = self._decided(transaction, BuildChange.CANCEL, choice)
            self._note(transaction, principal, choice, decided, why)
            self._builds.cancel_many(
                transaction, decided.changed, actor=principal.name, reason=words
            )
            return decided

    def rescore(
        self, principal: Principal, choice: BuildChoice, score: int, *, reason: str | None = None
    ) -> ChangedBuilds:
        """Give builds another score: the highest is built first. Events say why.

        Raises:
            InvalidInputError: the score is out of bounds, or nothing was chosen.
        """
        require(principal, Action.RESCORE_BUILD, choice.archive)
        check_score(score)
        why = reason_words(reason)
        with self._database.write() as transaction:
            decided = self._decided(transaction, BuildChange.RESCORE, choice)
            self._note(transaction, principal, choice, decided, f" to {score}{why}")
            transaction.builds.rescore(
                decided.changed,
                score,
                actor=principal.name,
                at=self._clock.now(),
                with_what=f"{choice.words}{why}",
            )
            return decided

    def _note(
        self,
        transaction: Transaction,
        principal: Principal,
        choice: BuildChoice,
        decided: ChangedBuilds,
        how: str = "",
    ) -> None:
        if decided.changed:
            chosen = f"{choice.words.removeprefix(',')};" if choice.ids is None else ""
            note(
                transaction, self._clock, principal, ACTIONS[decided.change],
                archive=choice.archive, subject=counted(len(decided.changed), "build"),
                detail=f"{decided.change}{how};{chosen} {_names(decided.changed)}",
            )  # fmt: skip

    def _decided(
        self, transaction: Transaction, change: BuildChange, choice: BuildChoice
    ) -> ChangedBuilds:
        _check(choice)
        archive = transaction.archives.named(choice.archive)
        if choice.campaign is not None:
            transaction.campaigns.numbered(archive.id, choice.campaign)
        found = transaction.builds.chosen(
            archive.id,
            ids=choice.ids,
            states=choice.states,
            campaign=choice.campaign,
            sources=_sources(transaction, archive.id, choice),
        )
        meant = [build for build in found if _is_meant(build, choice)]
        builds, left_alone = meant, 0
        if choice.ids is None and not choice.states:
            builds = [build for build in meant if build.state in STATES_OF_CHANGE[change]]
            left_alone = len(meant) - len(builds)
        if change is BuildChange.RETRY:
            possible, refused = retriable(transaction, archive.id, builds)
        else:
            possible, refused = by_state(builds, change)
        return ChangedBuilds(
            change=change, changed=possible, refused=refused, left_alone=left_alone
        )


def _names(builds: Sequence[Build]) -> str:
    """Which builds were changed, for the audit log: some of them with what they build."""
    named = [
        f"{build.id} ({build.source} {build.version} on {build.architecture})"
        for build in builds[:BUILDS_NAMED_MAX]
    ]
    rest = len(builds) - len(named)
    return ", ".join(named) + (f" and {rest} more" if rest else "")


def _check(choice: BuildChoice) -> None:
    if (choice.ids, choice.selection, choice.campaign) == (None, None, None) and not choice.states:
        raise InvalidInputError(
            "no builds are named: neither ids nor a state, a selection or a campaign",
            hint="all of them are: --select all",
        )
    if choice.ids is not None and len(choice.ids) > CHOSEN_IDS_MAX:
        raise InvalidInputError(
            f"{len(choice.ids)} builds are named; at most {CHOSEN_IDS_MAX}",
            hint="in several calls, or by --state, --select or --campaign",
        )


def _is_meant(build: Build, choice: BuildChoice) -> bool:
    """Whether a build is as the choice narrows it; names of sources have no capitals."""
    if choice.architecture and build.architecture != choice.architecture:
        return False
    return choice.text.lower() in build.source


def _sources(
    transaction: Transaction, archive_id: int, choice: BuildChoice
) -> Collection[str] | None:
    """The sources that the choice selects; None: of any source."""
    if choice.selection is None or choice.selection.strip() == "all":
        return None
    [suite, *_] = transaction.archives.suites(archive_id)
    return selected_here(transaction, suite, choice.selection).keys()
