"""What a new installation still needs, for who can do it."""

from vostok.documents.first_steps import FirstStepsView
from vostok.domain.access import Action, Principal, Role, is_allowed
from vostok.domain.archive import ArchiveKind, ArchiveState
from vostok.domain.builder import BuilderState
from vostok.domain.first_steps import Begun, FirstStep, StepState, next_steps
from vostok.services.repositories import Transaction

NOTHING: FirstStepsView = {"steps": [], "image": None, "derived": None, "administrator": None}


def first_steps_document(transaction: Transaction, principal: Principal) -> FirstStepsView:
    """The steps for administrators; for strangers that of signing in, while the token is good.

    Nothing for everybody else, who could do none of them.
    """
    if is_allowed(principal, Action.IMPORT_ARCHIVE):
        begun = _begun(transaction)
        return {
            "steps": [{"step": step, "state": state} for step, state in next_steps(begun)],
            "image": begun.image,
            "derived": begun.derived,
            "administrator": next(iter(begun.administrators), None),
        }
    if principal.role is Role.ANONYMOUS and not transaction.sessions.has_administrator():
        return {**NOTHING, "steps": [{"step": FirstStep.SIGN_IN, "state": StepState.NEXT}]}
    return NOTHING


def _begun(transaction: Transaction) -> Begun:
    archives = [
        archive
        for archive in transaction.archives.all()
        if archive.state is not ArchiveState.DELETING
    ]
    derived = [archive for archive in archives if archive.kind is ArchiveKind.DERIVED]
    images = [archive.name for archive in archives if archive.kind is ArchiveKind.EXTERNAL]
    counts = transaction.campaigns.counts_of_archives([archive.id for archive in derived])
    return Begun(
        has_password=transaction.sessions.has_administrator(),
        administrators=tuple(
            person.name
            for person in transaction.people.all()
            if person.role is Role.ADMINISTRATOR and person.disabled_at is None
        ),
        image=next(iter(images), None),
        has_toolchain=bool(transaction.toolchains.all()),
        has_builder=any(
            builder.seen_at is not None and builder.state is not BuilderState.REMOVED
            for builder in transaction.builders.all()
        ),
        derived=derived[0].name if derived else None,
        is_rebuilt=any(counts.values()),
    )
