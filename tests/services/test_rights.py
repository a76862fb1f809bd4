"""Rights as a service: who grants what to whom, who sees a private archive, and what is told."""

import pytest
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.access import ANONYMOUS, Action, Principal, Role, is_allowed
from vostok.domain.audit import AuditFilter
from vostok.domain.rights import EVERY_SOURCE, Grant, Holder, HolderKind, Right, SourceLimit
from vostok.errors import (
    ConflictError,
    InvalidInputError,
    NotAllowedError,
    NotAuthenticatedError,
    NotFoundError,
)
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.people.persons import TokenRequest
from vostok.services.people.rights import GrantRequest, RightsService

LOU = Holder(kind=HolderKind.PERSON, name="lou")
MEG = Holder(kind=HolderKind.PERSON, name="meg")
KERNEL = Holder(kind=HolderKind.TEAM, name="kernel")
HARDWARE = Holder(kind=HolderKind.TEAM, name="hardware")


@pytest.fixture
def rights(derived: Installation) -> RightsService:
    """Lou and meg are members, and there is the team kernel."""
    for name in ("lou", "meg"):
        derived.people.add(ADMINISTRATOR, name, email=f"{name}@example.org", role=Role.MEMBER)
    service = RightsService(derived.database, derived.clock)
    service.add_team(ADMINISTRATOR, "kernel")
    return service


def asked(
    holder: Holder,
    right: Right,
    archive: str | None = "trial",
    limit: SourceLimit = EVERY_SOURCE,
) -> GrantRequest:
    return GrantRequest(archive=archive, holder=holder, right=right, limit=limit)


def whoever(world: Installation, name: str) -> Principal:
    """A person with all that was granted to them, as a token of theirs finds it."""
    known = world.people.tokens(ADMINISTRATOR, name)
    request = TokenRequest(person=name, name=f"t{len(known)}")
    _, token = world.people.create_token(ADMINISTRATOR, request)
    return world.people.principal(token, address="192.0.2.1")


def told(rights: RightsService, count: int) -> list[tuple[str, str, str]]:
    """The newest entries of the audit log, without those of tokens that tests make."""
    wanted = AuditFilter(action=Action.GRANT_RIGHTS, count=count)
    return [
        (entry.actor, entry.subject, entry.detail) for entry in rights.audit(ADMINISTRATOR, wanted)
    ]


def test_a_grant_holds_from_the_next_request_on_until_it_is_revoked(
    derived: Installation, rights: RightsService
) -> None:
    before = is_allowed(whoever(derived, "lou"), Action.REQUEST_REBUILD, "trial")

    grant = rights.give(ADMINISTRATOR, asked(LOU, Right.REBUILD))
    while_granted = whoever(derived, "lou")
    rights.revoke(ADMINISTRATOR, "trial", grant.id)

    assert not before
    assert is_allowed(while_granted, Action.REQUEST_REBUILD, "trial")
    assert not is_allowed(while_granted, Action.REQUEST_REBUILD, "debian")
    assert not is_allowed(whoever(derived, "lou"), Action.REQUEST_REBUILD, "trial")


def test_granting_and_revoking_are_told_once_each(
    rights: RightsService,
) -> None:
    limit = SourceLimit(component="main", sources=("linux-*",))
    grants = [
        rights.give(ADMINISTRATOR, asked(KERNEL, Right.UPLOAD, limit=limit)) for _ in range(2)
    ]
    for _ in range(2):
        rights.revoke(ADMINISTRATOR, "trial", grants[0].id)

    entries = told(rights, 10)

    assert grants[0] == grants[1]
    assert [(actor, subject) for actor, subject, _ in entries] == [("ann", "team kernel")] * 2
    assert entries[0][2].startswith("revoked: upload")
    assert entries[1][2].startswith("granted: upload")
    assert "linux-*" in entries[1][2]


