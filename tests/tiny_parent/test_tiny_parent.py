"""The fixture is what the journeys believe it to be."""

import hashlib
import subprocess
from pathlib import Path

from tests.tiny_parent.parent import NAMES, TinyParent
from tests.tiny_parent.source_packages import Edit, make_source, run, source_file_names


def hashes(directory: Path, *patterns: str) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for pattern in patterns
        for path in directory.glob(pattern)
    }


def test_a_source_is_the_same_bytes_whenever_it_is_made(
    tiny_parent: TinyParent, tmp_path: Path
) -> None:
    for name in NAMES:
        make_source(name, tmp_path)

    made = hashes(tmp_path, "*.dsc", "*.tar.xz")

    assert made == hashes(tiny_parent.first / "pool", "*.dsc", "*.tar.xz")


def test_a_binary_is_the_same_bytes_whenever_it_is_made(
    tiny_parent: TinyParent, tmp_path: Path
) -> None:
    pool = tiny_parent.first / "pool"

    for architecture in tiny_parent.architectures:
        tiny_parent.sysroot(architecture).build(
            pool / "bar_2.0-1.dsc", tmp_path / architecture, rule="binary-arch"
        )

    assert hashes(tmp_path, "*/*.deb") == hashes(pool, "bar_*.deb")


def test_a_new_revision_keeps_the_upstream_tarball(
    tiny_parent: TinyParent, tmp_path: Path
) -> None:
    edit = Edit(version="1-1ubuntu1", text="New style.", files={"brk.src": "a file of 2021\n"})

    dsc = make_source("brk", tmp_path, edit)

    assert dsc.name == "brk_1-1ubuntu1.dsc"
    assert "brk_1.orig.tar.xz" in source_file_names(dsc)
    tarballs = hashes(tmp_path, "*.orig.tar.xz")
    assert tarballs.items() <= hashes(tiny_parent.first / "pool", "*.orig.tar.xz").items()
    run("dpkg-source", "--no-check", "--extract", str(dsc), "tree", directory=tmp_path)
    assert (tmp_path / "tree" / "brk.src").read_text() == "a file of 2021\n"


def test_brk_fails_with_cc_2_and_says_where(tiny_parent: TinyParent, tmp_path: Path) -> None:
    architecture = tiny_parent.architectures[0]
    pool = tiny_parent.first / "pool"
    newer = make_source("cc", tmp_path / "cc", Edit(version="2-1", text="Strict."))
    sysroot = tiny_parent.sysroot(architecture)
    (compiler,) = sysroot.build(newer, tmp_path / "built", rule="binary-arch")
    run("dpkg-deb", "--extract", str(compiler), "root", directory=tmp_path)

    for name in ("libfoo", "brk"):
        (dsc,) = pool.glob(f"{name}_*.dsc")
        run("dpkg-source", "--no-check", "--extract", str(dsc), name, directory=tmp_path)
    compiled = {
        name: subprocess.run(
            [tmp_path / "root" / "usr" / "bin" / "cc-stamp", source],
            cwd=tmp_path / name,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        for name, source in (("libfoo", "foo.src"), ("brk", "brk.src"))
    }

    assert compiled["libfoo"].stdout == "built with cc 2-1\nfoo\n"
    assert compiled["brk"].returncode == 1
    assert compiled["brk"].stderr.startswith("brk.src:2:1: error: ")


def test_the_second_edition_has_a_newer_libfoo_and_brk_in_the_place_of_the_old(
    tiny_parent: TinyParent,
) -> None:
    names = [
        {path.name for path in (edition / "pool").iterdir()}
        for edition in (tiny_parent.first, tiny_parent.second)
    ]

    gone, new = names[0] - names[1], names[1] - names[0]

    assert {name.partition("_")[0] for name in gone} == {
        *("libfoo", "libfoo1", "libfoo-dev", "libfoo-data", "brk"),
    }
    assert {"libfoo_1.2-4.dsc", "libfoo-data_1.2-4_all.deb", "brk_1-2.dsc"} <= new
    assert len(gone) == len(new)
