"""How an archive marks versions, and what its parents are known to do with theirs."""

from dataclasses import replace

from vostok.domain.archive import Archive, ArchiveKind, Suite
from vostok.domain.derivation import DerivationMode, Unbuilt
from vostok.domain.rebuild_version.present import ParentHabits
from vostok.domain.rebuild_version.schemes import (
    LETTERS,
    Marking,
    VersionScheme,
    check_vendor,
    safe_letter,
)
from vostok.domain.rebuild_version.successors import vendor_forms
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.repositories import Transaction
from vostok.services.selection.selecting import taken_sources
from vostok.services.views.editions import base_of, derivation_of


def marking_of(transaction: Transaction, archive: Archive, suite: Suite) -> Marking:
    """How an archive marks versions: below those of derived archives that it stands on."""
    marks = [_mark(above) for above in _derived_parents(transaction, suite)]
    return Marking(
        scheme=archive.scheme,
        tag=archive.tag,
        vendor=archive.vendor,
        letter=safe_letter(archive.tag, marks),
    )


def with_scheme(archive: Archive, scheme: VersionScheme | None, vendor: str) -> Archive:
    """An archive as it were with another scheme; None: as it is.

    Raises:
        InvalidInputError: the vendor's word is missing or malformed, or says nothing.
    """
    if scheme is not None:
        return replace(archive, scheme=scheme, vendor=check_vendor(scheme, vendor))
    if vendor:
        raise InvalidInputError(
            f"the vendor's word {vendor} says nothing without a scheme",
            hint=f"--scheme vendor --vendor {vendor}",
        )
    return archive


def habits_of(transaction: Transaction, archive: Archive, suite: Suite) -> ParentHabits:
    """What an archive's parents do with versions.

    Their vendors' forms are read for schemes that could be above one: O(archive). The safe one
    is below all of them, whatever they are.
    """
    derived = _derived_parents(transaction, suite)
    habits: tuple[str, ...] = ()
    strays: tuple[str, ...] = ()
    if archive.scheme is not VersionScheme.SAFE:
        habits, strays = vendor_forms(transaction.rebuildable.source_versions(base_of(suite)))
    return ParentHabits(
        makes_binnmus=_may_make(transaction, suite, VersionScheme.BINNMU),
        makes_ubuntu_versions=_may_make(transaction, suite, VersionScheme.UBUNTU),
        vendor_forms=tuple(dict.fromkeys([*habits, *(f for m in derived for f in _forms(m))])),
        stray_forms=strays,
        markings=tuple(dict.fromkeys(map(_mark, derived))),
        fixes=tuple(dict.fromkeys(marking.over_binnmu for marking in derived)),
    )


def shown_sources(transaction: Transaction, suite: Suite) -> frozenset[tuple[str, str]]:
    """(source, version) of the parents' binaries that clients could see in a suite, ever.

    They are in the publications of derivations that show what is not built here. Where some
    publications are not kept any more, every derivation counts as published, and so does the
    newest one: it will be. Views are for builds only, which hold a token.
    O(published derivations * taken sources).
    """
    kept = transaction.publications.of_suite(suite.id)
    published = {publication.derivation for publication in kept}
    found: set[tuple[str, str]] = set()
    for derivation in transaction.derivations.of_suite(suite.id):
        is_newest = derivation.number == derivation_of(suite).number  # is published next
        is_published = is_newest or derivation.number in published or len(kept) < suite.publication
        shows = derivation.mode is DerivationMode.LIGHT or derivation.unbuilt is Unbuilt.PARENT
        if is_published and shows:
            names = taken_sources(transaction, suite, derivation.number)
            rows = transaction.rebuildable.current_sources(derivation.base, names)
            found.update((name, version) for _, name, version, _ in rows)
    return frozenset(found)


def _derived_parents(transaction: Transaction, suite: Suite, depth: int = 0) -> list[Marking]:
    """The derived archives below a suite, through any number, the farthest first."""
    if depth > len(LETTERS):
        raise ConflictError(
            f"more than {len(LETTERS)} derived archives stand over each other",
            hint="derive from an archive lower down: vostok archive list",
        )
    found: list[Marking] = []
    for parent in derivation_of(suite).parents:
        archive = transaction.archives.find(parent.archive)
        if archive is not None and archive.kind is ArchiveKind.DERIVED:
            own = transaction.archives.suite(parent.suite_id)
            below = _derived_parents(transaction, own, depth + 1)
            letter = safe_letter(archive.tag, [_mark(marking) for marking in below])
            found += below
            found.append(
                Marking(
                    scheme=archive.scheme, tag=archive.tag, vendor=archive.vendor, letter=letter
                )
            )
    return found


def _may_make(
    transaction: Transaction, suite: Suite, scheme: VersionScheme, depth: int = 0
) -> bool:
    """Whether any parent may make versions as a scheme does; one that is gone may have."""
    for parent in derivation_of(suite).parents:
        archive = transaction.archives.find(parent.archive)
        if archive is None or depth > len(LETTERS):
            return True
        if archive.kind is ArchiveKind.EXTERNAL:
            is_binnmu = scheme is VersionScheme.BINNMU
            makes = archive.makes_binnmus if is_binnmu else archive.makes_ubuntu_versions
        else:
            own = transaction.archives.suite(parent.suite_id)
            makes = archive.scheme is scheme or _may_make(transaction, own, scheme, depth + 1)
        if makes:
            return True
    return False


def _mark(marking: Marking) -> str:
    return marking.letter + marking.tag


def _forms(marking: Marking) -> tuple[str, ...]:
    match marking.scheme:
        case VersionScheme.UBUNTU:
            return ("ubuntu", "build")
        case VersionScheme.VENDOR:
            return (marking.vendor,)
        case VersionScheme.SAFE | VersionScheme.BINNMU | VersionScheme.SAME:
            return ()
