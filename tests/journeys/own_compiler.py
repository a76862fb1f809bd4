"""Richard's story: his compiler uploaded, all rebuilt with it, and what failed mended."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.journeys.installation import Document, Installation, eventually, get
from tests.journeys.maintainer import Maintainer
from tests.journeys.scripted_builder import ScriptedBuilder
from tests.journeys.tiny_mirror import SUITE
from tests.tiny_parent.source_packages import Edit

COMPILER: Final = Edit(
    version="2-1", text="Refuse the old style.", maintainer="r <richard@example.org>"
)
FIX: Final = Edit(
    version="1-1ubuntu1",
    text="Write it in the new style.",
    maintainer="r <richard@example.org>",
    files={"brk.src": "a file of 1998\nwritten in the new style\n"},
)
WHOLE_PARENT: Final = ("--parent", f"tiny/{SUITE}", "--select", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCompiler:
    """What came of each step.

    Attributes:
        said: by dput.
        compiler: architecture -> the build of the uploaded compiler.
        campaign: the rebuild of everything with it.
        fix: architecture -> the build of the uploaded fix.
        parent_before: what the parent offers: path -> SHA-256 of each index of an archive
            that takes all of it.
        parent_after: the same of one that is derived at the end.
    """

    said: str
    compiler: Mapping[str, Document]
    campaign: Document
    fix: Mapping[str, Document]
    parent_before: Mapping[str, str]
    parent_after: Mapping[str, str]


def tell_of_own_compiler(
    vostok: Installation,
    archive: str,
    script: ScriptedBuilder,
    richard: Maintainer,
) -> OwnCompiler:
    """Go through it; nothing of the archive has been built before."""

    def uploaded(source: str, edit: Edit, *, with_tarball: bool) -> tuple[str, Builds]:
        done = richard.dput(archive, richard.source(source, edit, with_tarball=with_tarball))
        assert done.returncode == 0, done.stdout + done.stderr
        built = [build["id"] for build in vostok.upload_of(archive, source)["builds"]]
        found = [published(vostok, script, int(build_id)) for build_id in built]
        return done.stdout, {build["architecture"]: build for build in found}

    parent_before = indices(vostok, vostok.derive("before", *WHOLE_PARENT))
    richard.register(vostok, archive)
    said, compiler = uploaded("cc", COMPILER, with_tarball=True)
    number = vostok.request(archive, "libfoo,bar,brk")
    campaign = ended(vostok, script, archive, number)
    _, fix = uploaded("brk", FIX, with_tarball=False)
    return OwnCompiler(
        said=said,
        compiler=compiler,
        campaign=campaign,
        fix=fix,
        parent_before=parent_before,
        parent_after=indices(vostok, vostok.derive("after", *WHOLE_PARENT)),
    )


Builds = Mapping[str, Document]
"""By architecture."""


def with_script(script: ScriptedBuilder, is_over: Callable[[], bool], what: str) -> None:
    """Returns when something is over; until then the script builds what there is for it."""

    def found() -> bool:
        script.build_all()
        return is_over()

    eventually(found, what)


def ended(vostok: Installation, script: ScriptedBuilder, archive: str, number: int) -> Document:
    """A campaign, after sbuild and the script have done their parts of it."""
    what = f"campaign {number} of {archive} to end"
    with_script(script, lambda: vostok.has_ended(archive, number), what)
    return vostok.campaign(archive, number)


def published(vostok: Installation, script: ScriptedBuilder, build_id: int) -> Document:
    """A build, once clients see its packages."""
    what = f"build {build_id} to be published"
    with_script(script, lambda: vostok.is_published(build_id), what)
    return vostok.ask("build", "show", str(build_id))


def indices(vostok: Installation, archive: str) -> dict[str, str]:
    """Path -> SHA-256 of all indices that an archive's Release names."""
    release = get(f"{vostok.url}/archives/{archive}/dists/{SUITE}/InRelease")
    lines = re.findall(
        r"^ ([0-9a-f]{64}) +\d+ (\S+)$", release.raise_for_status().text, re.MULTILINE
    )
    return {path: sha256 for sha256, path in lines}
