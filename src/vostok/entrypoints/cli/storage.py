"""``vostok store``, and ``vostok archive set``: which files are kept, and what they take."""

from enum import StrEnum
from typing import Annotated, cast

import typer

from vostok.client.messages import (
    Amount,
    ChangedArchive,
    Collected,
    StorageRequest,
    StoreStats,
    Verified,
)
from vostok.client.problems import WorkFailedError
from vostok.domain.archive import Keep, RebuildPolicy, Serve
from vostok.domain.counting import counted
from vostok.domain.rebuild_version.schemes import VersionScheme
from vostok.entrypoints.cli import archive
from vostok.entrypoints.cli.arguments import ArchiveName, Wait
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, bytes_text
from vostok.entrypoints.cli.waiting import finished_job
from vostok.errors import InvalidInputError

app = typer.Typer(help="Count, verify and collect the stored files.")


class YesOrNo(StrEnum):
    """An answer."""

    YES = "yes"
    NO = "no"


@command(
    archive.app,
    "set",
    examples=[
        "vostok archive set trial --keep view",
        "vostok archive set trial --keep needed --serve redirect",
        "vostok archive set trial --binaries yes",
        "vostok archive set trial --policy never",
        "vostok archive set trial --scheme vendor --vendor acme --dry-run",
        "vostok archive set trial --scheme vendor --vendor acme",
        "vostok archive set tiny --binnmus no",
        "vostok archive set tiny --ubuntu-versions no",
    ],
)
def set_archive(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    name: ArchiveName,
    *,
    keep: Annotated[
        Keep | None,
        typer.Option(
            help="Files of its parents that are fetched ahead: none but what is needed, all that "
            "its builds see, or the sources too."
        ),
    ] = None,
    serve: Annotated[
        Serve | None,
        typer.Option(help="How clients get a file that is not here: from here or the parent."),
    ] = None,
    binaries: Annotated[
        YesOrNo | None,
        typer.Option(help="Whether uploads may hold binaries beside their source."),
    ] = None,
    policy: Annotated[
        RebuildPolicy | None,
        typer.Option(
            help="When its sources may be built again: never, when somebody asks, or also the "
            "updated ones after every sync. A failed build may always be retried."
        ),
    ] = None,
    scheme: Annotated[
        VersionScheme | None,
        typer.Option(
            help="How versions of its rebuilds are made. It is proved on all taken sources first; "
            "docs/explanation/versions.md tells what each makes."
        ),
    ] = None,
    vendor: Annotated[
        str, typer.Option(metavar="WORD", help="The word of the scheme vendor: 2 to 32 letters.")
    ] = "",
    binnmus: Annotated[
        YesOrNo | None,
        typer.Option(
            help="Of an imported archive: whether it makes binNMUs. Only over one that makes none "
            "the scheme binnmu is safe."
        ),
    ] = None,
    ubuntu_versions: Annotated[
        YesOrNo | None,
        typer.Option(
            help="Of an imported archive: whether it makes versions with buildN or ubuntuN. Only "
            "over one that makes none the scheme ubuntu goes on with those that are there."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would change.")
    ] = False,
    wait: Wait = True,
) -> None:
    """Change how an archive keeps and serves its parents' files, and when it is rebuilt.

    Also whether uploads may hold binaries, and how rebuilds are versioned. Of several settings all
    are changed, or none. A dry run proves and refuses the same, and changes nothing.
    """
    if vendor and scheme is None:
        raise InvalidInputError(
            f"the vendor's word {vendor} says nothing without a scheme",
            hint=f"--scheme vendor --vendor {vendor}",
        )
    if {keep, serve, binaries, policy, scheme, binnmus, ubuntu_versions} == {None}:
        raise InvalidInputError("nothing to change is given", hint="vostok archive set --help")
    request: StorageRequest = {
        "keep": keep, "serve": serve, "binaries": _said(binaries), "policy": policy,
        "scheme": scheme, "vendor": vendor,
        "binnmus": _said(binnmus), "ubuntu_versions": _said(ubuntu_versions),
        "dry_run": dry_run,
    }  # fmt: skip
    with invocation.client() as client:
        changed = client.change_archive(name, request)
        if dry_run:
            _show_plan(invocation.output, name, changed)
            return
        job = changed["job"]
        if job is not None:
            finished_job(invocation, client, job, wait=wait)
        elif invocation.output.is_json:
            invocation.output.document(changed)
        invocation.output.note(
            f"archive {name}: keep {changed['archive'].get('keep')}, "
            f"serve {changed['archive'].get('serve')}, "
            f"binaries {'yes' if changed['archive'].get('accepts_binaries') else 'no'}, "
            f"policy {changed['archive'].get('policy') or 'none'}"
        )
        if made := changed["archive"].get("scheme"):
            invocation.output.note(f"its rebuilds are versioned by the scheme {made}")
        _warn(invocation.output, changed)


def _show_plan(output: Output, name: str, planned: ChangedArchive) -> None:
    """What a dry run says."""
    if output.is_json:
        output.document(planned)
        return
    for difference in planned.get("differences") or ["nothing"]:
        output.text(f"{name} would change: {difference}")
    if ahead := planned.get("ahead"):
        files = counted(ahead["files"], "file")
        size = bytes_text(ahead["bytes"])
        output.text(f"a job would fetch what is not here yet of {files}, {size}")
    _warn(output, planned)


def _warn(output: Output, changed: ChangedArchive) -> None:
    for warning in [
        *(changed["archive"].get("warnings") or []),
        *(changed.get("notes") or []),
    ]:
        output.note(f"warning: {warning}")


def _said(choice: YesOrNo | None) -> bool | None:
    return None if choice is None else choice is YesOrNo.YES


@command(app, "stats", examples=["vostok store stats"])
def store_stats(invocation: Invocation) -> None:
    """Count the stored files: what they are there for, and whose they are.

    Every file is counted once under «use». An archive's own are those that only it names; the
    others it shares, and they would stay if it were deleted.
    """
    with invocation.client() as client:
        job = finished_job(invocation, client, client.store_stats(), wait=True)
    if job is not None and not invocation.output.is_json:
        _print_stats(invocation.output, cast("StoreStats", job.get("result")))


@command(app, "verify", examples=["vostok store verify", "vostok store verify --percent 5"])
def verify_store(
    invocation: Invocation,
    *,
    percent: Annotated[
        float, typer.Option(min=0.001, max=100, help="Share of the files that is read.")
    ] = 100.0,
    wait: Wait = True,
) -> None:
    """Read the stored files again and compare them with their hashes.

    A corrupt file is set aside: one that a mirror has is fetched again when it is needed. Files
    made here that are named and not there are reported. Exit code 8 if anything is wrong.
    """
    with invocation.client() as client:
        job = finished_job(invocation, client, client.verify_store(percent=percent), wait=wait)
    if job is None:
        return
    found = cast("Verified", job.get("result"))
    if not invocation.output.is_json:
        invocation.output.text(found["message"])
        for kind, names in (("corrupt", found["corrupt"]), ("missing", found["missing"])):
            for sha256 in names:
                invocation.output.text(f"{kind} {sha256}")
    if found["corrupt_files"] or found["missing_files"]:
        raise WorkFailedError(
            f"{counted(found['corrupt_files'], 'file is', 'files are')} corrupt, "
            f"{counted(found['missing_files'], 'is', 'are')} missing",
            hint="restore what was made here from a backup; mirrors' files come again",
        )


@command(app, "collect", examples=["vostok store collect --dry-run", "vostok store collect"])
def collect_store(
    invocation: Invocation,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    wait: Wait = True,
) -> None:
    """Remove old publications and tombstones, and files that nobody names.

    Also logs and keys that nobody names.

    What is younger than the setting `collect_grace_seconds` stays, as it may be named soon.
    Publications stay as the settings `publications_kept` and `publication_seconds` say, and while
    somebody keeps them.
    """
    with invocation.client() as client:
        job = finished_job(invocation, client, client.collect_store(dry_run=dry_run), wait=wait)
    if job is not None and not invocation.output.is_json:
        _print_collected(invocation.output, cast("Collected", job.get("result")))


def _print_stats(output: Output, stats: StoreStats) -> None:
    numbers = [Column(title="FILES", kind="number"), Column(title="SIZE", kind="number")]
    output.table(
        [Column(title="USE"), *numbers],
        [
            *([use, *_cells(amount)] for use, amount in stats["uses"].items()),
            ["logs", *_cells(stats["logs"])],
            ["unfinished", *_cells(stats["unfinished"])],
            ["set aside", *_cells(stats["aside"])],
        ],
    )
    output.text("")
    output.table(
        [
            Column(title="ARCHIVE"),
            *numbers,
            Column(title="SHARED", kind="number"),
            Column(title="SIZE", kind="number"),
            Column(title="LOGS", kind="number"),
        ],
        [
            [
                use["name"],
                *_cells(use["exclusive"]),
                *_cells(use["shared"]),
                bytes_text(use["logs"]["bytes"]),
            ]
            for use in stats["archives"]
        ],
    )
    for sentence in stats["lost"]:
        output.text(f"lost: {sentence}")


def _print_collected(output: Output, collected: Collected) -> None:
    output.text(collected["message"])
    output.fields(
        [
            ("publications", str(collected["publications"])),
            ("kept", "; ".join(collected.get("kept") or [])),
            ("views", str(collected["views"])),
            ("indices", _words(collected["indices"])),
            ("orphans", _words(collected["orphans"])),
            ("unfinished", _words(collected["unfinished"])),
            ("set aside", _words(collected["aside"])),
            ("logs", _words(collected["logs"])),
            ("keys", str(collected["keys"])),
            ("tombstones", ", ".join(collected["tombstones"]) or "0"),
        ]
    )


def _cells(amount: Amount) -> list[str]:
    return [str(amount["files"]), bytes_text(amount["bytes"])]


def _words(amount: Amount) -> str:
    return f"{amount['files']}, {bytes_text(amount['bytes'])}"
