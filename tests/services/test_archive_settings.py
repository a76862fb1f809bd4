"""Schemes of versions: each is proved on all taken sources before an archive gets it."""

from dataclasses import replace
from typing import Any

import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import MIRROR, SUITE, indices

from vostok.domain.access import ANONYMOUS, Action
from vostok.domain.archive import Keep, RebuildPolicy, Serve
from vostok.domain.audit import AuditFilter
from vostok.domain.build import Reach
from vostok.domain.derivation import Unbuilt
from vostok.domain.job import JobKind, JobState
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, VostokError
from vostok.services.deriving.archive_settings import AskedSettings
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.importing.request import ImportRequest
from vostok.services.rebuilding.planning import RebuildRequest
from vostok.services.versions.facts import shown_sources
from vostok.services.versions.settings import proof_sentences

REQUEST = RebuildRequest(archive="trial", selection="hello", reason="a test")


def told(world: Installation, name: str) -> list[str]:
    """What the audit log tells of changes of an archive's settings, the newest first."""
    with world.database.read() as transaction:
        entries = transaction.audit.entries(AuditFilter(archive=name))
    return [entry.detail for entry in entries if entry.action == Action.CHANGE_ARCHIVE]


def planned(world: Installation) -> set[str]:
    plan = world.rebuilding.plan(ADMINISTRATOR, REQUEST)
    assert not plan.refused
    return {build.version for build in plan.accepted}


def test_rebuilds_are_versioned_by_the_scheme_that_the_archive_has(derived: Installation) -> None:
    derived.set(scheme=VersionScheme.VENDOR, vendor="acme")

    assert planned(derived) == {"1.2-3acme1"}
    assert (derived.archive().scheme, derived.archive().vendor) == (VersionScheme.VENDOR, "acme")


def test_binnmus_are_refused_over_a_parent_that_may_make_its_own(derived: Installation) -> None:
    with pytest.raises(ConflictError, match="no safe version for") as error:
        derived.set(scheme=VersionScheme.BINNMU)

    assert "--binnmus no" in (error.value.hint or "")
    assert derived.archive().scheme is VersionScheme.SAFE


def test_binnmus_are_made_over_a_parent_that_is_declared_to_make_none(
    derived: Installation,
) -> None:
    [told] = derived.set("debian", binnmus=False).notes

    proof = derived.set(scheme=VersionScheme.BINNMU).proof

    assert told.startswith("debian has binNMUs of 1 source: a next one would be hidden")
    assert proof is not None
    assert proof.refused == 0
    assert planned(derived) == {"1.2-3+b1"}


@pytest.mark.parametrize("is_declared", [True, False])
def test_ubuntu_s_numbers_are_gone_on_with_over_a_parent_that_is_declared_to_make_none(
    empty: Installation, *, is_declared: bool
) -> None:
    built = {
        path: text.replace(b"\nVersion: 1.2-3\n", b"\nVersion: 1.2-3build1\n")
        for path, text in indices().items()
    }
    empty.parent.serve(empty.mirror, changed=built)
    empty.import_parent()
    empty.derive(selection="hello")
    empty.set("debian", binnmus=False, ubuntu_versions=not is_declared)

    said = empty.set("debian", ubuntu_versions=not is_declared).notes
    marked = "debian has 1 source with buildN or ubuntuN, as 1.2-3build1: a next one would be hid"
    assert [sentence.startswith(marked) for sentence in said] == ([True] if is_declared else [])
    if is_declared:
        empty.set(scheme=VersionScheme.UBUNTU)
        assert planned(empty) == {"1.2-3build2"}
        return
    with pytest.raises(ConflictError, match=r"1\.2-3build2 equals 1\.2-3build2") as error:
        empty.set(scheme=VersionScheme.UBUNTU)
    assert "--ubuntu-versions no" in (error.value.hint or "")


