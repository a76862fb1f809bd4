"""The `_source.changes` of a source-only upload, as `dpkg-genchanges -S` writes it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from vostok.debian.no_change_source import described
from vostok.debian.stanza import parse_stanza, render_stanza, required
from vostok.errors import InvalidInputError

FORMAT: Final = "1.8"

_ORIGINAL: Final = re.compile(r".*\.orig(?:-[^/]+)?\.tar\.(?:gz|bz2|xz|lzma)(?:\.asc)?")
_DEBIAN: Final = re.compile(r".*\.(?:debian\.tar|diff)\.(?:gz|bz2|xz|lzma)")
_HEADING: Final = re.compile(
    r"(?P<source>\S+) \((?P<version>\S+)\) (?P<distribution>[^;]+); urgency=(?P<urgency>\w+)"
)
_TRAILER: Final = re.compile(r" -- (?P<maintainer>.*>)  (?P<date>.*)")
# Source: dpkg's Dpkg::Changelog::Entry::Debian, find_closes.
_CLOSES: Final = re.compile(r"closes:\s*(?:bug)?#?\s?\d+(?:,\s*(?:bug)?#?\s?\d+)*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadedFile:
    """A file of an upload, with its digests in hexadecimal digits."""

    name: str
    size: int
    md5: str
    sha1: str
    sha256: str


def uploaded_names(names: Sequence[str], *, with_original: bool) -> list[str]:
    """The files of a .dsc that an upload sends.

    dpkg-genchanges leaves out the upstream tarballs of an upload whose upstream version is that of
    the changelog's entry before (`-si`, its default), as that of a no-change source always is: the
    archive has them. Of a native source all is sent.

    Args:
        names: the files that the .dsc names.
        with_original: send them all the same (`-sa`), to an archive that lacks them.
    """
    if with_original or not any(_DEBIAN.fullmatch(name) for name in names):
        return list(names)
    return [name for name in names if not _ORIGINAL.fullmatch(name)]


def section_and_priority(control: bytes | None) -> tuple[str, str]:
    """Section and priority of the source in debian/control; `-` for what it does not say."""
    if control is None:
        return "-", "-"
    lines = control.decode(errors="replace").splitlines()
    kept = [line for line in lines if not line.startswith("#")]
    while kept and not kept[0].strip():
        kept.pop(0)
    end = next((place for place, line in enumerate(kept) if not line.strip()), len(kept))
    fields = parse_stanza("\n".join(kept[:end]) + "\n")
    return fields.get("Section", "-"), fields.get("Priority", "-")


def source_changes(
    dsc: bytes, entry: str, files: Sequence[UploadedFile], *, section: str, priority: str
) -> str:
    """The .changes of a source's upload.

    Args:
        dsc: the source's, without a signature or with one.
        entry: the newest of its changelog, one of `changelog.changelog_entry`.
        files: what is sent, the .dsc first.
        section: of the source in debian/control.
        priority: of the source in debian/control.

    Raises:
        InvalidInputError: the entry is not of this source and version.

    Source: Policy 5.5; dpkg-genchanges(1).
    """
    fields = described(dsc)
    lines = entry.rstrip("\n").split("\n")
    heading, trailer = _HEADING.fullmatch(lines[0]), _TRAILER.fullmatch(lines[-1])
    source, version = (required(fields, name, of="the .dsc") for name in ("Source", "Version"))
    if heading is None or trailer is None or heading["version"] != version:
        raise InvalidInputError(f"the changelog entry is not one of {source} {version}")
    text = "\n".join(lines[1:-1]).strip("\n").split("\n")
    said: dict[str, str] = {
        "Format": FORMAT,
        "Date": trailer["date"],
        "Source": source,
        "Architecture": "source",
        "Version": version,
        "Distribution": heading["distribution"],
        "Urgency": heading["urgency"],
        "Maintainer": required(fields, "Maintainer", of="the .dsc"),
        "Changed-By": trailer["maintainer"],
    }
    if closed := _closed("\n".join(text)):
        said["Closes"] = closed
    said["Changes"] = "\n ".join(["", lines[0], ".", *(line.rstrip() or "." for line in text)])
    said |= _file_fields(files, section=section, priority=priority)
    return render_stanza(said.items())


def _closed(text: str) -> str:
    """The bugs that an entry closes: `123 4567`."""
    found = {int(n) for match in _CLOSES.finditer(text) for n in re.findall(r"\d+", match[0])}
    return " ".join(map(str, sorted(found)))


def _file_fields(
    files: Sequence[UploadedFile], *, section: str, priority: str
) -> Mapping[str, str]:
    return {
        "Checksums-Sha1": "\n ".join(["", *(f"{f.sha1} {f.size} {f.name}" for f in files)]),
        "Checksums-Sha256": "\n ".join(["", *(f"{f.sha256} {f.size} {f.name}" for f in files)]),
        "Files": "\n ".join(
            ["", *(f"{f.md5} {f.size} {section} {priority} {f.name}" for f in files)]
        ),
    }
