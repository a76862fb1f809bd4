"""Comparing archives: what is told is what apt reads in the two archives' indices."""

import gzip
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

import apt_pkg
import pytest
from tests.services.build_machine import BuildMachine
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.parent import SUITE, indices

from vostok.domain.access import ANONYMOUS, Principal, Role
from vostok.domain.archive import ArchiveState, SuiteRole
from vostok.domain.comparison import Group, SourceDifference
from vostok.domain.derivation import Unbuilt
from vostok.domain.package import Membership
from vostok.domain.toolchain import parse_spec
from vostok.errors import ConflictError, InvalidInputError, NotAllowedError, NotFoundError
from vostok.services.comparing.archives import (
    Compared,
    CompareRequest,
    CompareService,
    changed_sources,
)
from vostok.services.deriving.derivations import DeriveRequest

Entry = tuple[str, str]
"""Version and SHA-256."""

apt_pkg.init_system()


def compared(world: Installation, left: str, right: str, selection: str | None = None) -> Compared:
    request = CompareRequest(left=left, right=right, selection=selection)
    return CompareService(world.database).compare(ADMINISTRATOR, request)


def told(found: Compared) -> dict[tuple[str, str], tuple[Entry | None, Entry | None]]:
    """(binary, architecture) -> what is left and right."""
    return {
        (difference.name, architecture): (
            None if difference.left is None else difference.left[:2],
            None if difference.right is None else difference.right[:2],
        )
        for difference in found.comparison.binaries
        for architecture in difference.architectures
    }


def told_sources(found: Compared) -> dict[str, tuple[str | None, str | None]]:
    return {
        difference.name: (
            difference.left and difference.left.version,
            difference.right and difference.right.version,
        )
        for difference in found.comparison.sources
    }


# What apt reads ----------------------------------------------------------------------------------


def paragraphs(text: bytes) -> Iterator[Mapping[str, str]]:
    with tempfile.TemporaryFile() as file:
        file.write(text)
        file.seek(0)
        for section in apt_pkg.TagFile(file):
            yield dict(section)


def packages_texts(
    world: Installation, archive: str, number: int | None = None
) -> dict[tuple[str, str], bytes]:
    """The Packages files that clients get of an archive, by component and architecture."""
    suite = world.suite(archive)
    return {
        (component, architecture): world.plain_index(
            archive, f"{component}/binary-{architecture}/Packages", number=number
        )
        for component in suite.all_components
        for architecture in suite.architectures
    }


def parent_texts(
    changed: Mapping[str, bytes] | None = None, architectures: tuple[str, ...] = ("amd64",)
) -> dict[tuple[str, str], bytes]:
    """The Packages files of the parent's mirror."""
    texts = {**indices(), **(changed or {})}
    return {
        (component, architecture): texts[f"{component}/binary-{architecture}/Packages"]
        for component in ("main", "contrib")
        for architecture in architectures
    }


def as_apt_reads(texts: Mapping[tuple[str, str], bytes]) -> dict[tuple[str, str], Entry]:
    """(binary, architecture) -> the highest version there, as apt orders them."""
    found: dict[tuple[str, str], Entry] = {}
    for (_, architecture), text in texts.items():
        for paragraph in paragraphs(text):
            key = (paragraph["Package"], architecture)
            entry = (paragraph["Version"], paragraph["SHA256"])
            if key not in found or apt_pkg.version_compare(entry[0], found[key][0]) > 0:
                found[key] = entry
    return found


def differing(
    left: Mapping[tuple[str, str], bytes], right: Mapping[tuple[str, str], bytes]
) -> dict[tuple[str, str], tuple[Entry | None, Entry | None]]:
    """What a comparison of the indices alone tells."""
    one, other = as_apt_reads(left), as_apt_reads(right)
    return {
        key: (one.get(key), other.get(key))
        for key in one.keys() | other.keys()
        if one.get(key) != other.get(key)
    }


def with_newer_hello() -> dict[str, bytes]:
    """The parent's indices of main and amd64, in which hello 1.2-3 became 1.2-4."""
    paths = ("main/binary-amd64/Packages", "main/source/Sources")
    return {path: indices()[path].replace(b"1.2-3", b"1.2-4") for path in paths}


def import_newer_parent(world: Installation) -> None:
    world.clock.advance(86_400)
    world.parent.serve(world.mirror, changed=with_newer_hello())
    world.import_parent()


