"""Walks unpacked packages for compilation units; runs as a process of its own.

Debug information is input that a build made up: it is read as the build user, with bounded
memory and time. The process starts as whoever the builder is and imports everything first,
because the build user may not be able to enter the directories that the code lies in; then it
gives up its rights, and only then opens files.

Arguments: DIRECTORY USER GROUP; a user of -1 keeps the rights. DIRECTORY holds one directory for
each package. Prints one JSON document: {"units": [[producer, language, units], …],
"packages": [[package, elf files, of them without debug information], …]}.
"""

import ctypes
import json
import os
import resource
import signal
import stat
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import BinaryIO

from elftools.common.exceptions import DWARFError, ELFError, ELFParseError
from elftools.dwarf.compileunit import CompileUnit
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import NoteSection

MEMORY_BYTES_MAX = 4 * 1024**3
CPU_SECONDS_MAX = 1_200
FILES_MAX = 500_000
PRODUCERS_MAX = 1_000
PRODUCER_CHARACTERS_MAX = 300
PR_SET_PDEATHSIG = 1
ARGUMENTS = 4
ELF_MAGIC = b"\x7fELF"
LINKED = frozenset({"ET_EXEC", "ET_DYN"})
DEBUG_DIRECTORY = Path("usr/lib/debug")
UNREADABLE = (ELFError, ELFParseError, DWARFError, ValueError, KeyError, AssertionError)
FURTHER_PRODUCERS = "(further producers)"

Units = Counter[tuple[str, int]]


def drop_rights(uid: int, gid: int) -> None:
    """Become the build user for good, die with the builder, and bound what is used."""
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    # After the change of user: the kernel forgets this signal at that change.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def evidence(directory: Path) -> dict[str, list[list[str | int]]]:
    """The document for all packages below a directory."""
    packages = sorted(path for path in directory.iterdir() if path.is_dir())
    elf_files = {package.name: list(_elf_files(package)) for package in packages}
    units: Units = Counter()
    with_debug: set[str] = set()
    for package in packages:
        for path in elf_files[package.name]:
            found, build_id = _units_of(path, package)
            units.update(found)
            if build_id and found:
                with_debug.add(build_id)
    rows: list[list[str | int]] = []
    for package in packages:
        linked = [p for p in elf_files[package.name] if not _is_debug_file(p, package)]
        code = [(path, *_identity(path)) for path in linked]
        counted = [(path, build_id) for path, build_id, is_linked in code if is_linked]
        gaps = [
            path
            for path, build_id in counted
            if not (build_id in with_debug if build_id else _units_of(path, package)[0])
        ]
        rows.append([package.name, len(counted), len(gaps)])
    return {"units": _bounded(units), "packages": rows}


def _elf_files(package: Path) -> Iterator[Path]:
    seen = 0
    for parent, _, names in os.walk(package):
        for name in names:
            seen += 1
            if seen > FILES_MAX:
                return
            path = Path(parent, name)
            try:
                if not stat.S_ISREG(path.lstat().st_mode):
                    continue
                with path.open("rb") as file:
                    if file.read(len(ELF_MAGIC)) == ELF_MAGIC:
                        yield path
            except OSError:
                continue


def _is_debug_file(path: Path, package: Path) -> bool:
    return path.is_relative_to(package / DEBUG_DIRECTORY)


def _identity(path: Path) -> tuple[str, bool]:
    """Build id ("" if none), and whether this is a linked program or library."""
    try:
        with path.open("rb") as file:
            elf = ELFFile(file)
            return _build_id(elf), elf["e_type"] in LINKED
    except (OSError, *UNREADABLE):
        return "", False


def _build_id(elf: ELFFile) -> str:
    section = elf.get_section_by_name(".note.gnu.build-id")
    if not isinstance(section, NoteSection):
        return ""
    for note in section.iter_notes():
        if note["n_type"] == "NT_GNU_BUILD_ID":
            return str(note["n_desc"])
    return ""


def _units_of(path: Path, package: Path) -> tuple[Units, str]:
    """Units of a linked file or its debug file; relocatable objects are left out."""
    units: Units = Counter()
    build_id = ""
    try:
        with ExitStack() as files:
            stream = files.enter_context(path.open("rb"))
            elf = ELFFile(stream, partial(_linked_file, path, package, files))
            if elf["e_type"] not in LINKED:
                return units, ""
            build_id = _build_id(elf)
            if not elf.has_dwarf_info(strict=True):
                return units, build_id
            dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=True)
            for unit in dwarf.iter_CUs():
                entry = _producer(unit)
                if entry is not None:
                    units[entry] += 1
    except (OSError, *UNREADABLE):
        # What was read until then counts; the rest names no producer.
        return units, build_id
    return units, build_id


def _linked_file(path: Path, package: Path, files: ExitStack, name: str) -> BinaryIO:
    """The file that a debug file names, most often dwz's common file of the same package.

    The library's own loader refuses what lies outside the file's directory, where dwz's file
    always is. This one stays inside the package; an absolute name is one inside it too.
    """
    target = (package / name.lstrip("/") if name.startswith("/") else path.parent / name).resolve()
    if not target.is_relative_to(package.resolve()) or not target.is_file():
        raise ELFError(f"{name!r} is no file of the package")
    return files.enter_context(target.open("rb"))


def _producer(unit: CompileUnit) -> tuple[str, int] | None:
    """Producer and language; None for what is no compilation unit (dwz's partial units)."""
    top = unit.get_top_DIE()
    if top.tag != "DW_TAG_compile_unit":
        return None
    producer = top.attributes.get("DW_AT_producer")
    language = top.attributes.get("DW_AT_language")
    value = producer.value if producer is not None else b""
    text = value.decode(errors="replace") if isinstance(value, bytes) else ""
    number = language.value if language is not None else 0
    return text[:PRODUCER_CHARACTERS_MAX], number if isinstance(number, int) else 0


def _bounded(units: Units) -> list[list[str | int]]:
    ordered = units.most_common()
    rows: list[list[str | int]] = [
        [producer, language, number] for (producer, language), number in ordered[:PRODUCERS_MAX]
    ]
    rest: Counter[int] = Counter()
    for (_, language), number in ordered[PRODUCERS_MAX:]:
        rest[language] += number
    rows += [[FURTHER_PRODUCERS, language, number] for language, number in rest.items()]
    return rows


def main(arguments: list[str]) -> int:
    """Run as a program."""
    if len(arguments) != ARGUMENTS:
        return 2
    drop_rights(int(arguments[2]), int(arguments[3]))
    json.dump(evidence(Path(arguments[1])), sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
