"""What builds see and since when, and which bytes stand behind an address of apt's."""

import gzip

import pytest
from tests.services.build_machine import BuildMachine, upload_for
from tests.services.installation import ADMINISTRATOR, BUILDER, EDITION_SECONDS, Installation
from tests.services.parent import SUITE, pool

from vostok.debian.indices import parse_release
from vostok.domain.access import ANONYMOUS
from vostok.domain.attempt import Claim, Outcome
from vostok.errors import GoneError, InvalidInputError, NotAllowedError, NotFoundError
from vostok.services.views.editions import base_of

PACKAGES = f"dists/{SUITE}/main/binary-amd64/Packages.gz"
RELEASE = f"dists/{SUITE}/Release"


def token_of(claim: Claim) -> str:
    return claim.view.sources_deb822.split("/views/")[1].split()[0]


def seen(world: Installation, claim: Claim) -> dict[str, str]:
    """Name -> version of all that the view of an attempt shows in main."""
    packed = world.serving.view_file(token_of(claim), PACKAGES).path.read_bytes()
    found = {}
    for paragraph in filter(None, gzip.decompress(packed).decode().split("\n\n")):
        fields = dict(line.split(": ", 1) for line in paragraph.splitlines() if ": " in line)
        found[fields["Package"]] = fields["Version"]
    return found


def finish(world: Installation, machine: BuildMachine, claim: Claim) -> None:
    machine.send(claim, upload_for(claim).files)
    machine.report(claim)
    world.engine.run_all()


def test_a_view_shows_the_whole_parent_whatever_is_taken(imported: Installation) -> None:
    imported.derive(selection="hello")
    imported.rebuild("hello")

    shown = seen(imported, BuildMachine(imported).claim())

    assert {"hello", "libfoo1", "gcc-12"} <= shown.keys()


