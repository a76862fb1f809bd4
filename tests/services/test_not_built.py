"""Binaries that an uploaded source builds no more leave the publication, unless needed."""

import pytest
from tests.services.installation import ADMINISTRATOR, Installation
from tests.services.packages import TinyBinary, TinySource, binaries_of, source_package
from tests.services.signed_upload import Uploader

from vostok.services.comparing.archives import CompareRequest, CompareService
from vostok.services.deriving.derivations import DeriveRequest


@pytest.fixture
def richard(derived: Installation) -> Uploader:
    derived.publish()
    derived.set(binaries=True)
    return Uploader(derived)


def upload(richard: Uploader, name: str, version: str, *binaries: TinyBinary) -> TinySource:
    """A source with what it builds on amd64, published if nothing is left to be built."""
    source = TinySource(name=name, version=version, binaries=binaries, architecture="any all")
    parts = {part: source.part(part) for part in ("any", "all")}
    made = {
        file: data
        for part in parts
        for file, data in binaries_of(
            source, "amd64", part=part, version=version, source_version=version
        ).items()
    }
    came = [a for a, part in (("amd64", "any"), ("all", "all")) if parts[part]]
    richard.upload(
        source,
        files={**source_package(source), **made},
        architectures=" ".join(["source", *came]),
    )
    richard.world.engine.run_all()
    richard.world.publish()
    return source


def shown(world: Installation) -> set[str]:
    text = world.plain_index("trial", "main/binary-amd64/Packages").decode()
    return {
        line.removeprefix("Package: ") for line in text.splitlines() if line[:9] == "Package: "
    }


LIBFOO2 = (TinyBinary(name="libfoo2"), TinyBinary(name="libfoo2-data", architecture="all"))


def test_what_the_parents_version_built_and_an_upload_does_not_goes(richard: Uploader) -> None:
    world = richard.world
    assert {"libfoo1", "libfoo-data"} <= shown(world)

    upload(richard, "libfoo", "3.0-1", *LIBFOO2)

    assert {"libfoo2", "libfoo2-data"} <= shown(world)
    assert not {"libfoo1", "libfoo-data"} & shown(world)
    assert "hello" in shown(world)


def test_it_stays_until_every_part_is_built(richard: Uploader) -> None:
    upload(richard, "libfoo", "3.0-1", TinyBinary(name="libfoo2"))

    assert {"libfoo1", "libfoo-data", "libfoo2"} <= shown(richard.world)


def test_what_a_package_still_needs_is_held_back_and_said(richard: Uploader) -> None:
    world = richard.world

    upload(
        richard, "gcc-12", "13.1.0-1", TinyBinary(name="gcc-13"),
        TinyBinary(name="gcc-13-doc", architecture="all"),
    )  # fmt: skip

    assert {"gcc", "gcc-12", "gcc-13"} <= shown(world)
    answer = world.publishing.not_built(ADMINISTRATOR, "trial")
    assert answer.gone == []
    [(binary, why)] = answer.kept
    assert (str(binary), binary.source_version) == ("gcc-12 12.2.0-14", "13.1.0-1")
    assert why == "gcc needs gcc-12 12.2.0-14 (Depends)"


def test_it_goes_when_what_needed_it_needs_it_no_more(richard: Uploader) -> None:
    world = richard.world
    data = TinyBinary(name="gcc-13-doc", architecture="all")
    upload(richard, "gcc-12", "13.1.0-1", TinyBinary(name="gcc-13"), data)

    upload(
        richard, "gcc-defaults", "1.300",
        TinyBinary(name="gcc", version="4:13.1.0-1", fields="Depends: gcc-13\n"),
        TinyBinary(name="gcc-doc", architecture="all"),
    )  # fmt: skip

    assert "gcc-12" not in shown(world)
    assert world.publishing.not_built(ADMINISTRATOR, "trial").kept == []


def test_what_an_older_upload_built_goes_too_and_comes_back_when_it_is_needed(
    richard: Uploader,
) -> None:
    world = richard.world
    upload(richard, "libfoo", "3.0-1", *LIBFOO2)
    data = TinyBinary(name="libfoo3-data", architecture="all")

    upload(richard, "libfoo", "4.0-1", TinyBinary(name="libfoo3"), data)
    without = shown(world)
    upload(
        richard, "hello", "1.3-1", TinyBinary(name="hello", fields="Depends: libfoo2\n"),
        TinyBinary(name="hello-doc", architecture="all"),
    )  # fmt: skip

    assert not {"libfoo1", "libfoo2", "libfoo2-data"} & without
    assert "libfoo2" in shown(world)
    assert not {"libfoo1", "libfoo2-data"} & shown(world)


def test_the_publication_before_shows_what_it_showed(
    richard: Uploader,
) -> None:
    world = richard.world
    before = world.suite().publication

    upload(richard, "libfoo", "3.0-1", *LIBFOO2)

    old = world.plain_index("trial", "main/binary-amd64/Packages", number=before)
    assert b"Package: libfoo1\n" in old


def test_a_comparison_of_publications_names_what_went(richard: Uploader) -> None:
    world = richard.world
    before = world.suite().publication
    upload(richard, "libfoo", "3.0-1", *LIBFOO2)
    now = world.suite().publication

    request = CompareRequest(left=f"trial@{before}", right=f"trial@{now}")
    found = CompareService(world.database).compare(ADMINISTRATOR, request).comparison

    names = {binary.name for binary in found.binaries}
    assert names == {"libfoo1", "libfoo-data", "libfoo2", "libfoo2-data"}


def test_who_derives_from_it_does_not_see_what_went(richard: Uploader) -> None:
    world = richard.world
    upload(richard, "libfoo", "3.0-1", *LIBFOO2)

    request = DeriveRequest(name="child", parents=["trial"], selection="all")
    world.done(world.deriving.request(ADMINISTRATOR, request))

    with world.database.read() as transaction:
        child = transaction.archives.suites(transaction.archives.named("child").id)[0]
        assert child.derivation is not None
        names = {b.name for b in transaction.members.binaries(child.derivation.base)}
    assert "libfoo2" in names
    assert not {"libfoo1", "libfoo-data"} & names
