"""How persons, keys, tokens and sessions become the documents of the API."""

from datetime import datetime

from vostok.documents.people import (
    AccessTokenView,
    IdentityView,
    PersonKeyView,
    PersonView,
    PersonWithAccessView,
    SessionView,
)
from vostok.domain.access import in_order
from vostok.domain.identity import LinkedIdentity
from vostok.domain.person import AccessToken, Person, PersonKey, scopes_text
from vostok.domain.session import OpenSession
from vostok.services.describing.rights import grant_document
from vostok.services.people.persons import PersonWithAccess


def person_document(person: Person) -> PersonView:
    """A person as the API shows them."""
    return {
        "name": person.name,
        "kind": person.kind.value,
        "email": person.email,
        "purpose": None if person.robot is None else person.robot.purpose,
        "answerable": None if person.robot is None else person.robot.answerable,
        "role": person.role,
        "created_by": person.created_by,
        "created_at": person.created_at.isoformat(),
        "disabled_at": _text(person.disabled_at),
        "is_shut_out": person.is_shut_out,
    }


def access_document(found: PersonWithAccess) -> PersonWithAccessView:
    """A person with what they sign and come in with."""
    return {
        **person_document(found.person),
        "guarantors": list(found.guarantors),
        "vouches_for": list(found.vouches_for),
        "robots": [robot.name for robot in found.robots],
        "teams": [
            {"name": one.team, "put_in_by": one.put_in_by, "put_in_at": _text(one.put_in_at)}
            for one in found.teams
        ],
        "grants": [grant_document(grant) for grant in found.grants],
        "may_use": found.may_use,
        "keys": [key_document(key) for key in found.keys],
        "tokens": [token_document(token) for token in found.tokens],
    }


def key_document(key: PersonKey) -> PersonKeyView:
    """A key as the API shows it."""
    return {
        "person": key.person,
        "fingerprint": key.fingerprint,
        "added_by": key.added_by,
        "added_at": key.added_at.isoformat(),
        "revoked_at": _text(key.revoked_at),
    }


def token_document(token: AccessToken) -> AccessTokenView:
    """A token as the API shows it, but for the token itself."""
    return {
        "person": token.person,
        "name": token.name,
        "scope": scopes_text(token.scopes),
        "scopes": [scope.value for scope in in_order(token.scopes)],
        "archive": token.archive,
        "created_at": token.created_at.isoformat(),
        "expires_at": _text(token.expires_at),
        "used_at": _text(token.used_at),
        "revoked_at": _text(token.revoked_at),
    }


def session_document(session: OpenSession) -> SessionView:
    """A session as its owner is told of it."""
    return {
        "id": session.id,
        "created_at": session.created_at.isoformat(),
        "expires_at": session.expires_at.isoformat(),
        "address": session.address,
        "agent": session.agent,
    }


def identity_document(identity: LinkedIdentity) -> IdentityView:
    """An identity as the API shows it."""
    return {
        "number": identity.number,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "linked_at": identity.linked_at.isoformat(),
        "unlinked_at": _text(identity.unlinked_at),
        "withdrawn_at": _text(identity.withdrawn_at),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
