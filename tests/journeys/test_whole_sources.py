"""A source of both parts rebuilt whole, by real builds of a no-change source."""

import pytest
from tests.journeys.installation import Document, Installation
from tests.journeys.own_compiler import OwnCompiler

from vostok.debian.stanza import parse_stanza

pytestmark = pytest.mark.build

SOURCE, VERSION = "libfoo", "1.2-3"


@pytest.fixture(scope="module")
def builds(vostok: Installation, own_compiler: OwnCompiler, architecture: str) -> list[Document]:
    """What became of the two parts of a no-change source of libfoo, on this architecture."""
    archive = own_compiler.campaign["archive"]
    here = ("--form", "source", "--architecture", architecture, "--allow-skew")
    words = ("--select", SOURCE, "--reason", "whole, for once")
    asked = vostok.ask("rebuild", "request", archive, *words, *here)
    number = str(asked["campaign"]["number"])
    vostok.say("campaign", "show", archive, number, "--watch", "--fail")
    campaign = vostok.ask("campaign", "show", archive, number)
    return [vostok.ask("build", "show", str(build["id"])) for build in campaign["builds"]]


def test_both_parts_are_built_of_one_new_source(builds: list[Document]) -> None:
    assert {(build["part"], build["form"]) for build in builds} == {
        ("any", "source"),
        ("all", "source"),
    }
    assert {build["state"] for build in builds} == {"built"}
    assert len({build["version"] for build in builds}) == 1


def test_the_binaries_name_the_new_version_and_no_other_source(
    vostok: Installation, builds: list[Document]
) -> None:
    for build in builds:
        vostok.wait_until_published(build["id"])
        version = build["version"]
        files = {file["name"]: file for file in build["attempts"][-1]["files"]}
        [changes] = [name for name in files if name.endswith(".changes")]
        said = parse_stanza(vostok.stored_file(files[changes]["sha256"]).read_text())

        assert version.startswith(f"{VERSION}X")
        assert (said["Source"], said["Version"]) == (SOURCE, version)
        assert "Binary-Only" not in said
        packages = {name for name in files if name.endswith(".deb")}
        assert packages
        assert {name.endswith("_all.deb") for name in packages} == {build["part"] == "all"}
        assert not [name for name in files if name.endswith(".dsc")]
        assert all(f"_{version}_" in name for name in packages)
