"""``vostok right``: who may do what."""

from enum import StrEnum
from typing import Annotated, Final

import typer

from vostok.client.messages.rights import Grant, GrantRequest, HeldRight, Permission
from vostok.domain.rights import HolderKind
from vostok.entrypoints.cli.arguments import Search
from vostok.entrypoints.cli.effects import DryRun, show_effects
from vostok.entrypoints.cli.invocation import Invocation, command
from vostok.entrypoints.cli.output import Column, Output, time_text
from vostok.errors import InvalidInputError

right_app = typer.Typer(help="Rights of persons and teams, on archives and on the installation.")


class RightName(StrEnum):
    """What can be granted."""

    VIEW = "view"
    DERIVE = "derive"
    UPLOAD = "upload"
    REBUILD = "rebuild"
    RETRY = "retry"
    MERGE = "merge"
    ADMINISTER = "administer"
    CREATE = "create"
    BUILDERS = "builders"
    PEOPLE = "people"


OF_INSTALLATION: Final = frozenset({RightName.CREATE, RightName.BUILDERS, RightName.PEOPLE})


class YesOrNo(StrEnum):
    """An answer."""

    YES = "yes"
    NO = "no"


OnArchive = Annotated[
    str | None,
    typer.Option(metavar="ARCHIVE", help="On which archive; without: on all of them."),
]


@command(right_app, "list", examples=["vostok right list trial", "vostok right list"])
def list_rights(
    invocation: Invocation,
    archive: Annotated[
        str | None,
        typer.Argument(metavar="ARCHIVE", help="Which archive; without: what is on all."),
    ] = None,
    *,
    search: Search = "",
    kind: Annotated[
        list[HolderKind] | None, typer.Option(help="Only of this kind; repeatable.")
    ] = None,
) -> None:
    """Show who may do what in an archive, or what is granted on all archives, or some of it."""
    if archive is not None and (search or kind):
        raise InvalidInputError(
            f"--search and --kind are for what is granted on all archives, not for {archive}",
            hint=f"see who may do what there: vostok right who {archive}",
        )
    with invocation.client() as client:
        of_archive = None if archive is None else client.archive_rights(archive)
        grants = (
            list(client.general_rights(text=search, kinds=kind or []))
            if of_archive is None
            else []
        )
    if invocation.output.is_json:
        invocation.output.document(of_archive or {"grants": grants})
        return
    if of_archive is not None:
        seen_by = "those who have a right on it" if of_archive["is_private"] else "everybody"
        invocation.output.text(f"{archive} is seen by {seen_by}")
        grants = [*of_archive["grants"], *of_archive["everywhere"]]
    invocation.output.table(
        [
            Column(title=title)
            for title in ("GRANT", "RIGHT", "ON", "WHO", "ONLY", "GRANTED BY", "GRANTED")
        ],
        [
            [
                str(grant["number"]),
                grant["right"],
                grant["archive"] or ("-" if grant["right"] in OF_INSTALLATION else "all"),
                _holder(grant),
                _limit(grant),
                grant["granted_by"],
                time_text(grant["granted_at"]),
            ]
            for grant in grants
        ],
    )


