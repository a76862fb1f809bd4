"""Release files, the indices that they name, and the paragraph by which apt finds both.

Source: <https://wiki.debian.org/DebianRepository/Format>.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from vostok.debian.architecture import check_architecture
from vostok.debian.checksums import SHA256_DIGITS, check_digest, parse_file_list
from vostok.debian.date import parse_date, render_release_date
from vostok.debian.excerpt import excerpt
from vostok.debian.packages import check_component, check_path
from vostok.debian.stanza import indented, list_words, parse_stanza, render_stanza, required
from vostok.errors import InvalidInputError, NotFoundError

RELEASE_CHARACTERS_MAX: Final = 16 * 1024 * 1024
WORDS_MAX: Final = 1000
"""Components, or architectures, of one Release file."""

VARIANTS: Final = (".xz", ".gz", "")
"""Compressions of an index that are read, the best first."""

TRANSLATION_VARIANTS: Final = (".xz", ".bz2", ".gz", "")
"""Those in which translations come; they are kept as they are and not read."""

_OF: Final = "the Release file"
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+")
_SUITE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~/-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexEntry:
    """One file that a Release file names.

    Attributes:
        path: from the directory of the Release file: `main/binary-amd64/Packages.xz`.
        size: in bytes.
        sha256: 64 lower-case hexadecimal digits.
    """

    path: str
    size: int
    sha256: str

    @property
    def by_hash_path(self) -> str:
        """Where the same bytes lie by their digest (Acquire-By-Hash)."""
        directory, slash, _ = self.path.rpartition("/")
        return f"{directory}{slash}by-hash/SHA256/{self.sha256}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a Release or InRelease file says. Texts it does not have are empty.

    Attributes:
        valid_until: after which apt refuses it; None: for ever.
        no_support_for_all: indices whose files of other architectures list the packages of
            architecture `all` too (field No-Support-for-Architecture-all).
        snapshots: template of addresses of old states, or empty (field Snapshots).
        files: by path; of the section SHA256 only.
    """

    origin: str
    label: str
    suite: str
    codename: str
    version: str
    description: str
    date: datetime
    valid_until: datetime | None
    components: tuple[str, ...]
    architectures: tuple[str, ...]
    acquire_by_hash: bool
    no_support_for_all: frozenset[str]
    snapshots: str
    files: Mapping[str, IndexEntry]


def parse_release(text: str) -> Release:
    """The Release file that a text is. Signatures must have been verified and taken off before.

    Raises:
        InvalidInputError: it is none, has no date or no SHA-256 section, or names an unsafe path.
    """
    if len(text) > RELEASE_CHARACTERS_MAX:
        raise InvalidInputError(
            f"a Release file of {len(text)} characters is over the bound of "
            f"{RELEASE_CHARACTERS_MAX}"
        )
    stanza = parse_stanza(text)
    value = required(stanza, "SHA256", of=_OF)
    listed = parse_file_list(value, digest_digits=SHA256_DIGITS, of="SHA256")
    entries = (
        IndexEntry(path=check_path(file.name), size=file.size, sha256=file.digest)
        for file in listed
    )
    valid_until = stanza.get("Valid-Until", "")
    return Release(
        origin=stanza.get("Origin", ""),
        label=stanza.get("Label", ""),
        suite=stanza.get("Suite", ""),
        codename=stanza.get("Codename", ""),
        version=stanza.get("Version", ""),
        description=stanza.get("Description", ""),
        date=parse_date(required(stanza, "Date", of=_OF)),
        valid_until=parse_date(valid_until) if valid_until else None,
        components=tuple(
            map(check_component, list_words(stanza, "Components", words_max=WORDS_MAX, of=_OF))
        ),
        architectures=tuple(
            map(
                check_architecture,
                list_words(stanza, "Architectures", words_max=WORDS_MAX, of=_OF),
            )
        ),
        acquire_by_hash=stanza.get("Acquire-By-Hash", "").lower() == "yes",
        no_support_for_all=frozenset(
            list_words(stanza, "No-Support-for-Architecture-all", words_max=WORDS_MAX, of=_OF)
        ),
        snapshots=stanza.get("Snapshots", ""),
        files={entry.path: entry for entry in entries},
    )


