"""What may follow a version, written from the manuals, not from the code.

Sources: Debian Policy 5.6.12; Developer's Reference 5.11.2 (NMUs), 5.5.1 (stable updates) and
5.10.2.1 (binNMUs); Ubuntu's Packaging Guide on version strings; the backports' `~bpoN+M`.
"""

import re
from collections.abc import Collection, Iterator

import apt_pkg

apt_pkg.init_system()


def is_lower(one: str, other: str) -> bool:
    """Whether apt, and so every client, sees the other as an upgrade."""
    return apt_pkg.version_compare(one, other) < 0


def later_versions(
    source: str, binnmu: int = 0, *, makes_binnmus: bool = True, forms: Collection[str] = ()
) -> dict[str, str]:
    """Version -> who makes it, of all that somebody else may upload next over a source's version.

    Args:
        source: the version that is there.
        binnmu: the highest number of a binNMU that is there of it.
        makes_binnmus: whether there may be another.
        forms: what vendors write before a number: `ubuntu`, `kali`, `+rpt`. With `ubuntu` also
            all other forms of Ubuntu.
    """
    found = [*_maintainers(source), *_stable(source), *_final(source)]
    if makes_binnmus:
        found.append((f"{source}+b{binnmu + 1}", "the parent's next binNMU"))
        found.append((f"{source}+b{binnmu + 10}", "a later binNMU"))
    for form in forms:
        if form == "ubuntu":
            found += _ubuntus(source)
        else:
            found.append((_numbered(source, form), f"the vendor {form}"))
    return {version: who for version, who in found if is_lower(source, version)}


def _maintainers(source: str) -> Iterator[tuple[str, str]]:
    upstream, hyphen, revision = source.rpartition("-")
    if not hyphen:
        yield _numbered(source, "+nmu"), "an NMU of a native package"
        if source[-1].isdigit():
            yield _next(source), "the next native version"
        return
    first = re.match("[0-9]+", revision)
    if first:
        yield f"{upstream}-{int(first[0]) + 1}", "the next revision"
    if re.fullmatch(r"[0-9]+\.[0-9]+", revision):
        yield _next(source), "the next NMU"
    elif re.search("[a-z][0-9]+$", revision):
        yield _next(source), "the next one of whoever made it"
    yield f"{source}.1", "an NMU"
    if upstream[-1].isdigit():
        yield f"{_next(upstream)}-1", "the next upstream version"


def _stable(source: str) -> Iterator[tuple[str, str]]:
    there = re.search(r"([+~])deb([0-9]+)u([0-9]+)$", source)
    if there is None:
        for release in (12, 13):
            yield f"{source}+deb{release}u1", "a stable update"
        return
    before = source[: there.start()]
    mark, release, number = there[1], int(there[2]), int(there[3])
    yield f"{before}{mark}deb{release}u{number + 1}", "the next stable update"
    yield f"{before}{mark}deb{release + 1}u1", "the same for the next release"
    yield f"{source}+deb{release + 1}u1", "an update of the next release over it"


def _final(source: str) -> Iterator[tuple[str, str]]:
    before, _, rest = source.rpartition("~")
    if not before:
        return
    if "-" not in rest:  # in the revision, or the package is native
        yield before + ("0" if before.endswith("-") else ""), "the version that it comes before"
    else:
        yield f"{before}-1", "the upstream version that it comes before"


def _ubuntus(source: str) -> Iterator[tuple[str, str]]:
    there = re.search(r"ubuntu[0-9.]+$", source)
    if there:
        yield _next(source), "Ubuntu's next change"
        yield f"{source}.1", "an update of a stable Ubuntu"
        yield f"{source}.24.04.1", "a security update of Ubuntu"
        return
    plain = re.sub(r"build[0-9.]+$", "", source)
    yield _numbered(source, "build") if plain == source else _next(source), "Ubuntu's rebuild"
    for tail in ("ubuntu0.1", "ubuntu0.22.04.1", "ubuntu0.24.04.2", "ubuntu1", "ubuntu1.1"):
        yield plain + tail, "Ubuntu"


def _numbered(version: str, form: str) -> str:
    """`1.2-3kali1` of `1.2-3`, `1.2-3kali3` of `1.2-3kali2`."""
    there = re.search(rf"(?<=[0-9]){re.escape(form)}[0-9]+$", version)
    return _next(version) if there else f"{version}{form}1"


def _next(version: str) -> str:
    """The version with the number at its end one higher."""
    stem = version.rstrip("0123456789")
    return f"{stem}{int(version[len(stem) :]) + 1}"