def test_what_holds_in_an_archive_stands_apart_from_what_holds_in_all(
    derived: Installation, rights: RightsService
) -> None:
    here = rights.give(ADMINISTRATOR, asked(LOU, Right.REBUILD))
    everywhere = rights.give(ADMINISTRATOR, asked(MEG, Right.RETRY, archive=None))
    installation = rights.give(ADMINISTRATOR, asked(MEG, Right.CREATE, archive=None))
    rights.give(ADMINISTRATOR, asked(MEG, Right.DERIVE, archive="debian"))

    grants, general, archive = rights.of_archive(ADMINISTRATOR, "trial")

    assert (grants, general) == ([here], [everywhere])
    assert archive.name == derived.archive().name
    assert rights.grants(ADMINISTRATOR, None) == [everywhere, installation]


def test_who_administers_an_archive_grants_in_it_and_nowhere_else(
    derived: Installation, rights: RightsService
) -> None:
    rights.give(ADMINISTRATOR, asked(LOU, Right.ADMINISTER))
    lou = whoever(derived, "lou")

    grant = rights.give(lou, asked(MEG, Right.REBUILD))

    assert grant.granted_by == "lou"
    for archive in ("debian", None):
        with pytest.raises(NotAllowedError):
            rights.give(lou, asked(LOU, Right.VIEW, archive=archive))
        with pytest.raises(NotAllowedError):
            rights.grants(lou, archive)
    with pytest.raises(NotAllowedError):
        rights.teams(lou)
    with pytest.raises(NotAllowedError):
        rights.audit(lou, AuditFilter())
    assert {entry.archive for entry in rights.audit(lou, AuditFilter(archive="trial"))} == {
        "trial"
    }


