"""Who may do what: every action of every role."""

from dataclasses import replace
from itertools import product

import pytest

from vostok.domain.access import (
    ANONYMOUS,
    SCOPES_FOR,
    SYSTEM,
    WHOLE,
    Action,
    Principal,
    Role,
    TokenScope,
    is_allowed,
    is_opened,
    require,
    require_somewhere,
)
from vostok.domain.refusal_words import said_deed
from vostok.domain.rights import Right, Rights
from vostok.errors import NotAllowedError, ScopeMissingError, VostokError

MAY = {
    Role.ADMINISTRATOR: {
        Action.VIEW, Action.IMPORT_ARCHIVE, Action.CREATE_ARCHIVE, Action.DERIVE_FROM,
        Action.PREVIEW_SELECTION, Action.SYNC_ARCHIVE, Action.CHANGE_ARCHIVE, Action.KEEP_STORE,
        Action.SELECT_SOURCES,
        Action.DELETE_ARCHIVE, Action.CREATE_TOOLCHAIN, Action.REQUEST_REBUILD, Action.RETRY_BUILD,
        Action.CANCEL_BUILD, Action.RESCORE_BUILD, Action.PUBLISH, Action.CANCEL_JOB,
        Action.UPLOAD, Action.MANAGE_PEOPLE, Action.GRANT_RIGHTS, Action.SEE_RIGHTS,
        Action.SEE_AUDIT, Action.MANAGE_QUOTAS, Action.MANAGE_BUILDERS, Action.ADMIT_BUILDER,
        Action.GRANT_EVERYWHERE, Action.VOUCH, Action.SUBSCRIBE,
    },
    Role.DEVELOPER: {
        Action.VIEW, Action.PREVIEW_SELECTION, Action.CREATE_TOOLCHAIN, Action.UPLOAD,
        Action.REQUEST_REBUILD, Action.RETRY_BUILD, Action.CANCEL_BUILD, Action.PUBLISH,
        Action.SUBSCRIBE,
    },
    Role.MEMBER: {Action.VIEW, Action.PREVIEW_SELECTION, Action.SUBSCRIBE},
    Role.BUILDER: {Action.CLAIM_BUILD},
    Role.ANONYMOUS: {Action.VIEW},
}  # fmt: skip
"""Written a second time on purpose: a change of rights must be made twice."""


@pytest.mark.parametrize(("role", "action"), sorted(product(Role, Action)))
def test_a_role_may_do_exactly_what_its_row_says(role: Role, action: Action) -> None:
    principal = Principal(name="ann", role=role)

    assert is_allowed(principal, action) == (action in MAY[role])
    if action in MAY[role]:
        require(principal, action, "trial")
    else:
        with pytest.raises(NotAllowedError) as caught:
            require(principal, action, "trial")
        said = "see trial" if action is Action.VIEW else f"{said_deed(action, '')}trial"
        assert str(caught.value) == f"ann may not {said}"
        assert caught.value.hint is not None


def test_nobody_in_particular_may_look_only() -> None:
    assert ANONYMOUS.role is Role.ANONYMOUS
    assert {action for action in Action if is_allowed(ANONYMOUS, action)} == {Action.VIEW}


def test_what_vostok_does_by_itself_it_may_do() -> None:
    assert is_allowed(SYSTEM, Action.PUBLISH)