def test_the_way_back_to_the_safe_scheme_is_always_open(derived: Installation) -> None:
    derived.set(scheme=VersionScheme.VENDOR, vendor="acme")

    proof = derived.set(scheme=VersionScheme.SAFE).proof

    assert proof is not None
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


def test_a_trial_keeps_the_version_of_what_was_never_published(derived: Installation) -> None:
    hidden = DeriveRequest(name="hidden", parents=["debian/bookworm"], unbuilt=Unbuilt.NONE)
    derived.done(derived.deriving.request(ADMINISTRATOR, hidden))
    derived.publish("hidden")

    proof = derived.set("hidden", scheme=VersionScheme.SAME).proof
    plan = derived.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, archive="hidden"))

    assert proof is not None
    assert proof.refused == 0
    assert {(build.version, build.reach) for build in plan.accepted} == {("1.2-3", Reach.NOWHERE)}


def test_a_trial_is_refused_for_sources_whose_binaries_were_published(
    derived: Installation,
) -> None:
    with pytest.raises(ConflictError, match="which clients could see here already"):
        derived.set(scheme=VersionScheme.SAME)


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
    derived: Installation,
) -> None:
    derived.set(scheme=VersionScheme.VENDOR, vendor="acme")
    derived.set(scheme=VersionScheme.UBUNTU)
    derived.set("debian", binnmus=False)

    with derived.database.read() as transaction:
        entries = transaction.audit.entries(AuditFilter())

    lines = [(entry.actor, entry.archive, entry.detail) for entry in entries]
    assert {
        (ADMINISTRATOR.name, "trial", "scheme safe to vendor acme"),
        (ADMINISTRATOR.name, "trial", "scheme vendor acme to ubuntu"),
        (ADMINISTRATOR.name, "debian", "binNMUs made to not made"),
    } <= set(lines)


def test_words_are_asked_for_only_where_a_scheme_has_one(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match="letters"):
        derived.set(scheme=VersionScheme.VENDOR, vendor="")
    with pytest.raises(InvalidInputError, match="no vendor's word"):
        derived.set(scheme=VersionScheme.SAFE, vendor="acme")


def test_schemes_are_of_derived_archives_and_declarations_of_others(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match="image of somebody else's archive"):
        derived.set("debian", scheme=VersionScheme.SAFE)
    with pytest.raises(InvalidInputError, match="is derived"):
        derived.set(binnmus=False)
    with pytest.raises(InvalidInputError, match="is derived") as error:
        derived.set(ubuntu_versions=False)
    assert "--scheme ubuntu" in (error.value.hint or "")


def test_only_who_may_change_an_archive_sets_its_scheme(derived: Installation) -> None:
    asked = AskedSettings(scheme=VersionScheme.SAFE)

    with pytest.raises(NotAllowedError):
        derived.archive_settings.set(ANONYMOUS, "trial", asked)


def test_of_several_settings_all_are_changed_or_none(derived: Installation) -> None:
    before = derived.archive()

    with pytest.raises(ConflictError, match="no safe version"):
        derived.set(
            keep=Keep.VIEW,
            serve=Serve.REDIRECT,
            binaries=True,
            policy=RebuildPolicy.NEVER,
            scheme=VersionScheme.BINNMU,
        )

    assert derived.archive() == before
    assert told(derived, "trial") == []
    with derived.database.read() as transaction:
        assert not transaction.jobs.unfinished(JobKind.FETCH, "trial")


def test_each_setting_that_becomes_another_has_a_line_from_what_to_what(
    derived: Installation,
) -> None:
    changed = derived.set(
        keep=Keep.NEEDED,
        serve=Serve.REDIRECT,
        binaries=True,
        policy=RebuildPolicy.NEVER,
        scheme=VersionScheme.VENDOR,
        vendor="acme",
    )

    assert changed.job is None
    assert sorted(told(derived, "trial")) == [
        "binaries in uploads refused to taken",
        "policy on-request to never",
        "scheme safe to vendor acme",
        "serve fetch to redirect",
    ]


