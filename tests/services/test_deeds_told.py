"""What the audit log says half a year later: who did what, to what, and what came of it."""

from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.signed_upload import Uploader, local

from vostok.domain.access import Principal, Role
from vostok.domain.attempt import Outcome
from vostok.domain.audit import DETAIL_CHARACTERS_MAX, AuditEntry, AuditFilter
from vostok.domain.toolchain import parse_spec
from vostok.services.building.build_changes import BuildChoice
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.deriving.syncing import SyncRequest
from vostok.services.people.rights import RightsService
from vostok.services.publishing.kept_publications import KeptPublicationService
from vostok.services.rebuilding.outgoing import OutgoingRequest


def told(world: Installation, action: str) -> list[AuditEntry]:
    """The entries of an action, the oldest first."""
    rights = RightsService(world.database, world.clock)
    return rights.audit(ADMINISTRATOR, AuditFilter(action=action, count=100))[::-1]


def details(world: Installation, action: str) -> list[str]:
    return [entry.detail for entry in told(world, action)]


def test_an_import_says_what_was_asked_and_what_it_brought(empty: Installation) -> None:
    job = empty.import_parent()

    asked, ended = details(empty, "import")

    assert asked.startswith(f"job {job.id}; suites bookworm at http://")
    assert "components main contrib; architectures amd64" in asked
    assert ended == f"job {job.id} ended: {job.message}"


def test_a_derivation_says_of_what_how_and_who_administers_it(imported: Installation) -> None:
    world = imported
    meg = world.people.add(ADMINISTRATOR, "meg", email="meg@example.org", role=Role.ADMINISTRATOR)
    who = Principal(name="meg", role=Role.ADMINISTRATOR, person_id=meg.id)
    selection = "hello, " + "only " * 200

    world.done(
        world.deriving.request(
            who,
            DeriveRequest(
                name="mine",
                parents=["debian/bookworm"],
                selection=selection.strip(),
                is_private=True,
            ),
        )
    )

    [asked, ended] = told(world, "derive")
    granted = [entry for entry in told(world, "grant-rights") if entry.archive == "mine"]
    assert asked.actor == ended.actor == "meg"
    assert "derived from debian/bookworm snapshot 1; selection hello, only only" in asked.detail
    assert "…: 2 sources; architectures amd64; mode full" in asked.detail
    assert asked.detail.endswith("private")
    assert len(asked.detail) < DETAIL_CHARACTERS_MAX / 2
    assert "mine is derived; publication 1 of mine" in ended.detail
    assert [(entry.actor, entry.subject, entry.detail) for entry in granted] == [
        (
            "meg",
            "person meg",
            "granted: administer to person meg, as whoever makes an archive has it",
        ),
        ("meg", "mine", "made private"),
    ]


def test_a_sync_says_from_which_snapshot_to_which_with_counts(derived: Installation) -> None:
    world = derived

    removed = world.done(
        world.syncing.request(ADMINISTRATOR, SyncRequest(archive="trial", remove="only"))
    )

    asked, made, ended = details(world, "sync")
    assert asked == f"job {removed.id}; remove only"
    assert made.startswith(
        f"job {removed.id}; derivation 1 became 2; parents stay: debian/bookworm snapshot 1; "
    )
    assert "1 left-out" in made
    assert ended.startswith(f"job {removed.id} ended: trial: derivation 2, ")
    assert "publication 2 of trial" in ended


def test_requests_and_changes_of_builds_name_what_was_meant(derived: Installation) -> None:
    world = derived
    world.toolchains.create(ADMINISTRATOR, "gcc-11", parse_spec(compilers={"gcc": "gcc-11"}))
    world.rebuild("hello")
    machine = BuildMachine(world)
    machine.report(machine.claim(), Outcome.FAILED)
    world.engine.run_all()
    choice = BuildChoice(archive="trial", campaign=1)

    world.build_changes.retry(ADMINISTRATOR, choice, reason="the mirror is back")

    assert details(world, "create-toolchain") == ['revision 1: {"compilers": {"gcc": "gcc-11"}}']
    [requested] = told(world, "request-rebuild")
    assert requested.subject == "campaign 1"
    assert requested.detail == (
        "1 build, 0 sources refused; selection hello; architectures amd64; "
        "the parent's toolchain; rebuild; form auto; reason: a test"
    )
    [retried] = told(world, "retry-build")
    assert retried.subject == "1 build"
    assert retried.detail.startswith("retry: the mirror is back; with all of campaign 1; ")
    assert "(hello 1.2-3Xtrial1 on amd64)" in retried.detail


def test_who_cancelled_a_job_and_whose_is_told(derived: Installation) -> None:
    job = derived.publishing.request(ADMINISTRATOR, "trial")

    derived.jobs.cancel(ADMINISTRATOR, job.id)

    [entry] = told(derived, "cancel-job")
    assert (entry.archive, entry.subject) == ("trial", f"job {job.id}")
    assert entry.detail == f"publish, queued, which {ADMINISTRATOR.name} asked for"


def test_an_upload_and_a_source_for_elsewhere_say_versions_signer_and_reason(
    derived: Installation,
) -> None:
    richard = Uploader(derived)
    request = OutgoingRequest(
        archive="trial", selection="hello", reason="for libfoo 2",
        maintainer="Ann Other <ann@example.org>", distribution="sid",
    )  # fmt: skip

    derived.outgoing.request(ADMINISTRATOR, request)
    derived.outgoing.request(ADMINISTRATOR, request)
    upload = richard.upload(local())

    [elsewhere] = told(derived, "request-rebuild")
    assert elsewhere.subject == "1 source for elsewhere"
    assert elsewhere.detail == (
        "selection hello; for sid, scheme safe; hello 1.2-3Xtrial1; reason: for libfoo 2"
    )
    [uploaded] = told(derived, "upload")
    assert (uploaded.actor, uploaded.subject) == ("richard", "hello")
    assert uploaded.detail.startswith(
        f"upload {upload.id}, {upload.changes_name}; 1.2-3+local1, instead of 1.2-3; "
        "signed by richard with "
    )
    assert uploaded.detail.endswith("; source only; 1 build to do")


def test_a_publication_that_is_kept_or_let_go_is_told_with_its_moment_and_who_had_kept_it(
    derived: Installation,
) -> None:
    keeping = KeptPublicationService(derived.database, derived.clock)

    keeping.keep(ADMINISTRATOR, "trial", 1, label="before-gcc-14")
    keeping.release(ADMINISTRATOR, "trial", 1)

    [kept] = details(derived, "keep-publication")
    [released] = details(derived, "release-publication")
    which = "publication 1 of 2026-01-01 00:00 UTC"
    assert kept == f"{which} as before-gcc-14; nobody kept it before"
    assert released == f"{which}; {ADMINISTRATOR.name} kept it as before-gcc-14 before"