def test_members_and_strangers_neither_see_nor_give_rights(
    derived: Installation, rights: RightsService
) -> None:
    lou = whoever(derived, "lou")

    for who, kind in ((lou, NotAllowedError), (ANONYMOUS, NotAuthenticatedError)):
        with pytest.raises(kind):
            rights.of_archive(who, "trial")
        with pytest.raises(kind):
            rights.give(who, asked(LOU, Right.ADMINISTER))
        with pytest.raises(kind):
            rights.set_private(who, "trial", is_private=True)
    assert rights.grants(ADMINISTRATOR, "trial") == []


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (asked(LOU, Right.CREATE), InvalidInputError),
        (asked(LOU, Right.VIEW, limit=SourceLimit(component="main")), InvalidInputError),
        (asked(Holder(kind=HolderKind.PERSON, name="nobody"), Right.VIEW), NotFoundError),
        (asked(Holder(kind=HolderKind.TEAM, name="lou"), Right.VIEW), NotFoundError),
        (asked(LOU, Right.VIEW, archive="never"), NotFoundError),
    ],
)
def test_what_cannot_be_granted_is_refused_and_not_told(
    rights: RightsService, request_: GrantRequest, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        rights.give(ADMINISTRATOR, request_)

    assert told(rights, 1) == []


def test_a_grant_is_revoked_only_where_it_holds(rights: RightsService) -> None:
    grant = rights.give(ADMINISTRATOR, asked(LOU, Right.DERIVE, archive="debian"))

    for archive in ("trial", None):
        with pytest.raises(NotFoundError, match=f"no grant {grant.id}"):
            rights.revoke(ADMINISTRATOR, archive, grant.id)

    assert rights.grants(ADMINISTRATOR, "debian") == [grant]


def granted_in_trial(rights: RightsService, holder: Holder) -> Grant:
    return rights.give(ADMINISTRATOR, asked(holder, Right.REBUILD))


def test_members_of_inner_teams_hold_what_the_outer_one_was_granted(
    derived: Installation, rights: RightsService
) -> None:
    rights.add_team(ADMINISTRATOR, "hardware")
    rights.put_in(ADMINISTRATOR, "hardware", [KERNEL])
    rights.put_in(ADMINISTRATOR, "kernel", [LOU])
    granted_in_trial(rights, HARDWARE)

    inside = is_allowed(whoever(derived, "lou"), Action.REQUEST_REBUILD, "trial")
    rights.take_out(ADMINISTRATOR, "kernel", [LOU])
    outside = is_allowed(whoever(derived, "lou"), Action.REQUEST_REBUILD, "trial")

    assert (inside, outside) == (True, False)


def test_several_members_are_put_in_together_or_not_at_all(rights: RightsService) -> None:
    nobody = Holder(kind=HolderKind.PERSON, name="nobody")

    with pytest.raises(NotFoundError):
        rights.put_in(ADMINISTRATOR, "kernel", [LOU, nobody])
    with pytest.raises(ConflictError):
        rights.put_in(ADMINISTRATOR, "kernel", [LOU, KERNEL])

    assert rights.team(ADMINISTRATOR, "kernel").persons == ()


def test_a_deleted_team_is_gone_with_its_grants(
    derived: Installation, rights: RightsService
) -> None:
    rights.put_in(ADMINISTRATOR, "kernel", [LOU])
    granted_in_trial(rights, KERNEL)
    for right in (Right.UPLOAD, Right.RETRY):
        rights.give(ADMINISTRATOR, asked(KERNEL, right))

    rights.delete_team(ADMINISTRATOR, "kernel")

    newest, granted, *_ = rights.audit(ADMINISTRATOR, AuditFilter(archive="trial"))
    assert (newest.subject, newest.action) == ("team kernel", Action.GRANT_RIGHTS)
    assert newest.detail == "what was granted to it ended: the team was deleted"
    assert granted.detail.startswith("granted: ")
    assert rights.teams(ADMINISTRATOR) == []
    assert rights.grants(ADMINISTRATOR, "trial") == []
    assert not is_allowed(whoever(derived, "lou"), Action.REQUEST_REBUILD, "trial")


def test_a_private_archive_is_not_there_for_outsiders_and_is_for_those_with_any_right(
    derived: Installation, rights: RightsService
) -> None:
    rights.give(ADMINISTRATOR, asked(MEG, Right.VIEW))

    rights.set_private(ADMINISTRATOR, "trial", is_private=True)

    assert not whoever(derived, "lou").sees("trial")
    assert whoever(derived, "meg").sees("trial")
    assert not derived.people.principal(None, address="192.0.2.1").sees("trial")
    with pytest.raises(NotAllowedError) as hidden:
        rights.of_archive(whoever(derived, "lou"), "trial")
    with pytest.raises(NotAllowedError) as absent:
        rights.of_archive(whoever(derived, "lou"), "never")
    assert str(hidden.value) == str(absent.value).replace("never", "trial")


def test_only_who_administers_a_private_parent_shows_its_child_to_everybody(
    derived: Installation, rights: RightsService
) -> None:
    rights.set_private(ADMINISTRATOR, "trial", is_private=True)
    derived.done(
        derived.deriving.request(
            ADMINISTRATOR, DeriveRequest(name="child", parents=["trial/bookworm"], selection="all")
        )
    )
    rights.give(ADMINISTRATOR, asked(LOU, Right.ADMINISTER, archive="child"))

    with pytest.raises((NotAllowedError, NotFoundError)):
        rights.set_private(whoever(derived, "lou"), "child", is_private=False)
    still = derived.archive("child").is_private
    rights.give(ADMINISTRATOR, asked(LOU, Right.ADMINISTER))
    shown = rights.set_private(whoever(derived, "lou"), "child", is_private=False)

    assert still
    assert not shown.is_private


def test_who_administers_an_archive_reads_nothing_of_another_that_had_its_name_before(
    derived: Installation, rights: RightsService
) -> None:
    rights.give(ADMINISTRATOR, asked(KERNEL, Right.RETRY))
    derived.done(derived.deleting.request(ADMINISTRATOR, "trial"))
    derived.clock.advance(60)
    derived.derive()
    rights.give(ADMINISTRATOR, asked(LOU, Right.ADMINISTER))

    of_lou = rights.audit(whoever(derived, "lou"), AuditFilter(archive="trial"))
    of_all = rights.audit(ADMINISTRATOR, AuditFilter(archive="trial"))

    begun = derived.archive().created_at
    assert of_lou == [entry for entry in of_all if entry.at >= begun]
    assert {"derive", "grant-rights"} <= {entry.action for entry in of_lou}
    assert len(of_all) > len(of_lou)
