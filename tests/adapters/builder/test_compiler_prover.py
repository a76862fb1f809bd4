"""What is read from real ELF files, with readelf as the oracle."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from vostok.adapters.compiler_prover.child import evidence
from vostok.adapters.compiler_prover.prover import DwarfProver
from vostok.adapters.sbuild.build_user import build_user
from vostok.adapters.sbuild.sandbox import UserSandbox
from vostok.domain.compiler_proof import Verdict
from vostok.services.building.builder_ports import StopReason, StopSignal

pytestmark = pytest.mark.debian

GCC = [r"GNU (C|C\+\+|GIMPLE)[0-9]* "]
PROGRAM = "int main(void) { return %d; }\n"
TYPES = "struct shared { int first; long second; char third[40]; } ; struct shared value%d;\n"

MakeDeb = Callable[..., Path]


@pytest.fixture
def make_deb(open_directory: Path) -> MakeDeb:
    """Packs files, given by their paths in the package, as a binary package."""

    def pack(package: str, **files: Path) -> Path:
        tree = open_directory / f"{package}-tree"
        (tree / "DEBIAN").mkdir(parents=True)
        (tree / "DEBIAN" / "control").write_text(
            f"Package: {package}\nVersion: 1\nArchitecture: all\n"
            "Maintainer: P <p@example.org>\nDescription: probe\n"
        )
        for path, source in files.items():
            target = tree / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
        deb = open_directory / f"{package}_1_all.deb"
        _run("dpkg-deb", "--root-owner-group", "-b", str(tree), str(deb))
        return deb

    return pack


@pytest.fixture
def compiled(tmp_path: Path) -> Path:
    """A directory with two programs, `one` and `two`, built with debug information."""
    for number, name in enumerate(("one", "two")):
        source = tmp_path / f"{name}.c"
        source.write_text(TYPES % number + PROGRAM % number)
        _run("gcc", "-g", "-O2", "-o", str(tmp_path / name), str(source))
    return tmp_path


@pytest.fixture
def prover() -> DwarfProver:
    user = build_user()
    return DwarfProver(
        UserSandbox(user),
        uid=None if user.is_own else user.uid,
        gid=None if user.is_own else user.gid,
    )


def test_packages_and_their_debug_packages_are_proved_together(
    prover: DwarfProver, make_deb: MakeDeb, compiled: Path, open_directory: Path
) -> None:
    debug, stripped = _split(compiled / "one")
    main = make_deb("probe", **{"usr/bin/one": stripped})
    symbols = make_deb("probe-dbgsym", **{_debug_path(stripped): debug})

    found = prover.prove(
        [main, symbols], scratch=_scratch(open_directory), asked=GCC, stop=StopSignal()
    )

    assert found.verdict is Verdict.ASKED, found.sentence
    assert found.packages_not_provable == ()
    assert [entry.units for entry in found.producers] == [1]


def test_a_stripped_program_without_debug_package_is_named(
    prover: DwarfProver, make_deb: MakeDeb, compiled: Path, open_directory: Path
) -> None:
    _, stripped = _split(compiled / "one")
    main = make_deb("probe", **{"usr/bin/one": stripped})

    found = prover.prove([main], scratch=_scratch(open_directory), asked=GCC, stop=StopSignal())

    assert found.verdict is Verdict.NOT_PROVABLE
    assert found.packages_not_provable == ("probe",)


def test_a_package_of_texts_has_no_compiled_code(
    prover: DwarfProver, make_deb: MakeDeb, compiled: Path, open_directory: Path
) -> None:
    main = make_deb("probe-doc", **{"usr/share/doc/one.c": compiled / "one.c"})

    found = prover.prove([main], scratch=_scratch(open_directory), asked=GCC, stop=StopSignal())

    assert found.verdict is Verdict.NO_COMPILED_CODE


def test_strings_that_dwz_moved_to_a_common_file_are_found(compiled: Path) -> None:
    tree = compiled / "trees" / "probe-dbgsym"
    debug_files = tree / "usr/lib/debug/.build-id/aa"
    common = tree / "usr/lib/debug/.dwz/common.debug"
    for directory in (debug_files, common.parent):
        directory.mkdir(parents=True)
    copies = [
        shutil.copy(compiled / name, debug_files / f"{name}.debug") for name in ("one", "two")
    ]
    _run("dwz", "-m", str(common), "-M", "../../.dwz/common.debug", *map(str, copies))
    assert common.exists()

    found = evidence(compiled / "trees")

    producers = [row[0] for row in found["units"]]
    assert producers
    assert all(str(producer).startswith("GNU C17 ") for producer in producers)
    assert sum(int(row[2]) for row in found["units"]) == sum(
        _readelf_units(Path(c)) for c in copies
    )


def test_what_only_looks_like_a_program_is_left_out(tmp_path: Path, compiled: Path) -> None:
    tree = tmp_path / "trees" / "probe"
    tree.mkdir(parents=True)
    (tree / "truncated").write_bytes((compiled / "one").read_bytes()[:100])
    (tree / "only-magic").write_bytes(b"\x7fELF")
    (tree / "link").symlink_to("/proc/self/mem")
    os.mkfifo(tree / "pipe")

    found = evidence(tmp_path / "trees")

    assert found == {"units": [], "packages": [["probe", 0, 0]]}


def test_a_broken_package_is_not_provable_and_breaks_nothing_else(
    prover: DwarfProver, open_directory: Path
) -> None:
    broken = open_directory / "probe_1_all.deb"
    broken.write_bytes(b"not a package")

    found = prover.prove([broken], scratch=_scratch(open_directory), asked=GCC, stop=StopSignal())

    assert found.verdict is Verdict.NOT_PROVABLE
    assert "probe_1_all.deb could not be unpacked" in found.sentence


def test_a_stop_ends_the_reading(
    prover: DwarfProver, make_deb: MakeDeb, compiled: Path, open_directory: Path
) -> None:
    stop = StopSignal()
    stop.set(StopReason.CANCELLED)
    main = make_deb("probe", **{"usr/bin/one": compiled / "one"})

    found = prover.prove([main], scratch=_scratch(open_directory), asked=GCC, stop=stop)

    assert found.verdict is Verdict.NOT_PROVABLE


def _scratch(directory: Path) -> Path:
    """Where an attempt would unpack: below a directory of the build user."""
    work = directory / "attempt" / "work"
    work.parent.mkdir()
    UserSandbox(build_user()).make_directory(work)
    return work / "proof"


def _split(program: Path) -> tuple[Path, Path]:
    """Debug file and stripped program, as dh_strip makes them."""
    debug, stripped = program.with_suffix(".debug"), program.with_suffix(".stripped")
    _run("objcopy", "--only-keep-debug", str(program), str(debug))
    _run("strip", "-o", str(stripped), str(program))
    return debug, stripped


def _debug_path(program: Path) -> str:
    build_id = re.search(r"Build ID: ([0-9a-f]+)", _run("readelf", "-n", str(program)))
    assert build_id is not None
    return f"usr/lib/debug/.build-id/{build_id[1][:2]}/{build_id[1][2:]}.debug"


def _readelf_units(path: Path) -> int:
    return _run("readelf", "--debug-dump=info", "--dwarf-depth=1", str(path)).count(
        "(DW_TAG_compile_unit)"
    )


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout
