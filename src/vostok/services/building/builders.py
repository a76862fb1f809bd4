"""Builders as people manage them: who is there, and adding, pausing and removing one."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vostok.domain.access import Action, Principal, Role, is_allowed, require, token_hash
from vostok.domain.build import Attempt, Build, BuildState
from vostok.domain.builder import (
    BUILDERS_MAX,
    Builder,
    BuilderState,
    check_builder_name,
    check_change,
    check_reason,
    token_name_of,
)
from vostok.domain.counting import counted
from vostok.domain.queue import BuildAtWork
from vostok.errors import ConflictError, NotFoundError
from vostok.services.audit import note
from vostok.services.building.overtaking import stopped
from vostok.services.building.successors import follow
from vostok.services.ports import Clock, JobEngine
from vostok.services.repositories import Database, Transaction

TOKEN_BYTES = 32
_AT_WORK = frozenset({BuildState.BUILDING, BuildState.CANCELLING})


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownBuilder:
    """A builder with what it does.

    Attributes:
        at_work: the attempts that it runs, of archives that whoever asks may know of.
        has_token: whether it has a token of its own that is good for something.
        token_used_at: when that was shown last, for who manages builders: others would learn
            that one is busy with what they may not know of.
    """

    builder: Builder
    at_work: Sequence[BuildAtWork]
    has_token: bool
    token_used_at: datetime | None

    @property
    def seen_at(self) -> datetime | None:
        """When it was heard of last: it speaks more often while it builds."""
        heard = [build.seen_at for build in self.at_work]
        return max(
            [*heard, *([self.builder.seen_at] if self.builder.seen_at else [])], default=None
        )


class BuilderService:
    """Shows and changes builders. Everything that is changed is in the audit log."""

    def __init__(self, database: Database, engine: JobEngine, clock: Clock) -> None:
        self._database = database
        self._engine = engine
        self._clock = clock

    def all(self, principal: Principal) -> list[KnownBuilder]:
        """All builders by name, those that were removed too."""
        require(principal, Action.VIEW, "the builders")
        with self._database.read() as transaction:
            return _known(transaction, principal, transaction.builders.all())

    def one(self, principal: Principal, name: str) -> KnownBuilder:
        """One builder; NotFoundError if there is none of that name."""
        require(principal, Action.VIEW, "the builders")
        with self._database.read() as transaction:
            [found] = _known(transaction, principal, [_named(transaction, name)])
            return found

    def add(self, principal: Principal, name: str) -> tuple[KnownBuilder, str]:
        """Admit a builder of that name, and its token, told only now.

        One that was removed comes back; one that came with the token of all gets its own.

        Raises:
            InvalidInputError: the name is not possible.
            ConflictError: it has a token of its own already, or there are too many.
        """
        require(principal, Action.ADMIT_BUILDER, f"builder {name}")
        check_builder_name(name)
        now = self._clock.now()
        with self._database.write() as transaction:
            known = transaction.builders.lock(name)
            if known is None and len(transaction.builders.all()) >= BUILDERS_MAX:
                raise ConflictError(f"there are {BUILDERS_MAX} builders, and cannot be more")
            is_here = known is not None and known.state is not BuilderState.REMOVED
            if known is not None and is_here and known.added_by is not None:
                raise ConflictError(
                    f"there is a builder {name} already, added by {known.added_by}",
                    hint=f"to have its token replaced: vostok builder token {name}",
                )
            transaction.builders.admit(name, by=principal.name, at=now)
            token = self._new_token(transaction, name)
            self._note(transaction, principal, name, "added, with a token of its own")
        return self.one(principal, name), token

    def renew_token(self, principal: Principal, name: str) -> str:
        """A new token of a builder; its former one is good for nothing from now on.

        What it builds goes on: each attempt has a token of its own.
        """
        require(principal, Action.ADMIT_BUILDER, f"builder {name}")
        with self._database.write() as transaction:
            builder = _locked(transaction, name)
            check_change(builder, BuilderState.ACTIVE)
            transaction.builders.own(name, by=principal.name, at=self._clock.now())
            token = self._new_token(transaction, name)
            self._note(transaction, principal, name, "its token was replaced")
        return token

    def revoke_token(self, principal: Principal, name: str) -> KnownBuilder:
        """Let a builder's token open nothing any more; it can be given a new one."""
        require(principal, Action.MANAGE_BUILDERS, f"builder {name}")
        with self._database.write() as transaction:
            _locked(transaction, name)
            transaction.builders.own(name, by=principal.name, at=self._clock.now())
            if transaction.people.drop_token(token_name_of(name)):
                self._note(transaction, principal, name, "its token was revoked")
        return self.one(principal, name)

    def pause(self, principal: Principal, name: str, reason: str) -> KnownBuilder:
        """Hand a builder nothing more; what it builds it finishes.

        Raises:
            InvalidInputError: there is no reason.
            ConflictError: it was removed.
        """
        return self._change(principal, name, BuilderState.PAUSED, reason)

    def resume(self, principal: Principal, name: str) -> KnownBuilder:
        """Hand a paused builder builds again."""
        return self._change(principal, name, BuilderState.ACTIVE, None)

    def remove(self, principal: Principal, name: str, reason: str) -> KnownBuilder:
        """Let a builder in no more: its token stops, and what it was building waits for another.

        Raises:
            InvalidInputError: there is no reason.
        """
        return self._change(principal, name, BuilderState.REMOVED, reason)

    def _change(
        self, principal: Principal, name: str, state: BuilderState, reason: str | None
    ) -> KnownBuilder:
        require(principal, Action.MANAGE_BUILDERS, f"builder {name}")
        reason = None if reason is None else check_reason(reason)
        with self._database.write() as transaction:
            builder = _locked(transaction, name)
            check_change(builder, state)
            if (builder.state, builder.reason) != (state, reason):
                self._enter(transaction, principal, builder, state, reason)
        return self.one(principal, name)

    def _enter(
        self,
        transaction: Transaction,
        principal: Principal,
        builder: Builder,
        state: BuilderState,
        reason: str | None,
    ) -> None:
        transaction.builders.set_state(
            builder.name, state, reason=reason, by=principal.name, at=self._clock.now()
        )
        said = f"{state}: {reason}" if reason else str(state)
        if state is BuilderState.REMOVED:
            transaction.people.drop_token(builder.token_name)
            moved = self._hand_back(transaction, principal, builder.name, str(reason))
            said += f"; {counted(moved, 'build')} handed back" if moved else ""
        self._note(transaction, principal, builder.name, said)

    def _hand_back(
        self, transaction: Transaction, principal: Principal, name: str, reason: str
    ) -> int:
        """End the attempts that a builder runs, so that others make the next; how many.

        What it has reported already is judged as ever.
        """
        now, moved = self._clock.now(), 0
        words = f"builder {name} was removed by {principal.name}: {reason}"
        running = {
            attempt.build_id: attempt
            for attempt in transaction.builders.running_attempts(name)
            if attempt.result is None
        }
        for build in transaction.builds.lock(running):
            attempt = running[build.id]
            if build.attempt != attempt.number or build.state not in _AT_WORK:
                continue
            after, sentence, told = _handed_back(transaction, build, attempt, words)
            transaction.builds.finish_attempt(attempt.id, outcome="lost", at=now)
            transaction.builds.move(
                build, after, actor=principal.name, at=now, sentence=sentence, told=told
            )
            follow(transaction, [build], at=now)
            self._engine.tell_attempt(transaction, attempt.id, "lost")
            moved += 1
        return moved

    def _new_token(self, transaction: Transaction, name: str) -> str:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        transaction.people.put_token(
            token_hash=token_hash(token),
            name=token_name_of(name),
            role=Role.BUILDER,
            at=self._clock.now(),
        )
        return token

    def _note(
        self, transaction: Transaction, principal: Principal, name: str, detail: str
    ) -> None:
        note(
            transaction, self._clock, principal, Action.MANAGE_BUILDERS,
            subject=f"builder {name}", detail=detail,
        )  # fmt: skip


