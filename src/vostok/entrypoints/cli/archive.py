"""``vostok archive``: import, derive, estimate, list, show.

Comparing is in `comparing`, deleting in `deletion`.
"""

import base64
from pathlib import Path
from typing import Annotated

import typer

from vostok.domain.archive import Keep, Serve
from vostok.domain.derivation import DerivationMode, OnRemoval, Unbuilt
from vostok.entrypoints.cli.arguments import (
    Architectures,
    ArchiveName,
    IdempotencyKey,
    Selection,
    ToolchainName,
    Wait,
    keyring_content,
    selection_text,
)
from vostok.entrypoints.cli.comparing import add_compare
from vostok.entrypoints.cli.estimates import Builders, show_derivation
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.messages import (
    Archive,
    DerivationEstimateRequest,
    Parent,
    Snapshot,
    Suite,
)
from vostok.entrypoints.cli.output import Column, Output, bytes_text, time_text
from vostok.entrypoints.cli.waiting import finished_job
from vostok.errors import ConflictError, InvalidInputError

Parents = Annotated[
    list[str],
    typer.Option(
        "--parent",
        metavar="A[/S][:RANK][:only=EXPR]",
        help="Archive, and suite if it has several, that it is derived from; may be given "
        "repeatedly. Rank 1 is the strongest and the default; «only» takes some of its sources.",
    ),
]
Mode = Annotated[
    DerivationMode,
    typer.Option(help="Whether all taken sources are to be rebuilt, or only what changes."),
]

app = typer.Typer(help="Import, derive, estimate, list, show, compare and delete archives.")


@command(
    app,
    "import",
    examples=[
        "vostok archive import debian --suite bookworm --component main --architecture amd64",
        "vostok archive import debian --suite bookworm --suite bookworm-updates \\",
        "    --suite bookworm-security --component main --architecture amd64",
        "vostok archive import acme --mirror http://deb.example.org/acme --keyring acme.gpg \\",
        "    --suite stable --component main --architecture amd64",
    ],
)
def import_archive(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Archive to import into.")],
    *,
    suite: Annotated[
        list[str],
        typer.Option(metavar="SUITE", help="Suite or codename; may be given repeatedly."),
    ],
    component: Annotated[
        list[str], typer.Option(metavar="C", help="Component; may be given repeatedly.")
    ],
    architecture: Annotated[
        list[str], typer.Option(metavar="A", help="Architecture; may be given repeatedly.")
    ],
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Mirror; by default the one of the last import, else that of the server's "
            "machine's apt.",
        ),
    ] = None,
    mirror_for: Annotated[
        list[str] | None,
        typer.Option(
            metavar="A=URL",
            help="Mirror of an architecture that lies elsewhere (ports); may be given repeatedly.",
        ),
    ] = None,
    keyring: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Keys that may sign; by default Debian's."),
    ] = None,
    signed_by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FINGERPRINT",
            help="Key of the keyring that must have signed; given repeatedly: one of them.",
        ),
    ] = None,
    allow_expired: Annotated[
        bool,
        typer.Option(
            "--allow-expired",
            help="Take a suite whose Valid-Until has passed; its snapshot says so.",
        ),
    ] = False,
    udebs: Annotated[
        bool, typer.Option("--udebs", help="Also import the packages of the installer.")
    ] = False,
    translations: Annotated[
        bool,
        typer.Option(help="Keep the English long descriptions that lie apart (Translation-en)."),
    ] = True,
    wait: Wait = True,
) -> None:
    """Import suites of somebody else's archive, or bring them up to date.

    The Release files' signatures and the hashes of all indices are checked; if anything is wrong
    the archive stays as it was. Only indices are read: packages come when they are needed.
    """
    content = keyring_content(keyring)
    with invocation.client() as client:
        job = client.import_archive(
            {
                "name": name,
                "mirror": mirror,
                "mirrors": _mirrors(mirror_for or []),
                "suites": suite,
                "components": component,
                "architectures": architecture,
                "keyring_base64": None if content is None else base64.b64encode(content).decode(),
                "signed_by": [word for words in signed_by or [] for word in words.split(",")],
                "allow_expired": allow_expired,
                "udebs": udebs,
                "translations": translations,
            }
        )
        if finished_job(invocation, client, job, wait=wait) and not invocation.output.is_json:
            _show(invocation.output, client.archive(name))


