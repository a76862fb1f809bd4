"""How dry runs of deeds on rights, people, limits and publications are shown."""

from typing import Annotated, Final

import typer

from vostok.client.messages.effects import Effects, ImportPlan, PublicationPlan
from vostok.entrypoints.cli.output import Column, Output, bytes_text, time_text

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")]
OFFER_TITLES: Final = ("SUITE", "CODENAME", "OF", "COMPONENTS", "ARCHITECTURES", "SIGNED BY", "")


def show_effects(output: Output, plan: Effects, *, nothing: str) -> None:
    """One line for each effect; `nothing` where there is none."""
    if output.is_json:
        output.document(plan)
        return
    for effect in plan["effects"]:
        output.text(effect["sentence"])
    if not plan["effects"]:
        output.text(nothing)
    if more := plan["effects_total"] - len(plan["effects"]):
        output.text(f"… and {more} more")


def show_publication_plan(output: Output, plan: PublicationPlan) -> None:
    """The next publication in one line."""
    if output.is_json:
        output.document(plan)
    else:
        output.text(plan["result"]["message"])


def show_import_plan(output: Output, plan: ImportPlan) -> None:
    """What the mirrors offer, and how much would be fetched."""
    if output.is_json:
        output.document(plan)
        return
    output.table(
        [Column(title=title) for title in OFFER_TITLES],
        [
            [
                suite["suite"],
                suite["codename"],
                time_text(suite["date"]),
                " ".join(suite["components"]),
                " ".join(suite["architectures"]),
                suite["signed_by"],
                "as it is here" if suite["is_unchanged"] else "older" if suite["is_older"] else "",
            ]
            for suite in plan["suites"]
        ],
    )
    output.text(f"indices of {bytes_text(plan['bytes'])} would be fetched")