def _handed_back(
    transaction: Transaction, build: Build, attempt: Attempt, words: str
) -> tuple[BuildState, str, str]:
    """The next state of a build whose builder was removed, why, and what its event says."""
    if build.state is BuildState.CANCELLING:
        state, sentence = stopped(transaction, build, attempt)
        return state, sentence, f"{sentence}; {words}"
    sentence = f"attempt {attempt.number} ended, as {words}"
    return BuildState.NEEDS_BUILD, sentence, sentence


def _named(transaction: Transaction, name: str) -> Builder:
    return _there(transaction.builders.find(name), name)


def _locked(transaction: Transaction, name: str) -> Builder:
    return _there(transaction.builders.lock(name), name)


def _there(builder: Builder | None, name: str) -> Builder:
    if builder is None:
        raise NotFoundError(
            f"there is no builder {name}", hint="see which there are: vostok builder list"
        )
    return builder


def _known(
    transaction: Transaction, principal: Principal, builders: Sequence[Builder]
) -> list[KnownBuilder]:
    at_work: dict[str, list[BuildAtWork]] = {}
    for build in transaction.queues.at_work(principal.rights.hidden):
        at_work.setdefault(build.builder, []).append(build)
    tokens = transaction.people.tokens_used({token_name_of(builder.name) for builder in builders})
    is_manager = is_allowed(principal, Action.MANAGE_BUILDERS)
    return [
        KnownBuilder(
            builder=builder,
            at_work=tuple(at_work.get(builder.name, ())),
            has_token=token_name_of(builder.name) in tokens,
            token_used_at=tokens.get(token_name_of(builder.name)) if is_manager else None,
        )
        for builder in builders
    ]
