"""How who may do what becomes the documents of the API."""

from vostok.documents.standings import (
    GroundView,
    HeldRightView,
    PermissionView,
    PersonPermissionsView,
    StandingView,
)
from vostok.domain.grounds import Ground, HeldRight, KnownPerson, Permission
from vostok.domain.rights import HolderKind
from vostok.services.people.standings import Standings


def standing_document(standings: Standings, person: KnownPerson) -> StandingView:
    """Somebody with what they may do of each right."""
    return {
        "person": person.name,
        "role": person.role,
        "rights": [_held_document(held) for held in standings.held_rights(person)],
    }


def permissions_document(standings: Standings, person: KnownPerson) -> PersonPermissionsView:
    """Everything that can be asked for, of one person."""
    return {
        "archive": standings.archive,
        "person": person.name,
        "role": person.role,
        "is_shut_out": person.is_shut_out,
        "permissions": [_permission_document(one) for one in standings.permissions(person)],
    }


def _permission_document(permission: Permission) -> PermissionView:
    return {
        "action": permission.action,
        "is_allowed": permission.is_allowed,
        "grounds": [_ground_document(ground) for ground in permission.grounds],
        "limits": [str(limit) for limit in permission.limits],
        "refusal": permission.refusal or None,
    }


def _held_document(held: HeldRight) -> HeldRightView:
    return {
        "right": held.right,
        "is_whole": held.is_whole,
        "actions": [one.action for one in held.allowed],
        "grounds": [_ground_document(ground) for ground in held.grounds],
        "limits": [str(limit) for limit in held.limits],
    }


def _ground_document(ground: Ground) -> GroundView:
    grant = None if ground.held is None else ground.held.grant
    is_teams = grant is not None and grant.holder.kind is HolderKind.TEAM
    return {
        "kind": ground.kind,
        "role": ground.role,
        "right": None if grant is None else grant.right,
        "number": None if grant is None else grant.id,
        "team": grant.holder.name if grant is not None and is_teams else None,
        "by_team": None if ground.held is None else ground.held.by_team,
        "granted_by": None if grant is None else grant.granted_by,
        "granted_at": None if grant is None else grant.granted_at.isoformat(),
        "sentence": str(ground),
    }