def render_release(  # noqa: PLR0913 - one argument for each field
    *,
    origin: str,
    label: str,
    suite: str,
    codename: str,
    date: datetime,
    valid_until: datetime | None,
    architectures: Sequence[str],
    components: Sequence[str],
    description: str,
    snapshots: str | None,
    files: Iterable[IndexEntry],
) -> str:
    """The text of a Release file, unsigned, with Acquire-By-Hash.

    The same arguments give the same bytes: files stand in the order of their paths.

    Raises:
        InvalidInputError: a value would spill into another field, a date has no time zone, a path
            comes twice.
    """
    fields = [("Origin", origin), ("Label", label), ("Suite", suite), ("Codename", codename)]
    fields.append(("Date", render_release_date(date)))
    if valid_until is not None:
        fields.append(("Valid-Until", render_release_date(valid_until)))
    fields += [
        ("Acquire-By-Hash", "yes"),
        ("Architectures", " ".join(map(check_architecture, architectures))),
        ("Components", " ".join(map(check_component, components))),
        ("Description", description),
    ]
    if snapshots is not None:
        fields.append(("Snapshots", snapshots))
    for name, value in fields:
        if "\n" in value:
            raise InvalidInputError(f"field {name} of a Release file has several lines")
    fields.append(("SHA256", _rendered_files(files)))
    return render_stanza([(name, value) for name, value in fields if value or name == "SHA256"])


def index_path(
    component: str, kind: Literal["Packages", "Sources"], architecture: str = ""
) -> str:
    """The path of an uncompressed index from the directory of the Release file.

    `main/binary-amd64/Packages`, `main/source/Sources`.

    Args:
        component: of the archive.
        kind: what the index lists.
        architecture: of a Packages index, which must have one; Sources have none.

    Raises:
        InvalidInputError: a name is malformed, or Packages are asked without architecture.
    """
    check_component(component)
    if kind == "Sources":
        return f"{component}/source/Sources"
    return f"{component}/binary-{check_architecture(architecture)}/Packages"


def translation_path(component: str, language: str) -> str:
    """The path of the plain index of long descriptions: `main/i18n/Translation-en`.

    Raises:
        InvalidInputError: a name is malformed.
    """
    return check_path(f"{check_component(component)}/i18n/Translation-{language}")


def index_variants(release: Release, path: str) -> tuple[IndexEntry, ...]:
    """The forms of an index that the Release file names, the best first; none: it has no such.

    Args:
        release: what the archive offers.
        path: of the uncompressed index.
    """
    suffixes = TRANSLATION_VARIANTS if "/i18n/" in path else VARIANTS
    entries = (release.files.get(path + suffix) for suffix in suffixes)
    return tuple(entry for entry in entries if entry is not None)


def best_variant(release: Release, path: str) -> IndexEntry:
    """The best form of an index that the Release file names.

    Args:
        release: what the archive offers.
        path: of the uncompressed index.

    Raises:
        NotFoundError: none is named; the hint lists the components and architectures there are.
    """
    for entry in index_variants(release, path):
        return entry
    name = release.codename or release.suite or "this suite"
    raise NotFoundError(
        f"{excerpt(path)} is not in the Release file of {name}",
        hint=(
            f"components: {' '.join(release.components) or 'none named'}; "
            f"architectures: {' '.join(release.architectures) or 'none named'}"
        ),
    )


def deb822_source(  # noqa: PLR0913 - one argument for each field
    *,
    uri: str,
    suite: str,
    components: Sequence[str],
    armoured_key: str,
    types: Sequence[str] = ("deb",),
    architectures: Sequence[str] = (),
) -> str:
    """A paragraph for a .sources file of apt, its key inside.

    Args:
        uri: of the archive's root; no white space.
        suite: directory under `dists`.
        components: at least one.
        armoured_key: OpenPGP certificate in ASCII armour.
        types: of `deb` and `deb-src`.
        architectures: empty: those of the machine that reads it.

    Raises:
        InvalidInputError: a value is empty or would be read as something else.

    Source: sources.list(5), «DEB822-STYLE FORMAT».
    """
    if not _URI.fullmatch(uri):
        raise InvalidInputError(f"{excerpt(uri)} is not a URI")
    if not _SUITE.fullmatch(suite) or not components:
        raise InvalidInputError(f"{excerpt(suite)} is not a suite, or there are no components")
    if not types or not set(types) <= {"deb", "deb-src"}:
        raise InvalidInputError(f"types {excerpt(' '.join(types))} are not of deb and deb-src")
    if not armoured_key.strip().startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----"):
        raise InvalidInputError("the key is not a public key in ASCII armour")
    fields = [
        ("Types", " ".join(types)),
        ("URIs", uri),
        ("Suites", suite),
        ("Components", " ".join(map(check_component, components))),
    ]
    if architectures:
        fields.append(("Architectures", " ".join(map(check_architecture, architectures))))
    fields.append(("Signed-By", indented(armoured_key.strip())))
    return render_stanza(fields)


def _rendered_files(files: Iterable[IndexEntry]) -> str:
    entries = sorted(files, key=lambda entry: entry.path)
    lines: dict[str, str] = {}
    for entry in entries:
        if entry.path in lines or entry.size < 0:
            raise InvalidInputError(
                f"{excerpt(entry.path)} comes twice in a Release file, or its size is negative"
            )
        digest = check_digest(entry.sha256, digits=SHA256_DIGITS, of="SHA256")
        lines[entry.path] = f"\n {digest} {entry.size:16} {check_path(entry.path)}"
    return "".join(lines.values())
