"""A15: sources that differ by their changelog only, built here, and as files for elsewhere."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.journeys.installation import Document, get
from tests.journeys.maintainer import Maintainer
from tests.journeys.workshop import Workshop
from tests.tiny_parent.source_packages import run

pytestmark = pytest.mark.build

ARCHIVE, FOREIGN = "nochange", "elsewhere"
SOURCES = {"indep": ("1.0", "native"), "libfoo": ("1.2-3", "quilt"), "brk": ("1-1", "quilt")}
WORDS = ("--select", ",".join(SOURCES), "--reason", "for the new libc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A campaign of no-change sources, built and published, and the same request again."""

    planned: list[Document]
    campaign: Document
    again: Document
    campaigns: int
    sources: Path


@pytest.fixture(scope="module")
def story(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Story:
    vostok = workshop.vostok
    workshop.derive(ARCHIVE, ",".join(SOURCES))
    plan = vostok.ask("rebuild", "nochange", ARCHIVE, *WORDS, "--dry-run")
    vostok.say("rebuild", "nochange", ARCHIVE, *WORDS)
    for claim in workshop.builder().build_all():
        vostok.wait_until_published(claim.build_id)
    again = vostok.ask("rebuild", "nochange", ARCHIVE, *WORDS)
    sources = tmp_path_factory.mktemp("sources")
    for name, (version, _) in SOURCES.items():
        fetch_source(workshop, name, f"{version}Xnochange1", sources)
    return Story(
        planned=plan["accepted"],
        campaign=vostok.ask("campaign", "show", ARCHIVE, "1"),
        again=again,
        campaigns=len(vostok.ask("campaign", "list", ARCHIVE)["campaigns"]),
        sources=sources,
    )


def fetch_source(workshop: Workshop, name: str, version: str, directory: Path) -> None:
    """The files of a source as the archive's clients get them."""
    prefix = name[:4] if name.startswith("lib") else name[0]
    place = f"{workshop.vostok.url}/archives/{ARCHIVE}/pool/main/{prefix}/{name}"
    dsc = get(f"{place}/{name}_{version}.dsc").raise_for_status().text
    (directory / f"{name}_{version}.dsc").write_text(dsc)
    _, _, listed = dsc.partition("\nFiles:")
    for line in listed.splitlines():
        if len(words := line.split()) == 3:
            content = get(f"{place}/{words[2]}").raise_for_status().content
            (directory / words[2]).write_bytes(content)


def tree(dsc: Path, directory: Path) -> dict[str, bytes]:
    """What dpkg-source unpacks: path -> mode and bytes."""
    run("dpkg-source", "--no-check", "-x", str(dsc), str(directory), directory=dsc.parent)
    return {
        str(path.relative_to(directory)): oct(path.stat().st_mode).encode() + path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_every_source_gets_the_version_that_the_dry_run_said(story: Story) -> None:
    versions = {(build["source"], build["version"]) for build in story.planned}

    assert versions == {(name, f"{v}Xnochange1") for name, (v, _) in SOURCES.items()}
    assert {(b["source"], b["version"]) for b in story.campaign["builds"]} == versions
    assert {build["state"] for build in story.campaign["builds"]} == {"built"}
    assert ("libfoo", "all") in {
        (build["source"], build["architecture"]) for build in story.campaign["builds"]
    }


@pytest.mark.parametrize("name", SOURCES)
def test_only_the_changelog_differs_and_the_upstream_tarball_is_the_same_file(
    workshop: Workshop, story: Story, name: str, tmp_path: Path
) -> None:
    version, source_format = SOURCES[name]
    [old] = workshop.parent.first.rglob(f"{name}_{version}.dsc")

    before = tree(old, tmp_path / "before")
    after = tree(story.sources / f"{name}_{version}Xnochange1.dsc", tmp_path / "after")

    assert {path for path in before | after if before.get(path) != after.get(path)} == {
        "debian/changelog"
    }
    assert after["debian/changelog"].endswith(before["debian/changelog"].partition(b"\n")[2])
    tarballs = list(old.parent.glob(f"{name}_*.orig.tar.xz"))
    assert len(tarballs) == (0 if source_format == "native" else 1)
    for tarball in tarballs:
        assert (story.sources / tarball.name).read_bytes() == tarball.read_bytes()


def test_given_again_it_makes_nothing_new(story: Story) -> None:
    assert story.again["accepted"] == []
    assert {refused["code"] for refused in story.again["refused"]} == {"already-made"}
    assert story.campaigns == 1


@pytest.fixture(scope="module")
def nora(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maintainer]:
    nora = Maintainer(name="nora", home=tmp_path_factory.mktemp("nora"))
    yield nora
    nora.leave()


def sign(path: Path, nora: Maintainer) -> bytes:
    """What debsign does with one file."""
    run(
        *("gpg", "--batch", "--yes", "--local-user", nora.email, "--clear-sign"),
        *("--output", f"{path}.signed", str(path)),
        directory=path.parent,
        environment=nora.environment,
    )
    Path(f"{path}.signed").rename(path)
    return path.read_bytes()


def debsign(changes: Path, nora: Maintainer) -> None:
    """Sign the .dsc, have the .changes name it as it is now, sign that."""
    dsc = Path(str(changes).replace("_source.changes", ".dsc"))
    old, text = dsc.read_bytes(), changes.read_text()
    new = sign(dsc, nora)
    for name in ("md5", "sha1", "sha256"):
        before, after = (
            f"{hashlib.new(name, data, usedforsecurity=False).hexdigest()} {len(data)} "
            for data in (old, new)
        )
        text = text.replace(before, after)
    changes.write_text(text)
    sign(changes, nora)


def test_files_for_another_archive_are_signed_sent_by_dput_and_built_there(
    workshop: Workshop, story: Story, nora: Maintainer, tmp_path: Path
) -> None:
    vostok, out = workshop.vostok, tmp_path / "out"
    workshop.derive(FOREIGN, ",".join(SOURCES))
    nora.register(vostok, FOREIGN)
    more = ("--maintainer", f"nora <{nora.email}>", "--output", str(out))

    made = vostok.ask("rebuild", "nochange", ARCHIVE, *WORDS, *more)
    files = sorted(path.name for path in out.iterdir())
    for changes in out.glob("*.changes"):
        debsign(changes, nora)
    sent = [nora.dput(FOREIGN, changes) for changes in sorted(out.glob("*.changes"))]
    again = vostok.ask("rebuild", "nochange", ARCHIVE, *WORDS, *more)
    claims = workshop.builder().build_all()

    assert len(story.planned) > 3
    assert {source["version"] for source in made["made"]} == {
        f"{version}Xnochange2" for version, _ in SOURCES.values()
    }
    assert not [name for name in files if ".orig." in name]
    assert [done.returncode for done in sent] == [0, 0, 0], [d.stdout + d.stderr for d in sent]
    assert (again["made"], len(again["stood"])) == ([], 3)
    assert {(claim.source.name, claim.source.version) for claim in claims} == {
        (name, f"{version}Xnochange2") for name, (version, _) in SOURCES.items()
    }
