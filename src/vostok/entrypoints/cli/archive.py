"""``vostok archive``: import, derive, estimate, list, show.

Comparing is in `comparing`, deleting in `deletion`.
"""

import base64
from pathlib import Path
from typing import Annotated, cast

import typer

from vostok.client.messages import (
    DerivationEstimateRequest,
)
from vostok.client.messages.archives import ImportRequest
from vostok.domain.archive import ArchiveKind, ArchiveState, Keep, Serve
from vostok.domain.derivation import DerivationMode, OnRemoval, Unbuilt
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.cli.archive_showing import (
    show_archive_document,
    show_stanza,
    toolchain_text,
)
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
from vostok.entrypoints.cli.effects import DryRun, show_import_plan
from vostok.entrypoints.cli.estimates import Builders, show_derivation
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, time_text
from vostok.entrypoints.cli.waiting import computing, finished_job
from vostok.errors import InvalidInputError

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
        "    --suite stable --component main --architecture amd64 --no-binnmus",
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
        typer.Option(
            metavar="FILE",
            help="Keys that may sign; by default those of the last import, at first Debian's.",
        ),
    ] = None,
    signed_by: Annotated[
        list[str] | None,
        typer.Option(
            metavar="FINGERPRINT",
            help="Key of the keyring that must have signed; given repeatedly: one of them. By "
            "default those of the last import, unless --keyring is given.",
        ),
    ] = None,
    allow_expired: Annotated[
        bool,
        typer.Option(
            "--allow-expired",
            help="Take a suite whose Valid-Until has passed; its snapshot says so.",
        ),
    ] = False,
    allow_older: Annotated[
        bool,
        typer.Option(
            "--allow-older",
            help="Take a suite whose InRelease is older than that of the last import; the audit "
            "log says so.",
        ),
    ] = False,
    udebs: Annotated[
        bool, typer.Option("--udebs", help="Also import the packages of the installer.")
    ] = False,
    translations: Annotated[
        bool,
        typer.Option(help="Keep the English long descriptions that lie apart (Translation-en)."),
    ] = True,
    binnmus: Annotated[
        bool | None,
        typer.Option(
            "--binnmus/--no-binnmus",
            help="Declare whether it makes binNMUs; by default as before, at first that it does.",
        ),
    ] = None,
    dry_run: DryRun = False,
    wait: Wait = True,
) -> None:
    """Import suites of somebody else's archive, or bring them up to date.

    The Release files' signatures and the hashes of all indices are checked; if anything is wrong
    the archive stays as it was. Only indices are read: packages come when they are needed.
    """
    content = keyring_content(keyring)
    with invocation.client() as client:
        request: ImportRequest = {
            "name": name,
            "mirror": mirror,
            "mirrors": _mirrors(mirror_for or []),
            "suites": suite,
            "components": component,
            "architectures": architecture,
            "keyring_base64": None if content is None else base64.b64encode(content).decode(),
            "signed_by": [word for words in signed_by or [] for word in words.split(",")],
            "allow_expired": allow_expired,
            "allow_older": allow_older,
            "udebs": udebs,
            "translations": translations,
            "binnmus": binnmus,
        }
        if dry_run:
            show_import_plan(invocation.output, client.plan_import(request))
            return
        job = client.import_archive(request)
        if finished_job(invocation, client, job, wait=wait) and not invocation.output.is_json:
            show_archive_document(invocation.output, client.archive(name))


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
        "vostok archive derive acme --parent debian/bookworm --select all \\",
        "    --scheme vendor --vendor acme",
        "vostok archive derive secret --parent debian/bookworm --select hello --private",
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
    scheme: Annotated[
        VersionScheme,
        typer.Option(
            help="How versions of its rebuilds are made. It is proved on all taken sources; "
            "docs/explanation/versions.md tells what each makes."
        ),
    ] = VersionScheme.SAFE,
    vendor: Annotated[
        str, typer.Option(metavar="WORD", help="The word of the scheme vendor: 2 to 32 letters.")
    ] = "",
    private: Annotated[
        bool,
        typer.Option(
            "--private",
            help="Show it only to those who have a right on it; what has a private parent is "
            "private anyway.",
        ),
    ] = False,
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
                "scheme": scheme,
                "vendor": vendor,
                "is_private": private,
                "builders": None,
            },
        )
        return
    with invocation.client() as client:
        job = client.given(idempotency_key=idempotency_key).derive_archive(
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
                "scheme": scheme,
                "vendor": vendor,
                "is_private": private,
            }
        )
        done = finished_job(invocation, client, job, wait=wait)
        if done and not invocation.output.is_json:
            show_archive_document(invocation.output, client.archive(name))
            for warning in cast("list[str]", (done.get("result") or {}).get("notes") or []):
                invocation.output.note(f"warning: {warning}")


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
            "scheme": VersionScheme.SAFE,
            "vendor": "",
            "builders": builders,
        },
    )


@command(
    app,
    "list",
    examples=["vostok archive list", "vostok archive list --kind derived --by meg --json"],
)
def list_archives(  # one argument for each option
    invocation: Invocation,
    text: Annotated[str, typer.Option("--search", help="Those whose names hold it.")] = "",
    kind: Annotated[
        list[ArchiveKind] | None,
        typer.Option(help="Images of others' archives, or derived ones; repeatable."),
    ] = None,
    state: Annotated[
        list[ArchiveState] | None, typer.Option(help="Those in this state; repeatable.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(metavar="PERSON", help="Those that this person asked for.")
    ] = None,
) -> None:
    """List the archives, or some of them."""
    with invocation.client() as client:
        archives = list(client.archives(text=text, kinds=kind or [], states=state or [], by=by))
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
                archive["kind"] + (", private" if archive.get("is_private") else ""),
                archive["state"],
                ", ".join(suite["name"] for suite in archive["suites"]),
                archive.get("parent") or "",
                toolchain_text(archive),
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
        show_stanza(invocation.output, archive)
    elif invocation.output.is_json:
        invocation.output.document(archive)
    else:
        show_archive_document(invocation.output, archive)


def _show_plan(invocation: Invocation, request: DerivationEstimateRequest) -> None:
    parents = ", ".join(request["parents"])
    what = f"working out what is taken of {parents}, and what building it takes"
    with invocation.client() as client, computing(invocation.output, what):
        plan = client.estimate_derivation(request)
    if invocation.output.is_json:
        invocation.output.document(plan)
    else:
        show_derivation(invocation.output, plan)


add_compare(app)
