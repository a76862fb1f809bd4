"""Richard's compiler: uploaded, all rebuilt with it, and what failed mended by an upload."""

from pathlib import Path

import pytest
from tests.journeys.apt_client import AptDirectory
from tests.journeys.installation import Document, Installation
from tests.journeys.own_compiler import OwnCompiler
from tests.journeys.tiny_mirror import TinyMirror

pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def builds(own_compiler: OwnCompiler) -> dict[tuple[str, str], Document]:
    """(source, architecture) -> its build of the campaign."""
    found = own_compiler.campaign["builds"]
    return {(build["source"], build["architecture"]): build for build in found}


def client(vostok: Installation, archive: str, architecture: str, directory: Path) -> AptDirectory:
    made = AptDirectory(root=directory, architecture=architecture)
    made.create([vostok.say("archive", "show", archive, "--stanza")])
    return made


def test_dput_uploads_the_compiler_which_is_built_by_itself(own_compiler: OwnCompiler) -> None:
    assert "Successfully uploaded packages" in own_compiler.said
    for build in own_compiler.compiler.values():
        assert (build["state"], build["version"], build["campaign"]) == ("built", "2-1", None)


def test_only_what_is_in_the_old_style_fails_and_says_where(
    vostok: Installation,
    own_compiler: OwnCompiler,
    builds: dict[tuple[str, str], Document],
    tiny_mirror: TinyMirror,
) -> None:
    assert own_compiler.campaign["counts"] == {"built": 4, "failed": 2}
    for architecture in tiny_mirror.architectures:
        states = {
            source: build["state"] for (source, on), build in builds.items() if on == architecture
        }
        failed = vostok.ask("build", "show", str(builds["brk", architecture]["id"]))

        assert states == {"libfoo": "built", "bar": "built", "brk": "failed"}
        assert "brk.src:2:1: error: the old style is not supported any more" in failed["sentence"]
        assert "written in the old style" in failed["attempts"][0]["excerpt"]


def test_the_rest_is_built_with_the_new_compiler(
    vostok: Installation, builds: dict[tuple[str, str], Document], architecture: str
) -> None:
    build = vostok.ask("build", "show", str(builds["bar", architecture]["id"]))
    (buildinfo,) = (
        file for file in build["attempts"][0]["files"] if file["name"].endswith(".buildinfo")
    )

    text = vostok.stored_file(buildinfo["sha256"]).read_text()

    assert " cc (= 2-1)," in text
    assert " libfoo-dev (= 1.2-3" in text


def test_the_fix_that_was_uploaded_for_it_builds(
    own_compiler: OwnCompiler, tiny_mirror: TinyMirror
) -> None:
    assert {name: build["state"] for name, build in own_compiler.fix.items()} == dict.fromkeys(
        tiny_mirror.architectures, "built"
    )
    assert {build["version"] for build in own_compiler.fix.values()} == {"1-1ubuntu1"}


def test_apt_installs_what_was_built_with_the_new_compiler(
    vostok: Installation,
    own_tools: str,
    own_compiler: OwnCompiler,
    architecture: str,
    tmp_path: Path,
) -> None:
    assert own_compiler.fix
    apt = client(vostok, own_tools, architecture, tmp_path / "client")

    apt.change("install", "bar", "brk")

    built = (apt.system / "usr/share/bar/bar.built").read_text()
    assert built.startswith("built with cc 2-1\nbar, as Debian has it, over\n")
    assert apt.installed() == {
        "bar": "2.0-1Xexp1",
        "brk": "1-1ubuntu1",
        "libfoo1": "1.2-3Xexp1",
        "libfoo-data": "1.2-3",
    }


def test_apt_sees_both_architectures_whole_and_at_the_same_versions(
    vostok: Installation,
    own_tools: str,
    own_compiler: OwnCompiler,
    tiny_mirror: TinyMirror,
    tmp_path: Path,
) -> None:
    assert own_compiler.fix
    seen = {}
    for architecture in tiny_mirror.architectures:
        apt = client(vostok, own_tools, architecture, tmp_path / architecture)
        planned = apt.run("apt-get", "--simulate", "install", "bar", "brk", directory=tmp_path)
        got = apt.run("apt-get", "download", "bar", "libfoo1", directory=tmp_path)
        seen[architecture] = {
            line.split(" (")[0] + " " + line.split(" (")[1].split()[0]
            for line in planned.text.splitlines()
            if line.startswith("Inst ")
        }

        assert (planned.status, got.status) == (0, 0), planned.text + got.text
        assert (tmp_path / f"bar_2.0-1Xexp1_{architecture}.deb").is_file()

    own, other = (seen[architecture] for architecture in tiny_mirror.architectures)
    assert own == other
    assert "Inst bar 2.0-1Xexp1" in own


def test_the_parent_offers_what_it_offered_before(
    vostok: Installation, own_compiler: OwnCompiler, tiny_mirror: TinyMirror
) -> None:
    snapshot = vostok.ask("archive", "show", "tiny")["suites"][0]["snapshot"]

    assert own_compiler.parent_after == own_compiler.parent_before
    assert snapshot["number"] == 1
    packages = {f"main/binary-{name}/Packages" for name in tiny_mirror.architectures}
    assert {"main/source/Sources", *packages} <= own_compiler.parent_before.keys()