def test_what_was_accepted_is_seen_by_builds_that_start_when_nothing_else_runs(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("libfoo,hello")
    first = machine.claim()
    assert seen(derived, first)["libfoo1"] == "2.0-1+b2"
    finish(derived, machine, first)

    second = machine.claim()

    name = {"hello": "hello", "libfoo": "libfoo1"}[first.source.name]
    assert seen(derived, second)[name] == first.version


def test_while_others_build_an_edition_is_kept_until_it_is_of_age(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello,libfoo,only,static,ownversion")
    finish(derived, machine, machine.claim())
    machine.claim()
    young = derived.suite().edition
    finish(derived, machine, machine.claim())

    machine.claim()
    after_a_moment = derived.suite().edition
    derived.clock.advance(EDITION_SECONDS)
    machine.claim()

    assert (young, after_a_moment, derived.suite().edition) == (1, 1, 2)


def test_an_attempt_sees_one_edition_all_its_life(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello,libfoo")
    one = machine.claim()
    other = machine.claim()
    before = seen(derived, one)
    finish(derived, machine, other)
    derived.rebuild("only")
    derived.clock.advance(EDITION_SECONDS)
    third = machine.claim()

    assert seen(derived, one) == before
    assert seen(derived, third) != before


def test_nothing_new_cuts_no_edition(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello,only")
    machine.report(machine.claim(), Outcome.FAILED)
    derived.engine.run_all()
    machine.claim()

    assert derived.suite().edition == 0


def test_a_failed_build_is_never_seen(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello,only")
    machine.build_next(lambda upload: upload_for(upload.claim, {}))

    assert not [version for version in seen(derived, machine.claim()).values() if "X" in version]


def test_the_indices_of_a_view_are_made_once(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    view = machine.attempt(claim).view_id
    first = derived.serving.view_file(token_of(claim), RELEASE).sha256

    derived.views.ensure_indexed(view)

    assert derived.serving.view_file(token_of(claim), RELEASE).sha256 == first


def test_a_view_is_an_apt_repository_of_the_derived_archive(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    token = token_of(machine.claim())

    text = derived.serving.view_file(token, RELEASE).path.read_text()
    release = parse_release(text)

    assert (release.origin, release.suite) == ("trial", SUITE)
    packed = release.files["main/binary-amd64/Packages.gz"]
    by_hash = derived.serving.view_file(token, f"dists/{SUITE}/{packed.by_hash_path}")
    assert by_hash == derived.serving.view_file(token, PACKAGES)


def test_a_view_gives_the_parent_s_files_and_own_ones(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello,libfoo")
    first = machine.claim()
    made = upload_for(first).packages
    finish(derived, machine, first)
    token = token_of(machine.claim())
    path = "pool/main/i/indep/indep_1.0_all.deb"

    theirs = derived.serving.view_file(token, path)
    (own_name, own_bytes) = next(iter(made.items()))
    directory = f"pool/main/{'libf' if 'libfoo' in own_name else 'h'}/{first.source.name}"
    own = derived.serving.view_file(token, f"{directory}/{own_name}")

    assert theirs.path.read_bytes() == pool()[path]
    assert own.path.read_bytes() == own_bytes


@pytest.mark.parametrize("how", ["built", "failed", "retried"])
def test_the_token_of_an_ended_attempt_opens_nothing(
    derived: Installation, machine: BuildMachine, how: str
) -> None:
    derived.rebuild("hello")
    claim = machine.claim()
    token = token_of(claim)
    derived.serving.view_file(token, RELEASE)
    if how == "built":
        finish(derived, machine, claim)
    else:
        machine.report(claim, Outcome.FAILED)
        derived.engine.run_all()
    if how == "retried":
        derived.builds.retry(ADMINISTRATOR, claim.build_id)
        machine.claim()

    with pytest.raises(GoneError, match="has ended"):
        derived.serving.view_file(token, RELEASE)


@pytest.mark.parametrize("token", ["", "x", "../..", "' or 1=1"])
def test_no_other_token_opens_a_view(derived: Installation, token: str) -> None:
    with pytest.raises(GoneError):
        derived.serving.view_file(token, RELEASE)


HOSTILE_PATHS = [
    "", "/", "..", "../../etc/passwd", "dists", f"dists/{SUITE}/", "dists/sid/Release",
    f"x/dists/{SUITE}/Release", f"dists/{SUITE}/../{SUITE}/Release", "pool/", "pool/../../x",
    "pool/main/h/hello/hello_9_amd64.deb", f"dists/{SUITE}/by-hash/SHA256/{'0' * 64}",
]  # fmt: skip


@pytest.mark.parametrize("path", HOSTILE_PATHS)
def test_a_view_has_no_file_that_its_indices_do_not_name(
    derived: Installation, machine: BuildMachine, path: str
) -> None:
    derived.rebuild("hello")
    token = token_of(machine.claim())

    with pytest.raises(NotFoundError):
        derived.serving.view_file(token, path)


@pytest.mark.parametrize("path", [*HOSTILE_PATHS, "main/binary-amd64/Packages.zst"])
def test_an_archive_has_no_file_that_no_publication_names(
    derived: Installation, path: str
) -> None:
    with pytest.raises(NotFoundError):
        derived.serving.archive_index(ANONYMOUS, "trial", SUITE, path)
    with pytest.raises(NotFoundError):
        derived.serving.archive_pool_file(ANONYMOUS, "trial", path)


@pytest.mark.parametrize(
    ("name", "suite", "number"),
    [("nope", SUITE, None), ("trial", "sid", None), ("debian", SUITE, None),
     ("trial", SUITE, 0), ("trial", SUITE, 2), ("trial", SUITE, -1)],
)  # fmt: skip
def test_what_is_not_published_is_not_found(
    derived: Installation, name: str, suite: str, number: int | None
) -> None:
    with pytest.raises(NotFoundError):
        derived.serving.archive_index(ANONYMOUS, name, suite, "Release", number=number)


def test_a_path_outside_of_what_was_taken_is_not_served(imported: Installation) -> None:
    imported.derive(selection="hello")

    with pytest.raises(NotFoundError):
        imported.serving.archive_pool_file(
            ANONYMOUS, "trial", "pool/main/i/indep/indep_1.0_all.deb"
        )


def test_who_may_not_look_gets_nothing(derived: Installation) -> None:
    with pytest.raises(NotAllowedError):
        derived.serving.archive_index(BUILDER, "trial", SUITE, "Release")
    with pytest.raises(NotAllowedError):
        derived.serving.archive_pool_file(BUILDER, "trial", "pool/x")


def test_an_image_has_no_base(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match="is not derived"):
        base_of(derived.suite("debian"))
