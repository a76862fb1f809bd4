"""What is done with builds from outside: stopping them, and having them tried again."""

from collections.abc import Collection, Iterable, Sequence

from vostok.domain.access import Action, Principal, require, require_somewhere
from vostok.domain.build import (
    CANCELLABLE_STATES,
    Build,
    BuildState,
    RebuildForm,
)
from vostok.domain.build_change import BuildChange, by_state, reason_words
from vostok.domain.campaign import CampaignState
from vostok.domain.job import JobKind
from vostok.domain.quota import Asked
from vostok.errors import ConflictError
from vostok.services.audit import note
from vostok.services.building.retrying import forget_absences, retriable, retries_in_views
from vostok.services.building.successors import begun_by_retry, follow, plan_again
from vostok.services.job_runner import JobService
from vostok.services.people.quotas import hold_room
from vostok.services.ports import Clock, JobEngine
from vostok.services.repositories import Database, Transaction

_NOT_BEGUN = frozenset({BuildState.PLANNED, BuildState.NEEDS_BUILD, BuildState.DEP_WAIT})


class BuildDeeds:
    """Stops and retries builds, for people and where archives change."""

    def __init__(self, database: Database, engine: JobEngine, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock
        self._jobs = JobService(database, engine, clock)

    def cancel(self, principal: Principal, build_id: int, *, reason: str | None = None) -> Build:
        """Stop a build; one that is running is gone within a heartbeat. Its event says why."""
        require_somewhere(principal, Action.CANCEL_BUILD, f"build {build_id}")
        why = reason_words(reason)
        with self._database.write() as transaction:
            build = transaction.builds.by_id(build_id)
            require(principal, Action.CANCEL_BUILD, f"build {build_id}", archive=build.archive)
            _, refused = by_state([build], BuildChange.CANCEL)
            if refused:
                raise ConflictError(
                    refused[0].sentence, hint=refused[0].hint, reason=refused[0].code
                )
            self._note(transaction, principal, Action.CANCEL_BUILD, build, why)
            words = f"{principal.name} cancelled it{why}"
            return self._cancel(transaction, build, principal.name, words)

    def _note(
        self,
        transaction: Transaction,
        principal: Principal,
        action: Action,
        build: Build,
        why: str,
    ) -> None:
        note(
            transaction, self._clock, principal, action,
            archive=build.archive, subject=f"build {build.id}",
            detail=f"{build.source} {build.version} on {build.architecture}, {build.state}{why}",
        )  # fmt: skip

    def _cancel(self, transaction: Transaction, build: Build, actor: str, reason: str) -> Build:
        now = self._clock.now()
        if build.state is not BuildState.BUILDING:
            moved = transaction.builds.move(
                build, BuildState.CANCELLED, actor=actor, at=now, sentence=reason
            )
            follow(transaction, [build], at=now)
            return moved
        moved = transaction.builds.move(
            build, BuildState.CANCELLING, actor=actor, at=now, sentence=reason
        )
        attempt = transaction.builds.current_attempt(build)
        if attempt is not None:
            self._engine.tell_attempt(transaction, attempt.id, "cancel")
        return moved

    def retry(self, principal: Principal, build_id: int, *, reason: str | None = None) -> Build:
        """Have a failed build tried again; its former attempts stay. Its event says why."""
        require_somewhere(principal, Action.RETRY_BUILD, f"build {build_id}")
        why = reason_words(reason)
        with self._database.write() as transaction:
            build = transaction.builds.by_id(build_id)
            require(principal, Action.RETRY_BUILD, f"build {build_id}", archive=build.archive)
            transaction.archives.lock(build.archive_id)  # beside requests and other retries
            build = transaction.builds.by_id(build_id)
            _, refused = retriable(transaction, build.archive_id, [build])
            if refused:
                raise ConflictError(
                    refused[0].sentence, hint=refused[0].hint, reason=refused[0].code
                )
            self._note(transaction, principal, Action.RETRY_BUILD, build, why)
            self.retry_many(transaction, [build], principal, why=why)
            return transaction.builds.by_id(build.id)

    def retry_many(
        self,
        transaction: Transaction,
        builds: Sequence[Build],
        principal: Principal,
        *,
        also: str = "",
        why: str = "",
    ) -> None:
        """Have builds that can be retried wait for a builder again, in sets.

        Args:
            transaction: in which it was found out that they can.
            builds: they.
            principal: who asked.
            also: `, with` the others that were meant, for their events.
            why: `: ` and the reason, for their events.
        """
        for archive in sorted({build.archive for build in builds}):
            of_it = [build for build in builds if build.archive == archive]
            asked = Asked(builds=begun_by_retry(transaction, of_it))
            hold_room(transaction, principal, transaction.archives.named(archive), asked)
        forget_absences(transaction, builds)
        full = plan_again(
            transaction,
            builds,
            actor=principal.name,
            at=self._clock.now(),
            sentence=f"{principal.name} retried the build under a profile before it{also}{why}",
        )
        builds = [build for build in builds if build.id not in full]
        self._make_ready(transaction, builds, principal)
        for words, of_them in retries_in_views(transaction, builds).items():
            transaction.builds.move_all(
                of_them,
                BuildState.NEEDS_BUILD,
                actor=principal.name,
                at=self._clock.now(),
                sentence=f"{principal.name} retried it{also}, {words}{why}",
            )

    def _make_ready(
        self, transaction: Transaction, builds: Iterable[Build], principal: Principal
    ) -> None:
        """Have made what these builds lack, campaign by campaign.

        That is their no-change sources, or all of it where the campaign could not be made ready.
        """
        lacking: set[tuple[str, int]] = set()
        failed: dict[int, bool] = {}
        for build in builds:
            if build.campaign_id is None:
                continue
            if build.campaign_id not in failed:
                campaign = transaction.campaigns.by_id(build.campaign_id)
                failed[campaign.id] = campaign.state is CampaignState.FAILED
            if failed[build.campaign_id] or _lacks_source(build):
                lacking.add((build.archive, build.campaign_id))
        for archive, campaign_id in sorted(lacking):
            self._jobs.submit(
                transaction,
                JobKind.PREPARE_CAMPAIGN,
                archive=archive,
                arguments={"campaign_id": campaign_id},
                principal=principal,
                asked="what retried builds need",
            )

    def cancel_sourceless(self, campaign_id: int, *, actor: str, reason: str) -> None:
        """Stop the builds of a campaign whose no-change sources were not made."""
        with self._database.write() as transaction:
            builds = filter(_lacks_source, transaction.builds.of_campaign(campaign_id))
            self.cancel_many(transaction, list(builds), actor=actor, reason=reason)

    def cancel_all(self, archive_id: int, *, actor: str) -> list[Build]:
        """Stop every build of an archive; those that are still ending."""
        with self._database.write() as transaction:
            builds = transaction.builds.unfinished(archive_id)
            self.cancel_many(
                transaction, builds, actor=actor, reason="its archive is being deleted"
            )
            return transaction.builds.unfinished(archive_id)

    def cancel_campaign(self, campaign_id: int, *, actor: str, reason: str) -> None:
        """Stop every build of a campaign."""
        with self._database.write() as transaction:
            builds = transaction.builds.of_campaign(campaign_id)
            self.cancel_many(transaction, builds, actor=actor, reason=reason)

    def cancel_many(
        self, transaction: Transaction, builds: Iterable[Build], *, actor: str, reason: str
    ) -> None:
        """Stop builds: those that nobody works at, of which there are many, in sets."""
        found = [build for build in builds if build.state in CANCELLABLE_STATES]
        waiting = [build for build in found if build.state is not BuildState.BUILDING]
        transaction.builds.move_all(
            waiting, BuildState.CANCELLED, actor=actor, at=self._clock.now(), sentence=reason
        )
        follow(transaction, waiting, at=self._clock.now())
        for build in found:
            if build.state is BuildState.BUILDING:
                self._cancel(transaction, build, actor, reason)

    def supersede(
        self,
        transaction: Transaction,
        archive_id: int,
        sources: Collection[str],
        *,
        actor: str,
        reason: str,
    ) -> None:
        """End what waits and runs of sources in whose place there are others now.

        What is being built is superseded once its builder has stopped. What is being uploaded ends
        by itself: its packages are kept, and never shown.
        """
        if not sources:
            return
        overtaken = [
            build.id
            for build in transaction.builds.unfinished(archive_id)
            if build.source in sources and build.control_of is None  # a control looks at what was
        ]
        locked = transaction.builds.lock(overtaken)  # as they are now, and stay
        transaction.builds.move_all(
            [build for build in locked if build.state in _NOT_BEGUN],
            BuildState.SUPERSEDED,
            actor=actor,
            at=self._clock.now(),
            sentence=reason,
        )
        for build in locked:
            if build.state is BuildState.BUILDING:
                self._cancel(transaction, build, actor, reason)
            elif build.state is BuildState.CANCELLING:
                transaction.builds.tell([build], reason, actor=actor, at=self._clock.now())

    def give_up_all(self, archive_id: int) -> None:
        """End the attempts of builders that do not answer, so that nothing comes of them."""
        with self._database.write() as transaction:
            for build in transaction.builds.unfinished(archive_id):
                attempt = transaction.builds.current_attempt(build)
                if attempt is not None:
                    transaction.builds.finish_attempt(
                        attempt.id, outcome="lost", at=self._clock.now()
                    )


def _lacks_source(build: Build) -> bool:
    return build.form is RebuildForm.SOURCE and build.new_source_id is None