def _mirrors(texts: list[str]) -> dict[str, str]:
    """Architecture -> address of each `A=URL`."""
    mirrors = {}
    for text in texts:
        architecture, _, address = text.partition("=")
        if not architecture or not address:
            raise InvalidInputError(
                f"{text!r} is not ARCHITECTURE=URL",
                hint="for example --mirror-for alpha=http://ports.example.org/debian-ports",
            )
        mirrors[architecture] = address
    return mirrors


@command(
    app,
    "derive",
    examples=[
        "vostok archive derive trial --parent debian/bookworm --select hello,tree",
        "vostok archive derive trial --parent debian/bookworm --select @sources.txt \\",
        "    --toolchain gcc-11 --tag gcca",
    ],
)
def derive_archive(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the new archive.")],
    *,
    parent: Parents,
    select: Selection,
    architecture: Architectures = None,
    toolchain: ToolchainName = None,
    tag: Annotated[
        str | None,
        typer.Option(
            metavar="LETTERS",
            help="Letters in the versions of rebuilds; by default those of NAME.",
        ),
    ] = None,
    mode: Mode = DerivationMode.FULL,
    unbuilt: Annotated[
        Unbuilt, typer.Option(help="What a source that is not built here yet shows to clients.")
    ] = Unbuilt.PARENT,
    on_removal: Annotated[
        OnRemoval, typer.Option(help="What a sync does with sources that no parent has any more.")
    ] = OnRemoval.DROP,
    keep: Annotated[
        Keep, typer.Option(help="Which of its parents' files are fetched ahead of need.")
    ] = Keep.NEEDED,
    serve: Annotated[
        Serve, typer.Option(help="How clients get a file that is not here yet.")
    ] = Serve.FETCH,
    idempotency_key: IdempotencyKey = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be derived.")
    ] = False,
    wait: Wait = True,
) -> None:
    """Derive an archive from suites of other ones."""
    if dry_run:
        _show_plan(
            invocation,
            {
                "name": name,
                "parents": parent,
                "selection": selection_text(select),
                "architectures": architecture or None,
                "toolchain": toolchain,
                "tag": tag,
                "mode": mode,
                "unbuilt": unbuilt,
                "builders": None,
            },
        )
        return
    with invocation.client() as client:
        job = client.derive_archive(
            {
                "name": name,
                "parents": parent,
                "selection": selection_text(select),
                "architectures": architecture or None,
                "toolchain": toolchain,
                "tag": tag,
                "mode": mode,
                "unbuilt": unbuilt,
                "on_removal": on_removal,
                "keep": keep,
                "serve": serve,
            },
            idempotency_key,
        )
        if finished_job(invocation, client, job, wait=wait) and not invocation.output.is_json:
            _show(invocation.output, client.archive(name))


@command(
    app,
    "estimate",
    examples=[
        "vostok archive estimate --parent debian/bookworm --select all",
        "vostok archive estimate --parent debian/bookworm --select 'lib*' --builders 20",
    ],
)
def estimate_archive(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    *,
    parent: Parents,
    select: Selection,
    architecture: Architectures = None,
    toolchain: ToolchainName = None,
    mode: Mode = DerivationMode.FULL,
    builders: Builders = None,
) -> None:
    """Say what an archive would take of its parents, and what building it would take.

    In mode `light` nothing is built at first. Build times are from what builds took here; what was
    never built here is estimated by a model from the sizes of sources and build dependencies,
    which is often wrong by a factor of two. Nothing is stored.
    """
    _show_plan(
        invocation,
        {
            "name": None,
            "parents": parent,
            "selection": selection_text(select),
            "architectures": architecture or None,
            "toolchain": toolchain,
            "tag": None,
            "mode": mode,
            "unbuilt": Unbuilt.PARENT,
            "builders": builders,
        },
    )


