"""How teams, grants and the audit log become the documents of the API."""

from vostok.documents.rights import AuditEntryView, GrantView, TeamView
from vostok.domain.audit import AuditEntry
from vostok.domain.rights import Grant, HolderKind, Team


def grant_document(grant: Grant) -> GrantView:
    """A grant as the API shows it."""
    is_person = grant.holder.kind is HolderKind.PERSON
    return {
        "number": grant.id,
        "archive": grant.archive,
        "right": grant.right,
        "person": grant.holder.name if is_person else None,
        "team": None if is_person else grant.holder.name,
        "component": grant.limit.component,
        "sources": list(grant.limit.sources),
        "selection": grant.limit.selection,
        "granted_by": grant.granted_by,
        "granted_at": grant.granted_at.isoformat(),
        "revoked_by": grant.revoked_by,
        "revoked_at": None if grant.revoked_at is None else grant.revoked_at.isoformat(),
    }


def team_document(team: Team) -> TeamView:
    """A team as the API shows it."""
    return {
        "name": team.name,
        "persons": list(team.persons),
        "teams": list(team.teams),
        "members": [
            {
                "kind": one.member.kind,
                "name": one.member.name,
                "put_in_by": one.put_in_by,
                "put_in_at": None if one.put_in_at is None else one.put_in_at.isoformat(),
            }
            for one in team.members
        ],
        "created_by": team.created_by,
        "created_at": team.created_at.isoformat(),
    }


def audit_document(entry: AuditEntry) -> AuditEntryView:
    """An entry of the audit log as the API shows it."""
    return {
        "number": entry.number,
        "at": entry.at.isoformat(),
        "actor": entry.actor,
        "action": entry.action,
        "archive": entry.archive,
        "subject": entry.subject,
        "detail": entry.detail,
    }