@pytest.mark.parametrize(("scope", "action"), sorted(product(TokenScope, Action)))
def test_a_token_is_good_for_its_scope_only(scope: TokenScope, action: Action) -> None:
    good_for = {
        TokenScope.EVERYTHING: MAY[Role.ADMINISTRATOR],
        TokenScope.READ: {Action.VIEW},
        TokenScope.UPLOAD: {Action.VIEW, Action.UPLOAD},
        TokenScope.REBUILD: {Action.VIEW, Action.PREVIEW_SELECTION, Action.REQUEST_REBUILD},
        TokenScope.RETRY: {
            Action.VIEW, Action.RETRY_BUILD, Action.CANCEL_BUILD, Action.PUBLISH,
        },
        TokenScope.MERGE: {Action.VIEW, Action.SYNC_ARCHIVE},
        TokenScope.CREATE: {
            Action.VIEW, Action.PREVIEW_SELECTION, Action.IMPORT_ARCHIVE, Action.CREATE_ARCHIVE,
            Action.DERIVE_FROM, Action.CREATE_TOOLCHAIN,
        },
        TokenScope.ADMINISTER: {
            Action.VIEW, Action.PREVIEW_SELECTION, Action.CHANGE_ARCHIVE, Action.SYNC_ARCHIVE,
            Action.DELETE_ARCHIVE, Action.RESCORE_BUILD, Action.CANCEL_JOB, Action.SEE_RIGHTS,
            Action.SELECT_SOURCES,
        },
        TokenScope.BUILDERS: {Action.VIEW, Action.MANAGE_BUILDERS},
        TokenScope.FEED: set[Action](),
    }  # fmt: skip
    narrowed = frozenset({scope})

    principal = Principal(name="ann", role=Role.ADMINISTRATOR, scopes=narrowed, person_id=1)
    nobody = Principal(name="lou", role=Role.MEMBER, scopes=narrowed, person_id=2)

    assert is_allowed(principal, action, "trial") == (action in good_for[scope])
    assert is_allowed(nobody, action, "trial") == (action in good_for[scope] & MAY[Role.MEMBER])
    assert is_opened(narrowed, action) == (action in good_for[scope] or scope in WHOLE)


def test_every_action_says_by_which_scopes_it_is_opened() -> None:
    assert SCOPES_FOR.keys() == set(Action)


def test_each_of_several_scopes_is_enough() -> None:
    scopes = frozenset({TokenScope.REBUILD, TokenScope.RETRY})
    ann = Principal(name="ann", role=Role.DEVELOPER, scopes=scopes, person_id=1)

    assert {action for action in Action if is_allowed(ann, action, "trial")} == {
        Action.VIEW, Action.PREVIEW_SELECTION, Action.REQUEST_REBUILD, Action.RETRY_BUILD,
        Action.CANCEL_BUILD, Action.PUBLISH,
    }  # fmt: skip


def test_a_refusal_names_the_scope_that_is_missing() -> None:
    scopes = frozenset({TokenScope.READ, TokenScope.UPLOAD})
    held = Rights(by_archive={"trial": frozenset({Right.RETRY})})
    lou = Principal(name="lou", role=Role.MEMBER, scopes=scopes, person_id=1, rights=held)

    for refuse in (require, require_somewhere):
        with pytest.raises(ScopeMissingError, match="the scope retry is missing") as caught:
            refuse(lou, Action.RETRY_BUILD, "trial")
        assert caught.value.scope == "retry"
        assert caught.value.hint == "make one: vostok token create lou NAME --scope retry"
    with pytest.raises(NotAllowedError) as other:
        require(lou, Action.RETRY_BUILD, "other")
    assert not isinstance(other.value, ScopeMissingError)
    with pytest.raises(ScopeMissingError, match="everything is missing"):
        require(lou, Action.SUBSCRIBE, "trial")


OF_NO_ARCHIVE = {
    Action.KEEP_STORE, Action.CREATE_TOOLCHAIN, Action.SEE_AUDIT, Action.MANAGE_PEOPLE,
    Action.MANAGE_BUILDERS, Action.ADMIT_BUILDER, Action.GRANT_EVERYWHERE, Action.VOUCH,
}  # fmt: skip


@pytest.mark.parametrize("action", sorted(MAY[Role.ADMINISTRATOR]))
def test_a_token_for_one_archive_only_reads_elsewhere(action: Action) -> None:
    principal = Principal(name="ann", role=Role.ADMINISTRATOR, archive="trial")
    reads = action in {Action.VIEW, Action.PREVIEW_SELECTION}

    assert is_allowed(principal, action, "trial") == (action not in OF_NO_ARCHIVE)
    assert is_allowed(principal, action, "other") == reads
    assert is_allowed(principal, action) == reads