@command(
    right_app,
    "grant",
    examples=[
        "vostok right grant rebuild --archive trial --person richard",
        "vostok right grant upload --archive trial --team kernel --source 'linux-*'",
        "vostok right grant rebuild --archive trial --person lou --select 'section = kernel'",
        "vostok right grant create --person meg",
    ],
)
def grant_right(  # noqa: PLR0913 - each parameter is an option
    invocation: Invocation,
    right: Annotated[RightName, typer.Argument(help="What they may do.")],
    *,
    archive: OnArchive = None,
    person: Annotated[str | None, typer.Option(metavar="PERSON", help="To whom.")] = None,
    team: Annotated[str | None, typer.Option(metavar="TEAM", help="To which team.")] = None,
    component: Annotated[
        str | None, typer.Option(metavar="COMPONENT", help="Only for sources of this component.")
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Only for such sources; repeatable."),
    ] = None,
    select: Annotated[
        str | None,
        typer.Option(
            "--select", metavar="EXPR", help="Only for the sources that a selection names."
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Grant a right. What is granted so already stays as it is.

    On an archive there are: view (a private one), derive (from it), upload, rebuild (ask for new
    builds), retry (retry and cancel builds, publish), merge (sync with the parents, and
    say what is held), and administer, which is all of these, and settings, what is selected,
    deletion and granting. Without --archive a right holds on all archives. Of the installation
    are create, which is to make archives and toolchains, builders, which is to add, pause and
    remove builders, and people, which is to manage teams, and persons who may do no more than
    oneself.
    These three, and what holds on all archives, only administrators grant.

    upload and rebuild can be narrowed by --component, --source and --select: all that are given
    must hold, and of several such grants each is enough.
    """
    request: GrantRequest = {
        "right": right.value,
        "person": person,
        "team": team,
        "component": component,
        "sources": source or [],
        "selection": select,
    }
    with invocation.client() as client:
        if dry_run:
            plan = client.plan_grant(archive, request)
            show_effects(invocation.output, plan, nothing="nobody would gain anything")
            return
        grant = (
            client.grant_general_right(request)
            if archive is None
            else client.grant_right(archive, request)
        )
    _tell(invocation.output, grant, "may")


@command(right_app, "revoke", examples=["vostok right revoke 12 --archive trial"])
def revoke_right(
    invocation: Invocation,
    grant: Annotated[int, typer.Argument(metavar="GRANT", min=1, help="Number of the grant.")],
    *,
    archive: OnArchive = None,
    dry_run: DryRun = False,
) -> None:
    """Let a grant hold no more."""
    with invocation.client() as client:
        if dry_run:
            plan = client.plan_revocation(archive, grant)
            show_effects(invocation.output, plan, nothing="nobody would lose anything")
            return
        found = (
            client.revoke_general_right(grant)
            if archive is None
            else client.revoke_right(archive, grant)
        )
    _tell(invocation.output, found, "may no longer")


@command(right_app, "set-private", examples=["vostok right set-private trial yes"])
def set_private(
    invocation: Invocation,
    archive: Annotated[str, typer.Argument(metavar="ARCHIVE", help="Name of the archive.")],
    is_private: Annotated[YesOrNo, typer.Argument(help="Whether it is private.")],
    *,
    dry_run: DryRun = False,
) -> None:
    """Show an archive only to those who have a right on it, or to everybody.

    To others a private archive does not exist, neither its index, its packages, logs and jobs.
    apt shows a token for it, from a file in /etc/apt/auth.conf.d.
    """
    with invocation.client() as client:
        if dry_run:
            plan = client.plan_visibility(archive, is_private=is_private is YesOrNo.YES)
            nothing = "it would be seen by whoever sees it now"
            show_effects(invocation.output, plan, nothing=nothing)
            return
        found = client.set_visibility(archive, is_private=is_private is YesOrNo.YES)
    if invocation.output.is_json:
        invocation.output.document(found)
    else:
        seen_by = "those who have a right on it" if found["is_private"] else "everybody"
        invocation.output.text(f"{archive} is seen by {seen_by}")


@command(right_app, "who", examples=["vostok right who trial", "vostok right who"])
def list_persons(
    invocation: Invocation,
    archive: Annotated[
        str | None,
        typer.Argument(metavar="ARCHIVE", help="Which archive; without: on the installation."),
    ] = None,
) -> None:
    """Show who may do what, person by person, and why: members of teams and roles too."""
    with invocation.client() as client:
        found = client.general_persons() if archive is None else client.archive_persons(archive)
        persons = list(found)
    if invocation.output.is_json:
        invocation.output.document({"persons": persons})
        return
    invocation.output.table(
        [Column(title=title) for title in ("WHO", "ROLE", "RIGHT", "ONLY", "WHY")],
        [
            [person["person"], person["role"], _held_words(held), *_why(held)]
            for person in persons
            for held in person["rights"]
            if held["grounds"]
        ],
    )


@command(right_app, "of", examples=["vostok right of lou --archive trial", "vostok right of lou"])
def show_permissions(
    invocation: Invocation,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Of whom.")],
    *,
    archive: Annotated[
        str | None,
        typer.Option(metavar="ARCHIVE", help="In which archive; without: on the installation."),
    ] = None,
) -> None:
    """Show what somebody may do, and why or why not. Everybody may ask of themselves."""
    with invocation.client() as client:
        found = (
            client.general_person(person)
            if archive is None
            else client.archive_person(archive, person)
        )
    if invocation.output.is_json:
        invocation.output.document(found)
        return
    where = "on the installation" if archive is None else f"in {archive}"
    shut_out = ", shut out" if found["is_shut_out"] else ""
    invocation.output.text(f"{person}, {found['role']}{shut_out}, {where}")
    invocation.output.table(
        [Column(title=title) for title in ("ACTION", "MAY", "ONLY", "WHY")],
        [
            [
                one["action"].replace("-", " "),
                "yes" if one["is_allowed"] else "no",
                *(_why(one) if one["is_allowed"] else ("", one["refusal"] or "")),
            ]
            for one in found["permissions"]
        ],
    )


def _holder(grant: Grant) -> str:
    return f"team {grant['team']}" if grant["person"] is None else str(grant["person"])


def _held_words(held: HeldRight) -> str:
    """The right, or what of it somebody may."""
    return held["right"] if held["is_whole"] else ", ".join(held["actions"]).replace("-", " ")


def _why(of: HeldRight | Permission) -> tuple[str, str]:
    """What it is narrowed to, and what allows it."""
    grounds = "; ".join(ground["sentence"] for ground in of["grounds"])
    return " or ".join(of["limits"]), grounds


def _limit(grant: Grant) -> str:
    component = [f"component {grant['component']}"] if grant["component"] else []
    selection = [f"selection {grant['selection']}"] if grant["selection"] else []
    return ", ".join([*component, *grant["sources"], *selection])


def _tell(output: Output, grant: Grant, how: str) -> None:
    if output.is_json:
        output.document(grant)
        return
    where = f" in {grant['archive']}" if grant["archive"] else ""
    only = f", only {_limit(grant)}" if _limit(grant) else ""
    output.text(f"{_holder(grant)} {how} {grant['right']}{where}{only}: grant {grant['number']}")
