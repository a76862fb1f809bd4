"""What is shown of an archive: its settings, its suites, and the stanza for apt."""

from vostok.client.messages import Archive, Parent, Snapshot, Suite
from vostok.domain.counting import counted
from vostok.entrypoints.cli.output import Output, bytes_text, time_text
from vostok.errors import ConflictError


def show_stanza(output: Output, archive: Archive) -> None:
    """Only the stanza for apt."""
    text = archive.get("stanza")
    if not text:
        raise ConflictError(
            f"archive {archive['name']} is not published here, so it has no stanza for apt"
        )
    if output.is_json:
        output.document({"stanza": text})
    else:
        output.text(text.rstrip("\n"))


def toolchain_text(archive: Archive) -> str:
    """The toolchain of an archive, "" if it has none of its own."""
    toolchain = archive.get("toolchain")
    return "" if not toolchain else f"{toolchain['name']} revision {toolchain['revision']}"


def _parent_text(parent: Parent) -> str:
    only = f", only {parent['only']}" if parent["only"] else ""
    place = f"{parent['archive']}/{parent['suite']}"
    return f"{place} at {parent['number']}, rank {parent['rank']}{only}"


def show_archive_document(output: Output, archive: Archive) -> None:
    """All that there is to say of an archive."""
    output.heading(f"{archive['name']} ({archive['kind']})")
    taken = archive.get("taken")
    output.fields(
        [
            ("state", archive["state"]),
            ("created", time_text(archive["created_at"])),
            ("seen by", "who has a right on it" if archive.get("is_private") else "everybody"),
            *(("parent", _parent_text(parent)) for parent in archive.get("parents") or []),
            ("selection", archive.get("selection") or ""),
            ("taken", "" if taken is None else f"{taken} source{'' if taken == 1 else 's'}"),
            ("mode", archive.get("mode") or ""),
            ("unbuilt", archive.get("unbuilt") or ""),
            ("on removal", archive.get("on_removal") or ""),
            ("keep", archive.get("keep") or ""),
            ("serve", archive.get("serve") or ""),
            *(("warning", warning) for warning in archive.get("warnings") or []),
            *(("lost", sentence) for sentence in archive.get("lost") or []),
            ("dependencies", archive.get("dependencies") or ""),
            ("policy", archive.get("policy") or ""),
            ("versions", f"{archive.get('scheme') or ''} {archive.get('vendor') or ''}".strip()),
            ("trusts", _trust_text(archive)),
            ("binNMUs", _made(archive.get("makes_binnmus"))),
            ("ubuntuN", _made(archive.get("makes_ubuntu_versions"))),
            ("uploads", _uploads(archive)),
            ("tag", archive.get("tag") or ""),
            ("toolchain", toolchain_text(archive)),
            ("key", archive.get("key_fingerprint") or ""),
            ("campaigns", _number(archive.get("campaigns"))),
            ("publications", _number(archive.get("publications"))),
            ("on disk", bytes_text(archive.get("disk_bytes"))),
        ]
    )
    for suite in archive["suites"]:
        _show_suite(output, suite)
    if stanza := archive.get("stanza"):
        output.note(f"\nfor apt, as /etc/apt/sources.list.d/{archive['name']}.sources:\n")
        output.text(stanza.rstrip("\n"))


def _made(makes: bool | None) -> str:  # noqa: FBT001 - what the API says
    return "" if makes is None else "it may make them" if makes else "it makes none"


def _uploads(archive: Archive) -> str:
    if archive["kind"] != "derived":
        return ""
    return "may hold binaries" if archive.get("accepts_binaries") else "sources only"


def _trust_text(archive: Archive) -> str:
    trust = archive.get("trust")
    if trust is None:
        return ""
    digest = trust["keyring_sha256"]
    keys = "Debian's keys" if digest is None else f"the keyring with SHA-256 {digest}"
    return ", signed by ".join(filter(None, [keys, " or ".join(trust["fingerprints"])]))


def _show_suite(output: Output, suite: Suite) -> None:
    output.heading(f"\nsuite {suite['name']}")
    snapshot = suite["snapshot"]
    released = time_text(snapshot.get("release_date")) if snapshot else ""
    output.fields(
        [
            ("codename", suite["codename"]),
            ("components", ", ".join(suite["components"])),
            ("architectures", ", ".join(suite["architectures"])),
            ("packages", _packages_text(suite)),
            ("installer", f"{suite['udebs']} packages" if suite.get("udebs") else ""),
            (
                "snapshot",
                f"number {snapshot['number']} of {time_text(snapshot['at'])}" if snapshot else "",
            ),
            ("released", released),
            ("valid until", _validity(snapshot)),
            ("signed by", snapshot.get("signed_by", "") if snapshot else ""),
            ("mirror", suite["mirror"] or ""),
            *((f"mirror of {a}", url) for a, url in suite.get("mirrors", {}).items()),
        ]
    )


def _packages_text(suite: Suite) -> str:
    sources = counted(suite["sources"], "source")
    if suite["binaries"] is None:
        return f"{sources} selected; nothing is published yet"
    return f"{sources}, {counted(suite['binaries'], 'binary', 'binaries')}"


def _validity(snapshot: Snapshot | None) -> str:
    if snapshot is None or not snapshot.get("valid_until"):
        return ""
    text = time_text(snapshot["valid_until"])
    return f"{text}; taken though it had passed" if snapshot["is_expiry_overridden"] else text


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