@command(app, "list", examples=["vostok archive list", "vostok archive list --json"])
def list_archives(invocation: Invocation) -> None:
    """List the archives."""
    with invocation.client() as client:
        archives = client.archives()
    if invocation.output.is_json:
        invocation.output.document({"archives": archives})
        return
    columns = [
        Column(title="NAME"),
        Column(title="KIND"),
        Column(title="STATE", kind="state"),
        Column(title="SUITES"),
        Column(title="PARENT"),
        Column(title="TOOLCHAIN"),
        Column(title="CREATED"),
    ]
    invocation.output.table(
        columns,
        [
            [
                archive["name"],
                archive["kind"],
                archive["state"],
                ", ".join(suite["name"] for suite in archive["suites"]),
                archive.get("parent") or "",
                _toolchain(archive),
                time_text(archive["created_at"]),
            ]
            for archive in archives
        ],
    )


@command(
    app,
    "show",
    examples=[
        "vostok archive show trial",
        "vostok archive show trial --stanza > /etc/apt/sources.list.d/trial.sources",
    ],
)
def show_archive(
    invocation: Invocation,
    name: ArchiveName,
    *,
    stanza: Annotated[
        bool, typer.Option("--stanza", help="Print only the stanza for apt.")
    ] = False,
) -> None:
    """Show an archive: where it comes from, what is in it, and the stanza for apt."""
    with invocation.client() as client:
        archive = client.archive(name)
    if stanza:
        _show_stanza(invocation.output, archive)
    elif invocation.output.is_json:
        invocation.output.document(archive)
    else:
        _show(invocation.output, archive)


def _show_plan(invocation: Invocation, request: DerivationEstimateRequest) -> None:
    with invocation.client() as client:
        plan = client.estimate_derivation(request)
    if invocation.output.is_json:
        invocation.output.document(plan)
    else:
        show_derivation(invocation.output, plan)


add_compare(app)


def _show_stanza(output: Output, archive: Archive) -> None:
    text = archive.get("stanza")
    if not text:
        raise ConflictError(
            f"archive {archive['name']} is not published here, so it has no stanza for apt"
        )
    if output.is_json:
        output.document({"stanza": text})
    else:
        output.text(text.rstrip("\n"))


def _toolchain(archive: Archive) -> str:
    toolchain = archive.get("toolchain")
    return "" if not toolchain else f"{toolchain['name']} revision {toolchain['revision']}"


def _parent_text(parent: Parent) -> str:
    only = f", only {parent['only']}" if parent["only"] else ""
    place = f"{parent['archive']}/{parent['suite']}"
    return f"{place} at {parent['number']}, rank {parent['rank']}{only}"


def _show(output: Output, archive: Archive) -> None:
    output.heading(f"{archive['name']} ({archive['kind']})")
    taken = archive.get("taken")
    output.fields(
        [
            ("state", archive["state"]),
            ("created", time_text(archive["created_at"])),
            *(("parent", _parent_text(parent)) for parent in archive.get("parents") or []),
            ("selection", archive.get("selection") or ""),
            ("taken", "" if taken is None else f"{taken} sources"),
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
            ("binNMUs", "" if archive.get("makes_binnmus", True) else "it makes none"),
            ("tag", archive.get("tag") or ""),
            ("toolchain", _toolchain(archive)),
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


def _show_suite(output: Output, suite: Suite) -> None:
    output.heading(f"\nsuite {suite['name']}")
    snapshot = suite["snapshot"]
    released = time_text(snapshot.get("release_date")) if snapshot else ""
    output.fields(
        [
            ("codename", suite["codename"]),
            ("components", ", ".join(suite["components"])),
            ("architectures", ", ".join(suite["architectures"])),
            ("packages", f"{suite['sources']} sources, {suite['binaries']} binaries"),
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


def _validity(snapshot: Snapshot | None) -> str:
    if snapshot is None or not snapshot.get("valid_until"):
        return ""
    text = time_text(snapshot["valid_until"])
    return f"{text}; taken though it had passed" if snapshot["is_expiry_overridden"] else text


def _number(number: int | None) -> str:
    return "" if number is None else str(number)