@pytest.mark.debian
def test_a_full_copy_is_what_its_parent_is(derived: Installation) -> None:
    found = compared(derived, "trial", "debian")

    assert found.comparison.is_equal
    assert differing(packages_texts(derived, "trial"), parent_texts()) == {}


@pytest.mark.debian
def test_rebuilt_packages_differ_from_the_parents_as_the_indices_do(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello,libfoo")
    machine.build_all()

    found = compared(derived, "trial", f"debian/{SUITE}")

    assert told(found) == differing(packages_texts(derived, "trial"), parent_texts())
    assert {difference.group for difference in found.comparison.binaries} == {Group.HIGHER_LEFT}


@pytest.mark.debian
def test_two_publications_differ_in_what_was_built_between_them(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello")
    machine.build_all()
    before = derived.suite().publication
    derived.rebuild("indep,ownversion")
    machine.build_all()
    after = derived.suite().publication

    found = compared(derived, f"trial@{before}", f"trial@{after}")

    names = {name for name, _ in told(found)}
    assert names == {"indep", "ownversion"}
    assert told(found) == differing(
        packages_texts(derived, "trial", before), packages_texts(derived, "trial", after)
    )


@pytest.mark.debian
def test_an_all_package_counts_in_every_architectures_index(multi: Installation) -> None:
    multi.rebuild("indep")
    BuildMachine(multi, "amd64", "arm64").build_all()

    found = compared(multi, "trial", "debian")

    texts = parent_texts(architectures=("amd64", "arm64"))
    assert told(found) == differing(packages_texts(multi, "trial"), texts)
    [difference] = found.comparison.binaries
    assert difference.architectures == ("amd64", "arm64")


@pytest.mark.debian
def test_a_packages_own_source_replaces_the_parents(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("indep")
    machine.build_all()

    found = compared(derived, "debian", "trial")

    [difference] = found.comparison.sources
    assert difference.name == "indep"
    assert difference.group is Group.HIGHER_RIGHT
    sources = derived.serving.archive_index(ANONYMOUS, "trial", SUITE, "main/source/Sources.gz")
    listed = {
        paragraph["Version"]
        for paragraph in paragraphs(gzip.decompress(sources.path.read_bytes()))
        if paragraph["Package"] == "indep"
    }
    assert difference.right is not None
    assert difference.right.version in listed


@pytest.mark.debian
def test_a_selection_shows_only_what_it_takes(imported: Installation) -> None:
    imported.derive("few", selection="hello,static")

    found = compared(imported, "few", "debian")

    assert told(found) == differing(packages_texts(imported, "few"), parent_texts())
    assert "hello" not in told_sources(found)
    assert told_sources(found)["libfoo"] == (None, "2.0-1")


@pytest.mark.debian
def test_two_selections_differ_in_what_one_of_them_takes(imported: Installation) -> None:
    imported.derive("few", selection="hello,static")
    imported.derive("other", selection="hello,libfoo")

    found = compared(imported, "few", "other")

    assert told(found) == differing(
        packages_texts(imported, "few"), packages_texts(imported, "other")
    )
    assert told_sources(found) == {"libfoo": (None, "2.0-1"), "static": ("3-1", None)}


@pytest.mark.debian
def test_what_is_not_built_yet_is_not_there_in_an_archive_that_shows_only_its_own(
    imported: Installation,
) -> None:
    for name, selection in (("bare", "all"), ("full", "all")):
        request = DeriveRequest(
            name=name,
            parents=[f"debian/{SUITE}"],
            selection=selection,
            unbuilt=Unbuilt.NONE if name == "bare" else Unbuilt.PARENT,
        )
        imported.done(imported.deriving.request(ADMINISTRATOR, request))
    imported.rebuild("hello,libfoo", archive="bare")
    BuildMachine(imported).build_all()

    found = compared(imported, "bare", "full")

    assert told(found) == differing(
        packages_texts(imported, "bare"), packages_texts(imported, "full")
    )
    assert told_sources(found) == {}


@pytest.mark.debian
def test_a_binary_without_source_is_told_as_the_indices_have_it(imported: Installation) -> None:
    sources = indices()["main/source/Sources"].split(b"\n\n")
    kept = b"\n\n".join(text for text in sources if b"Package: hello\n" not in text)
    imported.parent.serve(imported.mirror, changed={"main/source/Sources": kept})
    imported.import_parent()
    imported.derive()
    copy = compared(imported, "trial", "debian")
    shown_as_copy = packages_texts(imported, "trial")
    imported.rebuild("indep")
    BuildMachine(imported).build_all()
    rebuilt = compared(imported, "trial", "debian")
    between = compared(imported, "trial@1", "trial")

    assert told(copy) == differing(shown_as_copy, parent_texts())
    assert told(rebuilt) == differing(packages_texts(imported, "trial"), parent_texts())
    assert told(between) == differing(shown_as_copy, packages_texts(imported, "trial"))


# Snapshots and dates -----------------------------------------------------------------------------


@pytest.mark.debian
def test_two_snapshots_differ_in_what_the_mirror_changed(imported: Installation) -> None:
    import_newer_parent(imported)

    found = compared(imported, f"debian/{SUITE}@1", "debian@2")

    assert told(found) == differing(parent_texts(), parent_texts(with_newer_hello()))
    assert told_sources(found) == {"hello": ("1.2-3", "1.2-4")}
    assert compared(imported, "debian@1", "debian@1").comparison.is_equal


def test_archives_derived_from_two_snapshots_differ_as_these_do(derived: Installation) -> None:
    import_newer_parent(derived)
    derived.derive("later")

    found = compared(derived, "trial", "later")

    assert told(found) == told(compared(derived, "debian@1", "debian@2"))


def test_a_date_means_the_newest_that_there_was(imported: Installation) -> None:
    with imported.database.read() as transaction:
        suite = imported.suite("debian")
        first = transaction.snapshots.find(suite.id, 1)
    assert first is not None
    import_newer_parent(imported)
    day = first.at.date()

    found = compared(imported, f"debian@{day}", "debian")

    assert (found.left.number, found.right.number) == (1, 2)
    with pytest.raises(NotFoundError, match="has no snapshot of") as raised:
        compared(imported, f"debian@{day - timedelta(days=1)}", "debian")
    assert raised.value.hint == f"the newest is debian/{SUITE}@2, the first debian/{SUITE}@1"


def test_the_difference_of_two_memberships_is_told_by_source(imported: Installation) -> None:
    import_newer_parent(imported)
    suite = imported.suite("debian")
    old, new = (Membership(suite_id=suite.id, number=number) for number in (1, 2))

    with imported.database.read() as transaction:
        forth, back = (
            changed_sources(transaction, old, new),
            changed_sources(transaction, new, old),
        )
        nothing = changed_sources(transaction, old, old)

    assert forth == {"hello": ("1.2-3", "1.2-4")}
    assert back == {"hello": ("1.2-4", "1.2-3")}
    assert nothing == {}


# Derived from a derived one ----------------------------------------------------------------------


@pytest.mark.debian
def test_an_archive_and_one_derived_from_it_differ_in_what_either_built_since(
    derived: Installation, machine: BuildMachine
) -> None:
    derived.rebuild("hello,libfoo")
    machine.build_all()
    request = DeriveRequest(name="child", parents=[f"trial/{SUITE}"])
    derived.done(derived.deriving.request(ADMINISTRATOR, request))

    same = compared(derived, "trial", "child")
    derived.rebuild("indep", archive="child")
    derived.rebuild("ownversion", archive="trial")
    machine.build_all()
    later = compared(derived, "trial", "child")

    assert same.comparison.is_equal
    assert told(later) == differing(
        packages_texts(derived, "trial"), packages_texts(derived, "child")
    )
    with derived.database.read() as transaction:
        archive_id = derived.archive().id
        assert transaction.archives.find_suite(archive_id, SUITE, SuiteRole.IMAGE) is not None


@pytest.mark.debian
def test_a_toolchain_that_only_the_parent_shows_is_told(imported: Installation) -> None:
    spec = parse_spec(compilers={"gcc": "gcc-11"})
    imported.toolchains.create(ADMINISTRATOR, "gcc-11", spec)
    imported.derive("swapped", toolchain="gcc-11", selection="hello,libfoo")
    request = DeriveRequest(name="child", parents=[f"swapped/{SUITE}"])
    imported.done(imported.deriving.request(ADMINISTRATOR, request))

    found = compared(imported, "swapped", "child")

    assert told(found) == differing(
        packages_texts(imported, "swapped"), packages_texts(imported, "child")
    )


# Choosing, refusing ------------------------------------------------------------------------------


def test_only_chosen_sources_are_compared(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello,indep")
    machine.build_all()

    found = compared(derived, "trial", "debian", "indep,static")

    assert {name for name, _ in told(found)} == {"indep"}
    assert set(told_sources(found)) == {"indep"}


def test_a_selection_that_names_nothing_on_either_side_is_refused(derived: Installation) -> None:
    with pytest.raises(InvalidInputError, match="nothing-like-this"):
        compared(derived, "trial", "debian", "nothing-like-this")


def test_a_selection_may_name_what_only_one_side_has(imported: Installation) -> None:
    text = indices()["main/source/Sources"].replace(b"Package: hello\n", b"Package: hallo\n")
    imported.clock.advance(86_400)
    imported.parent.serve(imported.mirror, changed={"main/source/Sources": text})
    imported.import_parent()

    found = compared(imported, "debian@1", "debian@2", "hallo")

    assert told_sources(found) == {"hallo": (None, "1.2-3")}


@pytest.mark.parametrize(
    ("reference", "message", "hint"),
    [
        ("nobody", "there is no archive nobody", "vostok archive list"),
        ("debian/sid", "the archive debian has no suite sid", f"it has debian/{SUITE}"),
        ("debian@7", "has no snapshot 7", f"debian/{SUITE}@1"),
        ("trial@7", "has no publication 7", "it has 1"),
    ],
)
def test_what_is_not_there_is_said_with_what_there_is(
    derived: Installation, reference: str, message: str, hint: str
) -> None:
    with pytest.raises(NotFoundError, match=message) as raised:
        compared(derived, reference, "debian")

    assert raised.value.hint is not None
    assert hint in raised.value.hint


def test_an_archive_that_is_being_deleted_is_not_compared(derived: Installation) -> None:
    with derived.database.write() as transaction:
        transaction.archives.set_state(derived.archive().id, ArchiveState.DELETING)

    with pytest.raises(ConflictError, match="deleting, not active") as caught:
        compared(derived, "trial", "debian")

    assert "vostok job list" in str(caught.value.hint)


def test_who_may_not_view_an_archive_may_not_compare_it(derived: Installation) -> None:
    request = CompareRequest(left="trial", right="debian")
    builder = Principal(name="host-1", role=Role.BUILDER)

    with pytest.raises(NotAllowedError):
        CompareService(derived.database).compare(builder, request)


def test_everybody_may_compare_but_not_evaluate_selections(derived: Installation) -> None:
    service = CompareService(derived.database)
    request = CompareRequest(left="trial", right="debian")

    assert service.compare(ANONYMOUS, request).comparison.is_equal
    with pytest.raises(NotAllowedError):
        service.compare(ANONYMOUS, replace(request, selection="hello"))


def test_only_architectures_that_both_have_are_compared(multi: Installation) -> None:
    request = DeriveRequest(name="small", parents=[f"debian/{SUITE}"], architectures=["arm64"])
    multi.done(multi.deriving.request(ADMINISTRATOR, request))

    found = compared(multi, "debian", "small")

    assert found.architectures == ("arm64",)
    assert found.comparison.is_equal


def test_other_bytes_under_the_same_version_are_told(imported: Installation) -> None:
    path = "main/binary-amd64/Packages"
    digest = as_apt_reads(parent_texts())["hello", "amd64"][1]
    changed = {path: indices()[path].replace(digest.encode(), b"f" * 64)}
    imported.parent.serve(imported.mirror, changed=changed)
    imported.import_parent()

    found = compared(imported, "debian@1", "debian@2")

    [difference] = found.comparison.binaries
    assert (difference.name, difference.group) == ("hello", Group.OTHER_BYTES)
    assert told(found) == differing(parent_texts(), parent_texts(changed))


def test_the_same_comparison_is_made_once(derived: Installation, machine: BuildMachine) -> None:
    derived.rebuild("hello")
    machine.build_all()
    service = CompareService(derived.database)
    request = CompareRequest(left="trial", right="debian")

    first = service.compare(ANONYMOUS, request).comparison
    again = service.compare(ANONYMOUS, request).comparison
    derived.rebuild("indep")
    machine.build_all()
    later = service.compare(ANONYMOUS, request).comparison

    assert again is first
    assert later != first
    assert all(isinstance(difference, SourceDifference) for difference in later.sources)
