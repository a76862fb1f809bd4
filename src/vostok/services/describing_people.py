"""How persons, keys and tokens become the documents of the API."""

from datetime import datetime

from vostok.domain.person import AccessToken, Person, PersonKey
from vostok.services.documents.people import AccessTokenView, PersonKeyView, PersonView


def person_document(person: Person) -> PersonView:
    """A person as the API shows them."""
    return {
        "name": person.name,
        "email": person.email,
        "role": person.role,
        "created_by": person.created_by,
        "created_at": person.created_at.isoformat(),
        "disabled_at": _text(person.disabled_at),
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
        "scope": token.scope,
        "archive": token.archive,
        "created_at": token.created_at.isoformat(),
        "expires_at": _text(token.expires_at),
        "used_at": _text(token.used_at),
        "revoked_at": _text(token.revoked_at),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
