"""Schemes of versions: each is proved on all taken sources before an archive gets it."""

from dataclasses import replace

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.access import ANONYMOUS
from vostok.domain.audit import AuditFilter
from vostok.domain.build import Reach
from vostok.domain.derivation import Unbuilt
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError
from vostok.services.deriving import DeriveRequest
from vostok.services.rebuilding import RebuildRequest
from vostok.services.syncing import SyncRequest
from vostok.services.version_facts import shown_sources
from vostok.services.version_settings import VersionService, proof_sentences

REQUEST = RebuildRequest(archive="trial", selection="hello", reason="a test")


@pytest.fixture
def versions(derived: Installation) -> VersionService:
    return VersionService(derived.database, derived.clock)


def planned(world: Installation) -> set[str]:
    plan = world.rebuilding.plan(ADMINISTRATOR, REQUEST)
    assert not plan.refused
    return {build.version for build in plan.accepted}


def test_rebuilds_are_versioned_by_the_scheme_that_the_archive_has(
    derived: Installation, versions: VersionService
) -> None:
    versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.VENDOR, "acme")

    assert planned(derived) == {"1.2-3acme1"}
    assert (derived.archive().scheme, derived.archive().vendor) == (VersionScheme.VENDOR, "acme")


def test_binnmus_are_refused_over_a_parent_that_may_make_its_own(
    derived: Installation, versions: VersionService
) -> None:
    with pytest.raises(ConflictError, match="no safe version for") as error:
        versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.BINNMU, "")

    assert "--binnmus no" in (error.value.hint or "")
    assert derived.archive().scheme is VersionScheme.SAFE


def test_binnmus_are_made_over_a_parent_that_is_declared_to_make_none(
    derived: Installation, versions: VersionService
) -> None:
    versions.declare_binnmus(ADMINISTRATOR, "debian", are_made=False)

    proof = versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.BINNMU, "")

    assert proof.refused == 0
    assert planned(derived) == {"1.2-3+b1"}


def test_the_way_back_to_the_safe_scheme_is_always_open(
    derived: Installation, versions: VersionService
) -> None:
    versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.VENDOR, "acme")

    proof = versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.SAFE, "")

    assert planned(derived) == {"1.2-3Xtrial1"}
    assert len(proof_sentences(proof)) >= bool(proof.warned)


def test_the_version_is_one_on_all_architectures_and_what_was_before_is_of_each(
    multi: Installation,
) -> None:
    machine = BuildMachine(multi)
    request = replace(REQUEST, architectures=["amd64"])
    _, job, *_ = multi.rebuilding.request(ADMINISTRATOR, request)
    multi.done(job)
    machine.build_next()

    plan = multi.rebuilding.plan(ADMINISTRATOR, REQUEST)

    assert {(b.architecture, b.version_before, b.version) for b in plan.accepted} == {
        ("amd64", "1.2-3Xtrial1", "1.2-3Xtrial2"),
        ("arm64", "1.2-3", "1.2-3Xtrial2"),
    }


def test_a_trial_keeps_the_version_of_what_was_never_published(
    derived: Installation, versions: VersionService
) -> None:
    hidden = DeriveRequest(name="hidden", parents=["debian/bookworm"], unbuilt=Unbuilt.NONE)
    derived.done(derived.deriving.request(ADMINISTRATOR, hidden))
    derived.publish("hidden")

    proof = versions.set_scheme(ADMINISTRATOR, "hidden", VersionScheme.SAME, "")
    plan = derived.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, archive="hidden"))

    assert proof.refused == 0
    assert {(build.version, build.reach) for build in plan.accepted} == {("1.2-3", Reach.NOWHERE)}


def test_a_trial_is_refused_for_sources_whose_binaries_were_published(
    versions: VersionService,
) -> None:
    with pytest.raises(ConflictError, match="which clients could see here already"):
        versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.SAME, "")


def test_what_was_published_counts_by_source_and_stays_so(derived: Installation) -> None:
    request = DeriveRequest(name="other", parents=["debian/bookworm"], selection="hello")
    derived.done(derived.deriving.request(ADMINISTRATOR, request))
    seen = []
    for selection in ("hello, only", "only"):
        with derived.database.read() as transaction:
            seen.append(shown_sources(transaction, derived.suite("other")))
        change = SyncRequest(archive="other", selection=selection)
        derived.done(derived.syncing.request(ADMINISTRATOR, change))
    with derived.database.read() as transaction:
        seen.append(shown_sources(transaction, derived.suite("other")))

    assert seen == [{("hello", "1.2-3")}, *[{("hello", "1.2-3"), ("only", "1-1")}] * 2]


def test_who_changed_the_versions_from_what_to_what_is_in_the_audit_log(
    derived: Installation, versions: VersionService
) -> None:
    versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.VENDOR, "acme")
    versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.UBUNTU, "")
    versions.declare_binnmus(ADMINISTRATOR, "debian", are_made=False)

    with derived.database.read() as transaction:
        entries = transaction.audit.entries(AuditFilter())

    told = [(entry.actor, entry.archive, entry.detail) for entry in entries]
    assert {
        (ADMINISTRATOR.name, "trial", "scheme safe to vendor acme"),
        (ADMINISTRATOR.name, "trial", "scheme vendor acme to ubuntu"),
        (ADMINISTRATOR.name, "debian", "binNMUs made to not made"),
    } <= set(told)


def test_words_are_asked_for_only_where_a_scheme_has_one(versions: VersionService) -> None:
    with pytest.raises(InvalidInputError, match="letters"):
        versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.VENDOR, "")
    with pytest.raises(InvalidInputError, match="no vendor's word"):
        versions.set_scheme(ADMINISTRATOR, "trial", VersionScheme.SAFE, "acme")


def test_schemes_are_of_derived_archives_and_declarations_of_others(
    versions: VersionService,
) -> None:
    with pytest.raises(InvalidInputError, match="image of somebody else's archive"):
        versions.set_scheme(ADMINISTRATOR, "debian", VersionScheme.SAFE, "")
    with pytest.raises(InvalidInputError, match="is derived"):
        versions.declare_binnmus(ADMINISTRATOR, "trial", are_made=False)


def test_only_who_may_change_an_archive_sets_its_scheme(versions: VersionService) -> None:
    with pytest.raises(NotAllowedError):
        versions.set_scheme(ANONYMOUS, "trial", VersionScheme.SAFE, "")