@pytest.mark.parametrize("action", sorted(OF_NO_ARCHIVE))
def test_a_token_for_an_archive_is_not_good_for_a_person_of_its_name(action: Action) -> None:
    narrowed = Principal(name="ann", role=Role.ADMINISTRATOR, archive="trial")

    with pytest.raises(NotAllowedError):
        require(narrowed, action, "trial")


@pytest.mark.parametrize("action", sorted(OF_NO_ARCHIVE))
def test_a_private_archive_stands_in_nobodys_way_who_asks_for_something_of_its_name(
    action: Action,
) -> None:
    rights = Rights(hidden=frozenset({"secret"}))

    require(Principal(name="ann", role=Role.ADMINISTRATOR, rights=rights), action, "secret")


def test_a_refusal_says_what_the_token_is_limited_to() -> None:
    principal = Principal(
        name="ann", role=Role.DEVELOPER, scopes=frozenset({TokenScope.UPLOAD}), archive="trial"
    )

    with pytest.raises(NotAllowedError) as caught:
        require(principal, Action.PUBLISH, "other")

    assert str(caught.value) == (
        "ann may not publish: other; the token is only to upload in trial"
    )


@pytest.mark.parametrize("action", Action)
def test_a_refusal_is_a_sentence_for_every_action(action: Action) -> None:
    role = Role.MEMBER if action is Action.CLAIM_BUILD else Role.BUILDER
    said = []

    for subject in ("trial", "a new archive"):
        with pytest.raises(NotAllowedError) as caught:
            require(Principal(name="ann", role=role), action, subject)
        said.append(str(caught.value))

    assert "trial" in said[0]
    assert said[1].startswith("ann may not ")
    assert ("a new archive" in said[1]) is (action is Action.VIEW)


def test_a_refusal_names_the_right_and_no_scope_where_another_token_would_do_no_better() -> None:
    scopes = frozenset({TokenScope.MERGE, TokenScope.RETRY})
    robot = Principal(name="loua-robot", role=Role.MEMBER, scopes=scopes, person_id=1)

    for archive in (None, "loua"):
        with pytest.raises(NotAllowedError) as caught:
            require(replace(robot, archive=archive), Action.PUBLISH, "loua")
        assert "token" not in str(caught.value)
        assert caught.value.hint == (
            "an administrator grants it: vostok right grant retry --person loua-robot "
            "--archive loua"
        )


def test_of_a_token_only_what_refuses_is_named() -> None:
    held = Rights(by_archive={"trial": frozenset({Right.RETRY})})
    lou = Principal(name="lou", role=Role.MEMBER, person_id=1, rights=held, archive="other")
    scopes = frozenset({TokenScope.RETRY})

    with pytest.raises(NotAllowedError) as caught:
        require(replace(lou, scopes=scopes), Action.PUBLISH, "trial")

    assert str(caught.value).endswith(": trial; the token is only in other")
    assert caught.value.hint == "make one that is good there: vostok token create lou NAME"


def test_what_is_held_in_a_hidden_archive_changes_no_refusal() -> None:
    """A token for another archive hides it from who may do all there."""
    held = Rights(by_archive={"secret": frozenset(Right)}, hidden=frozenset({"secret"}))
    narrowed = Principal(name="lou", role=Role.MEMBER, person_id=1, rights=held, archive="trial")

    for action in Action:
        said = []
        for name in ("secret", "absent"):
            try:
                require(narrowed, action, name)
            except VostokError as refusal:
                said.append(f"{refusal} {refusal.hint}".replace(name, "X"))
        assert len(set(said)) <= 1, said


def test_before_its_archive_is_known_no_command_names_a_build_as_one() -> None:
    lou = Principal(name="lou", role=Role.MEMBER, person_id=1)

    with pytest.raises(NotAllowedError) as caught:
        require_somewhere(lou, Action.RETRY_BUILD, "build 4")

    assert caught.value.hint == "who administers its archive grants the right retry"
