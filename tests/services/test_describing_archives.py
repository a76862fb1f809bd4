"""Documents of many archives at once: the same as each alone, by as many statements as for one."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest
from tests.services.counting import statements_of
from tests.services.installation import ADMINISTRATOR, Installation

from vostok.domain.access import ANONYMOUS
from vostok.domain.archive import ArchiveKind
from vostok.domain.import_trust import ImportTrust
from vostok.domain.job import JOBS_LISTED, JobKind
from vostok.domain.rights import Rights
from vostok.services.deriving.derivations import DeriveRequest
from vostok.services.describing.overview import Overview
from vostok.services.describing.records import suite_sizes
from vostok.services.views.editions import members_of


@pytest.fixture
def overview(derived: Installation) -> Overview:
    return Overview(
        derived.database, derived.logs, derived.signer, derived.clock, ADMINISTRATOR, "http://v"
    )


def derive(world: Installation, name: str, parent: str) -> None:
    world.done(world.deriving.request(ADMINISTRATOR, DeriveRequest(name=name, parents=[parent])))


def test_a_list_shows_of_each_archive_what_its_own_document_does(
    derived: Installation, overview: Overview
) -> None:
    derive(derived, "second", "debian/bookworm")
    derive(derived, "grandchild", "trial/bookworm")

    listed = overview.archives()

    assert [archive["name"] for archive in listed] == ["debian", "grandchild", "second", "trial"]
    for archive in listed:
        alone = overview.archive(archive["name"])
        assert archive == {name: alone[name] for name in alone if name != "quota"}  # type: ignore[literal-required]  # all but one


def test_what_is_derived_has_the_numbers_of_its_newest_publication_and_not_those_of_its_base(
    derived: Installation, overview: Overview
) -> None:
    wanted = DeriveRequest(name="narrow", parents=["debian/bookworm"], selection="hello")
    derived.done(derived.deriving.request(ADMINISTRATOR, wanted))
    with derived.database.read() as transaction:
        narrow = transaction.archives.named("narrow")
        [suite] = transaction.archives.suites(narrow.id)
        [published] = transaction.publications.of_suite(suite.id)
        [image] = transaction.archives.suites(transaction.archives.named("debian").id)
        sources = transaction.members.sources(members_of(image))
        binaries = transaction.members.binaries(members_of(image))

    shown = {archive["name"]: archive["suites"][0] for archive in overview.archives()}
    unpublished = suite_sizes(suite, None, None)

    assert (shown["narrow"]["counted"], shown["narrow"]["sources"]) == ("publication", 1)
    assert shown["narrow"]["binaries"] == published.binaries < len(binaries)
    assert shown["debian"]["counted"] == "snapshot"
    assert shown["debian"]["sources"] == len(sources)
    assert shown["debian"]["binaries"] == len(binaries)
    assert unpublished == (None, "selection", 1, None)


def test_a_longer_list_of_archives_takes_no_more_statements(
    derived: Installation, overview: Overview
) -> None:
    derive(derived, "copy-0", "debian/bookworm")
    before = statements_of(derived.database, overview.archives)
    for number in range(1, 4):
        derive(derived, f"copy-{number}", "debian/bookworm")

    after = statements_of(derived.database, overview.archives)

    assert after == before


def test_images_trust_whom_each_was_imported_with_and_take_no_more_statements(
    derived: Installation, overview: Overview
) -> None:
    before = statements_of(derived.database, overview.archives)
    with derived.database.write() as transaction:
        for name in ("devuan", "ubuntu"):  # without suites: each would be read for its size
            image = transaction.archives.add(
                name=name, kind=ArchiveKind.EXTERNAL, at=derived.clock.now(), requested_by="meg"
            )
        trust = ImportTrust(keyring=b"keys", fingerprints=("A" * 40,))
        transaction.imports.set_trust(image.id, trust)

    after = statements_of(derived.database, overview.archives)
    told = {archive["name"]: archive.get("trust") for archive in overview.archives()}

    assert after == before
    assert told == {
        "debian": {"keyring_sha256": None, "fingerprints": []},
        "devuan": {"keyring_sha256": None, "fingerprints": []},
        "ubuntu": {"keyring_sha256": sha256(b"keys").hexdigest(), "fingerprints": ["A" * 40]},
        "trial": None,
    }


def test_children_are_those_of_the_first_parent(derived: Installation, overview: Overview) -> None:
    derive(derived, "second", "debian/bookworm")
    derive(derived, "grandchild", "trial/bookworm")

    children = {
        name: [child["name"] for child in overview.children(name)]
        for name in overview.archive_names()
    }

    assert children == {
        "debian": ["second", "trial"], "trial": ["grandchild"], "second": [], "grandchild": [],
    }  # fmt: skip


def test_jobs_of_hidden_archives_take_no_place_among_those_that_are_listed(
    derived: Installation, overview: Overview
) -> None:
    later = derived.clock.now() + timedelta(hours=1)
    with derived.database.write() as transaction:
        for number in range(JOBS_LISTED):
            transaction.jobs.add(
                f"hidden-{number}", JobKind.PUBLISH, archive="secret", arguments={},
                requested_by="ada", at=later,
            )  # fmt: skip
    stranger = replace(ANONYMOUS, rights=Rights(hidden=frozenset({"secret"})))

    shown = overview.seen_by(stranger).jobs(None)

    assert {job["archive"] for job in shown} == {"debian", "trial"}
