"""What follows from granted rights. Oracles: the tables below, written by hand."""

from itertools import product

import pytest
from tests.builders import NOW

from vostok.domain.access import (
    Action,
    Principal,
    Role,
    TokenScope,
    is_allowed,
    require,
    require_somewhere,
    source_limits,
)
from vostok.domain.rights import (
    EVERY_SOURCE,
    OF_ARCHIVES,
    OF_INSTALLATION,
    Grant,
    Holder,
    HolderKind,
    Right,
    Rights,
    SourceLimit,
    check_grant,
    check_team_name,
    rights_of,
)
from vostok.errors import InvalidInputError, NotAllowedError, NotFoundError

ENOUGH_FOR = {
    Right.VIEW: {Action.VIEW, Action.PREVIEW_SELECTION},
    Right.DERIVE: {Action.DERIVE_FROM},
    Right.UPLOAD: {Action.UPLOAD},
    Right.REBUILD: {Action.REQUEST_REBUILD},
    Right.RETRY: {Action.RETRY_BUILD, Action.CANCEL_BUILD, Action.PUBLISH},
    Right.MERGE: {Action.SYNC_ARCHIVE},
    Right.ADMINISTER: {
        Action.DERIVE_FROM, Action.UPLOAD, Action.REQUEST_REBUILD, Action.RETRY_BUILD,
        Action.CANCEL_BUILD, Action.PUBLISH, Action.RESCORE_BUILD, Action.CHANGE_ARCHIVE,
        Action.SYNC_ARCHIVE, Action.DELETE_ARCHIVE, Action.CANCEL_JOB, Action.GRANT_RIGHTS,
        Action.SEE_RIGHTS, Action.SELECT_SOURCES,
    },
    Right.CREATE: {Action.CREATE_ARCHIVE, Action.CREATE_TOOLCHAIN},
    Right.BUILDERS: {Action.MANAGE_BUILDERS, Action.ADMIT_BUILDER},
    Right.PEOPLE: {Action.MANAGE_PEOPLE},
}  # fmt: skip
"""Written a second time on purpose, as the roles are."""
OPEN = {Action.VIEW, Action.PREVIEW_SELECTION, Action.SUBSCRIBE}
"""What every person may do in public archives."""


def grant(right: Right, archive: str | None = "trial", limit: SourceLimit = EVERY_SOURCE) -> Grant:
    return Grant(
        id=1,
        archive=archive,
        holder=Holder(kind=HolderKind.PERSON, name="lou"),
        right=right,
        limit=limit,
        granted_by="meg",
        granted_at=NOW,
        revoked_by=None,
        revoked_at=None,
    )


def lou(*grants: Grant, private: tuple[str, ...] = (), archive: str | None = None) -> Principal:
    return Principal(
        name="lou", role=Role.MEMBER, person_id=7, rights=rights_of(grants, private),
        archive=archive,
    )  # fmt: skip


@pytest.mark.parametrize(("right", "action"), sorted(product(Right, Action)))
def test_a_right_on_an_archive_is_enough_for_exactly_what_its_row_says(
    right: Right, action: Action
) -> None:
    archive = None if right in OF_INSTALLATION else "trial"
    principal = lou(grant(right, archive))

    assert is_allowed(principal, action, "trial") == (action in ENOUGH_FOR[right] | OPEN)
    elsewhere = ENOUGH_FOR[right] | OPEN if archive is None else OPEN
    assert is_allowed(principal, action, "other") == (action in elsewhere)


@pytest.mark.parametrize("action", sorted(Action))
def test_without_a_grant_a_member_only_looks_at_what_is_public(action: Action) -> None:
    assert is_allowed(lou(), action, "trial") == (action in OPEN)


@pytest.mark.parametrize("right", sorted(OF_ARCHIVES))
def test_a_right_on_all_archives_is_one_on_each(right: Right) -> None:
    principal = lou(grant(right, None), private=("trial",))

    for action in ENOUGH_FOR[right]:
        assert is_allowed(principal, action, "trial")


@pytest.mark.parametrize("action", sorted(set(Action) - OPEN))
def test_a_deed_in_a_private_archive_is_refused_to_outsiders_as_in_none(action: Action) -> None:
    held = grant(Right.ADMINISTER, "other")

    said = []
    for outsider in (lou(held, private=("trial",)), lou(held)):
        with pytest.raises(NotAllowedError) as caught:
            require(outsider, action, "trial")
        said.append((str(caught.value), caught.value.hint))

    assert said[0] == said[1]


@pytest.mark.parametrize("action", sorted(OPEN))
def test_an_outsider_who_looks_at_a_private_archive_is_told_that_there_is_none(
    action: Action,
) -> None:
    with pytest.raises(NotFoundError) as caught:
        require(lou(private=("trial",)), action, "trial")

    assert str(caught.value) == "there is no archive trial"
    assert caught.value.hint == "see which there are: vostok archive list"


