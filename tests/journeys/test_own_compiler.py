"""Richard's compiler: uploaded, all rebuilt with it, and what failed mended by an upload."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from tests.journeys.apt_client import AptDirectory
from tests.journeys.installation import START_SECONDS_MAX, Document, Installation, eventually
from tests.journeys.maintainer import Maintainer
from tests.journeys.tiny_mirror import TinyMirror
from tests.tiny_parent.source_packages import Edit

pytestmark = pytest.mark.build

BUILDS_MAX = 100

COMPILER = Edit(version="2-1", text="Refuse the old style.", maintainer="r <richard@example.org>")
FIX = Edit(
    version="1-1ubuntu1",
    text="Write it in the new style.",
    maintainer="r <richard@example.org>",
    files={"brk.src": "a file of 1998\nwritten in the new style\n"},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What came of each step."""

    said: str
    compiler: Document
    campaign: Document
    fix: Document
    bar: str
    installed: dict[str, str]


@pytest.fixture(scope="module")
def richard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maintainer]:
    richard = Maintainer(name="richard", home=tmp_path_factory.mktemp("richard"))
    yield richard
    richard.leave()


def uploaded(vostok: Installation, archive: str, source: str) -> Document:
    """The build of an uploaded source, once clients see its packages."""

    def found() -> Document | None:
        for number in range(1, BUILDS_MAX):
            shown = vostok.run("build", "show", str(number), "--json")
            if shown.returncode != 0:
                return None
            build: Document = json.loads(shown.stdout)
            is_it = (build["archive"], build["source"]) == (archive, source)
            if is_it and build["campaign"] is None:
                return build
        return None

    build = eventually(found, f"a build of the uploaded {source}", seconds_max=START_SECONDS_MAX)
    return vostok.wait_until_published(int(build["id"]))


@pytest.fixture(scope="module")
def story(  # noqa: PLR0913, PLR0917 - each argument is a fixture
    vostok: Installation,
    own_tools: str,
    tiny_campaign: Document,
    richard: Maintainer,
    architecture: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Story:
    assert tiny_campaign["state"] == "finished"
    richard.register(vostok, own_tools)
    said = richard.dput(own_tools, richard.source("cc", COMPILER, with_tarball=True))
    assert said.returncode == 0, said.stdout + said.stderr
    compiler = uploaded(vostok, own_tools, "cc")
    words = ("--select", "libfoo,bar,brk", "--reason", "What does cc 2 break?")
    asked = vostok.ask("rebuild", "request", own_tools, *words)
    number = str(asked["campaign"]["number"])
    vostok.say("campaign", "show", own_tools, number, "--watch")
    campaign = vostok.ask("campaign", "show", own_tools, number)
    mended = richard.dput(own_tools, richard.source("brk", FIX, with_tarball=False))
    assert mended.returncode == 0, mended.stdout + mended.stderr
    fix = uploaded(vostok, own_tools, "brk")
    client = AptDirectory(root=tmp_path_factory.mktemp("client"), architecture=architecture)
    client.create([vostok.say("archive", "show", own_tools, "--stanza")])
    client.change("install", "bar")
    return Story(
        said=said.stdout,
        compiler=compiler,
        campaign=campaign,
        fix=fix,
        bar=(client.system / "usr/share/bar/bar.built").read_text(),
        installed=client.installed(),
    )


def test_dput_uploads_the_compiler_which_is_built_by_itself(story: Story) -> None:
    assert story.compiler["state"] == "built"
    assert story.compiler["version"] == "2-1"
    assert story.compiler["campaign"] is None


def test_only_what_is_in_the_old_style_fails_and_says_where(
    vostok: Installation, story: Story
) -> None:
    builds = {build["source"]: build for build in story.campaign["builds"]}
    failed = vostok.ask("build", "show", str(builds["brk"]["id"]))

    assert {source: build["state"] for source, build in builds.items()} == {
        "libfoo": "built",
        "bar": "built",
        "brk": "failed",
    }
    assert "brk.src:2:1: error: the old style is not supported any more" in failed["sentence"]
    assert "written in the old style" in failed["attempts"][0]["excerpt"]


def test_the_fix_that_was_uploaded_for_it_builds(story: Story) -> None:
    assert (story.fix["state"], story.fix["version"]) == ("built", "1-1ubuntu1")


def test_apt_installs_what_was_built_with_the_new_compiler(story: Story) -> None:
    assert story.bar.startswith("built with cc 2-1\nbar, as Debian has it, over\n")
    assert story.installed["bar"] == "2.0-1Xexp2"


def test_the_parent_offers_what_it_offered_before(
    vostok: Installation, story: Story, tiny_mirror: TinyMirror
) -> None:
    assert story.fix["state"] == "built"
    snapshot = vostok.ask("archive", "show", "tiny")["suites"][0]["snapshot"]
    index = tiny_mirror.files[f"dists/tiny/{tiny_mirror.packages}"].decode()

    assert snapshot["number"] == 1
    assert "Version: 2-1\n" not in index
    assert "1-1ubuntu1" not in index
