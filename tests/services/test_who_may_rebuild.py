"""I8: a rebuild is accepted if, and only if, policy, person, source and architectures allow it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.services.installation import (
    ADMINISTRATOR,
    Installation,
    Template,
    make_installation,
)
from tests.services.signed_upload import Uploader, local

from vostok.domain.access import Principal, Role, TokenScope
from vostok.domain.archive import RebuildPolicy
from vostok.domain.build import BuildState
from vostok.domain.rights import (
    EVERY_SOURCE,
    OF_INSTALLATION,
    Grant,
    Holder,
    HolderKind,
    Right,
    rights_of,
)
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
)
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.rebuilding.planning import RebuildRequest

Accepted = TypeVar("Accepted")
CURRENT = {"only": "1-1", "indep": "1:1.0", "hello": "1.2-3+local1"}
"""What `trial` has now: hello was changed here since it was derived, static was removed."""

SOURCES = (*CURRENT, "static", "never-there")
ENABLED = ("amd64", "arm64")
REFUSALS = (
    ConflictError, InvalidInputError, NotAllowedError, NotAuthenticatedError, NotFoundError,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Somebody with a token, and what was granted."""

    role: Role
    scope: TokenScope
    token_archive: str | None
    grants: frozenset[tuple[Right, str | None]]
    is_private: bool
    """Whether `trial` is, which hides it from whoever was granted nothing there."""

    @property
    def principal(self) -> Principal:
        grants = [
            Grant(
                id=number, archive=archive, holder=Holder(kind=HolderKind.PERSON, name="eve"),
                right=right, limit=EVERY_SOURCE, granted_by="ann",
                granted_at=datetime(2026, 1, 1, tzinfo=UTC), revoked_by=None, revoked_at=None,
            )
            for number, (right, archive) in enumerate(sorted(self.grants, key=str))
        ]  # fmt: skip
        return Principal(
            name="eve",
            role=self.role,
            scopes=frozenset({self.scope}),
            archive=self.token_archive,
            rights=rights_of(grants, ["trial"] if self.is_private else []),
        )

    @property
    def may(self) -> bool:
        """Said again, from what docs/how-to/grant-rights.md says."""
        here = {right for right, archive in self.grants if archive in (None, "trial")}
        sees = not self.is_private or bool(here - OF_INSTALLATION)
        is_enough = self.role in (Role.ADMINISTRATOR, Role.DEVELOPER) or bool(
            here & {Right.REBUILD, Right.ADMINISTER}
        )
        is_good_token = self.scope in (
            TokenScope.EVERYTHING, TokenScope.REBUILD,
        ) and self.token_archive in (None, "trial")  # fmt: skip
        return sees and is_enough and is_good_token


GRANTS = st.one_of(
    st.tuples(
        st.sampled_from(sorted(set(Right) - OF_INSTALLATION)),
        st.sampled_from([None, "trial", "debian"]),
    ),
    st.tuples(st.sampled_from(sorted(OF_INSTALLATION)), st.none()),
)
ASKERS = st.builds(
    Asker,
    role=st.sampled_from(Role),
    scope=st.sampled_from([TokenScope.EVERYTHING] * 3 + list(TokenScope)),
    token_archive=st.sampled_from([None, None, "trial", "debian"]),
    grants=st.frozensets(GRANTS, max_size=3),
    is_private=st.booleans(),
)
RICHARD = Asker(
    role=Role.DEVELOPER, scope=TokenScope.EVERYTHING, token_archive=None, grants=frozenset(),
    is_private=False,
)  # fmt: skip
STRANGER = replace(RICHARD, role=Role.MEMBER)
NEVER, ON_REQUEST = RebuildPolicy.NEVER, RebuildPolicy.ON_REQUEST
ARCHITECTURES = st.lists(st.sampled_from([*ENABLED, *ENABLED, "riscv64"]), max_size=3, unique=True)


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, with_two_architectures: Template
) -> Iterator[Installation]:
    """One for all examples: after each, nothing waits in it."""
    made = make_installation(tmp_path_factory.mktemp("world"), with_two_architectures)
    Uploader(made).upload(local(CURRENT["hello"]))
    made.done(made.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="static")))
    _clear(made)
    yield made
    made.database.engine.dispose()


def _clear(world: Installation) -> None:
    world.build_changes.cancel(ADMINISTRATOR, BuildChoice(archive="trial", selection="all"))
    world.engine.run_all()


def test_a_rebuild_is_accepted_exactly_if_everything_allows_it(world: Installation) -> None:
    seen: set[tuple[bool, bool, bool, bool]] = set()

    @settings(
        max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    @given(
        asker=ASKERS,
        policy=st.sampled_from(RebuildPolicy),
        source=st.sampled_from([*CURRENT, *SOURCES]),
        architectures=ARCHITECTURES,
    )
    # All is as it should be, then all but one thing.
    @example(asker=RICHARD, policy=ON_REQUEST, source="only", architectures=[])
    @example(asker=RICHARD, policy=NEVER, source="only", architectures=[])
    @example(asker=STRANGER, policy=ON_REQUEST, source="only", architectures=[])
    @example(asker=RICHARD, policy=ON_REQUEST, source="static", architectures=[])
    @example(asker=RICHARD, policy=ON_REQUEST, source="only", architectures=["riscv64"])
    def holds(asker: Asker, policy: RebuildPolicy, source: str, architectures: list[str]) -> None:
        world.set(policy=policy)
        request = RebuildRequest(
            archive="trial", selection=source, reason="I8", architectures=architectures
        )
        allowed = (
            policy is not RebuildPolicy.NEVER,
            asker.may,
            source in CURRENT,
            _can_be_built(source, architectures),
        )

        planned = _asked(lambda: world.rebuilding.plan(asker.principal, request).accepted)
        stored = _asked(
            lambda: world.builds_of(world.rebuilding.request(asker.principal, request).campaign)
        )
        slots = {build.architecture for build in stored}
        versions = {build.source_version for build in stored}
        _clear(world)

        seen.add(allowed)
        assert bool(planned) is bool(stored) is all(allowed)
        assert versions <= {CURRENT.get(source)}
        assert slots <= {*(architectures or ENABLED), "all"}

    holds()
    everything = (True, True, True, True)
    assert everything in seen
    for number in range(4):  # each was the only one that was missing, at least once
        assert tuple(index != number for index in range(4)) in seen


def _can_be_built(source: str, architectures: list[str]) -> bool:
    """Whether all of the architectures are enabled, and something is built on one of them.

    `only` is for amd64; the packages of `indep` are for all and built there.
    """
    is_enabled = set(architectures) <= set(ENABLED)
    is_built_on_amd64 = source in {"only", "indep"}
    return is_enabled and not (is_built_on_amd64 and architectures == ["arm64"])


def _asked(ask: Callable[[], Iterable[Accepted]]) -> list[Accepted]:
    """What was accepted; nothing where it was refused."""
    try:
        return list(ask())
    except REFUSALS:
        return []


def test_nothing_waits_after_the_examples(world: Installation) -> None:
    with world.database.read() as transaction:
        waiting = transaction.builds.unfinished(world.archive().id)

    assert [build for build in waiting if build.state is not BuildState.CANCELLED] == []