def test_a_build_of_a_private_archive_is_not_there_for_an_outsider() -> None:
    with pytest.raises(NotFoundError, match=r"^there is no build 12$"):
        require(lou(private=("trial",)), Action.VIEW, "build 12", archive="trial")


@pytest.mark.parametrize("right", sorted(OF_ARCHIVES))
def test_any_right_on_a_private_archive_shows_it(right: Right) -> None:
    assert is_allowed(lou(grant(right), private=("trial",)), Action.VIEW, "trial")


def test_the_right_to_make_archives_shows_no_private_one() -> None:
    assert not is_allowed(lou(grant(Right.CREATE, None), private=("trial",)), Action.VIEW, "trial")


def test_a_token_narrows_what_was_granted() -> None:
    held = rights_of([grant(Right.UPLOAD), grant(Right.REBUILD)], [])
    principal = Principal(
        name="lou", role=Role.MEMBER, scopes=frozenset({TokenScope.UPLOAD}), rights=held
    )

    assert is_allowed(principal, Action.UPLOAD, "trial")
    assert not is_allowed(principal, Action.REQUEST_REBUILD, "trial")


def test_a_token_for_one_archive_holds_nothing_in_another() -> None:
    both = [grant(Right.UPLOAD), grant(Right.UPLOAD, "other")]

    assert not is_allowed(lou(*both, archive="other"), Action.UPLOAD, "trial")


def test_before_its_archive_is_known_a_deed_is_let_through_for_whoever_may_do_it_somewhere() -> (
    None
):
    require_somewhere(lou(grant(Right.RETRY)), Action.RETRY_BUILD, "build 12")

    with pytest.raises(NotAllowedError, match=r"lou may not retry builds: build 12"):
        require_somewhere(lou(grant(Right.UPLOAD)), Action.RETRY_BUILD, "build 12")


def test_a_refusal_says_how_the_right_is_granted() -> None:
    with pytest.raises(NotAllowedError) as caught:
        require(lou(), Action.UPLOAD, "trial")

    assert caught.value.hint == (
        "an administrator grants it: vostok right grant upload --person lou --archive trial"
    )


def test_uploads_are_narrowed_to_any_of_the_limits() -> None:
    toolchain = SourceLimit(sources=("gcc-*", "binutils"))
    contrib = SourceLimit(component="contrib")
    limits = source_limits(
        lou(grant(Right.UPLOAD, limit=toolchain), grant(Right.UPLOAD, None, contrib)),
        Action.UPLOAD,
        "trial",
    )

    def may(source: str, component: str) -> bool:
        return any(limit.may_allow(source, component) for limit in limits)

    assert may("gcc-13", "main")
    assert may("hello", "contrib")
    assert not may("hello", "main")
    assert not may("gcc", "main")


def test_whoever_administers_uploads_everything() -> None:
    held = lou(
        grant(Right.ADMINISTER), grant(Right.UPLOAD, limit=SourceLimit(component="contrib"))
    )

    assert source_limits(held, Action.UPLOAD, "trial") == (EVERY_SOURCE,)
    developer = Principal(name="ann", role=Role.DEVELOPER)
    assert source_limits(developer, Action.REQUEST_REBUILD, "trial") == (EVERY_SOURCE,)


def test_what_one_right_is_narrowed_to_does_not_narrow_another() -> None:
    held = lou(
        grant(Right.UPLOAD, limit=SourceLimit(component="contrib")),
        grant(Right.REBUILD, limit=SourceLimit(selection="section = libs")),
    )

    assert source_limits(held, Action.REQUEST_REBUILD, "trial") == (
        SourceLimit(selection="section = libs"),
    )
    assert source_limits(held, Action.RETRY_BUILD, "trial") == ()


def test_without_a_right_there_is_nothing_to_upload() -> None:
    assert source_limits(lou(), Action.UPLOAD, "trial") == ()


@pytest.mark.parametrize(
    ("right", "archive", "limit", "said"),
    [
        (Right.CREATE, "trial", EVERY_SOURCE, "on the installation"),
        (Right.RETRY, "trial", SourceLimit(component="main"), "cannot be narrowed"),
        (Right.UPLOAD, None, SourceLimit(sources=("x" * 2000,)), "over 1000 characters"),
    ],
)
def test_what_cannot_be_granted_is_refused(
    right: Right, archive: str | None, limit: SourceLimit, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        check_grant(right, archive, limit)


@pytest.mark.parametrize("name", ["", "Meg", "-team", "a" * 64, "a b", "../x", "a\n"])
def test_what_cannot_be_a_teams_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidInputError, match="cannot be the name of a team"):
        check_team_name(name)


def test_rights_can_be_compared_and_hashed() -> None:
    assert hash(Rights()) == hash(Rights(by_archive={"x": frozenset()}))
