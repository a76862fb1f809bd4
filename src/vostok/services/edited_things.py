"""What people edit: how each kind of thing stands, who reads that, and how it is kept so.

What Vostok does by itself with a thing, as builds and publications of an archive, is no part of
how it stands.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from vostok.domain.access import Action, Principal, require
from vostok.domain.builder import Builder, token_name_of
from vostok.domain.quota import Quota, Subject, SubjectKind
from vostok.domain.revision import Thing, ThingKind
from vostok.errors import NotFoundError
from vostok.services.people.managing import is_themself, person_of
from vostok.services.people.quotas import require_to_manage
from vostok.services.repositories import Transaction

SUBJECTS: Final[Mapping[ThingKind, SubjectKind]] = {
    ThingKind.ARCHIVE_LIMITS: SubjectKind.ARCHIVE,
    ThingKind.PERSON_LIMITS: SubjectKind.PERSON,
    ThingKind.TEAM_LIMITS: SubjectKind.TEAM,
    ThingKind.DEFAULT_LIMITS: SubjectKind.DEFAULT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """What is to be known of things of one kind.

    Attributes:
        values: part -> what it is now; NotFoundError if there is no such thing.
        lock: keeps it so until the transaction ends, from whoever does the same.
        check_reader: nothing, if somebody may read it; else what reading it raises.
        untold: parts of which only is told that they changed: fewer may read them.
    """

    values: Callable[[Transaction, Thing], dict[str, object]]
    lock: Callable[[Transaction, Thing], None]
    check_reader: Callable[[Transaction, Principal, Thing], None]
    untold: frozenset[str] = frozenset()


# Archives ----------------------------------------------------------------------------------


def _archive_values(transaction: Transaction, thing: Thing) -> dict[str, object]:
    archive = transaction.archives.named(thing.name)
    suites = transaction.archives.suites(archive.id)
    derivations = [suite.derivation for suite in suites if suite.derivation is not None]
    grants = transaction.rights.grants(archive.id)
    quota = _quota(transaction, Subject(kind=SubjectKind.ARCHIVE, name=thing.name))
    return {
        "id": archive.id,
        "state": archive.state,
        "keep": archive.keep,
        "serve": archive.serve,
        "binaries": archive.accepts_binaries,
        "policy": archive.policy,
        "scheme": f"{archive.scheme} {archive.vendor}".strip(),
        "binnmus": archive.makes_binnmus,
        "ubuntu_versions": archive.makes_ubuntu_versions,
        "visibility": archive.is_private,
        "quota": None if quota is None else quota.limits,
        "rights": sorted(grant.id for grant in grants),
        "selection": [derivation.selection for derivation in derivations],
        "sources": [derivation.number for derivation in derivations],
    }


def _lock_archive(transaction: Transaction, thing: Thing) -> None:
    transaction.archives.lock(transaction.archives.named(thing.name).id)


def _check_archive_reader(_transaction: Transaction, principal: Principal, thing: Thing) -> None:
    require(principal, Action.VIEW, thing.name)


# Limits ------------------------------------------------------------------------------------


def _subject(thing: Thing) -> Subject:
    return Subject(kind=SUBJECTS[thing.kind], name=thing.name)


def _quota(transaction: Transaction, subject: Subject) -> Quota | None:
    return next((q for q in transaction.quotas.all() if q.subject == subject), None)


def _limits_values(transaction: Transaction, thing: Thing) -> dict[str, object]:
    subject = _subject(thing)
    transaction.quotas.check_there(subject)
    quota = _quota(transaction, subject)
    limits = None if quota is None else quota.limits
    return {
        "is_own": quota is not None,
        "archives": None if limits is None else limits.archives,
        "builds": None if limits is None else limits.builds,
        "bytes": None if limits is None else limits.bytes,
    }


def _lock_limits(transaction: Transaction, thing: Thing) -> None:
    transaction.quotas.lock([_subject(thing)])


def _check_limits_reader(_transaction: Transaction, principal: Principal, thing: Thing) -> None:
    is_own = thing.kind is ThingKind.PERSON_LIMITS and is_themself(principal, thing.name)
    if not is_own:
        require_to_manage(principal, _subject(thing))


# People and rights -------------------------------------------------------------------------


def _general_rights_values(transaction: Transaction, _thing: Thing) -> dict[str, object]:
    return {"rights": sorted(grant.id for grant in transaction.rights.grants(None))}


def _lock_rights(transaction: Transaction, _thing: Thing) -> None:
    transaction.rights.lock()


def _check_rights_reader(_transaction: Transaction, principal: Principal, _thing: Thing) -> None:
    require(principal, Action.GRANT_EVERYWHERE, "the rights on all archives")


def _team_values(transaction: Transaction, thing: Thing) -> dict[str, object]:
    team = transaction.teams.named(thing.name)
    return {"id": team.id, "persons": list(team.persons), "teams": list(team.teams)}


def _lock_team(transaction: Transaction, thing: Thing) -> None:
    transaction.teams.lock(transaction.teams.named(thing.name))


def _check_team_reader(_transaction: Transaction, principal: Principal, thing: Thing) -> None:
    require(principal, Action.MANAGE_PEOPLE, thing.name)


def _person_values(transaction: Transaction, thing: Thing) -> dict[str, object]:
    person = transaction.people.named(thing.name)
    tokens = transaction.people.tokens(person.id)
    keys = transaction.people.keys(person.id)
    return {
        "is_disabled": person.disabled_at is not None,
        "disabled_by": person.disabled_by_manager,
        "role": person.role,
        "email": person.email,
        "purpose": None if person.robot is None else person.robot.purpose,
        "answerable": None if person.robot is None else person.robot.answerable,
        "password": transaction.sessions.password_hash(person.id),
        "tokens": [(t.name, t.created_at, t.archive, t.revoked_at is None) for t in tokens],
        "keys": [(key.fingerprint, key.revoked_at is None) for key in keys],
        "identities": [
            (identity.number, identity.unlinked_at is None)
            for identity in transaction.identities.of_person(person.id)
        ],
        "guarantors": sorted(transaction.guarantees.of(person.id)),
    }


def _lock_person(transaction: Transaction, thing: Thing) -> None:
    transaction.people.lock(transaction.people.named(thing.name).id)


def _check_person_reader(transaction: Transaction, principal: Principal, thing: Thing) -> None:
    person_of(transaction, principal, thing.name)


# Machines and programs ---------------------------------------------------------------------


def _builder_values(transaction: Transaction, thing: Thing) -> dict[str, object]:
    builder = _there(transaction.builders.find(thing.name), thing)
    return {
        "state": builder.state,
        "reason": builder.reason,
        "token": transaction.people.token_hash_of(token_name_of(builder.name)),
    }


def _lock_builder(transaction: Transaction, thing: Thing) -> None:
    _there(transaction.builders.lock(thing.name), thing)


def _there(builder: Builder | None, thing: Thing) -> Builder:
    if builder is None:
        raise NotFoundError(
            f"there is no builder {thing.name}", hint="see which there are: vostok builder list"
        )
    return builder


def _check_builder_reader(_transaction: Transaction, principal: Principal, _thing: Thing) -> None:
    require(principal, Action.VIEW, "the builders")


def _webhook_values(transaction: Transaction, thing: Thing) -> dict[str, object]:
    archive = transaction.archives.named(thing.name)
    webhook = transaction.webhooks.numbered(archive.id, thing.number)
    return {"state": webhook.state, "topics": sorted(webhook.topics), "address": webhook.address}


def _lock_webhook(transaction: Transaction, thing: Thing) -> None:
    transaction.webhooks.lock(thing.number)


def _check_webhook_reader(_transaction: Transaction, principal: Principal, thing: Thing) -> None:
    require(principal, Action.CHANGE_ARCHIVE, thing.name)


def _toolchain_values(transaction: Transaction, thing: Thing) -> dict[str, object]:
    newest = transaction.toolchains.newest(thing.name)
    return {"revision": 0 if newest is None else newest.revision}


def _lock_toolchain(transaction: Transaction, thing: Thing) -> None:
    transaction.toolchains.lock(thing.name)


def _check_toolchain_reader(_transaction: Transaction, principal: Principal, _t: Thing) -> None:
    require(principal, Action.VIEW, "the toolchains")


_LIMITS: Final = Edited(
    values=_limits_values, lock=_lock_limits, check_reader=_check_limits_reader
)
EDITED: Final[Mapping[ThingKind, Edited]] = {
    ThingKind.ARCHIVE: Edited(
        values=_archive_values,
        lock=_lock_archive,
        check_reader=_check_archive_reader,
        untold=frozenset({"id", "state", "quota", "rights"}),
    ),
    ThingKind.ARCHIVE_LIMITS: _LIMITS,
    ThingKind.PERSON_LIMITS: _LIMITS,
    ThingKind.TEAM_LIMITS: _LIMITS,
    ThingKind.DEFAULT_LIMITS: _LIMITS,
    ThingKind.GENERAL_RIGHTS: Edited(
        values=_general_rights_values, lock=_lock_rights, check_reader=_check_rights_reader
    ),
    ThingKind.TEAM: Edited(
        values=_team_values,
        lock=_lock_team,
        check_reader=_check_team_reader,
        untold=frozenset({"id"}),
    ),
    ThingKind.PERSON: Edited(
        values=_person_values,
        lock=_lock_person,
        check_reader=_check_person_reader,
        untold=frozenset({"password", "tokens", "keys", "identities"}),
    ),
    ThingKind.BUILDER: Edited(
        values=_builder_values,
        lock=_lock_builder,
        check_reader=_check_builder_reader,
        untold=frozenset({"token"}),
    ),
    ThingKind.WEBHOOK: Edited(
        values=_webhook_values, lock=_lock_webhook, check_reader=_check_webhook_reader
    ),
    ThingKind.TOOLCHAIN: Edited(
        values=_toolchain_values, lock=_lock_toolchain, check_reader=_check_toolchain_reader
    ),
}
"""All kinds; a test holds the table to the enum."""