def test_only_what_is_kept_and_served_has_files_fetched_again(derived: Installation) -> None:
    derived.set(keep=Keep.VIEW)
    derived.engine.run_all()

    assert derived.set(policy=RebuildPolicy.NEVER).job is None
    assert derived.set(keep=Keep.VIEW).job is not None


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("debian", AskedSettings(policy=RebuildPolicy.NEVER), "nothing is built in it"),
        ("debian", AskedSettings(binaries=True), "takes no uploads"),
        ("trial", AskedSettings(vendor="acme"), "says nothing without a scheme"),
    ],
)
def test_a_setting_that_an_archive_cannot_have_is_refused(
    derived: Installation, name: str, asked: AskedSettings, words: str
) -> None:
    with pytest.raises(InvalidInputError, match=words):
        derived.archive_settings.set(ADMINISTRATOR, name, asked)


def test_an_archive_is_derived_with_its_scheme(derived: Installation) -> None:
    request = DeriveRequest(
        name="acme", parents=["debian/bookworm"], scheme=VersionScheme.VENDOR, vendor="acme"
    )

    job = derived.done(derived.deriving.request(ADMINISTRATOR, request))
    plan = derived.rebuilding.plan(ADMINISTRATOR, replace(REQUEST, archive="acme"))

    assert job.state is JobState.SUCCEEDED
    assert {build.version for build in plan.accepted} == {"1.2-3acme1"}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"scheme": VersionScheme.BINNMU}, "no safe version for"),
        ({"scheme": VersionScheme.SAME}, "which clients could see here already"),
        ({"scheme": VersionScheme.VENDOR}, "letters a-z"),
        ({"vendor": "acme"}, "has no vendor's word"),
    ],
)
def test_an_archive_is_not_derived_with_a_scheme_that_it_could_not_be_given(
    derived: Installation, asked: dict[str, Any], words: str
) -> None:
    request = DeriveRequest(name="acme", parents=["debian/bookworm"], **asked)

    with pytest.raises(VostokError, match=words):
        derived.deriving.request(ADMINISTRATOR, request)
    with pytest.raises(VostokError, match=words):
        derived.deriving.estimate(ADMINISTRATOR, request)

    with derived.database.read() as transaction:
        assert transaction.archives.find("acme") is None


def test_what_is_to_be_known_of_a_scheme_is_in_the_result_of_the_derivation_and_of_its_trial(
    derived: Installation,
) -> None:
    derived.set("debian", binnmus=False)
    request = DeriveRequest(name="acme", parents=["debian/bookworm"], scheme=VersionScheme.BINNMU)

    tried = derived.deriving.estimate(ADMINISTRATOR, request)
    job = derived.done(derived.deriving.request(ADMINISTRATOR, request))
    same = derived.set("acme", scheme=VersionScheme.BINNMU)

    assert (job.result or {})["notes"] == same.notes == list(tried.notes)


@pytest.mark.parametrize("declared", [False, True, None])
def test_an_import_declares_whether_the_archive_makes_binnmus(
    derived: Installation, *, declared: bool | None
) -> None:
    derived.set("debian", binnmus=False)
    request = ImportRequest(
        name="debian", suites=[SUITE], components=["main", "contrib"], architectures=["amd64"],
        mirror=MIRROR, makes_binnmus=declared,
    )  # fmt: skip

    job = derived.done(derived.importing.request(ADMINISTRATOR, request))

    assert job.state is JobState.SUCCEEDED
    assert derived.archive("debian").makes_binnmus is (declared is True)
    lines = ["binNMUs not made to made"] if declared else []
    assert told(derived, "debian") == [*lines, "binNMUs made to not made"]


def test_a_first_import_declares_too(imported: Installation) -> None:
    request = ImportRequest(
        name="still", suites=[SUITE], components=["main"], architectures=["amd64"],
        mirror=MIRROR, makes_binnmus=False,
    )  # fmt: skip

    imported.done(imported.importing.request(ADMINISTRATOR, request))

    assert imported.archive("still").makes_binnmus is False
